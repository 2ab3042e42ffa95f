"""A keyboard-wedge reader for tests: it presses keys the way the driver reports them, in any layout and at any speed.

Each key carries the time at which the reader sent it, as a real one does, so that a slow machine is no slow reader.
"""

import time
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import CDPSession, Page

SHIFTED = dict(zip('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`", strict=True))
CODES = {
    "-": "Minus", "=": "Equal", "[": "BracketLeft", "]": "BracketRight", "\\": "Backslash", ";": "Semicolon",
    "'": "Quote", ",": "Comma", ".": "Period", "/": "Slash", "`": "Backquote", " ": "Space",
}  # fmt: skip
LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./"
RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю."
GS = "\x1d"
KEY_S = 0.003  # a wedge reader sends some three hundred characters a second
LIFT_S = 0.03  # between two scans


class Reader:
    """Types scans into a page. `layout` is the device's; without `with_codes` keys tell no position, as on Android.

    A `hurried` one scans again as soon as it is lifted, however slowly the machine takes the keys.
    """

    def __init__(self, page: Page, layout: str = "en", with_codes: bool = True, hurried: bool = False) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.layout = layout
        self.with_codes = with_codes
        self.hurried = hurried
        self.at = time.time()

    def scan(self, text: str, end: str = "Enter", pause_ms: float = 0) -> None:
        """One symbol and its terminator."""
        lifted = self.at + LIFT_S
        self.at = lifted if self.hurried else max(lifted, time.time())
        self.type(text, pause_ms)
        self.press(end, end, "\r" if end == "Enter" else "\t")

    def scans(self, texts: Iterable[str], pause_ms: float = 0) -> None:
        """Several symbols, `pause_ms` apart."""
        for text in texts:
            self.scan(text)
            if pause_ms:
                self.page.wait_for_timeout(pause_ms)

    def type(self, text: str, pause_ms: float = 0) -> None:
        """Characters without an end."""
        for character in text:
            self.at += pause_ms / 1000
            self._character(character)

    def press(self, key: str, code: str, text: str = "", modifiers: int = 0) -> None:
        """One key down and up."""
        self.at += KEY_S
        known: dict[str, Any] = {"key": key, "code": code if self.with_codes else "", "modifiers": modifiers}
        known["timestamp"] = self.at
        known["windowsVirtualKeyCode"] = {"Enter": 13, "Tab": 9, "F8": 119}.get(
            key, ord(key[0]) if len(key) == 1 else 0
        )
        down = {"type": "keyDown" if text else "rawKeyDown", **known}
        self.session.send("Input.dispatchKeyEvent", {**down, "text": text} if text else down)
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", **known})

    def _character(self, character: str) -> None:
        if character == GS:
            self.press("F8", "F8")
            return
        base = SHIFTED.get(character, character.lower())
        shift = 8 if character in SHIFTED or character.isupper() else 0
        code = CODES.get(base) or (f"Digit{base}" if base.isdigit() else f"Key{base.upper()}")
        key = character
        if self.layout == "ru" and base in LATIN:
            letter = RUSSIAN[LATIN.index(base)]
            key = letter.upper() if shift else letter
        self.press(key, code, key, shift)
