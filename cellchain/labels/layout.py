"""What a label says, in which size and where: decided here once, in millimetres, for every output that draws it.

A value may be given per language under `key.en` and `key.ru`; a bare `key` serves both. With the language "both"
Russian stands first and English goes where the design has room for it. Nothing overflows in silence.
"""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

from cellchain.identity import codes
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.labels import fonts, marks
from cellchain.labels.design import ANY_IDENTIFIER, LANGUAGES, SYMBOLS, Box, Design, Kind, Language, Words, pieces_of
from cellchain.labels.fonts import Face, Paragraph
from cellchain.labels.marks import Shape
from cellchain.labels.symbols import Symbol, SymbolUnprintable

MM = 72 / 25.4
PREVIEW = Words(en="PREVIEW", ru="ОБРАЗЕЦ")
# What a box of its kind says, whatever the design and the data.
FIXED = {
    Kind.DEMONSTRATION: Words(en="DEMONSTRATION", ru="ДЕМОНСТРАЦИЯ"),
    Kind.REPRINT: Words(en="REPRINT", ru="ДУБЛИКАТ"),
}
_FILLED = (Kind.STRIP, Kind.RULE, *FIXED)

_SECOND_PART = 0.8
_SHARES = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}
_ROUNDING_MM = 1e-6


class LabelTooLong(Refused):
    """A text does not fit its box at the smallest size that the design allows."""

    def __init__(self, box: str, value: str) -> None:
        self.box, self.value = box, value
        super().__init__(
            "label.too_long", "What the label says in the field {box} is too long for it. Shorten it.", box=box
        )


class LabelFieldMissing(Refused):
    """The label lacks a value that its design requires."""

    def __init__(self, box: str, field: str) -> None:
        self.box, self.field = box, field
        super().__init__(
            "label.field_missing", "The label cannot be printed without {field} ({box}).", box=box, field=field
        )


class LabelUnprintable(Refused):
    """A value holds what the label cannot show: a letter that the faces lack, an expiry without a time of day."""

    def __init__(self, box: str, value: str) -> None:
        self.box, self.value = box, value
        super().__init__(
            "label.unprintable", "The label cannot show what is in the field {box}. Write it in other letters.", box=box
        )


# ---- what is placed: millimetres from the upper left corner of the label, sizes of type in points ----


@dataclass(frozen=True, slots=True)
class Writing:
    """A line of text from its left end on its baseline, black where it has `ink` and white where not."""

    text: str
    face: Face
    size_pt: float
    x_mm: float
    baseline_mm: float
    ink: bool = True


@dataclass(frozen=True, slots=True)
class Area:
    """A filled rectangle."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    ink: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """A rectangle of lines; position and size are of its outer edge."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    line_mm: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A symbol from the upper left corner of its quiet zone. `height_mm` holds for a linear one alone."""

    symbol: Symbol
    x_mm: float
    y_mm: float
    module_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Banner:
    """A word in outline and framed, around the middle of the label and turned by `angle` (radians, to the left)."""

    text: str
    size_pt: float
    angle: float
    width_mm: float
    height_mm: float
    text_mm: float
    line_mm: float


