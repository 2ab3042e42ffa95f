"""A label design is data: `labels/<design>/design.toml`, reviewed and approved like code, checked when it is read.

Positions and sizes are millimetres from the upper left corner, type sizes are points. A text stands in the design in
both languages and takes its values from the label's data:

    {field}          the value as it is
    {field:grouped}  an identifier grouped for eyes, BG 01 26 000412 77
    {field:date}     of "24 NOV 2026 15:34 MSK" the part before the time
    {field:time}     of "24 NOV 2026 15:34 MSK" the part from the time on
"""

import hashlib
import json
import math
import string
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Literal, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError

from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.labels import symbols
from cellchain.labels.fonts import SIZE_MIN_PT, Face
from cellchain.paths import labels_dir

Language = Literal["en", "ru", "both"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
FORMATS = ("", "grouped", "date", "time")

# A label printer has 8 dots a millimetre (203 dpi); a module of whole dots keeps every bar as wide as it should be.
DOT_MM = 0.125
_ROUNDING_MM = 1e-6
_STRICT = ConfigDict(extra="forbid")
# As long and as wide as any identifier, for where there is none yet.
ANY_IDENTIFIER = "XX000000000000"


class Kind(StrEnum):
    """What a box draws."""

    TEXT = "text"
    CODE = "code"
    CODE128 = "code128"
    DATAMATRIX = "datamatrix"
    QR = "qr"
    STRIP = "strip"
    RULE = "rule"
    FRAME = "frame"
    MARK = "mark"
    BIOHAZARD = "biohazard"
    DEMONSTRATION = "demonstration"
    REPRINT = "reprint"


SYMBOLS = {Kind.CODE128: symbols.code128, Kind.DATAMATRIX: symbols.datamatrix, Kind.QR: symbols.qr}
_WRITTEN = (Kind.TEXT, Kind.CODE, Kind.STRIP, Kind.DEMONSTRATION, Kind.REPRINT)


class DesignFault(ValueError):
    """A design file does not hold what a design must. Names the design, the box and what is wrong."""

    def __init__(self, design: str, box: str, fault: str) -> None:
        super().__init__(f"{design}: {box}: {fault}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text of the design in both languages."""

    en: str
    ru: str

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing on the label.

    `at_mm` is left, top, width and height. `when` shows the box only where a field is present, `"ward"`, or absent,
    `"not ward"`, or has a value, `"release_kind=conditional"`. A text breaks at blanks and after the hyphen of a double
    name; with `wraps = false` it keeps to one line and shrinks. `both` says what becomes of a second language: below
    the first, beside it after a stroke, or left out. A `code` prints an identifier with its check digits boxed; `tall`
    sets its sequence large under the rest. A `reprint` stands on a label that replaces one, and says so in its own
    `text` where the usual word is too long.
    """

    name: str
    kind: Kind
    at_mm: tuple[float, float, float, float]
    field: str | None = None
    text: Words | None = None
    size_pt: float = 7.0
    min_size_pt: float | None = None
    bold: bool = False
    mono: bool = False
    inverse: bool = False
    tall: bool = False
    align: Literal["left", "center", "right"] = "left"
    valign: Literal["top", "middle", "bottom"] = "top"
    both: Literal["first", "below", "beside"] = "first"
    languages: tuple[Language, ...] = LANGUAGES
    when: str | None = None
    required: bool = True
    wraps: bool = True
    line_mm: float = 0.2
    module_mm: float = 0.5

    __pydantic_config__ = _STRICT

    @property
    def x_mm(self) -> float:
        """Its left edge."""
        return self.at_mm[0]

    @property
    def y_mm(self) -> float:
        """Its upper edge."""
        return self.at_mm[1]

    @property
    def width_mm(self) -> float:
        """How wide it is."""
        return self.at_mm[2]

    @property
    def height_mm(self) -> float:
        """How high it is."""
        return self.at_mm[3]

    @property
    def face(self) -> Face:
        """The face its text is set in."""
        if self.mono or self.kind is Kind.CODE:
            return Face.MONO
        return Face.BOLD if self.bold else Face.SANS

    @property
    def shrinks_to_pt(self) -> float:
        """The smallest size its text may have; without `min_size_pt` it keeps its size."""
        return self.size_pt if self.min_size_pt is None else self.min_size_pt

    def templates(self) -> tuple[str, ...]:
        """Its texts with placeholders, English first."""
        if self.text is not None:
            return self.text.en, self.text.ru
        return (f"{{{self.field}}}",) if self.field else ()

    def fields(self) -> tuple[str, ...]:
        """The data it prints."""
        pieces = (piece for template in self.templates() for piece in pieces_of(template))
        return tuple(dict.fromkeys(field for _, field, _ in pieces if field))


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A label: its size in millimetres and its boxes in drawing order. `digest` is the SHA-256 of its file."""

    name: str
    title: Words
    width_mm: float
    height_mm: float
    languages: tuple[Language, ...] = LANGUAGES
    boxes: tuple[Box, ...]
    digest: str = ""

    __pydantic_config__ = _STRICT

    def required_fields(self) -> tuple[str, ...]:
        """The data without which the label is not printed, whatever its values."""
        needed = (box for box in self.boxes if box.required and (box.when or "not ").startswith("not "))
        return tuple(dict.fromkeys(field for box in needed for field in box.fields()))

    def symbols(self) -> tuple[Box, ...]:
        """The boxes that hold a symbol."""
        return tuple(box for box in self.boxes if box.kind in SYMBOLS)


def names() -> tuple[str, ...]:
    """Every design there is."""
    return tuple(sorted(path.parent.name for path in labels_dir().glob("*/design.toml")))


@lru_cache(maxsize=64)
def load(name: str) -> Design:
    """Read and check one design. Raises NotFound for an unknown name, DesignFault for an unusable design."""
    if name not in names():
        raise NotFound("label.design_unknown", "There is no label design {name}. Choose another.", name=name)
    source = (labels_dir() / name / "design.toml").read_bytes()
    return read(name, source)


def source_of(name: str) -> str:
    """The text of a design's file. Raises NotFound for an unknown name."""
    load(name)
    return (labels_dir() / name / "design.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def kept(name: str, source: str) -> Design:
    """A design from the text that was stored when it was approved: rules made since then are not asked of it."""
    return _typed(name, source.encode())


def read(name: str, source: bytes) -> Design:
    """Check the text of a design file. Raises DesignFault."""
    design = _typed(name, source)
    for box, wrong in _faults(design, name):
        raise DesignFault(name, box, wrong)
    return design


def _typed(name: str, source: bytes) -> Design:
    try:
        given = tomllib.loads(source.decode())
        return TypeAdapter(Design).validate_python(given | {"digest": hashlib.sha256(source).hexdigest()})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise DesignFault(name, "file", str(fault)) from fault
    except ValidationError as fault:
        where, what = fault.errors()[0]["loc"], fault.errors()[0]["msg"]
        raise DesignFault(name, ".".join(map(str, where)), what) from fault


def sample(name: str) -> dict[str, str]:
    """Made-up data that fills the design, for its approval and for tests. Raises NotFound for an unknown name."""
    load(name)
    values: dict[str, str] = json.loads((labels_dir() / name / "sample.json").read_text(encoding="utf-8"))
    return values


def pieces_of(template: str) -> Iterator[tuple[str, str, str]]:
    """A text as (literal, field, format), the field empty at its end. Raises ValueError where a placeholder is none."""
    for literal, field, form, conversion in string.Formatter().parse(template):
        if field is not None and (not field.isidentifier() or conversion):
            raise ValueError(f"{{{field}}} is no field")
        yield literal, field or "", form or ""


def _faults(design: Design, folder: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a design beyond the types of its values, the first fault first."""
    if design.name != folder:
        yield "name", f"the design stands in the folder {folder}"
    if not design.languages:
        yield "languages", "a design needs a language"
    seen: set[str] = set()
    for box in design.boxes:
        if box.name in seen:
            yield box.name, "two boxes have this name"
        seen.add(box.name)
        yield from ((box.name, wrong) for wrong in _box_faults(design, box))
    for kind in (Kind.DEMONSTRATION, Kind.REPRINT):
        if sum(box.kind is kind for box in design.boxes) != 1:
            yield kind, f"a design has one place for the word {kind.upper()}"


def _box_faults(design: Design, box: Box) -> Iterator[str]:
    sizes = (*box.at_mm, box.line_mm, box.module_mm, box.size_pt)
    if not all(math.isfinite(size) and size >= 0 for size in sizes) or min(box.width_mm, box.height_mm) == 0:
        yield "positions and sizes are positive"
    right, bottom = box.x_mm + box.width_mm, box.y_mm + box.height_mm
    if right > design.width_mm + _ROUNDING_MM or bottom > design.height_mm + _ROUNDING_MM:
        yield "it reaches beyond the label"
    if box.kind in _WRITTEN and min(box.size_pt, box.shrinks_to_pt) < SIZE_MIN_PT:
        yield f"nothing is set smaller than {SIZE_MIN_PT} pt"
    if box.shrinks_to_pt > box.size_pt:
        yield "min_size_pt is larger than size_pt"
    if box.field is not None and box.text is not None:
        yield "it has a field or a text, not both"
    try:
        if any(form not in FORMATS for template in box.templates() for _, _, form in pieces_of(template)):
            yield f"a format is one of {FORMATS}"
    except ValueError as fault:
        yield str(fault)
    if box.kind in (*SYMBOLS, Kind.CODE, Kind.MARK) and box.field is None:
        yield "it needs a field"
    if box.kind is Kind.TEXT and not box.templates():
        yield "it needs a field or a text"
    if box.kind in SYMBOLS:
        yield from _symbol_faults(box)


def _symbol_faults(box: Box) -> Iterator[str]:
    dots = box.module_mm / DOT_MM
    if dots < 1 or abs(dots - round(dots)) > _ROUNDING_MM:
        yield f"module_mm is a multiple of {DOT_MM}"
    symbol = SYMBOLS[box.kind](ANY_IDENTIFIER)
    if symbol.width * box.module_mm > box.width_mm + _ROUNDING_MM:
        yield f"the symbol and its quiet zones are {symbol.width * box.module_mm} mm wide"
    if not symbol.is_linear and symbol.height * box.module_mm > box.height_mm + _ROUNDING_MM:
        yield f"the symbol and its quiet zones are {symbol.height * box.module_mm} mm high"
