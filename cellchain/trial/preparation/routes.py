"""The weeks ahead of a study, and one infusion with its way and its price."""

from datetime import date
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from cellchain.trial import queries as trial
from cellchain.trial.preparation import pages
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/trial/studies/{study}/calendar")
@access(trial.READ, trial.READ_BLIND)
def calendar(request: Request, study: str, weeks: Annotated[int, Query(ge=1, le=52)] = pages.WEEKS[0]) -> HTMLResponse:
    """What has to be done on which day, and what clashes. It is the same for every arm."""
    with reading(request) as tx:
        view = pages.calendar(tx, study, weeks)
    return render(request, "trial/preparation/calendar.html", view=view, choices=pages.WEEKS, words=pages.clash_words)


@router.get("/trial/infusions/{infusion}")
@access(trial.READ, trial.READ_BLIND)
def infusion(request: Request, infusion: int, on: str = "") -> HTMLResponse:
    """One infusion: its way backwards from its day; with `on`, what it costs to move it there."""
    wish, wrong = _day(on)
    with reading(request) as tx:
        view = pages.infusion_view(tx, infusion, actor_of(request), wish)
    return render(request, "trial/preparation/infusion.html", view=view, asked=on, wrong=wrong, words=pages.clash_words)


def _day(given: str) -> tuple[date | None, bool]:
    """The day asked for, and whether what was given is none."""
    try:
        return (date.fromisoformat(given) if given else None), False
    except ValueError:
        return None, True
