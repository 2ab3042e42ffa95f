/* Sends scans one after another, each until it is answered. Nothing is dropped; a repeated send carries the same nonce,
   by which the server knows it. Scans that wait for a page which takes several at once travel together, in their order:
   the server does them one after another and says in X-Scans how many of them it did. The rest is sent again. */

const PATIENCE = 15_000; // ms before an unanswered request is repeated
const DELAY_FIRST = 500;
const DELAY_MOST = 10_000;
const FAULTS_MOST = 3; // a server that fails over one scan must not hold up the others for ever
const TOGETHER_MOST = 20;
const COME_BACK = new Set([429, 502, 503, 504]);
const EACH = ["symbol", "nonce", "capture", "typed_because"]; // what every scan of several brings of its own

export class Queue {
  #waiting = [];
  #running = false;
  #wake = () => {};
  offline = false;

  /* `onchange()` is called whenever the count or the connection changes. */
  constructor(onchange) {
    this.onchange = onchange;
    window.addEventListener("online", () => this.#wake());
  }

  get count() {
    return this.#waiting.length;
  }

  /* Send what `fields()` gives, asked when its turn has come, to `url`. `heed(answer)` is over before the next one is
     sent. `several` says that the server takes more than one at once, and that no field depends on the answer before.
     Resolves with the answer; never rejects. */
  add(url, fields, heed = () => {}, several = false) {
    return new Promise((resolve) => this.#enter({ url, fields, heed, several, resolve }));
  }

  /* Send something before all that waits; for what is done in its turn. `fields()` may give pairs. */
  next(url, fields, heed) {
    this.#waiting.unshift({ url, fields, heed, several: false, resolve() {} });
    this.onchange();
    this.#run();
  }

  /* Do something on this page in its turn: after the scans before it are answered, and before the next is sent. */
  turn(work) {
    this.#enter({ work });
  }

  #enter(item) {
    this.#waiting.push(item);
    this.onchange();
    this.#run();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      if (first.work) {
        this.#waiting.shift(); // before the work, which may leave the page: that is held up by what waits
        attempt(first.work);
      } else {
        const together = this.#together();
        const answer = await this.#deliver(first.url, joined(together.map(({ fields }) => fields())));
        const done = this.#waiting.splice(0, doneOf(answer, together.length));
        attempt(() => first.heed(answer));
        for (const { resolve } of done) resolve(answer);
      }
      this.onchange();
    }
    this.#running = false;
  }

  /* The scans that may travel with the first one. */
  #together() {
    const [first] = this.#waiting;
    const other = this.#waiting.findIndex((one) => !one.several || one.url !== first.url);
    const most = Math.min(TOGETHER_MOST, other < 0 ? this.#waiting.length : other);
    return this.#waiting.slice(0, Math.max(1, most));
  }

  async #deliver(url, body) {
    let delay = DELAY_FIRST;
    for (let faults = 0; ; delay = Math.min(delay * 2, DELAY_MOST)) {
      try {
        const response = await post(url, body);
        const html = await response.text();
        this.#connected(true);
        faults += response.status >= 500 ? 1 : 0;
        const final = response.status < 500 && response.status !== 429;
        if (final || (faults >= FAULTS_MOST && !COME_BACK.has(response.status))) return { response, html };
        await this.#pause(1000 * Number(response.headers.get("Retry-After")) || delay);
      } catch {
        this.#connected(false);
        await this.#pause(delay);
      }
    }
  }

  #pause(delay) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, delay);
    });
  }

  #connected(is) {
    if (this.offline === !is) return;
    this.offline = !is;
    document.dispatchEvent(new CustomEvent("connection", { detail: { online: is } }));
    this.onchange();
  }
}

/* One body for several scans: the fields of the first, and of each other what is its own, in their order. */
function joined([first, ...others]) {
  if (others.length === 0) return new URLSearchParams(first);
  const body = new URLSearchParams({ typed_because: "", ...first });
  for (const other of others) for (const name of EACH) body.append(name, other[name] ?? "");
  return body;
}

/* How many scans an answer is about: one, unless it says more. */
function doneOf({ response }, sent) {
  return Math.min(sent, Math.max(1, Number(response.headers.get("X-Scans")) || 1));
}

/* A fault of the page is reported, and holds up no scan behind it. */
function attempt(work) {
  try {
    work();
  } catch (error) {
    reportError(error);
  }
}

function post(url, body) {
  return fetch(url, {
    method: "POST",
    body,
    headers: { "HX-Request": "true", Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE),
    keepalive: true, // a scan on its way survives the page being left
  });
}
