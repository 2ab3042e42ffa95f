/* What a scan is that came in pieces, because its radio link stalled: exactly that scan, or none. Pure.

   Only one reading of the pieces counts. Together they have to begin like a symbol, and no later piece may begin like one
   too: that could be a second scan. What a person typed just before a scan stays theirs, where the scan itself begins like
   a symbol. Whatever else is possible is refused: a scan costs a second, and another code may cost a life. */

import { fromRussian } from "./keys.js";

export const PIECES_MOST = 4; // so many pieces have three stalls between them; more is a person, or a reader to be set up
export const PACE = 35; // ms a character on average: no person types that

const AIM = /^\][A-Za-z][0-9A-Za-z]/;
const AIM_LENGTH = 3;
const NATIVE = /^[A-Za-z]{2}\d{12}$/;
const CODE = /^[A-Za-z]{2}\d/; // how a native code begins
const BEGINS = /^\][A-Za-z][0-9A-Za-z]|^[A-Za-z]{2}\d{12}|^[=&]/; // an AIM prefix, a native code, ISBT 128

/* `pieces`: {text, typed, began, last} in order, `typed` where they went into a field, times in ms. `untold`: pieces before
   them that are not known any more. `prefix`, `suffix`: what this station's reader puts around every scan.

   Gives the number of the piece that the scan begins with, or -1 where there is no scan in them that is beyond doubt. */
export function beginningOf(pieces, untold = false, { prefix = "", suffix = "" } = {}) {
  const read = pieces.map((_, at) => fromRussian(pieces.slice(at).map((piece) => piece.text).join("")));
  if (!read[0].endsWith(suffix)) return -1;
  const rest = read.map((text) => text.slice(0, text.length - suffix.length));
  if (prefix) return wrapped(rest, untold, prefix);
  if (BEGINS.test(rest[0])) return !untold && isOne(rest) ? 0 : -1;
  const at = rest.findIndex((text) => BEGINS.test(text));
  if (at < 1 || !isTyped(pieces.slice(0, at))) return -1;
  const sure = AIM.test(rest[at]) || (!untold && NATIVE.test(rest[at]));
  return sure && isOne(rest.slice(at)) ? at : -1;
}

/* Whether what begins like a symbol is one, and no later piece begins a second. */
function isOne([whole, ...later]) {
  if (later.some((text) => AIM.test(text))) return false;
  const content = whole[0] === "]" ? whole.slice(AIM_LENGTH) : whole;
  if (CODE.test(content)) return NATIVE.test(content);
  if (whole[0] !== "]") return false; // ISBT 128 without an AIM prefix: nothing tells that it is one and not two
  // Right behind its AIM prefix its own content begins.
  return !later.some((text) => BEGINS.test(text) && text !== content);
}

/* Whether a text tells by itself that a scan begins with it, and is not the rest of what silence ended, `before` it: a
   reader that gave that an AIM prefix gives one to every scan. */
export function beginsItself(text, before, { prefix = "", suffix = "" } = {}) {
  const read = fromRussian(text);
  if (prefix) return read.startsWith(prefix);
  if (AIM.test(read)) return true;
  return fromRussian(before)[0] !== "]" && NATIVE.test(read.endsWith(suffix) ? read.slice(0, read.length - suffix.length) : read);
}

/* Where every scan of the station begins with the same characters, only those tell. */
function wrapped(rest, untold, prefix) {
  const begins = rest.flatMap((text, at) => (text.startsWith(prefix) ? [at] : []));
  return begins.length !== 1 || (untold && begins[0] === 0) ? -1 : begins[0];
}

/* Whether a person may have typed these: in a field, and not as quick as a reader. */
function isTyped(pieces) {
  return pieces.every((piece) => piece.typed && !isQuick(piece, 2));
}

/* Whether a piece of at least so many characters came quicker than a person types. */
export function isQuick({ text, began, last }, least) {
  return text.length >= least && (last - began) / (text.length - 1 || 1) <= PACE;
}
