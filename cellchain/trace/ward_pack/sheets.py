"""The pack on paper: how to work without the system, every bag to be given, a form for each, and blank forms.

The symbols on a form are those of the bag's and the recipient's own codes: they enter a form quickly afterwards, and
the check refuses them, so that no paper can stand in for a wristband or for the label on a bag.
"""

from datetime import datetime
from typing import Any

from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import black
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Table, TableStyle

from cellchain.kernel.text import T
from cellchain.labels.symbols import Symbol, code128
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import BOLD, MEASURE, TITLE, Cell, joined, style, words
from cellchain.trace.documents.pen import DASH, Pen
from cellchain.web.format import grouped

Told = dict[str, Any]
BLANK_FORMS = 2
MODULE_MM, HIGH_MM = 0.33, 8
FORM_TITLE = style("form title", 15.0, fontName=BOLD)
FORM_PART = style("form part", 11.0, fontName=BOLD, spaceBefore=3 * mm, spaceAfter=1 * mm)
WARNING = style("warning", 9.0, fontName=BOLD, spaceBefore=2 * mm, spaceAfter=1 * mm, borderWidth=1, borderPadding=2)
HOW_TO = (
    T("Call the laboratory and say that the ward works on paper. Write down when it began, and why."),
    T("Two people, each alone, at the recipient: ask for the full name and date of birth."),
    T(
        "Compare the wristband on the arm with the label on the bag, character by character: recipient and chain of"
        " identity. This paper is not the wristband and not the label. Paper and bag always match: that proves nothing."
    ),
    T("Look at the bag: whole, no clumps, no odd colour, label readable. Compare expiry and end of the infusion."),
    T("If anything differs, or something is printed below “Against it”: do not spike the bag. Call the laboratory."),
    T("Fill in the form as you go. Both sign it. Vitals as in the table."),
    T("When the system is back: declare the downtime and its end, then enter each form, two people together."),
)
QUESTIONS = (
    T("Full name and date of birth said (or: unable)"),
    T("Wristband on the arm, readable"),
    T("Recipient: wristband and bag the same"),
    T("Chain of identity: wristband and bag the same"),
    T("Infusion is the one that is due; consent stands"),
    T("Released; conditional release known"),
    T("Expiry lies after the end of the infusion"),
    T("Bag whole, no leak, no clumps, no odd colour"),
    T("Temperature and seal in order; no hold, no recall"),
)
HEADS = (
    T("Bag"),
    T("Recipient, chain, wristband"),
    T("Infusion"),
    T("Start by"),
    T("Expires"),
    T("Where"),
    T("Against it"),
)
# A code never breaks over two lines: it is compared character by character.
SHARES = (19, 19, 9, 11, 16, 8, 18)
ENDS = (
    T("Started at"),
    T("Planned duration"),
    T("Ended at"),
    T("Volume given"),
    T("Line flushed"),
    T("Reaction, what was done"),
)


def bars(symbol: Symbol) -> Drawing:
    """A linear symbol, with what it says below."""
    drawn = Drawing(symbol.width * MODULE_MM * mm, (HIGH_MM + 4) * mm)
    for x, _, length in symbol.bars():
        drawn.add(
            Rect(x * MODULE_MM * mm, 4 * mm, length * MODULE_MM * mm, HIGH_MM * mm, fillColor=black, strokeWidth=0)
        )
    drawn.add(String(symbol.quiet * MODULE_MM * mm, 0, grouped(symbol.text), fontName=BOLD, fontSize=9))
    return drawn


def draw(told: Told) -> bytes:
    """The document. Equal facts give equal bytes."""
    paper.register_faces()
    return Pack(told).document()


def draw_all(packs: list[Told]) -> list[bytes]:
    """One document a language, in one go."""
    return [draw(told) for told in packs]


