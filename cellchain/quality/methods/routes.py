"""The catalogue of test methods on one page."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.quality import defaults
from cellchain.quality.methods import commands as commands  # importing them registers their forms and their API
from cellchain.quality.methods import queries
from cellchain.quality.pages import words
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/methods")
@access("quality.read")
def methods(request: Request) -> HTMLResponse:
    """Every version of every method, and those that the house brings along and nobody drafted yet."""
    with reading(request) as tx:
        lines = queries.methods(tx)
        names = words.names_of(tx, [person for line in lines for person in (line.drafted_by, line.approved_by)])
    known = {line.method.name for line in lines}
    offered = [one for one in defaults.methods() if one["name"] not in known]
    who = actor_of(request)
    context: dict[str, Any] = {"lines": lines, "names": names, "offered": offered, "may": who.may, "person": who.person}
    return render(request, "quality/methods.html", words=words, **context)
