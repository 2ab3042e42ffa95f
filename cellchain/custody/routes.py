"""Pages of custody: what is on its way, and the way that one thing took."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from cellchain.custody import commands, pages
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render

# The pages lead to forms of verbs, so whoever serves the pages has the verbs registered with them.
__all__ = ["commands", "router"]

router = APIRouter()


@router.get("/custody")
@access("custody.read")
def under_way(request: Request) -> HTMLResponse:
    """What changes hands now, what was too warm, and where everything stands."""
    with reading(request) as tx:
        view = pages.custody_page(tx)
    who = actor_of(request)
    return render(request, "custody/custody.html", view=view, pages=pages, may=who.may, person=who.person)


@router.get("/custody/{code}")
@access("custody.read")
def way(request: Request, code: str) -> HTMLResponse:
    """The way that one container took, and what speaks against using it."""
    with reading(request) as tx:
        view = pages.way_page(tx, code, actor_of(request))
    who = actor_of(request)
    return render(request, "custody/way.html", view=view, pages=pages, may=who.may, person=who.person)
