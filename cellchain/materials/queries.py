"""Reading material lots, equipment and locations."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.edges import Edge
from cellchain.ledger.filekinds import FileKind
from cellchain.materials import rules
from cellchain.materials.models import (
    Calibration,
    Equipment,
    Location,
    LotCertificate,
    Material,
    MaterialLot,
    MaterialUse,
)
from cellchain.materials.rules import EquipmentFacts, EquipmentPhase, LocationKind, LocationPhase, LotFacts, LotPhase
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing

LOTS_MAX = 500
EQUIPMENT_MAX = 500
LOCATIONS_MAX = 500
MATERIALS_MAX = 500
SOON_MAX = timedelta(days=365)

# `Any`: ReadTx types a statement of one thing; these give a lot and its material together.
_CERTIFICATES = (
    select(LotCertificate).where(col(LotCertificate.lot) == bindparam("lot")).order_by(col(LotCertificate.id))
)
_LOT: Any = (
    select(MaterialLot, Material)
    .join(Material, col(Material.id) == MaterialLot.material)
    .where(MaterialLot.code == bindparam("lot"))
)
# The next to expire comes first; what was rejected or recalled is history and comes last.
# No lot is of no material; the outer join keeps SQLite walking the lots in their order.
_LISTED: Any = select(MaterialLot, Material).join(Material, col(Material.id) == col(MaterialLot.material), isouter=True)
LOTS_BY_END = Listing(
    _LISTED,
    col(MaterialLot.expires_on),
    col(MaterialLot.code),
    narrowed={"phase": col(MaterialLot.phase) == bindparam("phase")},
    newest_first=False,
)
LOTS_BY_CODE = Listing(_LISTED, col(MaterialLot.code))
LOTS_OF_SUPPLIER = Listing(
    _LISTED.where(col(MaterialLot.supplier_lot) == bindparam("supplier_lot")), col(MaterialLot.code)
)
EQUIPMENT_BY_CODE = Listing(
    columns(col(Equipment.code), col(Equipment.phase), col(Equipment.name)),
    col(Equipment.code),
    narrowed={"phase": col(Equipment.phase) == bindparam("phase")},
)
LOCATIONS_BY_CODE = Listing(columns(col(Location.code), col(Location.phase), col(Location.name)), col(Location.code))
_QUARANTINED_COUNT: Any = (
    columns(func.count()).select_from(MaterialLot).where(col(MaterialLot.phase) == LotPhase.QUARANTINED)
)
# Stock is found in an index that holds nothing else; an ended lot with nothing left concerns nobody, and they grow.
IN_STOCK: Any = aliased(MaterialLot)
STOCKED: Any = (
    select(MaterialLot, Material)
    .select_from(IN_STOCK)
    .join(MaterialLot, col(MaterialLot.code) == IN_STOCK.code)
    .join(Material, col(Material.id) == MaterialLot.material)
    .where(IN_STOCK.phase == LotPhase.ACCEPTED, or_(IN_STOCK.left_milli.is_(None), IN_STOCK.left_milli > 0))
    .order_by(IN_STOCK.expires_on, IN_STOCK.code)
)
_EXPIRING = STOCKED.where(IN_STOCK.expires_on <= bindparam("until"))
_OF_SUPPLIER: Any = (
    select(MaterialLot, Material)
    .join(Material, col(Material.id) == MaterialLot.material)
    .where(MaterialLot.material == bindparam("material"), MaterialLot.supplier_lot == bindparam("supplier_lot"))
    .order_by(MaterialLot.code)
)
_MATERIALS = select(Material).order_by(Material.name)
_MATERIAL_NAMED = select(Material).where(Material.name == bindparam("name"))
_MATERIAL_BY_GTIN = select(Material).where(Material.gtin == bindparam("gtin"))
_EQUIPMENT = select(Equipment).order_by(Equipment.kind, Equipment.name)
_EQUIPMENT_NAMED = select(Equipment).where(Equipment.name == bindparam("name"))
_CALIBRATIONS = (
    select(Calibration)
    .where(Calibration.equipment == bindparam("equipment"))
    .order_by(col(Calibration.done_at).desc(), col(Calibration.id).desc())
)
_LOCATIONS = select(Location).order_by(Location.kind, Location.name)
_LOCATION_NAMED = select(Location).where(Location.name == bindparam("name"))
# What was taken back at once went into nothing.
_USED = col(MaterialUse.undone_at).is_(None)
_USES_OF = select(MaterialUse).where(MaterialUse.lot == bindparam("lot"), _USED).order_by(col(MaterialUse.id))
_USES_FOR = (
    select(MaterialUse).where(MaterialUse.used_for == bindparam("used_for"), _USED).order_by(col(MaterialUse.id))
)
_UNDONE_FOR = (
    select(MaterialUse)
    .where(MaterialUse.used_for == bindparam("used_for"), col(MaterialUse.undone_at).is_not(None))
    .order_by(col(MaterialUse.id))
)
_USERS_FOR = select(MaterialUse.used_by).where(MaterialUse.used_for == bindparam("used_for"), _USED).distinct()
_SLOTS = 25  # so many things one question names
_WENT_INTO: Any = (
    columns(col(MaterialUse.lot), func.count(col(MaterialUse.id)), func.max(col(MaterialUse.used_at)))
    .where(or_(*(col(MaterialUse.used_for) == bindparam(f"code_{at}") for at in range(_SLOTS))), _USED)
    .group_by(col(MaterialUse.lot))
    .order_by(col(MaterialUse.lot))
)
_IN_STEP = (
    select(MaterialUse)
    .where(MaterialUse.used_for == bindparam("used_for"), MaterialUse.step == bindparam("step"))
    .order_by(col(MaterialUse.id))
)


@dataclass(frozen=True)
class LotLine:
    """A row of the list of lots: its facts, and why it may not be used now, if so."""

    lot: LotFacts
    problem: tuple[str, T] | None
    expires_soon: bool


@dataclass(frozen=True)
class EquipmentLine:
    """A row of the list of equipment: its facts, and why it may not be used now, if so."""

    equipment: EquipmentFacts
    problem: tuple[str, T] | None
    due_soon: bool
    is_calibrated: bool
    is_qualified: bool


@dataclass(frozen=True)
class LocationFacts:
    """A place."""

    code: str
    phase: LocationPhase
    name: str
    kind: LocationKind
    room_class: rules.RoomClass | None = None


@dataclass(frozen=True)
class MaterialFacts:
    """Something bought, by its number."""

    id: int
    name: str
    kind: rules.MaterialKind
    storage: rules.Storage
    gtin: str | None
    unit: rules.Unit
    low_milli: int | None
    soon_days: int
    needs_certificate: bool


@dataclass(frozen=True)
class CertificateFacts:
    """A supplier's certificate of a lot as a file; `digest` is the SHA-256 that its content is kept by."""

    id: int
    lot: str
    name: str
    kind: FileKind
    size_bytes: int
    digest: str
    attached_at: datetime
    attached_by: str


