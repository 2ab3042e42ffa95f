"""The page of values that QA erases."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.accounts.queries import display_name
from cellchain.quality.redactions import queries
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/redactions")
@access("quality.read")
def redactions_page(request: Request) -> HTMLResponse:
    """What was asked to be erased, and what was."""
    with reading(request) as tx:
        rows = queries.redactions(tx)
        people = {one for row in rows for one in (row.asked_by, row.erased_by) if one is not None}
        names = {person: display_name(tx, person) for person in people}
    who = actor_of(request)
    return render(request, "quality/redactions/list.html", rows=rows, names=names, person=who.person, may=who.may)
