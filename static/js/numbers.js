/* Numbers in gloves: digit cards and a keypad on the screen, read back large before CONFIRM enters them. It serves the
   number fields inside [data-keypad]; a field that stands alone in its form is sent by CONFIRM, any other is filled, and
   the next one that is needed waits. NEXT goes on to another field: one that may stay empty, one filled already.
   A PIN is entered on the keypad too: it is shown as dots, said to nobody, and no card enters it, since what is scanned
   is written down. */

import { announce } from "./clock.js";
import { sendForm } from "./scan.js";

const FIELDS = "[data-keypad] input:is([inputmode=decimal], [inputmode=numeric], [data-number])";
const LONGEST = 12;

let wanted = null; // how the field that is being entered is found again, should the page be drawn anew
let typed = "";

const dialog = () => document.querySelector("dialog.numbers");

export function start() {
  document.addEventListener("click", (event) => {
    const key = event.target.closest?.("[data-key]");
    if (key) enter(key.dataset.key);
    else if (event.target.closest?.("[data-number-confirm]")) confirm();
    else if (event.target.closest?.("[data-number-next]")) pass();
    else if (event.target.closest?.("[data-number-close]")) dialog().close();
    else if (event.target.closest?.("[data-number-open]")) openFor(beside(event.target));
    else if (event.pointerType === "touch" && event.target.matches?.(FIELDS)) openFor(event.target);
  });
  new MutationObserver(dress).observe(document.body, { childList: true, subtree: true });
  dress();
}

/* The keypad while it is open: nothing behind it is pressed. */
export function opened() {
  return dialog()?.open ? dialog() : null;
}

/* A digit card, POINT or CLEAR. False where no number is asked for, or one that no card may enter. */
export function enterCard(key) {
  return !secret(opened() ? asked() : empty()) && enter(key);
}

/* Enter a digit, POINT or CLEAR. False where no number is asked for. */
export function enter(key) {
  if (!opened() && !openFor(empty())) return false;
  const pin = secret(asked());
  if (key === "CLEAR") typed = "";
  else if (pin && key === "POINT") return false;
  else if (key === "POINT") typed += typed.includes(".") ? "" : typed === "" ? "0." : ".";
  else if (typed.length < LONGEST) typed = typed === "0" && !pin ? key : typed + key;
  draw();
  return true;
}

/* Open the keypad for a field. False where there is none. */
export function openFor(field) {
  const box = dialog();
  if (!box || !field?.matches(FIELDS)) return false;
  wanted = signOf(field);
  typed = "";
  box.querySelector("[data-number=name]").textContent = nameOf(field);
  box.querySelector("[data-number=limit]").textContent = besides(field);
  box.toggleAttribute("data-secret", secret(field));
  if (!box.open) box.showModal();
  draw();
  return true;
}

/* Go on to the next number field of the page without entering anything. False where there is none. */
export function pass() {
  const all = fields();
  const at = opened() ? all.findIndex((one) => signOf(one) === wanted) : all.indexOf(document.activeElement);
  return typed === "" || !opened() ? openFor(all[(at + 1) % all.length]) : false;
}

function confirm() {
  const field = asked();
  dialog().close();
  if (!field || typed === "") return;
  field.value = secret(field) || field.type === "number" ? typed : shown(); // a number field has its own mark
  field.dispatchEvent(new Event("input", { bubbles: true }));
  announce(secret(field) ? nameOf(field) : `${nameOf(field)} ${shown()}`);
  typed = "";
  const alone = "keypadSends" in (field.form?.dataset ?? {}) && field.form.checkValidity();
  if (!alone) (needed(field.form) ?? field).focus();
  else if (!sendForm(field.form, null, () => field.form.requestSubmit())) field.form.requestSubmit();
}

function draw() {
  const box = dialog();
  const read = secret(asked()) ? "●".repeat(typed.length) : shown();
  box.querySelector("[data-number=read]").textContent = typed === "" ? "–" : read;
  box.querySelector("[data-number-confirm]").setAttribute("aria-disabled", String(typed === ""));
  // A number that was begun is entered or cleared first: going on never drops it.
  const next = box.querySelector("[data-number-next]");
  next.hidden = fields().length < 2;
  next.setAttribute("aria-disabled", String(typed !== ""));
}

/* With the decimal mark of the reader's language; the server takes either. */
function shown() {
  return typed.replace(".", dialog().dataset.mark);
}

/* The field that is being entered, as the page has it now. */
function asked() {
  return fields().find((one) => signOf(one) === wanted);
}

/* A PIN: nobody beside the screen reads it. */
function secret(field) {
  return field?.type === "password";
}

function fields() {
  return [...document.querySelectorAll(FIELDS)].filter((field) => field.checkVisibility());
}

/* Where a digit card goes that is scanned without more: the field in focus, else the first empty one that is needed,
   else the first empty one. So what a count gives stays empty until NEXT asks for it. */
function empty() {
  const all = fields();
  const blank = all.filter((field) => field.value === "");
  return all.find((field) => field === document.activeElement) ?? blank.find((field) => field.required) ?? blank[0];
}

/* What a form waits for: its first empty field that is needed, else its button. */
function needed(form) {
  const all = [...(form?.elements ?? [])].filter((one) => one.checkVisibility());
  return all.find((one) => one.required && one.value === "") ?? all.find((one) => one.type === "submit");
}

function beside(button) {
  return button.closest("form, .field")?.querySelector("input:not([type=hidden])");
}

function signOf(field) {
  return field.dataset.number ?? `${field.form?.getAttribute("action")} ${field.name}`;
}

/* What a person calls a field: the words of its label, behind those of its row where it stands in one of several. */
function nameOf(field) {
  const texts = [...(field.labels?.[0]?.childNodes ?? [])].map((node) => node.textContent.trim());
  const row = field.closest("[data-row]")?.dataset.row;
  return [row, texts.find((text) => text !== "") ?? field.ariaLabel ?? field.name].filter(Boolean).join(": ");
}

/* What stands beside the name: the limit at the bench; in a form what the field holds already, and its unit. */
function besides(field) {
  if (secret(field)) return "";
  const unit = field.closest(".measure, .ward-in")?.querySelector("span, small")?.textContent;
  const limit = field.closest(".limit")?.querySelector(".name small")?.textContent;
  return limit ?? [field.value, unit].filter(Boolean).join(" ");
}

function dress() {
  for (const button of document.querySelectorAll("[data-number-open][hidden]")) button.hidden = false;
}
