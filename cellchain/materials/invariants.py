"""What is always true of materials and equipment."""

from typing import Any

from sqlmodel import col, select

from cellchain.ledger.invariants import Invariant
from cellchain.materials.models import Calibration, Equipment, MaterialLot, MaterialUse
from cellchain.materials.rules import UNCALIBRATED, CalibrationOutcome, EquipmentPhase
from cellchain.platform.db import ReadTx

_USES: Any = select(MaterialUse, MaterialLot).join(MaterialLot, col(MaterialLot.code) == MaterialUse.lot)
_IN_SERVICE = select(Equipment).where(Equipment.phase == EquipmentPhase.IN_SERVICE)
_GOOD = select(Calibration.equipment).where(Calibration.outcome == CalibrationOutcome.WITHIN_TOLERANCE).distinct()


def _used_lots_were_accepted(tx: ReadTx) -> list[str]:
    wrong = []
    for use, lot in tx.every(_USES):
        if lot.accepted_at is None:
            wrong.append(f"lot {lot.code} went into {use.used_for} and was never accepted")
        elif use.used_at.date() > lot.expires_on:
            wrong.append(f"lot {lot.code} went into {use.used_for} after it expired")
    return wrong


def _equipment_in_service_was_calibrated(tx: ReadTx) -> list[str]:
    calibrated = set(tx.every(_GOOD))
    return [
        f"{row.code} is in service and was never found within tolerance"
        for row in tx.every(_IN_SERVICE)
        if row.kind not in UNCALIBRATED and row.code not in calibrated
    ]


INVARIANTS = (
    Invariant("materials.used_lots", "What was used had been accepted and was in date.", _used_lots_were_accepted),
    Invariant("materials.calibrated", "What is in service was calibrated.", _equipment_in_service_was_calibrated),
)
