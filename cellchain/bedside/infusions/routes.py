"""The screens of an infusion: it runs, something turned against it, another scan, the emergency card."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cellchain.bedside import queries as checks
from cellchain.bedside.infusions import commands, pages, queries, rules, words
from cellchain.bedside.infusions.queries import InfusionView
from cellchain.bedside.words import name_of
from cellchain.bedside.wristbands import queries as bands
from cellchain.kernel.errors import CellchainError, Invalid, NotFound, Refused
from cellchain.kernel.text import T
from cellchain.ledger.registry import Moment, command_of
from cellchain.web import faults
from cellchain.web.access import Number, access, actor_of, reading, request_id_of, run_order, session_of
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import fields_of, parse_form
from cellchain.web.house import form_items
from cellchain.web.html import render, voice_of
from cellchain.web.panels import OrderForm
from cellchain.web.problems import headers_of, status_of
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]
STOPPED = "infusion.stopped_meanwhile"
# What is done on the page of a running infusion itself, so that it can wait there while the network is away.
ACTS: Mapping[str, Callable[..., Any]] = {
    "record_observation": commands.record_observation,
    "pause": commands.pause,
    "set_rate": commands.set_rate,
    "report_reaction": commands.report_reaction,
    "stop_infusion": commands.stop_infusion,
}
SUBMIT = {"resume": T("Let it flow again"), "take-over": T("Take it over here")}
BESIDE = ("by", "at", "why_late")
AT: TypeAdapter[datetime | None] = TypeAdapter(Moment | None)


@router.post("/bedside/start")
@access("bedside.start_infusion")
def start(request: Request, items: Items = Depends(form_items)) -> Response:
    """Start the infusion that both checked."""
    zone = request.app.state.settings.zone
    order = parse_form(commands.StartInfusion, items, zone)
    result = run_order(request, commands.start_infusion, order, request_id=str(parse_envelope(items, zone).request_id))
    return RedirectResponse(f"/bedside/infusions/{result['infusion']}", 303)


@router.get("/bedside/infusions")
@access("bedside.read")
def infusions(request: Request) -> HTMLResponse:
    """What runs now, and the latest stops."""
    with reading(request) as tx:
        views = [queries.infusion_view(tx, row.id or 0) for row in queries.running(tx)]
        stops = [(row, name_of(row.reasons[0])) for row in checks.stops(tx, 20)]
        return render(request, "bedside/infusions/list.html", views=views, stops=stops, binds=bands.may_be_bound(tx))


@router.get("/bedside/infusions/{number}")
@access("bedside.read", watched=True)
def infusion(request: Request, number: Number, seen: str = "") -> Response:
    """One infusion. Asked for again every two seconds, so that a hold shows at once; an alarm that is on the screen
    already (`seen`) is not drawn again under the nurse's hands. It goes on after the tablet locked by idling."""
    with reading(request) as tx:
        page = pages.run_page(tx, number, actor_of(request))
        if page.view.alarms and seen == shown(page.view):
            return Response(status_code=204)
        template = "stop" if page.view.alarms else "running"
        return render(request, f"bedside/infusions/{template}.html", **_told(request, page))


@router.get("/bedside/infusions/{number}/emergency")
@access("bedside.read")
def emergency(request: Request, number: Number) -> HTMLResponse:
    """What to do and whom to call, to be read in a hurry or printed for the bed."""
    with reading(request) as tx:
        return render(request, "bedside/infusions/emergency.html", view=queries.infusion_view(tx, number))


@router.get("/bedside/infusions/{number}/scan")
@access("bedside.resume", "bedside.take_over_infusion")
def scan(request: Request, number: Number) -> HTMLResponse:
    """One more scan of wristband and bag: to let it flow again, or to take it over at this tablet."""
    with reading(request) as tx:
        page = pages.run_page(tx, number, actor_of(request))
        told = _told(request, page)
    function, where = (
        (commands.resume, "resume") if page.elsewhere is None else (commands.take_over_infusion, "take-over")
    )
    fields = [field for field in fields_of(command_of(function).order) if field.name != "infusion"]
    back = f"/bedside/infusions/{number}"
    form = OrderForm(f"{back}/{where}", fields, SUBMIT[where], {}, cancel=back)
    return render(request, "bedside/infusions/scan.html", form=form, **told)


