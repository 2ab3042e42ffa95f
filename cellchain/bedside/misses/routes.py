"""The page of near misses."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.bedside.misses import pages
from cellchain.web.access import access, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/bedside/near-misses")
@access("bedside.read")
def near_misses(request: Request) -> HTMLResponse:
    """Every STOP of the last year with its cause, counted."""
    with reading(request) as tx:
        view = pages.miss_page(tx)
    return render(request, "bedside/misses/list.html", view=view)
