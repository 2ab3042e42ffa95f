/* Tells a reader from a person: a burst is four or more characters with short gaps that ends in its terminator.

   A radio link may stall inside a symbol. What came before and after a stall are pieces of one scan where nothing else is
   possible (stalls.js); otherwise nothing is taken, and it is told as cut. So a scan is never taken without its start, two
   scans never become one, and what a person typed before a scan stays theirs. */

import { characterOf, terminates } from "./keys.js";
import { beginningOf, beginsItself, isQuick, PACE, PIECES_MOST } from "./stalls.js";

export const STALL = 500; // most milliseconds between two pieces of a scan
const AFTERMATH = 2_000; // ms after the last character of a cut scan in which a late end belongs to it, and presses nothing
const ASTRAY = 1_500; // ms in which a text that tells of no beginning may be the rest of what silence ended
const PACED = 6; // over so many characters the pace tells

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);

/* Where keys go: nowhere, into a field where a person may type, or into one for a secret. */
export const NOWHERE = "nowhere";
export const FIELD = "field";
export const SECRET = "secret";

export class Burst {
  #text = "";
  #pieces = []; // what came before the last stall, the oldest first
  #untold = false; // whether there were more of them
  #place = NOWHERE;
  #began = 0;
  #last = 0;
  #held = false;
  #where = null;
  #stray = null; // what silence ended, with no terminator behind it
  #lulled = null; // what silence ended, and for how many ms its next key may still come
  #cutAt = -Infinity;

  /* `gap`: most milliseconds between two characters; `span`: from the first to the terminator, stalls aside; `least`:
     characters; `prefix` and `suffix`: what the reader puts around every scan by itself. */
  constructor({ gap = 100, span = 1500, least = 4, prefix = "", suffix = "" } = {}) {
    this.gap = gap;
    this.span = span;
    this.least = least;
    this.prefix = prefix;
    this.suffix = suffix;
  }

  /* Whether something was begun that silence would end. */
  get pending() {
    return this.#text !== "";
  }

