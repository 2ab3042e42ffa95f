/* Tells a reader from a person: a burst is four or more characters with short gaps that ends in its terminator.

   A radio link may stall once inside a symbol. What came just before a burst is its loose head: it belongs to the symbol
   where only both together look like one. So a scan is never taken without its start, and what a person typed before a
   scan stays theirs. */

import { characterOf, fromRussian, terminates } from "./keys.js";

const STALL = 500; // most milliseconds between a loose head and the burst it may belong to
const SYMBOL = /^\][A-Za-z]\d|^[A-Za-z]{2}\d{12}$|^[=&]/; // anything with an AIM prefix, a native code, ISBT 128

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);

export class Burst {
  #text = "";
  #head = "";
  #began = 0;
  #last = 0;
  #spoilt = false;

  /* `gap`: most milliseconds between two characters; `span`: from the first to the terminator; `least`: characters. */
  constructor({ gap = 100, span = 1500, least = 4 } = {}) {
    this.gap = gap;
    this.span = span;
    this.least = least;
  }

  /* Feed one keydown. Answers what it is: "start" (`resumed` where it may go on after a loose head), "more", "end" (with
     the text, and whether it is `whole` with its loose head), or "none". */
  take(event) {
    if (MODIFIERS.has(event.key)) return { is: "none" };
    const at = event.timeStamp;
    const pause = this.#text === "" ? Infinity : at - this.#last;
    if (pause > this.gap) this.#break(pause <= STALL);
    this.#last = at;
    if (terminates(event)) return this.#end(at);
    const character = characterOf(event);
    if (character === "") {
      this.#break(false);
      return { is: "none" };
    }
    if (this.#text === "") this.#began = at;
    // A key held down, or fast typing that goes on and on, is a person: all of it is left alone.
    this.#spoilt ||= event.repeat || at - this.#began > this.span;
    this.#text += character;
    return { is: this.#text.length === 1 ? "start" : "more", character, resumed: this.#head !== "" };
  }

  #end(at) {
    const whole = this.#head !== "" && belongs(this.#head, this.#text);
    const text = whole ? this.#head + this.#text : this.#text;
    const burst = !this.#spoilt && text.length >= this.least && at - this.#began <= this.span;
    this.#break(false);
    return burst ? { is: "end", text, whole } : { is: "none" };
  }

  /* What was begun is over. It may still be the head of what follows: one that had no head of its own. */
  #break(follows) {
    this.#head = follows && this.#head === "" && !this.#spoilt ? this.#text : "";
    this.#text = "";
    this.#spoilt = false;
  }
}

/* Whether a symbol began before it stalled: with its head it is one, and without it is none, or lacks its AIM prefix. */
function belongs(head, text) {
  const symbol = (one) => SYMBOL.test(fromRussian(one));
  return symbol(head + text) && (head[0] === "]" || !symbol(text));
}