Item = Writing | Area | Outline | Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A label ready to be drawn, in this order: `ground`, `items`, `banner`, `symbols`.

    The ground is what every label of the design and language has. Symbols come last, on white: neither a rule nor the
    banner may touch a bar.
    """

    title: str
    width_mm: float
    height_mm: float
    ground: tuple[Item, ...]
    items: tuple[Item, ...]
    banner: Banner | None
    symbols: tuple[Bars, ...]


def place(
    design: Design, data: Mapping[str, str], *, language: Language, preview: bool = False, demonstration: bool = False
) -> Sheet:
    """Lay a label out. `preview` puts the word over it; the symbols in `data` already carry serial 0.

    Raises LabelTooLong, LabelFieldMissing, LabelUnprintable and SymbolUnprintable, each naming the box or the text.
    """
    if language not in design.languages:
        raise _not_made(design)
    label = _Label(data, language, demonstration)
    still, ground = _ground(design, language, demonstration)
    shown = [box for box in design.boxes if box.name not in still and label.shows(box)]
    return Sheet(
        title=design.title.en,
        width_mm=design.width_mm,
        height_mm=design.height_mm,
        ground=ground,
        items=tuple(item for box in shown if box.kind not in SYMBOLS for item in label.items(box)),
        banner=_banner(design, language) if preview else None,
        symbols=tuple(label.bars(box) for box in shown if box.kind in SYMBOLS),
    )


def must_fit(design: Design, fields: Mapping[str, str], language: str) -> None:
    """Refuse what would not print, before a label is issued for it: a serial of its length stands in for the label's.

    Raises Refused by the codes of `place`. It names the box and not the value: a refusal is kept as it was said, and a
    value may be a name.
    """
    made_for = next((one for one in LANGUAGES if one == language), None)
    if made_for is None:
        raise _not_made(design)
    try:
        place(design, {"label_code": ANY_IDENTIFIER, **fields}, language=made_for)
    except LabelTooLong as fault:
        raise Refused(
            "label.too_long", "What the label says in the field {box} is too long for it. Shorten it.", box=fault.box
        ) from None
    except LabelUnprintable as fault:
        raise Refused(
            "label.unprintable",
            "The label cannot show what is in the field {box}. Write it in other letters.",
            box=fault.box,
        ) from None
    except LabelFieldMissing as fault:
        raise Refused(
            "label.field_missing",
            "The label cannot be printed without {field} ({box}).",
            box=fault.box,
            field=fault.field,
        ) from None
    except SymbolUnprintable as fault:
        raise Refused(
            "label.symbol_unprintable", "“{value}” cannot be printed as a symbol.", **fault.text.params
        ) from None


def _not_made(design: Design) -> Refused:
    return Refused("label.language", "The design {design} is not made for this language.", design=design.name)


@lru_cache(maxsize=64)
def _ground(design: Design, language: Language, demonstration: bool) -> tuple[frozenset[str], tuple[Item, ...]]:
    """The names of the boxes that no data changes, and what they draw.

    A box that stands on one which data changes is drawn after it, and so is not among them.
    """
    label = _Label({}, language, demonstration)
    still: list[str] = []
    moving: list[Box] = []
    items: list[Item] = []
    for box in design.boxes:
        changes = box.fields() or box.when or box.kind in (*SYMBOLS, Kind.REPRINT)
        if changes or any(_overlap(box, other) for other in moving):
            moving.append(box)
        else:
            still.append(box.name)
            items += label.items(box) if label.shows(box) else ()
    return frozenset(still), tuple(items)


@lru_cache(maxsize=64)
def _banner(design: Design, language: Language) -> Banner:
    """The word PREVIEW, along the diagonal on which the symbols cover less of it."""
    words = {"en": PREVIEW.en, "ru": PREVIEW.ru, "both": f"{PREVIEW.ru} / {PREVIEW.en}"}[language]
    across, down = design.width_mm, design.height_mm
    angle = math.atan2(down, across)
    # Width and height of the framed word at 1 mm; turned, both of its extents grow with the size alike.
    text = fonts.width_pt(words, Face.BOLD, 1.0)
    wide, high = text + 0.7, 1.25
    cosine, sine = math.cos(angle), math.sin(angle)
    size = 0.8 * min(across / (wide * cosine + high * sine), down / (wide * sine + high * cosine))
    way = min((angle, -angle), key=lambda turn: _covered(design, turn, wide * size, high * size))
    return Banner(words, size * MM, way, wide * size, high * size, text * size, min(0.3, 0.03 * size))


def _covered(design: Design, angle: float, wide: float, high: float) -> int:
    """How many points of a grid over the middle of the label, `wide` by `high` mm and turned, lie on a symbol."""
    grid = ((column / 20 * wide, row / 2 * high) for column in range(-10, 11) for row in (-1, 0, 1))
    covered = 0
    for along, aside in grid:
        x = design.width_mm / 2 + along * math.cos(angle) - aside * math.sin(angle)
        y = design.height_mm / 2 - along * math.sin(angle) - aside * math.cos(angle)
        covered += any(
            0 <= x - box.x_mm <= box.width_mm and 0 <= y - box.y_mm <= box.height_mm for box in design.symbols()
        )
    return covered


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x_mm < other.x_mm + other.width_mm
        and other.x_mm < one.x_mm + one.width_mm
        and one.y_mm < other.y_mm + other.height_mm
        and other.y_mm < one.y_mm + one.height_mm
    )


class _Label:
    """One label being laid out: its data in its language."""

    def __init__(self, data: Mapping[str, str], language: Language, demonstration: bool) -> None:
        self.data = data
        self.language = language
        self.languages = ("ru", "en") if language == "both" else (language,)
        self.demonstration = demonstration

    # ---- what is said ----------------------------------------------------------------------------------------------

    def value(self, field: str, language: str) -> str:
        """A field's text in one language, empty where the data has none."""
        return fonts.normal(self.data.get(f"{field}.{language}", self.data.get(field, "")).strip())

    def plain(self, field: str | None) -> str:
        """A field that is the same in every language: an identifier, a kind."""
        return self.value(field or "", self.languages[0])

    def shows(self, box: Box) -> bool:
        """Whether the box is on this label. Raises LabelFieldMissing where a required value is absent."""
        if box.kind is Kind.DEMONSTRATION:
            return self.demonstration
        if box.kind is Kind.REPRINT:
            return bool(self.plain("reprint"))
        if self.language not in box.languages:
            return False
        if box.when is not None and not self.holds(box.when):
            return False
        absent = [field for field in box.fields() if not all(self.value(field, spoken) for spoken in self.languages)]
        if absent and box.required:
            raise LabelFieldMissing(box.name, absent[0])
        return not absent

    def holds(self, when: str) -> bool:
        """Whether a field is present, `ward`, or absent, `not ward`, or has a value, `release_kind=conditional`."""
        field, equals, wanted = when.removeprefix("not ").partition("=")
        # A warning that came in the other language alone is asked for, not left out.
        is_so = self.plain(field) == wanted if equals else any(self.value(field, spoken) for spoken in ("en", "ru"))
        return is_so is not when.startswith("not ")

    def said(self, box: Box, language: str) -> str:
        """The box's text in one language, its placeholders filled in."""
        fixed = FIXED.get(box.kind)
        if fixed is not None and box.text is None:
            return fixed.ru if language == "ru" else fixed.en
        templates = box.templates()
        if not templates:
            return ""
        pieces = pieces_of(templates[-1] if language == "ru" else templates[0])
        return "".join(
            literal + (_formed(box, self.value(field, language), form) if field else "")
            for literal, field, form in pieces
        )

    def paragraphs(self, box: Box) -> list[Paragraph]:
        """The box's text in the label's language or languages."""
        first, *others = (self.said(box, spoken) for spoken in self.languages)
        second = others[0] if others else first
        if box.both == "first" or first == second:
            return [Paragraph(first)]
        if box.both == "beside":
            return [Paragraph(f"{first} / {second}")]
        return [Paragraph(first), Paragraph(second, _SECOND_PART)]

    # ---- where it stands -------------------------------------------------------------------------------------------

    def items(self, box: Box) -> Iterator[Item]:
        """What a box draws that is no symbol. Raises LabelTooLong and LabelUnprintable."""
        filled = box.kind in _FILLED
        if filled:
            yield Area(*box.at_mm, ink=not box.inverse)
        if box.kind is Kind.FRAME:
            yield Outline(*box.at_mm, line_mm=box.line_mm)
        elif box.kind is Kind.MARK:
            yield from _mark(box, self.plain(box.field))
        elif box.kind is Kind.BIOHAZARD:
            yield from marks.biohazard(*box.at_mm)
        elif box.kind is Kind.CODE:
            yield from _code(box, self.plain(box.field))
        elif box.kind is not Kind.RULE and (said := self.paragraphs(box)) != [Paragraph("")]:
            yield from _written(box, said, ink=box.inverse is filled)

    def bars(self, box: Box) -> Bars:
        """A symbol at its place. Raises SymbolUnprintable, and LabelTooLong where it is larger than its box."""
        text = self.plain(box.field)
        symbol = SYMBOLS[box.kind](text)
        height = box.height_mm if symbol.is_linear else symbol.height * box.module_mm
        if symbol.width * box.module_mm > box.width_mm + _ROUNDING_MM or height > box.height_mm + _ROUNDING_MM:
            raise LabelTooLong(box.name, text)
        return Bars(symbol, box.x_mm, box.y_mm, box.module_mm, height)