@dataclass(frozen=True)
class UseFacts:
    """A material lot went into something: `amount_milli` thousandths of `unit`. `id` is the number of the use."""

    id: int
    lot: str
    used_for: str
    step: str
    amount_milli: int | None
    unit: rules.Unit
    used_at: datetime
    used_by: str


@dataclass(frozen=True)
class Went:
    """A material lot that went into some things: how often, and when last."""

    lot: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class CalibrationFacts:
    """One calibration."""

    outcome: rules.CalibrationOutcome
    done_at: datetime
    due_on: date | None
    certificate: str
    recorded_by: str


def lot_facts(tx: ReadTx, lot: str) -> LotFacts:
    """A material lot. Raises NotFound."""
    row = tx.one(_LOT, lot=lot)
    if row is None:
        raise NotFound("record.not_found", key=lot)
    return lot_of(*row)


def usable_lot(tx: ReadTx, lot: str, kind: rules.MaterialKind | None = None) -> LotFacts:
    """A material lot that may be used now. Raises NotFound, or a refusal of `rules.may_use`."""
    facts = lot_facts(tx, lot)
    rules.may_use(facts, tx.today, kind)
    return facts


def equipment_facts(tx: ReadTx, equipment: str) -> EquipmentFacts:
    """A piece of equipment. Raises NotFound."""
    return _equipment(tx, tx.get(Equipment, equipment))


