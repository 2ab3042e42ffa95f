/* Tells a reader from a person: a burst is four or more characters with short gaps that ends in its terminator. */

import { characterOf, terminates } from "./keys.js";

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);

export class Burst {
  #text = "";
  #began = 0;
  #last = 0;
  #spoilt = false;

  /* `gap`: most milliseconds between two characters; `span`: from the first to the terminator; `least`: characters. */
  constructor({ gap = 100, span = 1500, least = 4 } = {}) {
    this.gap = gap;
    this.span = span;
    this.least = least;
  }

  /* Feed one keydown. Answers what it is: "start", "more", "end" (with the text), or "none". */
  take(event) {
    if (MODIFIERS.has(event.key)) return { is: "none" };
    const at = event.timeStamp;
    const follows = this.#text !== "" && at - this.#last <= this.gap;
    if (!follows) this.#reset();
    this.#last = at;
    if (terminates(event)) return this.#end(at);
    const character = characterOf(event);
    if (character === "") {
      this.#reset();
      return { is: "none" };
    }
    if (this.#text === "") this.#began = at;
    // A key held down, or fast typing that goes on and on, is a person: all of it is left alone.
    this.#spoilt ||= event.repeat || at - this.#began > this.span;
    this.#text += character;
    return { is: this.#text.length === 1 ? "start" : "more", character };
  }

  #end(at) {
    const text = this.#text;
    const whole = !this.#spoilt && text.length >= this.least && at - this.#began <= this.span;
    this.#reset();
    return whole ? { is: "end", text } : { is: "none" };
  }

  #reset() {
    this.#text = "";
    this.#spoilt = false;
  }
}
