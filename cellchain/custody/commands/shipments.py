"""Containers are packed into a qualified shipper, sent sealed with a courier, and looked at when they arrive."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cellchain.custody import queries, rules
from cellchain.custody.commands.common import (
    SYMBOL_LENGTH,
    LabelScan,
    MaybeSubject,
    Position,
    Reason,
    Seal,
    SubjectField,
    Temperature,
    in_hand,
    may_leave,
    not_into_a_box,
    put,
    read_label,
    take_away,
)
from cellchain.custody.commands.findings import check_exposure, check_temperature, notice
from cellchain.custody.models import REASON_LENGTH, Packed, Shipment, Shipper
from cellchain.custody.rules import shipping
from cellchain.custody.rules.shipping import (
    PLACES_MAX,
    SHIPMENT,
    Finding,
    FindingKind,
    Receipt,
    ReceiptOutcome,
    ShipmentPhase,
    ShipperFacts,
)
from cellchain.identity.codes import EquipmentCode, Kind, LocationCode, ShipmentCode
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Symbol, Text, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentKind

ShipperField = Annotated[EquipmentCode, Field(title="Shipper", description="Scan the shipper.")]
ShipmentField = Annotated[ShipmentCode, Field(title="Shipment")]


class Configured(CommandResult):
    """A shipper, and what it is qualified for."""

    shipper: str
    low_mc: int
    high_mc: int
    holds_hours: int
    places_count: int


class ConfigureShipper(Order):
    """What a shipper was qualified for, as its report says."""

    shipper: ShipperField
    low_mc: Annotated[Temperature, Field(title="Keeps at least")]
    high_mc: Annotated[Temperature, Field(title="Keeps at most")]
    holds_hours: Annotated[int, Field(ge=1, le=720, title="For")]
    places_count: Annotated[int, Field(ge=1, le=PLACES_MAX, title="Takes containers")]
    report: Annotated[Text, Field(min_length=1, max_length=80, title="Report number")]


@command(event="custody:shipper:configured", subject="shipper")
def configure_shipper(tx: CommandTx, by: Actor, order: ConfigureShipper) -> Configured:
    """State what a shipper is qualified for. Raises Refused `shipper.range`, `equipment.*`."""
    materials.usable_equipment(tx, order.shipper, tx.today, EquipmentKind.SHIPPER)
    shipping.may_configure(order.low_mc, order.high_mc)
    said = order.model_dump(exclude={"shipper"}) | {"configured_by": by.person, "configured_at": tx.happened_at}
    if tx.find(Shipper, order.shipper) is None:
        tx.add(Shipper(equipment=order.shipper, **said))
    else:
        tx.change(tx.lock(Shipper, order.shipper), **said)
    return Configured(**order.model_dump(exclude={"report"}))


class PackedIn(CommandResult):
    """What lies in a shipper. `subjects` are all of it."""

    shipment: str
    shipper: str
    subject: str
    subjects: tuple[str, ...]


class Pack(Order):
    """A container is put into a shipper."""

    shipper: ShipperField
    label: LabelScan = None
    subject: MaybeSubject = None


@command(event="custody:container:packed")
def pack(tx: CommandTx, by: Actor, order: Pack) -> PackedIn:
    """Put a container into a shipper, from the place where both stand.

    Raises Refused `shipper.*`, `pack.*`, `equipment.*`, `hand_over.*`, `custody.*`, `label.*`.
    """
    subject, label = in_hand(tx, order.subject, order.label)
    facts = manufacturing.container_facts(tx, subject)
    place = rules.may_be_packed(queries.custody_of(tx, subject))
    may_leave(tx, subject, facts.lot)
    shipper = _usable(tx, order.shipper)
    shipment = _packing(tx, order.shipper, place)
    elsewhere = shipment is not None and shipment.from_location != place
    inside = [] if shipment is None else queries.inside(tx, shipment.code)
    shipping.may_pack(shipper, queries.climate_of(tx, subject), len(inside), elsewhere=elsewhere)
    if shipment is None:
        shipment = tx.add(
            Shipment(
                code=issue(tx, Kind.SHIPMENT),
                phase=ShipmentPhase.PACKING,
                shipper=order.shipper,
                from_location=place,
                begun_at=tx.happened_at,
                begun_by=by.person,
            )
        )
    take_away(tx, subject)
    tx.add(Packed(shipment=shipment.code, subject=subject, label=label, packed_at=tx.happened_at, packed_by=by.person))
    tx.about(subject)
    tx.note(shipment=shipment.code, shipper=str(order.shipper))
    return _packed_in(tx, shipment, subject)


def _usable(tx: CommandTx, code: str) -> ShipperFacts | None:
    """The shipper, in service and qualified today; it is held, so that two who pack go one after the other."""
    equipment = materials.usable_equipment(tx, code, tx.today, EquipmentKind.SHIPPER)
    if tx.find(Shipper, code) is None:
        return None
    row = tx.lock(Shipper, code)
    return ShipperFacts(equipment.name, row.low_mc, row.high_mc, row.holds_hours, row.places_count)


def _packing(tx: CommandTx, shipper: str, place: str) -> Shipment | None:
    """The shipment for which a shipper is being packed. Raises Refused `shipment.phase` while it is under way."""
    row = queries.shipment_of_shipper(tx, shipper)
    if row is None:
        return None
    row = tx.lock(Shipment, row.code)
    SHIPMENT.move("ship", row.phase)
    return row


def _packed_in(tx: CommandTx, shipment: Shipment, subject: str) -> PackedIn:
    subjects = tuple(row.subject for row in queries.inside(tx, shipment.code))
    return PackedIn(shipment=shipment.code, shipper=shipment.shipper, subject=subject, subjects=subjects)


class Unpack(Order):
    """A container is taken out of a shipper that has not left."""

    subject: SubjectField
    location: Annotated[LocationCode | None, Field(title="Put at", description="Left empty, where it was packed.")] = (
        None
    )
    position: Position | None = None


@command(event="custody:container:unpacked", subject="subject", permission="custody.pack")
def unpack(tx: CommandTx, by: Actor, order: Unpack) -> PackedIn:
    """Take a container out again and put it somewhere. Raises Refused `pack.not_packed`, and as `store` does."""
    found = queries.packing_of(tx, order.subject)
    shipment = None if found is None else tx.lock(Shipment, found.code)
    inside = [] if shipment is None else queries.inside(tx, shipment.code)
    row = next((one for one in inside if one.subject == order.subject), None)
    if shipment is None or row is None or shipment.phase is not ShipmentPhase.PACKING:
        raise Refused("pack.not_packed", "This is in no shipper that is being packed. There is nothing to take out.")
    tx.change(tx.lock(Packed, row.id), taken_out_at=max(tx.happened_at, row.packed_at), taken_out_by=by.person)
    put(tx, order.subject, order.location or shipment.from_location, order.position)
    if len(inside) == 1:
        shipment = tx.change(shipment, phase=SHIPMENT.move("unpack", shipment.phase))
    check_exposure(tx, order.subject)
    return _packed_in(tx, shipment, order.subject)


class Shipped(CommandResult):
    """A shipment, and where it stands. `excursion`: something about it waits for QA."""

    shipment: str
    subjects: tuple[str, ...]
    phase: ShipmentPhase
    excursion: bool = False


class Ship(Order):
    """A packed shipper goes to another house, sealed, in a courier's hands."""

    shipper: ShipperField
    to_location: Annotated[LocationCode, Field(title="To")]
    courier: Annotated[Text, Field(min_length=2, max_length=120, title="Courier", description="The organisation.")]
    courier_code: Annotated[
        Text,
        Field(
            pattern=r"^[A-Za-z0-9-]{1,20}$",
            title="Courier's code",
            description="As the organisation numbers its people: no name.",
        ),
    ]
    seal: Seal
    temperature_mc: Temperature
    logger: Annotated[EquipmentCode | None, Field(title="Logger", description="Scan the logger inside.")] = None


