"""A laid-out label as a PDF of one page of exactly its size: vectors, and the same bytes for the same label.

The file is written by hand, because a label needs little of what a PDF may hold: one page, its faces, no date and no
chance. Nearly all of it is the faces, which like labels share ready-made.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cellchain.labels import fonts, pdf_faces
from cellchain.labels.design import DOT_MM
from cellchain.labels.fonts import Face
from cellchain.labels.layout import MM, Area, Banner, Bars, Item, Outline, Sheet, Writing
from cellchain.labels.marks import Shape
from cellchain.labels.pdf_faces import Subset

_HEAD = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
# The objects of every label: catalogue, list of pages, page, what is drawn on it, title; then come the faces.
_CATALOGUE, _PAGES, _PAGE, _CONTENT, _INFO, _FACES = range(1, 7)


def draw(sheet: Sheet) -> bytes:
    """The document. Equal sheets give equal bytes."""
    items = (*sheet.ground, *sheet.items)
    faces = _faces(items, sheet.banner)
    page = _Page(sheet, faces)
    for kind, alike in groupby(items, key=type):
        if kind is Writing:
            page.write(item for item in alike if isinstance(item, Writing))
        else:
            for item in alike:
                page.draw(item)
    if sheet.banner is not None:
        page.draw_banner(sheet.banner)
    for bars in sheet.symbols:
        page.draw_symbol(bars)
    return _document(_objects(sheet, faces, "\n".join(page.code)))


class _Page:
    """The page being drawn. Millimetres from the upper left corner go in, points from the lower left come out."""

    def __init__(self, sheet: Sheet, faces: Sequence[Subset]) -> None:
        self.sheet = sheet
        self.code: list[str] = []
        self.black = True  # A page begins so.
        self.letters: dict[Face, dict[str, tuple[int, str]]] = {}
        for number, subset in enumerate(faces):
            known = self.letters.setdefault(subset.face, {})
            known.update((letter, (number, code)) for letter, code in subset.codes().items())

    def x(self, x_mm: float) -> float:
        return x_mm * MM

    def y(self, y_mm: float) -> float:
        return (self.sheet.height_mm - y_mm) * MM

    def write(self, lines: Iterable[Writing]) -> None:
        """Set lines of text."""
        for black, alike in groupby(lines, key=lambda line: line.ink):
            self._ink(black=black)
            self.code.append(f"BT {fonts.NARROWING_PERCENT} Tz")
            for line in alike:
                place = f"1 0 0 1 {self.x(line.x_mm):.3f} {self.y(line.baseline_mm):.3f} Tm"
                self.code.append(f"{place} {self._shown(line.text, line.face, line.size_pt)}")
            self.code.append("ET")

    def _shown(self, text: str, face: Face, size_pt: float) -> str:
        """A text in its face; each run of letters from the subset that holds them."""
        letters = (self.letters[face][letter] for letter in text)
        runs = ((number, "".join(code for _, code in run)) for number, run in groupby(letters, key=lambda one: one[0]))
        return " ".join(f"/F{number} {size_pt:g} Tf <{codes}> Tj" for number, codes in runs)

    def draw(self, item: Item) -> None:
        """Draw an area, an outline or a shape."""
        match item:
            case Area(x, y, width, height, ink):
                self._ink(black=ink)
                self.code.append(f"{self._rectangle(x, y, width, height)} f")
            case Outline(x, y, width, height, line):
                edges = self._rectangle(x + line / 2, y + line / 2, width - line, height - line)
                self.code.append(f"{line * MM:.3f} w {edges} S")
            case Shape(points, ink):
                self._ink(black=ink)
                corners = (
                    f"{self.x(x):.3f} {self.y(y):.3f} {'l' if step else 'm'}" for step, (x, y) in enumerate(points)
                )
                self.code.append(f"{' '.join(corners)} h f")

    def _ink(self, *, black: bool) -> None:
        if black is not self.black:
            self.code.append("0 g" if black else "1 g")
            self.black = black

    def _rectangle(self, x: float, y: float, width: float, height: float) -> str:
        return f"{self.x(x):.3f} {self.y(y + height):.3f} {width * MM:.3f} {height * MM:.3f} re"

    def draw_symbol(self, bars: Bars) -> None:
        """A symbol as one path on white, its modules on the dots of a 203 dpi printer."""
        symbol, module = bars.symbol, bars.module_mm
        left, top = _on_dot(bars.x_mm), _on_dot(bars.y_mm)
        self._ink(black=False)
        self.code.append(f"{self._rectangle(left, top, symbol.width * module, bars.height_mm)} f")
        self._ink(black=True)
        # From here on the unit is a module, and a bar is made of whole numbers; a linear symbol is one row high.
        across, down = module * MM, (bars.height_mm if symbol.is_linear else module) * MM
        self.code.append(f"q {across:.6f} 0 0 {-down:.6f} {self.x(left):.4f} {self.y(top):.4f} cm")
        drawn = (f"{x} {y} {length} 1 re" for x, y, length in symbol.bars())
        self.code.append(f"{' '.join(drawn)} f Q")

    def draw_banner(self, banner: Banner) -> None:
        """The word over the label, white under black, so that it reads on text and on a black strip alike."""
        wide, high, line = banner.width_mm * MM, banner.height_mm * MM, banner.line_mm * MM
        cosine, sine = math.cos(banner.angle), math.sin(banner.angle)
        middle = f"{self.sheet.width_mm * MM / 2:.3f} {self.sheet.height_mm * MM / 2:.3f}"
        self.code.append(f"q {cosine:.6f} {sine:.6f} {-sine:.6f} {cosine:.6f} {middle} cm")
        start = f"{-banner.text_mm * MM / 2:.3f} {-fonts.CAPITAL * banner.size_pt / 2:.3f}"
        word = self._shown(banner.text, Face.BOLD, banner.size_pt)
        for grey, thickness in ((1, 3 * line), (0, line)):
            frame = f"{-wide / 2:.3f} {-high / 2:.3f} {wide:.3f} {high:.3f} re S"
            self.code.append(f"{grey} G {thickness:.3f} w {frame}")
            self.code.append(f"BT {fonts.NARROWING_PERCENT} Tz 1 Tr 1 0 0 1 {start} Tm {word} 0 Tr ET")
        self.code.append("Q")


def _on_dot(position_mm: float) -> float:
    """The nearest dot of a 203 dpi printer at or after a position."""
    return math.ceil(position_mm / DOT_MM - 1e-6) * DOT_MM


def _faces(items: Iterable[Item], banner: Banner | None) -> list[Subset]:
    """What the label needs of each face."""
    letters: dict[Face, set[str]] = {}
    for item in items:
        if isinstance(item, Writing):
            letters.setdefault(item.face, set()).update(item.text)
    if banner is not None:
        letters.setdefault(Face.BOLD, set()).update(banner.text)
    return [subset for face in sorted(letters) for subset in pdf_faces.subsets(face, letters[face])]


# ---- the file ----


def _objects(sheet: Sheet, faces: Sequence[Subset], content: str) -> Iterator[bytes]:
    firsts = [_FACES + pdf_faces.OBJECTS * number for number in range(len(faces))]
    known = " ".join(f"/F{number} {first} 0 R" for number, first in enumerate(firsts))
    size = f"{sheet.width_mm * MM:.4f} {sheet.height_mm * MM:.4f}"
    title = f"\ufeff{sheet.title}".encode("utf-16-be").hex()
    yield f"<< /Type /Catalog /Pages {_PAGES} 0 R /ViewerPreferences << /PrintScaling /None >> >>".encode()
    yield f"<< /Type /Pages /Kids [{_PAGE} 0 R] /Count 1 >>".encode()
    yield (
        f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {size}] /Contents {_CONTENT} 0 R"
        f" /Resources << /Font << {known} >> >> >>"
    ).encode()
    yield pdf_faces.stream(content.encode("ascii"))
    yield f"<< /Title <{title}> /Producer (cellchain) >>".encode()
    for first, subset in zip(firsts, faces, strict=True):
        yield from subset.objects(first)


def _document(objects: Iterable[bytes]) -> bytes:
    """Numbered objects as a file, with the table of where each of them begins."""
    parts, place, places = [_HEAD], len(_HEAD), []
    for number, written in enumerate(objects, 1):
        part = b"%d 0 obj\n%s\nendobj\n" % (number, written)
        places.append(place)
        parts.append(part)
        place += len(part)
    table = "".join(f"{start:010d} 00000 n \n" for start in places)
    trailer = f"<< /Size {len(places) + 1} /Root {_CATALOGUE} 0 R /Info {_INFO} 0 R >>"
    tail = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\nstartxref\n{place}\n%%EOF\n"
    return b"".join([*parts, tail.encode()])
