/* Tones and vibration. A browser is silent until the first touch; the page says so. */

const TONES = {
  __proto__: null,
  // [hertz, begins at s, lasts s]: two short ones, rising; one long and low, of a pitch that small speakers can give.
  // "Read" says that a scan arrived, and nothing about what came of it: it is unlike any verdict.
  read: { notes: [[1320, 0, 0.07]], shake: [] },
  match: { notes: [[784, 0, 0.12], [1175, 0.16, 0.16]], shake: [60] },
  halt: { notes: [[196, 0, 1.1], [392, 0, 1.1]], shake: [400, 100, 400] },
};
const LOUDNESS = 0.4;
const RAMP = 0.012; // s, so that a tone neither clicks on nor off

let context = null;

export function play(name) {
  const { shake } = TONES[name];
  if (shake.length > 0 && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(shake);
  if (context?.state !== "running") return;
  for (const [hertz, begins, lasts] of TONES[name].notes) {
    const from = context.currentTime + begins;
    const tone = new OscillatorNode(context, { frequency: hertz, type: "triangle" });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(LOUDNESS, from + RAMP);
    loudness.gain.setValueAtTime(LOUDNESS, from + lasts - RAMP);
    loudness.gain.linearRampToValueAtTime(0, from + lasts);
    tone.connect(loudness).connect(context.destination);
    tone.start(from);
    tone.stop(from + lasts);
  }
}

export function start() {
  tell();
  new MutationObserver(tell).observe(document.body, { childList: true, subtree: true });
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, open, { capture: true });
}

async function open() {
  if (context?.state === "running" || !navigator.userActivation?.isActive) return;
  context ??= new AudioContext();
  await context.resume();
  tell();
}

function tell() {
  // The note keeps its place while it is not seen: what is being touched must not move under the finger.
  for (const note of document.querySelectorAll("[data-sound]")) {
    if (note.hidden) note.hidden = false;
    note.toggleAttribute("data-sounds", context?.state === "running");
  }
}
