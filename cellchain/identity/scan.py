"""What a scanner sent, made readable. It never raises: an unreadable scan is evidence, not an error.

A keyboard-wedge scanner types. So the text may carry the reader's own prefix (AIM symbology identifier), a leading
FNC1, a trailing Enter or Tab, letters of whatever keyboard layout is on, and the wrong case when Caps Lock is on. The
layout is undone, since keys map one to one. The case is not: it is reported, and the caller decides.

One entry point tells the code systems apart: a native identifier, ISBT 128 (two characters are reserved for it), and
GS1 (by its AIM prefix, its first FNC1, or a form that nothing else has). What a place does not read gives a named
problem there, never a value.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from cellchain.identity import codes, gs1, isbt
from cellchain.identity.codes import Code, NotACode, parse
from cellchain.identity.gs1 import Elements
from cellchain.identity.isbt import Message, structures
from cellchain.identity.isbt import faults as isbt_faults
from cellchain.identity.schemes import NATIVE, Schemes
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

LENGTH_MAX = 256
GS = gs1.GS

# What a reader sends after a symbol. A GS there separates nothing any more.
_TERMINATORS = "\r\n\t" + GS
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
# ]d8 is the long rectangle of Data Matrix with the same leading FNC1 as ]d2.
_GS1_ELEMENTS = frozenset({"]C1", "]d2", "]d8", "]Q3", "]J1", "]e0"})
_GS1_NUMBERS = frozenset({"]E0", "]E4", "]I1"})
_ISBT_PAIR = "]C4"
_CAPS_LOCK_LOOKS_LIKE = frozenset(
    {isbt.Reason.UNKNOWN_STRUCTURE, isbt.Reason.BAD_FORM, isbt.Reason.BAD_CHECK, isbt.Reason.WRONG_LENGTH}
)

# The same keys on the Russian (ЙЦУКЕН) and on the Latin (QWERTY) layout, without shift and with it.
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю." + 'ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,/"№;:?'
_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?|@#$^&'
_TO_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")


class System(StrEnum):
    """The code system that a payload belongs to."""

    NATIVE = "native"
    ISBT = "isbt"
    GS1 = "gs1"


class Problem(StrEnum):
    """Why a scan says nothing, besides the reasons of `codes`, `isbt` and `gs1`."""

    EMPTY = "scan.empty"
    TOO_LONG = "scan.too_long"
    MIXED_ALPHABETS = "scan.mixed_alphabets"
    CASE_CHANGED = "scan.case_changed"
    NOT_TYPED = "scan.not_typed"
    TWO_MEANINGS = "scan.two_meanings"


SENTENCES: Mapping[str, T] = {
    Problem.EMPTY: T("The reader sent nothing. Scan the symbol again."),
    Problem.TOO_LONG: T("The reader sent more than 256 characters. Scan one symbol alone."),
    Problem.MIXED_ALPHABETS: T("The scan mixes Latin and Cyrillic letters. Check the reader's setting and scan again."),
    Problem.TWO_MEANINGS: T("What was typed is a code of cellchain and an ISBT 128 number. Scan the symbol."),
    Problem.NOT_TYPED: T("Nothing would catch a mistyped character here. Scan the symbol."),
    Problem.CASE_CHANGED: T("The reader sent small letters. Switch Caps Lock off and scan again."),
    **codes.SENTENCES,
    **isbt_faults.SENTENCES,
    **gs1.SENTENCES,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan. `raw` is as received (cut at 256 characters), `text` the payload, `aim` the prefix such as `]C1`.

    `code` is what a native payload names, also where the case had to be changed for it; `isbt` and `gs1` are what a
    symbol of theirs says. `problem` is a stable code that tells why a payload is none of these, or not exactly; only a
    `code` may then still be there. A bedside uses `identity`.
    """

    raw: str
    aim: str | None
    text: str
    symbology: str | None
    code: Code | None
    problem: str | None
    case_changed: bool = False
    layout_changed: bool = False
    system: System = System.NATIVE
    isbt: Message | None = None
    gs1: Elements | None = None

    @property
    def is_preview(self) -> bool:
        """The symbol of a preview: valid check digits and sequence 0, so it names nothing."""
        return self.code is not None and self.code.is_preview

    @property
    def identity(self) -> Code | None:
        """The code, where the symbol said exactly this and may name a thing; None for a preview or after a guess."""
        return None if self.problem is not None or self.is_preview else self.code


@dataclass(frozen=True, slots=True)
class _Said:
    """What a payload says, or why it says nothing."""

    problem: str | None = None
    system: System = System.NATIVE
    code: Code | None = None
    isbt: Message | None = None
    gs1: Elements | None = None


