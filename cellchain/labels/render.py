"""One label on one page: exact millimetres, vectors, the same bytes for the same data. Nothing overflows in silence.

A value may be given per language under `key.en` and `key.ru`; a bare `key` serves both. With the language "both"
Russian stands first and English goes where the design has room for it.
"""

import math
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from cellchain.identity import codes
from cellchain.kernel.errors import Refused
from cellchain.labels import fonts
from cellchain.labels.design import DOT_MM, SYMBOLS, Box, Design, Kind, Language, Words, pieces_of
from cellchain.labels.fonts import Block, Face, Paragraph

DPI_MAX = 1200
MM = 72 / 25.4
PREVIEW = Words(en="PREVIEW", ru="ОБРАЗЕЦ")
DEMONSTRATION = Words(en="DEMONSTRATION", ru="ДЕМОНСТРАЦИЯ")

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    "ru": ("ЯНВ", "ФЕВ", "МАР", "АПР", "МАЙ", "ИЮН", "ИЮЛ", "АВГ", "СЕН", "ОКТ", "НОЯ", "ДЕК"),
}
_ZONES_RU: Mapping[str, str] = {"MSK": "МСК"}
_SECOND_PART = 0.8

# PDFium keeps global state and is not safe in threads.
_PDFIUM = threading.Lock()


class LabelTooLong(Refused):
    """A text does not fit its box at the smallest size that the design allows."""

    def __init__(self, box: str, value: str) -> None:
        self.box, self.value = box, value
        super().__init__(
            "label.too_long", "“{value}” does not fit the field {box} of the label. Shorten it.", box=box, value=value
        )


class LabelFieldMissing(Refused):
    """The label lacks a value that its design requires."""

    def __init__(self, box: str, field: str) -> None:
        self.box, self.field = box, field
        super().__init__(
            "label.field_missing", "The label cannot be printed without {field} ({box}).", box=box, field=field
        )


class LabelUnprintable(Refused):
    """A value holds what the label cannot show: a letter that the faces lack, an expiry without a time of day."""

    def __init__(self, box: str, value: str) -> None:
        self.box, self.value = box, value
        super().__init__("label.unprintable", "“{value}” cannot be printed in the field {box}.", box=box, value=value)


def pdf(
    design: Design, data: Mapping[str, str], *, language: Language, preview: bool = False, demonstration: bool = False
) -> bytes:
    """The label as a PDF of one page of exactly the design's size. Equal arguments give equal bytes.

    `preview` draws the word over the label; the symbols in `data` already carry serial 0. Raises LabelTooLong,
    LabelFieldMissing, LabelUnprintable and SymbolUnprintable, each naming the box or the text.
    """
    if language not in design.languages:
        raise Refused("label.language", "The design {design} is not made for this language.", design=design.name)
    fonts.register()
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(design.width_mm * MM, design.height_mm * MM), invariant=1)
    canvas.setTitle(design.title.en)
    canvas.setViewerPreference("PrintScaling", "None")
    page = _Page(canvas, design, data, language, demonstration)
    shown = [box for box in design.boxes if page.shows(box)]
    for box in shown:
        if box.kind not in SYMBOLS:
            page.draw(box)
    if preview:
        page.draw_preview()
    # Symbols come last, on white: neither a rule nor the preview's word may touch a bar.
    for box in shown:
        if box.kind in SYMBOLS:
            page.draw_symbol(box)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


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


