"""Reporting an adverse event."""

from datetime import timedelta

from cellchain.followup import commands
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


def test_a_mild_event_starts_no_clock(course: Course) -> None:
    recipient = course.randomised()
    done = course.event(recipient)
    assert (done["serious"], done["clocks"]) == (False, [])
    assert course.last_entry().event == "followup:event:reported"


def test_a_serious_event_starts_24_hours_from_awareness(course: Course) -> None:
    recipient = course.randomised()
    course.house.clock.advance(timedelta(days=3))
    aware_at = course.house.clock.now() - timedelta(minutes=30)
    done = course.event(recipient, grade=3, seriousness="hospitalisation", onset_at=aware_at, aware_at=aware_at)
    (clock,) = course.clocks(done["event"])
    assert (clock.kind, clock.starts_at, clock.due_at) == (
        "investigator_24h",
        aware_at,
        aware_at + timedelta(hours=24),
    )


def test_severe_is_not_serious(course: Course) -> None:
    assert course.event(course.randomised(), grade=4)["serious"] is False


def test_death_is_grade_5_and_grade_5_is_death(course: Course) -> None:
    recipient = course.randomised()
    for fields in ({"grade": 5}, {"grade": 3, "seriousness": "death"}):
        with refuses("event.death_is_grade_5"):
            course.event(recipient, **fields)


def test_the_order_of_times(course: Course) -> None:
    recipient = course.randomised()
    now = course.house.clock.now()
    with refuses("event.in_future"):
        course.event(recipient, onset_at=now, aware_at=now + timedelta(minutes=1))
    with refuses("event.aware_before_onset"):
        course.event(recipient, onset_at=now, aware_at=now - timedelta(hours=1))
    with refuses("event.before_enrolment"):
        course.event(recipient, onset_at=now - timedelta(days=400))


def test_an_infusion_of_the_recipient(course: Course) -> None:
    recipient = course.planned()
    infusion, _ = course.infusion_given(recipient)
    other = course.randomised()
    course.house.clock.advance(timedelta(hours=2))
    course.event(recipient, infusion=infusion)
    assert course.events_of(recipient)[0].infusion == infusion
    with refuses("event.infusion_not_theirs"):
        course.event(other, infusion=infusion)


def test_nothing_new_after_consent_was_withdrawn(course: Course) -> None:
    recipient = course.randomised()
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("visit.no_consent"):
        course.event(recipient)


def test_an_assessor_may_not(course: Course) -> None:
    recipient = course.randomised()
    with forbids():
        course.do(
            commands.report_adverse_event,
            by=course.people.assessor,
            recipient=recipient,
            term="Fever",
            grade=1,
            onset_at=course.house.clock.now(),
        )
