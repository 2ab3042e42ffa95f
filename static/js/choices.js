/* Answers in gloves: each answer of a question bears a number, and the digit card of that number chooses it. Nothing is
   chosen beforehand, and CONFIRM sends what was chosen: two cards, so that no answer comes by itself. CLEAR takes the
   last answer back. It serves the questions inside [data-keypad] that have to be answered, by a choice or in words. */

import { announce } from "./clock.js";
import { tell } from "./told.js";

const QUESTIONS = "[data-keypad] .choices:is([data-remarks], :has(:required))";
let last = null; // the question that was answered last, by its name

/* A digit card, POINT or CLEAR. False where no question waits for it before any number does. */
export function choose(key) {
  const all = [...document.querySelectorAll(QUESTIONS)].filter((one) => one.checkVisibility());
  if (key === "CLEAR") return unchoose(all);
  const open = all.find((one) => !answers(one).some((answer) => answer.checked));
  if (!open || comesAfterANumber(open)) return false;
  const answer = answers(open)[Number(key) - 1];
  if (answer) take(answer);
  else tell("no_answer", { command: key });
  return true;
}

function take(answer) {
  answer.checked = true;
  last = answer.name;
  answer.dispatchEvent(new Event("change", { bubbles: true }));
  answer.focus();
  announce(answer.closest("label").textContent);
}

function unchoose(all) {
  const answer = all.flatMap(answers).find((one) => one.checked && one.name === last);
  if (!answer) return false;
  answer.checked = false;
  answer.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/* A number that is needed and stands before the question is entered first, as one reads. What is asked in words comes
   after everything that is there already. */
function comesAfterANumber(question) {
  if (document.activeElement?.matches("input:is([inputmode=decimal], [inputmode=numeric], [data-number])")) return true;
  if ("remarks" in question.dataset) return false;
  const numbers = question.closest("form")?.querySelectorAll("input:is([inputmode=decimal], [inputmode=numeric]):required");
  return [...(numbers ?? [])].some(
    (one) => one.value === "" && one.compareDocumentPosition(question) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
}

function answers(question) {
  return [...question.querySelectorAll("input[type=radio]")];
}
