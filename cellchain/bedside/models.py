"""Checks, infusions and what was seen during them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql

from cellchain.bedside.downtime.models import Downtime as Downtime  # tables of the rooms inside this one
from cellchain.bedside.downtime.models import PaperBag as PaperBag
from cellchain.bedside.downtime.models import PaperEntry as PaperEntry
from cellchain.bedside.rules import Capture, Cause, CheckPhase, Identity, InfusionPhase, Verdict
from cellchain.bedside.wristbands.models import HospitalBand as HospitalBand
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    personal,
    reference,
    text,
)


class Check(Record, table=True):
    """One person's scan of wristband and bag, with its verdict and every reason."""

    __tablename__ = "bedside_check"
    __table_args__ = (
        chosen("phase", CheckPhase),
        chosen("verdict", Verdict),
        chosen("capture", Capture),
        chosen("identity_stated", Identity),
        Index(
            "ix_bedside_check_open",
            "bag",
            "recipient",
            sqlite_where=sql("phase = 'open'"),
            postgresql_where=sql("phase = 'open'"),
        ),
        Index(
            "ix_bedside_check_open_recipient",
            "recipient",
            sqlite_where=sql("phase = 'open'"),
            postgresql_where=sql("phase = 'open'"),
        ),
    )

    id: int | None = key()
    bag: str | None = text(14, optional=True)
    recipient: str | None = text(14, optional=True)
    wristband_read: str = personal(256)
    bag_read: str = personal(256)
    verdict: Verdict = choice(Verdict)
    reasons: list[str] = document()
    phase: CheckPhase = choice(CheckPhase)
    capture: Capture = choice(Capture)
    identity_stated: Identity | None = choice(Identity, optional=True)
    intact: bool = flag()
    no_clumps: bool = flag()
    label_legible: bool = flag()
    checked_at: datetime = moment(index=True)
    checked_by: str = text(14)
    device: str | None = text(40, optional=True)
    cause: Cause | None = choice(Cause, optional=True)
    acknowledged_at: datetime | None = moment(optional=True)


class Infusion(Record, table=True):
    """One bag running into one recipient. A bag starts once."""

    __tablename__ = "bedside_infusion"
    __table_args__ = (
        chosen("phase", InfusionPhase),
        UniqueConstraint("bag", name="uq_bedside_infusion_bag"),
        CheckConstraint("planned_minutes > 0", name="planned_minutes_positive"),
        CheckConstraint("volume_given_ul IS NULL OR volume_given_ul >= 0", name="volume_given_not_negative"),
        CheckConstraint("first_checker <> second_checker", name="two_people_checked"),
        Index(
            "uq_bedside_infusion_running",
            "recipient",
            unique=True,
            sqlite_where=sql("phase IN ('running', 'paused')"),
            postgresql_where=sql("phase IN ('running', 'paused')"),
        ),
    )

    id: int | None = key()
    bag: str = reference("manufacturing_container.code")
    recipient: str = reference("trial_recipient.code")
    planned_infusion: int = number(references="trial_planned_infusion.id")
    phase: InfusionPhase = choice(InfusionPhase)
    started_at: datetime = moment(index=True)
    started_by: str = text(14)
    first_checker: str = text(14)
    second_checker: str = text(14)
    planned_minutes: int = number()
    volume_ul: int = number()
    ended_at: datetime | None = moment(optional=True)
    ended_by: str | None = text(14, optional=True)
    volume_given_ul: int | None = number(optional=True)
    stop_reason: str | None = personal(300, optional=True)
    disposed_at: datetime | None = moment(optional=True)
    disposed_by: str | None = text(14, optional=True)


class Pause(Record, table=True):
    """A stretch of an infusion in which nothing ran."""

    __tablename__ = "bedside_pause"

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    paused_at: datetime = moment()
    paused_by: str = text(14)
    reason: str | None = personal(300, optional=True)
    resumed_at: datetime | None = moment(optional=True)
    resumed_by: str | None = text(14, optional=True)


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
    pulse_per_min: int = number()
    systolic_mmhg: int = number()
    diastolic_mmhg: int = number()
    breaths_per_min: int = number()
    temperature_mc: int = number()
    oxygen_percent: int = number()


class Reaction(Record, table=True):
    """Something that happened to the recipient during an infusion."""

    __tablename__ = "bedside_reaction"
    __table_args__ = (CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),)

    id: int | None = key()
    infusion: int = number(references="bedside_infusion.id")
    term: str = text(80)
    grade: int = number()
    action: str = text(20)
    note: str | None = personal(500, optional=True)
    began_at: datetime = moment()
    reported_at: datetime = moment()
    reported_by: str = text(14)
