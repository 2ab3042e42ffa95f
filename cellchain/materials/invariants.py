"""What is always true of materials and equipment."""

from typing import Any

from sqlmodel import col, select

from cellchain.ledger.invariants import Invariant
from cellchain.materials import inventory
from cellchain.materials.models import Calibration, Equipment, MaterialLot, MaterialUse, Qualification
from cellchain.materials.rules import QUALIFIED, UNCALIBRATED, CalibrationOutcome, EquipmentPhase
from cellchain.platform.db import ReadTx

_USES: Any = select(MaterialUse, MaterialLot).join(MaterialLot, col(MaterialLot.code) == MaterialUse.lot)
_IN_SERVICE = select(Equipment).where(Equipment.phase == EquipmentPhase.IN_SERVICE)
_GOOD = select(Calibration.equipment).where(Calibration.outcome == CalibrationOutcome.WITHIN_TOLERANCE).distinct()

_QUALIFIED_ONCE = select(Qualification.equipment).distinct()
_COUNTED = select(MaterialLot).where(col(MaterialLot.left_milli).is_not(None)).order_by(MaterialLot.code)


def _used_lots_were_accepted(tx: ReadTx) -> list[str]:
    wrong = []
    for use, lot in tx.every(_USES):
        if lot.accepted_at is None:
            wrong.append(f"lot {lot.code} went into {use.used_for} and was never accepted")
        elif tx.day_of(use.used_at) > lot.expires_on:
            wrong.append(f"lot {lot.code} went into {use.used_for} after it expired")
    return wrong


def _equipment_in_service_was_calibrated(tx: ReadTx) -> list[str]:
    calibrated = set(tx.every(_GOOD))
    return [
        f"{row.code} is in service and was never found within tolerance"
        for row in tx.every(_IN_SERVICE)
        if row.kind not in UNCALIBRATED and row.code not in calibrated
    ]


def _equipment_in_service_was_qualified(tx: ReadTx) -> list[str]:
    qualified = set(tx.every(_QUALIFIED_ONCE))
    return [
        f"{row.code} is in service and was never qualified"
        for row in tx.every(_IN_SERVICE)
        if row.kind in QUALIFIED and row.code not in qualified
    ]


def _what_is_left_adds_up(tx: ReadTx) -> list[str]:
    wrong = []
    for row in tx.every(_COUNTED):
        booked_milli = inventory.booked_left(tx, row.code)
        if row.left_milli != booked_milli or booked_milli < 0:
            wrong.append(f"lot {row.code} says {row.left_milli} thousandths are left, its bookings {booked_milli}")
    return wrong


INVARIANTS = (
    Invariant("materials.used_lots", "What was used had been accepted and was in date.", _used_lots_were_accepted),
    Invariant("materials.calibrated", "What is in service was calibrated.", _equipment_in_service_was_calibrated),
    Invariant("materials.qualified", "What is in service was qualified.", _equipment_in_service_was_qualified),
    Invariant("materials.stock", "Received, booked and counted amounts add up.", _what_is_left_adds_up),
)
