"""Pages of investigations and exceptional uses. Every act has its form under /do/quality/."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.quality.investigations import commands as commands  # importing them registers their forms and their API
from cellchain.quality.investigations import exceptional as exceptional
from cellchain.quality.investigations import pages
from cellchain.quality.pages import words
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
# Physicians and the trial office read what they sign about, and nothing else of quality.
READERS = ("quality.read", "quality.request_exceptional_use", "quality.record_sponsor_told")


@router.get("/quality/investigations")
@access("quality.read")
def investigations(request: Request) -> HTMLResponse:
    """Failures that are looked into, the oldest first, then those that were concluded."""
    with reading(request) as tx:
        lines = pages.investigation_list(tx)
    return _page(request, "quality/investigations.html", lines=lines)


@router.get("/quality/investigations/{number}")
@access(*READERS)
def investigation(request: Request, number: Number) -> HTMLResponse:
    """One investigation from the failure to what was concluded."""
    with reading(request) as tx:
        view = pages.investigation_page(tx, number, actor_of(request))
    return _page(request, "quality/investigation.html", view=view)


@router.get("/quality/exceptional/{number}")
@access(*READERS)
def exceptional_use(request: Request, number: Number) -> HTMLResponse:
    """One exceptional use, act by act."""
    with reading(request) as tx:
        view = pages.use_page(tx, number, actor_of(request))
    return _page(request, "quality/exceptional.html", view=view)


def _page(request: Request, template: str, **context: Any) -> HTMLResponse:
    who = actor_of(request)
    return render(request, template, words=words, pages=pages, may=who.may, person=who.person, **context)
