"""Pages of actions, their evidence, and everything that is due."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cellchain.kernel.errors import NotFound
from cellchain.quality.actions import commands as commands  # importing them registers their forms and their API
from cellchain.quality.actions import pages, queries
from cellchain.quality.pages import words
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/due")
@access("quality.read")
def due(request: Request) -> HTMLResponse:
    """What is overdue, by age and by owner, and what is due next."""
    with reading(request) as tx:
        view = pages.due_page(tx, request.query_params.get("owner") or None)
    return render(request, "quality/actions/due.html", view=view)


@router.get("/quality/actions")
@access("quality.read")
def actions(request: Request) -> HTMLResponse:
    """Every action, those that wait first."""
    with reading(request) as tx:
        rows, today = queries.actions(tx), tx.today
        names = words.names_of(tx, [row.owner for row in rows])
    return render(request, "quality/actions/list.html", rows=rows, names=names, today=today, pages=pages)


@router.get("/quality/actions/{number}")
@access("quality.read")
def action(request: Request, number: Number) -> HTMLResponse:
    """One action: what, by when, its evidence, and whether it helped."""
    with reading(request) as tx:
        view = pages.action_page(tx, number)
    who = actor_of(request)
    context: dict[str, Any] = {"view": view, "pages": pages, "may": who.may, "person": who.person}
    return render(request, "quality/actions/action.html", **context)


@router.get("/quality/actions/{number}/evidence")
@access("quality.read")
def evidence(request: Request, number: Number) -> Response:
    """The evidence as it came: downloaded, never shown by the browser."""
    with reading(request) as tx:
        row = queries.action_facts(tx, number)
        if row.evidence is None or row.evidence_kind is None:
            raise NotFound("action.no_evidence", "This action is not done yet. There is no evidence of it.")
        content = tx.house.fetch(row.evidence)
    return as_download(content, row.evidence_name or row.number, row.evidence_kind.media_type)
