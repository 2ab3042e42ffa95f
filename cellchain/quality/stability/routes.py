"""The banks under a stability plan, and how each of them keeps."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.quality.pages import words
from cellchain.quality.stability import commands as commands  # importing them registers their forms and their API
from cellchain.quality.stability import pages
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/stability")
@access("quality.read")
def studies(request: Request) -> HTMLResponse:
    """Every bank under a plan, with what is due."""
    with reading(request) as tx:
        view = pages.studies_page(tx)
    return render(request, "quality/stability/studies.html", view=view, words=words, pages=pages, **_may(request))


@router.get("/quality/stability/{lot}")
@access("quality.read")
def study(request: Request, lot: str) -> HTMLResponse:
    """One bank: its time points, their results, and how they went."""
    with reading(request) as tx:
        view = pages.study_page(tx, lot)
    return render(request, "quality/stability/study.html", view=view, words=words, pages=pages, **_may(request))


@router.get("/quality/stability/{lot}/standing")
@access("quality.read")
def standing(request: Request, lot: str) -> HTMLResponse:
    """How a bank keeps in one line, for the page of its lot."""
    with reading(request) as tx:
        line = pages.line_of(tx, lot)
    return render(request, "quality/stability/_standing.html", line=line, lot=lot, pages=pages, **_may(request))


def _may(request: Request) -> dict[str, Any]:
    return {"may": actor_of(request).may}
