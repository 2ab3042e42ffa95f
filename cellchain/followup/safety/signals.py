"""Where adverse events gather: by lot, by donor, by passage. Exact arithmetic over what was infused. Pure.

Each group of infusions is compared with all others by the chance that so many or more of its infusions would have had
an event if events fell on infusions at random (hypergeometric tail, Fisher's exact test to one side). No correction is
made for looking at many groups: what stands out is a question to a physician and no proof.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import comb

from cellchain.kernel.values import dataclass

# A group stands out from so many infusions with an event on, where chance makes it rarer than one in twenty.
INFUSIONS_LEAST = 2
CHANCE_MOST = Fraction(1, 20)
TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class Given:
    """One infusion: what it belongs to in each way of grouping, and how many events began after it."""

    infusion: int
    groups: Mapping[str, Sequence[str]]
    events: int


@dataclass(frozen=True)
class Group:
    """A lot, donor or passage. `chance`: how often so many would come together by chance, or None where none did."""

    name: str
    infusions: int
    with_event: int
    events: int
    chance: Fraction | None

    @property
    def rate(self) -> Decimal:
        """Events for each infusion."""
        return Decimal(self.events) / self.infusions

    @property
    def chance_shown(self) -> Decimal | None:
        """The chance with four decimals, rounded up: it is never shown as smaller than it is."""
        if self.chance is None:
            return None
        return Decimal(-(-self.chance.numerator * TEN_THOUSAND // self.chance.denominator)) / TEN_THOUSAND

    @property
    def stands_out(self) -> bool:
        """Whether somebody should look at it."""
        return self.with_event >= INFUSIONS_LEAST and self.chance is not None and self.chance < CHANCE_MOST


def tail(infusions: int, with_event: int, group: int, group_with_event: int) -> Fraction:
    """The chance that a group drawn at random holds `group_with_event` or more of those with an event. Exact."""
    most = min(group, with_event)
    ways = sum(
        comb(with_event, held) * comb(infusions - with_event, group - held)
        for held in range(group_with_event, most + 1)
    )
    return Fraction(ways, comb(infusions, group))


def grouped(given: Sequence[Given], by: str) -> list[Group]:
    """Every group of one kind, what stands out first, then the highest rate, then by name.

    It is compared with the other infusions that are in a group of this kind: a donor with donors, not with saline.
    """
    held: defaultdict[str, list[Given]] = defaultdict(list)
    among = [one for one in given if one.groups.get(by)]
    for one in among:
        for name in one.groups[by]:
            held[name].append(one)
    total, total_with = len(among), _with_event(among)
    found = [_group(name, theirs, total, total_with) for name, theirs in held.items()]
    return sorted(found, key=lambda one: (not one.stands_out, -Fraction(one.events, one.infusions), one.name))


def _group(name: str, theirs: Sequence[Given], total: int, total_with: int) -> Group:
    with_event = _with_event(theirs)
    chance = tail(total, total_with, len(theirs), with_event) if with_event and len(theirs) < total else None
    return Group(name, len(theirs), with_event, sum(one.events for one in theirs), chance)


def _with_event(given: Iterable[Given]) -> int:
    return sum(one.events > 0 for one in given)
