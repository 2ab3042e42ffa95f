/* What a keyboard-wedge reader meant by a key. Read by key position, so that the layout of the device does no harm. */

export const GS = "\x1d";
export const AIM = /^\][A-Za-z][0-9A-Za-z]/; // the reader's own prefix, which names the kind of symbol

const SHIFTED = {
  __proto__: null,
  Digit1: "1!", Digit2: "2@", Digit3: "3#", Digit4: "4$", Digit5: "5%", Digit6: "6^", Digit7: "7&", Digit8: "8*",
  Digit9: "9(", Digit0: "0)", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|",
  Semicolon: ";:", Quote: "'\"", Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ",
  IntlBackslash: "\\|",
};
const NUMPAD = {
  __proto__: null,
  NumpadAdd: "+", NumpadSubtract: "-", NumpadMultiply: "*", NumpadDivide: "/", NumpadDecimal: ".", NumpadComma: ",",
  NumpadEqual: "=",
};

// The same keys on the Russian and on the Latin layout, first without shift, then with it.
const RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю.ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,\"№;:?";
const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?@#$^&";

/* The character of a keydown, "" for a key that is none. */
export function characterOf(event) {
  const { code, key } = event;
  if (key === GS || code === "F8" || key === "F8" || (event.ctrlKey && code === "BracketRight")) return GS;
  if (event.ctrlKey || event.altKey || event.metaKey || key === "Dead" && !code) return "";
  if (/^Key[A-Z]$/.test(code)) return event.shiftKey ? code[3] : code[3].toLowerCase();
  if (code in SHIFTED) return SHIFTED[code][event.shiftKey ? 1 : 0];
  if (/^Numpad\d$/.test(code)) return code[6];
  if (code in NUMPAD) return NUMPAD[code];
  // No position, as on Android: the text itself, and fromRussian() over the whole scan.
  return !code && [...key].length === 1 ? key : "";
}

/* Whether a key ends a scan: Enter, Tab, or the control characters that some readers send for them. */
export function terminates(event) {
  if (event.altKey || event.metaKey) return false;
  if (event.ctrlKey) return event.code === "KeyM" || event.code === "KeyJ";
  return event.key === "Enter" || event.key === "Tab" || event.code === "NumpadEnter";
}

/* A scan typed on the Russian layout, as the Latin one would have typed it; any other text stays as it is. */
export function fromRussian(text) {
  if (!/[\u0400-\u04ff]/.test(text) || /[A-Za-z]/.test(text)) return text;
  return [...text].map((letter) => {
    const at = RUSSIAN.indexOf(letter);
    return at < 0 ? letter : LATIN[at];
  }).join("");
}

/* A raw scan for eyes: separators that cannot be seen are drawn. */
export function visible(text) {
  return text.replaceAll(GS, "␝");
}
