"""A laid-out label as the dots of a printer: black or white, nothing scaled, every edge on a whole dot.

Text is drawn glyph by glyph from the faces that the PDF embeds, each glyph once a size. Symbols have modules of whole
dots. What no data changes is drawn once a design and copied for each label.
"""

import math
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cellchain.kernel.later import later
from cellchain.labels import fonts
from cellchain.labels.fonts import Face
from cellchain.labels.layout import MM, Area, Banner, Bars, Item, Outline, Sheet, Writing
from cellchain.labels.marks import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image, ImageChops, ImageDraw, ImageFont

    Dots = NDArray[np.bool_]
else:
    np, Dots = later("numpy"), Any
    Image, ImageChops = later("PIL.Image"), later("PIL.ImageChops")
    ImageDraw, ImageFont = later("PIL.ImageDraw"), later("PIL.ImageFont")

# A glyph is drawn larger than the dots and averaged; 10 to one across and 9 to one down narrow it as the PDF does.
_ACROSS = 10
_DOWN = _ACROSS * fonts.NARROWING_PERCENT // 100
# A dot is black from this share of 255 on: a little less than half, or the hairlines of a superscript would break.
_DARK = 112
_ROUNDING = 1e-6


class Resolution(IntEnum):
    """A print head, by the name it is sold under."""

    DPI_203 = 203
    DPI_300 = 300

    @property
    def dots_per_mm(self) -> float:
        """8 dots a millimetre, called 203 dpi; and 300 dots an inch, called 12 dots a millimetre but 11.8."""
        return 8.0 if self is Resolution.DPI_203 else 300 / 25.4


def draw(sheet: Sheet, resolution: Resolution) -> Dots:
    """The label as rows of dots, true where black. Equal sheets give equal dots."""
    canvas = _Canvas(_ground(sheet.width_mm, sheet.height_mm, sheet.ground, resolution).copy(), resolution)
    for item in sheet.items:
        canvas.draw(item)
    if sheet.banner is not None:
        for mask, black in zip(_banner(sheet.banner, resolution), (False, True), strict=True):
            left, top = (
                (whole - part) // 2 for whole, part in zip(canvas.dots.shape[::-1], mask.shape[::-1], strict=True)
            )
            canvas.stamp(mask, left, top, black=black)
    for bars in sheet.symbols:
        canvas.draw_symbol(bars)
    return canvas.dots


@lru_cache(maxsize=16)
def _ground(width_mm: float, height_mm: float, items: tuple[Item, ...], resolution: Resolution) -> Dots:
    """The label without data."""
    scale = resolution.dots_per_mm
    canvas = _Canvas(np.zeros((round(height_mm * scale), round(width_mm * scale)), np.bool_), resolution)
    for item in items:
        canvas.draw(item)
    return canvas.dots


class _Canvas:
    """A label being drawn. Millimetres go in, whole dots come out; a line is never thinner than a dot."""

    def __init__(self, dots: Dots, resolution: Resolution) -> None:
        self.dots = dots
        self.resolution = resolution
        self.scale = resolution.dots_per_mm

    def draw(self, item: Item) -> None:
        """Draw anything but a symbol and the banner."""
        match item:
            case Writing():
                self._write(item)
            case Area(x, y, width, height, ink):
                self._edges(x, y, width, height)[:] = ink
            case Outline(x, y, width, height, line):
                edges, thick = self._edges(x, y, width, height), self._thick(line)
                edges[:thick] = edges[-thick:] = edges[:, :thick] = edges[:, -thick:] = True
            case Shape(points, ink):
                self._fill(points, black=ink)

    def stamp(self, mask: Dots, left: int, top: int, *, black: bool) -> None:
        """Print a mask; what reaches beyond the label is cut off."""
        if left < 0 or top < 0:
            mask, left, top = mask[max(0, -top) :, max(0, -left) :], max(0, left), max(0, top)
        part = self.dots[top : top + mask.shape[0], left : left + mask.shape[1]]
        if part.shape != mask.shape:
            mask = mask[: part.shape[0], : part.shape[1]]
        if black:
            part |= mask
        else:
            part &= ~mask

    def _edges(self, x: float, y: float, width: float, height: float) -> Dots:
        """The dots of a rectangle."""
        left, top = round(x * self.scale), round(y * self.scale)
        return self.dots[top : top + self._thick(height), left : left + self._thick(width)]

    def _thick(self, size_mm: float) -> int:
        return max(1, round(size_mm * self.scale))

    def _write(self, line: Writing) -> None:
        size = line.size_pt * self.scale / MM
        x, y = line.x_mm * self.scale, round(line.baseline_mm * self.scale)
        glyphs = _glyphs(line.face, size)
        for character, advance in zip(line.text, fonts.advances(line.text, line.face), strict=True):
            mask, left, top = glyphs[character]
            self.stamp(mask, round(x) + left, y + top, black=line.ink)
            x += advance * size

    def _fill(self, points: tuple[tuple[float, float], ...], *, black: bool) -> None:
        # A dot is named by its middle, a point of the label by its edge.
        corners = np.array(points) * self.scale - 0.5
        left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
        right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
        picture = Image.new("1", (right - left + 1, bottom - top + 1))
        ImageDraw.Draw(picture).polygon([(x - left, y - top) for x, y in corners.tolist()], fill=1)
        self.stamp(np.asarray(picture), left, top, black=black)

    def draw_symbol(self, bars: Bars) -> None:
        """A symbol on white, quiet zone included."""
        left, top, width, height, module = dots_of(bars, self.resolution)
        place = self.dots[top : top + height, left : left + width]
        place[:] = False
        down = height if bars.symbol.is_linear else module
        for x, y, length in bars.symbol.bars():
            place[y * module : y * module + down, x * module : (x + length) * module] = True


