"""What a kind of container bears: its range, and for how long it may be out of it. The figures are data. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Climate:
    """Temperatures in thousandths of a degree. `climates.toml` says what each figure means."""

    low_mc: int
    high_mc: int
    never_below_mc: int
    never_above_mc: int
    spell_minutes: int
    budget_minutes: int
    log_minutes: int

    def holds(self, temperature_mc: int) -> bool:
        """Whether a temperature lies in the range."""
        return self.low_mc <= temperature_mc <= self.high_mc

    def bears(self, temperature_mc: int) -> bool:
        """Whether a temperature outside the range may be borne for some minutes."""
        return self.never_below_mc <= temperature_mc <= self.never_above_mc


def climates_of(text: str) -> dict[str, Climate]:
    """The climates that a file describes. Raises ValueError where an end or a figure contradicts another."""
    return {kind: _climate(kind, said) for kind, said in tomllib.loads(text).items()}


def _climate(kind: str, said: Mapping[str, Any]) -> Climate:
    (low, high), (coldest, warmest) = ([round(end * 1_000) for end in said[name]] for name in ("range", "never"))
    minutes = {name: int(said[name]) for name in ("spell_minutes", "budget_minutes", "log_minutes")}
    if not coldest <= low < high <= warmest or min(minutes.values()) < 0:
        raise ValueError(f"the climate of {kind} contradicts itself")
    return Climate(low, high, coldest, warmest, **minutes)


CLIMATES: Mapping[str, Climate] = climates_of(
    resources.files("cellchain.custody").joinpath("climates.toml").read_text(encoding="utf-8")
)


def climate_of(subject: str) -> Climate | None:
    """What this container bears; None where its kind has no rule."""
    return CLIMATES.get(subject[:2])