class _Page:
    """The page being drawn. Millimetres from the upper left corner go in, points from the lower left come out."""

    def __init__(
        self, canvas: Canvas, design: Design, data: Mapping[str, str], language: Language, demonstration: bool
    ) -> None:
        self.canvas = canvas
        self.design = design
        self.data = data
        self.language = language
        self.languages = ("ru", "en") if language == "both" else (language,)
        self.demonstration = demonstration

    # ---- what is said ----------------------------------------------------------------------------------------------

    def value(self, field: str, language: str) -> str:
        """A field's text in one language, empty where the data has none."""
        return fonts.normal(self.data.get(f"{field}.{language}", self.data.get(field, "")).strip())

    def plain(self, field: str | None) -> str:
        """A field that is the same in every language: an identifier, a kind."""
        return self.value(field or "", self.languages[0])

    def shows(self, box: Box) -> bool:
        """Whether the box is on this label. Raises LabelFieldMissing where a required value is absent."""
        if box.kind is Kind.DEMONSTRATION:
            return self.demonstration
        if self.language not in box.languages:
            return False
        if box.when is not None:
            field, equals, wanted = box.when.partition("=")
            value = self.plain(field)
            if not value or (equals and value != wanted):
                return False
        absent = [field for field in box.fields() if not all(self.value(field, spoken) for spoken in self.languages)]
        if absent and box.required:
            raise LabelFieldMissing(box.name, absent[0])
        return not absent

    def said(self, box: Box, language: str) -> str:
        """The box's text in one language, its placeholders filled in."""
        if box.kind is Kind.DEMONSTRATION:
            return DEMONSTRATION.ru if language == "ru" else DEMONSTRATION.en
        templates = box.templates()
        if not templates:
            return ""
        pieces = pieces_of(templates[-1] if language == "ru" else templates[0])
        return "".join(
            literal + (_formed(box, self.value(field, language), form) if field else "")
            for literal, field, form in pieces
        )

    def paragraphs(self, box: Box) -> list[Paragraph]:
        """The box's text in the label's language or languages."""
        first, *others = (self.said(box, spoken) for spoken in self.languages)
        second = others[0] if others else first
        if box.both == "first" or first == second:
            return [Paragraph(first)]
        if box.both == "beside":
            return [Paragraph(f"{first} / {second}")]
        return [Paragraph(first), Paragraph(second, _SECOND_PART)]

    # ---- how it looks ----------------------------------------------------------------------------------------------

    def x(self, x_mm: float) -> float:
        return x_mm * MM

    def y(self, y_mm: float) -> float:
        return (self.design.height_mm - y_mm) * MM

    def draw(self, box: Box) -> None:
        """Draw anything but a symbol."""
        ink = box.kind in (Kind.STRIP, Kind.DEMONSTRATION, Kind.RULE)
        self.canvas.setFillGray(0)
        self.canvas.setStrokeGray(0)
        if ink:
            self.canvas.setFillGray(1 if box.inverse else 0)
            self._rectangle(box, fill=1)
        if box.kind is Kind.FRAME:
            self.canvas.setLineWidth(box.line_mm * MM)
            self._rectangle(box, fill=0)
        elif box.kind is Kind.MARK:
            self._mark(box)
        elif box.kind is Kind.CODE:
            self._code(box)
        elif box.kind is not Kind.RULE and (said := self.paragraphs(box)) != [Paragraph("")]:
            white = box.inverse is not ink
            self.canvas.setFillGray(1 if white else 0)
            self._write(box, said)

    def _rectangle(self, box: Box, *, fill: int) -> None:
        inset = 0.0 if fill else box.line_mm / 2
        self.canvas.rect(
            self.x(box.x_mm + inset),
            self.y(box.y_mm + box.height_mm - inset),
            (box.width_mm - 2 * inset) * MM,
            (box.height_mm - 2 * inset) * MM,
            stroke=1 - fill,
            fill=fill,
        )

    def _write(self, box: Box, said: list[Paragraph]) -> None:
        whole = "\n".join(paragraph.text for paragraph in said)
        if fonts.missing(whole, box.face):
            raise LabelUnprintable(box.name, whole)
        width, height = box.width_mm * MM, box.height_mm * MM
        block = fonts.fit(said, box.face, (width, height), (box.size_pt, box.shrinks_to_pt), wraps=box.wraps)
        if block is None:
            raise LabelTooLong(box.name, whole)
        top = self.y(box.y_mm) - _lead(box, block, height)
        for line in block.lines:
            across = fonts.width_pt(line.text, box.face, line.size_pt)
            left = self.x(box.x_mm) + (width - across) * _share(box.align)
            self._line(line.text, box.face, line.size_pt, left, top - line.baseline_pt)

    def _line(self, text: str, face: Face, size_pt: float, x: float, y: float, *, outline: bool = False) -> None:
        writer = self.canvas.beginText(x, y)
        writer.setFont(face.value, size_pt)
        writer.setHorizScale(fonts.NARROWING_PERCENT)
        writer.setTextRenderMode(1 if outline else 0)
        writer.textOut(text)
        self.canvas.drawText(writer)

    def _code(self, box: Box) -> None:
        """An identifier, its check digits in a frame. What is no identifier of ours is printed as it is."""
        value = self.plain(box.field)
        try:
            grouped = codes.grouped(value)
        except codes.NotACode:
            self._write(box, [Paragraph(value)])
            return
        size, line = box.size_pt, _CodeLine(grouped, box.size_pt, tall=box.tall)
        while line.width > box.width_mm * MM or line.height > box.height_mm * MM:
            size -= fonts.SIZE_STEP_PT
            if size < box.shrinks_to_pt:
                raise LabelTooLong(box.name, value)
            line = _CodeLine(grouped, size, tall=box.tall)
        left = self.x(box.x_mm) + (box.width_mm * MM - line.width) * _share(box.align)
        top = self.y(box.y_mm)
        if line.above:
            self._line(line.above, Face.MONO, line.above_size, left, top - fonts.CAPITAL * line.above_size)
        baseline = top - line.baseline
        self._line(line.head, Face.MONO, size, left, baseline)
        frame = left + line.width - line.frame_width + line.frame_line / 2
        self.canvas.setLineWidth(line.frame_line)
        across = line.frame_width - line.frame_line
        self.canvas.rect(frame, baseline - 0.11 * size, across, (fonts.CAPITAL + 0.22) * size, stroke=1, fill=0)
        inside = (across - fonts.width_pt(line.check, Face.MONO, line.check_size)) / 2
        lift = fonts.CAPITAL * (size - line.check_size) / 2
        self._line(line.check, Face.MONO, line.check_size, frame + inside, baseline + lift)

    def _mark(self, box: Box) -> None:
        """A diamond: whole for a final decision, its right half empty for a conditional one."""
        kind = self.plain(box.field)
        if kind not in ("conditional", "final"):
            raise LabelUnprintable(box.name, kind)
        half = min(box.width_mm, box.height_mm) / 2 * MM - box.line_mm * MM
        x, y = self.x(box.x_mm + box.width_mm / 2), self.y(box.y_mm + box.height_mm / 2)
        self.canvas.setLineWidth(box.line_mm * MM)
        outline = self.canvas.beginPath()
        for step, (across, up) in enumerate(((0, half), (half, 0), (0, -half), (-half, 0))):
            (outline.lineTo if step else outline.moveTo)(x + across, y + up)
        outline.close()
        whole = kind == "final"
        self.canvas.drawPath(outline, stroke=1, fill=1 if whole else 0)
        if not whole:
            filled = self.canvas.beginPath()
            filled.moveTo(x, y + half)
            filled.lineTo(x, y - half)
            filled.lineTo(x - half, y)
            filled.close()
            self.canvas.drawPath(filled, stroke=0, fill=1)

    def draw_symbol(self, box: Box) -> None:
        """A symbol as one path on white, its modules on the dots of a 203 dpi printer."""
        text = self.plain(box.field)
        symbol = SYMBOLS[box.kind](text)
        module = box.module_mm
        height_mm = box.height_mm if symbol.is_linear else symbol.height * module
        if symbol.width * module > box.width_mm + DOT_MM / 2 or height_mm > box.height_mm + DOT_MM / 2:
            raise LabelTooLong(box.name, text)
        left, top = _on_dot(box.x_mm), _on_dot(box.y_mm)
        self.canvas.setFillGray(1)
        self.canvas.rect(
            self.x(left), self.y(top + height_mm), symbol.width * module * MM, height_mm * MM, stroke=0, fill=1
        )
        self.canvas.setFillGray(0)
        bars = self.canvas.beginPath()
        down = height_mm if symbol.is_linear else module
        for x, y, length in symbol.bars():
            bars.rect(self.x(left + x * module), self.y(top + y * module + down), length * module * MM, down * MM)
        self.canvas.drawPath(bars, stroke=0, fill=1)

    def draw_preview(self) -> None:
        """The word in outline and framed, along the diagonal on which the symbols cover less of it."""
        words = {"en": PREVIEW.en, "ru": PREVIEW.ru, "both": f"{PREVIEW.ru} / {PREVIEW.en}"}[self.language]
        across, down = self.design.width_mm * MM, self.design.height_mm * MM
        angle = math.atan2(down, across)
        # Width and height of the framed word at 1 pt; turned, both of its extents grow with the size alike.
        wide, high = fonts.width_pt(words, Face.BOLD, 1.0) + 0.7, 1.25
        cosine, sine = math.cos(angle), math.sin(angle)
        size = 0.8 * min(across / (wide * cosine + high * sine), down / (wide * sine + high * cosine))
        self.canvas.saveState()
        self.canvas.translate(across / 2, down / 2)
        way = min((angle, -angle), key=lambda turn: self._covered(turn, wide * size, high * size))
        self.canvas.rotate(math.degrees(way))
        left, line = -(wide - 0.7) * size / 2, min(0.3 * MM, 0.03 * size)
        # White under black, so that the word reads on text and on a black strip alike.
        for grey, thickness in ((1, 3 * line), (0, line)):
            self.canvas.setStrokeGray(grey)
            self.canvas.setLineWidth(thickness)
            self.canvas.rect(-wide * size / 2, -high * size / 2, wide * size, high * size, stroke=1, fill=0)
            self._line(words, Face.BOLD, size, left, -fonts.CAPITAL * size / 2, outline=True)
        self.canvas.restoreState()

    def _covered(self, angle: float, wide: float, high: float) -> int:
        """How many points of a grid over the middle of the page, `wide` by `high` and turned, lie on a symbol."""
        grid = ((column / 20 * wide, row / 2 * high) for column in range(-10, 11) for row in (-1, 0, 1))
        covered = 0
        for along, aside in grid:
            x = self.design.width_mm / 2 + (along * math.cos(angle) - aside * math.sin(angle)) / MM
            y = self.design.height_mm / 2 - (along * math.sin(angle) + aside * math.cos(angle)) / MM
            covered += any(
                0 <= x - box.x_mm <= box.width_mm and 0 <= y - box.y_mm <= box.height_mm
                for box in self.design.symbols()
            )
        return covered


