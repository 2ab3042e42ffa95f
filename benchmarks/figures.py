"""A figure is ours beside a floor of the same run: printed as a row, and kept in history.csv with what it should be.

Read the ratio. Milliseconds move with the machine and with what else it does.
"""

import csv
import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HISTORY = Path(os.environ.get("BENCH_HISTORY", Path(__file__).with_name("history.csv")))
COLUMNS = ("at", "commit", "figure", "ours", "floor", "unit", "ratio", "target", "held")
HEADING = "| figure | ours | floor | unit | ratio | target | |\n|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    """What was measured. `most`: the ratio should not be more; else it should not be less."""

    name: str
    ours: float
    floor: float
    unit: str
    target: float
    most: bool = True

    @property
    def ratio(self) -> float:
        """Ours against the floor."""
        return self.ours / self.floor

    @property
    def held(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= self.target if self.most else self.ratio >= self.target

    @property
    def aim(self) -> str:
        """The target as it is read."""
        return f"{'≤' if self.most else '≥'} {self.target:g}"


def heading() -> None:
    """Print the head of the table."""
    print(HEADING, flush=True)


def note(figure: Figure) -> None:
    """Print a figure, and add it to the history."""
    numbers = f"{figure.ours:.4g} | {figure.floor:.4g} | {figure.unit} | {figure.ratio:.2f} | {figure.aim}"
    print(f"| {figure.name} | {numbers} | {'' if figure.held else 'MISSED'} |", flush=True)
    begun = HISTORY.exists()
    with HISTORY.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not begun:
            writer.writerow(COLUMNS)
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"
        measured = (f"{figure.ours:.6g}", f"{figure.floor:.6g}", figure.unit, f"{figure.ratio:.3f}")
        writer.writerow((now, _commit(), figure.name, *measured, figure.aim, "yes" if figure.held else "no"))


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
