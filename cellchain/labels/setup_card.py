"""The test card of the station setup page: the same three symbols on paper and on the screen."""

from functools import lru_cache
from typing import TYPE_CHECKING

from cellchain.kernel.later import later
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import pdf, symbols
from cellchain.labels.fonts import Face
from cellchain.labels.layout import Bars, Sheet, Writing
from cellchain.labels.setup import CARD
from cellchain.labels.symbols import Symbol

if TYPE_CHECKING:
    import numpy as np
    import zxingcpp
else:
    np, zxingcpp = later("numpy"), later("zxingcpp")

_QUIET = {"datamatrix": symbols.QUIET_DATAMATRIX, "code128": symbols.QUIET_CODE128, "qr": symbols.QUIET_QR}
TITLE = T("Test card for readers")
ADVICE = T("Scan each symbol on the page “Set up the reader of this station”.")
NAMES = {"datamatrix": "Data Matrix", "code128": "Code 128", "qr": "QR"}
WIDTH_MM, HEIGHT_MM = 148, 105  # A6
# Where each stands from the upper left corner, and its module: whole dots of a 203 dpi printer, as on labels.
_PLACES_MM = {"datamatrix": (8.75, 34, 0.625), "code128": (7.5, 72, 0.25), "qr": (88, 32, 0.75)}
_BAR_MM = 18


@dataclass(frozen=True)
class Shown:
    """One symbol of the card for a screen: SVG path data in modules."""

    symbology: str
    name: str
    width: int
    height: int
    path: str
    is_linear: bool


@lru_cache(maxsize=len(CARD))
def symbol(symbology: str) -> Symbol:
    """One symbol of the card. A separator stands in it, so it is made apart from labels, which never hold one."""
    barcode = {
        "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
        "code128": zxingcpp.BarcodeFormat.Code128,
        "qr": zxingcpp.BarcodeFormat.QRCode,
    }[symbology]
    options = {"force_square": True} if symbology == "datamatrix" else {}
    made = zxingcpp.create_barcode(CARD[symbology], barcode, **options)
    dark = np.array(made.to_image(scale=1, add_quiet_zones=False)) == 0
    rows = tuple("".join("1" if module else "0" for module in row) for row in dark)
    return Symbol(symbology, CARD[symbology], rows[:1] if symbology == "code128" else rows, _QUIET[symbology])


def shown() -> list[Shown]:
    """The card for a screen."""
    made = [symbol(symbology) for symbology in CARD]
    return [
        Shown(one.symbology, NAMES[one.symbology], one.width, one.height, symbols.path(one), one.is_linear)
        for one in made
    ]


def document(title: str, advice: str) -> bytes:
    """The card as a PDF of one A6 page, its words in the reader's language. Equal words give equal bytes."""
    bars = tuple(
        Bars(symbol(symbology), x, y, module, _BAR_MM if symbology == "code128" else symbol(symbology).height * module)
        for symbology, (x, y, module) in _PLACES_MM.items()
    )
    names = tuple(
        Writing(NAMES[one.symbol.symbology], Face.SANS, 8, one.x_mm + one.symbol.quiet * one.module_mm, one.y_mm - 1.5)
        for one in bars
    )
    words = (Writing(title, Face.BOLD, 14, 10, 12), Writing(advice, Face.SANS, 8, 10, 19))
    sheet = Sheet(
        title=title,
        width_mm=WIDTH_MM,
        height_mm=HEIGHT_MM,
        ground=(),
        items=(*words, *names),
        banner=None,
        symbols=bars,
    )
    return pdf.draw(sheet)
