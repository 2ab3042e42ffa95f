"""GS1 element strings on the packages of suppliers, for material lots (GS1 General Specifications, sections 3 and 7.8).

A symbol is a row of elements, each an application identifier (AI) and a value. A value of varying length ends at a
separator, FNC1 in the symbol and GS (ASCII 29) in a scan. Readers that type lose it, or type something in its place.
Where that leaves two readings, the scan is refused by name: a lot number is never guessed.

Forms and lengths of the AIs come from the library biip. What it does silently (a value cut at its longest, a wrong
check digit kept beside the value, a century by the computer's own clock) is done here, out loud.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.kernel.ensure import ensure
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

if TYPE_CHECKING:
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

GS = "\x1d"
LENGTH_MAX = 256
GTIN, MADE, BEST_BEFORE, EXPIRY, LOT, SERIAL = "01", "11", "15", "17", "10", "21"

# The characters that a value may hold (GS1 General Specifications, section 7.11): no separator can be one of them.
_CHARACTER_SET = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")
# What readers are known to type where a separator stands.
_STAND_INS = ("<GS>", "{GS}", "[GS]", "^]", "\\x1d", "\\u001d", "␝", "|", "~", "^", "@", "#")
TRADE_SIZES = frozenset({8, 12, 13, 14})
_DATES = frozenset({MADE, "12", "13", BEST_BEFORE, "16", EXPIRY})
_HRI = re.compile(r"\(([0-9]{2,4})\)([^()]+)")
_READINGS_MANY = 2
_OF_A_LOT = frozenset({GTIN, MADE, BEST_BEFORE, EXPIRY, LOT, SERIAL})
TRADE_NUMBERS = frozenset({GTIN, "02", "03"})
# Who is treated, as a hospital numbers them (Global Service Relation Number of the recipient, section 3.9).
SERVICE_RECIPIENT = "8018"
SERVICE_NUMBERS = frozenset({"8017", SERVICE_RECIPIENT})


class Carrier(StrEnum):
    """What the reader's AIM prefix says of the symbol: elements with AIs, a bare trade number, or nothing."""

    ELEMENTS = "elements"
    NUMBER = "number"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a text is no GS1 element string that may be used here."""

    NOT_GS1 = "gs1.not_gs1"
    NOT_HERE = "gs1.not_here"
    BAD_FORM = "gs1.bad_form"
    SEPARATOR = "gs1.separator"
    AMBIGUOUS = "gs1.ambiguous"
    BAD_GTIN = "gs1.bad_gtin"
    BAD_GSRN = "gs1.bad_gsrn"
    BAD_DATE = "gs1.bad_date"
    REPEATED = "gs1.repeated"
    NO_GTIN = "gs1.no_gtin"


SENTENCES: Mapping[str, T] = {
    Reason.NOT_GS1: T("This is no GS1 symbol. Scan the symbol on the supplier's package."),
    Reason.NOT_HERE: T("This is the symbol of a supplier's package. Scan it where a material lot is received."),
    Reason.BAD_FORM: T("A part of the supplier's symbol has a wrong form. Scan it again, or type what is printed."),
    Reason.SEPARATOR: T(
        "The reader types another character where the supplier's symbol has a separator. Open “Set up the reader”, do"
        " what it says, then scan again."
    ),
    Reason.AMBIGUOUS: T(
        "The reader may have lost the separators of the supplier's symbol, so it can be read in two ways. Open “Set up"
        " the reader”, or type what is printed below the symbol, brackets included."
    ),
    Reason.BAD_GTIN: T("The check digit of the trade number does not fit. Scan the package again."),
    Reason.BAD_GSRN: T("The check digit of the service relation number does not fit. Scan the wristband again."),
    Reason.BAD_DATE: T("The supplier's symbol names a day that does not exist. Read the package and ask the supplier."),
    Reason.REPEATED: T("The supplier's symbol says the same thing twice and differently. Ask the supplier."),
    Reason.NO_GTIN: T("The supplier's symbol has no trade number. Scan another symbol of the package."),
}


class NotGs1(ValueError):
    """A text is no GS1 element string that may be used. `reason` is the stable code, `text` the sentence."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.text = SENTENCES[reason]
        super().__init__(str(self.text))


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known of the scanner. `separator` is what it types for FNC1: GS, another text, "" for nothing, or None.

    None and "" alike mean that separators may be missing; GS is understood in any case. Raises InvariantBroken for a
    separator that a value could hold as well.
    """

    separator: str | None = None

    def __post_init__(self) -> None:
        fits = not self.separator or may_separate(self.separator)
        ensure(fits, "a separator needs a character that no GS1 value can hold")


def may_separate(text: str) -> bool:
    """Whether a text that a scanner types for FNC1 cannot be a part of a value."""
    return _CHARACTER_SET.fullmatch(text) is None


UNKNOWN_READER = Reader()


@dataclass(frozen=True, slots=True)
class TradeItem:
    """What a supplier's symbol says of a material lot; a part that it does not hold is None.

    `gtin` has fourteen digits and a right check digit. Days are calendar days without a zone.
    """

    gtin: str
    lot: str | None
    serial: str | None
    expires_on: date | None
    best_before: date | None
    made_on: date | None


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of one symbol, as (AI, value), each of them checked and no AI twice."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, ai: str) -> str | None:
        """The value under an AI, None where there is none."""
        return dict(self.pairs).get(ai)

    @property
    def text(self) -> str:
        """The element string with GS where a separator belongs, as a reader sends it."""
        last = len(self.pairs) - 1
        return "".join(
            ai + value + (GS if at < last and _identifier(ai).separator_required else "")
            for at, (ai, value) in enumerate(self.pairs)
        )

    @property
    def eye_readable(self) -> str:
        """With the AIs in brackets, as it stands below a symbol (GS1 General Specifications, section 4.14)."""
        return "".join(f"({ai}){value}" for ai, value in self.pairs)

    def trade_item(self, today: date) -> TradeItem:
        """What the symbol says of a material lot. Raises NotGs1 `NO_GTIN` or `BAD_DATE`.

        Two digits of a year lie within 49 years before and 50 after `today` (section 7.12).
        """
        gtin = self.get(GTIN)
        if gtin is None:
            raise NotGs1(Reason.NO_GTIN)
        expires, best, made = (
            None if (value := self.get(ai)) is None else day_of(value, today) for ai in (EXPIRY, BEST_BEFORE, MADE)
        )
        return TradeItem(gtin, self.get(LOT), self.get(SERIAL), expires, best, made)


def read(text: str, reader: Reader = UNKNOWN_READER, carrier: Carrier = Carrier.UNKNOWN) -> Elements:
    """Read what a scanner sent, without its AIM prefix and terminator. Raises NotGs1.

    Understood are element strings, bare trade numbers of 8, 12, 13 or 14 digits, and text typed from below a symbol,
    `(01)...(10)...`. Which of the first two it is, `carrier` says, or the digits do, or it is `AMBIGUOUS`.
    """
    if not 1 <= len(text) <= LENGTH_MAX:
        raise NotGs1(Reason.NOT_GS1)
    if carrier is Carrier.UNKNOWN and text[0] == "(":
        return _checked(_typed("".join(text.split())))
    if carrier is Carrier.NUMBER:
        return _bare(text)
    if carrier is Carrier.UNKNOWN and _is_bare(text):
        return _either(text, reader)
    return _elements(text, reader)


def looks_like(text: str) -> bool:
    """Whether a text without an AIM prefix can only be GS1: typed brackets, a separator, or a trade number in front."""
    return (
        re.match(r"\([0-9]{2,4}\)", text) is not None
        or (text[:1].isdecimal() and GS in text)
        or re.match(r"01[0-9]{14}", text) is not None
        or _is_bare(text)
    )


def day_of(yymmdd: str, today: date) -> date:
    """The day of a date element, day 00 being the last of its month (section 3.4). Raises NotGs1 `BAD_DATE`."""
    year = today.year - today.year % 100 + int(yymmdd[:2])
    ahead = year - today.year
    year += -100 if ahead > 50 else 100 if ahead < -49 else 0
    month, day = int(yymmdd[2:4]), int(yymmdd[4:])
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as fault:
        raise NotGs1(Reason.BAD_DATE) from fault


def element_string(pairs: Iterable[tuple[str, str]]) -> Elements:
    """Elements made from (AI, value), checked like a scan, for whoever writes a symbol. Raises NotGs1."""
    return _checked(_typed("".join(f"({ai}){value}" for ai, value in pairs)))


def _is_bare(text: str) -> bool:
    return len(text) in TRADE_SIZES and text.isascii() and text.isdecimal()


def _bare(text: str) -> Elements:
    if not _is_bare(text):
        raise NotGs1(Reason.BAD_FORM)
    return _checked([(GTIN, text.rjust(14, "0"))])


def _either(text: str, reader: Reader) -> Elements:
    """Digits that may be a trade number or, where a package has a second symbol, a lot or a date alone."""
    try:
        found = [ai for ai, _ in _walk(text)]
    except NotGs1:
        return _bare(text)
    # A trade number may begin like any of five hundred elements; only those of a lot stand alone on a package.
    if not set(found) <= _OF_A_LOT:
        return _bare(text)
    if gtin_fits(text.rjust(14, "0")):
        raise NotGs1(Reason.AMBIGUOUS)
    return _elements(text, reader)


def _elements(text: str, reader: Reader) -> Elements:
    segments = _segments(text, reader)
    found = [pair for segment in segments for pair in _walk(segment)]
    # A declared separator, or one seen in this scan, says that this reader does not lose them.
    if not reader.separator and GS not in text and _readings(segments[0]) >= _READINGS_MANY:
        raise NotGs1(Reason.AMBIGUOUS)
    return _checked(found)


def _segments(text: str, reader: Reader) -> list[str]:
    if reader.separator:
        text = text.replace(reader.separator, GS)
    segments = [segment for segment in text.split(GS) if segment]
    if not segments:
        raise NotGs1(Reason.NOT_GS1)
    for segment in segments:
        if any(one in segment for one in _STAND_INS):
            raise NotGs1(Reason.SEPARATOR)
        if _CHARACTER_SET.fullmatch(segment) is None:
            raise NotGs1(Reason.BAD_FORM)
    return segments


def _walk(segment: str) -> Iterable[tuple[str, str]]:
    """The elements between two separators: those of a fixed length, then at most one that runs to the end."""
    while segment:
        ai = _identifier(segment)
        size = len(segment) if ai.separator_required else _fixed_size(ai)
        element, segment = segment[:size], segment[size:]
        if re.fullmatch(ai.pattern, element) is None:
            raise NotGs1(Reason.BAD_DATE if ai.ai in _DATES and len(element) == size else Reason.BAD_FORM)
        yield ai.ai, element[len(ai.ai) :]


def _readings(segment: str) -> int:
    """In how many ways, 2 for many, the text can be read if separators were lost. From the end, so each place once."""
    ways = [0] * len(segment) + [1]
    for at in range(len(segment) - 1, -1, -1):
        try:
            ai = _identifier(segment[at:])
        except NotGs1:
            continue
        ends = range(at + 1, len(segment) + 1) if ai.separator_required else (at + _fixed_size(ai),)
        for end in ends:
            if end <= len(segment) and ways[end] and _sound(ai, segment[at:end]):
                ways[at] = min(_READINGS_MANY, ways[at] + ways[end])
    return ways[0]


def _sound(ai: "GS1ApplicationIdentifier", element: str) -> bool:
    return re.fullmatch(ai.pattern, element) is not None and (ai.ai != GTIN or gtin_fits(element[2:]))


def _typed(text: str) -> list[tuple[str, str]]:
    """Elements with their AIs in brackets. Brackets within a value would leave two readings, so they are refused."""
    found = list(_HRI.finditer(text))
    ends = [0, *(one.end() for one in found)]
    starts = [*(one.start() for one in found), len(text)]
    if not found or ends != starts:
        raise NotGs1(Reason.AMBIGUOUS if found and ends[0] == starts[0] else Reason.NOT_GS1)
    pairs = []
    for one in found:
        ai, value = one.groups()
        if ai == GTIN and len(value) in TRADE_SIZES:
            value = value.rjust(14, "0")
        known = _identifier(ai)
        if known.ai != ai or re.fullmatch(known.pattern, ai + value) is None or not value.isascii():
            raise NotGs1(Reason.BAD_DATE if ai in _DATES else Reason.BAD_FORM)
        pairs.append((ai, value))
    return pairs


def _checked(pairs: Iterable[tuple[str, str]]) -> Elements:
    """The same element twice is one; the same AI with two values is a contradiction."""
    unique = tuple(dict.fromkeys(pairs))
    if any(one[0] == other[0] for one, other in pairwise(sorted(unique))):
        raise NotGs1(Reason.REPEATED)
    for ai, value in unique:
        if ai in TRADE_NUMBERS and not gtin_fits(value):
            raise NotGs1(Reason.BAD_GTIN)
        if ai in SERVICE_NUMBERS and not gtin_fits(value):
            raise NotGs1(Reason.BAD_GSRN)
        if ai in _DATES:
            # The month decides for every year but that of a leap day, which `trade_item` looks at again.
            day_of("04" + value[2:], date(2004, 1, 1))
    return Elements(unique)


def gtin_fits(digits: str) -> bool:
    """GS1's modulo 10 over fourteen digits, or the eighteen of a GSRN: weights 3 and 1 in turn (section 7.9.1)."""
    return sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _identifier(text: str) -> "GS1ApplicationIdentifier":
    """The AI in front of a text; no AI is the beginning of another. Raises NotGs1 `BAD_FORM`."""
    found = _known(text[:4])
    if found is None:
        raise NotGs1(Reason.BAD_FORM)
    return found


@lru_cache(maxsize=4096)
def _known(start: str) -> "GS1ApplicationIdentifier | None":
    # Imported here because it takes longer than all of identity, and few processes ever see a supplier's package.
    from biip import ParseError
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

    try:
        return GS1ApplicationIdentifier.extract(start)
    except ParseError:
        return None


def _fixed_size(ai: "GS1ApplicationIdentifier") -> int:
    """How long an element with this AI is, which the AI alone says where no separator is needed."""
    return sum(int(part[1:]) for part in ai.format.split("+"))
