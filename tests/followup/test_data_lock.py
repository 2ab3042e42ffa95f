"""Locking a study's data, and unlocking them."""

from cellchain.followup import commands, queries
from cellchain.ledger import queries as ledger
from cellchain.ledger.registry import command_of
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.followup.test_visit_forms import DIFFUSION, SPIROMETRY, WALK
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


def test_every_question_is_answered_and_closed_first(course: Course) -> None:
    recipient = settled(course)
    asked = course.do(commands.raise_query, by=course.people.statistician, recipient=recipient, question="Is it 2.41?")
    with refuses("data.queries_open"):
        lock(course)
    course.do(commands.answer_query, by=course.people.assessor, query=asked["query"], answer="It is.")
    with refuses("data.queries_open"):
        lock(course)
    course.do(commands.close_query, by=course.people.statistician, query=asked["query"])
    lock(course)


def test_both_are_signed(course: Course) -> None:
    """Locking and unlocking are decisions: each has a meaning that its signer confirms, bound to its entry."""
    for function in (commands.lock_data, commands.unlock_data):
        assert command_of(function).signature
    settled(course)
    lock(course)
    course.do(commands.unlock_data, by=course.people.statistician, study=STUDY.code, why="A value was swapped.")
    with course.house.read() as tx:
        signed = ledger.signatures_on(tx, STUDY.code, "followup:data")
    assert [one.event for one in signed] == ["followup:data:locked", "followup:data:unlocked"]


def test_the_new_verbs_wait_for_the_lock_too(course: Course) -> None:
    recipient = settled(course)
    visit = course.visit(recipient).id
    value = course.measure(visit or 0)["measurement"]
    lock(course)
    assessor, monitor = course.people.assessor, course.house.actor("monitor")
    for function, by, fields in (
        (commands.record_spirometry, assessor, {"visit": visit, **SPIROMETRY}),
        (commands.record_diffusion, assessor, {"visit": visit, **DIFFUSION}),
        (commands.record_walk, assessor, {"visit": visit, **WALK}),
        (commands.record_unscheduled_visit, assessor, {"recipient": recipient, "visited_on": "2026-05-01"}),
        (commands.verify_source, monitor, {"measurement": value}),
    ):
        with refuses("data.locked"):
            course.do(function, by=by, **fields)


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
