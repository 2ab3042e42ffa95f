"""Nobody randomised is without visits, and the first infusion counts the weeks anew: by rule, at that moment."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cellchain.composition import REACTIONS
from cellchain.followup import commands, queries
from tests.factories import House
from tests.followup.story import Course
from tests.trial.story import STUDY, forbids

PLANNING = [one for one in REACTIONS if one.command is commands.plan_visits_by_treatment]


@pytest.fixture
def course(tables_file: Path, tmp_path: Path) -> Iterator[Course]:
    """A house whose trial and bedside tell follow-up what happened."""
    path = tmp_path / "cellchain.db"
    shutil.copyfile(tables_file, path)
    house = House(f"sqlite:///{path}", reactions=PLANNING)
    yield Course(house)
    house.close()


def test_both_events_are_answered() -> None:
    assert [one.event for one in PLANNING] == ["trial:recipient:randomised", "bedside:treatment:begun"]


def test_whoever_is_randomised_has_every_visit_from_that_moment(course: Course) -> None:
    recipient = course.randomised()
    entry = course.last_entry()
    assert (entry.event, entry.subject) == ("followup:visits:planned_by_rule", recipient)
    assert json.loads(entry.body)["on_behalf"] == "trial:recipient:randomised -> followup/plan_visits_by_treatment"
    with course.house.read() as tx:
        visits = queries.visits_of(tx, recipient)
    assert [row.code for row in visits] == [one.code for one in STUDY.visits if one.week]
    assert visits[0].due_on == course.house.clock.now().date() + timedelta(days=14, weeks=13)


def test_the_first_infusion_moves_what_is_still_planned(course: Course) -> None:
    recipient = course.planned()
    taken = course.visited(recipient)
    course.infusion_given(recipient)
    first_on = course.house.clock.now().date()
    course.house.do(commands.plan_visits_by_treatment, by=course.people.nurse, by_house=True, recipient=recipient)
    with course.house.read() as tx:
        kept, *moved = queries.visits_of(tx, recipient)
    assert (kept.id, kept.visited_on) == (taken, kept.due_on)
    assert [row.due_on - first_on for row in moved] == [timedelta(weeks=week) for week in (26, 39, 52)]


def test_locked_data_do_not_stop_a_treatment_and_do_not_move(course: Course) -> None:
    recipient = course.planned()
    before = course.visit(recipient, "month_12").due_on
    for code in ("month_3", "month_6", "month_9", "month_12"):
        visit = course.visit(recipient, code)
        course.do(commands.mark_missing, by=course.people.coordinator, visit=visit.id, why="not_due")
    course.do(commands.lock_data, by=course.people.statistician, study=STUDY.code)
    course.go_to(course.house.clock.now().date() + timedelta(days=1))
    course.infusion_given(recipient)
    done = course.house.do(
        commands.plan_visits_by_treatment, by=course.people.nurse, by_house=True, recipient=recipient
    )
    assert done["visits"] == 0
    assert course.visit(recipient, "month_12").due_on == before


def test_nobody_runs_it_from_outside(course: Course) -> None:
    recipient = course.randomised()
    with forbids():
        course.do(commands.plan_visits_by_treatment, by=course.people.coordinator, recipient=recipient)
