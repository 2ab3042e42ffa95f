"""A laid-out label as a PDF of one page of exactly its size: vectors, and the same bytes for the same label.

Most of the time would go into making the subsets of the faces, so labels that need the same letters share them.
"""

import math
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import Any

from reportlab import rl_config
from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace
from reportlab.pdfgen.canvas import Canvas

from cellchain.labels import fonts
from cellchain.labels.design import DOT_MM
from cellchain.labels.fonts import Face
from cellchain.labels.layout import MM, Area, Banner, Bars, Item, Outline, Sheet, Writing
from cellchain.labels.marks import Shape

# Without this the page would be written as ASCII 85: a quarter longer, and for nobody.
rl_config.useA85 = 0

SUBSETS_MAX = 32


def draw(sheet: Sheet) -> bytes:
    """The document. Equal sheets give equal bytes."""
    _register()
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(sheet.width_mm * MM, sheet.height_mm * MM), invariant=1)
    canvas.setTitle(sheet.title)
    canvas.setViewerPreference("PrintScaling", "None")
    items = (*sheet.ground, *sheet.items)
    _choose_letters(canvas, items, sheet.banner)
    page = _Page(canvas, sheet)
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
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


class _Page:
    """The page being drawn. Millimetres from the upper left corner go in, points from the lower left come out."""

    def __init__(self, canvas: Canvas, sheet: Sheet) -> None:
        self.canvas = canvas
        self.sheet = sheet
        self.black = True  # A page begins so.

    def x(self, x_mm: float) -> float:
        return x_mm * MM

    def y(self, y_mm: float) -> float:
        return (self.sheet.height_mm - y_mm) * MM

    def write(self, lines: Iterable[Writing]) -> None:
        """Set lines of text."""
        for black, alike in groupby(lines, key=lambda line: line.ink):
            self._ink(black=black)
            writer = self.canvas.beginText()
            writer.setHorizScale(fonts.NARROWING_PERCENT)
            for (face, size_pt), lines_alike in groupby(alike, key=lambda line: (line.face, line.size_pt)):
                writer.setFont(face.value, size_pt)
                for line in lines_alike:
                    writer.setTextOrigin(self.x(line.x_mm), self.y(line.baseline_mm))
                    writer.textOut(line.text)
            self.canvas.drawText(writer)

    def draw(self, item: Item) -> None:
        """Draw an area, an outline or a shape."""
        match item:
            case Area(x, y, width, height, ink):
                self._ink(black=ink)
                self._rectangle(x, y, width, height, fill=1)
            case Outline(x, y, width, height, line):
                self.canvas.setLineWidth(line * MM)
                self._rectangle(x + line / 2, y + line / 2, width - line, height - line, fill=0)
            case Shape(points, ink):
                self._ink(black=ink)
                outline = self.canvas.beginPath()
                for step, (x, y) in enumerate(points):
                    (outline.lineTo if step else outline.moveTo)(self.x(x), self.y(y))
                outline.close()
                self.canvas.drawPath(outline, stroke=0, fill=1)

    def _ink(self, *, black: bool) -> None:
        if black is not self.black:
            self.canvas.setFillGray(0 if black else 1)
            self.black = black

    def _rectangle(self, x: float, y: float, width: float, height: float, *, fill: int) -> None:
        self.canvas.rect(self.x(x), self.y(y + height), width * MM, height * MM, stroke=1 - fill, fill=fill)

    def draw_symbol(self, bars: Bars) -> None:
        """A symbol as one path on white, its modules on the dots of a 203 dpi printer."""
        symbol, module = bars.symbol, bars.module_mm
        left, top = _on_dot(bars.x_mm), _on_dot(bars.y_mm)
        self._ink(black=False)
        self._rectangle(left, top, symbol.width * module, bars.height_mm, fill=1)
        self._ink(black=True)
        # From here on the unit is a module, and a bar is made of whole numbers; a linear symbol is one row high.
        self.canvas.saveState()
        self.canvas.translate(self.x(left), self.y(top))
        self.canvas.scale(module * MM, -(bars.height_mm if symbol.is_linear else module) * MM)
        # Written by hand: the canvas would format each of these numbers as if it were a measure.
        bars_drawn = (f"{x} {y} {length} 1 re" for x, y, length in symbol.bars())
        self.canvas._code.append(f"{' '.join(bars_drawn)} f")
        self.canvas.restoreState()

    def draw_banner(self, banner: Banner) -> None:
        """The word over the label, white under black, so that it reads on text and on a black strip alike."""
        wide, high, line = banner.width_mm * MM, banner.height_mm * MM, banner.line_mm * MM
        self.canvas.saveState()
        self.canvas.translate(self.sheet.width_mm * MM / 2, self.sheet.height_mm * MM / 2)
        self.canvas.rotate(math.degrees(banner.angle))
        for grey, thickness in ((1, 3 * line), (0, line)):
            self.canvas.setStrokeGray(grey)
            self.canvas.setLineWidth(thickness)
            self.canvas.rect(-wide / 2, -high / 2, wide, high, stroke=1, fill=0)
            writer = self.canvas.beginText(-banner.text_mm * MM / 2, -fonts.CAPITAL * banner.size_pt / 2)
            writer.setFont(Face.BOLD.value, banner.size_pt)
            writer.setHorizScale(fonts.NARROWING_PERCENT)
            writer.setTextRenderMode(1)
            writer.textOut(banner.text)
            self.canvas.drawText(writer)
        self.canvas.restoreState()


def _on_dot(position_mm: float) -> float:
    """The nearest dot of a 203 dpi printer at or after a position."""
    return math.ceil(position_mm / DOT_MM - 1e-6) * DOT_MM


# ---- the faces in the document ----


@lru_cache(maxsize=1)
def _register() -> None:
    """Make the faces known to the PDF writer, once a process."""
    for face in Face:
        font = TTFont(face.value, str(fonts.file_of(face)))
        _share(font.face)
        pdfmetrics.registerFont(font)


def _share(face: TTFontFace) -> None:
    """Let a face make and compress each of its subsets once, and write each of its widths once."""
    make, add = lru_cache(maxsize=SUBSETS_MAX)(face.makeSubset), face.addSubsetObjects
    hollow = fp_str(face.defaultWidth).encode()
    widths = {point: fp_str(width).encode() for point, width in face.charWidths.items()}

    def add_shared(document: Any, name: str, subset: list[int]) -> Any:
        descriptor = add(document, name, subset)
        document.idToObject[f"fontFile:{face.filename}({name})"].filters = [_Deflate]
        return descriptor

    face.makeSubset = lambda subset: make(tuple(subset))
    face.addSubsetObjects = add_shared
    face.getCharWidth = lambda point: widths.get(point, hollow)


class _Deflate:
    """The usual compression of a stream, remembered."""

    pdfname = "FlateDecode"

    @staticmethod
    @lru_cache(maxsize=len(Face) * SUBSETS_MAX)
    def encode(content: bytes) -> bytes:
        return zlib.compress(content)


def _choose_letters(canvas: Canvas, items: Sequence[Item], banner: Banner | None) -> None:
    """Give each face the letters of this label in their alphabetical order, so that like labels have like subsets."""
    letters: dict[Face, set[str]] = {}
    for item in items:
        if isinstance(item, Writing):
            letters.setdefault(item.face, set()).update(item.text)
    if banner is not None:
        letters.setdefault(Face.BOLD, set()).update(banner.text)
    for face, used in letters.items():
        pdfmetrics.getFont(face.value).splitString("".join(sorted(used)), canvas._doc)
