"""The verbs of materials."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.identity.codes import DonationCode, EquipmentCode, Kind, LocationCode, MaterialLotCode
from cellchain.identity.numbering import issue
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Day, NoResult, Order, Text, command, listed, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.materials import packages, queries, rules
from cellchain.materials.models import Calibration, Equipment, Location, Material, MaterialLot, MaterialUse
from cellchain.materials.rules import (
    EQUIPMENT,
    LOCATION,
    MATERIAL_LOT,
    CalibrationOutcome,
    EquipmentKind,
    EquipmentPhase,
    LocationKind,
    LocationPhase,
    LotFacts,
    LotPhase,
    MaterialKind,
    Storage,
)

HARVEST_STEP = "Harvest"

LotField = Annotated[MaterialLotCode, Field(title="Material lot")]
EquipmentField = Annotated[EquipmentCode, Field(title="Equipment")]
Name = Annotated[Text, Field(min_length=2, max_length=120, title="Name")]
Reason = Annotated[Text, Field(min_length=3, max_length=500, title="Reason")]
Certificate = Annotated[Text, Field(min_length=1, max_length=80, title="Certificate number")]


class MaterialResult(BaseModel, frozen=True):
    """A registered material, by its number."""

    material: int
    name: str


class LotResult(BaseModel, frozen=True):
    """A material lot, and where it stands now."""

    lot: str
    phase: LotPhase


class EquipmentResult(BaseModel, frozen=True):
    """A piece of equipment, where it stands now, and until when its calibration holds."""

    equipment: str
    phase: EquipmentPhase
    calibration_due: date | None


class LocationResult(BaseModel, frozen=True):
    """A location, and where it stands now."""

    location: str
    phase: LocationPhase


class RegisterMaterial(Order):
    """Something that will be bought again and again."""

    name: Name
    kind: Annotated[MaterialKind, Field(title="Kind")]
    storage: Annotated[Storage, Field(title="Storage")] = Storage.ROOM
    gtin: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{8,14}$",
            title="Trade number (GTIN)",
            description="8 to 14 digits: scan the symbol on the supplier's package.",
            json_schema_extra=scanned(part=packages.TRADE_NUMBER),
        ),
    ] = None


@command(event="materials:material:registered")
def register_material(tx: CommandTx, by: Actor, order: RegisterMaterial) -> MaterialResult:
    """Register a material. Raises Refused `material.name_taken`, `material.bad_gtin`, `material.gtin_taken`."""
    gtin = None if order.gtin is None else rules.gtin14(order.gtin)
    if queries.material_named(tx, order.name) is not None:
        raise Refused("material.name_taken", "{name} is registered already. Receive a lot of it.", name=order.name)
    known = None if gtin is None else queries.material_by_gtin(tx, gtin)
    if known is not None:
        raise Refused("material.gtin_taken", "This trade number belongs to {name}.", name=known.name)
    row = tx.add(Material(name=order.name, kind=order.kind, storage=order.storage, gtin=gtin))
    ensure(row.id is not None, "a stored row has its number")
    tx.about(str(row.id))
    return MaterialResult(material=row.id or 0, name=row.name)


class ReceiveLot(Order):
    """What arrived. It is of no use until QA accepts it."""

    material: Annotated[
        int,
        Field(
            ge=1,
            title="Material",
            description="Scan the symbol on the supplier's package: it fills this form.",
            json_schema_extra={**listed(packages.CATALOGUE), **scanned(part=packages.MATERIAL)},
        ),
    ]
    supplier: Annotated[Text, Field(min_length=2, max_length=120, title="Supplier")]
    supplier_lot: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=40,
            title="Supplier's lot number",
            json_schema_extra=scanned(part=packages.LOT),
        ),
    ]
    serial: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=20,
            title="Package's serial number",
            description="Only where this package is received by itself. Leave it empty for several of one lot.",
            json_schema_extra=scanned(part=packages.SERIAL),
        ),
    ] = None
    expires_on: Annotated[
        Day,
        Field(
            title="Expires",
            description="The last day on which it may be used.",
            json_schema_extra=scanned(part=packages.EXPIRY),
        ),
    ]
    certificate: Certificate


@command(event="materials:lot:received")
def receive_lot(tx: CommandTx, by: Actor, order: ReceiveLot) -> LotResult:
    """Receive a supplier's lot into quarantine.

    Raises NotFound, or Refused `material.expired_on_arrival`, `material.package_received`.
    """
    material = tx.lock(Material, order.material)
    rules.may_receive(order.expires_on, tx.now)
    ensure(material.id is not None, "a stored row has its number")
    if order.serial is not None:
        rules.may_receive_package(order.serial, queries.receipts_of(tx, material.id or 0, order.supplier_lot))
    row = tx.add(
        MaterialLot(
            code=issue(tx, Kind.MATERIAL_LOT),
            phase=LotPhase.QUARANTINED,
            material=material.id or 0,
            supplier=order.supplier,
            supplier_lot=order.supplier_lot,
            serial=order.serial,
            expires_on=order.expires_on,
            certificate=order.certificate,
            received_at=tx.happened_at,
            received_by=by.person,
        )
    )
    tx.about(row.code)
    return LotResult(lot=row.code, phase=row.phase)


class AcceptLot(Order):
    """QA's decision over one receipt."""

    lot: LotField


