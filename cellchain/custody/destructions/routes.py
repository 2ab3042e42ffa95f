"""Pages of records of destruction: the list, and each to be read, signed and printed."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.accounts.queries import display_name
from cellchain.custody.destructions import queries
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/custody/destructions")
@access("custody.read")
def destructions(request: Request) -> HTMLResponse:
    """Every record of destruction, the newest first."""
    with reading(request) as tx:
        rows = queries.destructions(tx)
        names = {person: display_name(tx, person) for row in rows for person in (row.performer, row.witness)}
    return render(request, "custody/destructions.html", rows=rows, names=names, methods=queries.METHODS)


@router.get("/custody/destructions/{number}")
@access("custody.read")
def destruction(request: Request, number: Number) -> HTMLResponse:
    """One record of destruction, as it is printed."""
    with reading(request) as tx:
        view = queries.destruction_page(tx, number)
    who = actor_of(request)
    return render(
        request, "custody/destruction.html", view=view, methods=queries.METHODS, may=who.may, person=who.person
    )
