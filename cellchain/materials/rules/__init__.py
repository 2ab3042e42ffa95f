"""What may be done with a material lot, a piece of equipment and a location, and when not."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from cellchain.identity import gs1
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.scanning.rules import may_undo_in_step

# Our own assumption: how long before its end a lot or a calibration is shown as "soon".
SOON = timedelta(days=30)


class MaterialKind(StrEnum):
    """What a material is for: a step asks for a kind, not for a brand."""

    ANTICOAGULANT = "anticoagulant"
    GRADIENT = "gradient"
    MEDIUM = "medium"
    SUPPLEMENT = "supplement"
    ENZYME = "enzyme"
    CRYOPROTECTANT = "cryoprotectant"
    SALINE = "saline"
    VESSEL = "vessel"
    BAG = "bag"
    TUBING = "tubing"


class Storage(StrEnum):
    """How a material is kept until it is used."""

    ROOM = "room"
    REFRIGERATED = "refrigerated"
    FROZEN = "frozen"

    @property
    def label(self) -> T:
        """The temperatures, as packages print them."""
        return _STORAGE_TEXTS[self]


_STORAGE_TEXTS = {
    Storage.ROOM: T("15–25 °C"),
    Storage.REFRIGERATED: T("2–8 °C"),
    Storage.FROZEN: T("−20 °C or colder"),
}


class Unit(StrEnum):
    """In what a material is counted."""

    ML = "mL"
    GRAM = "g"
    IU = "IU"
    PIECE = "pcs"

    @property
    def label(self) -> T:
        """The unit as a sentence says it."""
        return _UNIT_TEXTS[self]


_UNIT_TEXTS = {Unit.ML: T("mL"), Unit.GRAM: T("g"), Unit.IU: T("IU"), Unit.PIECE: T("pieces")}


class EquipmentKind(StrEnum):
    """What a piece of equipment does."""

    INCUBATOR = "incubator"
    CABINET = "cabinet"
    CENTRIFUGE = "centrifuge"
    COUNTER = "counter"
    FREEZER = "freezer"
    COOLER = "cooler"
    SCANNER = "scanner"
    CYTOMETER = "cytometer"
    PLATE_READER = "plate_reader"
    THERMOCYCLER = "thermocycler"
    CULTURE_SYSTEM = "culture_system"
    MICROSCOPE = "microscope"
    BALANCE = "analytical_balance"
    SHIPPER = "shipper"
    LOGGER = "logger"


class CalibrationOutcome(StrEnum):
    """How the equipment was found."""

    WITHIN_TOLERANCE = "within_tolerance"
    OUT_OF_TOLERANCE = "out_of_tolerance"


class LocationKind(StrEnum):
    """What happens at a location."""

    ROOM = "room"
    BENCH = "bench"
    STORE = "store"
    WARD = "ward"
    COURIER = "courier"

    @property
    def is_controlled(self) -> bool:
        """Whether what stands there stands at a controlled temperature: in a store, or in a ward's refrigerator."""
        return self in (LocationKind.STORE, LocationKind.WARD)