def dots_of(bars: Bars, resolution: Resolution) -> tuple[int, int, int, int, int]:
    """Where a symbol and its quiet zone stand, as left, top, width and height, and the dots of a module.

    A module is never scaled: it has the whole number of dots nearest to its size, so that at 300 dpi a symbol may be
    2 % larger than its box. The design leaves that much room around it.
    """
    scale = resolution.dots_per_mm
    module = max(1, round(bars.module_mm * scale))
    left, top = (math.ceil(place * scale - _ROUNDING) for place in (bars.x_mm, bars.y_mm))
    height = round(bars.height_mm * scale) if bars.symbol.is_linear else bars.symbol.height * module
    return left, top, bars.symbol.width * module, height, module


# ---- letters ----


def _font(face: Face, size: float) -> "ImageFont.FreeTypeFont":
    return ImageFont.truetype(fonts.file_of(face), size, layout_engine=ImageFont.Layout.BASIC)


class _Glyphs(dict[str, tuple[Dots, int, int]]):
    """The glyphs of a face at a size in dots: masks, and their upper left corners from the pen on the baseline."""

    def __init__(self, face: Face, size: float) -> None:
        super().__init__()
        self.font = _font(face, size * _DOWN)

    def __missing__(self, character: str) -> tuple[Dots, int, int]:
        left, top, right, bottom = self.font.getbbox(character, anchor="ls")
        first, above = math.floor(left / _ACROSS), math.floor(top / _DOWN)
        width, height = max(1, math.ceil(right / _ACROSS) - first), max(1, math.ceil(bottom / _DOWN) - above)
        large = Image.new("L", (width * _ACROSS, height * _DOWN))
        ImageDraw.Draw(large).text((-first * _ACROSS, -above * _DOWN), character, fill=255, font=self.font, anchor="ls")
        self[character] = np.asarray(large.reduce((_ACROSS, _DOWN))) >= _DARK, first, above
        return self[character]


# A face has 700 letters and a label some 20 sizes, so this stays small.
_glyphs = lru_cache(maxsize=128)(_Glyphs)


@lru_cache(maxsize=16)
def _banner(banner: Banner, resolution: Resolution) -> tuple[Dots, Dots]:
    """The turned word in outline: the mask of its white, and that of its black, which stands upon the white."""
    scale = 2 * resolution.dots_per_mm
    line, size = banner.line_mm * scale, banner.size_pt * scale / MM
    wide, high, margin = round(banner.width_mm * scale), round(banner.height_mm * scale), math.ceil(3 * line)
    word = Image.new("L", (wide * _ACROSS // _DOWN, high))
    place = (wide - banner.text_mm * scale) / 2 * _ACROSS / _DOWN, (high + fonts.CAPITAL * size) / 2
    ImageDraw.Draw(word).text(place, banner.text, fill=255, font=_font(Face.BOLD, size), anchor="ls")
    whole = Image.new("L", (wide + 2 * margin, high + 2 * margin))
    whole.paste(word.resize((wide, high), Image.Resampling.BOX), (margin, margin))
    masks = []
    for thickness in (3 * line, line):
        inside = ImageChops.invert(_grown(ImageChops.invert(whole), thickness / 2))
        ring = ImageChops.subtract(_grown(whole, thickness / 2), inside)
        around = margin - thickness / 2
        edges = around, around, ring.width - 1 - around, ring.height - 1 - around
        ImageDraw.Draw(ring).rectangle(edges, outline=255, width=round(thickness))
        turned = ring.rotate(math.degrees(banner.angle), Image.Resampling.BICUBIC, expand=True)
        masks.append(np.asarray(turned.reduce(2)) >= 128)
    return masks[0], masks[1]


def _grown(mask: "Image.Image", radius: float) -> "Image.Image":
    """What lies within `radius` of the mask."""
    grown = mask
    for step in range(24):
        turn = step * math.tau / 24
        moved = ImageChops.offset(mask, round(radius * math.cos(turn)), round(radius * math.sin(turn)))
        grown = ImageChops.lighter(grown, moved)
    return grown
