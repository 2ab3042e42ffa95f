/* The scan sink: catches a reader's burst anywhere on the page and sends it on.

   Every scan is first offered as a cancelable event `scan` on document, detail {symbol, nonce, capture}; a page module
   that calls preventDefault() takes it over. Otherwise it goes to the sink's data-scan-url with the sink's hidden fields,
   and the answer is shown in data-scan-target, or followed where it names another page. Where a page has no sink and
   nobody takes a scan, it stays where a keyboard would have left it. What the server did not see by itself is reported to
   its log: a scan that was cut, one that the page took. */

import { visible } from "./keys.js";
import { Queue } from "./queue.js";
import { play } from "./sound.js";
import { clear, reports, tell } from "./told.js";
import { listen } from "./wedge.js";

const SLOW = 600; // ms after which one waiting scan is worth telling
const CUTS = 2; // so many scans cut in a row mean the reader, and not a hand that slipped

const queue = new Queue(() => {
  draw();
  setTimeout(draw, SLOW);
});
const log = new Queue(() => {});
let since = 0;
let cuts = 0; // scans that were cut in a row
let next = null; // the page that the last answer named; followed when nothing waits or arrives any more
let arriving = () => false; // whether a reader is in the middle of a scan

/* Take one scan, from a reader ("wedge"), the camera or a person who typed it ("typed", and why). False where the page
   has no use for it. */
export function accept(raw, capture, why = "") {
  const form = sink();
  const symbol = capture === "wedge" ? stripped(raw) : raw;
  const detail = { symbol, nonce: uuid(), capture, ...(why ? { typed_because: why } : {}) };
  cuts = 0;
  clear();
  if (form) form.elements.symbol.value = visible(symbol);
  const free = document.dispatchEvent(new CustomEvent("scan", { detail, cancelable: true }));
  if (free && form) ask(form, detail);
  if ((!free || form) && capture === "wedge") play("read");
  return !free || form !== null;
}

/* Ask the server about a scan in turn. The sink's hidden fields and `extra()` are read when the scan is sent, for the
   answer before it may have changed them; and its own answer is heeded before the next scan is sent. */
export async function ask(form, detail, extra = null, heed = show) {
  if (queue.count === 0) since = performance.now();
  const fields = () => ({ ...Object.fromEntries(new FormData(here(form))), ...detail, ...extra?.() });
  const several = extra === null && "scanSeveral" in form.dataset;
  await queue.add(form.dataset.scanUrl, fields, (answer) => heed(answer, here(form).dataset.scanTarget), several);
  since = performance.now();
}

/* Do something on the page in turn with the scans. */
export function turn(work) {
  queue.turn(work);
}

/* Send a form as if its button were pressed, before what was scanned behind it, on a page that each answer draws anew;
   `otherwise` is for an answer that is no part of this page. False where the page is none of these. */
export function sendForm(form, button, otherwise) {
  const { scanTarget, scanSeveral } = sink()?.dataset ?? {};
  if (scanSeveral === undefined || form.method !== "post") return false;
  const fields = () => [...new FormData(form, button)]; // a name may come more than once: every label of a kind
  queue.next(form.action, fields, (answer) => {
    const here = new URL(answer.response.url).pathname === location.pathname || !answer.response.redirected;
    if (/^\s*<!doctype/i.test(answer.html)) otherwise();
    else if (here) place(answer, scanTarget);
    else show(answer, scanTarget);
  });
  return true;
}

/* Note in the log of raw scans what the page made of one; `problem` is a code. Where nobody is signed in, nothing is. */
export function report({ symbol, nonce, capture, typed_because = "" }, problem = "") {
  const place = reports();
  if (!place) return;
  const fields = { symbol: symbol.slice(0, 257), nonce, capture, typed_because, problem };
  log.add(place.log, () => ({ ...fields, csrf: reports()?.csrf ?? place.csrf }));
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
  arriving = listen((text) => accept(text, "wedge"), failed, leave);
  window.addEventListener("beforeunload", (event) => {
    if (queue.count > 0) event.preventDefault();
  });
  new MutationObserver(dress).observe(document.body, { childList: true, subtree: true });
  dress();
}

/* A scan that did not arrive whole, or that nothing here asks for, counts for nothing: the person is told, and the log has what came of it. */
function failed(text, how) {
  if (how === "nowhere" && !reports()) return; // before signing in, the form itself says what it wanted
  const form = sink();
  if (form) form.elements.symbol.value = visible(text);
  report({ symbol: text, nonce: uuid(), capture: "wedge" }, `scan.${how}`);
  cuts += how === "cut" ? 1 : 0;
  tell(how === "cut" && cuts >= CUTS ? "lost" : how);
  draw();
}

/* Show an answer in its place, or follow it where it names another page. */
export function show({ response, html }, selector) {
  const named = response.headers.get("HX-Redirect") ?? response.headers.get("X-Location");
  next = named ?? (response.redirected ? response.url : next);
  // Another person took over: what still waits is sent as theirs.
  const csrf = response.headers.get("X-Csrf");
  if (csrf) for (const field of document.querySelectorAll(".sink [name=csrf], .typed [name=csrf]")) field.value = csrf;
  leave();
  if (next === null) place({ response, html }, selector);
}

/* Go where the last answer led, but never between two halves of a scan: each would be one that means nothing. */
function leave() {
  if (next !== null && queue.count === 0 && !arriving()) location.assign(next);
}

function place({ response, html }, selector) {
  const target = document.querySelector(selector);
  if (!target || response.status === 204) return;
  target.innerHTML = html;
  window.htmx?.process(target);
  // A verdict sounds by itself (static/js/verdict.js).
  if (target.querySelector("[role=alert]:not([data-live])")) play("halt");
}

function draw() {
  const form = sink();
  if (!form) return;
  const slow = queue.count > 1 || (queue.count === 1 && performance.now() - since >= SLOW);
  const state = queue.offline ? "offline" : slow ? "waiting" : cuts >= CUTS ? "lost" : "ready";
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
