"""Pages of deviations: the list, one as a story, and the page on which it is assessed."""

from dataclasses import replace
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.kernel.errors import NotFound
from cellchain.quality import queries
from cellchain.quality.actions.pages import status_of as action_status
from cellchain.quality.changes import pages as change_pages
from cellchain.quality.commands.deviations import AssessDeviation
from cellchain.quality.deviations import commands as commands  # importing them registers their forms and their API
from cellchain.quality.deviations import pages
from cellchain.quality.deviations.rules import CRITERIA
from cellchain.quality.pages import words
from cellchain.quality.rules.lifecycles import DeviationKind
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.forms import fields_of
from cellchain.web.html import render
from cellchain.web.paging import AskedFor, listed
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/deviations")
@access("quality.read")
def deviations(request: Request, asked: AskedFor) -> HTMLResponse:
    """Deviations, complaints and returned product, those still open first."""
    kind = _kind(request.query_params.get("kind"))
    asked = replace(asked, more={} if kind is None else {"kind": kind.value})
    with reading(request) as tx:
        view = listed(request, tx, queries.DEVIATIONS_CLOSED, asked, narrowed={} if kind is None else {"kind": kind})
        open_, closed = pages.under_way(tx, kind), pages.lines_of(tx, queries.deviation_lines(view.rows))
    context: dict[str, Any] = {"open": open_, "view": view.shown(closed), "kind": kind, "kinds": pages.KINDS}
    context["classes"] = pages.CLASSES
    return render(request, "quality/deviations/list.html", words=words, may=actor_of(request).may, **context)


def _kind(text: str | None) -> DeviationKind | None:
    try:
        return DeviationKind(text) if text else None
    except ValueError as error:
        raise NotFound(
            "deviation.kind_unknown", "There is no such kind of deviation. Choose one of the list."
        ) from error


@router.get("/quality/deviations/{number}")
@access("quality.read")
def deviation(request: Request, number: Number) -> HTMLResponse:
    """One deviation from what happened to what was concluded."""
    who = actor_of(request)
    with reading(request) as tx:
        view = pages.deviation_page(tx, number, who)
    context: dict[str, Any] = {"action_status": action_status, "change_phases": change_pages.PHASES, "may": who.may}
    return render(request, "quality/deviations/deviation.html", view=view, pages=pages, criteria=CRITERIA, **context)


@router.get("/quality/deviations/{number}/assess")
@access("quality.assess_deviation")
def assess(request: Request, number: Number) -> HTMLResponse:
    """The criteria of each class, what the trace finds, and the form to assess in."""
    with reading(request) as tx:
        view = pages.assessment_page(tx, number)
    asked = next(one for one in fields_of(AssessDeviation) if one.name == "assessment")
    return render(request, "quality/deviations/assess.html", view=view, pages=pages, criteria=CRITERIA, asked=asked)