def _written(box: Box, said: list[Paragraph], *, ink: bool = True) -> Iterator[Writing]:
    whole = "\n".join(paragraph.text for paragraph in said)
    if fonts.missing(whole, box.face):
        raise LabelUnprintable(box.name, whole)
    room = box.width_mm * MM, box.height_mm * MM
    block = fonts.fit(said, box.face, room, (box.size_pt, box.shrinks_to_pt), wraps=box.wraps)
    if block is None:
        raise LabelTooLong(box.name, whole)
    top = box.y_mm + (box.height_mm - block.height_pt / MM) * _SHARES[box.valign]
    share = _SHARES[box.align]
    for line in block.lines:
        free = box.width_mm - fonts.width_pt(line.text, box.face, line.size_pt) / MM if share else 0.0
        yield Writing(line.text, box.face, line.size_pt, box.x_mm + free * share, top + line.baseline_pt / MM, ink)


class _CodeLine:
    """An identifier at one size, in points: check digits framed, and where it is tall its first parts above."""

    def __init__(self, grouped: str, size: float, *, tall: bool) -> None:
        self.above, self.head, self.check = (grouped[:8] if tall else ""), grouped[9 if tall else 0 : -3], grouped[-2:]
        self.above_size = max(fonts.SIZE_MIN_PT, 0.36 * size)
        self.check_size = max(fonts.SIZE_MIN_PT, 0.78 * size)
        self.frame_line = max(0.25 * MM, 0.045 * size)
        self.frame_width = fonts.width_pt(self.check, Face.MONO, self.check_size) + 0.28 * size + self.frame_line
        self.width = fonts.width_pt(self.head, Face.MONO, size) + 0.22 * size + self.frame_width
        lead = (fonts.CAPITAL + 0.45) * self.above_size if tall else 0.0
        self.baseline = lead + (fonts.CAPITAL + 0.13) * size
        self.height = self.baseline + 0.13 * size