class RoomClass(StrEnum):
    """How clean the air of a room is: the grades of EU GMP Annex 1."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def label(self) -> T:
        """The grade in words."""
        return T("Grade {grade}", grade=self.value)


class CleaningOccasion(StrEnum):
    """Why something was cleaned."""

    ROUTINE = "routine"
    BETWEEN_BATCHES = "between_batches"
    AFTER_SPILL = "after_spill"


# A hand scanner reads a symbol or does not, and a shipper is qualified with a logger inside; everything else measures,
# holds a temperature or moves air.
UNCALIBRATED = frozenset({EquipmentKind.SCANNER, EquipmentKind.SHIPPER})
# What holds, moves or protects the cells is qualified where it stands, and so is what tells by itself whether they are
# fit for somebody; what only measures is calibrated.
QUALIFIED = frozenset(
    {EquipmentKind.INCUBATOR, EquipmentKind.CABINET, EquipmentKind.CENTRIFUGE, EquipmentKind.FREEZER}
    | {EquipmentKind.CYTOMETER, EquipmentKind.PLATE_READER, EquipmentKind.THERMOCYCLER, EquipmentKind.CULTURE_SYSTEM}
    | {EquipmentKind.SHIPPER}
)


class LotPhase(Phase):
    """A supplier's lot is quarantined on arrival; QA accepts or rejects it, and may quarantine it again.

    `recalled` is the supplier's word, and final: nothing of the lot is used any more.
    """

    QUARANTINED = "quarantined"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RECALLED = "recalled"


class EquipmentPhase(Phase):
    """New equipment is out of service until it has been calibrated and returned to service."""

    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"


class LocationPhase(Phase):
    """A location is open until it is closed for good."""

    OPEN = "open"
    CLOSED = "closed"


MATERIAL_LOT = Lifecycle(
    "material",
    first=LotPhase.QUARANTINED,
    moves={
        "accept": ({LotPhase.QUARANTINED}, LotPhase.ACCEPTED),
        "quarantine": ({LotPhase.ACCEPTED}, LotPhase.QUARANTINED),
        "reject": ({LotPhase.QUARANTINED}, LotPhase.REJECTED),
        "recall": ({LotPhase.QUARANTINED, LotPhase.ACCEPTED}, LotPhase.RECALLED),
    },
    final={LotPhase.REJECTED, LotPhase.RECALLED},
)
EQUIPMENT = Lifecycle(
    "equipment",
    first=EquipmentPhase.OUT_OF_SERVICE,
    moves={
        "take_out": ({EquipmentPhase.IN_SERVICE}, EquipmentPhase.OUT_OF_SERVICE),
        "return": ({EquipmentPhase.OUT_OF_SERVICE}, EquipmentPhase.IN_SERVICE),
    },
)
LOCATION = Lifecycle(
    "location",
    first=LocationPhase.OPEN,
    moves={"close": ({LocationPhase.OPEN}, LocationPhase.CLOSED)},
    final={LocationPhase.CLOSED},
)


@dataclass(frozen=True)
class LotFacts:
    """One receipt of a supplier's lot, with the material it is of. Usable through its last day, in UTC.

    Amounts are thousandths of `unit`; None where nobody counted. It is shown as ending `soon_days` before it does.
    """

    code: str
    phase: LotPhase
    material: int
    name: str
    kind: MaterialKind
    storage: Storage
    supplier: str
    supplier_lot: str
    expires_on: date
    certificate: str
    received_at: datetime
    received_by: str
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    quarantine_reason: str | None = None
    rejection_reason: str | None = None
    serial: str | None = None
    unit: Unit = Unit.ML
    received_milli: int | None = None
    left_milli: int | None = None
    soon_days: int = SOON.days
    needs_certificate: bool = False


@dataclass(frozen=True)
class EquipmentFacts:
    """A piece of equipment. `calibration_due` and `qualification_due` are the last days on which each holds."""

    code: str
    phase: EquipmentPhase
    name: str
    kind: EquipmentKind
    serial: str
    calibration_due: date | None
    out_of_service_reason: str | None = None
    qualification_due: date | None = None
    clean_every_days: int | None = None
    cleaned_at: datetime | None = None
    cleaned_on: date | None = None  # the site's day of it

    @property
    def due_on(self) -> date | None:
        """The last day on which everything about it holds: its calibration and its qualification."""
        kept = (self.kind not in UNCALIBRATED, self.calibration_due), (self.kind in QUALIFIED, self.qualification_due)
        return min((due for counts, due in kept if counts and due is not None), default=None)

    @property
    def clean_by(self) -> date | None:
        """The day by which it is cleaned again; None where no rhythm was set or it was never cleaned."""
        if self.clean_every_days is None or self.cleaned_on is None:
            return None
        return self.cleaned_on + timedelta(days=self.clean_every_days)


def may_receive(expires_on: date, today: date) -> None:
    """Raises Refused `material.expired_on_arrival`: an expired lot is sent back, not stored."""
    if expires_on < today:
        raise Refused(
            "material.expired_on_arrival", "This lot expired on {day}. Send it back to the supplier.", day=expires_on
        )


def may_receive_package(serial: str, receipts: Sequence[LotFacts]) -> None:
    """Raises Refused `material.package_received`: one package arrives once. `receipts` are those of its lot."""
    for known in receipts:
        if known.serial == serial:
            raise Refused(
                "material.package_received",
                "This package was received already, as {lot}. Go on with it.",
                lot=known.code,
            )


def receipt_of(item: gs1.TradeItem, name: str, receipts: Sequence[LotFacts]) -> LotFacts:
    """Which of the `receipts` of its lot a supplier's package of the material `name` came with.

    A receipt that has a serial number stands for that package alone. Raises NotFound `material.lot_not_received`,
    Refused `material.several_receipts`, `material.expiry_disagrees`.
    """
    itself = [known for known in receipts if item.serial is not None and known.serial == item.serial]
    found = itself or [known for known in receipts if known.serial is None or item.serial is None]
    if not found:
        raise NotFound(
            "material.lot_not_received",
            "{name}, supplier's lot {supplier_lot}, was not received here. Receive it first.",
            name=name,
            supplier_lot=item.lot,
        )
    if len(found) > 1:
        raise Refused(
            "material.several_receipts",
            "Supplier's lot {supplier_lot} of {name} was received more than once. Scan our own label on the package.",
            name=name,
            supplier_lot=item.lot,
        )
    _agrees(item.expires_on or item.best_before, found[0])
    return found[0]


def _agrees(printed: date | None, lot: LotFacts) -> None:
    if printed is not None and printed != lot.expires_on:
        raise Refused(
            "material.expiry_disagrees",
            "The package says that it expires on {printed}, the record of {lot} says {day}. Put it aside and tell QA.",
            printed=printed,
            lot=lot.code,
            day=lot.expires_on,
        )


def may_accept(lot: LotFacts, by: str, today: date, certificates_count: int) -> None:
    """Raises Refused `material.accepter_received_it`, `material.expired`, `material.no_certificate`."""
    if lot.received_by == by:
        raise Refused("material.accepter_received_it", "You received this lot. Another person accepts it.")
    _is_not_expired(lot, today)
    if lot.needs_certificate and certificates_count == 0:
        raise Refused(
            "material.no_certificate",
            "The certificate of lot {lot} is not here as a file. Attach it, read it, and accept the lot then.",
            lot=lot.code,
        )


def may_amend(changed: Collection[str], reason: str | None) -> None:
    """An amendment changes something and says why. Raises Refused `material.unchanged`, `material.reason_needed`."""
    if not changed:
        raise Refused("material.unchanged", "The catalogue says all of this already. Nothing was changed.")
    if not reason:
        raise Refused(
            "material.reason_needed", "The catalogue is changed for a reason. Write it: what was said before stays."
        )


def may_use(lot: LotFacts, today: date, kind: MaterialKind | None) -> None:
    """Whether this lot may go into something today. Raises Refused `material.quarantined`, `.rejected`, `.recalled`,
    `.expired`, or `.wrong_kind` where the step asks for another `kind`."""
    if lot.phase is LotPhase.QUARANTINED:
        raise Refused("material.quarantined", "Lot {lot} is in quarantine. Take an accepted lot.", lot=lot.code)
    if lot.phase is LotPhase.REJECTED:
        raise Refused("material.rejected", "Lot {lot} was rejected. Take an accepted lot.", lot=lot.code)
    if lot.phase is LotPhase.RECALLED:
        raise Refused(
            "material.recalled", "Lot {lot} was recalled by its supplier. Put it aside and tell QA.", lot=lot.code
        )
    _is_not_expired(lot, today)
    if kind is not None and lot.kind is not kind:
        raise Refused(
            "material.wrong_kind",
            "Lot {lot} is {name}. This step needs: {kind}. Scan the right lot.",
            lot=lot.code,
            name=lot.name,
            kind=_named(kind),
        )


def may_work(equipment: EquipmentFacts, today: date, kind: EquipmentKind | None = None) -> None:
    """Whether this equipment may be used today (UTC). Raises Refused `equipment.wrong_kind` where the step asks for
    another `kind`, `equipment.out_of_service`, `.not_calibrated`, `.calibration_overdue`, `.not_qualified`,
    `.qualification_overdue`."""
    if kind is not None and equipment.kind is not kind:
        raise Refused(
            "equipment.wrong_kind",
            "{name} is not what this step needs: {kind}. Scan the right equipment.",
            name=equipment.name,
            kind=_named(kind),
        )
    if equipment.phase is EquipmentPhase.OUT_OF_SERVICE:
        raise Refused("equipment.out_of_service", "{name} is out of service. Use another one.", name=equipment.name)
    is_calibrated(equipment, today)
    is_qualified(equipment, today)


def may_return(equipment: EquipmentFacts, today: date) -> None:
    """Raises Refused `equipment.not_calibrated`, `.calibration_overdue`, `.not_qualified`, `.qualification_overdue`."""
    is_calibrated(equipment, today)
    is_qualified(equipment, today)


def may_use_location(name: str, phase: LocationPhase) -> None:
    """Raises Refused `location.closed`."""
    if phase is LocationPhase.CLOSED:
        raise Refused("location.closed", "{name} is closed. Use another location.", name=name)


def ends_soon(last_day: date, today: date, soon_days: int = SOON.days) -> bool:
    """Whether `last_day` is not past and comes within `soon_days`."""
    return today <= last_day <= today + timedelta(days=soon_days)


def may_calibrate(outcome: CalibrationOutcome, due_on: date | None, done_on: date) -> None:
    """Raises Refused `calibration.needs_due_day` where equipment within tolerance is given no next day,
    `calibration.due_before_done` where that day is not after this one."""
    if outcome is CalibrationOutcome.WITHIN_TOLERANCE and due_on is None:
        raise Refused("calibration.needs_due_day", "Enter until which day this calibration holds.")
    if due_on is not None and due_on <= done_on:
        raise Refused("calibration.due_before_done", "The next calibration is due after this one. Check the day.")


def gtin14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as 14 digits. Raises Refused `material.bad_gtin`."""
    padded = text.rjust(14, "0")
    if len(text) not in gs1.TRADE_SIZES or not gs1.gtin_fits(padded):
        raise Refused("material.bad_gtin", "The check digit of this trade number does not fit. Scan the package again.")
    return padded


