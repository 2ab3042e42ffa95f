/* A classic script, so that it runs at once: keeps the keys that are pressed while the modules still load. They are
   handed over once, in their order, each with what its field held before it (static/js/wedge.js).

   The end of a scan is held back meanwhile: it sends no form and presses no button. Whoever takes the keys over decides
   what it was, and does it where it was a person's. Where the modules do not come at all, keys do what they always do. */

{
  const MOST = 600;
  const LEAST = 4; // characters of a scan, as in static/js/burst.js
  const ENDS = new Set(["Enter", "Tab"]);
  const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
  const kept = [];
  let count = 0; // keys one after another, as quick as a reader's
  let last = -Infinity;
  const keep = (event) => {
    if (MODIFIERS.has(event.key)) return;
    const quick = event.timeStamp - last <= (Number(document.body?.dataset.scanGap) || 100);
    const held = ENDS.has(event.key) && quick && count >= LEAST;
    if (held) event.preventDefault();
    count = ENDS.has(event.key) || event.repeat ? 0 : quick ? count + 1 : 1;
    last = event.timeStamp;
    if (kept.length < MOST) kept.push({ event, before: event.target.value, held });
  };
  document.addEventListener("keydown", keep, { capture: true });
  window.earlyKeys = () => {
    document.removeEventListener("keydown", keep, { capture: true });
    delete window.earlyKeys;
    return kept;
  };
  window.addEventListener("load", () => window.earlyKeys?.());
}
