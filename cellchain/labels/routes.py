"""Labels on screen and on paper, and the one way in for every scan."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, JSONResponse, Response

from cellchain.accounts.routes import station_of, switch_person
from cellchain.identity.codes import Kind, issue
from cellchain.identity.typed import may_type
from cellchain.kernel.errors import CellchainError, Forbidden, NotFound
from cellchain.kernel.text import T
from cellchain.labels import card_sheet, pdf, queries, rules, scans, setup_card, svg, zpl
from cellchain.labels import design as designs
from cellchain.labels import render as paper
from cellchain.labels import scan_back as scan_backs
from cellchain.labels import setup as readers
from cellchain.labels.commands import ConfirmLabel, confirm_label
from cellchain.labels.design import Design
from cellchain.labels.layout import place
from cellchain.labels.models import Label
from cellchain.labels.printing import downloads
from cellchain.labels.printing import queries as printing
from cellchain.labels.raster import Resolution
from cellchain.labels.scanning import log
from cellchain.labels.scanning import queries as scanning
from cellchain.labels.scanning.log import UNKNOWN, Beep
from cellchain.ledger.describe import Action, LabelData
from cellchain.web.access import access, actor_of, reading, request_id_of, run_order
from cellchain.web.bodies import parse_json, read_body
from cellchain.web.faults import invalid_from, order_of
from cellchain.web.house import form_items
from cellchain.web.html import is_fragment, render, voice_of
from cellchain.web.paging import AskedFor, listed
from cellchain.web.routing import house_router

router = house_router()
Language = Literal["ru", "en", "both"]
Format = Literal["pdf", "png", "svg", "zpl"]
ZPL_TYPE = "application/vnd.zebra-zpl"
NAMED, SEE_NAME = "wristband", "trial.see_name"


class ScanRequest(BaseModel):
    """What a scanner sent. `nonce` marks one beep, so that a scan sent twice is one."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(max_length=256)
    nonce: str | None = Field(None, max_length=64)


async def scan_request(request: Request) -> ScanRequest:
    """The JSON body of a scan. Raises Invalid."""
    return parse_json(ScanRequest, await read_body(request.receive))


@router.post("/api/v1/scan")
@access("house.use")
def scan_api(request: Request, order: ScanRequest = Depends(scan_request)) -> JSONResponse:
    """What a symbol stands for, and what can be done with it. The scan is kept as it came."""
    meant = _meaning(request, order.symbol)
    beep = Beep.of({"symbol": order.symbol, "nonce": order.nonce or ""})
    _keep(request, beep, UNKNOWN if meant.found is None else meant.found.kind, meant.problem)
    return JSONResponse(_answer(meant))


@router.get("/api/v1/scan")
@access("house.use")
def scan_test(request: Request, symbol: Annotated[str, Query(max_length=256)]) -> JSONResponse:
    """The same without keeping it."""
    return JSONResponse(_answer(_meaning(request, symbol)))