@command(event="custody:shipment:sent")
def ship(tx: CommandTx, by: Actor, order: Ship) -> Shipped:
    """Send a shipper away. Raises Refused `shipment.*`, `equipment.*`, `hand_over.same_place`, `location.closed`."""
    materials.open_location(tx, order.to_location)
    not_into_a_box(tx, order.to_location)
    row = _packed_shipment(tx, order.shipper)
    phase = SHIPMENT.move("ship", row.phase)
    subjects = tuple(one.subject for one in queries.inside(tx, row.code))
    shipping.may_ship(
        needs_logger=any(queries.climate_of(tx, subject) is not None for subject in subjects),
        has_logger=order.logger is not None,
        same_place=row.from_location == order.to_location,
    )
    materials.usable_equipment(tx, order.shipper, tx.today, EquipmentKind.SHIPPER)
    if order.logger is not None:
        materials.usable_equipment(tx, order.logger, tx.today, EquipmentKind.LOGGER)
    row = tx.change(
        row,
        phase=phase,
        logger=order.logger,
        to_location=order.to_location,
        courier=order.courier,
        courier_code=order.courier_code,
        seal=order.seal,
        shipped_at=_not_before(tx, row),
        shipped_by=by.person,
        temperature_mc=order.temperature_mc,
    )
    tx.about(row.code)
    tx.note(containers=list(subjects), shipper=row.shipper)
    warm = [check_temperature(tx, subject, order.temperature_mc) for subject in subjects]
    return Shipped(shipment=row.code, subjects=subjects, phase=row.phase, excursion=any(warm))


