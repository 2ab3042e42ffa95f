/* Tells a reader from a person. A burst is four or more characters with short gaps that ends in its terminator. What began
   like one and did not end so was cut, and is told as that: no scan vanishes. Slower typing in a field is a person's. */

import { characterOf, terminates } from "./keys.js";

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
export const LULL = 500; // ms of silence after which nothing more of a scan is waited for
const AFTERMATH = 1_000; // ms after a cut in which a late terminator still belongs to it, and presses nothing
const PACE = 35; // ms a character on average, and so many characters: no person types that
const PACED = 6;

/* Where keys go: nowhere, into a field where a person may type, or into one for a password. */
export const NOWHERE = "nowhere", FIELD = "field", SECRET = "secret";

export class Burst {
  #text = ""; // the characters since the last long gap
  #began = 0;
  #last = -Infinity;
  #spoilt = false;
  #place = NOWHERE;
  #head = ""; // what a long gap cut off before them
  #cutAt = -Infinity;

  /* `gap`: most milliseconds between two characters; `span`: from the first to the terminator; `least`: characters. */
  constructor({ gap = 100, span = 1500, least = 4 } = {}) {
    this.gap = gap;
    this.span = span;
    this.least = least;
  }

  /* Whether something was begun that silence would end. */
  get pending() {
    return this.#text !== "" || this.#head !== "";
  }

  /* Feed one keydown and where it goes. Answers what it is: "start" (`again` after a gap), "more", "end" or "cut" with
     the text, or "none". */
  take(event, place = NOWHERE) {
    if (MODIFIERS.has(event.key)) return { is: "none" };
    const at = event.timeStamp;
    if (at - this.#last > LULL) this.#reset();
    else if (at - this.#last > this.gap) this.#part();
    this.#last = at;
    if (terminates(event)) return this.#end(at);
    const character = characterOf(event);
    if (character === "") return this.lull();
    return this.#more(event, character, place);
  }

  /* Nothing more came, or a key that no reader sends: what was begun is over. */
  lull() {
    const text = this.#head + this.#text;
    const cut = this.#head !== "" ? text.length >= this.least : this.#isScan(text, this.least);
    this.#reset();
    if (!cut) return { is: "none" };
    this.#cutAt = this.#last;
    return { is: "cut", text };
  }

  #more(event, character, place) {
    const first = this.#text === "";
    if (first) {
      this.#began = event.timeStamp;
      this.#place = place;
    }
    // A key held down is a person, and so is typing that goes on and on in a field: all of it is left alone.
    this.#spoilt ||= event.repeat;
    this.#text += character;
    return { is: first ? "start" : "more", again: this.#head !== "", character };
  }

  #end(at) {
    const text = this.#text;
    const within = at - this.#began <= this.span && text.length >= this.least && !this.#spoilt;
    if (text !== "" && this.#head === "" && within && (this.#place !== SECRET || this.#isPaced())) {
      this.#reset();
      return { is: "end", text };
    }
    if (!this.pending && at - this.#cutAt <= AFTERMATH) return { is: "late" };
    const seen = this.lull();
    if (seen.is === "cut") this.#cutAt = -Infinity;
    return seen;
  }

  /* A long gap: what came before it is kept if it may be the head of a scan, and forgotten as typing if not. */
  #part() {
    const head = this.#head !== "" || this.#isScan(this.#text, 1) ? this.#head + this.#text : "";
    this.#reset();
    this.#head = head;
  }

  /* Where nothing can be typed, characters come of a reader; in a field only what no person could type does. */
  #isScan(text, least) {
    if (this.#spoilt) return false;
    return this.#place === NOWHERE ? text.trim().length >= least : this.#isPaced();
  }

  #isPaced() {
    return this.#text.length >= PACED && this.#last - this.#began <= PACE * this.#text.length;
  }

  #reset() {
    this.#text = "";
    this.#head = "";
    this.#spoilt = false;
  }
}