@router.post("/bedside/infusions/{number}/resume")
@access("bedside.resume")
def resume(request: Request, number: Number, items: Items = Depends(form_items)) -> Response:
    """Let it flow again. What does not fit is a STOP, whole screen, and so is what turned against the bag meanwhile."""
    return _scanned(request, number, items, commands.resume)


@router.post("/bedside/infusions/{number}/take-over")
@access("bedside.take_over_infusion")
def take_over(request: Request, number: Number, items: Items = Depends(form_items)) -> Response:
    """Take it over at this tablet. What does not fit is a STOP, whole screen."""
    return _scanned(request, number, items, commands.take_over_infusion)


@router.post("/bedside/acts/{verb}")
@access(*(f"bedside.{verb}" for verb in sorted(ACTS)))
def act(request: Request, verb: str, items: Items = Depends(form_items)) -> Response:
    """One act of a running infusion, sent by its page: at once, or when the network is back, with the time it has."""
    if verb not in ACTS:
        raise NotFound(key=verb)
    try:
        return JSONResponse(_done(request, ACTS[verb], items))
    except CellchainError as error:
        return JSONResponse(_refused(request, error), status_of(error), headers_of(error))


def _done(request: Request, function: Callable[..., Any], items: Items) -> dict[str, Any]:
    """Run it for the person who entered it on that page, and for nobody else. Raises what it refuses."""
    told, model = dict(items), command_of(function).order
    if told.get("by") != actor_of(request).person:
        raise Refused("act.other_person", "Somebody else entered this. It is sent when they are signed in here again.")
    happened_at = _moment(told.get("at"))
    order = parse_form(model, [pair for pair in items if pair[0] not in BESIDE], request.app.state.settings.zone)
    number, reason = request_id_of(str(told.get("request_id"))), str(told.get("why_late", ""))
    return run_order(request, function, order, request_id=number, reason=reason, happened_at=happened_at)


def _moment(value: object) -> datetime | None:
    try:
        return AT.validate_python(value)
    except ValidationError as error:
        raise Invalid({"happened_at": faults.MOMENT}) from error


def _refused(request: Request, error: CellchainError) -> dict[str, Any]:
    voice = voice_of(request)
    fields = error.fields.values() if isinstance(error, Invalid) else ()
    return {"code": error.code, "message": " ".join(voice.say(text) for text in (fields or (error.text,)))}


def _scanned(request: Request, number: int, items: Items, function: Callable[..., Any]) -> Response:
    zone, here = request.app.state.settings.zone, f"/bedside/infusions/{number}"
    order = parse_form(command_of(function).order, [*items, ("infusion", str(number))], zone)
    try:
        result = run_order(request, function, order, request_id=str(parse_envelope(items, zone).request_id))
    except Refused as refusal:
        if refusal.code != STOPPED:
            raise
        return RedirectResponse(here, 303)  # the infusion's own screen is the STOP
    return RedirectResponse(here if result["check"] is None else f"/bedside/checks/{result['check']}", 303)


def shown(view: InfusionView) -> str:
    """What an alarm on the screen is about, and whether the bag still runs: while both stay, so does the screen."""
    return " ".join((*view.marks, view.phase))


def _told(request: Request, page: pages.RunPage) -> dict[str, Any]:
    return {
        "page_of": page,
        "view": page.view,
        "by": actor_of(request).person,
        "locked": session_of(request).locked is not None,
        "seen": shown(page.view),
        "phone": request.app.state.settings.laboratory_phone,
        "grades": words.GRADES,
        "actions": words.ACTIONS,
        "pauses": words.PAUSES,
        "drops": rules.drops_per_minute,
    }
