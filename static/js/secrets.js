/* A password may be looked at while it is typed, and a new one says how long it is by now. Pasting is never hindered. */

import { announce } from "./clock.js";

const LONG = 15; // where it is all that proves who somebody is

function shows(field) {
  const words = field.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "linklike xs";
  const name = () => {
    const hidden = field.type === "password";
    button.textContent = hidden ? words.show : words.hide;
    button.setAttribute("aria-pressed", String(!hidden));
  };
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    name();
    field.focus();
  });
  /* Sent and remembered as a password, whatever it looked like. */
  field.form?.addEventListener("submit", () => (field.type = "password"));
  name();
  field.after(button);
}

/* Words and not colours: how many characters are missing, then that it is long enough. */
function measures(field) {
  const words = field.dataset;
  const line = document.createElement("p");
  line.className = "hint";
  line.id = `${field.id}-length`;
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${line.id}`.trim());
  let told = "";
  const tell = () => {
    const length = [...field.value.normalize("NFKC")].length;
    const step = length === 0 ? "" : length < LONG ? words.short : length < 2 * LONG ? words.long : words.veryLong;
    line.textContent = step.replace("{count}", String(LONG - length));
    if (step !== told && step && step !== words.short) announce(line.textContent);
    told = step;
  };
  field.addEventListener("input", tell);
  field.after(line);
}

export function start() {
  for (const field of document.querySelectorAll("input[data-shows]")) {
    if (field.dataset.short) measures(field);
    shows(field);
  }
}
