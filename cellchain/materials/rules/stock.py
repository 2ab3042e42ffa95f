"""How much of a material lot is left, what is to be ordered, and which lot is to be used first. Pure.

Amounts are thousandths of the material's unit, as whole numbers: 2.5 mL are 2,500.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.materials.rules import LotFacts, LotPhase, MaterialKind, Unit

PARTS = 1_000
# In which unit a kind of material is counted, where its registration names none.
USUAL_UNITS: dict[MaterialKind, Unit] = {
    MaterialKind.ANTICOAGULANT: Unit.IU,
    MaterialKind.VESSEL: Unit.PIECE,
    MaterialKind.BAG: Unit.PIECE,
    MaterialKind.TUBING: Unit.PIECE,
}


@dataclass(frozen=True)
class Amount:
    """So much of a material, in thousandths of `unit`."""

    milli: int
    unit: Unit


def usual_unit(kind: MaterialKind) -> Unit:
    """The unit in which a kind of material is counted: millilitres unless it is told otherwise."""
    return USUAL_UNITS.get(kind, Unit.ML)


def to_milli(amount: Decimal) -> int:
    """Thousandths of an amount with at most three decimal places."""
    return int(amount * PARTS)


def in_unit(milli: int) -> Decimal:
    """An amount as people write it, without needless zeros."""
    whole = Decimal(milli) / PARTS
    return whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole.normalize()


def left_after(lot: LotFacts, taken: Amount | None) -> int | None:
    """What is left of a lot once `taken` went out of it; None for a lot that nobody counted.

    Raises Refused `material.amount_needed`, `material.other_unit`, `material.not_enough`.
    """
    if lot.left_milli is None:
        return None
    if taken is None:
        raise Refused(
            "material.amount_needed",
            "Lot {lot} is counted. Open “Use material” and enter how much of it was used, in {unit}.",
            lot=lot.code,
            unit=lot.unit.label,
        )
    if taken.unit is not lot.unit:
        raise Refused(
            "material.other_unit",
            "Lot {lot} is counted in {unit}, this use in {other}. Take a lot that is counted in {other}.",
            lot=lot.code,
            unit=lot.unit.label,
            other=taken.unit.label,
        )
    if taken.milli > lot.left_milli:
        raise Refused(
            "material.not_enough",
            "Lot {lot} has {left} {unit} left, and {wanted} {unit} are needed. Take another lot, or count this one.",
            lot=lot.code,
            left=in_unit(lot.left_milli),
            wanted=in_unit(taken.milli),
            unit=lot.unit.label,
        )
    return lot.left_milli - taken.milli


def is_on_hand(lot: LotFacts, today: date) -> bool:
    """Whether this lot could be used today: accepted, in date, and not known to be empty."""
    return lot.phase is LotPhase.ACCEPTED and today <= lot.expires_on and lot.left_milli != 0


def first_to_use(lots: Iterable[LotFacts], today: date) -> LotFacts | None:
    """First expired, first out: of the lots that could be used today, the one that ends first."""
    return min(
        (lot for lot in lots if is_on_hand(lot, today)), key=lambda lot: (lot.expires_on, lot.code), default=None
    )


@dataclass(frozen=True)
class Stock:
    """What is on hand of one material: the sum of its usable lots, and how many of them nobody counted."""

    material: int
    name: str
    unit: Unit
    left_milli: int
    lots_count: int
    uncounted_count: int
    low_milli: int | None
    soon_days: int

    @property
    def is_low(self) -> bool:
        """Whether it is at or below the amount at which it is ordered. A lot that nobody counted may be anything."""
        return self.low_milli is not None and not self.uncounted_count and self.left_milli <= self.low_milli


def hint(chosen: LotFacts, first: LotFacts | None) -> T | None:
    """A sentence where another lot of the same material ends sooner than the one that was chosen."""
    if first is None or first.code == chosen.code or first.expires_on >= chosen.expires_on:
        return None
    return T("Lot {lot} of it ends sooner, on {day}. Use that one first.", lot=first.code, day=first.expires_on)
