/* Command cards: a card does what the one button on the screen does that carries its name in data-command. It never
   guesses between two, never signs, and never answers for a person at the bedside. The codes are fixed
   (cellchain/labels/cards.py). */

import { choose } from "./choices.js";
import { AIM } from "./keys.js";
import { enterCard, opened, openFor, pass } from "./numbers.js";
import { report, sendForm, turn } from "./scan.js";
import { tell } from "./told.js";

export const CARDS = {
  __proto__: null,
  CM000000000108: "CONFIRM", CM000000000205: "UNDO", CM000000000302: "RECOUNT", CM000000000496: "DEVIATION",
  CM000000000593: "START", CM000000000690: "PRINT", CM000000000787: "NEXT", CM000000000884: "COUNT",
  CM000000000981: "FILE", CM000000001078: "OPEN", CM000000001175: "DISCARD", CM000000010002: "0",
  CM000000010196: "1", CM000000010293: "2", CM000000010390: "3", CM000000010487: "4", CM000000010584: "5",
  CM000000010681: "6", CM000000010778: "7", CM000000010875: "8", CM000000010972: "9", CM000000011069: "POINT",
  CM000000011166: "CLEAR",
};
const KEY = /^(\d|POINT|CLEAR)$/;

export function start() {
  document.addEventListener("scan", (event) => {
    const command = CARDS[event.detail.symbol.replace(AIM, "")];
    if (!command || event.defaultPrevented) return;
    event.preventDefault();
    // In turn: what was scanned before is on the screen by then.
    turn(() => report(event.detail, obey(command)));
  });
}

/* Do what a card says. Answers the code of what was in the way, or nothing. */
function obey(command) {
  if (KEY.test(command)) {
    if ((!opened() && choose(command)) || enterCard(command)) return "";
    tell("no_number");
    return "scan.no_button";
  }
  const found = buttons(command);
  // A form has no step to go on to: there NEXT goes on to its next number.
  if (found.length === 0 && command === "NEXT" && pass()) return "";
  if (found.length !== 1) {
    const none = found.length === 0;
    tell(none && command === "UNDO" ? "undo" : none ? "no_button" : "two_buttons", { command });
    return none ? "scan.no_button" : "scan.two_buttons";
  }
  return press(found[0], command);
}

function press(button, command) {
  if (button.getAttribute("aria-disabled") === "true" || button.disabled) {
    tell("not_ready", { command });
    return "scan.no_button";
  }
  if (button.type === "submit" && button.form && !button.formNoValidate && !button.form.checkValidity()) {
    tell("not_filled");
    button.form.querySelector(":invalid:not(fieldset)")?.focus();
    return "scan.no_button";
  }
  if (button.type === "submit" && button.form && sendForm(button.form, button, () => button.click())) return "";
  const fold = button.matches("summary") ? button.parentElement : null;
  if (!fold?.open) button.click();
  if (fold) openFor(fold.querySelector("input:not([type=hidden])"));
  return "";
}

/* The buttons that a person could press now and that a card may press for them. */
function buttons(command) {
  const around = opened() ?? document;
  return [...around.querySelectorAll(`[data-command="${command}"]`)].filter(
    (button) => button.checkVisibility() && !button.form?.querySelector("[type=password]"),
  );
}
