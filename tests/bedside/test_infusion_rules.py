"""How a bag runs, without a house around it: rates, volumes, time, and the calendar's edges."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cellchain.bedside.infusions import rules
from cellchain.bedside.infusions.rules import Halt, Rate, RateCause, Step

START = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
STEPS = (Step(0, 100), Step(15, 200))
BAG_UL = 400_000
BERLIN = ZoneInfo("Europe/Berlin")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_volume_follows_the_rates_that_were_set() -> None:
    rates = [Rate(START, 100, RateCause.START), Rate(at(15), 200)]
    assert rules.given_ul(rates, [], at(15), BAG_UL) == 25_000
    assert rules.given_ul(rates, [], at(45), BAG_UL) == 125_000
    assert rules.given_ul(rates, [], at(600), BAG_UL) == BAG_UL


def test_nothing_runs_in_a_pause_wherever_the_rate_changes() -> None:
    rates = [Rate(START, 100, RateCause.START), Rate(at(30), 200)]
    across = [Halt(at(20), at(40))]
    assert rules.given_ul(rates, across, at(60), BAG_UL) == 20 * 100_000 // 60 + 20 * 200_000 // 60
    assert rules.ran_seconds(START, at(60), across) == 40 * 60
    assert rules.given_ul(rates, [Halt(at(10), None)], at(60), BAG_UL) == 10 * 100_000 // 60


@pytest.mark.parametrize(
    ("ran", "cause", "set_to", "expected"),
    [
        (0, RateCause.START, 100, rules.NextRate(200, 15)),
        (14, RateCause.START, 100, rules.NextRate(200, 1)),
        (15, RateCause.START, 100, rules.NextRate(200, 0)),
        (40, RateCause.START, 100, rules.NextRate(200, 0)),
        (40, RateCause.PRESCRIBED, 200, None),
        (40, RateCause.REACTION, 100, None),
        (40, RateCause.PHYSICIAN, 50, None),
    ],
)
def test_the_next_rate_is_prompted_unless_somebody_chose_another(
    ran: int, cause: RateCause, set_to: int, expected: rules.NextRate | None
) -> None:
    assert rules.next_rate(STEPS, [Rate(START, set_to, cause)], ran) == expected


def test_time_left_follows_the_steps_to_come() -> None:
    assert rules.minutes_left(BAG_UL, 100, STEPS, 0, follows=True) == 128
    assert rules.minutes_left(BAG_UL, 100, STEPS, 0, follows=False) == 240
    assert rules.minutes_left(20_000, 100, STEPS, 0, follows=True) == 12
    assert rules.minutes_left(0, 100, STEPS, 20, follows=True) == 0


def test_a_whole_bag_takes_what_the_study_prescribes() -> None:
    assert rules.prescribed_minutes(STEPS, BAG_UL, 120) == 128
    assert rules.prescribed_minutes((), BAG_UL, 120) == 120


def test_drops_and_slowing() -> None:
    assert [rules.drops_per_minute(rate, 20) for rate in (100, 200, 1)] == [33, 67, 0]
    assert rules.slower([Rate(START, 200)], STEPS) == 100
    assert rules.slower([Rate(START, 100)], STEPS) == 50
    assert rules.slower([Rate(START, 1)], ()) == 1


def test_stated_beside_computed() -> None:
    assert not rules.differs(400_000, 360_000, BAG_UL, 10)
    assert rules.differs(400_000, 359_999, BAG_UL, 10)


def test_late_is_later_than_the_study_tolerates() -> None:
    assert not rules.is_late(START, at(15), 15)
    assert rules.is_late(START, at(15) + timedelta(seconds=1), 15)


# -- the calendar's edges --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "ends", "minutes"),
    [
        # The clock jumps from 02:00 to 03:00: by the wall two hours, by the drip one.
        (datetime(2027, 3, 28, 1, 30, tzinfo=BERLIN), datetime(2027, 3, 28, 3, 30, tzinfo=BERLIN), 60),
        # The hour from 02:00 comes twice: by the wall nothing passed, by the drip an hour.
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), 60),
        (datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN), 180),
        # 2028 is a leap year, 2027 and 2100 are none.
        (datetime(2028, 2, 28, 23, 30, tzinfo=BERLIN), datetime(2028, 3, 1, 0, 30, tzinfo=BERLIN), 25 * 60),
        (datetime(2027, 2, 28, 23, 30, tzinfo=BERLIN), datetime(2027, 3, 1, 0, 30, tzinfo=BERLIN), 60),
        (datetime(2100, 2, 28, 23, 30, tzinfo=BERLIN), datetime(2100, 3, 1, 0, 30, tzinfo=BERLIN), 60),
    ],
)
def test_time_that_ran_is_the_time_between_instants(begins: datetime, ends: datetime, minutes: int) -> None:
    assert rules.ran_seconds(begins, ends, []) == minutes * 60
    assert rules.ran_seconds(begins.astimezone(UTC), ends, []) == minutes * 60
    assert rules.given_ul([Rate(begins, 10)], [], ends, 10**9) == minutes * 10_000 // 60
    assert rules.is_late(begins, ends, minutes - 1)
    assert not rules.is_late(begins, ends, minutes)
    halted = [Halt(begins, ends)]
    assert rules.ran_seconds(begins, ends.astimezone(UTC) + timedelta(minutes=10), halted) == 600
