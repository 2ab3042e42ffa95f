/* The station setup page: notes what a reader really sends, key by key, and asks the server what that means. The sink
   gets none of it, so it does not matter what the sink would have made of it. */

import { characterOf, terminates } from "./keys.js";

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
const QUIET_AFTER_END = 400; // ms, so that a second end is seen too
const QUIET = 1_500; // ms after which a scan without an end is over
const LEAST = 4; // characters; less was a person
const SCANS_MOST = 12;
const KEYS_MOST = 600;

const form = document.querySelector("form.reader-test");
const pad = form.elements.pad;
const told = document.getElementById("reading");
const scans = [];
let keys = [];
let timer = 0;

// On window, so that it comes before the sink, which listens on document.
window.addEventListener("keydown", take, { capture: true });
window.addEventListener("keyup", (event) => event.target === pad && event.stopImmediatePropagation(), { capture: true });
pad.addEventListener("input", () => wait(QUIET));
pad.addEventListener("focus", tell);
pad.addEventListener("blur", tell);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => {
  scans.length = 0;
  told.replaceChildren();
  setTimeout(begin);
});
// A scan that the sink has caught is not looked up: the field was not ready, and the next one is noted.
document.addEventListener("scan", (event) => {
  event.preventDefault();
  begin();
});
document.getElementById("no-scripts").remove();
form.hidden = false;
begin();

function begin() {
  keys = [];
  pad.value = "";
  pad.focus();
  tell();
}

function tell() {
  for (const line of form.querySelectorAll("[data-pad]")) {
    line.hidden = line.dataset.pad !== (document.activeElement === pad ? "ready" : "away");
  }
}

function take(event) {
  if (event.target !== pad || event.metaKey) return;
  const ends = terminates(event);
  // A person leaves the field with the keyboard, too.
  if (keys.length === 0 && (ends || event.key === "Escape")) {
    if (event.key === "Enter") event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  event.stopImmediatePropagation();
  if (MODIFIERS.has(event.key)) return;
  event.preventDefault();
  keys.push({
    key: event.key, code: event.code, at_ms: Math.round(event.timeStamp), character: characterOf(event), ends,
    ctrl: event.ctrlKey, alt: event.altKey, caps: event.getModifierState("CapsLock"), repeat: event.repeat,
  });
  wait(keys.some((key) => key.ends) ? QUIET_AFTER_END : QUIET);
}

function wait(quiet) {
  clearTimeout(timer);
  timer = setTimeout(over, quiet);
}

/* One scan is whole. */
async function over() {
  const inserted = pad.value.slice(0, 256);
  const scan = { keys: keys.slice(0, KEYS_MOST), inserted };
  const enough = keys.length >= LEAST || inserted.length >= LEAST;
  begin();
  if (!enough) return;
  scans.push(scan);
  scans.splice(0, scans.length - SCANS_MOST);
  const fields = new URLSearchParams({ csrf: form.elements.csrf.value, scans: JSON.stringify({ scans }) });
  try {
    const response = await fetch(form.action, { method: "POST", body: fields, headers: { "HX-Request": "true" } });
    told.innerHTML = await response.text();
  } catch {
    told.textContent = form.dataset.offline;
  }
}
