/* The scan sink: catches a reader's burst anywhere on the page and sends it on.

   Every scan is first offered as a cancelable event `scan` on document, detail {symbol, nonce, capture}; a page module
   that calls preventDefault() takes it over. Otherwise it goes to the sink's data-scan-url with the sink's hidden fields,
   and the answer is shown in data-scan-target, or followed where it names another page. What the server did not see by
   itself is reported to it: a scan that was cut, one that the page took, one that nothing here asks for. */

import { Burst, FIELD, LULL, NOWHERE, SECRET } from "./burst.js";
import { fromRussian, visible } from "./keys.js";
import { Queue } from "./queue.js";
import { clear, tell } from "./told.js";

const EDITABLE = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";
const SLOW = 600; // ms after which one waiting scan is worth telling
const STRAGGLERS = 50; // ms in which keys that were pressed before the silence still arrive on a busy machine

const queue = new Queue(() => {
  draw();
  setTimeout(draw, SLOW);
});
const reports = new Queue(() => {});
let since = 0;
let next = null; // the page that the last answer named; followed when nothing waits any more

/* Take one scan, from a reader ("wedge"), the camera or a person who typed it into the sink ("typed"). */
export function accept(raw, capture) {
  clear();
  const form = sink();
  const detail = { symbol: capture === "wedge" ? stripped(raw) : raw, nonce: uuid(), capture };
  if (form) form.elements.symbol.value = visible(detail.symbol);
  const free = document.dispatchEvent(new CustomEvent("scan", { detail, cancelable: true }));
  if (!free) return;
  if (form) {
    send(form, detail);
  } else {
    report(detail, "scan.nowhere");
    tell("nowhere");
  }
}

/* Send a scan to the server in turn, with the fields that say where it was made: as they are when its turn has come,
   since the answer before it may have drawn them anew. Answers {response, html}. */
export async function send(form, detail, extra = {}) {
  const target = form.dataset.scanTarget;
  return wait(form, () => ({ ...around(form), ...detail, ...extra }), (answer) => show(answer, target));
}

/* Ask the server about a scan in turn. `extra()` is read when it is sent, and `heed(answer)` is over before the next. */
export function ask(form, detail, extra, heed) {
  return wait(form, () => ({ ...around(form), ...detail, ...extra() }), heed);
}

/* Do something on the page in turn with the scans. */
export function turn(work) {
  queue.step(work);
}

/* Note in the raw scan log what the page made of a scan; `problem` is a code, or empty. Nobody signed in, nothing noted. */
export function report({ symbol, nonce, capture }, problem = "") {
  const { log, csrf } = document.getElementById("told")?.dataset ?? {};
  if (csrf) reports.add(log, () => ({ symbol: symbol.slice(0, 256), nonce, capture, problem, csrf }));
}

async function wait(form, fields, heed) {
  if (queue.count === 0) since = performance.now();
  const answer = await queue.add(form.dataset.scanUrl, fields, heed);
  since = performance.now();
  return answer;
}

function around(form) {
  return Object.fromEntries(new FormData(sink() ?? form));
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
  let before = null; // the field the burst began in, as it was
  let swallowed = "";
  let silence = 0;
  const onkey = (event) => {
    if (!event.isTrusted && !event.code && !event.key) return;
    clearTimeout(silence);
    Object.assign(burst, limits());
    const seen = burst.take(event, placeOf(event.target));
    if (burst.pending) silence = setTimeout(() => (silence = setTimeout(onsilence, STRAGGLERS)), LULL);
    if (seen.is === "start" && !seen.again) before = remember(event.target);
    if (seen.is === "more" && !before) {
      // Outside a field a burst types nowhere: its blanks press no button and its digits pick no option.
      event.preventDefault();
      swallowed = event.code;
    }
    if (seen.is !== "none" && (event.ctrlKey || event.code === "F8")) event.preventDefault();
    if (!["end", "cut", "late"].includes(seen.is)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    swallowed = event.code;
    over(seen);
  };
  const onsilence = () => over(burst.lull());
  const over = ({ is, text }) => {
    if (is === "end" || is === "cut") before?.restore();
    before = null;
    if (is === "end") accept(fromRussian(text), "wedge");
    if (is === "cut") cut(fromRussian(text));
  };
  document.addEventListener("keydown", onkey, { capture: true });
  // A button is pressed when the key comes up, so the key of a swallowed character must not come up either.
  const onrelease = (event) => {
    if (event.code === swallowed) event.preventDefault();
    swallowed = "";
  };
  document.addEventListener("keyup", onrelease, { capture: true });
  // What was scanned while this page was still loading.
  window.earlyKeys?.end().forEach(onkey);
}

/* A scan of which a part is missing counts for nothing: the person is told, and the log has what arrived. */
function cut(text) {
  const form = sink();
  if (form) form.elements.symbol.value = visible(text);
  report({ symbol: text, nonce: uuid(), capture: "wedge" }, "scan.cut");
  tell("cut");
}

/* What a station's reader needs: see the setup page. */
function limits() {
  const { scanGap, scanSpan } = document.body.dataset;
  return { gap: Number(scanGap) || 100, span: Number(scanSpan) || 1500 };
}

function placeOf(element) {
  if (!element.matches?.(EDITABLE)) return NOWHERE;
  return element.type === "password" ? SECRET : FIELD;
}

/* What a burst may change in the element it begins in, and how to undo it. Null where it changes nothing. */
function remember(element) {
  if (!element.matches?.(EDITABLE)) return null;
  const { value, selectionStart, selectionEnd } = element;
  return {
    restore() {
      if (element.value === value) return;
      element.value = value;
      if (selectionStart != null && element.isConnected) element.setSelectionRange(selectionStart, selectionEnd);
      element.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
}

/* Show an answer in its place, or follow it where it names another page. */
export function show({ response, html }, selector) {
  const place = response.headers.get("HX-Redirect") ?? response.headers.get("X-Location");
  next = place ?? (response.redirected ? response.url : null);
  if (next !== null) {
    if (queue.count === 0) location.assign(next);
    return;
  }
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

/* Without what this station's reader puts around every scan by itself. */
function stripped(raw) {
  const { scanPrefix = "", scanSuffix = "" } = document.body.dataset;
  const from = scanPrefix && raw.startsWith(scanPrefix) ? scanPrefix.length : 0;
  const to = scanSuffix && raw.length > from && raw.endsWith(scanSuffix) ? raw.length - scanSuffix.length : raw.length;
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