def read(raw: str, schemes: Schemes = NATIVE) -> Scan:
    """Read what a scanner sent. Never raises; a GS inside the payload is kept, since it separates GS1 elements."""
    if len(raw) > LENGTH_MAX:
        return Scan(raw[:LENGTH_MAX], None, "", None, None, Problem.TOO_LONG)
    return _read_native(raw) if schemes is NATIVE else _read(raw, schemes)


@lru_cache(maxsize=2_000)
def _read_native(raw: str) -> Scan:
    """Our own symbols are scanned again and again on their way, and read the same each time."""
    return _read(raw, NATIVE)


def _read(raw: str, schemes: Schemes) -> Scan:
    text = raw.rstrip(_TERMINATORS)
    layout_changed = _CYRILLIC.search(text) is not None
    if layout_changed and _LATIN.search(text):
        # One layout cannot type both alphabets. Guessing here would turn look-alike letters into an identity.
        return Scan(raw, None, text, None, None, Problem.MIXED_ALPHABETS)
    if layout_changed:
        text = text.translate(_TO_LATIN_KEYS)
    prefix = _AIM.match(text)
    aim = prefix.group() if prefix else None
    text = text[len(aim or "") :]
    payload = text.lstrip(_FNC1)
    said = _say(payload, aim, schemes, first_fnc1=payload != text)
    return Scan(
        raw=raw,
        aim=aim,
        text=payload,
        symbology=_SYMBOLOGIES.get(aim[1]) if aim else None,
        code=said.code,
        problem=said.problem,
        case_changed=said.problem == Problem.CASE_CHANGED,
        layout_changed=layout_changed,
        system=said.system,
        isbt=said.isbt,
        gs1=said.gs1,
    )


def explain(problem: str) -> T:
    """The sentence for a `Scan.problem`. Raises KeyError for any other text."""
    return SENTENCES[problem]


def _say(text: str, aim: str | None, schemes: Schemes, *, first_fnc1: bool) -> _Said:
    if not text:
        return _Said(Problem.EMPTY)
    native = _native(text)
    if native.code is not None:
        return native
    if structures.looks_like(text) or aim == _ISBT_PAIR:
        return _isbt(text, schemes.isbt, concatenated=aim == _ISBT_PAIR)
    if aim in _GS1_NUMBERS:
        return _gs1(text, schemes.gs1, gs1.Carrier.NUMBER)
    # Native symbols travel under the same prefixes, and a damaged one starts with its letters; an AI is digits.
    marked = aim in _GS1_ELEMENTS or first_fnc1
    if marked and text[:1].isdecimal():
        return _gs1(text, schemes.gs1, gs1.Carrier.ELEMENTS)
    if aim is None and gs1.looks_like(text):
        return _gs1(text, schemes.gs1, gs1.Carrier.UNKNOWN)
    return native


def _native(text: str) -> _Said:
    try:
        return _Said(code=parse(text))
    except NotACode as fault:
        reason = fault.reason
    # Some foreign letters have A to Z as their capitals, and Caps Lock never makes them.
    if not text.isascii():
        return _Said(reason)
    try:
        return _Said(Problem.CASE_CHANGED, code=parse(text.upper()))
    except NotACode:
        return _Said(reason)


def _isbt(text: str, scheme: isbt.Scheme, *, concatenated: bool) -> _Said:
    try:
        return _Said(system=System.ISBT, isbt=isbt.read(text, scheme, concatenated=concatenated))
    except isbt.NotIsbt as fault:
        reason = fault.reason
    # Caps Lock turns every letter round. That is worth a sentence of its own, but no value comes of it.
    if reason in _CAPS_LOCK_LOOKS_LIKE and text.isascii() and _is_isbt(text.swapcase()):
        return _Said(Problem.CASE_CHANGED, System.ISBT)
    return _Said(reason, System.ISBT)


def _is_isbt(text: str) -> bool:
    try:
        found = structures.parse_all(text)
    except isbt.NotIsbt:
        return False
    return not any(isinstance(one, structures.National) for one in found)


def _gs1(text: str, reader: gs1.Reader | None, carrier: gs1.Carrier) -> _Said:
    if reader is None:
        return _Said(gs1.Reason.NOT_HERE, System.GS1)
    try:
        return _Said(system=System.GS1, gs1=gs1.read(text, reader, carrier))
    except gs1.NotGs1 as fault:
        return _Said(fault.reason, System.GS1)
