"""A recipient with a whole story, and the pages of follow-up as one person would see them."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cellchain.followup import charts, commands, queries, routes
from cellchain.followup.safety import lifecycles
from cellchain.followup.safety import pages as safety_pages
from cellchain.followup.safety import routes as safety_routes
from cellchain.ledger.actor import Actor
from cellchain.web.html import Page, SignedIn, render_text
from tests.followup.story import Course
from tests.trial.story import FIRST_ON

MEASURED = {
    "month_3": {"fvc": "2.34", "dlco": "3.20", "six_minute_walk": "341"},
    "month_6": {"fvc": "2.38", "dlco": "3.31", "six_minute_walk": "352"},
    "month_9": {"fvc": "2.41", "six_minute_walk": "349"},
}


def told(course: Course) -> tuple[str, int]:
    """Visits to month 9, one value missing, three events of which one has running clocks; and the infusion's key."""
    recipient = course.planned(FIRST_ON)
    course.go_to(FIRST_ON)
    infusion, reaction = course.infusion_given(recipient, grade=1)
    course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)
    house = course.house
    house.do(
        commands.report_by_reaction,
        by=course.people.nurse,
        by_house=True,
        recipient=recipient,
        infusion=infusion,
        reaction=reaction,
    )
    chills = course.events_of(recipient)[0].id
    course.assess(chills, "probable", "expected")
    course.do(commands.close_event, by=course.people.physician, event=chills, outcome="recovered")
    for code, values in MEASURED.items():
        visit = course.visited(recipient, code)
        for outcome, value in values.items():
            course.measure(visit, outcome, value)
    missing = course.visit(recipient, "month_9").id
    course.do(commands.mark_missing, by=course.people.assessor, visit=missing, why="unable", outcome="dlco")
    course.go_to(course.visit(recipient, "month_12").due_on - timedelta(days=9))
    pneumonia = course.event(recipient, term="Pneumonia", grade=3, seriousness="hospitalisation")
    house.clock.advance(timedelta(hours=20))
    course.submit(pneumonia["clocks"][0])
    course.assess(pneumonia["event"], "possible", "unexpected")
    house.clock.advance(timedelta(days=6))
    course.event(recipient, term="Haemoptysis", grade=4, seriousness="life_threatening")
    house.clock.advance(timedelta(hours=21))
    course.do(commands.raise_query, by=course.people.statistician, recipient=recipient, question="Is 2.41 L right?")
    return recipient, infusion


def _page(course: Course, actor: Actor, path: str, language: str) -> Page:
    return Page(
        language=language,
        zone=ZoneInfo("Europe/Moscow"),
        now=course.house.clock.now(),
        actor=SignedIn(actor.person, "I. Belov", sorted(actor.roles)),
        path=path,
    )


def recipient_page(course: Course, recipient: str, actor: Actor, language: str = "en") -> str:
    """The page of one recipient."""
    with course.house.read() as tx:
        view = queries.recipient_followup(tx, recipient, actor)
    return _rendered(course, actor, "recipient", language, view)


def worklist_page(course: Course, actor: Actor, language: str = "en") -> str:
    """The list."""
    with course.house.read() as tx:
        view = queries.worklist(tx, actor)
    return _rendered(course, actor, "worklist", language, view)


def _rendered(course: Course, actor: Actor, name: str, language: str, view: Any) -> str:
    return render_text(
        _page(course, actor, "/followup", language),
        f"followup/{name}.html",
        view=view,
        names=charts.NAMES,
        grades=lifecycles.GRADES,
        form_of=queries.form_of,
        can=frozenset(verb for verb in (*routes.VERBS, "read_outcomes") if actor.may(f"followup.{verb}")),
    )


def event_page(course: Course, event: int, actor: Actor, language: str = "en") -> str:
    """The page of one adverse event."""
    with course.house.read() as tx:
        view = safety_pages.event_page(tx, event, actor)
    return _safety(course, actor, "event", language, view=view)


def desk_page(course: Course, actor: Actor, language: str = "en") -> str:
    """The desk of safety."""
    with course.house.read() as tx:
        view = safety_pages.desk(tx, actor)
    return _safety(course, actor, "desk", language, view=view)


def signals_page(course: Course, actor: Actor, language: str = "en") -> str:
    """Where events gather."""
    with course.house.read() as tx:
        view = safety_pages.gathered(tx, safety_pages.Scope.ALL)
    choices = [(one.value, f"/safety/signals?scope={one.value}", one.label) for one in safety_pages.Scope]
    return _safety(course, actor, "signals", language, view=view, choices=choices)


def _safety(course: Course, actor: Actor, name: str, language: str, **more: Any) -> str:
    verbs = safety_routes.can(actor)
    page = _page(course, actor, "/safety", language)
    return render_text(page, f"safety/{name}.html", grades=lifecycles.GRADES, can=verbs, may=actor.may, **more)
