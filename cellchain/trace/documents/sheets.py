"""What stands on the pages of a batch record, and in which order: the head, the steps, the lot, the proof."""

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether

from cellchain.kernel.text import T
from cellchain.trace.documents import lot_sheets, paper, step_sheets
from cellchain.trace.documents.paper import SECTION, TITLE, joined, words
from cellchain.trace.documents.pen import DASH, NOTHING, Pen, Told
from cellchain.web.format import grouped

PARTS = (
    lot_sheets.containers,
    lot_sheets.balances,
    lot_sheets.growth,
    lot_sheets.samples,
    lot_sheets.labels,
    lot_sheets.environment,
    lot_sheets.holds,
    lot_sheets.deviations,
    lot_sheets.signatures,
    lot_sheets.emergencies,
)


def draw(told: Told) -> bytes:
    """The document. Equal records give equal bytes."""
    paper.register_faces()
    return Sheets(told).document()


class Sheets:
    """One record on its way to paper."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.pen = Pen(told)
        self.say = self.pen.say

    def document(self) -> bytes:
        """All parts, one after the other."""
        story: list[Flowable] = [*self.head(), *self.notable()]
        story += paper.titled(self.say(T("Steps")), SECTION)
        for step in self.told["steps"]:
            story += step_sheets.step(self.pen, step)
        if not self.told["steps"]:
            story.append(words(self.say(NOTHING)))
        for part in PARTS:
            story += part(self.pen, self.told)
        story += [*self.names(), *self.proof()]
        return paper.document(story, self.title, self.around)

    @property
    def title(self) -> str:
        """`Batch record LT 01 26 000001 33`."""
        return self.say(T("Batch record {lot}", lot=grouped(self.told["lot"]["code"])))

    @property
    def version(self) -> str:
        """The master record with its version."""
        master = self.told["master_record"]
        return self.say(T("{name}, version {version}", name=master["name"], version=master["version"]))

    def around(self, canvas: Canvas, number: int, count: int) -> None:
        """Which record this is, when it was read, and where in it the reader stands."""
        lot = self.told["lot"]
        paper.draw_around(
            canvas,
            left=joined([self.told["site"], self.title]),
            right=joined([lot["product_code"], self.version]),
            foot=self.say(T("Read from the house on {at}", at=self.pen.both(self.told["made_at"]))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=self.say(T("DEMONSTRATION: NOT FOR USE")) if self.told["demonstration"] else None,
        )

    def head(self) -> list[Flowable]:
        """What this is a record of."""
        lot, master, line = self.told["lot"], self.told["master_record"], self.told["clearance"]
        pairs: list[tuple[T, str]] = [
            (T("Lot"), joined([grouped(lot["code"]), lot["kind_words"]])),
            (T("Master record"), self.version),
            (T("Text of it, SHA-256"), master["text_sha256"]),
            (T("Product"), lot["product_code"]),
            (T("Study"), lot["study"] or DASH),
            (T("Made from"), ", ".join(grouped(source) for source in lot["sources"]) or DASH),
            (T("Place"), f"{lot['location_name']} ({grouped(lot['location'])})"),
            (T("Stands"), lot["phase_words"]),
            (T("Opened"), self.pen.signed(lot["opened_by"], lot["opened_at"])),
            (T("Ended"), self.pen.signed(lot["completed_by"], lot["completed_at"])),
            (T("Line cleared"), DASH if line is None else self.pen.signed(line["cleared_by"], line["cleared_at"])),
            (
                T("Clearance verified"),
                DASH if line is None else self.pen.signed(line["verified_by"], line["verified_at"]),
            ),
        ]
        said = [(self.say(name), value) for name, value in pairs]
        return [words(self.title, TITLE), paper.gap(4), paper.facts(said)]

    def notable(self) -> list[Flowable]:
        """What a reader should look for, counted."""
        values = [value for step in self.told["steps"] for value in step["values"]]
        comments = [note for step in self.told["steps"] for note in step["comments"]]
        counts = [
            (T("Values changed after entry: {count}", count=sum(bool(one["changes"]) for one in values))),
            (T("Late entries: {count}", count=sum(one["is_late"] for one in (*values, *comments)))),
            (T("Values outside a limit: {count}", count=sum(one["standing"] != "within" for one in values))),
            (T("Deviations: {count}", count=len(self.told["deviations"]))),
        ]
        return [paper.gap(3), words(joined([self.say(one) for one in counts]))]

    def names(self) -> list[Flowable]:
        """Whose code is whose."""
        rows = [[name, code] for code, name in sorted(self.pen.people.items(), key=lambda one: one[1])]
        return self.pen.part(T("People"), (T("Name"), T("Code")), (40, 60), rows)

    def proof(self) -> list[Flowable]:
        """The ledger's root: what was entered before this was read can be held against it for ever."""
        ledger = self.told["ledger"]
        said = [
            T("Entries: {count}", count=ledger["entries"]),
            T("Root (RFC 6962, SHA-256): {root}", root=ledger["root"]),
            T("Read at {at}", at=self.pen.both(self.told["made_at"])),
            T("A checkpoint over as many entries has the same root. “cellchain verify” works it out anew."),
        ]
        block = [words(self.say(T("Ledger")), SECTION), *(words(self.say(one)) for one in said)]
        return [KeepTogether(block)]
