"""What a kind of container bears: its range, and for how long it may be out of it. The figures are data. Pure."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.lifecycles import ContainerKind


@dataclass(frozen=True)
class Range:
    """Between which temperatures something is kept, in thousandths of a degree."""

    low_mc: int
    high_mc: int

    def holds(self, temperature_mc: int) -> bool:
        """Whether a temperature lies in the range."""
        return self.low_mc <= temperature_mc <= self.high_mc


@dataclass(frozen=True)
class Climate(Range):
    """The range, and how much outside of it is borne. `climates.toml` says what each figure means."""

    never_below_mc: int
    never_above_mc: int
    spell_minutes: int
    budget_minutes: int
    log_minutes: int

    def bears(self, temperature_mc: int) -> bool:
        """Whether a temperature outside the range may be borne for some minutes."""
        return self.never_below_mc <= temperature_mc <= self.never_above_mc


def climates_of(text: str) -> dict[ContainerKind, Range]:
    """The ranges and climates that a file describes. Raises ValueError where an end or a figure contradicts another."""
    return {ContainerKind(kind): _of_kind(kind, said) for kind, said in tomllib.loads(text).items()}


def _of_kind(kind: str, said: Mapping[str, Any]) -> Range:
    low, high = (round(end * 1_000) for end in said["range"])
    if set(said) == {"range"}:
        coldest, warmest, minutes = low, high, {}
    else:
        coldest, warmest = (round(end * 1_000) for end in said["never"])
        minutes = {name: int(said[name]) for name in ("spell_minutes", "budget_minutes", "log_minutes")}
    if not coldest <= low < high <= warmest or min(minutes.values(), default=0) < 0:
        raise ValueError(f"the climate of {kind} contradicts itself")
    return Climate(low, high, coldest, warmest, **minutes) if minutes else Range(low, high)


CLIMATES: Mapping[ContainerKind, Range] = climates_of(
    resources.files("cellchain.custody").joinpath("climates.toml").read_text(encoding="utf-8")
)


def range_of(kind: ContainerKind) -> Range | None:
    """Between which temperatures this kind of container is kept; None where it has no range of its own."""
    return CLIMATES.get(kind)


def climate_of(kind: ContainerKind) -> Climate | None:
    """What this kind of container bears outside its range; None where no rule counts that."""
    found = CLIMATES.get(kind)
    return found if isinstance(found, Climate) else None