  /* Feed one keydown, and where it goes: what kind of place, and which element. Answers what it is: "start" (with how many pieces it may go on `after`), "more",
     "end" (with the text, and `at`: which piece it begins with, counted back from the last, -1), "cut" or "slow" with the
     text and `at`, "late" for what follows a cut, or "none". */
  take(event, place = NOWHERE, where = null) {
    if (MODIFIERS.has(event.key)) return { is: "none" };
    const at = event.timeStamp;
    this.#wake(at);
    const since = at - this.#last;
    if (this.#text !== "" && since > this.gap) this.#stall(since);
    if (terminates(event)) return this.#end(at);
    this.#last = at;
    const character = characterOf(event);
    if (character === "") {
      this.#forget();
      return { is: "none" };
    }
    if (this.#text === "") {
      this.#began = at;
      this.#place = place;
      this.#where = where;
    }
    this.#held ||= event.repeat; // a key held down is a person, and no reader
    this.#text += character;
    return { is: this.#text.length === 1 ? "start" : "more", character, after: this.#pieces.length };
  }

  /* Nothing more came: what was begun is over. "cut" with the text where a reader began it. */
  lull() {
    const text = this.#whole();
    const cut = this.#isReader(text);
    if (cut) this.#cutAt = this.#last;
    const kept = { text: this.#text, pieces: this.#pieces, untold: this.#untold, held: this.#held };
    const within = kept.pieces.length < PIECES_MOST - 1 ? STALL : this.gap;
    const told = cut ? this.#cut([...this.#pieces, this.#piece()]) : { is: "none" };
    this.#lose();
    this.#lulled = { ...kept, within };
    return told;
  }

  /* A machine that stood still delivers keys late, yet says when they were pressed: then nothing was over. */
  #wake(at) {
    const lulled = this.#lulled;
    this.#lulled = null;
    if (lulled === null || lulled.held || at - this.#last > lulled.within) return;
    this.#text = lulled.text;
    this.#pieces = lulled.pieces;
    this.#untold = lulled.untold;
    this.#stray = null;
  }

  #end(at) {
    const now = this.#pieces.length > 0 ? this.#joined(at) : this.#alone(at);
    this.#forget();
    this.#stray = null;
    if (now.is === "none" && at - this.#cutAt <= AFTERMATH) return { is: "late" };
    return now;
  }

  /* A burst without a stall. */
  #alone(at) {
    const text = this.#text;
    const long = !this.#held && text.length >= this.least;
    const slow = at - this.#began > this.span;
    if (long && !slow && this.#isRest(text, this.#began)) return { is: "cut", text, at: -1 };
    if (long && !slow) return { is: "end", text, at: -1 };
    // Fast typing that goes on and on in a field is a person's, and is left alone.
    return { is: long && this.#isReader(text) ? "slow" : "none", text };
  }

  /* Whether a text may be the rest of a scan whose start silence ended: nothing in it tells that it begins here. What
     a person typed in another field is no start. */
  #isRest(text, began) {
    const stray = this.#stray;
    if (stray === null || began - stray.last > ASTRAY || beginsItself(text, stray.whole, this)) return false;
    return !stray.byHand || stray.where === this.#where;
  }

  /* One with stalls: the scan that it is beyond doubt, or none. */
  #joined(at) {
    const pieces = this.#text === "" ? this.#pieces : [...this.#pieces, this.#piece()];
    const text = this.#whole();
    if (this.#held || this.#place === SECRET) return { is: "none" };
    const first = beginningOf(pieces, this.#untold, this);
    const scan = pieces.slice(Math.max(0, first)).map((piece) => piece.text).join("");
    if (first >= 0 && scan.length >= this.least && !this.#isRest(scan, pieces[0].began)) {
      const spent = pieces.slice(first).reduce((sum, piece) => sum + piece.last - piece.began, 0);
      return { is: spent > this.span ? "slow" : "end", text: scan, at: first - pieces.length };
    }
    const read = text.trim().length >= this.least && pieces.some((piece) => !piece.typed || isQuick(piece, PACED));
    return read ? this.#cut(pieces) : { is: "none" };
  }

  /* What did not arrive whole, from the first piece on that no person typed. */
  #cut(pieces) {
    const from = pieces.findIndex((piece) => !piece.typed || isQuick(piece, 2));
    return { is: "cut", text: pieces.map((piece) => piece.text).join(""), at: Math.max(0, from) - pieces.length };
  }

  #piece() {
    return { text: this.#text, typed: this.#place !== NOWHERE, began: this.#began, last: this.#last };
  }

  #whole() {
    return [...this.#pieces.map((piece) => piece.text), this.#text].join("");
  }

  /* Where nothing can be typed, characters come of a reader; in a field only what no person could type does. */
  #isReader(text) {
    if (this.#held || text.trim().length < this.least || this.#place === SECRET) return false;
    const pace = (this.#last - this.#began) / this.#text.length;
    return this.#place === NOWHERE || (this.#text.length >= PACED && pace <= PACE);
  }

  /* What was begun stalled: it is a piece of what follows, unless nothing follows in time. */
  #stall(since) {
    if (since > STALL || this.#held) return this.#lose();
    this.#pieces = [...this.#pieces, this.#piece()];
    if (this.#pieces.length >= PIECES_MOST) {
      this.#pieces = this.#pieces.slice(1 - PIECES_MOST);
      this.#untold = true;
    }
    this.#text = "";
  }

  /* Silence ended it: what follows may be the rest of it. */
  #lose() {
    const pieces = [...this.#pieces, this.#piece()];
    const before = this.#stray !== null && pieces[0].began - this.#stray.last <= ASTRAY ? this.#stray : null;
    this.#stray = this.#held || this.#place === SECRET ? null : {
      whole: (before?.whole ?? "") + this.#whole(),
      last: this.#last,
      byHand: (before?.byHand ?? true) && pieces.every((piece) => piece.typed && !isQuick(piece, 2)),
      where: this.#where,
    };
    this.#forget();
  }

  #forget() {
    this.#text = "";
    this.#pieces = [];
    this.#untold = false;
    this.#held = false;
  }
}
