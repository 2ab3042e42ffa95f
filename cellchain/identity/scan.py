"""What a scanner sent, made readable. It never raises: an unreadable scan is evidence, not an error.

A keyboard-wedge scanner types. So the text may carry the reader's own prefix (AIM symbology identifier), a leading
FNC1, a trailing Enter or Tab, letters of whatever keyboard layout is on, and the wrong case when Caps Lock is on. The
layout is undone, since keys map one to one. The case is not: it is reported, and the caller decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cellchain.identity import codes
from cellchain.identity.codes import Code, NotACode, parse
from cellchain.kernel.text import T

LENGTH_MAX = 256
GS = "\x1d"

_TERMINATORS = "\r\n\t"
# Some readers send FNC1 as GS, others pass the Data Matrix codeword 232 through as a character.
_FNC1 = GS + "\xe8"
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_SYMBOLOGIES: Mapping[str, str] = {
    "A": "code39",
    "C": "code128",
    "E": "ean",
    "I": "itf",
    "L": "pdf417",
    "Q": "qr",
    "d": "datamatrix",
    "e": "databar",
    "z": "aztec",
}

# The same keys on the Russian (ЙЦУКЕН) and on the Latin (QWERTY) layout, without shift and with it.
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю." + 'ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,/"№;:?'
_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?|@#$^&'
_TO_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")


class Problem(StrEnum):
    """Why a scan is no identifier, besides the reasons of `codes.Reason`."""

    EMPTY = "scan.empty"
    TOO_LONG = "scan.too_long"
    MIXED_ALPHABETS = "scan.mixed_alphabets"
    CASE_CHANGED = "scan.case_changed"


SENTENCES: Mapping[str, T] = {
    Problem.EMPTY: T("The reader sent nothing. Scan the symbol again."),
    Problem.TOO_LONG: T("The reader sent more than 256 characters. Scan one symbol alone."),
    Problem.MIXED_ALPHABETS: T("The scan mixes Latin and Cyrillic letters. Check the reader's setting and scan again."),
    Problem.CASE_CHANGED: T("The reader sent small letters. Switch Caps Lock off and scan again."),
    **codes.SENTENCES,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan. `raw` is as received (cut at 256 characters), `text` the payload, `aim` the prefix such as `]C1`.

    `code` is what the payload names, also where the case had to be changed for it; `problem` is a stable code that
    tells why a payload is not, or not exactly, one of our identifiers. A bedside uses `identity`.
    """

    raw: str
    aim: str | None
    text: str
    symbology: str | None
    code: Code | None
    problem: str | None
    case_changed: bool = False
    layout_changed: bool = False

    @property
    def is_preview(self) -> bool:
        """The symbol of a preview: valid check digits and sequence 0, so it names nothing."""
        return self.code is not None and self.code.is_preview

    @property
    def identity(self) -> Code | None:
        """The code, where the symbol said exactly this and may name a thing; None for a preview or after a guess."""
        return None if self.problem is not None or self.is_preview else self.code


def read(raw: str) -> Scan:
    """Read what a scanner sent. Never raises; a GS inside the payload is kept, since it separates GS1 elements."""
    if len(raw) > LENGTH_MAX:
        return Scan(raw[:LENGTH_MAX], None, "", None, None, Problem.TOO_LONG)
    text = raw.rstrip(_TERMINATORS)
    layout_changed = _CYRILLIC.search(text) is not None
    if layout_changed and _LATIN.search(text):
        # One layout cannot type both alphabets. Guessing here would turn look-alike letters into an identity.
        return Scan(raw, None, text, None, None, Problem.MIXED_ALPHABETS)
    if layout_changed:
        text = text.translate(_TO_LATIN_KEYS)
    prefix = _AIM.match(text)
    aim = prefix.group() if prefix else None
    text = text[len(aim or "") :].lstrip(_FNC1)
    symbology = _SYMBOLOGIES.get(aim[1]) if aim else None
    code, problem = _identify(text)
    return Scan(raw, aim, text, symbology, code, problem, problem == Problem.CASE_CHANGED, layout_changed)


def explain(problem: str) -> T:
    """The sentence for a `Scan.problem`. Raises KeyError for any other text."""
    return SENTENCES[problem]


def _identify(text: str) -> tuple[Code | None, str | None]:
    if not text:
        return None, Problem.EMPTY
    try:
        return parse(text), None
    except NotACode as fault:
        reason = fault.reason
    # Some foreign letters have A to Z as their capitals, and Caps Lock never makes them.
    if not text.isascii():
        return None, reason
    try:
        return parse(text.upper()), Problem.CASE_CHANGED
    except NotACode:
        return None, reason
