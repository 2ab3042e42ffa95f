"""The faces as a PDF embeds them: a subset with the letters that a label needs, made once and shared by like labels.

Digits are in every subset, since they are what differs between two labels of one design.
"""

import threading
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass
from cellchain.labels import fonts
from cellchain.labels.fonts import Face

if TYPE_CHECKING:
    from reportlab.pdfbase import ttfonts
else:
    ttfonts = later("reportlab.pdfbase.ttfonts")

ALWAYS = " 0123456789"
SUBSETS_MAX = 96
# A text names a letter by one byte, and no letter by the byte 0.
LETTERS_MAX = 255
_BLOCK = 100  # so many letters a block of the map back to Unicode
_SYMBOLIC = 4
OBJECTS = 4  # so many a subset is written as

# A face reads its file from a place that it remembers, so that two threads would mislead each other.
_READING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Subset:
    """A part of a face that a document embeds. `letters` stand in the order of their bytes, the first at 1."""

    face: Face
    letters: str

    def codes(self) -> dict[str, str]:
        """The byte of each letter, as two hexadecimal digits."""
        return {letter: f"{code:02x}" for code, letter in enumerate(self.letters, 1)}

    def objects(self, first: int) -> list[bytes]:
        """The font, its descriptor, its file and its map back to Unicode, numbered from `first` on."""
        return [made % tuple(first + offset for offset in refers) for made, refers in _written(self)]


def subsets(face: Face, used: Iterable[str]) -> list[Subset]:
    """Where a face keeps these letters: in one subset, or in several where a text has more than a byte can name."""
    letters = "".join(sorted({*used, *ALWAYS}))
    return [Subset(face, letters[start : start + LETTERS_MAX]) for start in range(0, len(letters), LETTERS_MAX)]


@lru_cache(maxsize=len(Face))
def _drawn(face: Face) -> "ttfonts.TTFontFace":
    return ttfonts.TTFontFace(str(fonts.file_of(face)))


@lru_cache(maxsize=SUBSETS_MAX)
def _written(subset: Subset) -> list[tuple[bytes, tuple[int, ...]]]:
    """The objects of a subset, each with the places where the numbers of others belong."""
    drawn = _drawn(subset.face)
    points = [0, *map(ord, subset.letters)]
    with _READING:
        outlines = drawn.makeSubset(points)
    name = _name(subset)
    widths = " ".join(f"{drawn.getCharWidth(point):g}" for point in points)
    box = " ".join(f"{edge:g}" for edge in drawn.bbox)
    font = (
        f"<< /Type /Font /Subtype /TrueType /BaseFont /{name} /FirstChar 0 /LastChar {len(points) - 1}"
        f" /Widths [{widths}] /FontDescriptor %d 0 R /ToUnicode %d 0 R >>"
    )
    descriptor = (
        f"<< /Type /FontDescriptor /FontName /{name} /Flags {_SYMBOLIC} /FontBBox [{box}] /ItalicAngle 0"
        f" /Ascent {drawn.ascent:g} /Descent {drawn.descent:g} /CapHeight {drawn.capHeight:g}"
        f" /StemV {drawn.stemV:g} /FontFile2 %d 0 R >>"
    )
    return [
        (font.encode(), (1, 3)),
        (descriptor.encode(), (2,)),
        (_doubled(stream(outlines, f" /Length1 {len(outlines)}")), ()),
        (_doubled(stream(_to_unicode(subset))), ()),
    ]


def stream(content: bytes, more: str = "") -> bytes:
    """A compressed stream as a PDF has it."""
    packed = zlib.compress(content)
    return b"<< /Filter /FlateDecode /Length %d%s >>\nstream\n%s\nendstream" % (len(packed), more.encode(), packed)


def _doubled(written: bytes) -> bytes:
    return written.replace(b"%", b"%%")


def _name(subset: Subset) -> str:
    """A subset is marked by six capitals before the name; which ones is told by its letters."""
    mark, rest = "", zlib.crc32(subset.letters.encode())
    for _ in range(6):
        rest, letter = divmod(rest, 26)
        mark += chr(ord("A") + letter)
    return f"{mark}+{subset.face}"


def _to_unicode(subset: Subset) -> bytes:
    """Which letter each byte means, for whoever searches or copies the text."""
    meant = [f"<{code}> <{letter.encode('utf-16-be').hex()}>" for letter, code in subset.codes().items()]
    blocks = (meant[start : start + _BLOCK] for start in range(0, len(meant), _BLOCK))
    lines = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Letters def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <ff>\nendcodespacerange\n{lines}\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()
