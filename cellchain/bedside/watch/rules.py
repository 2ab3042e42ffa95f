"""When who is told that a bag waits unverified. Pure: what was told so far in, who is told next out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.kernel.values import dataclass


class Level(StrEnum):
    """Who is told, in this order."""

    WARD = "ward"
    LABORATORY = "laboratory"
    QA = "qa"


LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bag may wait unverified, and how long each of them has before the next one is told."""

    first: timedelta
    step: timedelta


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told, and when the first of them said that they know; None while nobody has."""

    at: datetime
    acknowledged_at: datetime | None = None


def due_at(since: datetime, told: Sequence[Told], patience: Patience) -> datetime:
    """When the next one is told of a bag that a ward took over at `since`.

    An acknowledgement gives its people one more step, counted from it. It silences nothing: a bag is quiet when it is
    verified, or gone.
    """
    if not told:
        return since + patience.first
    last = told[-1]
    return max(last.at, last.acknowledged_at or last.at) + patience.step


def next_level(since: datetime, told: Sequence[Told], patience: Patience, now: datetime) -> Level | None:
    """Who is to be told now: one level at a time, however long nobody looked. None: nobody yet, or everybody was."""
    if len(told) >= len(LEVELS) or now < due_at(since, told, patience):
        return None
    return LEVELS[len(told)]
