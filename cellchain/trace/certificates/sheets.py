"""What stands on the pages of a certificate, part by part. Set from `record.told` alone, as a batch record is."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from reportlab.graphics.shapes import Drawing, Path
from reportlab.lib.colors import black
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Table, TableStyle

from cellchain.kernel.text import T
from cellchain.labels import symbols
from cellchain.trace.certificates.rules import NAMES
from cellchain.trace.documents import lot_sheets, paper
from cellchain.trace.documents.paper import BODY, SECTION, SMALL, TITLE, Cell, joined, marked, safe, words
from cellchain.trace.documents.pen import Pen, Told
from cellchain.trace.documents.rules import Form
from cellchain.trace.documents.sheets import Sheets
from cellchain.web.format import grouped

CODE_MM = 34
WIDE_TITLE = 0.76
WHOLE_ROWS_MAX = 12
LEAD = paper.style("lead", 11.0, fontName=paper.BOLD, spaceBefore=3 * mm)
NOTE = paper.style("note", 6.5)


def draw(told: Told) -> bytes:
    """The certificate, not signed yet. Equal records give equal bytes."""
    paper.register_faces()
    return _Certificate(told).document()


def _code(text: str, side_mm: float) -> Flowable:
    """A QR code, its dark modules filled in one path."""
    symbol = symbols.qr(text, symbols.LINK_MAX)
    side = side_mm * mm
    module = side / symbol.width
    dark = Path(fillColor=black, strokeColor=None)
    for x, y, length in symbol.bars():
        left, right, top = x * module, (x + length) * module, side - y * module
        dark.moveTo(left, top)
        dark.lineTo(right, top)
        dark.lineTo(right, top - module)
        dark.lineTo(left, top - module)
        dark.closePath()
    return Drawing(side, side, dark)


class _CertificatePen(Pen):
    def part(self, title: T, heads: Sequence[T], shares: Sequence[float], rows: Sequence[Sequence[Cell]]) -> list[Any]:
        """A short part stays whole: nobody turns a page between two signatures."""
        said = super().part(title, heads, shares, rows)
        return [KeepTogether(said)] if len(rows) <= WHOLE_ROWS_MAX else said


class _Certificate(Sheets):
    """One certificate on its way to paper."""

    def __init__(self, told: Told) -> None:
        super().__init__(told)
        self.pen = _CertificatePen(told)

    def document(self) -> bytes:
        """All parts, one after the other."""
        said = self.analysis() if self.told["form"] == Form.ANALYSIS else self.release()
        return paper.document(
            [*self.top(), *said, *lot_sheets.emergencies(self.pen, self.told), *self.names(), *self.proof()],
            self.title,
            self.around,
        )

    @property
    def title(self) -> str:
        """`Certificate of release 12, lot LT 01 26 000001 33`."""
        name = self.say(NAMES[Form(self.told["form"])])
        return self.say(
            T(
                "{name} {number}, lot {lot}",
                name=name,
                number=self.told["number"],
                lot=grouped(self.told["lot"]["code"]),
            )
        )

    @property
    def link(self) -> str:
        """Where the code leads: the page of this certificate, which compares the root on the paper with its own."""
        ledger = self.told["ledger"]
        asked = urlencode({"entries": ledger["entries"], "root": ledger["root"]})
        return f"{self.told['address']}/certificates/{self.told['number']}?{asked}"

    def around(self, canvas: Canvas, number: int, count: int) -> None:
        """Which certificate this is, and where in it the reader stands."""
        lot = self.told["lot"]
        paper.draw_around(
            canvas,
            left=joined([self.told["site"], self.title]),
            right=joined([lot["kind_words"], lot["product_code"]]),
            foot=self.say(T("Read from the house on {at}", at=self.pen.both(self.told["made_at"]))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=self.say(T("DEMONSTRATION: NOT FOR USE")) if self.told["demonstration"] else None,
        )

    # -- the head ------------------------------------------------------------------------------------------------------

    def top(self) -> list[Flowable]:
        """What this certifies of which lot, with the code that leads to its page."""
        lot, master = self.told["lot"], self.told["lot"]["master_record"]
        record = self.say(T("{name}, version {version}", name=master["name"], version=master["version"]))
        named = [
            words(self.say(NAMES[Form(self.told["form"])]), TITLE),
            paper.gap(3),
            words(self.say(T("No. {number}, {site}", number=self.told["number"], site=self.told["site"]))),
            words(joined([self.say(T("Lot {lot}", lot=grouped(lot["code"]))), lot["kind_words"]]), LEAD),
        ]
        widths = [paper.MEASURE * WIDE_TITLE, paper.MEASURE * (1 - WIDE_TITLE)]
        look = [*paper.TIGHT, ("ALIGN", (1, 0), (1, 0), "RIGHT")]
        pairs: list[tuple[T, str]] = [
            (T("Product"), lot["product_code"]),
            (T("Study"), lot["study"] or "—"),
            (T("Master record"), record),
            (T("Made"), self.pen.at(lot["completed_at"])),
        ]
        return [
            Table([[named, _code(self.link, CODE_MM)]], widths, style=TableStyle(look)),
            paper.gap(2),
            paper.facts([(self.say(name), value) for name, value in pairs]),
        ]

    # -- analysis ------------------------------------------------------------------------------------------------------

    def analysis(self) -> list[Flowable]:
        """Every test with its method, limit, result and the two who answer for it."""
        story: list[Flowable] = [words(self.say(self.sum()), LEAD)]
        for stage in self.told["stages"]:
            story += [*paper.titled(stage["title"], SECTION), *self.specifications(stage), self.results(stage)]
        samples = [
            [
                grouped(one["code"]),
                grouped(one["container"]),
                one["purpose_words"],
                self.pen.by(one["taken_by"], one["taken_at"]),
            ]
            for one in self.told["samples"]
        ]
        heads = (T("Sample"), T("Taken from"), T("Purpose"), T("Taken"))
        return [*story, *self.failures(), *self.pen.part(T("Samples"), heads, (30, 30, 22, 40), samples)]

    def failures(self) -> list[Flowable]:
        """What was out of specification, with its conclusion. An invalidated result stands here and counts no more."""
        rows = [
            [
                one["number"],
                one["test"],
                one["shown"],
                one["phase_words"],
                self.pen.signed(one["concluded_by"], one["concluded_at"]),
            ]
            for one in self.told["investigations"]
        ]
        heads = (T("Investigation"), T("Test"), T("Result"), T("Conclusion"), T("Concluded by"))
        return self.pen.part(T("Out of specification"), heads, (18, 28, 16, 28, 32), rows) if rows else []

    def exceptional(self) -> list[Flowable]:
        """For a lot out of its specification, the five acts of each exceptional use."""
        story: list[Flowable] = []
        acts = (
            (T("Asked for by"), "physician", "requested_at"),
            (T("Risk evaluated by"), "evaluated_by", "evaluated_at"),
            (T("Risk taken on by"), "taken_on_by", "taken_on_at"),
            (T("Sponsor told, signed by"), "told_by", "told_at"),
            (T("Accepted by"), "accepted_by", "accepted_at"),
        )
        for one in self.told["exceptional"]:
            rows: list[list[Cell]] = [[self.say(name), self.pen.signed(one[by], one[at])] for name, by, at in acts]
            title = T("Exceptional use after {number}: {stands}", number=one["number"], stands=one["phase_words"])
            story += self.pen.part(title, (T("Act"), T("Signed")), (50, 72), rows)
        return story

    def sum(self) -> T:
        """The whole in one sentence."""
        counts = self.told["sum"]
        if counts["failed"]:
            return T("{failed} of {tests} tests did not meet the specification; {pending} pending.", **counts)
        if counts["pending"]:
            return T("{passed} of {tests} tests meet the specification; {pending} pending.", **counts)
        return T("All {tests} tests meet the specification.", **counts)

    def specifications(self, stage: Told) -> list[Flowable]:
        """The versions of the specification that the results were judged by."""
        return [
            words(
                self.say(
                    T(
                        "Specification {name}, version {version}, approved by {who}; limits SHA-256 {digest}",
                        name=one["name"],
                        version=one["version"],
                        who=self.pen.signed(one["approved_by"], one["approved_at"]),
                        digest=one["limits_sha256"],
                    )
                ),
                SMALL,
            )
            for one in stage["specifications"]
        ]

    def results(self, stage: Told) -> Flowable:
        """The results of one stage."""
        heads = (T("Test, method"), T("Limit"), T("Result"), T("Outcome"), T("Sample"), T("Analyst, verified by"))
        shares = (31, 19, 17, 15, 27, 43)
        rows = [self.result(one) for one in stage["results"]]
        return paper.table([self.say(head) for head in heads], shares, rows)

    def result(self, one: Told) -> list[Cell]:
        """One result. A pending one gives its day, a corrected one says so."""
        due = self.say(T("due {day}", day=self.pen.day(one["due_on"])))
        marks = [
            self.say(T("accepted exceptionally")) if one["is_accepted"] else "",
            self.say(T("changed after entry")) if one["is_corrected"] else "",
            self.say(T("retest {number}", number=one["retest"])) if one["retest"] else "",
        ]
        method = f"<br/><font size=7>{safe(joined([one['method'], one['instrument'] or '']))}</font>"
        load = f"<br/><font size=7>{safe(one['load'])}</font>" if one["load"] else ""
        people = [
            self.say(
                T(
                    "{name}, {at}",
                    name=self.pen.who(one["entered_by"], one["entered_at"]),
                    at=self.pen.at(one["measured_at"]),
                )
            ),
            self.say(T("verified: {who}", who=self.pen.by(one["verified_by"], one["verified_at"]))),
        ]
        return [
            marked(f"<b>{safe(one['title'])}</b>{method}"),
            words(one["limit"]),
            marked(f"<b>{safe(one['shown'] or due)}</b>{load}"),
            words("\n".join(filter(None, [one["outcome_words"] or self.say(T("Reported")), *marks]))),
            words(grouped(one["sample"]), SMALL),
            words("\n".join(people) if one["entered_by"] else "—", SMALL),
        ]

    # -- release -------------------------------------------------------------------------------------------------------

    def release(self) -> list[Flowable]:
        """The decision, what it leaves open, what it rests on, and who signed."""
        told = self.told
        exceptions = [
            [one["title"], self.pen.signed(one["accepted_by"], one["accepted_at"])] for one in told["exceptions"]
        ]
        deviations = [
            [
                one["number"],
                one["title"],
                "\n".join(filter(None, [one["phase_words"], one["severity"]])),
                self.pen.signed(one["closed_by"], one["closed_at"]),
            ]
            for one in told["deviations"]
        ]
        return [
            *self.decided(),
            *self.obligations(),
            *self.covered(),
            *self.failures(),
            *self.exceptional(),
            *self.pen.part(
                T("Deviations"),
                (T("Number"), T("What happened"), T("Stands"), T("Closed")),
                (14, 50, 22, 36),
                deviations,
            ),
            *self.pen.part(T("Accepted exceptions"), (T("Exception"), T("Accepted by")), (62, 60), exceptions),
            *lot_sheets.signatures(self.pen, told),
        ]

    def decided(self) -> list[Flowable]:
        """The decision that stands, by whom, and where in the ledger."""
        one, review = self.told["decision"], self.told["review"]
        marked_as = [] if one["qualified"] is None else [(T("Qualified person"), one["qualified"])]
        pairs: list[tuple[T, str]] = [
            (
                T("Certified by") if one["phase"] == "released" else T("Released by"),
                self.pen.signed(one["decided_by"], one["decided_at"]),
            ),
            *marked_as,
            (T("Review signed"), "—" if review is None else self.pen.signed(review["reviewer"], review["reviewed_at"])),
            (T("Ledger entry"), "—" if one["entry"] is None else str(one["entry"])),
            (T("Record, SHA-256"), one["record_sha256"]),
            *(
                (T("Before that"), joined([row["phase_words"], self.pen.signed(row["decided_by"], row["decided_at"])]))
                for row in self.told["earlier"]
            ),
        ]
        return [
            words(one["phase_words"], LEAD),
            paper.gap(1),
            paper.facts([(self.say(name), value) for name, value in pairs]),
        ]

    def obligations(self) -> list[Flowable]:
        """What a conditional release still waits for, each with its day."""
        if self.told["decision"]["phase"] != "conditionally_released":
            return []
        rows = [[one["title"], self.pen.day(one["due_on"])] for one in self.told["obligations"]]
        return self.pen.part(T("Open obligations"), (T("Test"), T("Due")), (70, 52), rows)

    def covered(self) -> list[Flowable]:
        """Every bag or vial that the decision is about."""
        rows = [
            [
                grouped(one["code"]),
                one["title"],
                self.pen.cells(one["cells_made_count"]),
                self.pen.format.millilitres(one["volume_made_ul"]),
                self.pen.both(one["expires_at"]),
            ]
            for one in self.told["lot"]["containers"]
        ]
        heads = (T("Container"), T("What"), T("Cells"), T("Volume"), T("Expires"))
        return self.pen.part(T("Covers"), heads, (30, 30, 20, 16, 40), rows)

    # -- what proves it ------------------------------------------------------------------------------------------------

    def proof(self) -> list[Flowable]:
        """By what it is signed, how a change shows, and the ledger's root with its signed checkpoint."""
        ledger, seal = self.told["ledger"], self.told["seal"]
        signed = T(
            "This file is signed with the certificate of {name}, SHA-256 {digest}, good until {until}.",
            name=seal["name"],
            digest=seal["sha256"],
            until=self.pen.both(seal["until"]),
        )
        said = [
            signed,
            T(
                "Any change of it shows in a reader of PDFs, on the page that the code leads to, and with "
                "“cellchain certificate verify”."
            ),
            T("Only that page tells whether a later decision replaced this certificate."),
            T("Entries: {count}", count=ledger["entries"]),
            T("Root (RFC 6962, SHA-256): {root}", root=ledger["root"]),
        ]
        note = "<br/>".join(safe(line) for line in ledger["checkpoint"].strip().split("\n"))
        block = [
            words(self.say(T("Proof")), SECTION),
            *(words(self.say(one), BODY) for one in said),
            paper.gap(1),
            words(self.say(T("Signed checkpoint")), SMALL),
            marked(note, NOTE),
        ]
        return [KeepTogether(block)]
