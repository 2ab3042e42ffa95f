"""A batch record on paper: A4, the faces of the labels, its lot and page x of y on each page, the root at the end.

Run in a process of its own (`beside`): setting 300 pages takes a processor for many seconds.
"""

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from cellchain.labels import fonts
from cellchain.labels.fonts import Face
from cellchain.web.format import SPACE

WIDTH, HEIGHT = A4
SIDE, TOP, BOTTOM = 18 * mm, 24 * mm, 18 * mm
MEASURE = WIDTH - 2 * SIDE
GREY, HAIRLINE, WASH = Color(0.35, 0.35, 0.35), Color(0.75, 0.75, 0.75), Color(0.94, 0.94, 0.94)
SANS, BOLD = "Record", "Record-Bold"
SIZE = 8.0
# A plain text, or a paragraph that was made already (reportlab knows no types).
Cell: TypeAlias = Any
# Draws what stands on every page: the canvas, which page, of how many.
Around: TypeAlias = Callable[[Canvas, int, int], None]


def register_faces() -> None:
    """Make the faces known to reportlab, once in a process."""
    if SANS not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(SANS, str(fonts.file_of(Face.SANS))))
        pdfmetrics.registerFont(TTFont(BOLD, str(fonts.file_of(Face.BOLD))))
        pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=SANS, boldItalic=BOLD)


def style(name: str, size: float = SIZE, **more: Any) -> ParagraphStyle:
    """A style of the record; lines stand a third of the size apart."""
    return ParagraphStyle(name, **{"fontName": SANS, "fontSize": size, "leading": size * 1.35, **more})


BODY = style("body")
SMALL = style("small", 7.0, textColor=GREY)
HEAD = style("head", 7.0, textColor=GREY)
TITLE = style("title", 20.0, fontName=BOLD)
SECTION = style("section", 13.0, fontName=BOLD, spaceBefore=7 * mm, spaceAfter=2 * mm)
STEP = style("step", 10.0, fontName=BOLD, spaceBefore=5 * mm, spaceAfter=1 * mm)
LINE = style("line", fontName=BOLD, spaceBefore=1 * mm, spaceAfter=1 * mm)
# A title stands on a page with at least so much of what it is the title of, and of the first part that has its own.
WITH_TITLE_MM = 36
WITH_PARTS_MM = 56
# A text of so many letters may be taller than a page in a narrow column: its row has to be broken.
LONG_TEXT = 1_500


def safe(text: object) -> str:
    """A text for a paragraph. What the face cannot draw is named by its number, so that nothing gets lost."""
    whole = str(text)
    for letter in fonts.missing(whole, Face.SANS):
        whole = whole.replace(letter, f"[U+{ord(letter):04X}]")
    return escape(whole).replace("\n", "<br/>")


def words(text: object, like: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain text."""
    return Paragraph(safe(text), like)


def marked(markup: str, like: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph with markup of ours around texts that went through `safe`."""
    return Paragraph(markup, like)


def small(text: object) -> str:
    """Markup for a text that stands back, inside a paragraph."""
    return f'<font size="{SMALL.fontSize}" color="#{GREY.hexval()[2:]}">{safe(text)}</font>'


def titled(title: str, like: ParagraphStyle, with_mm: float = WITH_TITLE_MM) -> list[Flowable]:
    """A title that is never the last thing on a page."""
    return [CondPageBreak(with_mm * mm), words(title, like)]


def gap(height_mm: float) -> Spacer:
    """White between two parts."""
    return Spacer(1, height_mm * mm)


def facts(pairs: Sequence[tuple[str, Cell]]) -> Table:
    """Names and what they are, in two columns of pairs."""
    cells = [[words(name, HEAD), words(value) if isinstance(value, str) else value] for name, value in pairs]
    left, right = cells[: (len(cells) + 1) // 2], cells[(len(cells) + 1) // 2 :]
    right += [["", ""]] * (len(left) - len(right))
    rows = [one + other for one, other in zip(left, right, strict=True)]
    widths = [MEASURE * share for share in (0.15, 0.35, 0.15, 0.35)]
    return Table(rows, widths, style=TableStyle([*TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.3, HAIRLINE)]))


TIGHT: list[Any] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]