def _accepted_facts(tx: CommandTx, order: AcceptLot) -> Json:
    """What QA's signature binds: the lot as it was received."""
    lot = queries.lot_facts(tx, order.lot)
    return {
        "lot": lot.code,
        "material": lot.name,
        "supplier": lot.supplier,
        "supplier_lot": lot.supplier_lot,
        "serial": lot.serial,
        "expires_on": lot.expires_on.isoformat(),
        "certificate": lot.certificate,
    }


@command(
    event="materials:lot:accepted",
    subject="lot",
    signature="I accept this material lot for use in manufacturing",
    signs=_accepted_facts,
)
def accept_lot(tx: CommandTx, by: Actor, order: AcceptLot) -> LotResult:
    """Accept a quarantined lot. Raises Refused `material.phase`, `.accepter_received_it`, `.expired`."""
    row = tx.lock(MaterialLot, order.lot)
    phase = MATERIAL_LOT.move("accept", row.phase)
    rules.may_accept(queries.lot_facts(tx, row.code), by.person, tx.now)
    row = tx.change(row, phase=phase, accepted_at=tx.now, accepted_by=by.person)
    return LotResult(lot=row.code, phase=row.phase)


class QuarantineLot(Order):
    """Something is in doubt about an accepted lot."""

    lot: LotField
    reason: Reason


@command(event="materials:lot:quarantined", subject="lot")
def quarantine_lot(tx: CommandTx, by: Actor, order: QuarantineLot) -> LotResult:
    """Take an accepted lot out of use. Quality raises an exception on whatever it went into.

    Raises Refused `material.phase`.
    """
    row = tx.lock(MaterialLot, order.lot)
    row = tx.change(row, phase=MATERIAL_LOT.move("quarantine", row.phase), quarantine_reason=order.reason)
    tx.note(lot=row.code, used_for=_used_for(tx, row.code))
    return LotResult(lot=row.code, phase=row.phase)


class RejectLot(Order):
    """QA's decision over a quarantined lot."""

    lot: LotField
    reason: Reason


@command(event="materials:lot:rejected", subject="lot", signature="I reject this material lot")
def reject_lot(tx: CommandTx, by: Actor, order: RejectLot) -> LotResult:
    """Reject a quarantined lot for good. Raises Refused `material.phase`."""
    row = tx.lock(MaterialLot, order.lot)
    row = tx.change(row, phase=MATERIAL_LOT.move("reject", row.phase), rejection_reason=order.reason)
    tx.note(lot=row.code, used_for=_used_for(tx, row.code))
    return LotResult(lot=row.code, phase=row.phase)


