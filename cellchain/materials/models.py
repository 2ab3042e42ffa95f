"""The tables of materials, equipment and locations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.ledger.filekinds import FileKind
from cellchain.materials.rules import (
    CalibrationOutcome,
    CleaningOccasion,
    EquipmentKind,
    EquipmentPhase,
    LocationKind,
    LocationPhase,
    LotPhase,
    MaterialKind,
    RoomClass,
    Storage,
    Unit,
)
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    flag,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier


class Material(Record, table=True):
    """Something bought from a supplier that touches the cells, or holds them.

    It is ordered when `low_milli` thousandths of its `unit` are left, and shown as ending `soon_days` before it does.
    """

    __tablename__ = "materials_material"
    __table_args__ = (
        chosen("kind", MaterialKind),
        chosen("storage", Storage),
        chosen("unit", Unit),
        CheckConstraint("low_milli >= 0", name="low_not_negative"),
        CheckConstraint("soon_days BETWEEN 1 AND 365", name="soon_within_a_year"),
    )

    id: int | None = key()
    name: str = text(120, unique=True)
    kind: MaterialKind = choice(MaterialKind)
    storage: Storage = choice(Storage)
    gtin: str | None = text(14, optional=True, unique=True)
    unit: Unit = choice(Unit)
    low_milli: int | None = number(optional=True)
    soon_days: int = number()
    needs_certificate: bool = flag()  # QA accepts no lot of it before its supplier's certificate lies here as a file


class MaterialLot(Record, table=True):
    """One receipt of a supplier's lot. `left_milli` thousandths of the material's unit are left; None: not counted."""

    __tablename__ = "materials_lot"
    __table_args__ = (
        chosen("phase", LotPhase),
        CheckConstraint(
            "phase <> 'accepted' OR (accepted_by IS NOT NULL AND accepted_at IS NOT NULL)", name="accepted"
        ),
        CheckConstraint("accepted_by IS NULL OR accepted_by <> received_by", name="accepted_by_another"),
        CheckConstraint("left_milli >= 0", name="left_not_negative"),
        CheckConstraint("received_milli > 0", name="received_positive"),
        CheckConstraint("received_milli IS NULL OR left_milli IS NOT NULL", name="received_is_counted"),
        Index("ix_materials_lot_phase", "phase", "expires_on", "code"),
        Index("ix_materials_lot_expires", "expires_on", "code"),
        Index("ix_materials_lot_supplier_lot", "supplier_lot", "code"),
        Index(
            "ix_materials_lot_in_stock",
            "phase",
            "expires_on",
            "code",
            # It holds all that is asked of it, so SQLite takes it before an index that also holds what is used up.
            "left_milli",
            **only_while("phase = 'accepted' AND (left_milli IS NULL OR left_milli > 0)"),
        ),
    )

    code: str = identifier(primary_key=True)
    phase: LotPhase = choice(LotPhase)
    material: int = number(references="materials_material.id")
    supplier: str = text(120)
    supplier_lot: str = text(40)
    serial: str | None = text(20, optional=True)  # where every package is received by itself
    expires_on: date = day()
    certificate: str = text(80)
    received_at: datetime = moment()
    received_by: str = identifier()
    accepted_at: datetime | None = moment(optional=True)
    accepted_by: str | None = identifier(optional=True)
    quarantine_reason: str | None = personal(500, optional=True)
    rejection_reason: str | None = personal(500, optional=True)
    recall_reason: str | None = personal(500, optional=True)
    received_milli: int | None = number(optional=True)
    left_milli: int | None = number(optional=True)


class LotCertificate(Record, table=True):
    """A supplier's certificate of a lot as a file: `digest` is the SHA-256 of it, `name` what it was called."""

    __tablename__ = "materials_lot_certificate"
    __table_args__ = (
        chosen("kind", FileKind),
        CheckConstraint("size_bytes > 0", name="size_positive"),
        UniqueConstraint("lot", "digest"),
    )

    id: int | None = key()
    lot: str = reference("materials_lot.code")
    digest: str = text(64)
    kind: FileKind = choice(FileKind)
    size_bytes: int = number()
    name: str = personal(120)
    attached_at: datetime = moment()
    attached_by: str = identifier()