def _code(box: Box, value: str) -> Iterator[Item]:
    """An identifier, its check digits in a frame. What is no identifier of ours is printed as it is."""
    try:
        grouped = codes.grouped(value)
    except codes.NotACode:
        yield from _written(box, [Paragraph(value)])
        return
    size, line = box.size_pt, _CodeLine(grouped, box.size_pt, tall=box.tall)
    while line.width > box.width_mm * MM or line.height > box.height_mm * MM:
        size -= fonts.SIZE_STEP_PT
        if size < box.shrinks_to_pt:
            raise LabelTooLong(box.name, value)
        line = _CodeLine(grouped, size, tall=box.tall)
    left = box.x_mm + (box.width_mm - line.width / MM) * _SHARES[box.align]
    baseline = box.y_mm + line.baseline / MM
    around = line.frame_line / 2
    frame = left + (line.width - line.frame_width) / MM
    top = baseline - ((fonts.CAPITAL + 0.11) * size + around) / MM
    high = ((fonts.CAPITAL + 0.22) * size + 2 * around) / MM
    yield Outline(frame, top, line.frame_width / MM, high, line.frame_line / MM)
    if line.above:
        yield Writing(line.above, Face.MONO, line.above_size, left, box.y_mm + fonts.CAPITAL * line.above_size / MM)
    yield Writing(line.head, Face.MONO, size, left, baseline)
    inside = (line.frame_width - fonts.width_pt(line.check, Face.MONO, line.check_size)) / 2
    lift = fonts.CAPITAL * (size - line.check_size) / 2
    yield Writing(line.check, Face.MONO, line.check_size, frame + inside / MM, baseline - lift / MM)


def _mark(box: Box, kind: str) -> Iterator[Shape]:
    if kind not in ("conditional", "final"):
        raise LabelUnprintable(box.name, kind)
    return marks.decision(*box.at_mm, box.line_mm, whole=kind == "final")


def _formed(box: Box, value: str, form: str) -> str:
    """A value in the format that a placeholder asks for. Raises LabelUnprintable where it has no such parts."""
    if form == "":
        return value
    if form == "grouped":
        try:
            return codes.grouped(value)
        except codes.NotACode:
            return value
    words = value.split(" ")
    clock = next((index for index, word in enumerate(words) if len(word) == 5 and word[2] == ":"), 0)
    if clock == 0:
        raise LabelUnprintable(box.name, value)
    return " ".join(words[:clock] if form == "date" else words[clock:])