class RegisterEquipment(Order):
    """A machine, before anybody may use it."""

    name: Annotated[
        Text, Field(min_length=2, max_length=120, title="Name", description="As it is called at the bench.")
    ]
    kind: Annotated[EquipmentKind, Field(title="Kind")]
    serial: Annotated[Text, Field(min_length=1, max_length=60, title="Serial number")]


@command(event="materials:equipment:registered")
def register_equipment(tx: CommandTx, by: Actor, order: RegisterEquipment) -> EquipmentResult:
    """Register equipment, out of service until it is calibrated and returned. Raises Refused `equipment.name_taken`."""
    if queries.equipment_named(tx, order.name) is not None:
        raise Refused("equipment.name_taken", "There is already {name}. Give this one another name.", name=order.name)
    row = tx.add(
        Equipment(
            code=issue(tx, Kind.EQUIPMENT),
            phase=EquipmentPhase.OUT_OF_SERVICE,
            name=order.name,
            kind=order.kind,
            serial=order.serial,
        )
    )
    tx.about(row.code)
    return _equipment_result(row)


class RecordCalibration(Order):
    """A calibration. When it was done is the event's time."""

    equipment: EquipmentField
    outcome: Annotated[CalibrationOutcome, Field(title="Found")] = CalibrationOutcome.WITHIN_TOLERANCE
    due_on: Annotated[
        Day | None, Field(title="Holds until", description="The last day on which this calibration counts.")
    ] = None
    certificate: Certificate


@command(event="materials:equipment:calibrated", subject="equipment")
def record_calibration(tx: CommandTx, by: Actor, order: RecordCalibration) -> EquipmentResult:
    """Record a calibration. Equipment found out of tolerance leaves service at once, and
    `materials:equipment:out_of_tolerance` is recorded, since all it measured from the last good calibration on is in
    doubt (its time is the fact `since`). Raises Refused `calibration.needs_due_day`, `calibration.due_before_done`.
    """
    row = tx.lock(Equipment, order.equipment)
    rules.may_calibrate(order.outcome, order.due_on, tx.happened_at.date())
    before = queries.calibrations_of(tx, row.code)
    tx.add(
        Calibration(
            equipment=row.code,
            outcome=order.outcome,
            done_at=tx.happened_at,
            due_on=order.due_on,
            certificate=order.certificate,
            recorded_by=by.person,
        )
    )
    if order.outcome is CalibrationOutcome.WITHIN_TOLERANCE:
        return _equipment_result(tx.change(row, calibration_due=order.due_on))
    good = [known.done_at for known in before if known.outcome is CalibrationOutcome.WITHIN_TOLERANCE]
    since = canonical.moment(max(good)) if good else None
    tx.record("materials:equipment:out_of_tolerance", row.code, equipment=row.code, since=since)
    return _equipment_result(tx.change(row, calibration_due=None, phase=EquipmentPhase.OUT_OF_SERVICE))


class TakeOutOfService(Order):
    """Equipment that is broken, in doubt, or away."""

    equipment: EquipmentField
    reason: Reason


@command(event="materials:equipment:taken_out_of_service", subject="equipment")
def take_out_of_service(tx: CommandTx, by: Actor, order: TakeOutOfService) -> EquipmentResult:
    """Nobody uses it until it is returned. Raises Refused `equipment.phase`."""
    row = tx.lock(Equipment, order.equipment)
    phase = EQUIPMENT.move("take_out", row.phase)
    return _equipment_result(tx.change(row, phase=phase, out_of_service_reason=order.reason))


class ReturnToService(Order):
    """Equipment that may be used again."""

    equipment: EquipmentField


