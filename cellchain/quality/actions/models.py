"""Tables of actions, and of days that were moved."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint

from cellchain.ledger.filekinds import NAME_MAX, FileKind
from cellchain.platform.columns import Record, choice, chosen, day, key, moment, number, personal, text
from cellchain.platform.columns import code as identifier
from cellchain.quality.actions.rules import ActionKind, ActionPhase, Dated

WHAT_LENGTH = 1000
CRITERION_LENGTH = 500
WHY_LENGTH = 500


class Action(Record, table=True):
    """Something that is done about a deviation. `due_on` and `check_due_on` stay as planned: see Extension.

    `follows` is the action that did not help before.
    """

    __tablename__ = "quality_action"
    __table_args__ = (
        chosen("kind", ActionKind),
        chosen("phase", ActionPhase),
        chosen("evidence_kind", FileKind),
        CheckConstraint("(check_due_on IS NULL) = (criterion IS NULL)", name="check_is_whole"),
        CheckConstraint("check_due_on > due_on", name="check_follows"),
        CheckConstraint("(done_at IS NULL) = (evidence IS NULL)", name="done_with_evidence"),
        CheckConstraint(
            "(phase IN ('done', 'effective', 'not_effective')) = (done_at IS NOT NULL)", name="done_has_time"
        ),
        CheckConstraint("(phase IN ('effective', 'not_effective')) = (judged_by IS NOT NULL)", name="judged"),
        CheckConstraint("judged_by <> owner", name="judged_by_another"),
        CheckConstraint("(phase = 'withdrawn') = (withdrawn_by IS NOT NULL)", name="withdrawn_by_somebody"),
        UniqueConstraint("follows"),
    )

    id: int | None = key()
    deviation: int = number(references="quality_deviation.id")
    kind: ActionKind = choice(ActionKind)
    what: str = personal(WHAT_LENGTH)
    owner: str = identifier(index=True)
    due_on: date = day()
    check_due_on: date | None = day(optional=True)
    criterion: str | None = personal(CRITERION_LENGTH, optional=True)
    follows: int | None = number(references="quality_action.id", optional=True)
    phase: ActionPhase = choice(ActionPhase, index=True)
    planned_by: str = identifier()
    planned_at: datetime = moment()
    done_at: datetime | None = moment(optional=True)
    account: str | None = personal(WHAT_LENGTH, optional=True)
    evidence: str | None = text(64, optional=True)
    evidence_kind: FileKind | None = choice(FileKind, optional=True)
    evidence_name: str | None = personal(NAME_MAX, optional=True)
    judged_by: str | None = identifier(optional=True)
    judged_at: datetime | None = moment(optional=True)
    judgement: str | None = personal(WHAT_LENGTH, optional=True)
    withdrawn_by: str | None = identifier(optional=True)
    withdrawn_at: datetime | None = moment(optional=True)
    withdrawal: str | None = personal(WHY_LENGTH, optional=True)


class Extension(Record, table=True):
    """Somebody was given more time: the day before stays readable. `thing` is its number in its own table."""

    __tablename__ = "quality_extension"
    __table_args__ = (chosen("dated", Dated), CheckConstraint("until > before", name="later"))

    id: int | None = key()
    dated: Dated = choice(Dated)
    thing: int = number(index=True)
    before: date = day()
    until: date = day()
    reason: str = personal(WHY_LENGTH)
    given_by: str = identifier()
    given_at: datetime = moment()
