"""Windows of visits are days at the site: over summer time, over a leap day, and at either end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cellchain.followup import commands, queries, rules
from tests.factories import House
from tests.followup.story import Course
from tests.trial.story import STUDY

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def berlin(house: House) -> Course:
    """A site whose clocks change twice a year."""
    course = Course(house)
    house.database.house = type(house.database.house)(list_key=house.database.house.list_key, zone=BERLIN)
    return course


@pytest.mark.parametrize("anchor", [date(2026, 1, 10), date(2026, 9, 1), date(2027, 12, 1), date(2028, 2, 29)])
def test_a_visit_is_due_whole_weeks_later_on_the_same_weekday(anchor: date) -> None:
    """Whatever lies between: the site's clocks change in spring and in autumn, and 2028 has a 29th of February."""
    for visit, known in zip(rules.planned_visits(STUDY.visits, anchor), STUDY.visits[1:], strict=True):
        assert (visit.due_on - anchor).days == known.week * 7
        assert visit.due_on.weekday() == anchor.weekday()
        assert (visit.due_on - visit.window_from, visit.window_until - visit.due_on) == (timedelta(days=14),) * 2


def test_a_window_may_begin_or_end_on_a_leap_day() -> None:
    begins = next(one for one in rules.planned_visits(STUDY.visits, date(2027, 12, 14)) if one.code == "month_3")
    assert (begins.window_from, begins.due_on) == (date(2028, 2, 29), date(2028, 3, 14))
    ends = next(one for one in rules.planned_visits(STUDY.visits, date(2027, 11, 16)) if one.code == "month_3")
    assert (ends.due_on, ends.window_until) == (date(2028, 2, 15), date(2028, 2, 29))


@pytest.mark.parametrize(("days", "outside"), [(-15, -1), (-14, 0), (0, 0), (14, 0), (15, 1), (40, 26)])
def test_how_many_days_a_visit_lies_outside(days: int, outside: int) -> None:
    due = date(2028, 3, 1)
    reach = timedelta(days=14)
    assert rules.days_outside(due + timedelta(days=days), due - reach, due + reach) == outside


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-03-28T22:59", date(2026, 3, 28)),  # winter time: one hour to midnight
        ("2026-03-28T23:00", date(2026, 3, 29)),
        ("2026-03-29T21:59", date(2026, 3, 29)),  # summer time since this morning: two hours
        ("2026-03-29T22:00", date(2026, 3, 30)),
        ("2026-10-24T22:00", date(2026, 10, 25)),
        ("2026-10-25T22:59", date(2026, 10, 25)),  # the day of 25 hours
        ("2026-10-25T23:00", date(2026, 10, 26)),
        ("2028-02-28T23:00", date(2028, 2, 29)),
    ],
)
def test_the_first_infusion_counts_on_the_site_s_day(berlin: Course, utc: str, day: date) -> None:
    recipient = berlin.planned()
    berlin.house.clock.advance_to(datetime.fromisoformat(utc).replace(tzinfo=UTC))
    berlin.infusion_given(recipient)
    done = berlin.do(commands.plan_visits, by=berlin.people.coordinator, recipient=recipient)
    assert done["anchor"] == day.isoformat()
    assert berlin.visit(recipient).due_on == day + timedelta(weeks=13)


def test_a_window_opens_and_closes_at_the_site_s_midnight(berlin: Course) -> None:
    recipient = berlin.followed()
    visit = berlin.visit(recipient)

    def state_at(on: date, hour: int, minute: int) -> str:
        local = datetime(on.year, on.month, on.day, hour, minute, tzinfo=BERLIN)
        berlin.house.clock.advance_to(local.astimezone(UTC))
        with berlin.house.read() as tx:
            return queries.recipient_followup(tx, recipient, berlin.people.coordinator).visits[0].state

    day = timedelta(days=1)
    assert state_at(visit.window_from - day, 23, 59) == "ahead"
    assert state_at(visit.window_from, 0, 0) == "open"
    assert state_at(visit.window_until, 23, 59) == "open"
    assert state_at(visit.window_until + day, 0, 0) == "overdue"
