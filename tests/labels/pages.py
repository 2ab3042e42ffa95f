"""What a printed label says, read back by an independent library: page, text and picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from cellchain.labels import design, layout, raster, render
from cellchain.labels.design import Design, Language
from cellchain.labels.layout import MM
from cellchain.labels.raster import Dots, Resolution

GOLDEN_DPI = 203
# The longest that a donor's six markers say, as long words and as short ones.
HAZARD = {
    "biohazard.en": "Positive: HIV, HBV, HCV. Not evaluated: syphilis, HTLV, CMV",
    "biohazard.ru": "Положительно: ВИЧ, ВГВ, ВГС. Не исследовано: сифилис, HTLV, ЦМВ",
}
HAZARD_SHORT = {
    "biohazard.en": "Pos.: HIV, HBV, HCV. Not eval.: TP, HTLV, CMV",
    "biohazard.ru": "Полож.: ВИЧ, ВГВ, ВГС. Не иссл.: TP, HTLV, ЦМВ",
}

# One of the published examples (domain.md 1.3), whose check character is the star.
ISBT = {"isbt_number": "A9999 17 345628", "isbt_check": "*"}
EXCEPTION = {"exception.en": "Viability", "exception.ru": "Жизнеспособность"}


@dataclass(frozen=True)
class Read:
    """A page as PDFium sees it; every kind of blank is dropped from `text`, since lines may break anywhere."""

    pages: int
    width_mm: float
    height_mm: float
    text: str
    sizes_pt: frozenset[float]
    fonts_embedded: bool


def packed(text: str) -> str:
    """The text without its blanks."""
    return "".join(text.split())


def read(document: bytes) -> Read:
    """Open a PDF and read its first page."""
    opened = pypdfium2.PdfDocument(document)
    try:
        page = opened[0]
        words = page.get_textpage()
        # PDFium adds blanks of its own between the pieces, in no size that is printed.
        drawn = [index for index in range(words.count_chars()) if not raw.FPDFText_IsGenerated(words, index)]
        sizes = frozenset(round(raw.FPDFText_GetFontSize(words, index), 2) for index in drawn)
        width, height = page.get_size()
        left, bottom, right, top = page.get_mediabox()
        assert (right - left, top - bottom) == (width, height)
        written = [item for item in page.get_objects() if item.type == raw.FPDF_PAGEOBJ_TEXT]
        embedded = all(raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(item)) == 1 for item in written)
        return Read(len(opened), width / MM, height / MM, packed(words.get_text_range()), sizes, embedded)
    finally:
        opened.close()


def full(name: str) -> dict[str, str]:
    """A sample with all that a label may have to say: a reprint, a positive marker, an ISBT number, a failed test."""
    conditions = {box.when for box in design.load(name).boxes}
    hazard = HAZARD_SHORT if name == "sample" else HAZARD
    more = {"biohazard": hazard, "isbt_number": ISBT, "exception": EXCEPTION}
    said = {key: text for when, texts in more.items() if when in conditions for key, text in texts.items()}
    return {**design.sample(name), "reprint": "1", **said}


def sample_pdf(made: Design, language: Language, *, preview: bool = False, demonstration: bool = False) -> bytes:
    """The design printed with its own sample."""
    data = design.sample(made.name)
    return render.pdf(made, data, language=language, preview=preview, demonstration=demonstration)


def golden(made: Design, language: Language, data: Mapping[str, str]) -> Image.Image:
    """A label as dots of a printer's size."""
    picture = Image.open(BytesIO(render.png(render.pdf(made, data, language=language), GOLDEN_DPI)))
    return picture.point(lambda grey: 255 * (grey > 127)).convert("1")


def printed(
    made: Design, language: Language, resolution: Resolution, *, preview: bool = False, demonstration: bool = False
) -> Dots:
    """The sample as the dots of a label printer."""
    demonstration = demonstration or preview
    data = design.sample(made.name)
    sheet = layout.place(made, data, language=language, preview=preview, demonstration=demonstration)
    return raster.draw(sheet, resolution)
