"""The arithmetic of a container's way: minutes count once, and the first gap is the first gap."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.custody.rules.chain import (
    ANSWERED,
    EXPOSED,
    TOLERANCE,
    Exposure,
    GapKind,
    Span,
    SpanKind,
    exposure,
    first_gap,
    merged,
)
from cellchain.custody.rules.climate import Climate, climate_of, climates_of
from cellchain.manufacturing.rules.lifecycles import ContainerKind

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NOW = START + timedelta(minutes=600)
BAG = climate_of(ContainerKind.INFUSION_BAG) or Climate(0, 0, 0, 0, 0, 0, 0)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def span(kind: SpanKind, began: float, ended: float | None) -> Span:
    return Span(kind, at(began), None if ended is None else at(ended))


@st.composite
def spans(draw: st.DrawFn, kinds: frozenset[SpanKind] = frozenset(SpanKind)) -> list[Span]:
    """Up to eight spans within the ten hours before NOW."""
    found = []
    for kind in draw(st.lists(st.sampled_from(sorted(kinds)), max_size=8)):
        began = draw(st.integers(0, 599))
        ended = draw(st.one_of(st.none(), st.integers(began, 600)))
        found.append(span(kind, began, ended))
    return found


def by_the_minute(found: list[Span], kinds: frozenset[SpanKind]) -> list[bool]:
    """The oracle: minute by minute, whether one of them covers it."""
    return [
        any(one.kind in kinds and one.began_at <= at(minute) < (one.ended_at or NOW) for one in found)
        for minute in range(600)
    ]


@given(spans())
def test_minutes_out_count_once(found: list[Span]) -> None:
    out = by_the_minute(found, EXPOSED)
    longest = run = 0
    for is_out in out:
        run = run + 1 if is_out else 0
        longest = max(longest, run)
    assert exposure(found, NOW) == Exposure(timedelta(minutes=sum(out)), timedelta(minutes=longest))


@given(spans(), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(found: list[Span], random: object) -> None:
    shuffled = [*found, *found]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert exposure(shuffled, NOW) == exposure(found, NOW)
    assert first_gap(shuffled, NOW, 15) == first_gap(found, NOW, 15)


@given(spans(), spans())
def test_more_spans_never_give_less_exposure(some: list[Span], more: list[Span]) -> None:
    before, after = exposure(some, NOW), exposure([*some, *more], NOW)
    assert before.total <= after.total <= NOW - START
    assert before.longest <= after.longest <= after.total


@given(spans(ANSWERED - {SpanKind.OFFERED, SpanKind.SHIPPED}))
def test_the_first_gap_is_the_first_long_hole(found: list[Span]) -> None:
    held = by_the_minute(found, ANSWERED)
    gap = first_gap(found, NOW)
    holes, minute = [], next((number for number, is_held in enumerate(held) if is_held), 600)
    while minute < 600:
        began = minute
        while minute < 600 and not held[minute]:
            minute += 1
        if timedelta(minutes=minute - began) > TOLERANCE:
            holes.append((at(began), at(minute)))
        minute += 1
    assert (None if gap is None else (gap.began_at, gap.ended_at)) == (holes[0] if holes else None)


@given(spans(), st.integers(0, 600))
def test_what_qa_excused_is_no_gap_any_more(found: list[Span], minute: int) -> None:
    gap = first_gap(found, NOW, 15, at(minute))
    assert gap is None or gap.began_at >= at(minute)
    everything = first_gap(found, NOW, 15)
    if everything is not None and everything.began_at >= at(minute):
        assert gap == everything


@given(spans())
def test_merged_time_is_in_order_and_apart(found: list[Span]) -> None:
    whole = merged(found, NOW)
    assert all(began < ended <= NOW for began, ended in whole)
    assert all(before[1] < after[0] for before, after in pairwise(whole))


@pytest.mark.parametrize(
    ("found", "kind", "minutes"),
    [
        ([span(SpanKind.KEPT, 0, None)], None, 0),
        ([], None, 0),
        ([span(SpanKind.KEPT, 0, 100), span(SpanKind.KEPT, 105, None)], None, 0),
        ([span(SpanKind.KEPT, 0, 100), span(SpanKind.KEPT, 106, None)], GapKind.NOBODY, 6),
        ([span(SpanKind.KEPT, 0, 100)], GapKind.NOBODY, 500),
        ([span(SpanKind.KEPT, 0, None), span(SpanKind.OFFERED, 590, None)], GapKind.NO_TAKER, 10),
        ([span(SpanKind.KEPT, 0, 60), span(SpanKind.SHIPPED, 60, None)], GapKind.NO_RECEIPT, 540),
        ([span(SpanKind.KEPT, 0, None), span(SpanKind.UNLOGGED, 60, 75)], None, 0),
        ([span(SpanKind.KEPT, 0, None), span(SpanKind.UNLOGGED, 60, 76)], GapKind.UNLOGGED, 16),
        (
            [span(SpanKind.KEPT, 200, None), span(SpanKind.UNLOGGED, 210, 300), span(SpanKind.KEPT, 0, 100)],
            "nobody",
            100,
        ),
    ],
)
def test_gaps_are_named(found: list[Span], kind: str | None, minutes: int) -> None:
    gap = first_gap(found, NOW, 15)
    assert (gap and gap.kind, 0 if gap is None else gap.minutes) == (kind, minutes)
    if gap is not None:
        assert str(minutes) in str(gap.text)


def test_the_budget_is_exceeded_by_its_sum_or_by_one_spell() -> None:
    short = [span(SpanKind.OUT, begin, begin + 20) for begin in (0, 100, 200)]
    assert not exposure(short, NOW).exceeds(BAG)
    more = [*short, span(SpanKind.WARM, 300, 301)]
    assert exposure(more, NOW).exceeds(BAG)
    assert not exposure(more, NOW).exceeds(BAG, excused_minutes=61)
    assert exposure([*more, span(SpanKind.OUT, 400, 401)], NOW).exceeds(BAG, excused_minutes=61)
    assert exposure([span(SpanKind.OUT, 0, 31)], NOW).exceeds(BAG)
    assert not exposure([span(SpanKind.OUT, 0, 30)], NOW).exceeds(BAG)


def test_climates_are_data_and_do_not_contradict_themselves() -> None:
    assert Climate(2_000, 8_000, 0, 25_000, 30, 60, 15) == BAG
    assert climate_of(ContainerKind.TUBE) is None
    figures = "spell_minutes = 1\nbudget_minutes = 2\nlog_minutes = 3\n"
    with pytest.raises(ValueError, match="contradicts"):
        climates_of(f"[infusion_bag]\nrange = [8.0, 2.0]\nnever = [0.0, 25.0]\n{figures}")
    with pytest.raises(ValueError, match="contradicts"):
        climates_of(f"[infusion_bag]\nrange = [2.0, 8.0]\nnever = [3.0, 25.0]\n{figures}")