def table(
    heads: Sequence[str], shares: Sequence[float], rows: Sequence[Sequence[Cell]], whole: Sequence[int] = ()
) -> Table:
    """Rows under heads that are repeated on every page; the rows numbered in `whole` reach over the whole width."""
    lines = [[words(head, HEAD) for head in heads]]
    lines += [[words(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    drawn = [
        *TIGHT,
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, HAIRLINE),
    ]
    for row in whole:
        drawn += [
            ("SPAN", (0, row + 1), (-1, row + 1)),
            ("BACKGROUND", (0, row + 1), (-1, row + 1), WASH),
            ("LINEBEFORE", (0, row + 1), (0, row + 1), 2, black),
            ("LEFTPADDING", (0, row + 1), (0, row + 1), 5),
            ("LINEBELOW", (0, row), (-1, row), 0, WASH),
        ]
    total = sum(shares)
    widths = [MEASURE * share / total for share in shares]
    is_tall = not whole and any(isinstance(cell, str) and len(cell) > LONG_TEXT for row in rows for cell in row)
    return Table(lines, widths, repeatRows=1, splitInRow=int(is_tall), style=TableStyle(drawn))


def _numbered(around: Around, *given: Any, **more: Any) -> Canvas:
    """A canvas that keeps its pages until it is saved, because only then it is known how many there are."""
    made = Canvas(*given, **more)
    finish_page, finish = made.showPage, made.save
    pages: list[dict[str, Any]] = []

    def keep_page() -> None:
        pages.append(dict(made.__dict__))
        made._startPage()

    def save() -> None:
        for number, page in enumerate(pages, 1):
            made.__dict__.update(page)
            around(made, number, len(pages))
            finish_page()
        finish()

    made.showPage, made.save = keep_page, save
    return made


def document(story: list[Flowable], title: str, around: Around) -> bytes:
    """The story on as many pages as it needs; `around(canvas, number, count)` draws what stands on each of them."""
    kept = BytesIO()
    frame = Frame(SIDE, BOTTOM, MEASURE, HEIGHT - TOP - BOTTOM, 0, 0, 0, 0)
    made = BaseDocTemplate(
        kept, pagesize=A4, pageTemplates=[PageTemplate(frames=[frame])], title=title, creator="cellchain", invariant=1
    )

    made.build(story, canvasmaker=partial(_numbered, around))
    return kept.getvalue()


def draw_around(canvas: Canvas, left: str, right: str, foot: str, page: str, demonstration: str | None) -> None:
    """Head and foot of one page, and the mark of a demonstration across its head."""
    canvas.setFont(SANS, 7)
    canvas.setFillColor(GREY)
    canvas.drawString(SIDE, HEIGHT - 12 * mm, left)
    canvas.drawRightString(WIDTH - SIDE, HEIGHT - 12 * mm, right)
    canvas.drawString(SIDE, 9 * mm, foot)
    canvas.drawRightString(WIDTH - SIDE, 9 * mm, page)
    canvas.setStrokeColor(HAIRLINE)
    canvas.setLineWidth(0.3)
    canvas.line(SIDE, HEIGHT - 14 * mm, WIDTH - SIDE, HEIGHT - 14 * mm)
    canvas.line(SIDE, 13 * mm, WIDTH - SIDE, 13 * mm)
    if demonstration is not None:
        wide = canvas.stringWidth(demonstration, BOLD, 8) + 4 * mm
        canvas.setFillColor(black)
        canvas.rect((WIDTH - wide) / 2, HEIGHT - 21 * mm, wide, 5 * mm, stroke=0, fill=1)
        canvas.setFillColor(white)
        canvas.setFont(BOLD, 8)
        canvas.drawCentredString(WIDTH / 2, HEIGHT - 19.4 * mm, demonstration)


def joined(parts: Sequence[str]) -> str:
    """Parts of a line, apart by a middle dot."""
    return f"{SPACE}· ".join(part for part in parts if part)
