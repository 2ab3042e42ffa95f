"""Pages of quality, and the page on which a lot is released. Every verb has its form under /do/quality/."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.identity import scan
from cellchain.identity.codes import LotCode, ungrouped
from cellchain.kernel.errors import CellchainError, Invalid, NotFound
from cellchain.kernel.text import T
from cellchain.quality import commands, queries
from cellchain.quality.commands.common import RootCode
from cellchain.quality.commands.dispositions import OfLot, ReviewBatch
from cellchain.quality.commands.holds import RecallOrder, scope_hash
from cellchain.quality.investigations.queries import for_deviation
from cellchain.quality.pages import desk, release, words
from cellchain.quality.pages import panel as panels
from cellchain.quality.pages import samples as samples_pages
from cellchain.quality.rules.lifecycles import Stage
from cellchain.web.access import Number, access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import fields_of, parse_form
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.panels import Meaning, Signature
from cellchain.web.problems import status_of
from cellchain.web.shape import is_code

router = APIRouter()
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
def waiting(request: Request) -> HTMLResponse:
    """What waits for QA, the next to expire first."""
    with reading(request) as tx:
        view = release.release_list(tx, actor_of(request))
    return render(request, "quality/releases.html", view=view, words=words)


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
    order = ReviewBatch(lot=lot_code, seen=request.query_params.get("seen")) if verb == "review_batch" else None
    envelope = parse_envelope(items, request.app.state.settings.zone)
    try:
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
def samples(request: Request) -> HTMLResponse:
    """What the laboratory has to do: verify, read, test."""
    with reading(request) as tx:
        view = desk.samples_page(tx)
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


# ---- deviations ------------------------------------------------------------------------------------------------------


@router.get("/quality/deviations")
@access("quality.read")
def deviations(request: Request) -> HTMLResponse:
    """Deviations, those still open first."""
    with reading(request) as tx:
        rows = queries.deviations(tx)
    return render(request, "quality/deviations.html", rows=rows, words=words, may=actor_of(request).may)


@router.get("/quality/deviations/{number}")
@access("quality.read")
def deviation(request: Request, number: Number) -> HTMLResponse:
    """One deviation from its opening to its conclusion."""
    with reading(request) as tx:
        row = queries.deviation_facts(tx, number)
        beside = for_deviation(tx, number)
        names = words.names_of(tx, [row.opened_by, row.assessed_by, row.closed_by])
    who = actor_of(request)
    context: dict[str, Any] = {"row": row, "names": names, "words": words, "may": who.may, "person": who.person}
    return render(request, "quality/deviation.html", investigation=beside, **context)


# ---- holds and recalls -----------------------------------------------------------------------------------------------


@router.get("/quality/holds")
@access("quality.read")
def holds(request: Request) -> HTMLResponse:
    """What is held now, what was held, and what was recalled."""
    with reading(request) as tx:
        held, recalls = queries.holds(tx), queries.recalls(tx)
        people = [
            *(row.placed_by for row in held),
            *(row.lifted_by for row in held),
            *(row.placed_by for row in recalls),
        ]
        names = words.names_of(tx, people)
    may = actor_of(request).may
    return render(request, "quality/holds.html", held=held, recalls=recalls, names=names, words=words, may=may)


@router.get("/quality/recall")
@access("quality.recall")
def recall_preview(request: Request) -> HTMLResponse:
    """What a recall would reach, and the panel to sign it in. Nothing is recalled by looking."""
    return _recall(request, _scanned(request, request.query_params.get("root", "")))


def _recall(
    request: Request, root: str, items: Items | None = None, error: CellchainError | None = None
) -> HTMLResponse:
    if not root:
        return render(request, "quality/recall_start.html")
    with reading(request) as tx:
        view = desk.recall_preview(tx, _root_code(root), actor_of(request))
    faults = error.fields if isinstance(error, Invalid) else {}
    reason = [field for field in fields_of(RecallOrder, items, faults) if field.name == "reason"]
    panel = Signature(
        action=f"/quality/recall?root={root}&seen={scope_hash(view.scope)}",
        title=T("Sign the recall"),
        submit=T("Recall all of it"),
        fields=reason,
        meanings=[Meaning("recall", T("Recall"), T("I recall everything that came out of this"))],
        chosen="recall",
        binds=T("One signature recalls everything on this page. It is not undone."),
        error=None if error is None or faults else error.text,
        danger=True,
    )
    status = 200 if error is None else status_of(error)
    return render(request, "quality/recall.html", status, view=view, sign=panel, words=words)


@router.post("/quality/recall")
@access("quality.recall")
def recall(request: Request, items: Items = Depends(form_items)) -> Response:
    """Recall, in one signed act, exactly what was shown."""
    root, seen = request.query_params.get("root", ""), request.query_params.get("seen")
    envelope = parse_envelope(items, request.app.state.settings.zone)
    try:
        if envelope.reason is None or len(envelope.reason) < 3:
            raise Invalid({"reason": T("A recall needs a reason. Write what is wrong.")})
        order = RecallOrder(root=_root_code(root), reason=envelope.reason, seen=seen)
        made = run_order(request, commands.recall, order, request_id=str(envelope.request_id), proof=envelope.signature)
    except CellchainError as error:
        return _recall(request, root, items, error)
    return RedirectResponse(f"/quality/recalls/{made['recall']}", 303)


@router.get("/quality/recalls/{number}")
@access("quality.read")
def recalled(request: Request, number: Number) -> HTMLResponse:
    """One recall: what it called back."""
    with reading(request) as tx:
        row = queries.recall_facts(tx, number)
        view = desk.recall_preview(tx, row.root, actor_of(request))
        names = words.names_of(tx, [row.placed_by])
    return render(
        request, "quality/recalled.html", row=row, view=view, names=names, words=words, may=actor_of(request).may
    )


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
        others = [one for one in queries.specifications(tx) if (one.kind, one.stage) == (row.kind, row.stage)]
    who = actor_of(request)
    context: dict[str, Any] = {"row": row, "names": names, "words": words, "may": who.may, "person": who.person}
    return render(request, "quality/specification.html", others=others, **context)


@router.get("/quality/specifications/{number}/compare/{other}")
@access("quality.read")
def compared(request: Request, number: Number, other: Number) -> HTMLResponse:
    """Two versions of one specification side by side, the older one first."""
    with reading(request) as tx:
        view = desk.compared_page(tx, number, other)
    return render(request, "quality/compared.html", view=view, words=words)


def _scanned(request: Request, text: str) -> str:
    """What a scanned or typed text means: the label on a thing stands for the thing. Raises Refused, NotFound."""
    read = scan.read(text)
    bare = ungrouped(read.text)
    if not is_code(bare) and read.system is scan.System.NATIVE:
        return text
    with reading(request) as tx:
        return str(tx.house.thing_of(tx, bare if is_code(bare) else text))


def _root_code(text: str) -> RootCode:
    try:
        return RootCode("".join(text.split()))
    except ValueError as error:
        raise NotFound(
            "code.unknown", "{code} is not known here, or not for you. Scan the label again.", code=text
        ) from error


def _lot_code(text: str) -> LotCode:
    try:
        return LotCode(text)
    except ValueError as error:
        raise NotFound(
            "code.unknown", "{code} is not known here, or not for you. Scan the label again.", code=text
        ) from error
