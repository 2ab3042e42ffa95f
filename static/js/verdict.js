/* Live verdicts: a STOP repeats its tone until it is acknowledged; a MATCH is not drawn after its time, nor offline. */

import { now } from "./clock.js";
import { play } from "./sound.js";

const REPEAT = 5000;
const seen = new WeakSet();
let online = true;

export function start() {
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  setInterval(keep, 1000);
  document.addEventListener("connection", (event) => {
    online = event.detail.online;
    keep();
  });
  document.addEventListener("submit", (event) => {
    const verdict = event.target.closest("[data-v=halt]");
    if (verdict) verdict.dataset.acknowledged = "";
  });
  // A page taken out of the browser's memory shows what was true then.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function look() {
  for (const verdict of document.querySelectorAll("[data-v][data-live]")) {
    if (seen.has(verdict)) continue;
    seen.add(verdict);
    if (verdict.dataset.v === "halt") alarm(verdict);
    else if (drawable(verdict)) play("match");
    if (verdict.dataset.leave) setTimeout(() => verdict.remove(), Number(verdict.dataset.leave));
  }
  keep();
}

function alarm(verdict) {
  play("halt");
  const repeating = setInterval(() => {
    if (!verdict.isConnected || "acknowledged" in verdict.dataset) clearInterval(repeating);
    else play("halt");
  }, REPEAT);
}

/* Hold every match against its time and the connection. One that the server withdrew has no time, and stays away. */
function keep() {
  for (const verdict of document.querySelectorAll(":is([data-v=match], [data-v=withdrawn])[data-valid-until]")) {
    const shown = drawable(verdict) ? "match" : "withdrawn";
    if (verdict.dataset.v !== shown) verdict.dataset.v = shown;
  }
}

function drawable(verdict) {
  const until = verdict.dataset.validUntil;
  return online && navigator.onLine && (!until || now() < Date.parse(until));
}