@command(event="materials:equipment:returned_to_service", subject="equipment")
def return_to_service(tx: CommandTx, by: Actor, order: ReturnToService) -> EquipmentResult:
    """Return calibrated equipment to service.

    Raises Refused `equipment.phase`, `equipment.not_calibrated`, `equipment.calibration_overdue`.
    """
    row = tx.lock(Equipment, order.equipment)
    phase = EQUIPMENT.move("return", row.phase)
    rules.may_return(queries.equipment_facts(tx, row.code), tx.now.date())
    return _equipment_result(tx.change(row, phase=phase, out_of_service_reason=None))


class RegisterLocation(Order):
    """A place that a hand scanner can name."""

    name: Name
    kind: Annotated[LocationKind, Field(title="Kind")]


@command(event="materials:location:registered")
def register_location(tx: CommandTx, by: Actor, order: RegisterLocation) -> LocationResult:
    """Register a location. Raises Refused `location.name_taken`."""
    if queries.location_named(tx, order.name) is not None:
        raise Refused("location.name_taken", "There is already {name}. Give this place another name.", name=order.name)
    row = tx.add(Location(code=issue(tx, Kind.LOCATION), phase=LocationPhase.OPEN, name=order.name, kind=order.kind))
    tx.about(row.code)
    return LocationResult(location=row.code, phase=row.phase)


class CloseLocation(Order):
    """A place that is given up."""

    location: Annotated[LocationCode, Field(title="Location")]
    reason: Reason


@command(event="materials:location:closed", subject="location")
def close_location(tx: CommandTx, by: Actor, order: CloseLocation) -> LocationResult:
    """Close a location for good. Raises Refused `location.phase`."""
    row = tx.lock(Location, order.location)
    row = tx.change(row, phase=LOCATION.move("close", row.phase), closed_reason=order.reason)
    return LocationResult(location=row.code, phase=row.phase)


class BookHarvestUse(Order):
    """The anticoagulant that went into a harvest bag."""

    donation: DonationCode
    lot: MaterialLotCode
    units: int


@command(event="materials:lot:used", subject="lot", internal=True)
def book_harvest_use(tx: CommandTx, by: Actor, order: BookHarvestUse) -> NoResult:
    """By reaction to `donors:donation:harvested`: a lot that may not be used refuses the whole harvest record."""
    book_use(tx, order.lot, order.donation, HARVEST_STEP, f"{order.units} IU", MaterialKind.ANTICOAGULANT)
    tx.note(used_for=order.donation)
    return NoResult()


def book_use(
    tx: CommandTx, lot: str, used_for: str, step: str, amount: str, kind: MaterialKind | None = None
) -> LotFacts:
    """Book that a lot went into `used_for` (a donation, lot or container) in `step`, for a command of a higher package.

    `amount` is as a person reads it, "50 mL". Raises NotFound, or the refusals of `rules.may_use`: the server's clock
    decides expiry, not when the event is said to have happened.
    """
    tx.lock(MaterialLot, lot)
    facts = queries.usable_lot(tx, lot, tx.now, kind)
    tx.add(
        MaterialUse(
            lot=facts.code,
            used_for=used_for,
            step=step,
            amount_text=amount,
            used_at=tx.happened_at,
            used_by=tx.by.person,
        )
    )
    return facts


def unbook_use(tx: CommandTx, use: int, used_for: str, step: str) -> str:
    """Take a booking back, for a command of a higher package that has seen to it that it may. Gives the lot.

    Raises Refused `undo.done_already`, `undo.step_completed` where it was booked to something else than asked.
    """
    row = tx.lock(MaterialUse, use)
    rules.may_take_back(row.undone_at, is_running=(row.used_for, row.step) == (used_for, step))
    tx.change(row, undone_at=tx.now)
    return row.lot


def _used_for(tx: CommandTx, lot: str) -> Sequence[Json]:
    return sorted({use.used_for for use in queries.uses_of(tx, lot)})


def _equipment_result(row: Equipment) -> EquipmentResult:
    return EquipmentResult(equipment=row.code, phase=row.phase, calibration_due=row.calibration_due)
