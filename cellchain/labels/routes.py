"""Labels on screen and on paper, and the one way in for every scan."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, JSONResponse, Response

from cellchain.identity import scan as symbols
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Forbidden, NotFound, Refused
from cellchain.kernel.text import T
from cellchain.labels import design as designs
from cellchain.labels import queries
from cellchain.labels import render as paper
from cellchain.labels.models import Label, RawScan
from cellchain.ledger.describe import Description, LabelData
from cellchain.platform.db import ReadTx
from cellchain.web.access import access, actor_of, reading, session_of
from cellchain.web.api import read_body
from cellchain.web.forms import invalid_from
from cellchain.web.house import form_items
from cellchain.web.html import render

router = APIRouter()
Language = Literal["ru", "en", "both"]
Format = Literal["pdf", "png"]
PREVIEW_DPI = 203
UNKNOWN = "unknown"
NAMED, SEE_NAME = "wristband", "trial.see_name"


class ScanRequest(BaseModel):
    """What a scanner sent. `nonce` marks one beep, so that a scan sent twice is one."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(max_length=256)
    nonce: str | None = Field(None, max_length=64)


async def scan_request(request: Request) -> ScanRequest:
    """The JSON body of a scan. Raises Invalid."""
    try:
        return ScanRequest.model_validate_json(await read_body(request.receive))
    except ValidationError as error:
        raise invalid_from(error) from error


@router.post("/api/v1/scan")
@access("house.use")
def scan_api(request: Request, order: ScanRequest = Depends(scan_request)) -> JSONResponse:
    """What a symbol stands for, and what can be done with it. The scan is kept as it came."""
    answer = classify(request, order.symbol)
    _keep(request, order.symbol, str(answer["kind"]))
    return JSONResponse(answer)


@router.get("/api/v1/scan")
@access("house.use")
def scan_test(request: Request, symbol: Annotated[str, Query(max_length=256)]) -> JSONResponse:
    """The same without keeping it."""
    return JSONResponse(classify(request, symbol))


@router.post("/scan")
@access("house.use")
def scan_page(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """A scan on a page that has no use of its own for it: it leads to the page of the thing."""
    symbol = str(dict(items).get("symbol", ""))[:256]
    with reading(request) as tx:
        found = _describe(request, tx, symbol)
    _keep(request, symbol, UNKNOWN if found is None else found.kind)
    if found is not None:
        return Response(status_code=204, headers={"hx-redirect": found.href, "x-location": found.href})
    read = symbols.read(symbol)
    text = (
        symbols.explain(read.problem) if read.problem else T("This symbol is not known here. Scan a cellchain label.")
    )
    return render(request, "labels/_unknown_scan.html", text=text, symbol=symbol)


def classify(request: Request, symbol: str) -> dict[str, object]:
    """A symbol in the words of the contract; `unknown` is an answer, not an error."""
    with reading(request) as tx:
        found = _describe(request, tx, symbol)
    if found is None:
        return {"kind": UNKNOWN, "code": None, "title": "", "phase": None, "actions": []}
    return {
        "kind": found.kind,
        "code": found.code,
        "title": str(found.title),
        "phase": found.phase,
        "actions": [{"path": one.path, "label": str(one.label), "href": one.href} for one in found.actions],
    }


def _describe(request: Request, tx: ReadTx, symbol: str) -> Description | None:
    read = symbols.read(symbol)
    if read.code is None:
        return None
    described: Description | None = tx.house.describe(tx, read.code.text, actor_of(request))
    return described


def _keep(request: Request, symbol: str, kind: str) -> None:
    actor = session_of(request).actor
    kept = symbol.replace("\x00", "␀")
    request.app.state.runner.outside(
        lambda tx: tx.add(RawScan(at=tx.now, person=actor.person, device=actor.device, symbol=kept, answer=kind))
    )


# -- labels ----------------------------------------------------------------------------------------------------------


@router.get("/labels")
@access("labels.read")
def labels(request: Request) -> HTMLResponse:
    """The labels printed last, and the designs that may print."""
    with reading(request) as tx:
        return render(request, "labels/labels.html", labels=queries.latest(tx), designs=queries.design_states(tx))


@router.get("/labels/{code}")
@access("labels.read")
def label(request: Request, code: str) -> HTMLResponse:
    """One label: what it looks like, whether it was scanned back, what it replaced."""
    with reading(request) as tx:
        row = tx.get(Label, code)
        described = tx.house.describe(tx, row.target, actor_of(request))
        family = queries.labels_of(tx, row.target)
    return render(request, "labels/label.html", label=row, described=described, family=family)


@router.get("/labels/{code}/print")
@access("labels.print_label", "labels.reprint_label")
def printable(request: Request, code: str) -> Response:
    """The label as it prints, from the data stored when it was issued: the same bytes each time."""
    with reading(request) as tx:
        row = tx.get(Label, code)
    _may_see(request, row.design)
    if row.phase not in ("printed", "confirmed"):
        raise Refused("label.void", "This label is out of use and is not printed again. Print another one.")
    return _paper(request, row.design, json.loads(row.data), row.language, "pdf", preview=False)


@router.get("/labels/{code}/picture")
@access("labels.read")
def picture(request: Request, code: str) -> Response:
    """The label as a picture for the screen, marked as a preview and with serial 0 in its symbols."""
    with reading(request) as tx:
        row = tx.get(Label, code)
    _may_see(request, row.design)
    data = {**json.loads(row.data), "label_code": _nothing(row.symbol)}
    return _paper(request, row.design, _without_symbols(data, row.symbol), row.language, "png", preview=True)


@router.get("/api/v1/labels/{code}")
@access("labels.read")
def preview(
    request: Request,
    code: str,
    design: Annotated[str, Query(pattern="^[a-z_]{2,40}$")],
    format: Format = "pdf",
    language: Language = "ru",
) -> Response:
    """A label as it would print, marked preview: nothing is issued, and a scan of it is a STOP."""
    with reading(request) as tx:
        labeller = tx.house.labellers.get(code[:2])
        if labeller is None:
            raise NotFound("label.no_labels", "Nothing of this kind wears a label. Scan what the label is for.")
        data: LabelData = labeller.label(tx, code, design)
    _may_see(request, design)
    symbol = data.symbol or f"{Kind.LABEL}00"
    fields = _without_symbols({**data.fields, "label_code": _nothing(symbol)}, data.symbol)
    return _paper(request, design, fields, language, format, preview=True)


def _may_see(request: Request, design: str) -> None:
    """A wristband bears a name: only who may see names sees it on a screen."""
    if design == NAMED and not actor_of(request).may(SEE_NAME):
        raise Forbidden("label.bears_a_name", "This label bears a name, and your roles do not show names.")


def _nothing(symbol: str) -> str:
    """The identifier of the symbol's kind with sequence 0: it is never issued, and stands for nothing."""
    return issue(Kind(symbol[:2]), 1, 2026, 0)


def _without_symbols(fields: dict[str, str], symbol: str | None) -> dict[str, str]:
    """No field of a preview carries the real symbol, not even in words that could be scanned."""
    return {
        name: _nothing(value) if symbol is not None and value == symbol else value for name, value in fields.items()
    }


def _paper(
    request: Request, design: str, fields: dict[str, str], language: Any, form: str, *, preview: bool
) -> Response:
    document = paper.pdf(
        designs.load(design), fields, language=language, preview=preview, demonstration=request.app.state.demonstration
    )
    if form == "png":
        return Response(paper.png(document, PREVIEW_DPI), media_type="image/png")
    return Response(
        document, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{design}.pdf"'}
    )
