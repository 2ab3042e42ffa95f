"""Tables of changes: the request with its decisions, each time it was made, each time its effect was judged."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint

from cellchain.ledger.filekinds import NAME_MAX, FileKind
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    document,
    flag,
    key,
    moment,
    number,
    personal,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.quality.changes.rules import ChangeClass, ChangePhase

TITLE_LENGTH = 150
TEXT_LENGTH = 2000
CRITERION_LENGTH = 500
DOCUMENT_LENGTH = 80


class Change(Record, table=True):
    """A change that somebody asked for. `documents` are written procedures by their numbers."""

    __tablename__ = "quality_change"
    __table_args__ = (
        chosen("kind", ChangeClass),
        chosen("phase", ChangePhase),
        CheckConstraint("(check_due_on IS NULL) = (criterion IS NULL)", name="check_is_whole"),
        CheckConstraint("check_due_on > due_on", name="check_follows"),
        CheckConstraint("approved_by <> requested_by AND approved_by <> owner", name="approved_by_another"),
        CheckConstraint("closed_by <> requested_by AND closed_by <> owner", name="closed_by_another"),
        CheckConstraint("(phase = 'closed') = (closed_by IS NOT NULL)", name="closed_by_somebody"),
        CheckConstraint("(phase = 'rejected') = (rejected_by IS NOT NULL)", name="rejected_by_somebody"),
    )

    id: int | None = key()
    title: str = personal(TITLE_LENGTH)
    what: str = personal(TEXT_LENGTH)
    grounds: str = personal(TEXT_LENGTH)
    impact: str = personal(TEXT_LENGTH)
    kind: ChangeClass = choice(ChangeClass)
    documents: list[str] = document()
    master_record: int | None = number(references="manufacturing_master_record.id", optional=True)
    specification: int | None = number(optional=True)
    deviation: int | None = number(references="quality_deviation.id", optional=True)
    action: int | None = number(references="quality_action.id", optional=True)
    owner: str = identifier(index=True)
    due_on: date = day()
    check_due_on: date | None = day(optional=True)
    criterion: str | None = personal(CRITERION_LENGTH, optional=True)
    phase: ChangePhase = choice(ChangePhase, index=True)
    requested_by: str = identifier()
    requested_at: datetime = moment()
    approved_by: str | None = identifier(optional=True)
    approved_at: datetime | None = moment(optional=True)
    countersigned_by: str | None = identifier(optional=True)
    countersigned_at: datetime | None = moment(optional=True)
    rejected_by: str | None = identifier(optional=True)
    rejected_at: datetime | None = moment(optional=True)
    rejection: str | None = personal(CRITERION_LENGTH, optional=True)
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)
    conclusion: str | None = personal(TEXT_LENGTH, optional=True)


class Implementation(Record, table=True):
    """A change was made, as its owner says, with the evidence; and whether it helped, once somebody has judged it."""

    __tablename__ = "quality_implementation"
    __table_args__ = (
        chosen("evidence_kind", FileKind),
        CheckConstraint("(judged_by IS NULL) = (is_effective IS NULL)", name="judged_has_verdict"),
        CheckConstraint("judged_by <> made_by", name="judged_by_another"),
    )

    id: int | None = key()
    change: int = number(references="quality_change.id")
    account: str = personal(TEXT_LENGTH)
    evidence: str = text(64)
    evidence_kind: FileKind = choice(FileKind)
    evidence_name: str = personal(NAME_MAX)
    made_by: str = identifier()
    made_at: datetime = moment()
    is_effective: bool | None = flag(optional=True)
    judgement: str | None = personal(TEXT_LENGTH, optional=True)
    judged_by: str | None = identifier(optional=True)
    judged_at: datetime | None = moment(optional=True)
