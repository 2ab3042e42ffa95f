"""Two versions of a master record side by side: what was added, taken away or changed. Pure.

Parts are told apart by their keys, so a step that moved is the same step at another place.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.definition import Definition

REMARKS = "remarks"
# Each text as it stands in the record; a list is compared as a whole.
Line = tuple[str, str]


class Change(StrEnum):
    """What became of one line between two versions."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Difference:
    """One line of both versions. `part` is the step it belongs to, or "" for the record itself."""

    part: str
    line: str
    before: str | None
    after: str | None

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.before == self.after:
            return Change.SAME
        if self.before is None:
            return Change.ADDED
        return Change.REMOVED if self.after is None else Change.CHANGED


@dataclass(frozen=True)
class Compared:
    """A part of the record with its lines: the record itself first, then each step in the order of the newer."""

    part: str
    lines: tuple[Difference, ...]

    @property
    def change(self) -> Change:
        """What became of the part as a whole."""
        changes = {line.change for line in self.lines}
        return changes.pop() if len(changes) == 1 else Change.CHANGED

    @property
    def changed(self) -> tuple[Difference, ...]:
        """The lines that are not the same in both."""
        return tuple(line for line in self.lines if line.change != Change.SAME)


def compare(before: Definition, after: Definition) -> tuple[Compared, ...]:
    """Every line of both versions. A line that only one of them has is there with None for the other."""
    old, new = _parts(before), _parts(after)
    gone = [part for part in old if part not in new]
    return tuple(_compared(part, old.get(part, {}), new.get(part, {})) for part in [*new, *gone])


def _compared(part: str, old: Mapping[str, str], new: Mapping[str, str]) -> Compared:
    lines = [*new, *(line for line in old if line not in new)]
    return Compared(part, tuple(Difference(part, line, old.get(line), new.get(line)) for line in lines))


def _parts(definition: Definition) -> dict[str, dict[str, str]]:
    document = definition.model_dump(mode="json", exclude_none=True)
    steps = document.pop("steps")
    parts = {"": dict(_lines(document))}
    for place, step in enumerate(steps, 1):
        key = step.pop("key")
        parts[key] = {"place": str(place), **dict(_lines(step))}
    return parts


def _lines(tree: Mapping[str, Any], before: str = "") -> Iterator[Line]:
    for name, value in tree.items():
        yield from _of(f"{before}{name}", value)


def _of(name: str, value: Any) -> Iterator[Line]:
    if isinstance(value, Mapping):
        yield from _lines(value, f"{name}.")
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and "key" in item for item in value):
        for item in value:
            yield from _lines({key: inner for key, inner in item.items() if key != "key"}, f"{name}.{item['key']}.")
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and "code" in item for item in value):
        # Standard remarks: their words once, with the record itself, and by code wherever they may be chosen.
        if name == REMARKS:
            yield from ((f"{name}.{item['code']}.{word}", item[word]) for item in value for word in ("en", "ru"))
        else:
            yield name, ", ".join(item["code"] for item in value)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, item in enumerate(value, 1):
            yield from _lines(item, f"{name}.{number}.")
    elif isinstance(value, list):
        if value:
            yield name, ", ".join(str(item) for item in value)
    else:
        yield name, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
