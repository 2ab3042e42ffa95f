"""Readings of clean rooms as others see them: where each lies, how they went, and which speak about a batch."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from sqlalchemy import bindparam
from sqlmodel import col, or_, select

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import charts
from cellchain.manufacturing.charts import Trend
from cellchain.manufacturing.facts import LotFacts
from cellchain.manufacturing.models import Environment, Lot
from cellchain.manufacturing.rules import environment as rules
from cellchain.manufacturing.rules.definition import Limits, Standing
from cellchain.manufacturing.rules.environment import ReadingLimits, RoomLimits
from cellchain.manufacturing.rules.lifecycles import EnvironmentKind
from cellchain.materials import queries as materials
from cellchain.materials.queries import LocationFacts
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import Voice

READINGS_MAX = 200
SHOWN_MAX = 30
_AT = col(Environment.location) == bindparam("location")
_READINGS = select(Environment).where(_AT).order_by(col(Environment.window_until).desc(), col(Environment.id).desc())
_DURING = _READINGS.where(
    col(Environment.window_until) >= bindparam("start"), col(Environment.window_from) <= bindparam("end")
)
_LOT_THEN = (
    select(Lot.code)
    .where(
        col(Lot.location) == bindparam("location"),
        col(Lot.opened_at) <= bindparam("end"),
        or_(col(Lot.completed_at).is_(None), col(Lot.completed_at) >= bindparam("start")),
    )
    .order_by(col(Lot.opened_at).desc())
)
STANDS: dict[Standing, tuple[str, T]] = {
    Standing.WITHIN: ("ok", T("Within limit")),
    Standing.ALERT: ("warn", T("Outside the alert limit")),
    Standing.ACTION: ("stop", T("Out of limit")),
}


@cache
def room_limits() -> RoomLimits:
    """The limits that the house brings along, as data beside the code."""
    text = (Path(__file__).parent / "room_classes.toml").read_text(encoding="utf-8")
    return RoomLimits.model_validate(tomllib.loads(text, parse_float=Decimal))


def lot_then(tx: ReadTx, location: str, window: rules.Window) -> str | None:
    """The lot that was open at a place at some moment of a window; the later one where there were two."""
    found = tx.many(_LOT_THEN, limit=1, location=location, start=window.start, end=window.end)
    return found[0] if found else None


@dataclass(frozen=True)
class Reading:
    """One reading as a person reads it. `limit` is what it was judged by, in words."""

    kind: EnvironmentKind
    name: T
    text: str
    limit: str
    status: str
    word: T
    start: datetime
    end: datetime
    lot: str | None
    person: str
    comment: str | None


@dataclass(frozen=True)
class Watch:
    """All that was read of one kind in a room, the newest first, with the line that it makes."""

    kind: EnvironmentKind
    name: T
    limit: str
    last: Reading | None
    trend: Trend | None


@dataclass(frozen=True)
class Room:
    """A place with what was read there."""

    place: LocationFacts
    watches: tuple[Watch, ...]
    readings: tuple[Reading, ...]

    @property
    def worst(self) -> tuple[str, T] | None:
        """How the room stands by the last reading of each kind; None where nothing was read."""
        last = [watch.last for watch in self.watches if watch.last is not None]
        order = {"stop": 0, "warn": 1, "ok": 2}
        found = min(last, key=lambda reading: order[reading.status], default=None)
        return None if found is None else (found.status, found.word)


def room(tx: ReadTx, location: str, voice: Voice) -> Room:
    """A place with its readings. Raises NotFound."""
    place = materials.location_facts(tx, location)
    rows = tx.many(_READINGS, limit=READINGS_MAX, location=location)
    return Room(
        place=place,
        watches=tuple(
            _watch(tx, place, kind, [row for row in rows if row.kind is kind], voice) for kind in rules.UNITS
        ),
        readings=tuple(_reading(tx, row, voice) for row in rows),
    )


def rooms(tx: ReadTx, voice: Voice) -> list[Room]:
    """Every place that has a class or was read, as it stands now."""
    found = [room(tx, place.code, voice) for place in materials.locations(tx)]
    return [one for one in found if one.place.room_class is not None or one.readings]


def readings_during(tx: ReadTx, lot: LotFacts, voice: Voice) -> list[Reading]:
    """What was read where a lot was worked on, while it was: the newest first, at most 200."""
    end = lot.completed_at or tx.now
    rows = tx.many(_DURING, limit=READINGS_MAX, location=lot.location, start=lot.opened_at, end=end)
    return [_reading(tx, row, voice) for row in rows]


def _watch(tx: ReadTx, place: LocationFacts, kind: EnvironmentKind, read: Sequence[Environment], voice: Voice) -> Watch:
    limits, rows = room_limits().of(place.room_class, kind), [row for row in read if row.kind is kind]
    points = [(row.window_until, Decimal(row.value) / 10, row.standing) for row in reversed(rows[:SHOWN_MAX])]
    return Watch(
        kind=kind,
        name=rules.kind_words(kind),
        limit=limit_words(limits, kind, voice),
        last=_reading(tx, rows[0], voice) if rows else None,
        trend=charts.trend(points, limits.alert, limits.action),
    )


def _reading(tx: ReadTx, row: Environment, voice: Voice) -> Reading:
    status, word = STANDS[row.standing]
    limits = room_limits().of(row.room_class, row.kind)
    if limits == ReadingLimits():
        word = T("Recorded")
    return Reading(
        kind=row.kind,
        name=rules.kind_words(row.kind),
        text=value_words(row, voice),
        limit=limit_words(limits, row.kind, voice),
        status=status,
        word=word,
        start=row.window_from,
        end=row.window_until,
        lot=row.lot,
        person=display_name(tx, row.recorded_by),
        comment=row.comment,
    )


def value_words(row: Environment, voice: Voice) -> str:
    """What was read, with its unit: `21.5 °C`."""
    return f"{voice.format.number(_plain(Decimal(row.value) / 10))}\u00a0{voice.format.unit(row.unit)}"


def limit_words(limits: ReadingLimits, kind: EnvironmentKind, voice: Voice) -> str:
    """The action limit in words, else the alert limit: `10 Pa or more`, `18 to 24 °C`."""
    bound = limits.action or limits.alert
    return voice.say(T("No limit")) if bound is None else bound_words(bound, kind, voice)


def bound_words(bound: Limits, kind: EnvironmentKind, voice: Voice) -> str:
    """One limit in words."""
    unit = voice.format.unit(rules.UNITS[kind])
    low, high = (None if end is None else voice.format.number(_plain(end)) for end in (bound.low, bound.high))
    if low is not None and high is not None:
        return voice.say(T("{low} to {high}", low=low, high=f"{high}\u00a0{unit}"))
    if low is not None:
        return voice.say(T("{low} or more", low=f"{low}\u00a0{unit}"))
    return voice.say(T("{high} or less", high=f"{high}\u00a0{unit}"))


def _plain(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value.normalize()
