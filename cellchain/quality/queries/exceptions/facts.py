"""What one check of a review finds: how many things are in order, and each one that is not."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.remarks import Remark
from cellchain.manufacturing.facts import LotFacts
from cellchain.manufacturing.reviewing import Doing, Notable
from cellchain.platform.db import ReadTx
from cellchain.quality.queries.deciding import DeviationFacts
from cellchain.quality.queries.testing import ResultFacts
from cellchain.quality.rules import review as rules
from cellchain.quality.rules.lifecycles import DeviationPhase, ExceptionKind, LotKind
from cellchain.quality.rules.release import BLOCKING


@dataclass(frozen=True)
class Acceptance:
    """Who accepted an exception, when, and what they noted."""

    by: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True)
class Tie:
    """Which deviation a rule opened about an exception: the rule, and the facts by which it is known."""

    rule: str
    facts: Mapping[str, Any]

    def holds(self, deviation: DeviationFacts) -> bool:
        """Whether this deviation is about it."""
        facts = {name: deviation.facts.get(name) for name in self.facts}
        return deviation.rule == self.rule and facts == dict(self.facts)


@dataclass(frozen=True)
class ExceptionFacts:
    """One thing that a reviewer has to look at. `key` names it for ever; `step` and `parameter` have words in both
    languages; `before` and `after` are a value as it was entered and as it stands; `things` are codes that it is about.

    `deviations` are those that a rule opened about this very thing: it is settled once they are closed and somebody
    accepted it.
    """

    key: str
    kind: ExceptionKind
    title: T
    step: Any = None
    parameter: Any = None
    before: str | None = None
    after: str | None = None
    unit: str = ""
    note: str | None = None
    detail: T | None = None
    tests: tuple[T, ...] = ()
    things: tuple[str, ...] = ()
    person: str | None = None
    happened_at: datetime | None = None
    entered_at: datetime | None = None
    href: str = ""
    tie: Tie | None = None
    deviations: tuple[DeviationFacts, ...] = ()
    accepted: Acceptance | None = None

    @property
    def is_blocking(self) -> bool:
        """Whether it has to be put right before anything is signed."""
        return self.kind in BLOCKING or any(one.phase is not DeviationPhase.CLOSED for one in self.deviations)

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision. A running final test waits for its day, not for a reviewer."""
        return self.accepted is None and self.kind is not ExceptionKind.PENDING and not self.is_blocking

    @property
    def needs_note(self) -> bool:
        """Whether it is accepted with words alone."""
        return self.kind in rules.NOTE_NEEDED


@dataclass(frozen=True)
class Checked:
    """What a check found."""

    in_order_count: int
    exceptions: tuple[ExceptionFacts, ...] = ()


@dataclass(frozen=True)
class Batch:
    """What the checks of one lot look at, read once for all of them.

    Of its values only what may have to be seen is here, row by row; `values_count` counts all that stand.
    """

    lot: str
    kind: LotKind
    facts: LotFacts
    doings: Mapping[int, Doing]
    values: tuple[Notable, ...]
    values_count: int
    containers: tuple[str, ...]
    results: tuple[ResultFacts, ...]
    deviations: tuple[DeviationFacts, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Check:
    """One question that a review asks of a batch. `name` says what is counted where it is in order."""

    key: str
    name: T
    run: Callable[[ReadTx, Batch], Checked] = field(repr=False)


@dataclass(frozen=True)
class Made:
    """A check that was made, with what it found."""

    check: Check
    found: Checked

    @property
    def running_count(self) -> int:
        """How many things wait for their day alone: neither in order yet, nor for anybody to look at."""
        return sum(item.kind is ExceptionKind.PENDING for item in self.found.exceptions)

    @property
    def to_look_at_count(self) -> int:
        """How many of its exceptions somebody has to look at."""
        return len(self.found.exceptions) - self.running_count
