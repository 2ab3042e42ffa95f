"""The line listing for those who watch over safety: every adverse event of a study, as a table and on paper.

With arms, bags and lots only for who may see arms; each says how far the ledger was when it was read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from cellchain.bedside.given import given_to
from cellchain.followup.safety import queries
from cellchain.followup.safety import statements as find
from cellchain.followup.safety.lifecycles import GRADES
from cellchain.followup.safety.models import AdverseEvent
from cellchain.followup.safety.origins import Origin, origin
from cellchain.followup.safety.terms import TERMS
from cellchain.kernel import canonical
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import TITLE, joined, words
from cellchain.trace.recalls.exports import Stand
from cellchain.trial import queries as trial
from cellchain.web.format import SPACE, grouped
from cellchain.web.i18n import Voice
from cellchain.web.tables import as_csv

DASH = "—"
HEADS = (
    T("Event"),
    T("Recipient"),
    T("What happened"),
    T("Term"),
    T("Code in a licensed dictionary"),
    T("Grade"),
    T("Serious because of"),
    T("Began (UTC)"),
    T("Ended (UTC)"),
    T("Infusion"),
    T("Days after it"),
    T("Caused (investigator)"),
    T("Expected (investigator)"),
    T("Caused (sponsor)"),
    T("Expected (sponsor)"),
    T("SUSAR"),
    T("What was done with the treatment"),
    T("How it ended"),
    T("Reports"),
)
ARM_HEADS = (T("Arm"), T("Bag"), T("Lot"), T("Passage"), T("Donors"))


@dataclass(frozen=True)
class Listed:
    """One event of the listing; `origin` and `arm` only where arms are shown."""

    row: AdverseEvent
    number: int | None
    infused_at: datetime | None
    susar: bool
    reports: int
    origin: Origin | None
    arm: str | None

    @property
    def days_after(self) -> int | None:
        """Whole days from the beginning of the last infusion to the onset."""
        return None if self.infused_at is None else (self.row.onset_at - self.infused_at).days


@dataclass(frozen=True)
class Listing:
    """Every adverse event of a study, by recipient and onset."""

    study: str
    title: str
    reference: str | None
    rows: tuple[Listed, ...]
    with_arms: bool


def listing(tx: ReadTx, study: str, actor: Actor, voice: Voice, *, with_arms: bool) -> Listing:
    """The events of a study. Arms only for who may see them, whatever is asked. Raises NotFound."""
    definition = trial.study_definition(tx, study)
    shows = with_arms and actor.may(trial.SEE_ARM)
    counts = dict(tx.many(find.REPORT_COUNTS, limit=queries.EVENTS_MAX))
    rows = [row for row in tx.every(find.ALL_EVENTS) if trial.recipient_facts(tx, row.recipient).study == study]
    rows.sort(key=lambda row: (row.recipient, row.onset_at, row.id or 0))
    found = tuple(_listed(tx, row, counts.get(row.id, 0), actor if shows else None) for row in rows)
    return Listing(study, definition.title.say(voice.language), definition.safety.reference, found, shows)


def _listed(tx: ReadTx, row: AdverseEvent, reports: int, seeing: Actor | None) -> Listed:
    theirs = {one.infusion: (number, one.started_at) for number, one in enumerate(given_to(tx, row.recipient), 1)}
    number, infused_at = (None, None) if row.infusion is None else theirs[row.infusion]
    return Listed(
        row=row,
        number=number,
        infused_at=infused_at,
        susar=queries.is_susar(row),
        reports=reports,
        origin=origin(tx, row.infusion) if seeing is not None and row.infusion is not None else None,
        arm=None if seeing is None else trial.arm_of(tx, row.recipient, seeing),
    )


def table(told: Listing, at: Stand, voice: Voice) -> bytes:
    """The listing as CSV: what it is, how far the ledger was, then a row for each event."""
    heads = (*HEADS, *ARM_HEADS) if told.with_arms else HEADS
    head: list[Sequence[object]] = [
        [voice.say(T("Adverse events of the study")), told.study],
        [voice.say(T("Reference safety information")), told.reference],
        [voice.say(T("Ledger entries")), at.entries],
        [voice.say(T("Root (RFC 6962, SHA-256)")), at.root],
        [],
        [voice.say(one) for one in heads],
    ]
    return as_csv([*head, *(_cells(one, told, voice) for one in told.rows)])


def _cells(one: Listed, told: Listing, voice: Voice) -> list[object]:
    row = one.row
    cells: list[object] = [
        row.id,
        row.recipient,
        row.term,
        _term(row, voice),
        row.dictionary_code,
        row.grade,
        *(_said(voice, value) for value in (row.seriousness,)),
        canonical.moment(row.onset_at),
        None if row.ended_at is None else canonical.moment(row.ended_at),
        one.number,
        one.days_after,
        *(
            _said(voice, value)
            for value in (row.relatedness, row.expectedness, row.sponsor_relatedness, row.sponsor_expectedness)
        ),
        voice.say(T("Yes") if one.susar else T("No")),
        _said(voice, row.action),
        _said(voice, row.outcome),
        one.reports,
    ]
    if not told.with_arms:
        return cells
    came = one.origin
    donors = None if came is None else " ".join(came.donors)
    return [*cells, one.arm, *((came.bag, came.lot, came.passage, donors) if came is not None else (None,) * 4)]


def _term(row: AdverseEvent, voice: Voice) -> str | None:
    term = TERMS.get(row.coded or "")
    return None if term is None else term.words(voice.language)


def _broken(code: str) -> str:
    """A code that may go on in the next line of its narrow cell, between its groups alone."""
    return grouped(code).replace(SPACE, " ")


def _said(voice: Voice, value: Any) -> str | None:
    return None if value is None else voice.say(value)


class Sheet:
    """The listing on paper, in one language."""

    def __init__(self, tx: ReadTx, told: Listing, voice: Voice, at: Stand, *, demonstration: bool) -> None:
        paper.register_faces()
        self.told, self.voice, self.say, self.at = told, voice, voice.say, at
        self.site, self.now, self.demonstration = tx.house.site_name, tx.now, demonstration

    @property
    def title(self) -> str:
        """What it is."""
        return self.say(T("Adverse events of {study}", study=self.told.study))

    def document(self) -> bytes:
        """Every event, and the ledger's root."""
        said = (
            T("With arms, bags and lots: not for who assesses outcomes.") if self.told.with_arms else T("Without arms.")
        )
        facts = [
            (self.say(T("Study")), self.told.title),
            (self.say(T("Reference safety information")), self.told.reference or DASH),
            (self.say(T("Adverse events")), str(len(self.told.rows))),
            (self.say(T("Shows")), self.say(said)),
            (self.say(T("Ledger entries")), str(self.at.entries)),
            (self.say(T("Root (RFC 6962, SHA-256)")), self.at.root),
        ]
        story: list[Flowable] = [words(self.title, TITLE), paper.gap(4), paper.facts(facts), paper.gap(4)]
        heads, shares = self._heads()
        rows = [self._row(one) for one in self.told.rows]
        story.append(paper.table(heads, shares, rows) if rows else words(self.say(T("None."))))
        return paper.document(story, self.title, self._around)

    def _heads(self) -> tuple[list[str], list[float]]:
        heads = [
            T("Recipient"),
            T("Event"),
            T("Serious"),
            T("Began and ended"),
            T("Investigator"),
            T("Sponsor"),
            T("How it ended"),
        ]
        shares = [19.0, 22.0, 25.0, 26.0, 19.0, 19.0, 19.0]
        if self.told.with_arms:
            heads.append(T("Arm and lot"))
            shares.append(22.0)
        return [self.say(one) for one in heads], shares

    def _row(self, one: Listed) -> list[str]:
        row, local = one.row, self.voice.format.local
        after = T("infusion {number}, day {day}", number=one.number, day=one.days_after)
        cells = [
            _broken(row.recipient),
            self._lines(row.term, _term(row, self.voice), GRADES[row.grade]),
            self._lines(row.seriousness or T("No"), T("SUSAR") if one.susar else None),
            self._lines(local(row.onset_at), row.ended_at and local(row.ended_at), after if one.number else None),
            self._lines(row.relatedness or T("Not assessed"), row.expectedness),
            self._lines(row.sponsor_relatedness or T("Not assessed"), row.sponsor_expectedness),
            self._lines(row.outcome or T("ongoing"), row.action),
        ]
        if self.told.with_arms:
            lot = None if one.origin is None or one.origin.lot is None else _broken(one.origin.lot)
            cells.append(self._lines(one.arm or DASH, lot))
        return cells

    def _lines(self, *parts: object) -> str:
        said = [part if type(part) is str else self.say(part) for part in parts if part]
        return "\n".join(dict.fromkeys(said))

    def _around(self, canvas: Canvas, number: int, count: int) -> None:
        both = f"{self.voice.format.local(self.now)} ({self.voice.format.utc(self.now)})"
        paper.draw_around(
            canvas,
            left=joined([self.site, self.title]),
            right=self.told.study,
            foot=self.say(T("Read from the house on {at}", at=both)),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=self.say(T("DEMONSTRATION: NOT FOR USE")) if self.demonstration else None,
        )
