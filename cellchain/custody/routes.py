"""Pages of custody: what is on its way, shipments, the way that one thing took, boxes with cells, vials of a bank."""

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, Response

from cellchain.custody import boxes, commands, pages, queries, shelving
from cellchain.custody.destructions import routes as destructions
from cellchain.kernel.errors import Busy, CellchainError, NotFound
from cellchain.kernel.text import T
from cellchain.labels.scanning import log
from cellchain.labels.scanning.log import UNKNOWN, Beep
from cellchain.ledger.filekinds import FileKind
from cellchain.web.access import access, actor_of, reading, request_id_of, run_order
from cellchain.web.downloads import as_download
from cellchain.web.house import form_items
from cellchain.web.html import is_fragment, render
from cellchain.web.routing import house_router

# The pages lead to forms of verbs, so whoever serves the pages has the verbs registered with them.
__all__ = ["commands", "router"]

router = house_router()
router.routes.extend(destructions.router.routes)  # first: /custody/destructions is no container
Last = tuple[str, object, object]


@router.get("/custody")
@access("custody.read")
def under_way(request: Request) -> HTMLResponse:
    """What changes hands now, what was too warm, and where everything stands."""
    with reading(request) as tx:
        view = pages.custody_page(tx)
    who = actor_of(request)
    return render(request, "custody/custody.html", view=view, pages=pages, may=who.may, person=who.person)


@router.get("/custody/places")
@access("custody.read")
def places(request: Request) -> HTMLResponse:
    """Every box, by freezer, shelf and rack: how full it is."""
    with reading(request) as tx:
        lines = boxes.box_lines(tx)
    return render(request, "custody/places.html", lines=lines, may=actor_of(request).may)


@router.get("/custody/places/{code}")
@access("custody.read")
def place(request: Request, code: str) -> HTMLResponse:
    """The map of one box, or what stands at a place without cells."""
    return _place(request, code)


@router.post("/custody/places/{code}/scan")
@access("custody.store", "custody.read")
def put_down(request: Request, code: str, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """A container scanned at a box goes into the cell that the page named, or its first free one."""
    given = {name: str(value) for name, value in items}
    beep = Beep.of(given)
    try:
        cell, subject = _put(request, code, beep, given.get("cell") or None)
    except Busy:
        raise  # nothing was done: the page sends the scan again
    except CellchainError as error:
        log.keep(request.app.state.runner, actor_of(request), beep, UNKNOWN, error.code)
        return _place(request, code, ("halt", error.text, T("Nothing was recorded.")))
    log.keep(request.app.state.runner, actor_of(request), beep, "container")
    return _place(request, code, ("match", T("Cell {cell}", cell=cell), subject))


@router.get("/custody/bank/{lot}")
@access("custody.read")
def bank(request: Request, lot: str) -> HTMLResponse:
    """The vials of a bank: where each lies, which are reserved, which are used."""
    with reading(request) as tx:
        view = boxes.bank_inventory(tx, lot)
    return render(request, "custody/bank.html", view=view, may=actor_of(request).may)


@router.get("/custody/pick")
@access("custody.read")
def pick(request: Request) -> HTMLResponse:
    """The vials to fetch, by lot and in the order of the store."""
    with reading(request) as tx:
        picks = boxes.picks(tx)
    return render(request, "custody/pick.html", picks=picks, may=actor_of(request).may)


@router.get("/custody/shippers")
@access("custody.read")
def shippers(request: Request) -> HTMLResponse:
    """Every shipper: what it is qualified for, until when, and where it is."""
    with reading(request) as tx:
        lines = pages.shipper_lines(tx)
    return render(request, "custody/shippers.html", lines=lines, pages=pages, may=actor_of(request).may)


@router.get("/custody/shipments/{code}")
@access("custody.read")
def shipment(request: Request, code: str) -> HTMLResponse:
    """One shipment: what is inside, how it left, how it arrived, what its logger says."""
    with reading(request) as tx:
        view = pages.shipment_page(tx, code)
    who = actor_of(request)
    return render(request, "custody/shipment.html", view=view, pages=pages, may=who.may, person=who.person)


@router.get("/custody/shipments/{code}/log")
@access("custody.read")
def log_file(request: Request, code: str) -> Response:
    """The file that a logger wrote, as it came: downloaded, never shown by the browser."""
    with reading(request) as tx:
        row = queries.log_of(tx, code)
        if row is None:
            raise NotFound("log.not_read", "The logger of this shipment was not read out. There is no file of it.")
        content = tx.house.fetch(row.file_hash)
    return as_download(content, row.file_name, FileKind.TEXT.media_type)


@router.get("/custody/{code}")
@access("custody.read")
def way(request: Request, code: str) -> HTMLResponse:
    """The way that one container took, and what speaks against using it."""
    with reading(request) as tx:
        view = pages.way_page(tx, code, actor_of(request))
    who = actor_of(request)
    return render(request, "custody/way.html", view=view, pages=pages, may=who.may, person=who.person)


def _put(request: Request, code: str, beep: Beep, cell: str | None) -> tuple[str, str]:
    with reading(request) as tx:
        function, order = shelving.meant(tx, code, beep, cell)
    done = run_order(request, function, order, request_id=request_id_of(beep.nonce), noted=beep.noted)
    return done["position"] or "", done["subject"]


def _place(request: Request, code: str, last: Last | None = None) -> HTMLResponse:
    with reading(request) as tx:
        view = boxes.box_map(tx, code)
    template = "custody/_place.html" if is_fragment(request) else "custody/place.html"
    status = 409 if last and last[0] == "halt" else 200
    return render(request, template, status, view=view, last=last, may=actor_of(request).may)
