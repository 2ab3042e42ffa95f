"""One label on one page: a design and its data in, paper out. The layout is the same in every output.

`layout` decides what the label says and where, `pdf` and `zpl` draw it; pictures for screens are taken of the PDF.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cellchain.kernel.later import later
from cellchain.labels import layout
from cellchain.labels import pdf as pages
from cellchain.labels import zpl as printers
from cellchain.labels.design import Design, Language
from cellchain.labels.raster import Resolution

if TYPE_CHECKING:
    import pypdfium2
else:
    pypdfium2 = later("pypdfium2")

DPI_MAX = 1200

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    "ru": ("ЯНВ", "ФЕВ", "МАР", "АПР", "МАЙ", "ИЮН", "ИЮЛ", "АВГ", "СЕН", "ОКТ", "НОЯ", "ДЕК"),
}
_ZONES_RU: Mapping[str, str] = {"MSK": "МСК"}

# PDFium keeps global state and is not safe in threads.
_PDFIUM = threading.Lock()


def pdf(
    design: Design, data: Mapping[str, str], *, language: Language, preview: bool = False, demonstration: bool = False
) -> bytes:
    """The label as a PDF of one page of exactly the design's size. Equal arguments give equal bytes.

    Raises what `layout.place` raises: each refusal names the box or the text.
    """
    return pages.draw(layout.place(design, data, language=language, preview=preview, demonstration=demonstration))


def zpl(
    design: Design,
    data: Mapping[str, str],
    *,
    language: Language,
    resolution: Resolution,
    preview: bool = False,
    demonstration: bool = False,
) -> str:
    """The label as a job of one copy for a label printer, in ZPL II. Equal arguments give equal text.

    Raises what `layout.place` raises: each refusal names the box or the text.
    """
    sheet = layout.place(design, data, language=language, preview=preview, demonstration=demonstration)
    return printers.draw(sheet, resolution)


def png(document: bytes, dpi: int) -> bytes:
    """The first page as a grey PNG, `dpi` dots an inch up to 1200."""
    if not 0 < dpi <= DPI_MAX:
        raise ValueError(f"a picture has 1 to {DPI_MAX} dots an inch")
    with _PDFIUM:
        opened = pypdfium2.PdfDocument(document)
        try:
            image = opened[0].render(scale=dpi / 72, grayscale=True).to_pil()
        finally:
            opened.close()
    buffer = BytesIO()
    image.save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


def local_text(at: datetime, zone: ZoneInfo, language: str) -> str:
    """A moment as labels print it in the site's zone: `24 NOV 2026 15:34 MSK`, `24 НОЯ 2026 15:34 МСК`."""
    local = at.astimezone(zone)
    name = local.tzname() or ""
    name = f"UTC{name}" if name[:1] in "+-" else name
    name = _ZONES_RU.get(name, name) if language == "ru" else name
    return f"{_day_text(local, language)} {local:%H:%M} {name}"


def utc_text(at: datetime, zone: ZoneInfo, language: str) -> str:
    """The same moment in UTC, its day only where it differs: `12:34 UTC`, `23 NOV 2026 22:10 UTC`."""
    utc = at.astimezone(UTC)
    day = "" if utc.date() == at.astimezone(zone).date() else _day_text(utc, language) + " "
    return f"{day}{utc:%H:%M} UTC"


def _day_text(at: datetime, language: str) -> str:
    return f"{at.day:02d} {_MONTHS[language][at.month - 1]} {at.year}"
