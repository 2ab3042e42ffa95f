"""Where things are, in whose hands, and what speaks against using a bag."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, bindparam, literal, union_all
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.custody import rules
from cellchain.custody.models import (
    Destruction,
    Excursion,
    HandOver,
    Log,
    Packed,
    Return,
    Shipment,
    Shipper,
    Spell,
    StoredAt,
    TemperatureReading,
)
from cellchain.custody.rules import Custody, ExcursionOutcome, ExcursionPhase, HandOverPhase, chain
from cellchain.custody.rules import climate as climates
from cellchain.custody.rules.chain import Exposure, Gap, Span, SpanKind
from cellchain.custody.rules.climate import Climate
from cellchain.custody.rules.shipping import UNDER_WAY, FindingKind, ShipmentPhase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.edges import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.materials.rules import LocationKind
from cellchain.platform.db import ReadTx, kept
from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of

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
HAND_OVERS = select(HandOver).where(col(HandOver.subject) == OF_SUBJECT).order_by(col(HandOver.id))
HAND_OVERS_BY = (
    select(HandOver)
    .where((col(HandOver.giver) == bindparam("person")) | (col(HandOver.taker) == bindparam("person")))
    .order_by(col(HandOver.id))
)
# What lies in a shipper now, and the shipment that it belongs to.
_INSIDE: Any = (
    select(Shipment)
    .join(Packed, col(Packed.shipment) == col(Shipment.code))
    .where(col(Packed.subject) == OF_SUBJECT, col(Packed.taken_out_at).is_(None))
)
PACKED_IN = _INSIDE.where(col(Shipment.phase) == ShipmentPhase.PACKING)
CARRIED_IN = _INSIDE.where(one_of(Shipment.phase, UNDER_WAY))
SHIPMENTS = Listing(
    columns(col(Shipment.code), col(Shipment.phase), col(Shipment.begun_at)),
    col(Shipment.code),
    narrowed={"phase": col(Shipment.phase) == bindparam("phase")},
)
SHIPMENTS_OPEN = (
    select(Shipment).where(one_of(Shipment.phase, (ShipmentPhase.PACKING, *UNDER_WAY))).order_by(col(Shipment.begun_at))
)
SHIPMENT_OF_SHIPPER = select(Shipment).where(
    col(Shipment.shipper) == bindparam("shipper"), one_of(Shipment.phase, (ShipmentPhase.PACKING, *UNDER_WAY))
)
# Oldest first, with how each container was packed: a journey told from the container's side.
JOURNEYS: Any = (
    select(Shipment, Packed)
    .join(Packed, col(Packed.shipment) == col(Shipment.code))
    .where(col(Packed.subject) == OF_SUBJECT)
    .order_by(col(Packed.id))
)
JOURNEYS_BY: Any = (
    select(Packed, Shipment)
    .join(Shipment, col(Shipment.code) == col(Packed.shipment))
    .where(
        (col(Packed.packed_by) == bindparam("person"))
        | (col(Shipment.shipped_by) == bindparam("person"))
        | (col(Shipment.received_by) == bindparam("person"))
    )
    .order_by(col(Packed.id))
)
OF_SHIPMENT: Any = bindparam("shipment")
INSIDE = select(Packed).where(col(Packed.shipment) == OF_SHIPMENT).order_by(col(Packed.id))
_UNREAD = ~select(Log.id).where(col(Log.shipment) == col(Shipment.code)).exists()
UNREAD_LOGGERS = (
    select(Shipment)
    .where(col(Shipment.phase) == ShipmentPhase.RECEIVED, col(Shipment.logger).is_not(None), _UNREAD)
    .order_by(col(Shipment.received_at))
)
LOGS: Any = (
    select(Log)
    .join(Packed, col(Packed.shipment) == col(Log.shipment))
    .where(col(Packed.subject) == OF_SUBJECT, col(Packed.found).is_(True))
    .order_by(col(Log.first_at))
)
LOG_OF = select(Log).where(col(Log.shipment) == OF_SHIPMENT)
SPELLS = select(Spell).where(col(Spell.subject) == OF_SUBJECT).order_by(col(Spell.began_at), col(Spell.id))
SHIPPERS = select(Shipper).order_by(col(Shipper.equipment))
BY_EQUIPMENT: Any = (
    select(Packed, Shipment)
    .join(Shipment, col(Shipment.code) == col(Packed.shipment))
    .where((col(Shipment.shipper) == bindparam("equipment")) | (col(Shipment.logger) == bindparam("equipment")))
    .order_by(col(Packed.id))
)
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
    STORED.with_only_columns(col(StoredAt.is_taken_over)).limit(1).scalar_subquery(),
    OFFERED.exists(),
    PACKED_IN.exists(),
    CARRIED_IN.exists(),
    RETURNED.exists(),
    DESTROYED.exists(),
    EXCURSION_COUNT.scalar_subquery(),
    UNUSABLE.exists(),
)


def _span(kind: SpanKind, began: Any, ended: Any) -> Any:
    return columns(literal(kind.value, String).label("kind"), began.label("began"), ended.label("ended"))


# What was unpacked before its shipper left did not travel in it.
_UNPACKED = and_(col(Packed.taken_out_at).is_not(None), col(Packed.found).is_(None))


def _journey(kind: SpanKind, began: Any, ended: Any, *, travelled: bool = True) -> Any:
    found = _span(kind, began, ended).select_from(Packed).join(Shipment, col(Shipment.code) == col(Packed.shipment))
    return found.where(col(Packed.subject) == OF_SUBJECT, ~_UNPACKED if travelled else _UNPACKED)


# Its whole way in spans, for the arithmetic of `rules/chain.py`: one question as well. A refused hand-over leaves a
# thing where it stood; a journey without a log is unwatched from its seal to its receipt.
_SPANS: Any = union_all(
    _span(SpanKind.KEPT, col(StoredAt.stored_at), col(StoredAt.removed_at)).where(
        col(StoredAt.subject) == OF_SUBJECT, col(StoredAt.is_controlled).is_(True)
    ),
    _span(SpanKind.PLACED, col(StoredAt.stored_at), col(StoredAt.removed_at)).where(
        col(StoredAt.subject) == OF_SUBJECT, col(StoredAt.is_controlled).is_(False)
    ),
    _span(SpanKind.OFFERED, col(HandOver.offered_at), col(HandOver.accepted_at)).where(
        col(HandOver.subject) == OF_SUBJECT, col(HandOver.phase) != HandOverPhase.REFUSED
    ),
    _journey(SpanKind.PACKED, col(Packed.packed_at), col(Packed.taken_out_at), travelled=False),
    _journey(SpanKind.PACKED, col(Packed.packed_at), col(Shipment.shipped_at)),
    _journey(SpanKind.SHIPPED, col(Shipment.shipped_at), col(Shipment.received_at)).where(
        col(Shipment.shipped_at).is_not(None)
    ),
    _journey(SpanKind.UNLOGGED, col(Shipment.shipped_at), col(Shipment.received_at)).where(
        col(Shipment.received_at).is_not(None), _UNREAD
    ),
    columns(col(Spell.kind), col(Spell.began_at), col(Spell.ended_at)).where(col(Spell.subject) == OF_SUBJECT),
).subquery()
SPANS: Any = columns(_SPANS.c.kind, _SPANS.c.began, _SPANS.c.ended)
# What QA has found usable although the chain broke, or although it was out for long.
EXCUSED: Any = columns(
    columns(func.max(col(Excursion.at)))
    .where(
        col(Excursion.subject) == OF_SUBJECT,
        col(Excursion.kind) == FindingKind.GAP,
        col(Excursion.outcome) == ExcursionOutcome.USABLE,
    )
    .scalar_subquery(),
    columns(func.max(col(Excursion.minutes)))
    .where(
        col(Excursion.subject) == OF_SUBJECT,
        col(Excursion.kind) == FindingKind.BUDGET,
        col(Excursion.outcome) == ExcursionOutcome.USABLE,
    )
    .scalar_subquery(),
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


# ---- what speaks against a bag ---------------------------------------------------------------------------------------


@kept
def custody_of(tx: ReadTx, subject: str) -> Custody:
    """Where a container stands with everybody who had it. One select: a bedside waits for it."""
    location, position, taken_over, offered, packed, under_way, returned, destroyed, excursions, unusable = tx.one(
        STANDS, subject=subject
    )
    return Custody(
        subject=subject,
        location=location,
        position=position,
        ward=bool(location and taken_over) and not returned and _is_ward(tx, location),
        taken_over=bool(taken_over),
        hand_over_open=offered,
        packed=packed,
        under_way=under_way,
        returned=returned,
        destroyed=destroyed,
        excursions_open=excursions,
        unusable=unusable,
    )


def custody_problems(tx: ReadTx, bag: str) -> list[tuple[str, T]]:
    """Everything that custody has against using a bag at the bedside now: every reason, not only the first."""
    gap, exposed, is_over = chain_of(tx, bag)
    return [*_recorded_problems(tx, bag), *rules.problems_of_time(gap, exposed, is_overexposed=is_over)]


@kept
def _recorded_problems(tx: ReadTx, bag: str) -> tuple[tuple[str, T], ...]:
    return tuple(rules.problems(custody_of(tx, bag)))


def chain_of(tx: ReadTx, subject: str) -> tuple[Gap | None, Exposure, bool]:
    """The first gap in the chain of custody of a thing, how long it was out of controlled temperature until now, and
    whether that is more than it bears and than QA has allowed."""
    way = _way_of(tx, subject)
    gap = chain.first_gap(
        way.spans, tx.now, None if way.climate is None else way.climate.log_minutes, way.excused_until
    )
    exposed = chain.exposure(way.spans, tx.now)
    return gap, exposed, way.climate is not None and exposed.exceeds(way.climate, way.excused_minutes)


@dataclass(frozen=True)
class _Way:
    """The way of a thing as far as it is written down, what it bears, and what QA has excused of it."""

    climate: Climate | None
    spans: tuple[Span, ...]
    excused_until: datetime | None
    excused_minutes: int


@kept
def _way_of(tx: ReadTx, subject: str) -> _Way:
    climate, spans = climate_of(tx, subject), spans_of(tx, subject)
    excused_until, excused_minutes = tx.one(EXCUSED, subject=subject)
    return _Way(climate, tuple(spans), excused_until, excused_minutes or 0)


def climate_of(tx: ReadTx, subject: str) -> Climate | None:
    """What a container bears outside its range; None where no rule counts that."""
    return climates.climate_of(manufacturing.container_facts(tx, subject).kind)


def is_outside(tx: ReadTx, subject: str, temperature_mc: int) -> bool:
    """Whether a temperature lies outside the range of a container."""
    return rules.is_outside(manufacturing.container_facts(tx, subject).kind, temperature_mc)


def spans_of(tx: ReadTx, subject: str) -> list[Span]:
    """The way of a thing in spans; they overlap."""
    return [Span(SpanKind(kind), began, ended) for kind, began, ended in tx.every(SPANS, subject=subject)]


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
    way = tx.one(CARRIED_IN, subject=code)
    if way is not None:
        return Whereabouts(code, "under_way", None, None, None, way.shipped_at, way.shipped_by)
    shipper = tx.one(PACKED_IN, subject=code)
    if shipper is not None:
        name = materials.location_facts(tx, shipper.from_location).name
        return Whereabouts(code, "packed", shipper.from_location, name, None, shipper.begun_at, shipper.begun_by)
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


def shipments_open(tx: ReadTx) -> list[Shipment]:
    """Shippers that are being packed, are under way, or go back, the oldest first."""
    return tx.many(SHIPMENTS_OPEN, limit=ROWS_MAX)


def unread_loggers(tx: ReadTx) -> list[Shipment]:
    """What arrived with a logger that nobody has read out, the oldest first."""
    return tx.many(UNREAD_LOGGERS, limit=ROWS_MAX)


def shipment_of_shipper(tx: ReadTx, shipper: str) -> Shipment | None:
    """What a shipper is used for now, or None where it is free."""
    return tx.one(SHIPMENT_OF_SHIPPER, shipper=shipper)


def packed_in(tx: ReadTx, shipment: str) -> list[Packed]:
    """Everything that was ever put into a shipment, in that order."""
    return tx.many(INSIDE, limit=ROWS_MAX, shipment=shipment)


def inside(tx: ReadTx, shipment: str) -> list[Packed]:
    """What lies in a shipment now."""
    return [row for row in packed_in(tx, shipment) if row.taken_out_at is None]


def packing_of(tx: ReadTx, subject: str) -> Shipment | None:
    """The shipment that a thing is packed for and that has not left."""
    found: Shipment | None = tx.one(PACKED_IN, subject=subject)
    return found


def carried_in(tx: ReadTx, subject: str) -> Shipment | None:
    """The shipment in which a thing is under way."""
    found: Shipment | None = tx.one(CARRIED_IN, subject=subject)
    return found


def journeys_of(tx: ReadTx, subject: str) -> list[tuple[Shipment, Packed]]:
    """Every shipment that a thing was packed for, the earliest first."""
    return tx.many(JOURNEYS, limit=ROWS_MAX, subject=subject)


def shippers(tx: ReadTx) -> list[Shipper]:
    """Every shipper that QA has described."""
    return tx.many(SHIPPERS, limit=ROWS_MAX)


def log_of(tx: ReadTx, shipment: str) -> Log | None:
    """What the logger of a shipment wrote, or None where nobody has read it out."""
    return tx.one(LOG_OF, shipment=shipment)


def logs_of(tx: ReadTx, subject: str) -> list[Log]:
    """What loggers wrote on the journeys of a thing, the earliest first."""
    return tx.many(LOGS, limit=ROWS_MAX, subject=subject)


def spells_of(tx: ReadTx, subject: str) -> list[Spell]:
    """When a thing was too warm, out of controlled temperature, or unwatched."""
    return tx.many(SPELLS, limit=ROWS_MAX, subject=subject)


def open_excursions(tx: ReadTx) -> list[Excursion]:
    """Excursions that wait for QA."""
    return tx.many(OPEN_EXCURSIONS, limit=ROWS_MAX)


def excursions_of(tx: ReadTx, subject: str) -> list[Excursion]:
    """Every excursion of a thing."""
    return tx.many(EXCURSIONS, limit=ROWS_MAX, subject=subject)


def waits_for_qa(tx: ReadTx, subject: str, kind: FindingKind) -> bool:
    """Whether a finding of this kind about a thing is not assessed yet."""
    return any(row.kind is kind and row.phase is ExcursionPhase.OPEN for row in excursions_of(tx, subject))


def readings_of(tx: ReadTx, subject: str) -> list[TemperatureReading]:
    """How warm a thing was, in time."""
    return tx.many(READINGS, limit=ROWS_MAX, subject=subject)


def shipment(tx: ReadTx, code: str) -> Shipment | None:
    """The shipment, or None."""
    return tx.find(Shipment, code)


# ---- custody's own lines in the graph --------------------------------------------------------------------------------


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """People into what they handed over or took; a shipper or a logger into what travelled in it."""
    found: list[Edge] = []
    for code in (one for one in codes if one.startswith("EQ")):
        rows = tx.many(BY_EQUIPMENT, limit=10_000, equipment=code)
        found += [Edge(code, row.subject, "custody", row.packed_at) for row, _ in rows]
    for code in (one for one in codes if one.startswith("PS")):
        hands = tx.many(HAND_OVERS_BY, limit=10_000, person=code)
        found += [Edge(code, row.subject, "custody", row.accepted_at or row.offered_at) for row in hands]
        sent = tx.many(JOURNEYS_BY, limit=10_000, person=code)
        found += [Edge(code, row.subject, "custody", row.packed_at) for row, _ in sent]
    return _once(found)


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Containers from everybody who handed them over, took them, or saw them destroyed."""
    found: list[Edge] = []
    for code, rows in tx.each(HAND_OVERS, "subject", codes).items():
        for row in rows:
            found.append(Edge(row.giver, code, "custody", row.offered_at))
            if row.taker is not None and row.accepted_at is not None:
                found.append(Edge(row.taker, code, "custody", row.accepted_at))
    for code, ways in tx.each(JOURNEYS, "subject", codes).items():
        found += [edge for way, packed in ways for edge in _journey_edges(code, way, packed)]
    for code, [gone] in tx.each(DESTROYED, "subject", codes).items():
        found += [Edge(gone.performer, code, "custody", gone.at), Edge(gone.witness, code, "custody", gone.at)]
    return _once(found)


def _journey_edges(code: str, way: Shipment, packed: Packed) -> list[Edge]:
    found = [
        Edge(packed.packed_by, code, "custody", packed.packed_at),
        Edge(way.shipper, code, "custody", packed.packed_at),
    ]
    sent = ((way.shipped_by, way.shipped_at), (way.received_by, way.received_at), (way.logger, way.shipped_at))
    return found + [Edge(who, code, "custody", at) for who, at in sent if who is not None and at is not None]


def _once(edges: list[Edge]) -> list[Edge]:
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target), edge)
    return list(found.values())
