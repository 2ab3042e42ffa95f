"""The pages of a downtime: what waits to be entered, and what was."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.bedside.downtime import commands as commands  # importing them registers their forms and their API
from cellchain.bedside.downtime import pages
from cellchain.web.access import access, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/bedside/downtime")
@access("bedside.read")
def downtime(request: Request) -> HTMLResponse:
    """Whether the ward works on paper now, what waits to be entered, and every downtime so far."""
    with reading(request) as tx:
        view = pages.downtime_page(tx)
    return render(request, "bedside/downtime/downtime.html", view=view)
