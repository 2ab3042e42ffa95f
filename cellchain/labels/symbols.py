"""Bar codes as modules, as SVG for screens, and read back from pictures.

Code 128 comes from python-barcode, QR from qrcode, Data Matrix from zxing-cpp, which also reads them back. A symbol
is kept as rows of modules, so that print and screen draw the same thing as one path.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from cellchain.kernel.errors import Refused
from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass

# Most people who sign in print nothing.
if TYPE_CHECKING:
    import numpy as np
    import qrcode
    import zxingcpp
    from barcode import codex
    from PIL import Image
else:
    np, qrcode, zxingcpp = later("numpy"), later("qrcode"), later("zxingcpp")
    codex, Image = later("barcode.codex"), later("PIL.Image")

TEXT_MAX = 64
LINK_MAX = 400  # an address that is read from paper, not at a bedside
QUIET_CODE128, QUIET_DATAMATRIX, QUIET_QR = 10, 2, 4


class SymbolUnprintable(Refused):
    """A text cannot stand in a symbol: it is empty, too long, or holds more than printable ASCII."""

    def __init__(self, text: str) -> None:
        super().__init__("label.symbol_unprintable", "“{value}” cannot be printed as a symbol.", value=text[:TEXT_MAX])


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol as rows of `1` (dark) and `0`, without its quiet zone of `quiet` modules. A linear one has one row."""

    symbology: str
    text: str
    rows: tuple[str, ...]
    quiet: int

    @property
    def is_linear(self) -> bool:
        """Whether the height is free."""
        return len(self.rows) == 1

    @property
    def width(self) -> int:
        """Modules across, quiet zones included."""
        return len(self.rows[0]) + 2 * self.quiet

    @property
    def height(self) -> int:
        """Modules down, quiet zones included; a linear symbol has none above and below, and counts as one."""
        return 1 if self.is_linear else len(self.rows) + 2 * self.quiet

    def bars(self) -> Iterator[tuple[int, int, int]]:
        """Each run of dark modules as (x, y, length), from the upper left corner of the quiet zone."""
        top = 0 if self.is_linear else self.quiet
        for y, row in enumerate(self.rows):
            end = 0
            while (start := row.find("1", end)) >= 0:
                end = row.find("0", start) if "0" in row[start:] else len(row)
                yield start + self.quiet, y + top, end - start


@dataclass(frozen=True, slots=True)
class Decoded:
    """One symbol found in a picture."""

    text: str
    symbology: str


@lru_cache(maxsize=512)
def code128(text: str) -> Symbol:
    """Code 128 with its check character and the quiet zone of 10 modules. Raises SymbolUnprintable."""
    return Symbol("code128", text, (codex.Code128(_printable(text)).build()[0],), QUIET_CODE128)


@lru_cache(maxsize=512)
def datamatrix(text: str) -> Symbol:
    """A square ECC 200 Data Matrix with a quiet zone of 2 modules. Raises SymbolUnprintable."""
    # Without force_square a short code becomes an 8 by 32 strip, which some readers at the bedside do not know.
    code = zxingcpp.create_barcode(_printable(text), zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    dark = np.array(code.to_image(scale=1, add_quiet_zones=False)) == 0
    rows = tuple("".join("1" if module else "0" for module in row) for row in dark)
    return Symbol("datamatrix", text, rows, QUIET_DATAMATRIX)


@lru_cache(maxsize=512)
def qr(text: str, most: int = TEXT_MAX) -> Symbol:
    """A QR code of error correction level M, with a quiet zone of 4 modules. Raises SymbolUnprintable."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(_printable(text, most))
    code.make(fit=True)
    rows = tuple("".join("1" if module else "0" for module in row) for row in code.get_matrix())
    return Symbol("qr", text, rows, QUIET_QR)


def code128_modules(text: str) -> str:
    """The bars and spaces of a Code 128 as `1` and `0`, quiet zones not included. Raises SymbolUnprintable."""
    return code128(text).rows[0]


def code128_svg(text: str) -> str:
    """A Code 128 for a screen; its height follows the width and height that CSS gives it."""
    return _svg(code128(text), "Code 128")


def datamatrix_svg(text: str) -> str:
    """A Data Matrix for a screen, quiet zone inside the view box."""
    return _svg(datamatrix(text), "Data Matrix")


def qr_svg(text: str) -> str:
    """A QR code for a screen, quiet zone inside the view box."""
    return _svg(qr(text), "QR")


def path(symbol: Symbol) -> str:
    """The dark modules of a symbol as SVG path data, one unit a module."""
    return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in symbol.bars())


def decode(picture: "bytes | Image.Image") -> list[Decoded]:
    """Every Code 128, Data Matrix and QR in a picture (PNG bytes or an image), in reading order."""
    image = Image.open(BytesIO(picture)) if isinstance(picture, bytes) else picture
    # A picture scaled down for a second try can show a symbol that is not there.
    names = _names()
    formats = zxingcpp.BarcodeFormats(list(names))
    found = zxingcpp.read_barcodes(image.convert("L"), formats=formats, try_downscale=False)
    found.sort(key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return [Decoded(code.text, names[code.format]) for code in found]


def _names() -> "dict[zxingcpp.BarcodeFormat, str]":
    return {
        zxingcpp.BarcodeFormat.Code128: "code128",
        zxingcpp.BarcodeFormat.DataMatrix: "datamatrix",
        zxingcpp.BarcodeFormat.QRCode: "qr",
    }


def _svg(symbol: Symbol, name: str) -> str:
    stretch = ' preserveAspectRatio="none"' if symbol.is_linear else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {symbol.width} {symbol.height}"{stretch} role="img"'
        f' aria-label="{name}" shape-rendering="crispEdges"><path fill="currentColor" d="{path(symbol)}"/></svg>'
    )


def _printable(text: str, most: int = TEXT_MAX) -> str:
    # Outside ASCII each symbology and each reader has its own idea of the character set (libraries.md E).
    if not (0 < len(text) <= most and text.isascii() and text.isprintable()):
        raise SymbolUnprintable(text)
    return text
