/* A reader that types like a keyboard: tells its bursts from a person's keys, wherever they go, and takes out of a field
   what a burst left there. `accept` takes a whole scan, and says whether the page has a use for it; `failed` is told of one
   that did not arrive whole. */

import { Burst, FIELD, NOWHERE, SECRET, STALL } from "./burst.js";
import { fromRussian } from "./keys.js";

const STRAGGLERS = 60; // ms in which keys that were pressed before a silence still arrive on a busy machine
const EDITABLE = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";

/* Gives a function that says whether a scan is arriving, so that the page is not left in the middle of one. */
export function listen(accept, failed, rested) {
  const burst = new Burst();
  let places = []; // the fields that the pieces of a burst began in, as they were; null where one began in none
  let swallowed = "";
  let silence = 0;
  const onkey = (event, before) => {
    if (!event.isTrusted && !event.code && !event.key) return "none";
    clearTimeout(silence);
    Object.assign(burst, limits());
    const seen = burst.take(event, placeOf(event.target), event.target);
    if (burst.pending) silence = setTimeout(() => (silence = setTimeout(onsilence, STRAGGLERS)), STALL);
    if (seen.is === "start") places = [...(seen.after ? places.slice(-seen.after) : []), remember(event.target, before)];
    if (seen.is === "more" && !places.at(-1)) {
      // Outside a field a burst types nowhere: its blanks press no button and its digits pick no option.
      event.preventDefault();
      swallowed = event.code;
    }
    if (seen.is !== "none" && (event.ctrlKey || event.code === "F8")) event.preventDefault();
    if (!["end", "slow", "cut", "late"].includes(seen.is)) return seen.is;
    event.preventDefault();
    event.stopImmediatePropagation();
    swallowed = event.code;
    over(seen);
    return seen.is;
  };
  const onsilence = () => {
    over(burst.lull());
    settle();
  };
  const settle = () => burst.pending || rested();
  const over = ({ is, text, at = -1 }) => {
    if (is === "none" || is === "late") return;
    const place = places.at(at) ?? places[0]; // what a silence ended has been put in order already
    places = [];
    place?.restore();
    if (is === "end" && !accept(fromRussian(text))) {
      if (place) place.again();
      else failed(fromRussian(text), "nowhere");
    }
    if (is === "cut" || is === "slow") failed(fromRussian(text), is);
  };
  const onpress = (event) => {
    onkey(event);
    settle();
  };
  document.addEventListener("keydown", onpress, { capture: true });
  // A button is pressed when the key comes up, so the key of a swallowed character must not come up either.
  const onrelease = (event) => {
    if (event.code === swallowed) event.preventDefault();
    swallowed = "";
  };
  document.addEventListener("keyup", onrelease, { capture: true });
  // What was scanned while this page was still loading. An Enter that was held back and ended no scan was a person's.
  for (const { event, before, held } of window.earlyKeys?.() ?? []) {
    if (onkey(event, before) === "none" && held) enter(event);
  }
  return () => burst.pending;
}

/* Do what Enter does in a field of a form. */
function enter({ key, target }) {
  if (key === "Enter" && target.isConnected && target.matches("input")) target.form?.requestSubmit();
}

/* What this station's reader needs: see the setup page. */
function limits() {
  const { scanGap, scanSpan, scanPrefix = "", scanSuffix = "" } = document.body.dataset;
  return { gap: Number(scanGap) || 100, span: Number(scanSpan) || 1500, prefix: scanPrefix, suffix: scanSuffix };
}

function placeOf(element) {
  if (!element.matches?.(EDITABLE)) return NOWHERE;
  return element.type === "password" ? SECRET : FIELD;
}

/* What a burst may change in the element it begins in: how to undo it, and how to let it stand after all. Null where it
   changes nothing. `before` is what it held, where a key was pressed before this module was there. */
function remember(element, before) {
  if (!element.matches?.(EDITABLE)) return null;
  const { value = "", selectionStart, selectionEnd } = { ...textOf(element), ...(before === undefined ? {} : { value: before }) };
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

function textOf({ value, selectionStart, selectionEnd }) {
  return { value, selectionStart, selectionEnd };
}