@router.post("/scan")
@access("house.use")
def scan_page(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """A scan on a page that has no use of its own for it leads to the page of the thing; a form takes what it asks.

    At a station a badge hands over to its person, whose day then shows.
    """
    given = {name: str(value) for name, value in items}
    beep = Beep.of(given)
    try:
        may_type(beep.capture, beep.typed_because)
        if "wanted" in given:
            return _into_field(request, beep, scans.Asked.of(given))
    except CellchainError as error:
        _keep(request, beep, UNKNOWN, error.code)
        return render(request, "partials/_scan_refused.html", error=error, symbol=beep.symbol)
    if scans.is_badge(beep.symbol) and station_of(request) is not None:
        _keep(request, beep, Kind.PERSON.name.lower())
        return switch_person(request, beep.symbol, "/")
    return _to_its_page(request, beep)


def _to_its_page(request: Request, beep: Beep) -> Response:
    """The page of what was scanned; where this person has none, what it is."""
    meant = _meaning(request, beep.symbol, by_hand=beep.by_hand)
    _keep(request, beep, UNKNOWN if meant.found is None else meant.found.kind, meant.problem)
    if meant.found is not None and meant.found.href:
        return Response(status_code=204, headers={"hx-redirect": meant.found.href, "x-location": meant.found.href})
    if meant.found is not None:
        # It is known and named, and this person has no page of it.
        return render(request, "labels/_unknown_scan.html", text=meant.found.title, symbol=beep.symbol)
    return render(request, "labels/_unknown_scan.html", text=meant.said, offers=meant.offers, symbol=beep.symbol)


def _into_field(request: Request, beep: Beep, asked: scans.Asked) -> Response:
    """The code for a field of the page in the answer's head. Raises what says why there is none."""
    with reading(request) as tx:
        placed = scans.place(tx, beep.symbol, asked, actor_of(request), by_hand=beep.by_hand)
    _keep(request, beep, placed.kind.name.lower())
    head = {} if placed.code is None else {"x-scan-code": placed.code, "x-scan-as": placed.token}
    if placed.parts:
        head = {"x-scan-parts": urlencode(placed.parts)}
    return Response(status_code=204, headers=head)


def _meaning(request: Request, symbol: str, *, by_hand: bool = False) -> scans.Meaning:
    with reading(request) as tx:
        return scans.meaning(tx, symbol, actor_of(request), by_hand=by_hand)


def _answer(meant: scans.Meaning) -> dict[str, object]:
    """A symbol in the words of the contract; `unknown` is an answer, not an error."""
    found = meant.found
    if found is None:
        offers = _said(meant.offers)
        return {"kind": UNKNOWN, "code": None, "title": str(meant.said), "phase": None, "actions": offers}
    return {
        "kind": found.kind,
        "code": found.code,
        "title": str(found.title),
        "phase": found.phase,
        "actions": _said(found.actions),
    }


def _said(actions: tuple[Action, ...]) -> list[dict[str, str]]:
    return [{"path": one.path, "label": str(one.label), "href": one.href} for one in actions]


def _keep(request: Request, beep: Beep, kind: str, problem: str | None = None) -> None:
    log.keep(request.app.state.runner, actor_of(request), beep, kind, problem if kind == UNKNOWN else None)


# -- labels ----------------------------------------------------------------------------------------------------------


@router.get("/labels")
@access("labels.read")
def labels(request: Request, asked: AskedFor) -> HTMLResponse:
    """The labels that wait to be scanned back, every label, the newest first, and the designs that may print."""
    with reading(request) as tx:
        view = listed(request, tx, queries.LABELS, asked, kinds=(Kind.LABEL,), phases=rules.LabelPhase)
        unsettled, states = queries.unsettled(tx), queries.design_states(tx)
    lines = [queries.LabelLine(*row) for row in view.rows]
    return render(request, "labels/labels.html", unsettled=unsettled, view=view.shown(lines), designs=states)


# -- the reader of a station: before the pages of labels, whose addresses would take these for codes ------------------


@router.get("/labels/setup")
@access("house.use")
def set_up(request: Request) -> HTMLResponse:
    """The test card, and what the reader of this station really sends."""
    return render(request, "labels/setup.html", card=setup_card.shown())


@router.get("/labels/setup/card")
@access("house.use")
def test_card(request: Request) -> Response:
    """The test card on paper, in the reader's language."""
    say = voice_of(request).say
    document = setup_card.document(say(setup_card.TITLE), say(setup_card.ADVICE))
    return Response(
        document, media_type="application/pdf", headers={"content-disposition": 'inline; filename="reader-test.pdf"'}
    )


@router.get("/labels/cards/sheet")
@access("house.use")
def cards_on_paper(request: Request, language: Language = "both", numbers: bool = False) -> Response:
    """The command cards on one page of A4, to cut apart: the commands, or the numbers."""
    document = card_sheet.document(language, numbers=numbers, demonstration=request.app.state.demonstration)
    name = "number-cards" if numbers else "command-cards"
    head = {"content-disposition": f'inline; filename="{name}.pdf"'}
    return Response(document, media_type="application/pdf", headers=head)


@router.post("/labels/setup/reading")
@access("house.use")
def reader_sent(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> HTMLResponse:
    """What the keys of some scans say about the reader. Nothing of them is kept."""
    try:
        made = readers.Recordings.model_validate_json(str(dict(items).get("scans", "")))
    except ValidationError as error:
        raise invalid_from(error) from error
    view, station = readers.diagnose(made.scans), actor_of(request).device
    return render(request, "labels/_setup_reading.html", view=view, names=setup_card.NAMES, here=station)


@router.get("/labels/scan-back")
@access("labels.confirm_label")
def scan_back(request: Request, lot: str | None = None, label: str | None = None) -> HTMLResponse:
    """Labels that wait to be scanned back: one, or all of a lot."""
    return _scan_back(request, lot, label, None)


@router.post("/labels/scan-back")
@access("labels.confirm_label")
def scanned_back(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """One label scanned from the thing that wears it. The wrong one is a STOP, and its deviation is open already."""
    given = {name: str(value) for name, value in items}
    beep, lot, label = Beep.of(given), given.get("lot") or None, given.get("label") or None
    try:
        told = _confirmed(request, beep, lot, label)
    except CellchainError as error:
        _keep(request, beep, UNKNOWN, error.code)
        return _scan_back(request, lot, label, ("halt", error.text))
    _keep(request, beep, "label" if told["label"] else UNKNOWN, told["code"])
    last = ("match", told["label"]) if told["confirmed"] else ("halt", T(told["message"]))
    return _scan_back(request, lot, label, last)


def _confirmed(request: Request, beep: Beep, lot: str | None, label: str | None) -> dict[str, Any]:
    with reading(request) as tx:
        scan_backs.may_count(tx, beep.symbol, lot, label, by_hand=beep.by_hand)
    order = order_of(ConfirmLabel, scanned=beep.symbol[:256].strip() or "?", expected=label)
    return run_order(request, confirm_label, order, request_id=request_id_of(beep.nonce))


def _scan_back(request: Request, lot: str | None, label: str | None, last: tuple[str, object] | None) -> HTMLResponse:
    with reading(request) as tx:
        view = scan_backs.waiting(tx, lot=lot, label=label, roles=actor_of(request).roles)
    template = "labels/_scan_back.html" if is_fragment(request) else "labels/scan_back.html"
    return render(request, template, 409 if last and last[0] == "halt" else 200, view=view, last=last)


@router.get("/labels/{code}")
@access("labels.read")
def label(request: Request, code: str) -> HTMLResponse:
    """One label: what it looks like, whether it was scanned back, what it replaced."""
    with reading(request) as tx:
        row = tx.get(Label, code)
        described = tx.house.describe(tx, row.target, actor_of(request))
        family, job = queries.labels_of(tx, row.target), printing.job_of(tx, code)
        copies = printing.copies_of(tx, code)
        until = scanning.undo_until(tx, row, actor_of(request).person)
        reprints = row.phase in rules.LIVE or queries.ended_by_hand(tx, row.target, row.design) == code
    return render(
        request,
        "labels/label.html",
        label=row,
        described=described,
        family=family,
        job=job,
        copies=copies,
        undo_until=until,
        handles=rules.handles(row.design, actor_of(request).roles),
        says_who=rules.says_who(row.symbol),
        reprints=reprints,
        tied=row.design in rules.TIED,
    )


@router.get("/labels/{code}/print")
@access("labels.print_label", "labels.reprint_label")
def printable(request: Request, code: str) -> Response:
    """The label as it prints, from the data stored when it was issued: the same bytes each time."""
    with reading(request) as tx:
        row = tx.get(Label, code)
        _may_see(request, row.design)
        downloads.check(tx, row, actor_of(request).device)
        design = queries.design_of(tx, row.design, row.design_version)
    sheet = _paper(request, design, json.loads(row.data), row.language, "pdf", preview=False)
    downloads.note(request.app.state.runner, actor_of(request), code, bytes(sheet.body))
    return sheet


@router.get("/labels/{code}/picture")
@access("labels.read")
def picture(request: Request, code: str) -> Response:
    """The label as a picture for the screen, marked as a preview and with serial 0 in its symbols."""
    with reading(request) as tx:
        row = tx.get(Label, code)
        design = queries.design_of(tx, row.design, row.design_version)
    _may_see(request, row.design)
    data = {**json.loads(row.data), "label_code": _nothing(row.symbol)}
    return _paper(request, design, _without_symbols(data, row.symbol), row.language, "png", preview=True)


@router.get("/api/v1/labels/{code}")
@access("labels.read")
def preview(
    request: Request,
    code: str,
    design: Annotated[str, Query(pattern="^[a-z_]{2,40}$")],
    format: Format = "pdf",
    language: Language = "ru",
    dpi: Resolution = Resolution.DPI_203,
) -> Response:
    """A label as it would print, marked preview: nothing is issued, and a scan of it is a STOP.

    `dpi` is the print head that a `zpl` is for, and the sharpness of a `png`.
    """
    with reading(request) as tx:
        labeller = tx.house.labellers.get(code[:2])
        if labeller is None:
            raise NotFound("label.no_labels", "Nothing of this kind wears a label. Scan what the label is for.")
        data: LabelData = labeller.label(tx, code, design)
    _may_see(request, design)
    symbol = data.symbol or f"{Kind.LABEL}00"
    fields = _without_symbols({**data.fields, "label_code": _nothing(symbol)}, data.symbol)
    return _paper(request, designs.load(design), fields, language, format, preview=True, dpi=dpi)


def _may_see(request: Request, design: str) -> None:
    """A wristband bears a name, for who may see names; a label tells what it is on, for who reads or handles labels."""
    if design == NAMED and not actor_of(request).may(SEE_NAME):
        raise Forbidden("label.bears_a_name", "This label bears a name, and your roles do not show names.")
    if not actor_of(request).may("labels.read"):
        rules.may_handle(design, actor_of(request).roles)


def _nothing(symbol: str) -> str:
    """The identifier of the symbol's kind with sequence 0: it is never issued, and stands for nothing."""
    return issue(Kind(symbol[:2]), 1, 2026, 0)


def _without_symbols(fields: dict[str, str], symbol: str | None) -> dict[str, str]:
    """No field of a preview carries the real symbol, not even in words that could be scanned."""
    return {
        name: _nothing(value) if symbol is not None and value == symbol else value for name, value in fields.items()
    }


def _paper(
    request: Request,
    design: Design,
    fields: dict[str, str],
    language: Any,
    form: str,
    *,
    preview: bool,
    dpi: Resolution = Resolution.DPI_203,
) -> Response:
    sheet = place(design, fields, language=language, preview=preview, demonstration=request.app.state.demonstration)
    if form == "zpl":
        head = {"content-disposition": f'attachment; filename="{design.name}.zpl"'}
        return Response(zpl.draw(sheet, dpi), media_type=ZPL_TYPE, headers=head)
    if form == "svg":
        return Response(svg.draw(sheet), media_type="image/svg+xml")
    document = pdf.draw(sheet)
    if form == "png":
        return Response(paper.png(document, dpi), media_type="image/png")
    return Response(
        document, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{design.name}.pdf"'}
    )
