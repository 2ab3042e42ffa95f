"""Reporting clocks alarm at 50, 80 and 100 % of their time, each once, whatever restarts in between."""

from datetime import timedelta

from sqlmodel import col, select

from cellchain.notices.models import Notice
from cellchain.notices.worker import NoticeWorker
from cellchain.trace.overdue import WATCH
from tests.followup.story import Course
from tests.notices.desk import HEAD
from tests.trial.story import STUDY

EVERY = select(Notice).order_by(col(Notice.id))


def told(course: Course) -> list[str]:
    """The kinds of notice that were raised, after a server that has just started has looked."""
    NoticeWorker(course.house.database, course.house.runner, server=None, head=HEAD, watch=WATCH).look()
    with course.house.read() as tx:
        rows = tx.many(EVERY, limit=100)
    own = [row.kind for row in rows if not row.kind.startswith("sponsor_")]
    sponsors = [row for row in rows if row.kind.startswith("sponsor_")]
    assert [row.kind.removeprefix("sponsor_") for row in sponsors] == own
    assert {row.subject for row in sponsors} <= {STUDY.code}, "a sponsor's notice names no recipient"
    return own


def after(course: Course, **span: float) -> list[str]:
    course.house.clock.advance(timedelta(**span))
    return told(course)


def test_fifty_eighty_and_a_hundred_percent(course: Course) -> None:
    (clock,) = course.event(course.randomised(), grade=3, seriousness="important")["clocks"]
    assert told(course) == []
    assert after(course, hours=11, minutes=59) == []
    assert after(course, minutes=1) == ["report_half"]
    assert after(course, hours=7, minutes=11) == ["report_half"]
    assert after(course, minutes=1) == ["report_half", "report_soon"]
    assert after(course, hours=4, minutes=48) == ["report_half", "report_soon"]
    assert after(course, seconds=1) == ["report_half", "report_soon", "report_overdue"]
    assert told(course) == told(course)
    course.submit(clock)
    assert len(after(course, days=3)) == 3


def test_a_house_that_slept_is_told_where_the_clock_stands_now(course: Course) -> None:
    course.event(course.randomised(), grade=3, seriousness="important")
    assert after(course, hours=20) == ["report_soon"]


def test_a_report_in_time_alarms_nobody(course: Course) -> None:
    (clock,) = course.event(course.randomised(), grade=3, seriousness="important")["clocks"]
    course.house.clock.advance(timedelta(hours=2))
    course.submit(clock)
    assert after(course, days=30) == []