def usable_equipment(
    tx: ReadTx, equipment: str, today: date, kind: rules.EquipmentKind | None = None
) -> EquipmentFacts:
    """A piece of equipment that may be used today. Raises NotFound, or a refusal of `rules.may_work`."""
    facts = equipment_facts(tx, equipment)
    rules.may_work(facts, today, kind)
    return facts


def location_facts(tx: ReadTx, location: str) -> LocationFacts:
    """A place. Raises NotFound."""
    return _location(tx.get(Location, location))


def open_location(tx: ReadTx, location: str) -> LocationFacts:
    """A place where something may be put or done. Raises NotFound, or Refused `location.closed`."""
    facts = location_facts(tx, location)
    rules.may_use_location(facts.name, facts.phase)
    return facts


def certificates_of(tx: ReadTx, lot: str) -> list[CertificateFacts]:
    """The certificates of a lot that lie here as files, the first one first."""
    return [_certificate(row) for row in tx.every(_CERTIFICATES, lot=lot)]


def certificate(tx: ReadTx, number: int) -> CertificateFacts:
    """One certificate of a lot. Raises NotFound."""
    return _certificate(tx.get(LotCertificate, number))


def lot_line(tx: ReadTx, lot: str) -> LotLine:
    """A lot as it stands now. Raises NotFound."""
    return _lot_line(lot_facts(tx, lot), tx.today)


def lot_lines(tx: ReadTx, rows: Iterable[tuple[MaterialLot, Material]]) -> list[LotLine]:
    """Rows of a list of lots, with how each stands now."""
    return [_lot_line(lot_of(*row), tx.today) for row in rows]


def quarantined_count(tx: ReadTx) -> int:
    """How many lots wait to be accepted."""
    return tx.one(_QUARANTINED_COUNT) or 0


def expiring_lots(tx: ReadTx) -> list[LotFacts]:
    """Accepted lots that end soon, as their materials count soon, or have ended, the next to end first."""
    found = tx.many(_EXPIRING, limit=LOTS_MAX, until=tx.today + SOON_MAX)
    lots, today = [lot_of(*row) for row in found], tx.today
    return [lot for lot in lots if lot.expires_on <= today + timedelta(days=lot.soon_days) and lot.left_milli != 0]


def receipts_of(tx: ReadTx, material: int, supplier_lot: str) -> list[LotFacts]:
    """Every receipt of a supplier's lot of a material, the first one first."""
    found = tx.many(_OF_SUPPLIER, limit=LOTS_MAX, material=material, supplier_lot=supplier_lot)
    return [lot_of(*row) for row in found]


def equipment_line(tx: ReadTx, equipment: str) -> EquipmentLine:
    """A piece of equipment as it stands now. Raises NotFound."""
    return _equipment_line(equipment_facts(tx, equipment), tx.today)


def equipment_lines(tx: ReadTx) -> list[EquipmentLine]:
    """All equipment, with how each stands now."""
    return [_equipment_line(_equipment(tx, row), tx.today) for row in tx.many(_EQUIPMENT, limit=EQUIPMENT_MAX)]


