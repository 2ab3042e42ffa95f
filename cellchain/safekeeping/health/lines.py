"""One line of the doctor's answer, and all of them together."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum

from cellchain.kernel.values import dataclass


class Level(StrEnum):
    """ok: as it should be. warn: look at it when there is time. bad: a finding, to be mended."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Line:
    """What was looked at, how it stands, what was seen, and what to do (nothing where it is as it should be)."""

    name: str
    level: Level
    seen: str
    do: str = ""

    def text(self) -> str:
        """For people."""
        advice = f" {self.do}" if self.do else ""
        return f"{self.level:<5} {self.name}: {self.seen}{advice}"


def ok(name: str, seen: str) -> Line:
    """It is as it should be."""
    return Line(name, Level.OK, seen)


def warn(name: str, seen: str, do: str) -> Line:
    """It works, and should be looked at."""
    return Line(name, Level.WARN, seen, do)


def bad(name: str, seen: str, do: str) -> Line:
    """A finding."""
    return Line(name, Level.BAD, seen, do)


def as_text(lines: Sequence[Line]) -> str:
    """All lines and, last, the worst of them in a word."""
    counts = {level: sum(line.level is level for line in lines) for level in Level}
    last = "healthy" if not counts[Level.BAD] else f"{counts[Level.BAD]} to mend"
    if counts[Level.WARN]:
        last += f", {counts[Level.WARN]} to look at"
    return "\n".join([*(line.text() for line in lines), last])


def as_json(lines: Sequence[Line]) -> str:
    """All lines for a program."""
    healthy = all(line.level is not Level.BAD for line in lines)
    return json.dumps({"healthy": healthy, "lines": [asdict(line) for line in lines]}, indent=2, ensure_ascii=False)


def ago(span: timedelta) -> str:
    """A span in the unit that says most: 40 minutes, 3 hours, 5 days."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2_880 else f"{minutes // 1_440} days"


def size(count: int) -> str:
    """Bytes in the unit that says most."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 1000:.1f} kB"
