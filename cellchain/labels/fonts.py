"""The faces of labels, and breaking text into a box: it shrinks to a stated minimum, and never further.

The faces are committed subsets of DejaVu (`labels/fonts/subset.py`), so that every installation breaks lines alike.
They are set 10 % narrower than drawn, as DejaVu's own condensed cut is: labels are small and Russian is long.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass
from cellchain.paths import labels_dir

if TYPE_CHECKING:
    from reportlab.pdfbase import ttfonts
else:
    ttfonts = later("reportlab.pdfbase.ttfonts")

SIZE_MIN_PT = 5.5
SIZE_STEP_PT = 0.25
NARROWING_PERCENT = 90

# Heights as parts of the size: the tallest accent above the baseline, the deepest tail below, baseline to baseline.
ASCENT, DESCENT, PITCH = 0.93, 0.24, 1.17
CAPITAL = 0.73

_SCALE = NARROWING_PERCENT / 100_000
_AFTER_HYPHEN = re.compile(r"(?<=[^\W\d_]{2}-)(?=[^\W\d_]{2})")


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
    drawn = ttfonts.TTFontFace(str(file_of(face)))
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

    None where not even the second, smallest size fits. A line breaks at blanks and after the hyphen of a double name,
    never inside an identifier. Without `wraps` each paragraph keeps its lines.
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
    """A line as it was given, in pieces and how wide each is. It breaks between these and nowhere else.

    A piece is a word, or a part of a double name with its hyphen. What holds a digit is an identifier or a measure, and
    stays whole.
    """

    def __init__(self, line: str, face: Face) -> None:
        advances = _advances(face).__getitem__
        parted = [
            (blank, part) for word in line.split(" ") for blank, part in zip_longest([" "], _parts(word), fillvalue="")
        ]
        self.blanks = [blank for blank, _ in parted]
        self.parts = [part for _, part in parted]
        self.widths = [sum(map(advances, part)) for part in self.parts]
        self.gaps = [advances(" ") if blank else 0.0 for blank in self.blanks]

    def broken(self, width_pt: float, size_pt: float) -> list[int] | None:
        """After how many pieces each line ends if they are as few as can be; None where one is too wide for any."""
        ends: list[int] = []
        line = -self.gaps[0]
        for index, (gap, part) in enumerate(zip(self.gaps, self.widths, strict=True)):
            line += gap + part
            if line * size_pt * _SCALE > width_pt:
                if part * size_pt * _SCALE > width_pt:
                    return None
                ends.append(index)
                line = part
        return [*ends, len(self.parts)]

    def balanced(self, width_pt: float, size_pt: float) -> list[str]:
        """As few lines, the widest as narrow as can be, so that no word is left alone on the last one."""
        ends = self.broken(width_pt, size_pt) or []
        while len(ends) > 1:
            widest = max(sum(self.widths[a:b]) + sum(self.gaps[a + 1 : b]) for a, b in pairwise([0, *ends]))
            narrower = self.broken(widest * size_pt * _SCALE - 0.01, size_pt)
            if narrower is None or len(narrower) > len(ends):
                break
            ends = narrower
        return [self._text(a, b) for a, b in pairwise([0, *ends])]

    def _text(self, start: int, end: int) -> str:
        inside = zip(self.blanks[start + 1 : end], self.parts[start + 1 : end], strict=True)
        return self.parts[start] + "".join(blank + part for blank, part in inside)


def _parts(word: str) -> list[str]:
    """A word, parted after each hyphen that has two letters on either side."""
    return [word] if any(map(str.isdigit, word)) else _AFTER_HYPHEN.split(word)
