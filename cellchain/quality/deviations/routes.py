"""Pages of deviations: the list, one as a story, and the page on which it is assessed."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from cellchain.kernel.errors import NotFound
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

router = APIRouter()


@router.get("/quality/deviations")
@access("quality.read")
def deviations(request: Request) -> HTMLResponse:
    """Deviations, complaints and returned product, those still open first."""
    kind = _kind(request.query_params.get("kind"))
    with reading(request) as tx:
        lines = pages.list_page(tx, kind)
    context: dict[str, Any] = {"lines": lines, "kind": kind, "kinds": pages.KINDS, "classes": pages.CLASSES}
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