def _packed_shipment(tx: CommandTx, shipper: str) -> Shipment:
    """The shipment that is packed in a shipper, held. Raises Refused `shipment.nothing_packed`."""
    found = queries.shipment_of_shipper(tx, shipper)
    if found is None:
        raise Refused("shipment.nothing_packed", "Nothing is packed in this shipper. Pack the containers first.")
    return tx.lock(Shipment, found.code)


def _not_before(tx: CommandTx, row: Shipment) -> datetime:
    """A late entry does not close a shipper before the last container was put into it."""
    return max([tx.happened_at, *(one.packed_at for one in queries.inside(tx, row.code))])


class Receive(Order):
    """A shipment has arrived, and was looked at."""

    shipment: ShipmentField
    labels: Annotated[
        tuple[Annotated[Symbol, Field(max_length=SYMBOL_LENGTH)], ...],
        Field(
            max_length=PLACES_MAX,
            title="Labels of what is inside",
            description="Scan every container.",
            json_schema_extra=scanned(Kind.LABEL, as_printed=True),
        ),
    ]
    seal: Annotated[Text, Field(min_length=1, max_length=40, title="Seal number", description="As it is on it now.")]
    seal_intact: Annotated[bool, Field(title="Is the seal intact?")]
    packaging_intact: Annotated[bool, Field(title="Is the packaging intact?")]
    labels_legible: Annotated[bool, Field(title="Are the labels legible?")]
    temperature_mc: Temperature
    outcome: Annotated[ReceiptOutcome, Field(title="Taken in")]
    note: Annotated[Text | None, Field(min_length=3, max_length=REASON_LENGTH, title="Note")] = None
    location: Annotated[
        LocationCode | None,
        Field(title="Put at", description="Only for what was refused and came back: left empty, where it was packed."),
    ] = None