def _named(kind: StrEnum) -> T:
    """A kind in words, translatable: a refusal is stored as texts and plain values."""
    return T(kind.value.replace("_", " ").capitalize())


def _is_not_expired(lot: LotFacts, day: date) -> None:
    if day > lot.expires_on:
        raise Refused(
            "material.expired",
            "Lot {lot} expired on {day}. Take a lot that is in date.",
            lot=lot.code,
            day=lot.expires_on,
        )


def is_calibrated(equipment: EquipmentFacts, today: date) -> None:
    """Raises Refused `equipment.not_calibrated`, `equipment.calibration_overdue`."""
    if equipment.kind in UNCALIBRATED:
        return
    if equipment.calibration_due is None:
        raise Refused(
            "equipment.not_calibrated",
            "{name} has no calibration on record. Record one before it is used.",
            name=equipment.name,
        )
    if today > equipment.calibration_due:
        raise Refused(
            "equipment.calibration_overdue",
            "The calibration of {name} was due on {day}. Have it calibrated before it is used.",
            name=equipment.name,
            day=equipment.calibration_due,
        )


def is_qualified(equipment: EquipmentFacts, today: date) -> None:
    """Raises Refused `equipment.not_qualified`, `equipment.qualification_overdue`."""
    if equipment.kind not in QUALIFIED:
        return
    if equipment.qualification_due is None:
        raise Refused(
            "equipment.not_qualified",
            "{name} has no qualification on record. Record one before it is used.",
            name=equipment.name,
        )
    if today > equipment.qualification_due:
        raise Refused(
            "equipment.qualification_overdue",
            "The qualification of {name} was due on {day}. Have it qualified before it is used.",
            name=equipment.name,
            day=equipment.qualification_due,
        )


def may_qualify(due_on: date, done_on: date) -> None:
    """Raises Refused `qualification.due_before_done` where the next qualification is not after this one."""
    if due_on <= done_on:
        raise Refused("qualification.due_before_done", "The next qualification is due after this one. Check the day.")


def may_take_back(undone_at: datetime | None, *, is_running: bool) -> None:
    """Raises Refused where a use was taken back already, or where the step it belongs to is done."""
    if undone_at is not None:
        raise Refused("undo.done_already", "This was taken back already. The record shows it struck through.")
    may_undo_in_step(completed=not is_running)
