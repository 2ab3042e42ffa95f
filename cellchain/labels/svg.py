"""A laid-out label as SVG, for a screen that zooms: the same sheet, in millimetres, and each text as wide as on paper.

It is for looking at, not for printing: the screen may not have the faces, and fits its own into the width.
"""

import math
from collections.abc import Iterator
from html import escape

from cellchain.labels import fonts, symbols
from cellchain.labels.fonts import Face
from cellchain.labels.layout import MM, Area, Banner, Bars, Item, Outline, Sheet, Writing
from cellchain.labels.marks import Shape

_FONTS = {
    Face.SANS: 'font-family="DejaVu Sans, Verdana, sans-serif"',
    Face.BOLD: 'font-family="DejaVu Sans, Verdana, sans-serif" font-weight="bold"',
    Face.MONO: 'font-family="DejaVu Sans Mono, monospace" font-weight="bold"',
}


def draw(sheet: Sheet) -> str:
    """The picture. Equal sheets give equal text; attributes alone, since the house allows no inline style."""
    size = f"{sheet.width_mm:g} {sheet.height_mm:g}"
    wide, high = size.split()
    place = f'viewBox="0 0 {size}" width="{wide}mm" height="{high}mm"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {place} role="img" aria-label="{escape(sheet.title)}">',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        *map(_item, (*sheet.ground, *sheet.items)),
        *(() if sheet.banner is None else _banner(sheet, sheet.banner)),
        *map(_symbol, sheet.symbols),
        "</svg>",
    ]
    return "\n".join(parts)


def _item(item: Item) -> str:
    match item:
        case Writing(text, face, size_pt, x, baseline, ink):
            return _text(text, face, size_pt, x, baseline, f'fill="{_colour(ink=ink)}"')
        case Area(x, y, width, height, ink):
            return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{_colour(ink=ink)}"/>'
        case Outline(x, y, width, height, line):
            return _frame(
                x + line / 2, y + line / 2, width - line, height - line, f'stroke="#000" stroke-width="{line:g}"'
            )
        case Shape(points, ink):
            corners = " ".join(f"{x:.3f},{y:.3f}" for x, y in points)
            return f'<polygon points="{corners}" fill="{_colour(ink=ink)}"/>'


def _text(text: str, face: Face, size_pt: float, x: float, baseline: float, look: str) -> str:
    wide = fonts.width_pt(text, face, size_pt) / MM
    return (
        f'<text x="{x:.3f}" y="{baseline:.3f}" font-size="{size_pt / MM:.3f}" textLength="{wide:.3f}"'
        f' lengthAdjust="spacingAndGlyphs" xml:space="preserve" {_FONTS[face]} {look}>{escape(text)}</text>'
    )


def _frame(x: float, y: float, width: float, height: float, look: str) -> str:
    return f'<rect x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}" fill="none" {look}/>'


def _symbol(bars: Bars) -> str:
    symbol, module = bars.symbol, bars.module_mm
    down = bars.height_mm if symbol.is_linear else module
    where = f"translate({bars.x_mm:g} {bars.y_mm:g}) scale({module:g} {down:g})"
    return (
        f'<g transform="{where}" shape-rendering="crispEdges">'
        f'<rect width="{symbol.width}" height="{symbol.height}" fill="#fff"/><path d="{symbols.path(symbol)}"/></g>'
    )


def _banner(sheet: Sheet, banner: Banner) -> Iterator[str]:
    """The word over the label, white under black."""
    yield (
        f'<g transform="translate({sheet.width_mm / 2:g} {sheet.height_mm / 2:g})'
        f' rotate({-math.degrees(banner.angle):.3f})">'
    )
    for colour, thickness in (("#fff", 3 * banner.line_mm), ("#000", banner.line_mm)):
        look = f'stroke="{colour}" stroke-width="{thickness:.3f}"'
        yield _frame(-banner.width_mm / 2, -banner.height_mm / 2, banner.width_mm, banner.height_mm, look)
        baseline = fonts.CAPITAL * banner.size_pt / MM / 2
        yield _text(banner.text, Face.BOLD, banner.size_pt, -banner.text_mm / 2, baseline, f'fill="none" {look}')
    yield "</g>"


def _colour(*, ink: bool) -> str:
    return "#000" if ink else "#fff"
