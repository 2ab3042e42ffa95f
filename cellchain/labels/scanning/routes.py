"""The log of raw scans, the command cards, and what a page reports that the server did not see by itself."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from cellchain.identity import scan
from cellchain.labels import cards, symbols
from cellchain.labels.scanning import commands as commands  # importing them registers their forms and their API
from cellchain.labels.scanning import log, queries
from cellchain.labels.scanning.words import ON_PAGES, kind_said, said
from cellchain.web.access import access, actor_of, reading
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.paging import AskedFor, listed
from cellchain.web.routing import house_router

router = house_router()


@router.get("/scans")
@access("labels.read_scans")
def scans(
    request: Request,
    place: AskedFor,
    station: Annotated[str, Query(max_length=40)] = "",
    problem: Annotated[str, Query(max_length=40)] = "",
    refused: bool = False,
) -> HTMLResponse:
    """Everything that was scanned on a day, refused scans too."""
    zone: ZoneInfo = request.app.state.settings.zone
    with reading(request) as tx:
        asked = queries.Asked(_day(place.day) or tx.today, station, problem, refused)
        kept = replace(place, day="", begins="", phase="", more=_chosen(asked))
        view = listed(request, tx, queries.scans_of(asked), kept, **queries.scan_values(asked, zone))
        view = view.shown(queries.scan_lines(tx, view.rows))
        context: dict[str, Any] = {"sums": queries.sums(tx, asked, zone), "asked": asked, "today": tx.today}
        stations = sorted(queries.stations(tx))
    return render(request, "labels/scans.html", view=view, stations=stations, said=said, kind_said=kind_said, **context)


@router.post("/scans")
@access("house.use")
def report(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """A scan that a page dealt with by itself: a card, a field that it filled, one that was cut."""
    given = {name: str(value) for name, value in items}
    beep = log.Beep.of(given)
    read = scan.read(beep.symbol)
    answer = log.UNKNOWN if read.code is None else read.code.kind.name.lower()
    problem = given.get("problem", "")
    log.keep(request.app.state.runner, actor_of(request), beep, answer, problem if problem in ON_PAGES else None)
    return Response(status_code=204)


@router.get("/labels/cards")
@access("house.use")
def command_cards(request: Request) -> HTMLResponse:
    """The command cards, to scan from the screen or to print."""
    shown = [(card, symbols.qr(card.code)) for card in cards.CARDS]
    return render(request, "labels/cards.html", cards=shown, path=symbols.path)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _chosen(asked: queries.Asked) -> dict[str, str]:
    """What was chosen, as the address of another page of the same day says it."""
    refused = "1" if asked.refused_only else ""
    return {"day": asked.day.isoformat(), "station": asked.station, "problem": asked.problem, "refused": refused}