class Pack:
    """One pack on its way to paper."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.pen = Pen(told)
        self.say = self.pen.say

    def document(self) -> bytes:
        """The first page, then a form a bag, then blank ones."""
        story: list[Flowable] = self.first_page()
        for bag in self.told["bags"]:
            story += [PageBreak(), *self.form(bag)]
        for _ in range(BLANK_FORMS):
            story += [PageBreak(), *self.form(None)]
        return paper.document(story, self.say(T("Pack for paper")), self.around)

    def around(self, canvas: Canvas, number: int, count: int) -> None:
        """When it was made stands on every page: it is as old as that."""
        paper.draw_around(
            canvas,
            left=joined([self.told["site"], *self.ward(), self.say(T("Pack for paper"))]),
            right=self.say(T("Laboratory: {phone}", phone=self.told["phone"])),
            foot=self.say(T("As it was at {at}", at=self.pen.both(self.told["made_at"]))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=self.say(T("DEMONSTRATION: NOT FOR USE")) if self.told["demonstration"] else None,
        )

    def ward(self) -> list[str]:
        """The ward that the pack is of, where it is of one."""
        return [] if self.told["ward"] is None else [self.told["ward"]]

    def first_page(self) -> list[Flowable]:
        """How to work on paper, and what there is to give."""
        steps = [[str(at), self.say(step)] for at, step in enumerate(HOW_TO, 1)]
        rows = [self.row(bag) for bag in self.told["bags"]]
        return [
            words(self.say(T("The system is away: work on paper")), TITLE),
            paper.gap(5),
            paper.table(["", self.say(T("What to do"))], (4, 96), steps),
            *self.pen.part(T("Bags to be given"), HEADS, SHARES, rows),
        ]

    def row(self, bag: Told) -> list[Cell]:
        """A bag in the list."""
        return [
            grouped(bag["bag"]),
            "\n".join(grouped(code) for code in (bag["recipient"], bag["chain"], bag["wristband"]) if code is not None),
            f"{bag['number']}/{bag['total']}",
            self.pen.format.local_time(datetime.fromisoformat(bag["start_by"])),
            self.pen.both(bag["expires_at"]),
            bag["place"] or DASH,
            "\n".join(bag["against"]) or DASH,
        ]

    def form(self, bag: Told | None) -> list[Flowable]:
        """What two people fill in for one infusion; without a bag, all of it by hand."""
        if bag is None:
            head: list[Flowable] = [words(self.say(T("Infusion on paper: a bag that is not in this pack")), FORM_TITLE)]
        else:
            title = T("Infusion {number} of {total}, on paper", number=bag["number"], total=bag["total"])
            head = [words(self.say(title), FORM_TITLE), paper.gap(3), *self.identity(bag)]
        return [
            *head,
            *(self.blank_identity() if bag is None else ()),
            *self.checks(),
            *self.running(bag),
            *self.signed(),
        ]

    def identity(self, bag: Told) -> list[Flowable]:
        """Whose bag it is, and what spoke against it."""
        symbols = Table([[bars(code128(bag["bag"])), bars(code128(bag["recipient"]))]], [MEASURE / 2] * 2)
        pairs: list[tuple[T, str]] = [
            (T("Recipient"), grouped(bag["recipient"])),
            (T("Bag"), grouped(bag["bag"])),
            (T("Chain of identity"), grouped(bag["chain"])),
            (T("Label on the bag"), DASH if bag["label"] is None else grouped(bag["label"])),
            (T("Wristband"), DASH if bag["wristband"] is None else grouped(bag["wristband"])),
            (T("Volume"), self.pen.format.millilitres(bag["volume_ul"])),
            (T("Expires"), self.pen.both(bag["expires_at"])),
            (T("Start by"), self.pen.both(bag["start_by"])),
        ]
        told: list[Flowable] = [symbols, paper.gap(2), paper.facts([(self.say(name), value) for name, value in pairs])]
        if bag["conditional"]:
            told.append(words(self.say(T("Conditional release: a final result is still to come.")), WARNING))
        if bag["against"]:
            said = " ".join(bag["against"])
            told.append(words(self.say(T("Against it when this was printed: {reasons}", reasons=said)), WARNING))
        return told

    def blank_identity(self) -> list[Flowable]:
        """The same by hand."""
        names = (T("Recipient"), T("Bag"), T("Chain of identity"), T("Label on the bag"), T("Wristband"), T("Expires"))
        return [paper.gap(3), self.lines([[self.say(name), ""] for name in names], (25, 75))]

    def checks(self) -> list[Flowable]:
        """What each of the two looks at."""
        heads = [self.say(T("Each alone, at the recipient")), self.say(T("First person")), self.say(T("Second person"))]
        rows = [[self.say(question), "", ""] for question in QUESTIONS]
        rows.append([self.say(T("Name, badge, time")), "", ""])
        return [*paper.titled(self.say(T("Check")), FORM_PART), self.lines([heads, *rows], (56, 22, 22))]

    def running(self, bag: Told | None) -> list[Flowable]:
        """The infusion itself, with the points of its vitals."""
        heads = (T("Time"), T("Pulse"), T("Blood pressure"), T("Breaths"), T("SpO₂"), T("Temp."), T("Rate, mL/h"))
        points = bag["vitals"] if bag is not None else [""] * 6
        rows = [["", *map(self.say, heads)], *([point, *[""] * len(heads)] for point in points)]
        return [
            *paper.titled(self.say(T("Infusion")), FORM_PART),
            self.lines(rows, (18, 9, 9, 19, 12, 9, 11, 13)),
            paper.gap(2),
            self.lines([[self.say(name), ""] for name in ENDS], (25, 75)),
        ]

    def signed(self) -> list[Flowable]:
        """Who enters it afterwards."""
        names = (T("Entered into the system by, and when"), T("Second person of the entry"))
        return [paper.gap(2), self.lines([[self.say(name), ""] for name in names], (40, 60))]

    def lines(self, rows: list[list[str]], shares: tuple[int, ...]) -> Table:
        """A table to be written into: every cell has its lines."""
        total = sum(shares)
        cells = [[words(cell) for cell in row] for row in rows]
        drawn = [
            ("GRID", (0, 0), (-1, -1), 0.4, black),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
        ]
        return Table(cells, [MEASURE * share / total for share in shares], style=TableStyle(drawn), rowHeights=None)
