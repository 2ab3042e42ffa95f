/* A classic script, so that it runs at once: keeps the keys that are pressed while the modules still load. They are
   handed over once, in their order, each with what its field held before it (static/js/scan.js). */

{
  const MOST = 600;
  const kept = [];
  const keep = (event) => {
    if (kept.length < MOST) kept.push({ event, before: event.target.value });
  };
  document.addEventListener("keydown", keep, { capture: true });
  window.earlyKeys = () => {
    document.removeEventListener("keydown", keep, { capture: true });
    delete window.earlyKeys;
    return kept;
  };
}
