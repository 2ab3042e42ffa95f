/* The scan sink: catches a reader's burst anywhere on the page and sends it on.

   Every scan is first offered as a cancelable event `scan` on document, detail {symbol, nonce, capture}; a page module
   that calls preventDefault() takes it over. Otherwise it goes to the sink's data-scan-url with the sink's hidden fields,
   and the answer is shown in data-scan-target, or followed where it names another page. Where a page has no sink and
   nobody takes a scan, it stays where a keyboard would have left it. */

import { Burst } from "./burst.js";
import { fromRussian, visible } from "./keys.js";
import { Queue } from "./queue.js";

const SLOW = 600; // ms after which one waiting scan is worth telling

const queue = new Queue(() => {
  draw();
  setTimeout(draw, SLOW);
});
let since = 0;
let next = null; // the page that the last answer named; followed when nothing waits any more

/* Take one scan, from a reader ("wedge"), the camera or a person who typed it into the sink ("typed"). False where the
   page has no use for it. */
export function accept(raw, capture) {
  const form = sink();
  const symbol = stripped(raw, form);
  const detail = { symbol, nonce: uuid(), capture };
  if (form) form.elements.symbol.value = visible(symbol);
  const free = document.dispatchEvent(new CustomEvent("scan", { detail, cancelable: true }));
  if (free && form) ask(form, detail);
  return !free || form !== null;
}

/* Ask the server about a scan in turn. The sink's hidden fields and `extra()` are read when the scan is sent, for the
   answer before it may have changed them; and its own answer is heeded before the next scan is sent. */
export async function ask(form, detail, extra = () => ({}), heed = show) {
  if (queue.count === 0) since = performance.now();
  const fields = () => ({ ...Object.fromEntries(new FormData(here(form))), ...detail, ...extra() });
  await queue.add(form.dataset.scanUrl, fields, (answer) => heed(answer, here(form).dataset.scanTarget));
  since = performance.now();
}

/* The sink as it stands in the page now: an answer may have drawn it anew. */
function here(form) {
  return form.isConnected ? form : (sink() ?? form);
}

/* Whether no scan waits to be answered. */
export function idle() {
  return queue.count === 0;
}

export function arm() {
  listen();
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.sink")) return;
    event.preventDefault();
    const typed = event.target.elements.symbol.value.trim();
    if (typed) accept(fromRussian(typed), "typed");
  });
  window.addEventListener("beforeunload", (event) => {
    if (queue.count > 0) event.preventDefault();
  });
  new MutationObserver(dress).observe(document.body, { childList: true, subtree: true });
  dress();
}

function listen() {
  const burst = new Burst();
  let places = []; // the fields that a burst and its loose head began in, as they were; null where it began in none
  let swallowed = "";
  const onkey = (event) => {
    if (!event.isTrusted && !event.code && !event.key) return;
    burst.gap = Number(sink()?.dataset.scanGap) || 100;
    const seen = burst.take(event);
    if (seen.is === "start") places = [...(seen.resumed ? places.slice(-1) : []), remember(event.target)];
    if (seen.is === "more" && !places.at(-1)) {
      // Outside a field a burst types nowhere: its blanks press no button and its digits pick no option.
      event.preventDefault();
      swallowed = event.code;
    }
    if (seen.is !== "none" && (event.ctrlKey || event.code === "F8")) event.preventDefault();
    if (seen.is !== "end") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    swallowed = event.code;
    const place = seen.whole ? places[0] : places.at(-1);
    places = [];
    place?.restore();
    if (!accept(fromRussian(seen.text), "wedge")) place?.again();
  };
  document.addEventListener("keydown", onkey, { capture: true });
  // A button is pressed when the key comes up, so the key of a swallowed character must not come up either.
  const onrelease = (event) => {
    if (event.code === swallowed) event.preventDefault();
    swallowed = "";
  };
  document.addEventListener("keyup", onrelease, { capture: true });
}

/* What a burst may change in the element it begins in: how to undo it, and how to let it stand after all. Null where it
   changes nothing. */
function remember(element) {
  const editable = element.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select");
  if (!editable) return null;
  const { value, selectionStart, selectionEnd } = element;
  let typed = value;
  const set = (text) => {
    element.value = text;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };
  return {
    restore() {
      typed = element.value;
      if (typed === value) return;
      set(value);
      if (selectionStart != null && element.isConnected) element.setSelectionRange(selectionStart, selectionEnd);
    },
    again() {
      if (element.value !== typed) set(typed);
    },
  };
}

/* Show an answer in its place, or follow it where it names another page. */
export function show({ response, html }, selector) {
  const place = response.headers.get("HX-Redirect") ?? response.headers.get("X-Location");
  next = place ?? (response.redirected ? response.url : next);
  // Another person took over: what still waits is sent as theirs.
  const csrf = response.headers.get("X-Csrf");
  if (csrf && sink()) sink().elements.csrf.value = csrf;
  if (next !== null && queue.count === 0) location.assign(next);
  if (next !== null) return;
  const target = document.querySelector(selector);
  if (!target || response.status === 204) return;
  target.innerHTML = html;
  window.htmx?.process(target);
}

function draw() {
  const form = sink();
  if (!form) return;
  const slow = queue.count > 1 || (queue.count === 1 && performance.now() - since >= SLOW);
  const state = queue.offline ? "offline" : slow ? "waiting" : "ready";
  form.dataset.state = state;
  form.querySelector("[data-sink=title]").textContent = form.dataset[state];
  form.querySelector("[data-sink=hint]").textContent = form.dataset[`${state}Hint`].replace("{count}", queue.count);
}

/* A sink is armed as soon as it stands in the page: no soft keyboard, no button. */
function dress() {
  const form = sink();
  if (!form || "armed" in form.dataset) return;
  form.dataset.armed = "";
  form.elements.symbol.inputMode = "none";
  form.elements.symbol.addEventListener("focus", (event) => event.target.select());
  draw();
}

function sink() {
  return document.querySelector("form.sink");
}

function stripped(raw, form) {
  const { scanPrefix = "", scanSuffix = "" } = form?.dataset ?? {};
  const from = scanPrefix && raw.startsWith(scanPrefix) ? scanPrefix.length : 0;
  const to = scanSuffix && raw.endsWith(scanSuffix) ? raw.length - scanSuffix.length : raw.length;
  return raw.slice(from, to);
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
