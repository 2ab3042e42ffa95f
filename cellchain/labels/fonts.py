"""The faces of labels, and breaking text into a box: it shrinks to a stated minimum, and never further.

The faces are committed subsets of DejaVu (`labels/fonts/subset.py`), so that every installation breaks lines alike.
They are set 10 % narrower than drawn, as DejaVu's own condensed cut is: labels are small and Russian is long.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from cellchain.paths import labels_dir

SIZE_MIN_PT = 5.5
SIZE_STEP_PT = 0.25
NARROWING_PERCENT = 90

# Heights as parts of the size: the tallest accent above the baseline, the deepest tail below, baseline to baseline.
ASCENT, DESCENT, PITCH = 0.93, 0.24, 1.17
CAPITAL = 0.73


class Face(StrEnum):
    """A face, named as its file in `labels/fonts`."""

    SANS = "DejaVuSans"
    BOLD = "DejaVuSans-Bold"
    MONO = "DejaVuSansMono-Bold"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text and its size as a part of the box's size. A smaller paragraph stops shrinking at 5.5 pt."""

    text: str
    part: float = 1.0

    def size_at(self, size_pt: float) -> float:
        """This paragraph's size where the box is set in `size_pt`."""
        return max(SIZE_MIN_PT, size_pt * self.part)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, its size in points and the distance of its baseline below the top of the block."""

    text: str
    size_pt: float
    baseline_pt: float


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that fit, and the height that they take."""

    lines: tuple[Line, ...]
    height_pt: float


@lru_cache(maxsize=1)
def register() -> None:
    """Make the faces known to the PDF writer, once a process."""
    for face in Face:
        pdfmetrics.registerFont(TTFont(face.value, str(labels_dir() / "fonts" / f"{face.value}.ttf")))


def width_pt(text: str, face: Face, size_pt: float) -> float:
    """How wide a line is, in points."""
    register()
    return float(pdfmetrics.stringWidth(text, face.value, size_pt)) * NARROWING_PERCENT / 100


def normal(text: str) -> str:
    """The text as it is set: composed characters, since the faces have é and not e with an accent put over it."""
    return unicodedata.normalize("NFC", text)


def missing(text: str, face: Face) -> str:
    """The characters of `text` that the face cannot draw; a label with a hollow box in a name is refused."""
    register()
    known = pdfmetrics.getFont(face.value).face.charToGlyph
    return "".join(sorted({character for character in text if ord(character) not in known and character != "\n"}))


def fit(
    paragraphs: Sequence[Paragraph],
    face: Face,
    room_pt: tuple[float, float],
    sizes_pt: tuple[float, float],
    *,
    wraps: bool = True,
) -> Block | None:
    """Break paragraphs into a room of (width, height) at the largest size that fits, from the first of `sizes_pt` down.

    None where not even the second, smallest size fits. A word is never broken: most of them are identifiers. Without
    `wraps` each paragraph keeps its lines.
    """
    width, height = room_pt
    size, smallest = sizes_pt
    while size >= smallest:
        block = _set(paragraphs, face, width, size)
        kept = block is not None and (wraps or len(block.lines) == sum(p.text.count("\n") + 1 for p in paragraphs))
        if block is not None and kept and block.height_pt <= height:
            return block
        size -= SIZE_STEP_PT
    return None


def _set(paragraphs: Sequence[Paragraph], face: Face, width: float, size_pt: float) -> Block | None:
    lines: list[Line] = []
    top = 0.0
    for paragraph in paragraphs:
        size = paragraph.size_at(size_pt)
        broken = _broken(paragraph.text, face, width, size)
        if broken is None:
            return None
        for text in broken:
            lines.append(Line(text, size, top + ASCENT * size))
            top += PITCH * size
    return Block(tuple(lines), top)


def _broken(text: str, face: Face, width: float, size_pt: float) -> list[str] | None:
    """The text in lines no wider than `width`, or None where one word alone is wider. Breaks at blanks."""
    lines: list[str] = []
    for given in text.split("\n"):
        filled = _filled(given.split(" "), face, width, size_pt)
        if filled is None:
            return None
        lines += _balanced(filled, given.split(" "), face, size_pt)
    return lines


def _filled(words: Sequence[str], face: Face, width: float, size_pt: float) -> list[str] | None:
    """Words in as few lines as they need, or None where one of them is too wide for any."""
    lines: list[str] = []
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and width_pt(longer, face, size_pt) > width:
            lines.append(line)
            longer = word
        if width_pt(longer, face, size_pt) > width:
            return None
        line = longer
    return [*lines, line]


def _balanced(lines: list[str], words: Sequence[str], face: Face, size_pt: float) -> list[str]:
    """The same number of lines, the widest as narrow as can be, so that no word is left alone on the last one."""
    while len(lines) > 1:
        widest = max(width_pt(line, face, size_pt) for line in lines)
        narrower = _filled(words, face, widest - 0.01, size_pt)
        if narrower is None or len(narrower) > len(lines):
            break
        lines = narrower
    return lines
