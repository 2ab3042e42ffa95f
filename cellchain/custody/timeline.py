"""The way that a container took, as one line of everything that happened to it."""

from datetime import datetime

from cellchain.custody import queries
from cellchain.custody.models import Packed, Shipment, Spell
from cellchain.custody.rules import ExcursionOutcome, HandOverPhase
from cellchain.custody.rules.chain import SpanKind
from cellchain.custody.rules.shipping import FINDING_WORDS
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx

# Taking something over also puts it somewhere; that is told once.
TOLD_WITH = frozenset({"accepted", "received", "returned"})
SPELL_WORDS = {
    SpanKind.WARM: T("Outside its range"),
    SpanKind.OUT: T("Out of controlled temperature"),
    SpanKind.UNLOGGED: T("No reading"),
}


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
    shipment: str | None = None
    devices: tuple[str, ...] = ()


def timeline(tx: ReadTx, code: str) -> list[Happening]:
    """Everything that custody knows of a thing, the earliest first."""
    found = [*_handed(tx, code), *_travelled(tx, code), *_spells(tx, code), *_found(tx, code), *_ended(tx, code)]
    told = {happening.at for happening in found if happening.kind in TOLD_WITH}
    stored = [happening for happening in _stored(tx, code) if happening.at not in told]
    return sorted([*stored, *found], key=lambda happening: happening.at)


def _place(tx: ReadTx, location: str, position: str | None = None) -> T:
    name = materials.location_facts(tx, location).name
    return T("{place}, position {position}", place=name, position=position) if position else T("{place}", place=name)


def _stored(tx: ReadTx, code: str) -> list[Happening]:
    rows = tx.many(queries.STORED_EVER, limit=queries.ROWS_MAX, subject=code)
    return [
        Happening(
            row.stored_at, "stored", T("Put at {place}", place=_place(tx, row.location, row.position)), row.stored_by
        )
        for row in rows
    ]


def _handed(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    for row in tx.many(queries.HAND_OVERS, limit=queries.ROWS_MAX, subject=code):
        place = _place(tx, row.to_location)
        outside = queries.is_outside(tx, code, row.temperature_mc)
        text = T("Offered for {place}, seal {seal}", place=place, seal=row.seal)
        devices = (row.given_device,) if row.given_device else ()
        found.append(
            Happening(row.offered_at, "offered", text, row.giver, None, row.temperature_mc, outside, devices=devices)
        )
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
                warm is not None and queries.is_outside(tx, code, warm),
                row.refusal_reason,
                devices=(row.taken_device,) if row.taken_device else (),
            )
        )
    return found


def _travelled(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    for way, packed in queries.journeys_of(tx, code):
        found.append(_packed(tx, way, packed))
        if packed.taken_out_at is not None and packed.found is None:
            found.append(Happening(packed.taken_out_at, "unpacked", T("Taken out again"), packed.taken_out_by))
            continue
        found += [*_sent(tx, way, code), *_refused(tx, way), *_received(tx, way, packed)]
        log = queries.log_of(tx, way.code)
        if log is not None:
            text = T("Readings of logger {logger}: {count}", count=log.readings_count, logger=log.logger)
            found.append(Happening(log.read_at, "log", text, log.read_by, shipment=way.code))
    return found


def _packed(tx: ReadTx, way: Shipment, packed: Packed) -> Happening:
    shipper = materials.equipment_facts(tx, way.shipper).name
    text = T("Into {shipper} at {place}", shipper=shipper, place=_place(tx, way.from_location))
    return Happening(packed.packed_at, "packed", text, packed.packed_by, shipment=way.code)


def _sent(tx: ReadTx, way: Shipment, code: str) -> list[Happening]:
    if way.shipped_at is None:
        return []
    warm = way.temperature_mc
    text = T("With {courier} ({code}), seal {seal}", courier=way.courier, code=way.courier_code, seal=way.seal)
    outside = warm is not None and queries.is_outside(tx, code, warm)
    return [Happening(way.shipped_at, "shipped", text, way.shipped_by, None, warm, outside, shipment=way.code)]


def _refused(tx: ReadTx, way: Shipment) -> list[Happening]:
    if way.refused_at is None or way.to_location is None:
        return []
    text = T("Not taken in at {place}", place=_place(tx, way.to_location))
    return [
        Happening(way.refused_at, "refused", text, way.refused_by, note=way.refusal_reason, shipment=way.code),
    ]


def _received(tx: ReadTx, way: Shipment, packed: Packed) -> list[Happening]:
    if way.received_at is None or way.received_location is None:
        return []
    warm = way.received_temperature_mc
    place, seal = _place(tx, way.received_location), way.received_seal
    text = T("At {place}, seal {seal}", place=place, seal=seal) if packed.found else T("It was not in the shipper")
    outside = warm is not None and queries.is_outside(tx, packed.subject, warm)
    kind = "received" if packed.found else "missing"
    return [
        Happening(
            way.received_at, kind, text, way.received_by, None, warm, outside, way.receipt_note, shipment=way.code
        )
    ]


def _spells(tx: ReadTx, code: str) -> list[Happening]:
    return [
        Happening(
            row.began_at,
            "spell",
            T("{what}, {minutes} min", what=SPELL_WORDS[row.kind], minutes=_minutes(row)),
            row.entered_by if row.log is None else None,
            note=row.reason,
            outside=True,
        )
        for row in queries.spells_of(tx, code)
    ]


def _minutes(row: Spell) -> int:
    return -(-int((row.ended_at - row.began_at).total_seconds()) // 60)


def _found(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    for row in queries.excursions_of(tx, code):
        text = FINDING_WORDS[row.kind]
        found.append(Happening(row.at, "excursion", text, row.noticed_by, None, row.temperature_mc, outside=True))
        if row.assessed_at is not None:
            usable = row.outcome is ExcursionOutcome.USABLE
            text = T("Assessed: usable") if usable else T("Assessed: not usable")
            found.append(Happening(row.assessed_at, "assessed", text, row.assessed_by, note=row.assessment))
    return found


def _ended(tx: ReadTx, code: str) -> list[Happening]:
    found = []
    back = tx.one(queries.RETURNED, subject=code)
    if back is not None:
        text = T("Came back unused") if back.seal_intact else T("Came back unused, seal broken")
        outside = queries.is_outside(tx, code, back.temperature_mc)
        found.append(
            Happening(
                back.returned_at, "returned", text, back.returned_by, None, back.temperature_mc, outside, back.reason
            )
        )
    gone = tx.one(queries.DESTROYED, subject=code)
    if gone is not None:
        found.append(Happening(gone.at, "destroyed", T("Destroyed"), gone.performer, gone.witness, note=gone.reason))
    return found
