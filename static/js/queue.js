/* Sends scans one after another, each until it is answered. Nothing is dropped; a repeated send carries the same nonce,
   by which the server knows it. */

const PATIENCE = 15_000; // ms before an unanswered request is repeated
const DELAY_FIRST = 500;
const DELAY_MOST = 10_000;
const FAULTS_MOST = 3; // a server that fails over one scan must not hold up the others for ever
const COME_BACK = new Set([429, 502, 503, 504]);

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
     sent. Resolves with the answer; never rejects. */
  add(url, fields, heed = () => {}) {
    return new Promise((resolve) => {
      this.#waiting.push({ url, fields, heed, resolve });
      this.onchange();
      this.#run();
    });
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting.length > 0) {
      const { url, fields, heed, resolve } = this.#waiting[0];
      const answer = await this.#deliver(url, fields());
      this.#waiting.shift();
      heed(answer);
      this.onchange();
      resolve(answer);
    }
    this.#running = false;
  }

  async #deliver(url, fields) {
    let delay = DELAY_FIRST;
    for (let faults = 0; ; delay = Math.min(delay * 2, DELAY_MOST)) {
      try {
        const response = await post(url, fields);
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

function post(url, fields) {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "HX-Request": "true", Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE),
    keepalive: true, // a scan on its way survives the page being left
  });
}
