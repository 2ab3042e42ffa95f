"""Table of the study's pauses."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    key,
    moment,
    only_while,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.trial.pauses.lifecycles import PausePhase

WHY_LENGTH = 500
RULE_LENGTH = 40


class StudyPause(Record, table=True):
    """A time in which nobody is randomised, assigned or begun with. `rule` is None where a person paused the study.

    events  the adverse events that were counted, by number
    """

    __tablename__ = "trial_study_pause"
    __table_args__ = (
        chosen("phase", PausePhase),
        CheckConstraint("(rule IS NULL) = (reason IS NOT NULL)", name="rule_or_reason"),
        CheckConstraint("(resume_signed_by IS NULL) = (grounds IS NULL)", name="resumed_with_grounds"),
        CheckConstraint("(phase = 'lifted') = (lifted_at IS NOT NULL)", name="lifted_has_time"),
        CheckConstraint("phase <> 'lifted' OR lifted_by <> resume_signed_by", name="lifted_by_two"),
        Index("uq_trial_study_pause_standing", "study", unique=True, **only_while("phase = 'standing'")),
    )

    id: int | None = key()
    study: str = reference("trial_study.code")
    rule: str | None = text(RULE_LENGTH, optional=True)
    events: list[int] = document()
    reason: str | None = personal(WHY_LENGTH, optional=True)
    paused_by: str = identifier()
    paused_at: datetime = moment()
    grounds: str | None = personal(WHY_LENGTH, optional=True)
    resume_signed_by: str | None = identifier(optional=True)
    lifted_by: str | None = identifier(optional=True)
    lifted_at: datetime | None = moment(optional=True)
    phase: PausePhase = choice(PausePhase, index=True)
