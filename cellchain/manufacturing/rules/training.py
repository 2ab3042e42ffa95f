"""Who is trained in which version of a master record, and until when. Pure.

A person performs or verifies a step only with training that counts on that day, in the very version that the lot
follows: whoever learnt the last version has not read this one.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.lifecycles import MasterRecordPhase

EXPIRES_SOON = timedelta(days=30)


class TrainingStanding(StrEnum):
    """How a person stands towards one version of a master record."""

    CURRENT = "current"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    MISSING = "missing"


@dataclass(frozen=True)
class Trained:
    """One training: on which day, and the last day on which it counts."""

    trained_on: date
    valid_until: date

    def counts_on(self, day: date) -> bool:
        """Whether it counts on `day`; both ends belong to it."""
        return self.trained_on <= day <= self.valid_until


@dataclass(frozen=True)
class Standing:
    """How somebody stands on a day, and the last day that counts or counted."""

    standing: TrainingStanding
    until: date | None = None

    @property
    def may_work(self) -> bool:
        return self.standing in (TrainingStanding.CURRENT, TrainingStanding.EXPIRING)


def standing(trainings: Iterable[Trained], day: date) -> Standing:
    """How somebody with these trainings stands on `day`. Training that lies ahead does not count yet."""
    past = [one for one in trainings if one.trained_on <= day]
    if not past:
        return Standing(TrainingStanding.MISSING)
    until = max(one.valid_until for one in past)
    if until < day:
        return Standing(TrainingStanding.EXPIRED, until)
    return Standing(TrainingStanding.EXPIRING if until - day <= EXPIRES_SOON else TrainingStanding.CURRENT, until)


def must_be_trained(found: Standing, record: str, version: int) -> None:
    """Raises Refused `training.missing` or `training.expired`, naming the master record and its version."""
    if found.standing == TrainingStanding.MISSING:
        raise Refused(
            "training.missing",
            "You are not trained in version {version} of “{record}”. Let QA record the training, or hand over.",
            version=version,
            record=record,
        )
    if found.standing == TrainingStanding.EXPIRED:
        raise Refused(
            "training.expired",
            "Your training in version {version} of “{record}” counted until {until}. Train again, or hand over.",
            version=version,
            record=record,
            until=found.until,
        )


@dataclass(frozen=True)
class Lesson:
    """A training as it is to be recorded."""

    person: str
    trainer: str
    training: Trained
    record: MasterRecordPhase


def may_record(lesson: Lesson, by: str, today: date) -> None:
    """Training is recorded by another than who was trained, once it took place. Raises Refused `training.*`."""
    if lesson.person in (by, lesson.trainer):
        raise Refused(
            "training.own", "Nobody trains themselves or records their own training. Ask another person of QA."
        )
    if lesson.record == MasterRecordPhase.DRAFT:
        raise Refused(
            "training.draft", "This version of the master record is a draft. Record training once it was reviewed."
        )
    if lesson.training.trained_on > today:
        raise Refused("training.in_future", "Training is recorded once it took place. Check the date.")
    if lesson.training.valid_until < lesson.training.trained_on:
        raise Refused("training.period", "This training ends before it began. Check both days.")
