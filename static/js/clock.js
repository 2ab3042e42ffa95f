/* The time that matters, ticking by the server's clock. Countdowns are spoken at 60, 30, 10 and 5 minutes alone. */

const SPOKEN = [60, 30, 10, 5];
const root = document.documentElement;

// The server wrote its time after the request began, so counting from there runs a moment ahead and never behind. Both
// clocks of the device are asked, since one stops while it sleeps and the other can be set.
const [navigation] = performance.getEntriesByType("navigation");
const served = Date.parse(root.dataset.now);
const asked = performance.timeOrigin + (navigation?.requestStart ?? 0);
const askedHere = navigation?.requestStart ?? 0;

/* Milliseconds since 1970 by the server's clock, at least. */
export function now() {
  return served + Math.max(performance.now() - askedHere, Date.now() - asked);
}

/* "2 h 08 min", as the server writes it; cut, never rounded up. */
export function span(milliseconds) {
  const total = Math.floor(Math.abs(milliseconds) / 60_000);
  const { hours, minutes } = root.dataset;
  const rest = total % 60;
  const text = total < 60 ? `${rest} ${minutes}` : `${(total - rest) / 60} ${hours} ${String(rest).padStart(2, "0")} ${minutes}`;
  return milliseconds < 0 && total > 0 ? `−${text}` : text;
}

/* Say a sentence to people who listen. */
export function announce(text) {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}

export function start() {
  if (!Number.isFinite(served)) return;
  tick();
  setInterval(tick, 1000);
}

function tick() {
  const at = now();
  for (const face of document.querySelectorAll("[data-clock]")) write(face, time(at, face.dataset.clock));
  for (const passing of document.querySelectorAll("[data-gone-at]")) passing.hidden = Date.parse(passing.dataset.goneAt) <= at;
  for (const counter of document.querySelectorAll("[data-until]")) count(counter, Date.parse(counter.dataset.until) - at);
}

function count(counter, left) {
  const over = left <= 0 && counter.dataset.over;
  write(counter, over || span(left));
  const minutes = Math.ceil(left / 60_000);
  const spoken = SPOKEN.find((mark) => minutes === mark);
  if (!spoken || counter.dataset.spoken === String(spoken) || !counter.dataset.announce) return;
  counter.dataset.spoken = spoken;
  announce(counter.dataset.announce.replace("{left}", span(spoken * 60_000)));
}

function time(at, zone) {
  const timeZone = zone === "utc" ? "UTC" : root.dataset.zone;
  const text = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(at);
  return zone === "utc" ? `${text} UTC` : text;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
