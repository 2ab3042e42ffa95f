"""Locking a study's data, and unlocking them."""

from cellchain.followup import commands, queries
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import STUDY, forbids, refuses


def settled(course: Course) -> str:
    """Somebody whose every visit is explained."""
    recipient = course.followed()
    course.visited(recipient)
    course.do(trial.record_death, by=course.people.coordinator, recipient=recipient, account="At home.")
    for code in ("month_6", "month_9", "month_12"):
        visit = course.visit(recipient, code).id
        course.do(commands.mark_missing, by=course.people.coordinator, visit=visit, why="died")
    return recipient


def lock(course: Course) -> None:
    course.do(commands.lock_data, by=course.people.statistician, study=STUDY.code)


def test_locked_data_refuse_changes_until_they_are_unlocked(course: Course) -> None:
    recipient = settled(course)
    visit = course.visit(recipient).id or 0
    event = course.event(recipient)["event"]
    course.assess(event)
    lock(course)
    assert course.last_entry().event == "followup:data:locked"
    with refuses("data.locked"):
        course.measure(visit)
    with refuses("data.locked"):
        course.do(commands.record_visit, by=course.people.assessor, visit=visit, visited_on="2026-06-01")
    with refuses("data.locked"):
        course.do(commands.mark_missing, by=course.people.assessor, visit=visit, why="unable", outcome="dlco")
    with refuses("data.locked"):
        course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)
    with refuses("data.locked"):
        course.do(commands.raise_query, by=course.people.statistician, recipient=recipient, question="Is it so?")
    with refuses("data.locked"):
        course.do(commands.close_event, by=course.people.physician, event=event, outcome="recovered")
    course.do(commands.unlock_data, by=course.people.statistician, study=STUDY.code, why="A value was swapped.")
    assert course.last_entry().event == "followup:data:unlocked"
    course.measure(visit)


def test_a_serious_event_is_reported_all_the_same(course: Course) -> None:
    recipient = settled(course)
    lock(course)
    event = course.event(recipient, grade=3, seriousness="hospitalisation")
    course.assess(event["event"])
    course.submit(event["clocks"][0])


def test_every_visit_is_recorded_or_explained_first(course: Course) -> None:
    course.followed()
    with refuses("data.visits_open"):
        lock(course)


def test_every_question_is_answered_first(course: Course) -> None:
    recipient = settled(course)
    course.do(commands.raise_query, by=course.people.statistician, recipient=recipient, question="Is it 2.41?")
    with refuses("data.queries_open"):
        lock(course)


def test_locked_once_and_unlocked_once(course: Course) -> None:
    with refuses("data.not_locked"):
        course.do(commands.unlock_data, by=course.people.statistician, study=STUDY.code, why="No reason at all.")
    lock(course)
    with refuses("data.already_locked"):
        lock(course)
    with course.house.read() as tx:
        assert queries.is_locked(tx, STUDY.code)


def test_a_physician_may_not(course: Course) -> None:
    with forbids():
        course.do(commands.lock_data, by=course.people.physician, study=STUDY.code)
    with forbids():
        course.do(commands.unlock_data, by=course.people.physician, study=STUDY.code, why="Please do.")