class _CodeLine:
    """An identifier at one size, in points: check digits framed, and where it is tall its first parts above."""

    def __init__(self, grouped: str, size: float, *, tall: bool) -> None:
        self.above, self.head, self.check = (grouped[:8] if tall else ""), grouped[9 if tall else 0 : -3], grouped[-2:]
        self.above_size = max(fonts.SIZE_MIN_PT, 0.36 * size)
        self.check_size = max(fonts.SIZE_MIN_PT, 0.78 * size)
        self.frame_line = max(0.25 * MM, 0.045 * size)
        self.frame_width = fonts.width_pt(self.check, Face.MONO, self.check_size) + 0.28 * size + self.frame_line
        self.width = fonts.width_pt(self.head, Face.MONO, size) + 0.22 * size + self.frame_width
        lead = (fonts.CAPITAL + 0.45) * self.above_size if tall else 0.0
        self.baseline = lead + (fonts.CAPITAL + 0.13) * size
        self.height = self.baseline + 0.13 * size


def _formed(box: Box, value: str, form: str) -> str:
    """A value in the format that a placeholder asks for. Raises LabelUnprintable where it has no such parts."""
    if form == "":
        return value
    if form == "grouped":
        try:
            return codes.grouped(value)
        except codes.NotACode:
            return value
    words = value.split(" ")
    clock = next((index for index, word in enumerate(words) if len(word) == 5 and word[2] == ":"), 0)
    if clock == 0:
        raise LabelUnprintable(box.name, value)
    return " ".join(words[:clock] if form == "date" else words[clock:])


def _lead(box: Box, block: Block, height: float) -> float:
    """Points left free above the block."""
    return (height - block.height_pt) * {"top": 0.0, "middle": 0.5, "bottom": 1.0}[box.valign]


def _share(align: str) -> float:
    return {"left": 0.0, "center": 0.5, "right": 1.0}[align]


def _on_dot(position_mm: float) -> float:
    """The nearest dot of a 203 dpi printer at or after a position."""
    return math.ceil(position_mm / DOT_MM - 1e-6) * DOT_MM
