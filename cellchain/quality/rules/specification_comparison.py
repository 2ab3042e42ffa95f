"""Two versions of a specification side by side: which limits were added, taken away or changed, and in what. Pure."""

from collections.abc import Sequence
from dataclasses import fields
from enum import StrEnum

from cellchain.kernel.values import dataclass
from cellchain.quality.rules.limits import Limit

# What makes a limit; its name and where it comes from are words about it.
_SOURCES = frozenset({"method", "source"})


class Change(StrEnum):
    """What became of a limit between two versions. `words`: only what is written about it."""

    SAME = "same"
    CHANGED = "changed"
    WORDS = "words"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Pair:
    """One test in both versions; None where a version does not have it. `changed` are the fields that differ."""

    test: str
    before: Limit | None
    after: Limit | None

    @property
    def changed(self) -> frozenset[str]:
        """The names of the fields that differ; empty where only one version has the test."""
        if self.before is None or self.after is None:
            return frozenset()
        return frozenset(
            field.name for field in fields(Limit) if getattr(self.before, field.name) != getattr(self.after, field.name)
        )

    @property
    def change(self) -> Change:
        """What became of the limit."""
        if self.before is None:
            return Change.ADDED
        if self.after is None:
            return Change.REMOVED
        if not self.changed:
            return Change.SAME
        return Change.WORDS if self.changed <= _SOURCES else Change.CHANGED

    @property
    def limit(self) -> Limit:
        """The limit as the newer version that has it says it."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a pair has a limit on one side")
        return found


def compare(before: Sequence[Limit], after: Sequence[Limit]) -> tuple[Pair, ...]:
    """Every test of both versions, in the order of the newer one; what it has no more comes last."""
    old = {limit.test: limit for limit in before}
    new = {limit.test: limit for limit in after}
    return tuple(
        Pair(test, old.get(test), new.get(test)) for test in [*new, *(test for test in old if test not in new)]
    )
