"""The arithmetic of reporting clocks: calendar days in UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cellchain.followup import rules
from cellchain.followup.lifecycles import ClockKind, Expectedness, Relatedness, Seriousness
from tests.trial.story import STUDY

REPORTING = STUDY.reporting
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def other(aware_at: datetime) -> datetime:
    (clock,) = rules.expedited_clocks(Seriousness.HOSPITALISATION, aware_at, REPORTING)
    return clock.due_at


def test_fifteen_days_from_day_0() -> None:
    assert other(at("2026-11-18T11:20")) == at("2026-12-03T11:20")


def test_a_leap_day_is_a_day() -> None:
    assert other(at("2028-02-20T09:00")) == at("2028-03-06T09:00")
    assert other(at("2027-02-20T09:00")) == at("2027-03-07T09:00")


@pytest.mark.parametrize("aware", ["2026-03-20T12:00", "2026-10-20T12:00"])
def test_summer_time_of_the_site_moves_no_deadline(aware: str) -> None:
    """Both spans hold a change of Berlin's clocks: the deadline keeps its UTC hour, not its local one."""
    begin = at(aware)
    due = other(begin)
    assert due - begin == timedelta(days=15)
    assert due.hour == begin.hour
    assert due.astimezone(BERLIN).hour != begin.astimezone(BERLIN).hour


def test_fatal_is_seven_days_and_eight_more() -> None:
    begin = at("2026-12-28T23:30")
    fatal, full = rules.expedited_clocks(Seriousness.DEATH, begin, REPORTING)
    assert (fatal.kind, fatal.due_at) == (ClockKind.FATAL, at("2027-01-04T23:30"))
    assert (full.kind, full.due_at) == (ClockKind.FULL, at("2027-01-12T23:30"))


def test_the_investigator_has_24_hours() -> None:
    begin = at("2028-02-28T18:00")
    assert rules.investigator_clock(begin, REPORTING).due_at == at("2028-02-29T18:00")


@pytest.mark.parametrize(
    ("percent", "state"), [(0, "on_time"), (49, "on_time"), (50, "half"), (79, "half"), (80, "warn"), (100, "warn")]
)
def test_states_of_a_running_clock(percent: int, state: str) -> None:
    begin, due = at("2026-03-02T00:00"), at("2026-03-03T00:00")
    now = begin + (due - begin) * percent / 100
    assert rules.clock_state(begin, due, now) == state
    assert rules.used_percent(begin, due, now) == percent


def test_late_from_the_first_moment_after_the_deadline() -> None:
    begin, due = at("2026-03-02T00:00"), at("2026-03-03T00:00")
    assert rules.clock_state(begin, due, due + timedelta(microseconds=1)) == "late"
    assert rules.used_percent(begin, due, due + timedelta(days=1)) == 200
    assert rules.used_percent(begin, due, begin - timedelta(days=1)) == 0


@pytest.mark.parametrize("relatedness", Relatedness)
@pytest.mark.parametrize("expectedness", Expectedness)
def test_suspected_means_at_least_possible(relatedness: Relatedness, expectedness: Expectedness) -> None:
    suspected = relatedness in ("possible", "probable", "definite")
    assert rules.suspected_unexpected(relatedness, expectedness) == (suspected and expectedness == "unexpected")
