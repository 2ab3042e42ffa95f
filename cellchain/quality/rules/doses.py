"""What a concentration means for whoever gets the bag: endotoxin in a kilogram of body weight, and in an hour. Pure.

Everything is exact: a limit is compared as a fraction, and only what a page shows is rounded, always away from safety's
side, so that no load over its limit ever looks like one on it.
"""

from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from cellchain.kernel.ensure import ensure
from cellchain.kernel.values import dataclass

MINUTES_PER_HOUR = 60
DECIMALS = Decimal("0.01")


@dataclass(frozen=True)
class Giving:
    """How a bag is given at its worst: the most of it, in the shortest time, to the lightest recipient.

    `is_assigned`: the weight is that of somebody whose bag it is; otherwise the lightest that the study may treat.
    """

    volume_ul: int
    minutes: int
    weight_g: int
    is_assigned: bool = False

    def __post_init__(self) -> None:
        """A dose is divided by its weight and its time."""
        ensure(min(self.volume_ul, self.minutes, self.weight_g) > 0, "a bag has a volume, a time and somebody's weight")

    @property
    def weight_kg(self) -> Decimal:
        """The weight as people say it."""
        return Decimal(self.weight_g) / 1_000

    @property
    def volume_ml(self) -> Decimal:
        """The volume as people say it."""
        return Decimal(self.volume_ul) / 1_000


# Where a lot is made for no study: 400 mL at 200 mL/h for somebody of 25 kg, the lightest whom a form admits. Our own
# assumption, on the safe side of every study that can be set up here.
HOUSE_WORST = Giving(volume_ul=400_000, minutes=120, weight_g=25_000)


@dataclass(frozen=True)
class Load:
    """What one bag brings: units in a kilogram, and in a kilogram and hour."""

    per_kg: Fraction
    per_kg_hour: Fraction


def load_of(per_ml: Decimal, giving: Giving) -> Load:
    """The load of a bag with `per_ml` units in a millilitre: millilitres by kilograms are microlitres by grams."""
    per_kg = Fraction(per_ml) * giving.volume_ul / giving.weight_g
    return Load(per_kg, per_kg * MINUTES_PER_HOUR / giving.minutes)


@dataclass(frozen=True)
class DoseLimit:
    """The most that one bag may bring; None where that measure has no limit."""

    per_kg: Decimal | None = None
    per_kg_hour: Decimal | None = None

    def holds(self, per_ml: Decimal, giving: Giving) -> bool:
        """Whether a bag with `per_ml` units in a millilitre keeps both limits; exactly at a limit it does."""
        return self.share(per_ml, giving) <= 1

    def share(self, per_ml: Decimal, giving: Giving) -> Fraction:
        """How much of its limit a bag takes up: 1 at the limit, more beyond it. The stricter of both counts."""
        load = load_of(per_ml, giving)
        pairs = ((load.per_kg, self.per_kg), (load.per_kg_hour, self.per_kg_hour))
        return max(brought / Fraction(most) for brought, most in pairs if most is not None)


def shown(load: Fraction) -> Decimal:
    """A load with two decimals, rounded up."""
    exact = Decimal(load.numerator) / Decimal(load.denominator)
    rounded = exact.quantize(DECIMALS, rounding=ROUND_CEILING)
    # The quotient above may itself have been rounded down at its last digit.
    return rounded if Fraction(rounded) >= load else rounded + DECIMALS
