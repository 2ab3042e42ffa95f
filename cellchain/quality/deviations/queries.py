"""Reading a deviation as a story: assessments, what the trace finds, containment, causes, complaint, closing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ReadTx
from cellchain.quality.actions import queries as actions
from cellchain.quality.actions.queries import ActionFacts, ExtensionFacts
from cellchain.quality.actions.rules import Dated, unanswered, undone
from cellchain.quality.deviations import rules
from cellchain.quality.deviations.models import Assessment, Complaint, ReachedRecipient, Reopening, RootCause
from cellchain.quality.deviations.rules import CauseKind, Concerned, Findings, Reach
from cellchain.quality.investigations.queries import for_deviation
from cellchain.quality.models import Deviation, Hold
from cellchain.quality.queries.deciding import DeviationFacts, HoldFacts, deviation_facts
from cellchain.quality.queries.testing import find_sample
from cellchain.quality.recalls.queries import scope_of, siblings_of
from cellchain.quality.rules.lifecycles import DeviationKind, DeviationPhase, HoldPhase, Severity

ROWS_MAX = 500
REACHED_MAX = 10_000
# What can be held out of what a trace finds: a bag or a vial that somebody may still take.
TAKEN = frozenset({ContainerPhase.FILLED, ContainerPhase.STORED})

_DEVIATION: Any = bindparam("deviation")
ASSESSMENTS = select(Assessment).where(col(Assessment.deviation) == _DEVIATION).order_by(col(Assessment.id).desc())
RECIPIENTS = select(ReachedRecipient).where(col(ReachedRecipient.assessment) == bindparam("assessment"))
CAUSES = select(RootCause).where(col(RootCause.deviation) == _DEVIATION).order_by(col(RootCause.id).desc())
COMPLAINT = select(Complaint).where(col(Complaint.deviation) == _DEVIATION)
REOPENINGS = select(Reopening).where(col(Reopening.deviation) == _DEVIATION).order_by(col(Reopening.id))
CONTAINED = select(Hold).where(col(Hold.deviation) == _DEVIATION).order_by(col(Hold.id))
UNDER_WAY = select(Deviation.id).where(col(Deviation.phase) != DeviationPhase.CLOSED).order_by(col(Deviation.id))


@dataclass(frozen=True)
class Found:
    """What a trace finds: lots, bags and vials that came out of something, and whose the bags are.

    `held` is what a containment holds of it: the lots, and every bag and vial that somebody may still take.
    """

    lots: tuple[str, ...]
    bags: tuple[str, ...]
    vials: tuple[str, ...]
    recipients: tuple[str, ...]
    held: tuple[str, ...] = ()

    @property
    def things(self) -> frozenset[str]:
        """All of it but the people."""
        return frozenset({*self.lots, *self.bags, *self.vials})


@dataclass(frozen=True)
class AssessmentFacts:
    """One assessment, with what the trace found then."""

    id: int
    severity: Severity
    account: str
    reach: Reach
    found: Found
    assessed_by: str
    assessed_at: datetime


@dataclass(frozen=True)
class CauseFacts:
    """Why it happened, as somebody found it; `whys` are the answers of the chain of questions."""

    kind: CauseKind
    account: str
    whys: tuple[str, ...]
    found_by: str
    found_at: datetime


@dataclass(frozen=True)
class ComplaintFacts:
    """Who complained, when and to whom, and what they were told."""

    complainant: str
    came_by: str
    received_at: datetime
    received_by: str
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class ReopeningFacts:
    """How a deviation had been closed before it was opened again, and the action that did not help."""

    action: str
    conclusion: str
    closed_by: str
    closed_at: datetime
    reopened_by: str
    reopened_at: datetime


@dataclass(frozen=True)
class Story:
    """Everything about one deviation, the newest assessment and cause first."""

    row: DeviationFacts
    assessments: Sequence[AssessmentFacts]
    causes: Sequence[CauseFacts]
    complaint: ComplaintFacts | None
    contained: Sequence[HoldFacts]
    actions: Sequence[ActionFacts]
    reopenings: Sequence[ReopeningFacts]
    findings: Findings
    concerned: Concerned
    due_on: date | None
    extensions: Sequence[ExtensionFacts]

    @property
    def holds_count(self) -> int:
        """How many holds of its containment are in force."""
        return sum(one.phase is HoldPhase.PLACED for one in self.contained)


# ---- what the trace finds --------------------------------------------------------------------------------------------


def found_now(tx: ReadTx, row: DeviationFacts, reach: Reach) -> Found:
    """What came out of the thing that a deviation is about, or out of its lot, or of the same origin."""
    scopes = [scope_of(tx, root) for root in _roots(tx, row, reach)]
    if reach is Reach.ORIGIN and row.lot is not None:
        scopes.append(siblings_of(tx, row.lot))
    bags, vials = _all(scope.bags for scope in scopes), _all(scope.vials for scope in scopes)
    lots = _all(scope.lots for scope in scopes)
    takable = [code for code in (*bags, *vials) if manufacturing.container_facts(tx, code).phase in TAKEN]
    return Found(lots, bags, vials, recipients_of(tx, bags), (*lots, *takable))


def recipients_of(tx: ReadTx, bags: Iterable[str]) -> tuple[str, ...]:
    """Those whose bags these are, as the packages that come later tell."""
    return _all(tx.house.onward(tx, bag) for bag in bags)


def _roots(tx: ReadTx, row: DeviationFacts, reach: Reach) -> list[str]:
    """Where a trace begins: the thing itself, the lot of a sample, what lies in a shipment; and the lot where asked."""
    found = [row.subject]
    if row.subject.startswith("SM"):
        sample = find_sample(tx, row.subject)
        found = [] if sample is None else [sample.lot]
    elif row.subject.startswith("SH"):
        found = list(tx.house.onward(tx, row.subject))
    if reach is not Reach.THING and row.lot is not None:
        found.append(row.lot)
    return list(dict.fromkeys(found))


def _all(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({code for part in parts for code in part}))


# ---- the story -------------------------------------------------------------------------------------------------------


def story(tx: ReadTx, number: int) -> Story:
    """One deviation with all that belongs to it. Raises NotFound."""
    row = deviation_facts(tx, number)
    assessments, causes = assessments_of(tx, number), causes_of(tx, number)
    planned = actions.actions_of(tx, number)
    extensions = actions.extensions_of(tx, Dated.DEVIATION, number)
    return Story(
        row=row,
        assessments=assessments,
        causes=causes,
        complaint=complaint_of(tx, number),
        contained=contained(tx, number),
        actions=planned,
        reopenings=_reopenings(tx, number),
        findings=findings_of(tx, row, planned),
        concerned=concerned(tx, row, planned),
        due_on=due_on(tx, row),
        extensions=extensions,
    )


def assessments_of(tx: ReadTx, number: int) -> list[AssessmentFacts]:
    """Every assessment of a deviation, the one that counts first."""
    found = []
    for row in tx.many(ASSESSMENTS, limit=ROWS_MAX, deviation=number):
        known = tx.many(RECIPIENTS, limit=REACHED_MAX, assessment=row.id)
        reached = Found(
            tuple(row.lots), tuple(row.bags), tuple(row.vials), tuple(sorted(one.recipient for one in known))
        )
        found.append(
            AssessmentFacts(
                row.id or 0, row.severity, row.account, row.reach, reached, row.assessed_by, row.assessed_at
            )
        )
    return found


def causes_of(tx: ReadTx, number: int) -> list[CauseFacts]:
    """Every cause that was found, the one that counts first."""
    return [
        CauseFacts(row.kind, row.account, tuple((row.whys or "").splitlines()), row.found_by, row.found_at)
        for row in tx.many(CAUSES, limit=ROWS_MAX, deviation=number)
    ]


def complaint_of(tx: ReadTx, number: int) -> ComplaintFacts | None:
    """What a complaint says, where the deviation is one."""
    row = tx.one(COMPLAINT, deviation=number)
    if row is None:
        return None
    return ComplaintFacts(**{name: getattr(row, name) for name in ComplaintFacts.__dataclass_fields__})


def contained(tx: ReadTx, number: int) -> list[HoldFacts]:
    """Every hold that the containment of a deviation placed, in force or lifted."""
    return [
        HoldFacts(**{name: getattr(row, name) for name in HoldFacts.__dataclass_fields__})
        for row in tx.many(CONTAINED, limit=REACHED_MAX, deviation=number)
    ]


def under_way(tx: ReadTx) -> list[DeviationFacts]:
    """Every deviation that is not closed, the oldest first."""
    return [deviation_facts(tx, number) for number in tx.many(UNDER_WAY, limit=ROWS_MAX)]


def findings_of(tx: ReadTx, row: DeviationFacts, planned: Sequence[ActionFacts]) -> Findings:
    """What keeps a deviation from being closed, as facts."""
    complaint = complaint_of(tx, row.id)
    outcomes = [one.outcome for one in planned]
    beside = for_deviation(tx, row.id)
    return Findings(
        kind=row.kind,
        severity=row.severity,
        has_cause=bool(causes_of(tx, row.id)),
        undone=undone(outcomes),
        unanswered=unanswered(outcomes),
        is_answered=complaint is None or complaint.answered_at is not None,
        is_there=row.kind is DeviationKind.RETURNED_PRODUCT and _is_there(tx, row.subject),
        investigation=beside.number if beside is not None and beside.is_open else None,
    )


def _is_there(tx: ReadTx, bag: str) -> bool:
    facts = manufacturing.bag_facts(tx, bag)
    return facts is not None and manufacturing.container_facts(tx, bag).phase is ContainerPhase.FILLED


def concerned(tx: ReadTx, row: DeviationFacts, planned: Sequence[ActionFacts]) -> Concerned:
    """Everybody who had a hand in a deviation. Who withdrew from an action had none in what was done."""
    return Concerned(
        opened_by=row.opened_by,
        assessors=frozenset(one.assessed_by for one in assessments_of(tx, row.id)),
        investigators=frozenset(one.found_by for one in causes_of(tx, row.id)),
        owners=frozenset(one.owner for one in planned if one.withdrawn_by is None),
    )


def due_on(tx: ReadTx, row: DeviationFacts) -> date | None:
    """The day by which a deviation is to be assessed or closed; None where it is closed."""
    given = actions.extensions_of(tx, Dated.DEVIATION, row.id)
    opened_on = row.opened_at.astimezone(UTC if tx.house is None else tx.house.zone).date()
    return rules.due_on(row.phase, row.severity, opened_on, given[-1].until if given else None)


def _reopenings(tx: ReadTx, number: int) -> list[ReopeningFacts]:
    return [
        ReopeningFacts(
            actions.action_facts(tx, row.action).number,
            row.conclusion,
            row.closed_by,
            row.closed_at,
            row.reopened_by,
            row.reopened_at,
        )
        for row in tx.many(REOPENINGS, limit=ROWS_MAX, deviation=number)
    ]
