"""Pages of manufacturing, and the bench. Every verb has its form under /do/manufacturing/."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cellchain.accounts.routes import switch_person
from cellchain.identity.codes import EquipmentCode, Kind, LotCode, MaterialLotCode
from cellchain.identity.typed import may_type
from cellchain.kernel.errors import Busy, CellchainError
from cellchain.kernel.text import T
from cellchain.labels.commands import ConfirmLabel, confirm_label
from cellchain.labels.scanning import log
from cellchain.labels.scanning.log import Beep
from cellchain.manufacturing import (
    bench,
    bench_needs,
    bench_scans,
    commands,
    environment,
    logbook,
    pages,
    queries,
    record_pages,
    ticks,
    training,
)
from cellchain.manufacturing.bench_scans import Meaning, Outcome
from cellchain.manufacturing.commands.steps import CorrectValue, RecordValue, UseEquipment, UseMaterial
from cellchain.manufacturing.rules.lifecycles import LotPhase
from cellchain.manufacturing.statements import LOTS
from cellchain.web.access import NUMBER_MAX, Number, access, actor_of, reading, request_id_of, run_order
from cellchain.web.downloads import as_download
from cellchain.web.envelopes import new_request_id, parse_envelope
from cellchain.web.faults import order_of
from cellchain.web.forms import Entered, parse_form
from cellchain.web.house import form_items
from cellchain.web.html import is_fragment, render, voice_of
from cellchain.web.paging import AskedFor, listed
from cellchain.web.panels import clock_bar
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]
REFUSED = 409
First = Annotated[int | None, Query(ge=1, le=NUMBER_MAX)]
# Whatever somebody attached is taken away as a file and never run or shown inside a page of ours.


@router.get("/manufacturing")
@access("manufacturing.read")
def batches(request: Request, asked: AskedFor) -> HTMLResponse:
    """All batches: where the cells are now, and which lot waits for whom."""
    with reading(request) as tx:
        page = listed(request, tx, LOTS, asked, kinds=(Kind.LOT,), phases=LotPhase)
        view = pages.batches_page(tx, actor_of(request), page)
    return render(
        request,
        "manufacturing/batches.html",
        view=view,
        pages=pages,
        may=actor_of(request).may,
        fresh=new_request_id,
    )


@router.get("/manufacturing/lots/{code}")
@access("manufacturing.read")
def lot(request: Request, code: str, first: First = None) -> HTMLResponse:
    """One lot: its batch record, values outside limits first."""
    voice, who = voice_of(request), actor_of(request)
    with reading(request) as tx:
        view = pages.lot_sheet(tx, code, voice, first)
    return render(
        request,
        "manufacturing/lot.html",
        view=view,
        pages=pages,
        may=who.may,
        person=who.person,
        roles=who.roles,
        fresh=new_request_id,
        shown=partial(bench.shown_by, voice),
    )


@router.get("/manufacturing/attachments/{number}")
@access("manufacturing.read")
def attachment(request: Request, number: Number) -> Response:
    """What was attached, as it came."""
    with reading(request) as tx:
        row = queries.attachment(tx, number)
        content = tx.house.fetch(row.digest)
    return as_download(content, row.name, row.kind.media_type)


@router.get("/manufacturing/containers/{code}")
@access("manufacturing.read")
def container(request: Request, code: str) -> Response:
    """One container: what is in it, where it came from, what came of it."""
    with reading(request) as tx:
        view = pages.container_sheet(tx, code)
    if view.facts.kind == "infusion_bag":
        return RedirectResponse(f"/manufacturing/bags/{code}", 303)
    return render(request, "manufacturing/container.html", view=view, pages=pages, may=actor_of(request).may)


@router.get("/manufacturing/bags/{code}")
@access("manufacturing.read")
def bag(request: Request, code: str) -> HTMLResponse:
    """One infusion bag: dose, clock, origin and label."""
    with reading(request) as tx:
        view, now = pages.container_sheet(tx, code), tx.now
    facts, bar = view.facts, None
    if facts.expires_at is not None and facts.phase == "filled" and now < facts.expires_at:
        bar = clock_bar(voice_of(request), facts.made_at, now, facts.expires_at)
    return render(request, "manufacturing/bag.html", view=view, bar=bar, pages=pages, may=actor_of(request).may)


@router.get("/manufacturing/rooms")
@access("manufacturing.read")
def rooms(request: Request) -> HTMLResponse:
    """All clean rooms, as they stand by what was read last."""
    with reading(request) as tx:
        found = environment.rooms(tx, voice_of(request))
    return render(request, "manufacturing/rooms.html", rooms=found, may=actor_of(request).may)


@router.get("/manufacturing/rooms/{code}")
@access("manufacturing.read")
def room(request: Request, code: str) -> HTMLResponse:
    """One room: what was read, against the limits of its class, with the lot it speaks about."""
    with reading(request) as tx:
        view = environment.room(tx, code, voice_of(request))
    return render(request, "manufacturing/room.html", view=view, may=actor_of(request).may)


@router.get("/manufacturing/equipment/{code}")
@access("manufacturing.read")
def equipment_log(request: Request, code: str) -> HTMLResponse:
    """The log of a piece of equipment: what it was used for, and what was done about it."""
    with reading(request) as tx:
        view = logbook.equipment_log(tx, code)
    return render(request, "manufacturing/equipment_log.html", view=view, may=actor_of(request).may)


@router.get("/manufacturing/master-records")
@access("manufacturing.read")
def master_records(request: Request) -> HTMLResponse:
    """All master records with their versions."""
    with reading(request) as tx:
        rows = queries.master_records(tx)
    return render(request, "manufacturing/master_records.html", rows=rows, may=actor_of(request).may)


@router.get("/manufacturing/master-records/{number}")
@access("manufacturing.read")
def master_record(request: Request, number: Number) -> HTMLResponse:
    """One version of a master record, as whoever approves it reads it."""
    with reading(request) as tx:
        view = record_pages.record_sheet(tx, number)
    who, voice = actor_of(request), voice_of(request)
    return render(
        request,
        "manufacturing/master_record.html",
        view=view,
        may=who.may,
        person=who.person,
        shown=partial(bench.shown_by, voice),
    )


@router.get("/manufacturing/master-records/{number}/compare/{other}")
@access("manufacturing.read")
def compared(request: Request, number: Number, other: Number) -> HTMLResponse:
    """Two versions of one master record side by side, the older one first."""
    with reading(request) as tx:
        view = record_pages.compared_sheet(tx, number, other)
    return render(request, "manufacturing/compared.html", view=view, shapes=record_pages.SHAPES)


@router.get("/api/v1/master-records/{number}")
@access("manufacturing.read")
def master_record_api(request: Request, number: Number) -> JSONResponse:
    """One version of a master record as data."""
    with reading(request) as tx:
        row = queries.master_record(tx, number)
    head = {"master_record": row.id, "name": row.name, "version": row.version, "phase": row.phase}
    return JSONResponse({**head, "source_hash": row.source_hash, "definition": row.steps})


@router.get("/api/v1/master-records/{number}/compare/{other}")
@access("manufacturing.read")
def compared_api(request: Request, number: Number, other: Number) -> JSONResponse:
    """What differs between two versions of one master record."""
    with reading(request) as tx:
        view = record_pages.compared_sheet(tx, number, other)
    lines = [
        {"step": one.part, "line": one.line, "change": one.change, "before": one.before, "after": one.after}
        for part in view.parts
        for one in part.changed
    ]
    return JSONResponse({"before": view.before.version, "after": view.after.version, "changes": lines})


@router.get("/manufacturing/training")
@access("manufacturing.read")
def trainings(request: Request) -> HTMLResponse:
    """People and master records, with the gaps."""
    with reading(request) as tx:
        view = training.matrix(tx)
    return render(request, "manufacturing/training.html", view=view, pages=pages, may=actor_of(request).may)


@router.get("/api/v1/training")
@access("manufacturing.read")
def training_api(request: Request) -> JSONResponse:
    """People and master records as data: how each stands, and until when."""
    with reading(request) as tx:
        return JSONResponse(training.as_data(training.matrix(tx)))


# ---- the bench -------------------------------------------------------------------------------------------------------


@router.get("/bench/{code}")
@access("manufacturing.start_step", "manufacturing.read")
def bench_screen(request: Request, code: str, step: str = "") -> HTMLResponse:
    """The bench of one lot: one step, far-tier. Where several may come now, `step` is the one to look at."""
    return _bench(request, code, step=step)


@router.post("/bench/{code}/scan")
@access("manufacturing.use_material")
def scanned(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """One scan, or all that waited, in their order. The server says what each did, or which kind it wanted.

    What leads away from the bench is done alone, as the first of a request: the page sends what lay behind it again.
    """
    outcomes: list[Outcome] = []
    for beep in Beep.each(items):
        meant = _meant(request, code, beep)
        if meant.leaves and outcomes:
            break
        if meant.leaves:
            return _left(request, code, beep, meant)
        outcomes.append(_done(request, code, beep, meant))
    last, step = bench_scans.told(outcomes), str(dict(items).get("step", ""))
    return _bench(request, code, last, last.status, headers={"x-scans": str(len(outcomes))}, step=step)


@router.post("/bench/{code}/undo")
@access("manufacturing.undo")
def take_back(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """Take the last entry of this person here back."""
    asked = [(name, given) for name, given in items if name == "entry"]
    envelope = parse_envelope(items, request.app.state.settings.zone)
    try:
        order = parse_form(commands.Undo, asked, request.app.state.settings.zone)
        run_order(request, commands.undo, order, request_id=str(envelope.request_id))
    except CellchainError as error:
        return _bench(request, code, Outcome("halt", error.text, T("Nothing was recorded.")), status_of(error))
    return RedirectResponse(f"/bench/{code}", 303)


@router.post("/bench/{code}/value")
@access("manufacturing.record_value")
def value(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """A value entered at the bench; one outside its alert limit asks for a comment."""
    asked = [(name, given) for name, given in items if name != "lot"]
    return _entered(request, code, RecordValue, [*asked, ("lot", code)])


@router.post("/bench/{code}/recount")
@access("manufacturing.correct_value")
def recount(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """A second count of a value outside its limit: the first one stays readable."""
    return _entered(request, code, CorrectValue, items)


def _meant(request: Request, code: str, beep: Beep) -> Meaning:
    with reading(request) as tx:
        return bench_scans.meaning(tx, code, beep.symbol, actor_of(request), by_hand=beep.by_hand)


def _left(request: Request, code: str, beep: Beep, meant: Meaning) -> Response:
    log.keep(request.app.state.runner, actor_of(request), beep, meant.kind)
    if meant.does == "badge":
        return switch_person(request, meant.code, f"/bench/{code}")
    return RedirectResponse(meant.href, 303)


def _done(request: Request, code: str, beep: Beep, meant: Meaning) -> Outcome:
    """Do what a scan means, and keep the scan with what came of it."""
    problem = None
    try:
        may_type(beep.capture, beep.typed_because)
        outcome = _use(request, code, meant, beep)
        problem = meant.problem if meant.does == "nothing" else None
    except Busy:
        raise  # nothing was done: the page sends the scan again
    except CellchainError as error:
        outcome = Outcome("halt", error.text, T("Put it aside and scan another one."), status_of(error))
        problem = error.code
    log.keep(request.app.state.runner, actor_of(request), beep, meant.kind, problem)
    return outcome


def _use(request: Request, code: str, meant: Meaning, beep: Beep) -> Outcome:
    if meant.does == "nothing":
        return Outcome("halt", meant.said or "", T("Nothing was recorded."), REFUSED)
    lot = LotCode(code)
    run = partial(run_order, request, request_id=request_id_of(beep.nonce), noted=beep.noted)
    if meant.does == "material":
        used = run(commands.use_material, UseMaterial(lot=lot, material=MaterialLotCode(meant.code)))
        with reading(request) as tx:
            return Outcome("match", used["name"], meant.code, hint=ticks.sooner(tx, meant.code))
    if meant.does == "label":
        run(confirm_label, order_of(ConfirmLabel, scanned=beep.symbol))
        return Outcome("match", T("The label is scanned back"), meant.code)
    used = run(commands.use_equipment, UseEquipment(lot=lot, equipment=EquipmentCode(meant.code)))
    return Outcome("match", used["name"], meant.code)


def _entered(request: Request, code: str, model: type[RecordValue] | type[CorrectValue], items: Items) -> Response:
    zone = request.app.state.settings.zone
    function = commands.record_value if model is RecordValue else commands.correct_value
    envelope = parse_envelope(items, zone)
    try:
        run_order(
            request,
            function,
            parse_form(model, items, zone),
            request_id=str(envelope.request_id),
            reason=envelope.reason,
        )
    except CellchainError as error:
        last = Outcome("halt", error.text, T("Nothing was recorded."), remarks=getattr(error, "remarks", ()))
        entered = {**{name: str(given) for name, given in items}, "said": Entered(items).every("reason")}
        return _bench(request, code, last, status_of(error), entered)
    return RedirectResponse(f"/bench/{code}", 303)


def _bench(
    request: Request,
    code: str,
    last: Outcome | None = None,
    status: int = 200,
    entered: Mapping[str, object] | None = None,
    headers: dict[str, str] | None = None,
    step: str = "",
) -> HTMLResponse:
    who = actor_of(request)
    with reading(request) as tx:
        view = bench.bench_view(tx, code, voice_of(request), who, step)
    template = "manufacturing/_bench.html" if is_fragment(request) else "manufacturing/bench.html"
    return render(
        request,
        template,
        status,
        headers,
        view=view,
        last=last,
        entered=entered or {},
        may=who.may,
        person=who.person,
        verifies=partial(bench_needs.verifies, actor=who, needs=view.needs),
        fresh=new_request_id,
    )
