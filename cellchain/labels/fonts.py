"""The faces of labels, and breaking text into a box: it shrinks to a stated minimum, and never further.

The faces are committed subsets of DejaVu (`labels/fonts/subset.py`), so that every installation breaks lines alike.
They are set 10 % narrower than drawn, as DejaVu's own condensed cut is: labels are small and Russian is long.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFontFace

from cellchain.paths import labels_dir

SIZE_MIN_PT = 5.5
SIZE_STEP_PT = 0.25
NARROWING_PERCENT = 90

# Heights as parts of the size: the tallest accent above the baseline, the deepest tail below, baseline to baseline.
ASCENT, DESCENT, PITCH = 0.93, 0.24, 1.17
CAPITAL = 0.73

_SCALE = NARROWING_PERCENT / 100_000


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


def file_of(face: Face) -> Path:
    """The file that holds a face."""
    return labels_dir() / "fonts" / f"{face}.ttf"


class _Advances(dict[str, float]):
    """How far each character moves on, in thousandths of the size; one that the face lacks, as far as its hollow box.

    DejaVu counts 2,048 units to the size, so that sums of these are exact and their order does not matter.
    """

    def __init__(self, widths: Mapping[int, float], hollow: float) -> None:
        super().__init__((chr(point), width) for point, width in widths.items())
        self.hollow = hollow

    def __missing__(self, character: str) -> float:
        return self.hollow


@lru_cache(maxsize=len(Face))
def _advances(face: Face) -> _Advances:
    drawn = TTFontFace(str(file_of(face)))
    return _Advances(drawn.charWidths, drawn.defaultWidth)


def advances(text: str, face: Face) -> list[float]:
    """How far each character of a line moves on, in parts of the size."""
    return [advance * _SCALE for advance in map(_advances(face).__getitem__, text)]


def width_pt(text: str, face: Face, size_pt: float) -> float:
    """How wide a line is, in points."""
    return sum(map(_advances(face).__getitem__, text)) * size_pt * _SCALE


def normal(text: str) -> str:
    """The text as it is set: composed characters, since the faces have é and not e with an accent put over it."""
    return unicodedata.normalize("NFC", text)


def missing(text: str, face: Face) -> str:
    """The characters of `text` that the face cannot draw; a label with a hollow box in a name is refused."""
    advances = _advances(face)
    return "".join(sorted({character for character in text if character not in advances and character != "\n"}))


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
    given = [(paragraph, _Words(line, face)) for paragraph in paragraphs for line in paragraph.text.split("\n")]
    while size >= smallest:
        sizes = [paragraph.size_at(size) for paragraph, _ in given]
        broken = [words.broken(width, at_pt) for (_, words), at_pt in zip(given, sizes, strict=True)]
        high = sum(PITCH * at_pt * len(ends or ()) for ends, at_pt in zip(broken, sizes, strict=True))
        if high <= height and all(ends and (wraps or len(ends) == 1) for ends in broken):
            balanced = (words.balanced(width, at_pt) for (_, words), at_pt in zip(given, sizes, strict=True))
            return _stacked(zip(balanced, sizes, strict=True))
        size -= SIZE_STEP_PT
    return None


def _stacked(broken: Iterable[tuple[list[str], float]]) -> Block:
    """Lines of text below each other, each with its size."""
    lines: list[Line] = []
    top = 0.0
    for texts, size in broken:
        for text in texts:
            lines.append(Line(text, size, top + ASCENT * size))
            top += PITCH * size
    return Block(tuple(lines), top)


class _Words:
    """A line as it was given: its words, and how wide each is. It breaks at blanks and nowhere else."""

    def __init__(self, line: str, face: Face) -> None:
        advances = _advances(face).__getitem__
        self.words = line.split(" ")
        self.widths = [sum(map(advances, word)) for word in self.words]
        self.blank = advances(" ")

    def broken(self, width_pt: float, size_pt: float) -> list[int] | None:
        """After how many words each line ends if they are as few as can be; None where a word is too wide for any."""
        ends: list[int] = []
        line = -self.blank
        for index, word in enumerate(self.widths):
            line += self.blank + word
            if line * size_pt * _SCALE > width_pt:
                if word * size_pt * _SCALE > width_pt:
                    return None
                ends.append(index)
                line = word
        return [*ends, len(self.words)]

    def balanced(self, width_pt: float, size_pt: float) -> list[str]:
        """As few lines, the widest as narrow as can be, so that no word is left alone on the last one."""
        ends = self.broken(width_pt, size_pt) or []
        while len(ends) > 1:
            widest = max(sum(self.widths[a:b], self.blank * (b - a - 1)) for a, b in pairwise([0, *ends]))
            narrower = self.broken(widest * size_pt * _SCALE - 0.01, size_pt)
            if narrower is None or len(narrower) > len(ends):
                break
            ends = narrower
        return [" ".join(self.words[a:b]) for a, b in pairwise([0, *ends])]
