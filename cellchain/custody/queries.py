"""Where things are, in whose hands, and what speaks against using a bag."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.custody import rules
from cellchain.custody.models import (
    Destruction,
    Excursion,
    HandOver,
    Return,
    Shipment,
    StoredAt,
    TemperatureReading,
)
from cellchain.custody.rules import Custody, ExcursionOutcome, ExcursionPhase, HandOverPhase, ShipmentPhase
from cellchain.kernel.text import T
from cellchain.ledger.describe import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.materials.rules import LocationKind
from cellchain.platform.db import ReadTx

ROWS_MAX = 500

OF_SUBJECT: Any = bindparam("subject")
STORED = select(StoredAt).where(col(StoredAt.subject) == OF_SUBJECT, col(StoredAt.removed_at).is_(None))
STORED_EVER = select(StoredAt).where(col(StoredAt.subject) == OF_SUBJECT).order_by(col(StoredAt.id))
STORED_IN = (
    select(StoredAt)
    .where(col(StoredAt.location) == bindparam("location"), col(StoredAt.removed_at).is_(None))
    .order_by(col(StoredAt.position), col(StoredAt.id))
)
STORED_NOW = select(StoredAt).where(col(StoredAt.removed_at).is_(None)).order_by(col(StoredAt.id).desc())
AT_POSITION = select(StoredAt.subject).where(
    col(StoredAt.location) == bindparam("location"),
    col(StoredAt.position) == bindparam("position"),
    col(StoredAt.removed_at).is_(None),
)
OFFERED = select(HandOver).where(col(HandOver.subject) == OF_SUBJECT, col(HandOver.phase) == HandOverPhase.OFFERED)
OFFERS = select(HandOver).where(col(HandOver.phase) == HandOverPhase.OFFERED).order_by(col(HandOver.offered_at))
LAST_ACCEPTED = (
    select(HandOver)
    .where(col(HandOver.subject) == OF_SUBJECT, col(HandOver.phase) == HandOverPhase.ACCEPTED)
    .order_by(col(HandOver.id).desc())
)
HAND_OVERS = select(HandOver).where(col(HandOver.subject) == OF_SUBJECT).order_by(col(HandOver.id))
HAND_OVERS_BY = (
    select(HandOver)
    .where((col(HandOver.giver) == bindparam("person")) | (col(HandOver.taker) == bindparam("person")))
    .order_by(col(HandOver.id))
)
UNDER_WAY = select(Shipment).where(col(Shipment.subject) == OF_SUBJECT, col(Shipment.phase) == ShipmentPhase.SHIPPED)
SHIPMENTS_UNDER_WAY = (
    select(Shipment).where(col(Shipment.phase) == ShipmentPhase.SHIPPED).order_by(col(Shipment.shipped_at))
)
SHIPMENTS = select(Shipment).where(col(Shipment.subject) == OF_SUBJECT).order_by(col(Shipment.shipped_at))
READINGS = (
    select(TemperatureReading).where(col(TemperatureReading.subject) == OF_SUBJECT).order_by(col(TemperatureReading.at))
)
EXCURSIONS = select(Excursion).where(col(Excursion.subject) == OF_SUBJECT).order_by(col(Excursion.id))
OPEN_EXCURSIONS = select(Excursion).where(col(Excursion.phase) == ExcursionPhase.OPEN).order_by(col(Excursion.id))
EXCURSION_COUNT: Any = select(func.count(col(Excursion.id))).where(
    col(Excursion.subject) == OF_SUBJECT, col(Excursion.phase) == ExcursionPhase.OPEN
)
UNUSABLE = select(Excursion.id).where(
    col(Excursion.subject) == OF_SUBJECT, col(Excursion.outcome) == ExcursionOutcome.UNUSABLE
)
RETURNED = select(Return).where(col(Return.bag) == OF_SUBJECT)
DESTROYED = select(Destruction).where(col(Destruction.subject) == OF_SUBJECT)
# A bedside waits for these, so they are one question: where it is, who has it, and what happened to it.
STANDS: Any = columns(
    STORED.with_only_columns(col(StoredAt.location)).limit(1).scalar_subquery(),
    STORED.with_only_columns(col(StoredAt.position)).limit(1).scalar_subquery(),
    LAST_ACCEPTED.with_only_columns(col(HandOver.to_location)).limit(1).scalar_subquery(),
    OFFERED.exists(),
    UNDER_WAY.exists(),
    RETURNED.exists(),
    DESTROYED.exists(),
    EXCURSION_COUNT.scalar_subquery(),
    UNUSABLE.exists(),
)


@dataclass(frozen=True)
class Whereabouts:
    """Where something is now, since when, and who put it there. `location` is None where it is gone or unknown."""

    subject: str
    state: str
    location: str | None
    location_name: str | None
    position: str | None
    since: datetime | None
    person: str | None


@dataclass(frozen=True)
class Happening:
    """One line of the way something took."""

    at: datetime
    kind: str
    text: T
    person: str | None
    other: str | None = None
    temperature_mc: int | None = None
    outside: bool = False
    note: str | None = None


# ---- what speaks against a bag ---------------------------------------------------------------------------------------


def custody_of(tx: ReadTx, subject: str) -> Custody:
    """Where a container stands with everybody who had it. One select: a bedside waits for it."""
    location, position, taken_to, offered, under_way, returned, destroyed, excursions, unusable = tx.one(
        STANDS, subject=subject
    )
    return Custody(
        subject=subject,
        location=location,
        position=position,
        ward=taken_to is not None and not returned and _is_ward(tx, taken_to),
        hand_over_open=offered,
        under_way=under_way,
        returned=returned,
        destroyed=destroyed,
        excursions_open=excursions,
        unusable=unusable,
    )


def custody_problems(tx: ReadTx, bag: str) -> list[tuple[str, T]]:
    """Everything that custody has against using a bag at the bedside now: every reason, not only the first."""
    return rules.problems(custody_of(tx, bag))


def at_ward(tx: ReadTx, bag: str) -> bool:
    """Whether a ward took the bag over and still has it."""
    custody = custody_of(tx, bag)
    return custody.ward and not custody.destroyed


def is_returned(tx: ReadTx, bag: str) -> bool:
    """Whether a bag came back unused: it is never given to anybody after that."""
    return tx.one(RETURNED, subject=bag) is not None


def _is_ward(tx: ReadTx, location: str) -> bool:
    return materials.location_facts(tx, location).kind is LocationKind.WARD


# ---- where it is -----------------------------------------------------------------------------------------------------


def whereabouts(tx: ReadTx, code: str) -> Whereabouts:
    """Where something is now."""
    gone = tx.one(DESTROYED, subject=code)
    if gone is not None:
        return Whereabouts(code, "destroyed", None, None, None, gone.at, gone.performer)
    way = tx.one(UNDER_WAY, subject=code)
    if way is not None:
        return Whereabouts(code, "under_way", None, None, None, way.shipped_at, way.shipped_by)
    stored = tx.one(STORED, subject=code)
    if stored is None:
        return Whereabouts(code, "unknown", None, None, None, None, None)
    name = materials.location_facts(tx, stored.location).name
    offered = tx.one(OFFERED, subject=code)
    state = "stored" if offered is None else "offered"
    return Whereabouts(code, state, stored.location, name, stored.position, stored.stored_at, stored.stored_by)


def stored_in(tx: ReadTx, location: str) -> list[StoredAt]:
    """What stands at a location now, by position."""
    return tx.many(STORED_IN, limit=ROWS_MAX, location=location)


def stored_now(tx: ReadTx) -> list[Whereabouts]:
    """Everything that is stored somewhere, the newest first."""
    return [whereabouts(tx, row.subject) for row in tx.many(STORED_NOW, limit=ROWS_MAX)]


def subject_at(tx: ReadTx, location: str, position: str) -> str | None:
    """What holds a position, or None where it is free."""
    return tx.one(AT_POSITION, location=location, position=position)


def open_offers(tx: ReadTx) -> list[HandOver]:
    """Hand-overs that nobody has answered, the oldest first."""
    return tx.many(OFFERS, limit=ROWS_MAX)


def open_offer(tx: ReadTx, subject: str) -> HandOver | None:
    """The hand-over of a thing that nobody has answered."""
    return tx.one(OFFERED, subject=subject)


def shipments_under_way(tx: ReadTx) -> list[Shipment]:
    """Shipments that were not received yet, the oldest first."""
    return tx.many(SHIPMENTS_UNDER_WAY, limit=ROWS_MAX)


def open_excursions(tx: ReadTx) -> list[Excursion]:
    """Excursions that wait for QA."""
    return tx.many(OPEN_EXCURSIONS, limit=ROWS_MAX)


def excursions_of(tx: ReadTx, subject: str) -> list[Excursion]:
    """Every excursion of a thing."""
    return tx.many(EXCURSIONS, limit=ROWS_MAX, subject=subject)


def readings_of(tx: ReadTx, subject: str) -> list[TemperatureReading]:
    """How warm a thing was, in time."""
    return tx.many(READINGS, limit=ROWS_MAX, subject=subject)


def shipment(tx: ReadTx, code: str) -> Shipment | None:
    """The shipment, or None."""
    return tx.find(Shipment, code)


# ---- the way it took -------------------------------------------------------------------------------------------------


def timeline(tx: ReadTx, code: str) -> list[Happening]:
    """Everything that custody knows of a thing, the earliest first."""
    found = [*_handed(tx, code), *_shipped(tx, code), *_excursions(tx, code), *_ended(tx, code)]
    # Taking something over also puts it somewhere; that is told once.
    told = {happening.at for happening in found if happening.kind in ("accepted", "received", "returned")}
    stored = [happening for happening in _stored(tx, code) if happening.at not in told]
    return sorted([*stored, *found], key=lambda happening: happening.at)


def _place(tx: ReadTx, location: str, position: str | None = None) -> T:
    name = materials.location_facts(tx, location).name
    return T("{place}, position {position}", place=name, position=position) if position else T("{place}", place=name)


def _is_outside(tx: ReadTx, code: str, temperature_mc: int) -> bool:
    return rules.is_outside(manufacturing.container_facts(tx, code).kind, temperature_mc)


def _stored(tx: ReadTx, code: str) -> list[Happening]:
    rows = tx.many(STORED_EVER, limit=ROWS_MAX, subject=code)
    return [
        Happening(
            row.stored_at, "stored", T("Put at {place}", place=_place(tx, row.location, row.position)), row.stored_by
        )
        for row in rows
    ]


def _handed(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    for row in tx.many(HAND_OVERS, limit=ROWS_MAX, subject=code):
        place = _place(tx, row.to_location)
        outside = _is_outside(tx, code, row.temperature_mc)
        text = T("Offered for {place}, seal {seal}", place=place, seal=row.seal)
        found.append(Happening(row.offered_at, "offered", text, row.giver, None, row.temperature_mc, outside))
        if row.accepted_at is None:
            continue
        accepted = row.phase is HandOverPhase.ACCEPTED
        warm = row.accepted_temperature_mc
        found.append(
            Happening(
                row.accepted_at,
                "accepted" if accepted else "refused",
                T("Taken over at {place}", place=place) if accepted else T("Not taken over"),
                row.taker,
                row.giver,
                warm,
                warm is not None and _is_outside(tx, code, warm),
                row.refusal_reason,
            )
        )
    return found


def _shipped(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    for row in tx.many(SHIPMENTS, limit=ROWS_MAX, subject=code):
        text = T("Sent with {carrier}, seal {seal}", carrier=row.carrier, seal=row.seal)
        outside = _is_outside(tx, code, row.temperature_mc)
        found.append(Happening(row.shipped_at, "shipped", text, row.shipped_by, None, row.temperature_mc, outside))
        if row.received_at is not None:
            warm = row.received_temperature_mc
            text = T("Received at {place}", place=_place(tx, row.to_location))
            too_warm = warm is not None and _is_outside(tx, code, warm)
            found.append(Happening(row.received_at, "received", text, row.received_by, None, warm, too_warm))
    return found


def _excursions(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    for row in excursions_of(tx, code):
        text = T("Seal broken or another one") if row.seal_broken else T("Outside its temperature")
        found.append(Happening(row.at, "excursion", text, row.noticed_by, None, row.temperature_mc, outside=True))
        if row.assessed_at is not None:
            usable = row.outcome is ExcursionOutcome.USABLE
            text = T("Assessed: usable") if usable else T("Assessed: not usable")
            found.append(Happening(row.assessed_at, "assessed", text, row.assessed_by, note=row.assessment))
    return found


def _ended(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    back = tx.one(RETURNED, subject=code)
    if back is not None:
        text = T("Came back unused") if back.seal_intact else T("Came back unused, seal broken")
        outside = _is_outside(tx, code, back.temperature_mc)
        found.append(
            Happening(
                back.returned_at, "returned", text, back.returned_by, None, back.temperature_mc, outside, back.reason
            )
        )
    gone = tx.one(DESTROYED, subject=code)
    if gone is not None:
        found.append(Happening(gone.at, "destroyed", T("Destroyed"), gone.performer, gone.witness, note=gone.reason))
    return found


# ---- custody's own lines in the graph --------------------------------------------------------------------------------


def edges_from(tx: ReadTx, code: str) -> list[Edge]:
    """A person into what they handed over or took."""
    if not code.startswith("PS"):
        return []
    rows = tx.many(HAND_OVERS_BY, limit=10_000, person=code)
    return _once([Edge(code, row.subject, "custody", row.accepted_at or row.offered_at) for row in rows])


def edges_to(tx: ReadTx, code: str) -> list[Edge]:
    """A container from everybody who handed it over, took it, or saw it destroyed."""
    found = []
    for row in tx.many(HAND_OVERS, limit=ROWS_MAX, subject=code):
        found.append(Edge(row.giver, code, "custody", row.offered_at))
        if row.taker is not None and row.accepted_at is not None:
            found.append(Edge(row.taker, code, "custody", row.accepted_at))
    gone = tx.one(DESTROYED, subject=code)
    if gone is not None:
        found += [Edge(gone.performer, code, "custody", gone.at), Edge(gone.witness, code, "custody", gone.at)]
    return _once(found)


def _once(edges: list[Edge]) -> list[Edge]:
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target), edge)
    return list(found.values())
