"""Pages of changes, and their evidence."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cellchain.kernel.errors import NotFound
from cellchain.quality.changes import commands as commands  # importing them registers their forms and their API
from cellchain.quality.changes import pages, queries
from cellchain.quality.changes.rules import CRITERIA
from cellchain.quality.pages import words
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/changes")
@access("quality.read")
def changes(request: Request) -> HTMLResponse:
    """Every change, those under way first."""
    with reading(request) as tx:
        rows, today = queries.changes(tx), tx.today
        names = words.names_of(tx, [row.owner for row in rows])
    context: dict[str, Any] = {"rows": rows, "names": names, "today": today, "pages": pages, "criteria": CRITERIA}
    return render(request, "quality/changes/list.html", may=actor_of(request).may, **context)


@router.get("/quality/changes/{number}")
@access("quality.read")
def change(request: Request, number: Number) -> HTMLResponse:
    """One change from what was asked for to what came of it."""
    with reading(request) as tx:
        view = pages.change_page(tx, number)
    who = actor_of(request)
    context: dict[str, Any] = {"view": view, "pages": pages, "criteria": CRITERIA, "may": who.may}
    return render(request, "quality/changes/change.html", person=who.person, **context)


@router.get("/quality/changes/{number}/evidence/{made}")
@access("quality.read")
def evidence(request: Request, number: Number, made: Number) -> Response:
    """The evidence as it came: downloaded, never shown by the browser."""
    with reading(request) as tx:
        row = next((one for one in queries.change_facts(tx, number).made if one.id == made), None)
        if row is None:
            raise NotFound("change.no_evidence", "This change has no such evidence. Open the change and choose there.")
        content = tx.house.fetch(row.evidence)
    return as_download(content, row.evidence_name, row.evidence_kind.media_type)
