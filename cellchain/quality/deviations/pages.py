"""What the pages of deviations show: one as a story, its assessment, and the list."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.changes import queries as changes
from cellchain.quality.changes.queries import ChangeFacts
from cellchain.quality.deviations import queries
from cellchain.quality.deviations.queries import AssessmentFacts, Found, Story
from cellchain.quality.deviations.rules import CauseKind, Reach, missing
from cellchain.quality.investigations.queries import InvestigationFacts, for_deviation
from cellchain.quality.pages.words import names_of
from cellchain.quality.queries import DeviationFacts
from cellchain.quality.rules.lifecycles import DeviationKind, DeviationPhase, Severity

SEE_RECIPIENTS = "trial.see_arm"
KINDS: Mapping[DeviationKind, T] = {
    DeviationKind.DEVIATION: T("Deviation"),
    DeviationKind.COMPLAINT: T("Complaint"),
    DeviationKind.RETURNED_PRODUCT: T("Returned product"),
}
CLASSES: Mapping[Severity, tuple[str, T]] = {
    Severity.MINOR: ("ok", T("Minor")),
    Severity.MAJOR: ("warn", T("Major")),
    Severity.CRITICAL: ("stop", T("Critical")),
}
REACHES: Mapping[Reach, T] = {
    Reach.THING: T("The thing itself, and what came out of it"),
    Reach.LOT: T("Its whole lot as well"),
    Reach.ORIGIN: T("Everything of the same donation or bank"),
}
CAUSES: Mapping[CauseKind, T] = {
    CauseKind.METHOD: T("Method"),
    CauseKind.MATERIAL: T("Material"),
    CauseKind.MACHINE: T("Machine"),
    CauseKind.PERSON: T("Person"),
    CauseKind.MEASUREMENT: T("Measurement"),
    CauseKind.ENVIRONMENT: T("Environment"),
}


@dataclass(frozen=True)
class Affected:
    """What the trace found at the assessment, and what it finds now: `later` came in since, `earlier` is gone."""

    then: Found | None
    now: Found
    reach: Reach
    later: Sequence[str]
    earlier: Sequence[str]
    sees_recipients: bool
    unheld: Sequence[str]


@dataclass(frozen=True)
class Closing:
    """Whether this person may close it now: they had no hand in it, and nothing is missing."""

    missing: Sequence[T]
    is_concerned: bool


@dataclass(frozen=True)
class DeviationPage:
    """One deviation as a story."""

    story: Story
    affected: Affected
    changes: Sequence[ChangeFacts]
    closing: Closing
    names: Mapping[str, str]
    today: date
    investigation: InvestigationFacts | None = None

    @property
    def row(self) -> DeviationFacts:
        """The deviation itself."""
        return self.story.row

    @property
    def assessment(self) -> AssessmentFacts | None:
        """The assessment that counts."""
        return self.story.assessments[0] if self.story.assessments else None


def deviation_page(tx: ReadTx, number: int, actor: Actor) -> DeviationPage:
    """One deviation. Raises NotFound."""
    story = queries.story(tx, number)
    return DeviationPage(
        story=story,
        affected=_affected(tx, story, actor),
        changes=changes.changes_of(tx, number),
        closing=Closing(
            [refusal.text for refusal in missing(story.findings)], is_concerned=actor.person in story.concerned.people
        ),
        names=names_of(tx, _people(story)),
        today=tx.today,
        investigation=for_deviation(tx, number),
    )


def _affected(tx: ReadTx, story: Story, actor: Actor) -> Affected:
    last = story.assessments[0] if story.assessments else None
    reach = Reach.LOT if last is None else last.reach
    now = queries.found_now(tx, story.row, reach)
    held = {one.subject for one in story.contained}
    before = frozenset() if last is None else last.found.things
    return Affected(
        then=None if last is None else last.found,
        now=now,
        reach=reach,
        later=() if last is None else sorted(now.things - before),
        earlier=sorted(before - now.things),
        sees_recipients=actor.may(SEE_RECIPIENTS),
        unheld=[code for code in now.held if code not in held],
    )


def _people(story: Story) -> Iterable[str | None]:
    row = story.row
    yield from (row.opened_by, row.assessed_by, row.closed_by)
    yield from (one.assessed_by for one in story.assessments)
    yield from (one.found_by for one in story.causes)
    for hold in story.contained:
        yield from (hold.placed_by, hold.lifted_by)
    yield from (one.owner for one in story.actions)
    for reopening in story.reopenings:
        yield from (reopening.closed_by, reopening.reopened_by)
    yield from (one.given_by for one in story.extensions)
    if story.complaint is not None:
        yield from (story.complaint.received_by, story.complaint.answered_by)


@dataclass(frozen=True)
class AssessmentPage:
    """What an assessment is made from: the criteria, and what the trace finds for each reach."""

    row: DeviationFacts
    latest: AssessmentFacts | None
    found: Sequence[tuple[Reach, Found]]


def assessment_page(tx: ReadTx, number: int) -> AssessmentPage:
    """The page on which a deviation is assessed. Raises NotFound."""
    row = quality.deviation_facts(tx, number)
    known = queries.assessments_of(tx, number)
    found = [(reach, queries.found_now(tx, row, reach)) for reach in Reach]
    return AssessmentPage(row, known[0] if known else None, found)


@dataclass(frozen=True)
class Line:
    """A deviation in the list, with the day by which something is due."""

    row: DeviationFacts
    due_on: date | None
    is_late: bool


def under_way(tx: ReadTx, kind: DeviationKind | None) -> list[Line]:
    """The deviations that wait for somebody, of one kind or of all, the newest first."""
    rows = quality.deviations_under_way(tx)
    return lines_of(tx, [row for row in rows if kind is None or row.kind is kind])


def lines_of(tx: ReadTx, rows: Iterable[DeviationFacts]) -> list[Line]:
    """Deviations as the list shows them."""
    today, found = tx.today, []
    for row in rows:
        due = queries.due_on(tx, row) if row.phase is not DeviationPhase.CLOSED else None
        found.append(Line(row, due, due is not None and due < today))
    return found
