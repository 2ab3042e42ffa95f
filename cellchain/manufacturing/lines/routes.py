"""The screens of a line in gloves, up to the batch that is opened on it, and the one where a container is given up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.accounts.routes import switch_person
from cellchain.identity.typed import may_type
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.kernel.text import T
from cellchain.labels.scanning import log
from cellchain.labels.scanning.log import Beep
from cellchain.manufacturing import commands, describe, queries
from cellchain.manufacturing.bench_scans import Meaning, Outcome
from cellchain.manufacturing.commands.batch import OpenBatch
from cellchain.manufacturing.commands.containers import Discard
from cellchain.manufacturing.lines import queries as lines
from cellchain.manufacturing.lines import scans
from cellchain.manufacturing.rules.cells import LIVE
from cellchain.manufacturing.rules.remarks import offered
from cellchain.platform.db import ReadTx
from cellchain.web.access import access, actor_of, reading, run_order
from cellchain.web.envelopes import new_request_id, parse_envelope
from cellchain.web.forms import Entered, parse_form
from cellchain.web.house import form_items
from cellchain.web.html import is_fragment, language_of, render
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]
Codes = Annotated[str, Query(max_length=200)]
Code = Annotated[str, Query(max_length=40)]
REFUSED = 409
Means = Callable[[ReadTx, Beep], Meaning]
Draw = Callable[[Outcome], Response]


@router.get("/lines")
@access("manufacturing.clear_line")
def all_lines(request: Request, at: Code = "") -> Response:
    """Every bench, and how it stands; `at` leads to one of them."""
    return RedirectResponse(f"/lines/{quote(at, safe='')}", 303) if at else _lines(request)


@router.post("/lines")
@access("manufacturing.clear_line")
def scanned_lines(request: Request, items: Items = Depends(form_items)) -> Response:
    """A bench is scanned, and its line is shown."""
    who = actor_of(request)
    return _scanned(
        request,
        items,
        "/lines",
        lambda tx, beep: scans.at_the_lines(tx, beep.symbol, who, by_hand=beep.by_hand),
        lambda last: _lines(request, last),
    )


@router.get("/lines/{code}")
@access("manufacturing.clear_line")
def line(request: Request, code: str, sources: Codes = "") -> HTMLResponse:
    """One line: what is to be done there next, up to the batch that is opened on it."""
    return _line(request, code, _codes(sources))


@router.post("/lines/{code}/scan")
@access("manufacturing.clear_line")
def scanned_line(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """What the cells come from, or a badge, or another bench."""
    who, known = actor_of(request), _codes(Entered(items).one("sources"))

    def means(tx: ReadTx, beep: Beep) -> Meaning:
        at = lines.line_view(tx, code, known, language_of(request)).line
        return scans.at_a_line(tx, at, known, beep.symbol, who, by_hand=beep.by_hand)

    here = f"/lines/{code}" + (f"?sources={quote(' '.join(known))}" if known else "")
    return _scanned(request, items, here, means, lambda last: _line(request, code, known, last))


@router.post("/lines/{code}/open")
@access("manufacturing.open_batch")
def opened(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """Open the batch: its bench is next. What was scanned and chosen stays where it is refused."""
    zone, asked = request.app.state.settings.zone, [(name, given) for name, given in items if name != "location"]
    known = Entered(items).every("sources")
    try:
        order = parse_form(OpenBatch, [*asked, ("location", code)], zone)
        request_id = str(parse_envelope(items, zone).request_id)
        lot = run_order(request, commands.open_batch, order, request_id=request_id)["lot"]
    except CellchainError as error:
        last = Outcome("halt", _said(error), T("Nothing was opened."), status_of(error))
        return _line(request, code, known, last, {name: str(given) for name, given in items})
    return RedirectResponse(f"/bench/{lot}", 303)


@router.get("/bench/{lot}/discard")
@access("manufacturing.discard")
def leaving(request: Request, lot: str, container: Code = "") -> HTMLResponse:
    """A container of the lot that is given up, and why."""
    return _leaving(request, lot, container)


@router.post("/bench/{lot}/discard/scan")
@access("manufacturing.discard")
def scanned_leaving(request: Request, lot: str, items: Items = Depends(form_items)) -> Response:
    """Which container it is."""
    who, container = actor_of(request), Entered(items).one("container")
    return _scanned(
        request,
        items,
        f"/bench/{lot}/discard",
        lambda tx, beep: scans.to_discard(tx, lot, beep.symbol, who, by_hand=beep.by_hand),
        lambda last: _leaving(request, lot, container, last),
    )


@router.post("/bench/{lot}/discard")
@access("manufacturing.discard")
def given_up(request: Request, lot: str, items: Items = Depends(form_items)) -> Response:
    """Discard the container, with the words that were chosen and those that were added."""
    zone, entered = request.app.state.settings.zone, Entered(items)
    why = [("reason", entered.joined("reason"))]
    try:
        order = parse_form(Discard, [*((n, g) for n, g in items if n != "reason"), *why], zone)
        run_order(request, commands.discard, order, request_id=str(parse_envelope(items, zone).request_id))
    except CellchainError as error:
        last = Outcome("halt", _said(error), T("Nothing was discarded."), status_of(error))
        said = {**{name: str(given) for name, given in items}, "said": entered.every("reason")}
        return _leaving(request, lot, entered.one("container"), last, said)
    return RedirectResponse(f"/bench/{lot}", 303)


def _scanned(request: Request, items: Items, here: str, means: Means, draw: Draw) -> Response:
    """One scan: it leads on, hands over, or is told what was wanted. What waits behind it is sent again."""
    beep = Beep.each(items)[0]
    try:
        may_type(beep.capture, beep.typed_because)
        with reading(request) as tx:
            meant = means(tx, beep)
    except CellchainError as error:
        meant = Meaning("nothing", said=error.text, problem=error.code)
    stopped = meant.does == "nothing"
    log.keep(request.app.state.runner, actor_of(request), beep, meant.kind, meant.problem if stopped else None)
    if meant.does == "badge":
        return switch_person(request, meant.code, here)
    if not stopped:
        return RedirectResponse(meant.href, 303)
    return draw(Outcome("halt", meant.said or "", T("Nothing was recorded."), REFUSED))


def _codes(text: str) -> list[str]:
    return list(dict.fromkeys(text.split()))


def _said(error: CellchainError) -> T:
    """What is wrong; of fields, the first one that is."""
    return next(iter(error.fields.values())) if isinstance(error, Invalid) and error.fields else error.text


def _lines(request: Request, last: Outcome | None = None) -> HTMLResponse:
    with reading(request) as tx:
        found = lines.lines(tx)
    return _drawn(request, "lines", last, lines=found)


def _line(
    request: Request,
    code: str,
    sources: Sequence[str],
    last: Outcome | None = None,
    chosen: Mapping[str, str] | None = None,
) -> HTMLResponse:
    with reading(request) as tx:
        view = lines.line_view(tx, code, sources, language_of(request))
    return _drawn(request, "line", last, view=view, chosen=chosen or {})


def _leaving(
    request: Request, lot: str, container: str, last: Outcome | None = None, entered: Mapping[str, object] | None = None
) -> HTMLResponse:
    with reading(request) as tx:
        found = queries.find_container(tx, container) if container else None
        facts = found if found is not None and found.phase in LIVE else None
        left, record = lines.left_over(tx, lot), queries.definition_of(tx, lot)
    return _drawn(
        request,
        "leaving",
        last,
        lot=lot,
        container=facts,
        title_of=describe.title_of,
        left=left,
        remarks=offered(record.discards),
        entered=entered or {},
    )


def _drawn(request: Request, name: str, last: Outcome | None, **shown: object) -> HTMLResponse:
    who = actor_of(request)
    return render(
        request,
        f"manufacturing/{'_' if is_fragment(request) else ''}{name}.html",
        200 if last is None else last.status,
        {"x-scans": "1"},
        last=last,
        may=who.may,
        person=who.person,
        fresh=new_request_id,
        **shown,
    )
