"""Which visit is due on which day after a harvest."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cellchain.donors import definitions
from cellchain.donors.rules import aftercare as rules
from cellchain.donors.rules.aftercare import Aftercare, VisitPlan, VisitStanding
from cellchain.donors.rules.lifecycles import Contact
from cellchain.kernel.errors import Refused
from tests.donors.examples import AFTERCARE

HARVESTED = date(2026, 3, 2)
PLANNED = {one.plan.code: one for one in rules.planned(AFTERCARE, HARVESTED)}
LATER = PLANNED["later"]


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_the_days_of_a_visit() -> None:
    assert (LATER.opens_on, LATER.due_on, LATER.closes_on) == (date(2026, 3, 27), date(2026, 4, 1), date(2026, 4, 11))


@given(st.integers(0, 400))
def test_a_visit_is_ahead_then_due_then_overdue(day: int) -> None:
    """Every day has one standing, the window's both ends belong to it, and nothing is ever forgotten."""
    today = HARVESTED + days(day)
    for one in PLANNED.values():
        standing = one.standing(today, None)
        assert (standing is VisitStanding.AHEAD) == (day < one.plan.day - one.plan.before)
        assert (standing is VisitStanding.OVERDUE) == (day > one.plan.day + one.plan.after)
        assert standing in (VisitStanding.AHEAD, VisitStanding.DUE, VisitStanding.OVERDUE)


@given(st.dates(date(2000, 1, 1), date(2190, 1, 1)), st.integers(0, 300), st.integers(0, 60), st.integers(0, 60))
def test_a_window_holds_its_day(harvested_on: date, day: int, before: int, after: int) -> None:
    plan = VisitPlan(code="any", name="Any", day=day + before, before=before, after=after)
    [one] = rules.planned(Aftercare(version=1, visits=(plan,)), harvested_on)
    assert harvested_on <= one.opens_on <= one.due_on <= one.closes_on
    assert (one.closes_on - one.opens_on).days == before + after


@pytest.mark.parametrize(
    ("made", "standing"),
    [
        ((Contact.SEEN, LATER.closes_on), VisitStanding.DONE),
        ((Contact.CALLED, LATER.closes_on + days(1)), VisitStanding.DONE_LATE),
        ((Contact.NOT_REACHED, LATER.closes_on + days(1)), VisitStanding.MISSED),
    ],
)
def test_a_visit_that_was_recorded(made: tuple[Contact, date], standing: VisitStanding) -> None:
    assert LATER.standing(HARVESTED + days(399), made) is standing


FINE: dict[str, Any] = {
    "is_recorded": False,
    "has_words": True,
    "bears_on_donation": False,
    "complications_count": 0,
}


@pytest.mark.parametrize(
    ("visit", "contact", "on", "changes", "code"),
    [
        ("never", Contact.SEEN, LATER.due_on, {}, "donor_visit.unknown"),
        ("later", Contact.SEEN, LATER.due_on, {"is_recorded": True}, "donor_visit.recorded_already"),
        ("later", Contact.SEEN, LATER.opens_on - days(1), {}, "donor_visit.too_early"),
        (
            "later",
            Contact.SEEN,
            LATER.due_on,
            {"bears_on_donation": True, "has_words": False},
            "donor_visit.needs_findings",
        ),
        ("later", Contact.NOT_REACHED, LATER.closes_on, {}, "donor_visit.still_open"),
        ("later", Contact.NOT_REACHED, LATER.closes_on + days(1), {"has_words": False}, "donor_visit.needs_cause"),
        (
            "later",
            Contact.NOT_REACHED,
            LATER.closes_on + days(1),
            {"complications_count": 1},
            "donor_visit.nobody_seen",
        ),
        (
            "later",
            Contact.NOT_REACHED,
            LATER.closes_on + days(1),
            {"bears_on_donation": True},
            "donor_visit.nobody_seen",
        ),
    ],
)
def test_not_recorded(visit: str, contact: Contact, on: date, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_record(PLANNED, visit, contact, on, **{**FINE, **changes})
    assert refusal.value.code == code


def test_recorded_in_time_late_and_missed() -> None:
    for contact, on in (
        (Contact.SEEN, LATER.opens_on),
        (Contact.CALLED, LATER.closes_on + days(90)),
        (Contact.NOT_REACHED, LATER.closes_on + days(1)),
    ):
        rules.may_record(PLANNED, "later", contact, on, **FINE)


def test_the_plan_that_ships_follows_a_donor_for_a_month() -> None:
    codes = [visit.code for visit in definitions.aftercare().visits]
    assert codes == ["day_1", "week_1", "month_1"]


def test_a_plan_that_cannot_be() -> None:
    with pytest.raises(ValidationError, match="before the harvest"):
        VisitPlan(code="any", name="Any", day=1, before=2, after=0)
    visit = AFTERCARE.visits[0]
    with pytest.raises(ValidationError, match="stands twice"):
        Aftercare(version=1, visits=(visit, visit))