def equipment_due(tx: ReadTx) -> list[EquipmentFacts]:
    """Equipment in service whose calibration or qualification ends within 30 days or has ended, the next one first."""
    lines = [line for line in equipment_lines(tx) if line.equipment.phase is EquipmentPhase.IN_SERVICE]
    due = [line.equipment for line in lines if line.due_soon or line.problem is not None]
    return sorted(due, key=lambda facts: (facts.due_on or date.min, facts.code))


def cleaning_due(tx: ReadTx) -> list[EquipmentFacts]:
    """Equipment in service that is cleaned today or should have been, the longest due first."""
    today, facts = tx.today, [line.equipment for line in equipment_lines(tx)]
    working = [one for one in facts if one.phase is EquipmentPhase.IN_SERVICE and one.clean_by is not None]
    due = [one for one in working if one.clean_by is not None and one.clean_by <= today]
    return sorted(due, key=lambda one: (one.clean_by or date.min, one.code))


def calibrations_of(tx: ReadTx, equipment: str) -> list[CalibrationFacts]:
    """The calibrations of a piece of equipment, newest first."""
    return [
        CalibrationFacts(row.outcome, row.done_at, row.due_on, row.certificate, row.recorded_by)
        for row in tx.many(_CALIBRATIONS, limit=EQUIPMENT_MAX, equipment=equipment)
    ]


def locations(tx: ReadTx) -> list[LocationFacts]:
    """All places, by kind and name."""
    return [_location(row) for row in tx.many(_LOCATIONS, limit=LOCATIONS_MAX)]


def materials(tx: ReadTx) -> list[MaterialFacts]:
    """Everything that is bought, by name."""
    return [_material(row) for row in tx.many(_MATERIALS, limit=MATERIALS_MAX)]


def material_by_gtin(tx: ReadTx, gtin: str) -> MaterialFacts | None:
    """The material whose package carries this trade number."""
    row = tx.one(_MATERIAL_BY_GTIN, gtin=gtin)
    return None if row is None else _material(row)


def material_named(tx: ReadTx, name: str) -> MaterialFacts | None:
    """The material of this name."""
    row = tx.one(_MATERIAL_NAMED, name=name)
    return None if row is None else _material(row)


def equipment_named(tx: ReadTx, name: str) -> EquipmentFacts | None:
    """The equipment of this name."""
    row = tx.one(_EQUIPMENT_NAMED, name=name)
    return None if row is None else _equipment(tx, row)


def location_named(tx: ReadTx, name: str) -> LocationFacts | None:
    """The location of this name."""
    row = tx.one(_LOCATION_NAMED, name=name)
    return None if row is None else _location(row)


def uses_of(tx: ReadTx, lot: str) -> list[UseFacts]:
    """What a material lot went into, in the order of booking."""
    return _uses(tx.every(_USES_OF, lot=lot))


def uses_for(tx: ReadTx, code: str) -> list[UseFacts]:
    """What went into `code`, in the order of booking."""
    return _uses(tx.every(_USES_FOR, used_for=code))


def users_for(tx: ReadTx, code: str) -> frozenset[str]:
    """Everybody who booked something to `code`."""
    return frozenset(tx.every(_USERS_FOR, used_for=code))


def went_into(tx: ReadTx, codes: Sequence[str]) -> list[Went]:
    """The material lots that went into these things, however often: one line each, by their codes."""
    found: dict[str, Went] = {}
    for first in range(0, len(codes), _SLOTS):
        asked = codes[first : first + _SLOTS]
        slots = {f"code_{at}": asked[at] if at < len(asked) else None for at in range(_SLOTS)}
        for lot, count, last_at in tx.every(_WENT_INTO, **slots):
            known = found.get(lot, Went(lot, 0, last_at))
            found[lot] = Went(lot, known.count + count, max(known.last_at, last_at))
    return [found[lot] for lot in sorted(found)]