class Equipment(Record, table=True):
    """A machine that the cells, or a value about them, depend on."""

    __tablename__ = "materials_equipment"
    __table_args__ = (
        chosen("kind", EquipmentKind),
        chosen("phase", EquipmentPhase),
        UniqueConstraint("kind", "serial"),
        CheckConstraint("clean_every_days BETWEEN 1 AND 365", name="cleaned_within_a_year"),
        Index("ix_materials_equipment_phase", "phase", "code"),
    )

    code: str = identifier(primary_key=True)
    phase: EquipmentPhase = choice(EquipmentPhase)
    name: str = text(120, unique=True)
    kind: EquipmentKind = choice(EquipmentKind)
    serial: str = text(60)
    calibration_due: date | None = day(optional=True)
    qualification_due: date | None = day(optional=True)
    clean_every_days: int | None = number(optional=True)
    cleaned_at: datetime | None = moment(optional=True)
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


class Qualification(Record, table=True):
    """A piece of equipment was found fit for its use where it stands."""

    __tablename__ = "materials_qualification"

    id: int | None = key()
    equipment: str = reference("materials_equipment.code")
    done_at: datetime = moment()
    due_on: date = day()
    report: str = text(80)
    recorded_by: str = identifier()


class Cleaning(Record, table=True):
    """A piece of equipment was cleaned: with what, why, by whom."""

    __tablename__ = "materials_cleaning"
    __table_args__ = (chosen("occasion", CleaningOccasion),)

    id: int | None = key()
    equipment: str = reference("materials_equipment.code")
    occasion: CleaningOccasion = choice(CleaningOccasion)
    agent: str = text(120)
    done_at: datetime = moment()
    done_by: str = identifier()


class Location(Record, table=True):
    """A place where things are stored or done; a clean room has its class."""

    __tablename__ = "materials_location"
    __table_args__ = (
        chosen("kind", LocationKind),
        chosen("phase", LocationPhase),
        chosen("room_class", RoomClass),
    )

    code: str = identifier(primary_key=True)
    phase: LocationPhase = choice(LocationPhase)
    name: str = text(120, unique=True)
    kind: LocationKind = choice(LocationKind)
    closed_reason: str | None = personal(500, optional=True)
    room_class: RoomClass | None = choice(RoomClass, optional=True)


class MaterialUse(Record, table=True):
    """A material lot went into something: a donation, a lot or a container. One with `undone_at` did not, after all.

    `amount_milli` thousandths of `unit`, or None where nobody said how much.
    """

    __tablename__ = "materials_use"
    __table_args__ = (
        chosen("unit", Unit),
        CheckConstraint("amount_milli >= 0", name="amount_not_negative"),
        # What one step of a lot took is found without reading the rest of the lot.
        Index("ix_materials_use_step", "used_for", "step"),
    )

    id: int | None = key()
    lot: str = reference("materials_lot.code")
    used_for: str = identifier()
    step: str = text(80)
    amount_milli: int | None = number(optional=True)
    unit: Unit = choice(Unit)
    used_at: datetime = moment()
    used_by: str = identifier()
    undone_at: datetime | None = moment(optional=True)


class StockCount(Record, table=True):
    """Somebody counted what is left of a material lot. `difference_milli` is what that changed against the bookings."""

    __tablename__ = "materials_stock_count"
    __table_args__ = (CheckConstraint("counted_milli >= 0", name="counted_not_negative"),)

    id: int | None = key()
    lot: str = reference("materials_lot.code")
    counted_milli: int = number()
    difference_milli: int = number()
    reason: str = personal(500)
    counted_at: datetime = moment()
    counted_by: str = identifier()
