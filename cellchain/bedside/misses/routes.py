"""The page of near misses."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.bedside.misses import pages
from cellchain.web.access import access, reading
from cellchain.web.html import render
from cellchain.web.paging import AskedFor, listed
from cellchain.web.routing import house_router

router = house_router()


@router.get("/bedside/near-misses")
@access("bedside.read")
def near_misses(request: Request, asked: AskedFor) -> HTMLResponse:
    """The STOPs of the last year by their causes, and every STOP in pages."""
    with reading(request) as tx:
        found = listed(request, tx, pages.MISSES, asked)
        view, misses = pages.miss_page(tx), found.shown(pages.lines(tx, found.rows))
    return render(request, "bedside/misses/list.html", view=view, misses=misses)
