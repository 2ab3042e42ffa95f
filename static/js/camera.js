/* The camera as a reader, for where there is none. The button of the sink opens a dialog with the live picture; a symbol
   that is seen inside the frame twice is a scan. Nothing runs before the button is pressed, nor after the dialog closed,
   and nothing of a picture leaves the device. */

import { accept } from "./scan.js";

// The part of the picture that is read, across and down: what stands beside the frame must not be taken for what is in it.
const FRAME = [0.7, 0.7];
const SIGHTINGS = 2;
const FORGET = 1_000; // ms after which an earlier sighting counts no more
const CALM = 120; // ms between two pictures, so that a telephone stays cool
const BEEP = { hertz: 1_320, lasts: 0.07, loudness: 0.3 }; // unlike any verdict's: it says "read", not "right"
const WISHES = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
const REASONS = {
  __proto__: null,
  InsecureOrigin: "insecure",
  NotAllowedError: "refused", SecurityError: "refused",
  NotFoundError: "none", OverconstrainedError: "none",
  NotReadableError: "busy", AbortError: "busy",
};

let running = null; // the one look through the camera that is going on

export function start() {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-capture=camera]")) open(document.querySelector("dialog.camera"));
  });
  document.addEventListener("visibilitychange", () => document.hidden && running?.end());
  window.addEventListener("pagehide", () => running?.end());
}

function open(dialog) {
  if (!dialog || running) return;
  running = new Look(dialog, () => {
    running = null;
  });
  running.begin();
}

/* One look: from the press of the button to the scan, or to the closing of the dialog. */
class Look {
  #dialog;
  #video;
  #over = new AbortController();
  #sounds = new AudioContext(); // made by a press, so the browser lets it sound
  #seen = { text: "", count: 0, at: 0 };
  #asked = false; // whether a picture is with the worker
  #at = -CALM;

  constructor(dialog, onend) {
    this.#dialog = dialog;
    this.#video = dialog.querySelector("video");
    this.#over.signal.addEventListener("abort", onend, { once: true });
  }

  async begin() {
    const { signal } = this.#over;
    this.#dialog.addEventListener("close", () => this.end(), { signal });
    this.#dialog.showModal();
    this.#say("starting");
    // The last tone is let out.
    signal.addEventListener("abort", () => setTimeout(() => this.#sounds.close(), 2_000 * BEEP.lasts));
    try {
      await this.#picture();
    } catch (error) {
      if (!signal.aborted) this.#say(REASONS[error.name] ?? "unreadable");
      return;
    }
    this.#stay();
    if (signal.aborted) return;
    this.#read();
    this.#torch();
  }

  /* The page may take the dialog away without closing it; a video that is not shown brings no picture to notice it by. */
  #stay() {
    const watch = new MutationObserver(() => this.#dialog.isConnected || this.end());
    watch.observe(document, { childList: true, subtree: true });
    this.#over.signal.addEventListener("abort", () => watch.disconnect());
    if (!this.#dialog.isConnected) this.end();
  }

  /* Stop everything; may be called twice. */
  end() {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#video.srcObject = null;
    delete this.#dialog.dataset.state;
    if (this.#dialog.open) this.#dialog.close();
  }

  async #picture() {
    const devices = navigator.mediaDevices;
    if (!window.isSecureContext) throw new DOMException("", "InsecureOrigin");
    if (!devices?.getUserMedia) throw new DOMException("", "NotFoundError");
    const stream = await devices.getUserMedia(WISHES);
    const stop = () => stream.getTracks().forEach((track) => track.stop());
    // The dialog may have been closed while the browser asked whether the camera may be used.
    if (this.#over.signal.aborted) return stop();
    this.#over.signal.addEventListener("abort", stop);
    for (const track of stream.getVideoTracks()) {
      track.addEventListener("ended", () => this.#say("busy"), { signal: this.#over.signal });
    }
    this.#video.srcObject = stream;
    await this.#video.play();
  }

  #read() {
    const worker = new Worker("/static/js/camera-reader.js");
    this.#over.signal.addEventListener("abort", () => worker.terminate());
    worker.onerror = () => this.#say("unreadable");
    worker.onmessage = ({ data }) => {
      if (data.failed) this.#say("unreadable");
      if (data.ready) {
        this.#say("aim");
        this.#watch(worker);
      }
      if (data.symbols) {
        this.#asked = false;
        this.#heed(data.symbols);
      }
    };
  }

  /* Hand each new picture to the worker, one at a time. */
  #watch(worker) {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const next = (look) => {
      if (this.#video.requestVideoFrameCallback) this.#video.requestVideoFrameCallback(look);
      else setTimeout(look, CALM);
    };
    const look = () => {
      if (this.#over.signal.aborted) return;
      if (!this.#asked && performance.now() - this.#at >= CALM) this.#hand(canvas, pen, worker);
      next(look);
    };
    next(look);
  }

  #hand(canvas, pen, worker) {
    const { videoWidth, videoHeight } = this.#video;
    const [width, height] = [Math.round(videoWidth * FRAME[0]), Math.round(videoHeight * FRAME[1])];
    if (width === 0 || height === 0) return;
    [canvas.width, canvas.height] = [width, height];
    pen.drawImage(this.#video, (videoWidth - width) / 2, (videoHeight - height) / 2, width, height, 0, 0, width, height);
    const pixels = pen.getImageData(0, 0, width, height).data.buffer;
    this.#asked = true;
    this.#at = performance.now();
    worker.postMessage({ width, height, pixels }, [pixels]);
  }

  /* A label carries its code in several symbols; two codes in the frame are a question that only a person can answer. */
  #heed(symbols) {
    if (this.#over.signal.aborted || symbols.length === 0) return;
    const [{ text, aim }] = symbols;
    const several = symbols.some((other) => other.text !== text);
    this.#say(several ? "several" : "aim");
    if (several) {
      this.#seen.count = 0;
      return;
    }
    const now = performance.now();
    const again = this.#seen.text === text && now - this.#seen.at <= FORGET;
    this.#seen = { text, count: again ? this.#seen.count + 1 : 1, at: now };
    if (this.#seen.count < SIGHTINGS) return;
    this.#beep();
    this.end();
    accept(`${aim}${text}`, "camera");
  }

  #beep() {
    navigator.vibrate?.(40);
    const { hertz, lasts, loudness } = BEEP;
    const tone = new OscillatorNode(this.#sounds, { frequency: hertz });
    tone.connect(new GainNode(this.#sounds, { gain: loudness })).connect(this.#sounds.destination);
    tone.start();
    tone.stop(this.#sounds.currentTime + lasts);
  }

  /* Show one of the sentences that the dialog holds. */
  #say(name) {
    if (this.#dialog.dataset.state === name) return;
    this.#dialog.dataset.state = name;
    for (const line of this.#dialog.querySelectorAll("[data-camera]")) line.hidden = line.dataset.camera !== name;
  }

  #torch() {
    const button = this.#dialog.querySelector("[data-torch]");
    const [track] = this.#video.srcObject?.getVideoTracks() ?? [];
    button.hidden = !track?.getCapabilities?.().torch;
    button.setAttribute("aria-pressed", "false");
    button.onclick = async () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      await track.applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
      button.setAttribute("aria-pressed", String(track.getSettings().torch ?? on));
    };
  }
}
