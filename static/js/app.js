/* Wires the page. Each module does one thing and finds its own elements; without any of them the page still works. */

import { start as startCamera } from "./camera.js";
import { start as startCheck } from "./check.js";
import { announce, now, span, start as startClock } from "./clock.js";
import { start as startCommands } from "./commands.js";
import { start as startFill } from "./fill.js";
import { start as startNumbers } from "./numbers.js";
import { start as startPasskeys } from "./passkey.js";
import { arm } from "./scan.js";
import { start as startSecrets } from "./secrets.js";
import { start as startSound } from "./sound.js";
import { start as startTold } from "./told.js";
import { start as startTyped } from "./typed.js";
import { start as startVerdict } from "./verdict.js";

startSound();
startClock();
startTold();
startNumbers();
startCommands(); // before the fields: a card is no thing that a field could ask for
startFill();
startSecrets();
startPasskeys();
startTyped();
startVerdict();
startCheck();
arm();
startCamera();

/* Offline, the page says how old it is. */
let fresh = now();
const banner = document.getElementById("offline");
let lost = false;

function tellAge() {
  if (!banner) return;
  if (!lost) fresh = now();
  banner.hidden = !lost;
  if (lost) banner.textContent = banner.dataset.text.replace("{age}", span(now() - fresh));
}

function connected(is) {
  lost = !is;
  tellAge();
  if (lost) announce(banner?.textContent ?? "");
}

document.addEventListener("connection", (event) => connected(event.detail.online));
document.addEventListener("htmx:sendError", () => connected(false));
document.addEventListener("htmx:afterRequest", (event) => event.detail.successful && connected(true));
window.addEventListener("offline", () => connected(false));
window.addEventListener("online", () => connected(true));
setInterval(tellAge, 10_000);

/* What needs correction takes the focus, also where htmx brought it. */
document.addEventListener("htmx:afterSwap", (event) => event.detail.target.parentElement?.querySelector("[data-focus]")?.focus());
