"""The tables of materials, equipment and locations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.materials.rules import (
    CalibrationOutcome,
    EquipmentKind,
    EquipmentPhase,
    LocationKind,
    LocationPhase,
    LotPhase,
    MaterialKind,
    Storage,
)
from cellchain.platform.columns import Record, choice, chosen, day, key, moment, number, personal, reference, text
from cellchain.platform.columns import code as identifier


class Material(Record, table=True):
    """Something bought from a supplier that touches the cells, or holds them."""

    __tablename__ = "materials_material"
    __table_args__ = (chosen("kind", MaterialKind), chosen("storage", Storage))

    id: int | None = key()
    name: str = text(120, unique=True)
    kind: MaterialKind = choice(MaterialKind)
    storage: Storage = choice(Storage)
    gtin: str | None = text(14, optional=True, unique=True)


class MaterialLot(Record, table=True):
    """One receipt of a supplier's lot."""

    __tablename__ = "materials_lot"
    __table_args__ = (
        chosen("phase", LotPhase),
        CheckConstraint(
            "phase <> 'accepted' OR (accepted_by IS NOT NULL AND accepted_at IS NOT NULL)", name="accepted"
        ),
        CheckConstraint("accepted_by IS NULL OR accepted_by <> received_by", name="accepted_by_another"),
    )

    code: str = identifier(primary_key=True)
    phase: LotPhase = choice(LotPhase, index=True)
    material: int = number(references="materials_material.id")
    supplier: str = text(120)
    supplier_lot: str = text(40, index=True)
    serial: str | None = text(20, optional=True)  # where every package is received by itself
    expires_on: date = day()
    certificate: str = text(80)
    received_at: datetime = moment()
    received_by: str = identifier()
    accepted_at: datetime | None = moment(optional=True)
    accepted_by: str | None = identifier(optional=True)
    quarantine_reason: str | None = personal(500, optional=True)
    rejection_reason: str | None = personal(500, optional=True)


class Equipment(Record, table=True):
    """A machine that the cells, or a value about them, depend on."""

    __tablename__ = "materials_equipment"
    __table_args__ = (
        chosen("kind", EquipmentKind),
        chosen("phase", EquipmentPhase),
        UniqueConstraint("kind", "serial"),
    )

    code: str = identifier(primary_key=True)
    phase: EquipmentPhase = choice(EquipmentPhase, index=True)
    name: str = text(120, unique=True)
    kind: EquipmentKind = choice(EquipmentKind)
    serial: str = text(60)
    calibration_due: date | None = day(optional=True)
    out_of_service_reason: str | None = personal(500, optional=True)


class Calibration(Record, table=True):
    """One calibration of one piece of equipment."""

    __tablename__ = "materials_calibration"
    __table_args__ = (
        chosen("outcome", CalibrationOutcome),
        CheckConstraint("outcome <> 'within_tolerance' OR due_on IS NOT NULL", name="due_on"),
    )

    id: int | None = key()
    equipment: str = reference("materials_equipment.code")
    outcome: CalibrationOutcome = choice(CalibrationOutcome)
    done_at: datetime = moment()
    due_on: date | None = day(optional=True)
    certificate: str = text(80)
    recorded_by: str = identifier()


class Location(Record, table=True):
    """A place where things are stored or done."""

    __tablename__ = "materials_location"
    __table_args__ = (chosen("kind", LocationKind), chosen("phase", LocationPhase))

    code: str = identifier(primary_key=True)
    phase: LocationPhase = choice(LocationPhase)
    name: str = text(120, unique=True)
    kind: LocationKind = choice(LocationKind)
    closed_reason: str | None = personal(500, optional=True)


class MaterialUse(Record, table=True):
    """A material lot went into something: a donation, a lot or a container. One with `undone_at` did not, after all."""

    __tablename__ = "materials_use"
    # What one step of a lot took is found without reading the rest of the lot.
    __table_args__ = (Index("ix_materials_use_step", "used_for", "step"),)

    id: int | None = key()
    lot: str = reference("materials_lot.code")
    used_for: str = identifier()
    step: str = text(80)
    amount_text: str = text(40)
    used_at: datetime = moment()
    used_by: str = identifier()
    undone_at: datetime | None = moment(optional=True)
