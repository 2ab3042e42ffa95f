/* Tells a reader from a person: a burst is four or more characters with short gaps that ends in its terminator.

   A radio link may stall once inside a symbol. What came just before a burst is its loose head: it belongs to the symbol
   where only both together look like one. So a scan is never taken without its start, and what a person typed before a
   scan stays theirs. What began like a reader and did not end like one was cut, or too slow, and is told as that. */

import { characterOf, fromRussian, terminates } from "./keys.js";

export const STALL = 500; // most milliseconds between a loose head and the burst it may belong to
const SYMBOL = /^\][A-Za-z]\d|^[A-Za-z]{2}\d{12}$|^[=&]/; // anything with an AIM prefix, a native code, ISBT 128
const AFTERMATH = 2_000; // ms after the last character of a cut scan in which a late end belongs to it, and presses nothing
const PACE = 35; // ms a character on average, over so many characters: no person types that
const PACED = 6;

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);

/* Where keys go: nowhere, into a field where a person may type, or into one for a secret. */
export const NOWHERE = "nowhere";
export const FIELD = "field";
export const SECRET = "secret";

export class Burst {
  #text = "";
  #head = "";
  #place = NOWHERE;
  #began = 0;
  #last = 0;
  #held = false;
  #lulled = { text: "", within: 0 }; // what silence ended, and for how many ms its next key may still come
  #cutAt = -Infinity;

  /* `gap`: most milliseconds between two characters; `span`: from the first to the terminator; `least`: characters. */
  constructor({ gap = 100, span = 1500, least = 4 } = {}) {
    this.gap = gap;
    this.span = span;
    this.least = least;
  }

  /* Whether something was begun that silence would end. */
  get pending() {
    return this.#text !== "";
  }

  /* Feed one keydown, and where it goes. Answers what it is: "start" (`resumed` where it may go on after a loose head),
     "more", "end" (with the text, and whether it is `whole` with its loose head), "cut" or "slow" with the text, "late"
     for what follows a cut, or "none". */
  take(event, place = NOWHERE) {
    if (MODIFIERS.has(event.key)) return { is: "none" };
    const at = event.timeStamp;
    // A machine that stood still delivers keys late, yet says when they were pressed: then nothing was over.
    if (at - this.#last <= this.#lulled.within) this.#text = this.#lulled.text;
    this.#lulled = { text: "", within: 0 };
    const pause = this.#text === "" ? Infinity : at - this.#last;
    if (pause > this.gap) this.#break(pause <= STALL);
    if (terminates(event)) return this.#end(at);
    this.#last = at;
    const character = characterOf(event);
    if (character === "") {
      this.#break(false);
      return { is: "none" };
    }
    if (this.#text === "") {
      this.#began = at;
      this.#place = place;
    }
    this.#held ||= event.repeat; // a key held down is a person, and no reader
    this.#text += character;
    return { is: this.#text.length === 1 ? "start" : "more", character, resumed: this.#head !== "" };
  }

  /* Nothing more came: what was begun is over. "cut" with the text where a reader began it. */
  lull() {
    const text = this.#head + this.#text;
    const cut = this.#isReader(text);
    if (cut) this.#cutAt = this.#last;
    const lulled = { text: this.#held ? "" : text, within: this.#head === "" ? STALL : this.gap }; // one stall, not two
    this.#break(false);
    this.#lulled = lulled;
    return cut ? { is: "cut", text } : { is: "none" };
  }

  #end(at) {
    const whole = this.#head !== "" && belongs(this.#head, this.#text);
    const text = whole ? this.#head + this.#text : this.#text;
    const long = !this.#held && text.length >= this.least;
    const slow = at - this.#began > this.span;
    const reader = this.#isReader(text);
    this.#break(false);
    if (long && !slow) return { is: "end", text, whole };
    // Fast typing that goes on and on in a field is a person's, and is left alone.
    if (long && reader) return { is: "slow", text };
    return { is: at - this.#cutAt <= AFTERMATH ? "late" : "none" };
  }

  /* Where nothing can be typed, characters come of a reader; in a field only what no person could type does. */
  #isReader(text) {
    if (this.#held || text.trim().length < this.least || this.#place === SECRET) return false;
    const pace = (this.#last - this.#began) / this.#text.length;
    return this.#place === NOWHERE || (this.#text.length >= PACED && pace <= PACE);
  }

  /* What was begun is over. It may still be the head of what follows: one that had no head of its own. */
  #break(follows) {
    this.#head = follows && this.#head === "" && !this.#held ? this.#text : "";
    this.#text = "";
    this.#held = false;
  }
}

/* Whether a symbol began before it stalled: with its head it is one, and without it is none, or lacks its AIM prefix. */
function belongs(head, text) {
  const symbol = (one) => SYMBOL.test(fromRussian(one));
  return symbol(head + text) && (head[0] === "]" || !symbol(text));
}
