/* What the page itself has to say about a scan: one sentence at a time, at the head of the page, until the next scan is
   taken or a person has read it. Never a verdict: that is the server's. */

import { play } from "./sound.js";

const place = () => document.getElementById("told");

export function start() {
  // Whoever goes on has seen it: it lies over nothing that somebody wants to press.
  document.addEventListener("pointerdown", (event) => !event.target.closest?.("#told") && clear());
  document.addEventListener("click", (event) => event.target.closest?.("[data-told-close]") && clear());
}

/* Say the sentence called `name`; `words` fill its braces. */
export function tell(name, words = {}) {
  const box = place();
  const line = box?.querySelector(`[data-told="${name}"]`);
  if (!line) return;
  clear();
  const text = line.querySelector(".status > span");
  line.dataset.text ??= text.textContent;
  text.textContent = line.dataset.text.replace(/\{(\w+)\}/g, (brace, word) => words[word] ?? brace);
  line.hidden = false;
  box.hidden = false;
  play("halt");
}

export function clear() {
  const box = place();
  if (!box || box.hidden) return;
  for (const line of box.querySelectorAll("[data-told]")) line.hidden = true;
  box.hidden = true;
}

/* Where a scan is reported that the server did not see; none where nobody is signed in. */
export function reports() {
  const { log, csrf } = place()?.dataset ?? {};
  return csrf ? { log, csrf } : null;
}
