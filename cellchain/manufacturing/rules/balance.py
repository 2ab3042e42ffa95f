"""Whether what is found agrees with what the record says, and whether a culture can have grown like this. Pure.

A container's book: what went in and what grew is what was drawn, sampled, wasted and given, and what is left. It always
adds up, because every draw is written down; what can differ is what a person then finds inside.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.definition import Balance, Plausible

MINUTES_PER_HOUR = 60
SHARE = Decimal(100)


class Quantity(StrEnum):
    """What was measured."""

    VOLUME = "volume"
    CELLS = "cells"


class LossKind(StrEnum):
    """Why something left a container and went into no other one."""

    SAMPLED = "sampled"
    WASTED = "wasted"
    GIVEN = "given"


class Doubt(StrEnum):
    """Why two batches may have been mixed up."""

    GREW_TOO_FAST = "grew_too_fast"
    VIABILITY_JUMPED = "viability_jumped"
    UNLIKE_HISTORY = "unlike_history"


def error_of(balance: Balance, quantity: Quantity) -> Decimal:
    """The measuring error of a quantity, in percent."""
    return balance.volume_error if quantity == Quantity.VOLUME else balance.cells_error


def is_off(expected: int, found: int, error_percent: Decimal) -> bool:
    """Whether `found` lies further from `expected` than the measuring error of it."""
    return abs(found - expected) * SHARE > expected * error_percent


def only_a_part(volume_ul: int, there_ul: int, container: str) -> None:
    """Waste is a part of what is inside; all of it is discarded. Raises Refused `waste.everything`."""
    if volume_ul == there_ul:
        raise Refused(
            "waste.everything",
            "This is all that {container} holds. Discard the container instead.",
            container=container,
        )


@dataclass(frozen=True)
class Control:
    """The laboratory's own history of a figure: its mean, and the limits that it should stay within."""

    mean: Decimal
    low: Decimal
    high: Decimal
    count: int


def control(values: Sequence[Decimal], plausible: Plausible) -> Control | None:
    """Mean and limits at `sigmas` sample standard deviations, no closer than `spread_min` percent of the mean.

    None while there are too few values to have any.
    """
    if len(values) < plausible.history_min:
        return None
    mean = sum(values, Decimal(0)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values), Decimal(0)) / (len(values) - 1)
    reach = max(variance.sqrt() * plausible.sigmas, abs(mean) * plausible.spread_min / SHARE)
    return Control(mean, mean - reach, mean + reach, len(values))


@dataclass(frozen=True)
class Grown:
    """One passage as far as it can be doubted: doublings in thousandths over minutes, viability then and now."""

    doublings_milli: int | None
    minutes: int
    viability_permille: int
    viability_before_permille: int | None

    @property
    def per_day(self) -> Decimal | None:
        """Doublings in a day; None for P0, whose doublings are not counted."""
        return None if self.doublings_milli is None else doublings_per_day(self.doublings_milli, self.minutes)


def doublings_per_day(doublings_milli: int, minutes: int) -> Decimal:
    """How fast a population grew."""
    return Decimal(doublings_milli) * 24 * MINUTES_PER_HOUR / (1_000 * max(1, minutes))


@dataclass(frozen=True)
class Suspicion:
    """One reason to think of a mix-up: what was found, and what it should not pass."""

    why: Doubt
    found: Decimal
    limit: Decimal


def suspicions(plausible: Plausible, grown: Grown, history: Sequence[Decimal]) -> tuple[Suspicion, ...]:
    """Every reason to doubt that these are the cells that were seeded.

    `history` is doublings in a day of the laboratory's other lots of the same kind.
    """
    found = []
    per_day = grown.per_day
    if per_day is not None:
        fastest = Decimal(24) / plausible.doubling_hours_min
        if per_day > fastest:
            found.append(Suspicion(Doubt.GREW_TOO_FAST, _shown(per_day), _shown(fastest)))
        limits = control(history, plausible)
        if limits is not None and not limits.low <= per_day <= limits.high:
            passed = limits.low if per_day < limits.low else limits.high
            found.append(Suspicion(Doubt.UNLIKE_HISTORY, _shown(per_day), _shown(passed)))
    return (*found, *viability_suspicions(plausible, grown.viability_permille, grown.viability_before_permille))


def viability_suspicions(plausible: Plausible, now_permille: int, before_permille: int | None) -> tuple[Suspicion, ...]:
    """Whether viability jumped between two counts of one lot, up or down."""
    if before_permille is None:
        return ()
    jump = Decimal(abs(now_permille - before_permille)) / 10
    if jump <= plausible.viability_jump:
        return ()
    return (Suspicion(Doubt.VIABILITY_JUMPED, jump, plausible.viability_jump),)


def _shown(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
