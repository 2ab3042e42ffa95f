"""Infusions, and what happened during them: each act with the time when it happened and when it was entered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.bedside.infusions.rules import Choice, InfusionPhase, PauseKind, RateCause, ReactionAction
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
    text,
)


class Infusion(Record, table=True):
    """One bag running into one recipient. A bag starts once.

    `station` is the tablet in whose care it is; `computed_ul` is what the rates gave by its end. One that was
    `returned_at` some time had given nothing, and its bag went back.
    """

    __tablename__ = "bedside_infusion"
    __table_args__ = (
        chosen("phase", InfusionPhase),
        UniqueConstraint("bag", name="uq_bedside_infusion_bag"),
        CheckConstraint("planned_minutes > 0", name="planned_minutes_positive"),
        CheckConstraint("volume_given_ul IS NULL OR volume_given_ul >= 0", name="volume_given_not_negative"),
        CheckConstraint(
            "returned_at IS NULL OR (volume_given_ul = 0 AND disposed_at IS NULL)", name="only_unused_goes_back"
        ),
        CheckConstraint("first_checker <> second_checker", name="two_people_checked"),
        Index("uq_bedside_infusion_running", "recipient", unique=True, **only_while("phase IN ('running', 'paused')")),
    )

    id: int | None = key()
    bag: str = reference("manufacturing_container.code")
    recipient: str = reference("trial_recipient.code")
    planned_infusion: int = number(references="trial_planned_infusion.id")
    phase: InfusionPhase = choice(InfusionPhase)
    station: str | None = text(40, optional=True)
    started_at: datetime = moment(index=True)
    started_by: str = text(14)
    first_checker: str = text(14)
    second_checker: str = text(14)
    planned_minutes: int = number()
    volume_ul: int = number()
    expiry_noted_at: datetime | None = moment(optional=True)
    ended_at: datetime | None = moment(optional=True)
    ended_by: str | None = text(14, optional=True)
    end_entered_at: datetime | None = moment(optional=True)
    computed_ul: int | None = number(optional=True)
    volume_given_ul: int | None = number(optional=True)
    volume_left_ul: int | None = number(optional=True)
    flush_ul: int | None = number(optional=True)
    stop_reason: str | None = personal(300, optional=True)
    disposed_at: datetime | None = moment(optional=True)
    disposed_by: str | None = text(14, optional=True)
    returned_at: datetime | None = moment(optional=True)
    returned_by: str | None = text(14, optional=True)


class RateStep(Record, table=True):
    """The drip was set to a rate."""

    __tablename__ = "bedside_rate_step"
    __table_args__ = (
        chosen("cause", RateCause),
        CheckConstraint("rate_ml_h > 0", name="rate_positive"),
    )

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    rate_ml_h: int = number()
    cause: RateCause = choice(RateCause)
    set_at: datetime = moment()
    set_by: str = text(14)
    entered_at: datetime = moment()


class Pause(Record, table=True):
    """A stretch of an infusion in which nothing ran."""

    __tablename__ = "bedside_pause"

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    kind: PauseKind = choice(PauseKind)
    paused_at: datetime = moment()
    paused_by: str = text(14)
    pause_entered_at: datetime = moment()
    reason: str | None = personal(300, optional=True)
    resumed_at: datetime | None = moment(optional=True)
    resumed_by: str | None = text(14, optional=True)
    resume_entered_at: datetime | None = moment(optional=True)


class TakeOver(Record, table=True):
    """An infusion came into the care of a tablet, after a scan of wristband and bag there."""

    __tablename__ = "bedside_take_over"

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    from_station: str | None = text(40, optional=True)
    to_station: str | None = text(40, optional=True)
    taken_at: datetime = moment()
    taken_by: str = text(14)


class Observation(Record, table=True):
    """Vital signs at one point of the schedule."""

    __tablename__ = "bedside_observation"
    __table_args__ = (
        CheckConstraint("pulse_per_min BETWEEN 0 AND 300", name="pulse"),
        CheckConstraint("systolic_mmhg BETWEEN 0 AND 350", name="systolic"),
        CheckConstraint("diastolic_mmhg BETWEEN 0 AND 250", name="diastolic"),
        CheckConstraint("oxygen_percent BETWEEN 0 AND 100", name="oxygen"),
        CheckConstraint("temperature_mc BETWEEN 25000 AND 45000", name="temperature"),
        CheckConstraint("breaths_per_min BETWEEN 0 AND 100", name="breaths"),
    )

    id: int | None = key()
    bag: str = text(14, index=True)
    infusion: int | None = number(references="bedside_infusion.id", optional=True)
    point: str = text(40)
    observed_at: datetime = moment()
    observed_by: str = text(14)
    entered_at: datetime = moment()
    pulse_per_min: int = number()
    systolic_mmhg: int = number()
    diastolic_mmhg: int = number()
    breaths_per_min: int = number()
    temperature_mc: int = number()
    oxygen_percent: int = number()


class Reaction(Record, table=True):
    """Something that happened to the recipient during an infusion or after it, and what was done about it."""

    __tablename__ = "bedside_reaction"
    __table_args__ = (CheckConstraint("grade BETWEEN 1 AND 5", name="grade"), chosen("action", ReactionAction))

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    term: str = text(80)
    grade: int = number()
    action: ReactionAction = choice(ReactionAction)
    note: str | None = personal(500, optional=True)
    began_at: datetime = moment()
    reported_at: datetime = moment()
    reported_by: str = text(14)


class Decision(Record, table=True):
    """A physician decided whether a bag goes on that something turned against while it ran.

    `marks` names what the decision is about: every reason, every hold and every recall that stood then.
    """

    __tablename__ = "bedside_decision"

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    choice: Choice = choice(Choice)
    marks: list[str] = document()
    why: str = personal(500)
    decided_at: datetime = moment()
    decided_by: str = text(14)
    entered_at: datetime = moment()
