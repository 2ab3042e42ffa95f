"""Dates counted backwards from an infusion, their clashes, and the price of moving or cancelling one."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.trial import commands, queries
from cellchain.trial.definition import Preparation, Schedule
from cellchain.trial.lifecycles import InfusionPhase
from cellchain.trial.preparation import pages, rules
from cellchain.trial.preparation import queries as preparing
from cellchain.trial.preparation.rules import ClashKind, CostKind
from cellchain.trial.rules import InfusionFacts
from tests.trial.story import FIRST_ON, STUDY, Story

TODAY = date(2026, 3, 2)  # a Monday
WAY = STUDY.preparation


def planned(number: int = 1, due_on: date = TODAY + timedelta(days=28), **other: Any) -> InfusionFacts:
    """Infusion `number` of a plan of eight, planned unless said otherwise."""
    fields: dict[str, Any] = {
        "id": number,
        "recipient": "RC1",
        "number": number,
        "total": 8,
        "course": (number + 1) // 2,
        "dose_in_course": 2 - number % 2,
        "due_on": due_on,
        "window_from": due_on - timedelta(days=3),
        "window_until": due_on + timedelta(days=7),
        "phase": InfusionPhase.PLANNED,
    }
    return InfusionFacts(**{**fields, **other})


def kinds(*infusions: InfusionFacts, way: Preparation = WAY, today: date = TODAY) -> list[ClashKind]:
    return [clash.kind for clash in rules.clashes(way, STUDY.schedule, infusions, today)]


def costs(infusion: InfusionFacts, due_on: date, *others: InfusionFacts) -> list[CostKind]:
    known = [infusion, *others]
    return [cost.kind for cost in rules.cost_of_moving(WAY, STUDY.schedule, known, infusion, due_on, TODAY)]


def test_each_step_has_its_day_counted_backwards() -> None:
    found = [(one.code, (TODAY - one.on).days) for one in rules.steps(WAY, TODAY)]
    assert found == [("order", 21), ("begin", 14), ("early_tests", 3), ("fill", 0), ("infusion", 0)]


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_the_first_day_with_time_for_everything_is_the_first(today: date) -> None:
    """Over leap days and year ends: the day found fits, and no earlier one does."""
    found = rules.earliest(WAY, today, today)
    assert found is not None
    assert rules.fits(WAY, found, today)
    days = (today + timedelta(days=ahead) for ahead in range((found - today).days))
    assert not any(rules.fits(WAY, day, today) for day in days)


def test_a_plan_on_working_days_with_time_has_no_clash() -> None:
    assert kinds(planned(), planned(2, TODAY + timedelta(days=35))) == []


def test_a_day_on_which_nobody_works() -> None:
    saturday = planned(due_on=date(2026, 4, 4))
    assert set(kinds(saturday)) == {ClashKind.CLOSED}
    holiday = Preparation(steps=WAY.steps, closed_days=(planned().due_on,))
    assert kinds(planned(), way=holiday) == [ClashKind.CLOSED, ClashKind.CLOSED]


def test_a_crowded_day_counts_everybody() -> None:
    three = [planned(recipient=f"RC{at}", id=at) for at in range(3)]
    assert kinds(*three[:2]) == []
    assert kinds(*three) == [ClashKind.CROWDED] * 6  # the beginning and the filling of each
    given_already = planned(recipient="RC0", id=0, phase=InfusionPhase.INFUSED)
    assert kinds(given_already, *three[1:]) == []


def test_what_is_not_ordered_loses_its_days_and_what_is_ordered_does_not() -> None:
    soon = planned(due_on=TODAY + timedelta(days=11))
    assert kinds(soon) == [ClashKind.TOO_LATE, ClashKind.TOO_LATE]
    ordered = planned(due_on=TODAY + timedelta(days=11), phase=InfusionPhase.ORDERED)
    assert kinds(ordered) == []


def test_a_closed_window_is_one_clash_however_many_days_passed() -> None:
    assert kinds(planned(due_on=TODAY - timedelta(days=8))) == [ClashKind.WINDOW_CLOSED]
    assert ClashKind.WINDOW_CLOSED not in kinds(planned(due_on=TODAY - timedelta(days=7)))


def test_neighbours_nearer_than_their_windows_allow() -> None:
    tight = Schedule(
        courses=4,
        doses_in_course=2,
        days_between_courses=91,
        days_between_doses=21,
        window_before_days=3,
        window_after_days=7,
    )
    first = planned(due_on=date(2026, 3, 30))

    def found(second_on: date) -> list[ClashKind]:
        return [one.kind for one in rules.clashes(WAY, tight, [first, planned(2, second_on)], TODAY)]

    assert found(date(2026, 4, 10)) == []  # 11 days: 21 less both sides of the window
    assert found(date(2026, 4, 9)) == [ClashKind.TOO_NEAR]


def test_moving_the_first_infusion_moves_the_visits_and_the_distance_to_the_next() -> None:
    second = planned(2, planned().due_on + timedelta(days=7))
    assert costs(planned(), planned().due_on + timedelta(days=3), second) == [CostKind.VISITS_MOVE, CostKind.DISTANCE]
    assert costs(second, second.due_on, planned()) == []


def test_moving_to_a_day_without_time_without_work_or_without_room_says_each() -> None:
    assert costs(planned(3), TODAY + timedelta(days=11)) == [CostKind.NO_TIME, CostKind.NO_TIME]
    assert CostKind.CLOSED in costs(planned(3), date(2026, 4, 4))
    others = [planned(recipient=f"RC{at}", id=90 + at) for at in (7, 8)]
    assert costs(planned(3, date(2026, 4, 20)), planned().due_on, *others) == [CostKind.CROWDED, CostKind.CROWDED]


def test_cancelling_says_what_was_begun() -> None:
    def lost(**other: Any) -> list[CostKind]:
        return [one.kind for one in rules.cost_of_cancelling(WAY, planned(**other), TODAY)]

    assert lost() == []
    assert lost(phase=InfusionPhase.ORDERED) == [CostKind.ORDER_GOES]
    near = TODAY + timedelta(days=13)
    assert lost(phase=InfusionPhase.ORDERED, due_on=near) == [CostKind.ORDER_GOES, CostKind.WORK_BEGUN]
    today = TODAY + timedelta(days=14)
    assert lost(phase=InfusionPhase.ORDERED, due_on=today) == [CostKind.ORDER_GOES]


# -- in the house ------------------------------------------------------------------------------------------------------


def test_the_costs_stand_in_the_entry(story: Story) -> None:
    recipient = story.ordered()
    story.do(commands.cancel_order, by=story.people.physician, infusion=story.infusion(recipient))
    assert json.loads(story.last_entry().body)["facts"]["costs"] == ["order_goes", "work_begun"]
    story.do(
        commands.reschedule,
        by=story.people.coordinator,
        infusion=story.infusion(recipient),
        due_on=FIRST_ON + timedelta(days=5),
    )
    assert json.loads(story.last_entry().body)["facts"]["costs"] == ["closed", "distance", "no_time", "visits_move"]


def test_an_order_is_wanted_a_week_before_its_day(story: Story) -> None:
    recipient = story.planned(FIRST_ON + timedelta(days=28))
    with story.house.read() as tx:
        assert [one.infusion.number for one in preparing.to_order(tx, recipient)] == [1]
    story.order(recipient)
    with story.house.read() as tx:
        assert [one.infusion.number for one in preparing.to_order(tx, recipient)] == []
    later = story.planned(FIRST_ON + timedelta(days=29))
    with story.house.read() as tx:
        assert preparing.to_order(tx, later) == []


@pytest.mark.parametrize("many", [1, 4])
def test_the_calendar_asks_the_same_few_questions_however_many_wait(story: Story, many: int) -> None:
    for _ in range(many):
        story.planned(FIRST_ON + timedelta(days=28))
    with story.house.read() as tx:
        view = pages.calendar(tx, STUDY.code, 8)
        assert view.waiting_count == many * STUDY.schedule.infusions
        assert len(queries.recipients(tx, STUDY.code)) == many
    crowded = [one for one in view.groups if one.clash.kind is ClashKind.CROWDED]
    assert [len(one.infusions) for one in crowded] == ([many] * len(crowded) if many > 2 else [])
    assert bool(crowded) is (many > 2)
