"""The pages of follow-up: what waits today, and one recipient's course. Every verb has its own form page."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.followup import queries
from cellchain.followup.charts import NAMES
from cellchain.followup.safety.lifecycles import GRADES
from cellchain.ledger.actor import Actor
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
VERBS = (
    "plan_visits",
    "record_visit",
    "record_unscheduled_visit",
    "record_measurement",
    "mark_missing",
    "verify_source",
    "report_adverse_event",
    "assess_causality",
    "submit_report",
    "close_event",
    "raise_query",
    "answer_query",
    "close_query",
)


@router.get("/followup")
@access("followup.read", "followup.read_blind")
def worklist(request: Request) -> HTMLResponse:
    """Visits due and overdue, clocks running, questions."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = queries.worklist(tx, actor)
    return render(request, "followup/worklist.html", view=view, can=_can(actor))


@router.get("/followup/{recipient}")
@access("followup.read", "followup.read_blind")
def course(request: Request, recipient: str) -> HTMLResponse:
    """One recipient's visits, charts and adverse events, as the reader may see them."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = queries.recipient_followup(tx, recipient, actor)
    return render(
        request,
        "followup/recipient.html",
        view=view,
        names=NAMES,
        grades=GRADES,
        can=_can(actor),
        form_of=queries.form_of,
    )


def _can(actor: Actor) -> frozenset[str]:
    """The verbs that this person may use: a page offers no other."""
    return frozenset(verb for verb in (*VERBS, "read_outcomes") if actor.may(f"followup.{verb}"))
