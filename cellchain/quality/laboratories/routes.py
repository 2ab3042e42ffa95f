"""The laboratories that samples go to."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.quality.laboratories import commands as commands  # importing them registers their forms and their API
from cellchain.quality.laboratories import queries
from cellchain.quality.pages import words
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/quality/laboratories")
@access("quality.read")
def laboratories(request: Request) -> HTMLResponse:
    """Every laboratory, and the samples that are on their way to one."""
    with reading(request) as tx:
        rows, coming = queries.laboratories(tx), queries.on_their_way(tx)
        names = words.names_of(tx, [one.sent_by for one in coming])
        today = tx.today
    may = actor_of(request).may
    context: dict[str, Any] = {"rows": rows, "coming": coming, "names": names, "today": today, "may": may}
    return render(request, "quality/laboratories.html", words=words, **context)
