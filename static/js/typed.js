/* A code that is typed because it cannot be scanned: with its check characters, and with the reason. The panel opens by
   itself in the browser (popover) and is a form without this; here it sends in turn with the scans. What somebody types
   into the sink's own field is a typed code too, and comes here for its reason. */

import { fromRussian } from "./keys.js";
import { accept } from "./scan.js";

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form.sink")) {
      event.preventDefault();
      open(form.elements.symbol.value.trim());
    }
    if (form.matches("form.typed")) {
      event.preventDefault();
      take(form);
    }
  });
  document.addEventListener("toggle", focus, { capture: true });
}

function open(text) {
  const form = document.querySelector("form.typed");
  if (!form || text === "") return;
  form.elements.symbol.value = fromRussian(text);
  form.showPopover();
}

function focus(event) {
  if (event.newState !== "open" || !event.target.matches?.("form.typed")) return;
  const { symbol, typed_because: why } = event.target.elements;
  (symbol.value === "" ? symbol : why[0]).focus();
}

function take(form) {
  const { symbol, typed_because: why } = form.elements;
  const [text, reason] = [fromRussian(symbol.value.trim()), why.value];
  form.reset();
  symbol.value = "";
  form.hidePopover();
  accept(text, "typed", reason);
}
