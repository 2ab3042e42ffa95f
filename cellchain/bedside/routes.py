"""The bedside screens: one decision each, whole screen."""

from collections.abc import Mapping

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.accounts.routes import keep_session, switch_person, take_over
from cellchain.bedside import commands, pages, queries, rules
from cellchain.bedside.misses.rules import CAUSES
from cellchain.bedside.words import next_step
from cellchain.identity import scan
from cellchain.identity.codes import Kind
from cellchain.identity.typed import may_type
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.labels.scanning import log
from cellchain.labels.scanning.log import Beep
from cellchain.web.access import Number, access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import parse_form
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]
CAPTURES = ("typed", "camera")  # how a code may come other than from a reader, the less sure one first


@router.get("/bedside")
@access("bedside.check")
def bedside(request: Request) -> HTMLResponse:
    """The check of the person signed in, with nothing scanned yet."""
    return _check_screen(request, "", "")


@router.post("/bedside/scan")
@access("bedside.check")
def scanned(request: Request, items: Items = Depends(form_items)) -> Response:
    """One scan, in any order: badge, wristband or bag. A wrong kind is named."""
    given = {name: str(value) for name, value in items}
    beep, kind = Beep.of(given), _kind_of(request, given.get("symbol", ""))
    wrong, problem = _wrong(beep, kind)
    log.keep(request.app.state.runner, actor_of(request), beep, _answer(kind), problem)
    if kind == Kind.PERSON and problem is None:
        return _taken_over(request, beep.symbol)
    # What somebody else scanned on this page before does not count for the person who scans now.
    own = given if given.get("by") == actor_of(request).person else {}
    places = {name: (own.get(name, "")[:256], own.get(f"{name}_capture", "")) for name in ("wristband", "bag")}
    if problem is None:
        places["wristband" if kind == Kind.WRISTBAND else "bag"] = (beep.symbol, str(beep.capture))
    (wristband, by_band), (bag, by_bag) = places.values()
    return _check_screen(request, wristband, bag, wrong=wrong, how={"wristband": by_band, "bag": by_bag})


def _taken_over(request: Request, badge: str) -> Response:
    """The second person's badge: their own check, with nothing scanned yet."""
    opened = take_over(request, badge)
    if opened is None:
        return switch_person(request, badge, "/bedside")
    response = _check_screen(request, "", "")
    keep_session(response, opened)
    return response


@router.post("/bedside/check")
@access("bedside.check")
def check(request: Request, items: Items = Depends(form_items)) -> Response:
    """One person's check, decided by the server."""
    order = parse_form(commands.CheckOrder, _looked(items), request.app.state.settings.zone)
    envelope = parse_envelope(items, request.app.state.settings.zone)
    result = run_order(request, commands.check, order, request_id=str(envelope.request_id))
    return RedirectResponse(f"/bedside/checks/{result['check']}", 303)


@router.get("/bedside/checks/{number}")
@access("bedside.read")
def verdict(request: Request, number: Number) -> HTMLResponse:
    """MATCH, STOP, or the first check sealed."""
    phone = request.app.state.settings.laboratory_phone
    with reading(request) as tx:
        misfit = pages.misfit_page(tx, number)
        if misfit is not None:
            return render(request, "bedside/infusions/mismatch.html", view=misfit, phone=phone, causes=CAUSES)
        page = pages.verdict_page(tx, number)
    template = (
        "bedside/stop.html"
        if page.verdict == rules.Verdict.STOP
        else "bedside/sealed.html"
        if page.sealed
        else "bedside/match.html"
    )
    return render(request, template, view=page, phone=phone, causes=CAUSES, next_step=next_step)


@router.post("/bedside/checks/{number}/acknowledge")
@access("bedside.acknowledge_stop")
def acknowledge(request: Request, number: Number, items: Items = Depends(form_items)) -> Response:
    """The STOP was read."""
    order = parse_form(commands.AcknowledgeStop, [*items, ("check", str(number))], request.app.state.settings.zone)
    result = run_order(request, commands.acknowledge_stop, order)
    infusion = result["infusion"]
    return RedirectResponse("/bedside" if infusion is None else f"/bedside/infusions/{infusion}/scan", 303)


def _check_screen(
    request: Request, wristband: str, bag: str, *, wrong: T | None = None, how: Mapping[str, str] | None = None
) -> HTMLResponse:
    with reading(request) as tx:
        view = pages.check_page(tx, actor_of(request), wristband, bag)
    template = "bedside/_check.html" if request.method == "POST" else "bedside/check.html"
    captures = {name: captured if captured in CAPTURES else "" for name, captured in (how or {}).items()}
    # The check is as sure as its less sure scan: one that was typed makes it a typed one.
    capture = next((one for one in CAPTURES if one in captures.values()), "wedge")
    return render(request, template, view=view, wrong=wrong, captures=captures, capture=capture)


def _kind_of(request: Request, symbol: str) -> str | None:
    """What was scanned, for filling the right place; the verdict itself is the check's alone."""
    with reading(request) as tx:
        return queries.kind_scanned(tx, symbol)


def _answer(kind: str | None) -> str:
    """What the log of raw scans calls it."""
    return log.UNKNOWN if kind is None else Kind(kind).name.lower()


def _wrong(beep: Beep, kind: str | None) -> tuple[T | None, str | None]:
    """Why a scan has no place in a check, in words and by its code. What was typed has one, for the STOP it will be."""
    try:
        may_type(beep.capture, beep.typed_because)
    except Refused as refusal:
        return refusal.text, refusal.code
    if kind in (Kind.PERSON, Kind.WRISTBAND, Kind.LABEL):
        return None, None
    problem = scan.read(beep.symbol).problem
    if problem is not None:
        return scan.explain(problem), problem
    return T("This is neither a wristband nor a bag. Scan the wristband, or the label on the bag."), "scan.wrong_kind"


def _looked(items: Items) -> Items:
    """One question, two answers: the bag looks right in everything, or something is wrong. Whoever answers it states
    with it that the recipient said name and date of birth, unless it is ticked that they cannot."""
    right = "true" if dict(items).get("look") == "right" else "false"
    kept = [(name, value) for name, value in items if name != "look"]
    stated = [] if "identity_stated" in dict(items) else [("identity_stated", str(rules.Identity.YES))]
    return [*kept, *stated, *((f"inspection.{name}", right) for name in commands.InspectionOrder.model_fields)]
