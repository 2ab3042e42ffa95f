"""Binding the hospital's wristband by scans alone: ours, the hospital's, the second person's badge, in any order."""

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.bedside import queries as bedside
from cellchain.bedside.wristbands import commands, pages
from cellchain.bedside.wristbands.pages import BandScans
from cellchain.identity.codes import Kind
from cellchain.labels.scanning import log
from cellchain.labels.scanning.log import Beep
from cellchain.web.access import access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import parse_form
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]


@router.get("/bedside/wristband")
@access("bedside.bind_hospital_wristband")
def wristband(request: Request) -> HTMLResponse:
    """Nothing scanned yet. After a binding it says for whom."""
    with reading(request) as tx:
        view = pages.bind_page(tx, BandScans(), done=request.query_params.get("bound", "")[:14])
    return render(request, "bedside/wristbands/bind.html", view=view)


@router.post("/bedside/wristband/scan")
@access("bedside.bind_hospital_wristband")
def scanned(request: Request, items: Items = Depends(form_items)) -> Response:
    """One scan, in any order. A badge is the witness's here: nobody takes over in the middle of it."""
    given = {name: str(value) for name, value in items}
    beep = Beep.of(given)
    with reading(request) as tx:
        kind = bedside.kind_scanned(tx, beep.symbol)
        scans, problem = pages.placed(BandScans.of(given), beep, kind)
        view = pages.bind_page(tx, scans, wrong=None if problem is None else problem.text)
    answer = log.UNKNOWN if kind is None else Kind(kind).name.lower()
    log.keep(request.app.state.runner, actor_of(request), beep, answer, None if problem is None else problem.code)
    return render(request, "bedside/wristbands/_bind.html", view=view)


@router.post("/bedside/wristband")
@access("bedside.bind_hospital_wristband")
def bind(request: Request, items: Items = Depends(form_items)) -> Response:
    """Bind it. The server looks at all three once more."""
    zone = request.app.state.settings.zone
    order = parse_form(commands.BindHospitalWristband, items, zone)
    done = run_order(
        request, commands.bind_hospital_wristband, order, request_id=str(parse_envelope(items, zone).request_id)
    )
    return RedirectResponse(f"/bedside/wristband?bound={done['recipient']}", 303)
