"""Whether somebody answered for a container at every minute, and how long it was out of controlled temperature. Pure.

The way of a container is told in spans. Some say who answered for it: a place where it stood, a shipment, a hand-over.
Some say that it was too warm, was out, or that nobody knows. Spans overlap, and minutes count once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from cellchain.custody.rules.climate import Climate
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

# Two acts that follow each other are a few breaths apart; more than that, somebody had it and nobody says who.
TOLERANCE = timedelta(minutes=5)


class SpanKind(StrEnum):
    """What a stretch of time says about a container."""

    KEPT = "kept"  # at a place whose temperature is controlled
    PLACED = "placed"  # at a place that nobody cools
    OFFERED = "offered"  # between two pairs of hands
    PACKED = "packed"  # in a shipper that is not closed yet
    SHIPPED = "shipped"  # in a closed shipper
    WARM = "warm"  # out of its range, as a logger wrote
    OUT = "out"  # out of controlled temperature, as a person says
    UNLOGGED = "unlogged"  # in a shipper whose logger says nothing


ANSWERED = frozenset({SpanKind.KEPT, SpanKind.PLACED, SpanKind.OFFERED, SpanKind.PACKED, SpanKind.SHIPPED})
EXPOSED = frozenset({SpanKind.PLACED, SpanKind.OFFERED, SpanKind.PACKED, SpanKind.WARM, SpanKind.OUT})


class GapKind(StrEnum):
    """What is missing in a chain of custody."""

    NO_TAKER = "no_taker"
    NO_RECEIPT = "no_receipt"
    NOBODY = "nobody"
    UNLOGGED = "unlogged"


@dataclass(frozen=True)
class Span:
    """A stretch of time. Without an end it lasts."""

    kind: SpanKind
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Gap:
    """The first thing that is missing in a chain, and when."""

    kind: GapKind
    began_at: datetime
    ended_at: datetime

    @property
    def minutes(self) -> int:
        """How long it lasts, in whole minutes."""
        return int((self.ended_at - self.began_at).total_seconds() // 60)

    @property
    def text(self) -> T:
        """The sentence that names it."""
        return T(_SENTENCES[self.kind].template, minutes=self.minutes)


_SENTENCES = {
    GapKind.NO_TAKER: T("Nobody has taken over what was offered {minutes} min ago."),
    GapKind.NO_RECEIPT: T("The shipment that left {minutes} min ago was not received."),
    GapKind.NOBODY: T("For {minutes} min nobody answered for it."),
    GapKind.UNLOGGED: T("For {minutes} min no logger says how warm it was."),
}


@dataclass(frozen=True)
class Exposure:
    """How long a container was out of controlled temperature: over its whole way, and at one time."""

    total: timedelta = timedelta()
    longest: timedelta = timedelta()

    @property
    def minutes(self) -> int:
        """The minutes in all, each one begun counted whole."""
        return -(-int(self.total.total_seconds()) // 60)

    def exceeds(self, climate: Climate, excused_minutes: int = 0) -> bool:
        """Whether it is more than the kind bears, and more than QA has assessed as usable."""
        is_over = self.total > timedelta(minutes=climate.budget_minutes)
        is_over = is_over or self.longest > timedelta(minutes=climate.spell_minutes)
        return is_over and self.minutes > excused_minutes


NOT_EXPOSED = Exposure()


def merged(spans: Iterable[Span], now: datetime) -> list[tuple[datetime, datetime]]:
    """The time that spans cover together until `now`, in order and without overlaps."""
    ends = sorted((span.began_at, min(span.ended_at or now, now)) for span in spans)
    found: list[tuple[datetime, datetime]] = []
    for began, ended in ends:
        if ended <= began:
            continue
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def exposure(spans: Iterable[Span], now: datetime) -> Exposure:
    """How long a container was out of controlled temperature until `now`."""
    lengths = [ended - began for began, ended in merged((span for span in spans if span.kind in EXPOSED), now)]
    return Exposure(sum(lengths, timedelta()), max(lengths, default=timedelta()))


def first_gap(
    spans: Sequence[Span], now: datetime, log_minutes: int | None = None, excused_until: datetime | None = None
) -> Gap | None:
    """The earliest thing that is missing between the first span and `now`; what began before QA excused it is not.

    `log_minutes` is how long a logger may be silent; without it no logger is asked for.
    """
    found = [*_unanswered(spans, now), *_unended(spans, now)]
    if log_minutes is not None:
        silent = merged((span for span in spans if span.kind is SpanKind.UNLOGGED), now)
        found += [
            Gap(GapKind.UNLOGGED, began, ended)
            for began, ended in silent
            if ended - began > timedelta(minutes=log_minutes)
        ]
    left = [gap for gap in found if excused_until is None or gap.began_at >= excused_until]
    return min(left, key=lambda gap: (gap.began_at, gap.kind), default=None)


def _unanswered(spans: Sequence[Span], now: datetime) -> list[Gap]:
    """The holes between those who answered for it, and one that lasts."""
    answered = merged((span for span in spans if span.kind in ANSWERED), now)
    if not answered:
        return []
    ends = [*((before[1], after[0]) for before, after in pairwise(answered)), (answered[-1][1], now)]
    return [Gap(GapKind.NOBODY, began, ended) for began, ended in ends if ended - began > TOLERANCE]


def _unended(spans: Sequence[Span], now: datetime) -> list[Gap]:
    missing = {SpanKind.OFFERED: GapKind.NO_TAKER, SpanKind.SHIPPED: GapKind.NO_RECEIPT}
    return [
        Gap(missing[span.kind], span.began_at, now)
        for span in spans
        if span.kind in missing and span.ended_at is None and span.began_at <= now
    ]