def undone_for(tx: ReadTx, code: str) -> list[UseFacts]:
    """What was booked to `code` and taken back at once, for its record to show."""
    return _uses(tx.every(_UNDONE_FOR, used_for=code))


def uses_in(tx: ReadTx, code: str, step: str, *, undone: bool = False) -> list[UseFacts]:
    """What one step of `code` took; with `undone`, what was booked to it and taken back at once instead."""
    return _uses([row for row in tx.every(_IN_STEP, used_for=code, step=step) if (row.undone_at is not None) is undone])


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """What material lots went into."""
    lots = [code for code in codes if code.startswith("ML")]
    return [_edge(use) for use, _ in tx.rows(_USES_OF, "lot", lots)]


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """The material lots that went into `codes`."""
    return [_edge(use) for use, _ in tx.rows(_USES_FOR, "used_for", codes)]


def _edge(use: MaterialUse) -> Edge:
    return Edge(use.lot, use.used_for, "used", use.used_at)


def _uses(rows: Sequence[MaterialUse]) -> list[UseFacts]:
    return [
        UseFacts(row.id or 0, row.lot, row.used_for, row.step, row.amount_milli, row.unit, row.used_at, row.used_by)
        for row in rows
    ]


def _certificate(row: LotCertificate) -> CertificateFacts:
    return CertificateFacts(**{name: getattr(row, name) for name in CertificateFacts.__dataclass_fields__})


def lot_of(lot: MaterialLot, material: Material) -> LotFacts:
    """A receipt with the material it is of."""
    return LotFacts(
        code=lot.code,
        phase=lot.phase,
        material=lot.material,
        name=material.name,
        kind=material.kind,
        storage=material.storage,
        supplier=lot.supplier,
        supplier_lot=lot.supplier_lot,
        expires_on=lot.expires_on,
        certificate=lot.certificate,
        received_at=lot.received_at,
        received_by=lot.received_by,
        accepted_at=lot.accepted_at,
        accepted_by=lot.accepted_by,
        quarantine_reason=lot.quarantine_reason,
        rejection_reason=lot.rejection_reason or lot.recall_reason,
        unit=material.unit,
        received_milli=lot.received_milli,
        left_milli=lot.left_milli,
        soon_days=material.soon_days,
        needs_certificate=material.needs_certificate,
        serial=lot.serial,
    )


def _material(row: Material) -> MaterialFacts:
    return MaterialFacts(**{name: getattr(row, name) for name in MaterialFacts.__dataclass_fields__})


def _equipment(tx: ReadTx, row: Equipment) -> EquipmentFacts:
    return EquipmentFacts(
        row.code,
        row.phase,
        row.name,
        row.kind,
        row.serial,
        row.calibration_due,
        row.out_of_service_reason,
        row.qualification_due,
        row.clean_every_days,
        row.cleaned_at,
        None if row.cleaned_at is None else tx.day_of(row.cleaned_at),
    )


def _location(row: Location) -> LocationFacts:
    return LocationFacts(row.code, row.phase, row.name, row.kind, row.room_class)


def _lot_line(lot: LotFacts, today: date) -> LotLine:
    soon = rules.ends_soon(lot.expires_on, today, lot.soon_days)
    return LotLine(lot, _problem(lambda: rules.may_use(lot, today, None)), soon)


def _equipment_line(equipment: EquipmentFacts, today: date) -> EquipmentLine:
    due_soon = equipment.due_on is not None and rules.ends_soon(equipment.due_on, today)
    return EquipmentLine(
        equipment,
        _problem(lambda: rules.may_work(equipment, today)),
        due_soon,
        is_calibrated=_problem(lambda: rules.is_calibrated(equipment, today)) is None,
        is_qualified=_problem(lambda: rules.is_qualified(equipment, today)) is None,
    )


def _problem(rule: Callable[[], None]) -> tuple[str, T] | None:
    try:
        rule()
    except Refused as refusal:
        return refusal.code, refusal.text
    return None
