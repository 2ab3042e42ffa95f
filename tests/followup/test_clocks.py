"""The arithmetic of reporting clocks: hours that pass, and calendar days at the site."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cellchain.followup.safety import rules
from cellchain.followup.safety.lifecycles import ClockKind, Expectedness, Relatedness, Seriousness
from tests.trial.story import STUDY

REPORTING = STUDY.reporting
MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
ZONES = (UTC, MOSCOW, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia"))


def at(text: str, zone: ZoneInfo | None = None) -> datetime:
    """A time as the site's clock shows it, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC).astimezone(UTC)


def other(aware_at: datetime, zone: ZoneInfo | None = None) -> datetime:
    (clock,) = rules.expedited_clocks(Seriousness.HOSPITALISATION, aware_at, REPORTING, zone or UTC)
    return clock.due_at


def test_fifteen_days_from_day_0() -> None:
    assert other(at("2026-11-18T11:20")) == at("2026-12-03T11:20")


def test_a_leap_day_is_a_day() -> None:
    assert other(at("2028-02-20T09:00")) == at("2028-03-06T09:00")
    assert other(at("2027-02-20T09:00")) == at("2027-03-07T09:00")
    fatal, full = rules.expedited_clocks(Seriousness.DEATH, at("2028-02-22T09:00"), REPORTING, MOSCOW)
    assert (fatal.due_at, full.due_at) == (at("2028-02-29T09:00"), at("2028-03-08T09:00"))


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-03-20T12:00", "2026-04-04T12:00"),  # clocks were put forward on 29 March
        ("2026-10-20T12:00", "2026-11-04T12:00"),  # and back on 25 October
        ("2026-03-28T23:30", "2026-04-12T23:30"),
        ("2026-10-24T00:10", "2026-11-08T00:10"),
        ("2028-02-20T23:59", "2028-03-06T23:59"),
        ("2028-03-20T01:00", "2028-04-04T01:00"),  # a leap year, and summer time on 26 March
    ],
)
def test_a_deadline_keeps_its_time_at_the_site_over_summer_time(aware: str, due: str) -> None:
    assert other(at(aware, BERLIN), BERLIN) == at(due, BERLIN)


def test_a_late_evening_stays_on_its_day_when_clocks_go_forward() -> None:
    """Counted in UTC, half past eleven at night would slip into day 16."""
    aware = at("2026-03-20T23:30", BERLIN)
    in_utc = aware + timedelta(days=15)
    assert in_utc.astimezone(BERLIN).date() == date(2026, 4, 5)
    assert other(aware, BERLIN).astimezone(BERLIN).date() == date(2026, 4, 4)


def test_a_time_that_does_not_exist_or_comes_twice() -> None:
    assert other(at("2026-03-14T02:30", BERLIN), BERLIN) == at("2026-03-29T03:30", BERLIN)
    twice = at("2026-10-10T02:30", BERLIN)
    assert other(twice, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two


def test_a_day_that_the_site_skipped_is_no_day_of_anybody() -> None:
    """Apia had no 30 December 2011: day 15 is the calendar's, and lies no later than its own end."""
    apia = ZoneInfo("Pacific/Apia")
    aware = datetime(2011, 12, 20, 12, tzinfo=apia).astimezone(UTC)
    assert other(aware, apia).astimezone(apia) == datetime(2012, 1, 4, 12, tzinfo=apia)


def test_day_0_is_the_sites_day() -> None:
    """One in the morning in Moscow is the evening before in UTC: day 15 counts from Moscow's day."""
    due = other(at("2026-11-18T01:00", MOSCOW), MOSCOW)
    assert due.astimezone(MOSCOW).date() == date(2026, 12, 3)


@settings(max_examples=200, deadline=None)
@given(
    some.integers(0, 20 * 366 * 24 * 60),
    some.integers(1, 30),
    some.sampled_from(ZONES),
)
def test_day_n_lies_n_days_after_day_0_everywhere(minutes: int, days: int, zone: ZoneInfo) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = rules.days_after(start, days, zone)
    assert (due.astimezone(zone).date() - start.astimezone(zone).date()).days == days
    assert abs(due - start - timedelta(days=days)) <= timedelta(hours=1)


def test_fatal_is_seven_days_and_eight_more() -> None:
    begin = at("2026-12-28T23:30")
    fatal, full = rules.expedited_clocks(Seriousness.DEATH, begin, REPORTING, UTC)
    assert (fatal.kind, fatal.due_at) == (ClockKind.FATAL, at("2027-01-04T23:30"))
    assert (full.kind, full.due_at) == (ClockKind.FULL, at("2027-01-12T23:30"))


@pytest.mark.parametrize("aware", ["2028-02-28T18:00", "2026-03-28T18:00", "2026-10-24T18:00", "2027-12-31T18:00"])
def test_the_investigator_has_24_hours_that_pass(aware: str) -> None:
    """Over a leap day, both changes of the clocks and the new year, at the site's own time."""
    begin = at(aware, BERLIN)
    assert rules.investigator_clock(begin, REPORTING).due_at - begin == timedelta(hours=24)


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
    assert rules.suspected_unexpected([relatedness, None], [expectedness, None]) == (
        suspected and expectedness == "unexpected"
    )


def test_one_of_the_two_who_judge_is_enough() -> None:
    unlikely, possible = Relatedness.UNLIKELY, Relatedness.POSSIBLE
    expected, unexpected = Expectedness.EXPECTED, Expectedness.UNEXPECTED
    assert rules.suspected_unexpected([unlikely, possible], [expected, unexpected])
    assert rules.suspected_unexpected([possible, unlikely], [unexpected, expected])
    assert not rules.suspected_unexpected([unlikely, None], [unexpected, None])
