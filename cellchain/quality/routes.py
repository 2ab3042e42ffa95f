"""Pages of quality, and the page on which a lot is released. Every verb has its form under /do/quality/."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.identity.codes import Kind, LotCode
from cellchain.kernel.errors import CellchainError, NotFound
from cellchain.quality import commands, queries
from cellchain.quality.actions import routes as actions
from cellchain.quality.changes import queries as changes
from cellchain.quality.changes import routes as changes_routes
from cellchain.quality.commands.dispositions import OfLot, ReviewBatch
from cellchain.quality.deviations import routes as deviations
from cellchain.quality.pages import desk, release, words
from cellchain.quality.pages import panel as panels
from cellchain.quality.pages import samples as samples_pages
from cellchain.quality.rules.lifecycles import DispositionPhase, SamplePhase, Stage
from cellchain.web.access import Number, access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.faults import order_of
from cellchain.web.forms import parse_form
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.paging import AskedFor, listed
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
for room in (actions, changes_routes, deviations):
    router.routes.extend(room.router.routes)
Items = list[tuple[str, object]]
SIGNED: dict[str, Callable[..., Any]] = {
    "review_batch": commands.review_batch,
    "release_for_further_use": commands.release_for_further_use,
    "release_conditionally": commands.release_conditionally,
    "release": commands.release,
}


# ---- release ---------------------------------------------------------------------------------------------------------


@router.get("/quality")
@access("quality.read")
def waiting(request: Request, asked: AskedFor) -> HTMLResponse:
    """What waits in quality: lots first, the next to expire on top, and how much is in every other list."""
    with reading(request) as tx:
        page = listed(request, tx, queries.DISPOSITIONS, asked, kinds=(Kind.LOT,), phases=DispositionPhase)
        view = release.release_list(tx, actor_of(request), page)
        waits = queries.waiting(tx)
    return render(request, "quality/releases.html", view=view, waits=waits, words=words)


@router.get("/quality/lots/{code}")
@access("quality.read")
def lot(request: Request, code: str) -> HTMLResponse:
    """Review by exception: what is not plainly right, the tests, the labels, and the panel to sign in."""
    return _lot(request, code)


def _lot(request: Request, code: str, error: CellchainError | None = None) -> HTMLResponse:
    with reading(request) as tx:
        view = release.lot_page(tx, code, actor_of(request))
    may = actor_of(request).may
    sign = release.panel(view, error) if view.verb is not None and may(f"quality.{view.verb}") else None
    status = 200 if error is None else status_of(error)
    return render(request, "quality/lot.html", status, view=view, sign=sign, words=words, may=may)


@router.post("/quality/lots/{code}/sign/{verb}")
@access(*(f"quality.{verb}" for verb in SIGNED))
def sign(request: Request, code: str, verb: str, items: Items = Depends(form_items)) -> Response:
    """Sign the review or a release; what is wrong comes back in the panel."""
    if verb not in SIGNED:
        raise NotFound("command.unknown", "There is no such act. Open the thing it is about and choose there.")
    lot_code = _lot_code(code)
    envelope = parse_envelope(items, request.app.state.settings.zone)
    seen = request.query_params.get("seen")
    try:
        order = order_of(ReviewBatch, lot=lot_code, seen=seen) if verb == "review_batch" else None
        run_order(
            request,
            SIGNED[verb],
            order or OfLot(lot=lot_code),
            request_id=str(envelope.request_id),
            proof=envelope.signature,
        )
    except CellchainError as error:
        return _lot(request, code, error)
    return RedirectResponse(f"/quality/lots/{code}", 303)


# ---- samples and results ---------------------------------------------------------------------------------------------


@router.get("/quality/samples")
@access("quality.read")
def samples(request: Request, asked: AskedFor) -> HTMLResponse:
    """What the laboratory has to do: verify, read, test; and every sample, the newest first."""
    with reading(request) as tx:
        page = listed(request, tx, queries.SAMPLES, asked, kinds=(Kind.SAMPLE,), phases=SamplePhase)
        view = desk.samples_page(tx, page)
    who = actor_of(request)
    return render(request, "quality/samples.html", view=view, words=words, may=who.may, person=who.person)


@router.get("/quality/samples/{code}")
@access("quality.read")
def sample(request: Request, code: str) -> HTMLResponse:
    """One sample with its results."""
    with reading(request) as tx:
        view = desk.sample_page(tx, code)
    who = actor_of(request)
    return render(request, "quality/sample.html", view=view, words=words, may=who.may, person=who.person)


@router.get("/quality/lots/{code}/plan")
@access("quality.read")
def plan(request: Request, code: str) -> HTMLResponse:
    """What is to be sampled of a lot, what was, and where it is."""
    with reading(request) as tx:
        view = samples_pages.plan_page(tx, code)
    return render(request, "quality/plan.html", view=view, words=words, may=actor_of(request).may)


@router.get("/quality/samples/{code}/panels/{stage}/{number}")
@access("quality.record_panel")
def panel(request: Request, code: str, stage: Stage, number: Number) -> HTMLResponse:
    """Every marker of a panel beside its limit, to be entered together."""
    return _panel(request, code, stage, number)


def _panel(
    request: Request,
    code: str,
    stage: Stage,
    number: int,
    items: Items | None = None,
    error: CellchainError | None = None,
) -> HTMLResponse:
    with reading(request) as tx:
        view = panels.panel_page(tx, code, stage, number, items or ())
    status = 200 if error is None else status_of(error)
    wrong = {} if error is None else panels.said(error)
    return render(request, "quality/panel.html", status, view=view, words=words, error=error, wrong=wrong)


@router.post("/quality/samples/{code}/panels/{stage}/{number}")
@access("quality.record_panel")
def enter_panel(
    request: Request, code: str, stage: Stage, number: Number, items: Items = Depends(form_items)
) -> Response:
    """Enter a panel whole; what is wrong comes back with what was entered."""
    zone = request.app.state.settings.zone
    envelope = parse_envelope(items, zone)
    try:
        with reading(request) as tx:
            given = panels.as_order(code, stage, number, items)
            order = parse_form(commands.RecordPanel, given, zone, lambda symbol: str(tx.house.thing_of(tx, symbol)))
        run_order(request, commands.record_panel, order, request_id=str(envelope.request_id))
    except CellchainError as error:
        return _panel(request, code, stage, number, items, error)
    return RedirectResponse(f"/quality/samples/{code}", 303)


# ---- holds -----------------------------------------------------------------------------------------------------------


@router.get("/quality/holds")
@access("quality.read")
def holds(request: Request, asked: AskedFor) -> HTMLResponse:
    """What is held now, and what was held."""
    with reading(request) as tx:
        view = listed(request, tx, queries.HOLDS_LIFTED, asked)
        placed, lifted = queries.holds_placed(tx), queries.hold_lines(view.rows)
        names = words.names_of(tx, [who for row in (*placed, *lifted) for who in (row.placed_by, row.lifted_by)])
    context: dict[str, Any] = {"placed": placed, "view": view.shown(lifted), "may": actor_of(request).may}
    return render(request, "quality/holds.html", names=names, words=words, **context)


# ---- specifications --------------------------------------------------------------------------------------------------


@router.get("/quality/specifications")
@access("quality.read")
def specifications(request: Request) -> HTMLResponse:
    """Every version of every specification."""
    with reading(request) as tx:
        rows = queries.specifications(tx)
    before = {row.id: older.id for row, older in pairwise(rows) if (row.kind, row.stage) == (older.kind, older.stage)}
    return render(
        request, "quality/specifications.html", rows=rows, before=before, words=words, may=actor_of(request).may
    )


@router.get("/quality/specifications/{number}")
@access("quality.read")
def specification(request: Request, number: Number) -> HTMLResponse:
    """One version with its limits and where they come from."""
    with reading(request) as tx:
        row = queries.specification_facts(tx, number)
        names = words.names_of(tx, [row.drafted_by, row.approved_by])
        under = None if row.change is None else changes.change_facts(tx, row.change)
        others = [one for one in queries.specifications(tx) if (one.kind, one.stage) == (row.kind, row.stage)]
    who = actor_of(request)
    context: dict[str, Any] = {"row": row, "names": names, "words": words, "may": who.may, "person": who.person}
    return render(request, "quality/specification.html", others=others, under=under, **context)


@router.get("/quality/specifications/{number}/compare/{other}")
@access("quality.read")
def compared(request: Request, number: Number, other: Number) -> HTMLResponse:
    """Two versions of one specification side by side, the older one first."""
    with reading(request) as tx:
        view = desk.compared_page(tx, number, other)
    return render(request, "quality/compared.html", view=view, words=words)


def _lot_code(text: str) -> LotCode:
    try:
        return LotCode(text)
    except ValueError as error:
        raise NotFound(
            "code.unknown", "{code} is not known here, or not for you. Scan the label again.", code=text
        ) from error
