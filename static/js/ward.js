/* The acts of a running infusion. Each is kept on this tablet with its time before anything else happens, and sent one
   after another, in the order in which they were entered, until the server has answered it: a number that it carries
   makes one act of many sends. What the server refuses stays here, with its reason, until a person has dealt with it. */

import { announce, now } from "./clock.js";
import { STORE, kept, post, store } from "./ward-acts.js";

const DELAY_FIRST = 500;
const DELAY_MOST = 5_000;
const [WAITING, REFUSED] = ["waiting", "refused"];

const ward = document.getElementById("ward");
let running = false;
let away = false;
let locked = false;
let wake = () => {};

function keep(acts) {
  store(acts);
  draw();
}

function change(id, more) {
  keep(kept().map((act) => (act.id === id ? { ...act, ...more } : act)));
}

function remove(id) {
  keep(kept().filter((act) => act.id !== id));
}

/* Take an act in, with the time it has, and begin to send. */
function enter(form) {
  const fields = [...new FormData(form)].filter(([, value]) => value !== "");
  const { act: verb, title } = form.dataset;
  const at = new Date(now()).toISOString();
  const act = { id: crypto.randomUUID(), verb, title, fields, at, by: ward.dataset.by, infusion: ward.dataset.infusion, state: WAITING };
  keep([...kept(), act]);
  form.reset();
  send();
}

async function send() {
  if (running) {
    wake();
    return;
  }
  running = true;
  for (let act = next(); act && !locked; act = next()) await deliver(act);
  running = false;
  draw();
}

function next() {
  return kept().find((act) => act.state === WAITING && act.by === ward.dataset.by);
}

/* Send one act until it is answered. */
async function deliver(act) {
  for (let delay = DELAY_FIRST; ; delay = Math.min(delay * 2, DELAY_MOST)) {
    let response;
    let answer = {};
    try {
      response = await post(act, ward.dataset);
      answer = await response.json();
      connected(true);
    } catch {
      if (!response || response.status >= 500) {
        connected(false);
        await pause(delay);
        continue;
      }
    }
    if (response.ok) {
      remove(act.id);
      refresh();
      return;
    }
    if (response.status === 401 || answer.code === "request.no_csrf_token" || answer.code === "act.other_person") {
      locked = true;
      return;
    }
    if (response.status === 429 || response.status >= 500) {
      await pause(1000 * Number(response.headers.get("Retry-After")) || delay);
      continue;
    }
    change(act.id, { state: REFUSED, message: answer.message ?? "" });
    announce(answer.message ?? ward.dataset.refused);
    return;
  }
}

function pause(delay) {
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, delay);
  });
}

function connected(is) {
  if (away === !is) return;
  away = !is;
  document.dispatchEvent(new CustomEvent("connection", { detail: { online: is } }));
  draw();
}

/* The page as the server has it now. */
function refresh() {
  const main = document.getElementById("main");
  const from = main?.getAttribute("hx-get");
  if (from) window.htmx?.ajax("GET", from, { target: "#main", select: "#main", swap: "outerHTML", source: main });
  else location.reload();
}

/* What waits, one line each; nothing where nothing waits. */
function draw() {
  const acts = kept();
  ward.hidden = acts.length === 0;
  const lines = acts.map((act) => {
    const line = ward.querySelector("template").content.cloneNode(true).firstElementChild;
    line.dataset.s = act.state === REFUSED ? "stop" : "hold";
    line.dataset.id = act.id;
    const time = line.querySelector("time");
    time.dateTime = act.at;
    time.textContent = hour(act.at);
    line.querySelector("b").textContent = act.title;
    line.querySelector("small").textContent = said(act);
    line.querySelector(".row").hidden = act.state !== REFUSED;
    return line;
  });
  ward.querySelector("ol").replaceChildren(...lines);
  ward.querySelector("[data-signin-link]").hidden = !locked;
}

function hour(at) {
  const { zone } = document.documentElement.dataset;
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

function said(act) {
  const { waiting, sending, refused, other, signin, by } = ward.dataset;
  if (act.state === REFUSED) return `${act.message} ${refused}`;
  if (act.by !== by) return other;
  if (locked) return signin;
  return away || !navigator.onLine ? waiting : sending;
}

function open(link) {
  const dialog = document.getElementById(`act-${link.dataset.opens}`);
  if (!dialog) return false;
  const { rate = "", point = "" } = link.dataset;
  for (const [name, value] of [["rate_ml_h", rate], ["point", point]]) {
    const field = dialog.querySelector(`[name=${name}]`);
    if (field && value) field.value = value;
  }
  dialog.showModal();
  return true;
}

if (ward) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opens]");
    if (link && open(link)) event.preventDefault();
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    const doing = event.target.closest("[data-do]");
    const id = doing?.closest("li").dataset.id;
    if (doing?.dataset.do === "retry") {
      change(id, { state: WAITING });
      send();
    } else if (doing) remove(id);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-act]")) return;
    event.preventDefault();
    event.target.closest("dialog").close();
    enter(event.target);
  });
  // A STOP is the whole screen: no sheet stays open over it. What was entered into one is still there.
  document.addEventListener("htmx:afterSwap", () => {
    if (!document.querySelector("#main[data-v=halt]")) return;
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });
  window.addEventListener("online", () => send());
  window.addEventListener("storage", (event) => event.key === STORE && draw());
  ward.dataset.armed = "";
  draw();
  send();
}