@command(event="custody:shipment:received", subject="shipment")
def receive(tx: CommandTx, by: Actor, order: Receive) -> Shipped:
    """Take a shipment in after looking at it: what is wrong with it waits for QA.

    Raises Refused `shipment.phase`, `hand_over.same_person`, `receipt.*`, `hand_over.not_a_label`, `label.*`.
    """
    row = tx.lock(Shipment, order.shipment)
    phase = SHIPMENT.move("receive", row.phase)
    rules.may_answer(row.refused_by or row.shipped_by or "", by.person)
    inside = queries.inside(tx, row.code)
    found = [read_label(tx, symbol)[1] for symbol in order.labels if symbol]
    shipping.must_be_packed([one.subject for one in inside], found)
    receipt = _receipt(tx, row, order, inside, found)
    wrong = shipping.findings(receipt)
    shipping.may_receive(wrong, order.outcome, has_note=order.note is not None)
    if order.outcome is ReceiptOutcome.UNDER_HOLD and not wrong:
        wrong = [Finding(FindingKind.REPORTED, subject) for subject in sorted(receipt.found)]
    place = shipping.may_arrive(row.phase, row.from_location, row.to_location, order.location)
    not_into_a_box(tx, place)
    row = tx.change(
        row,
        phase=phase,
        received_location=place,
        received_at=receipt.received_at,
        received_by=by.person,
        received_temperature_mc=order.temperature_mc,
        received_seal=order.seal,
        is_seal_intact=order.seal_intact,
        is_packaging_intact=order.packaging_intact,
        are_labels_legible=order.labels_legible,
        outcome=order.outcome,
        receipt_note=order.note,
    )
    _take_out(tx, row, inside, receipt, place)
    for one in wrong:
        warm = order.temperature_mc if one.kind is FindingKind.TEMPERATURE else None
        notice(tx, one.subject, one.kind, temperature_mc=warm, shipment=row.code, account=order.note)
    over = [check_exposure(tx, subject) for subject in sorted(receipt.found)]
    tx.note(containers=sorted(receipt.found), outcome=order.outcome.value)
    subjects = tuple(sorted(receipt.found))
    return Shipped(shipment=row.code, subjects=subjects, phase=row.phase, excursion=bool(wrong) or any(over))


def _receipt(tx: CommandTx, row: Shipment, order: Receive, inside: list[Packed], found: list[str]) -> Receipt:
    shipped_at = row.shipped_at or row.begun_at
    return Receipt(
        packed=frozenset(one.subject for one in inside),
        found=frozenset(found),
        is_seal_intact=order.seal_intact,
        is_same_seal=order.seal == row.seal,
        is_packaging_intact=order.packaging_intact,
        are_labels_legible=order.labels_legible,
        shipped_at=shipped_at,
        received_at=max(tx.happened_at, shipped_at),
        holds_hours=tx.get(Shipper, row.shipper).holds_hours,
        too_warm=frozenset(subject for subject in found if queries.is_outside(tx, subject, order.temperature_mc)),
    )


def _take_out(tx: CommandTx, row: Shipment, inside: list[Packed], receipt: Receipt, place: str) -> None:
    for one in inside:
        is_there = one.subject in receipt.found
        held = tx.lock(Packed, one.id)
        tx.change(held, taken_out_at=receipt.received_at, taken_out_by=tx.by.person, found=is_there)
        if is_there:
            put(tx, one.subject, place, None, taken_over=True)


class RefuseShipment(Order):
    """A shipment is not taken in, and why."""

    shipment: ShipmentField
    reason: Reason


@command(event="custody:shipment:refused", subject="shipment", permission="custody.receive")
def refuse_shipment(tx: CommandTx, by: Actor, order: RefuseShipment) -> Shipped:
    """Do not take a shipment in: it goes back to where it came from. What was inside waits for QA.

    Raises Refused `shipment.phase`, `hand_over.same_person`.
    """
    row = tx.lock(Shipment, order.shipment)
    phase = SHIPMENT.move("refuse_shipment", row.phase)
    rules.may_answer(row.shipped_by or "", by.person)
    row = tx.change(row, phase=phase, refused_at=tx.happened_at, refused_by=by.person, refusal_reason=order.reason)
    subjects = tuple(one.subject for one in queries.inside(tx, row.code))
    for subject in subjects:
        notice(tx, subject, FindingKind.REPORTED, shipment=row.code, account=order.reason)
    tx.note(containers=list(subjects))
    return Shipped(shipment=row.code, subjects=subjects, phase=row.phase, excursion=True)
