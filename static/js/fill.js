/* A scan fills the field that asks for it: the focused one if it is empty, else the first empty one. A filled field stays
   as it is. What stands for itself is known here; what a label, a badge or a wristband stands for is asked of the server,
   which also says what is wrong with a scan that belongs nowhere. A supplier's symbol fills every field that takes a
   part of it (`gs1:lot`). A half-filled form is never left by a scan. */

import { announce } from "./clock.js";
import { AIM } from "./keys.js";
import { ask, idle, report, show } from "./scan.js";

const CODE = /^[A-Z]{2}\d{12}$/;
const PART = /^[a-z]+\d*:/; // a part of another system's symbol, such as gs1:lot
const GS1 = /^\](C1|d2|e0|Q3|J1)/;
const FIELDS = "input[data-scan-kinds], select[data-scan-kinds]";
const PLAIN = /^[\x20-\x7e]+$/; // nothing of a supplier's symbol, whose parts are separated
const WORN = "PS"; // a badge has a code of this kind, and so has the person who wears it

export function start() {
  document.addEventListener("scan", (event) => {
    if (event.defaultPrevented || (inputs().length === 0 && !document.querySelector("form.order"))) return;
    // What was typed is for the server to look at: only it knows whether the code protects itself.
    const field = event.detail.capture !== "typed" && idle() && known(event.detail.symbol);
    const form = document.querySelector("form.sink");
    if (!field && !form) return complain();
    event.preventDefault();
    complain({ hidden: true });
    if (field) report(event.detail);
    else ask(form, event.detail, offered, (answer, target) => heed(answer, target, event.detail));
  });
}

/* Take a scan whose field can be told from its two letters. True where there was nothing left to do. */
function known(symbol) {
  const code = symbol.replace(AIM, "");
  if (!CODE.test(code)) return !GS1.test(symbol) && written(code);
  if (inputs().some((field) => field.value === code && fits(field))) return true;
  const kind = code.slice(0, 2);
  return (kind !== WORN && put(code, kind)) || put(code, `=${kind}`);
}

/* Take what nobody here gave, such as the number of a seal, into the field that waits for it and is in focus. */
function written(text) {
  const field = document.activeElement;
  const waits = field?.matches?.(FIELDS) && field.value === "" && taken(field).includes("text");
  return waits && PLAIN.test(text) && text.length <= field.maxLength && put(text, "text");
}

/* Where there is nobody to ask, as before signing in, the form itself says what it wanted. */
function complain({ hidden = false } = {}) {
  for (const line of document.querySelectorAll("[data-scan-wrong]")) line.hidden = hidden;
}

/* What the fields of the page take, and what they hold. */
function offered() {
  const fields = inputs();
  const filled = fields.filter((field) => field.value !== "");
  return {
    wanted: tokens(fields.filter((field) => field.value === "")),
    filled: tokens(filled),
    held: filled.flatMap(holds).join(" "),
  };
}

/* What a filled field holds: a thing by its code, or a part of a symbol with its name. */
function holds(field) {
  const parts = taken(field).filter((token) => PART.test(token));
  const named = parts.map((token) => `${token}=${encodeURIComponent(field.value)}`);
  return fits(field) ? [field.value, ...named] : named;
}

/* Without a body the scan was placed, or stood in a field already; otherwise the answer says what is wrong. */
function heed(answer, target, { capture, typed_because: why }) {
  const { headers, status } = answer.response;
  show(answer, target);
  if (status !== 204) return;
  document.querySelector(target)?.replaceChildren();
  const code = headers.get("X-Scan-Code");
  if (code) put(code, headers.get("X-Scan-As"), capture === "typed" ? why : "");
  const parts = [...new URLSearchParams(headers.get("X-Scan-Parts") ?? "")];
  for (const [token, value] of parts) put(value, token);
  if (parts.length > 0) rest();
}

/* What a symbol did not say is a person's to enter: wait in the first field that is still empty and needed. */
function rest() {
  const needed = document.activeElement?.form?.querySelectorAll(":is(input, select, textarea):required");
  [...(needed ?? [])].find((field) => field.value === "" && field.checkVisibility())?.focus();
}

/* Put a code into the first empty field that takes it as this token says, and wait in the next one. */
function put(code, token, typedBecause = "") {
  const fitting = inputs().filter((field) => field.value === "" && taken(field).includes(token));
  const field = fitting.find((one) => one === document.activeElement) ?? fitting[0];
  if (!field) return false;
  for (let fold = folded(field); fold; fold = folded(field)) fold.open = true;
  field.value = code;
  if (typedBecause) note(field, typedBecause);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const said = field.selectedOptions?.[0]?.text ?? code;
  announce(`${field.labels?.[0]?.firstChild?.textContent ?? field.ariaLabel ?? ""} ${said}`);
  (following(field) ?? document.getElementById(field.dataset.scanThen) ?? field).focus();
  return true;
}

/* That a field was typed into and not scanned, and why, goes with its form into the record. */
function note(field, why) {
  const hidden = document.createElement("input");
  Object.assign(hidden, { type: "hidden", name: `typed.${field.name}`, value: why });
  field.after(hidden);
}

/* Every field of the page that is scanned into; the rows that are folded away count, hidden ones do not. */
function inputs() {
  return [...document.querySelectorAll(FIELDS)].filter(
    (field) => field.checkVisibility() || folded(field)?.checkVisibility(),
  );
}

function folded(field) {
  return field.closest("details:not([open])");
}

function taken(field) {
  return (field.dataset.scanAs ?? field.dataset.scanKinds).split(" ");
}

/* Whether a field holds something of a kind that it takes; what was refused for its kind may stand there too. */
function fits(field) {
  return field.dataset.scanKinds.split(" ").includes(field.value.slice(0, 2));
}

function tokens(fields) {
  return [...new Set(fields.flatMap(taken))].join(" ");
}

/* The next field that waits for a scan, so that a form can be filled without touching it. */
function following(field) {
  const fields = [...(field.form?.querySelectorAll(FIELDS) ?? [])];
  return fields.slice(fields.indexOf(field) + 1).find((other) => other.value === "" && other.checkVisibility());
}
