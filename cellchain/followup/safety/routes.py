"""The pages of safety. Nobody who assesses outcomes may open one: what is suspected would tell them an arm."""

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cellchain.followup.safety import pages, queries
from cellchain.followup.safety.lifecycles import GRADES
from cellchain.followup.safety.pages import Scope
from cellchain.followup.safety.queries import SEE_RELATEDNESS
from cellchain.ledger.actor import Actor
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
VERBS = (
    "report_adverse_event",
    "assess_causality",
    "assess_as_sponsor",
    "submit_report",
    "submit_follow_up",
    "code_event",
    "close_event",
)


@router.get("/safety")
@access(SEE_RELATEDNESS)
def desk(request: Request) -> HTMLResponse:
    """Pauses, clocks, events that wait for somebody, and the rules of the protocol."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.desk(tx, actor)
    return render(request, "safety/desk.html", view=view, grades=GRADES, can=can(actor), may=actor.may)


@router.get("/safety/events/{number}")
@access(SEE_RELATEDNESS)
def event(request: Request, number: Number) -> HTMLResponse:
    """One event: what happened, what it came from, who judged it how, and its reports."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.event_page(tx, number, actor)
    return render(request, "safety/event.html", view=view, grades=GRADES, can=can(actor), may=actor.may)


@router.get("/safety/events/{number}/reports/{version}/proof")
@access(SEE_RELATEDNESS)
def proof(request: Request, number: Number, version: Number) -> Response:
    """The paper that shows who has a report, as it came: downloaded, never shown by the browser."""
    with reading(request) as tx:
        name, kind, digest = queries.proof_of(tx, number, version)
        content = tx.house.fetch(digest)
    return as_download(content, name, kind.media_type)


@router.get("/safety/signals")
@access(SEE_RELATEDNESS)
def signals(request: Request, scope: Scope = Scope.ALL) -> HTMLResponse:
    """Events by lot, by donor and by passage."""
    choices = [(one.value, f"/safety/signals?scope={one.value}", one.label) for one in Scope]
    with reading(request) as tx:
        view = pages.gathered(tx, scope)
    return render(request, "safety/signals.html", view=view, choices=choices)


def can(actor: Actor) -> frozenset[str]:
    """The verbs of safety that this person may use: a page offers no other."""
    return frozenset(verb for verb in VERBS if actor.may(f"followup.{verb}"))
