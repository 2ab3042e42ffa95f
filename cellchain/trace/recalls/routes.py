"""Pages of recalls, exercises and late positives: looked at, signed, counted, and taken away as files."""

import uuid
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.identity import scan
from cellchain.identity.codes import ungrouped
from cellchain.kernel.errors import CellchainError, Invalid, NotFound
from cellchain.kernel.later import later
from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.quality import commands
from cellchain.quality.letters.rules import AUTHORITY
from cellchain.quality.pages import words
from cellchain.quality.recalls import queries
from cellchain.quality.recalls.commands import OfRecall, RecallOrder, StartRecall
from cellchain.quality.recalls.common import CriteriaOrder, criteria_of
from cellchain.trace.recalls import exports, letters, pages
from cellchain.trace.recalls import rules as recalls
from cellchain.trace.recalls.pages import Reached
from cellchain.trace.recalls.rules import State
from cellchain.trace.recalls.sent import delivery, may_read, own_letters
from cellchain.web.access import Number, access, actor_of, reading, run_order
from cellchain.web.downloads import as_download
from cellchain.web.envelopes import parse_envelope
from cellchain.web.faults import order_of
from cellchain.web.forms import fields_of, parse_form
from cellchain.web.house import form_items
from cellchain.web.html import language_of, render, voice_of
from cellchain.web.i18n import Voice
from cellchain.web.panels import Meaning, Signature
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router
from cellchain.web.shape import is_code
from cellchain.web.tables import CSV

# What sets paper is loaded with the first paper.
if TYPE_CHECKING:
    from cellchain.trace.recalls import sheets
else:
    sheets = later("cellchain.trace.recalls.sheets")

router = house_router()
Items = list[tuple[str, object]]
Page = Annotated[int, Query(ge=1, le=10_000)]
CRITERIA = tuple(CriteriaOrder.model_fields)
SCANNED = ("root", "also")
PDF, JSON = "application/pdf", "application/json"
WORDS: dict[str, Any] = {
    "states": recalls.WORDS,
    "kinds": recalls.KINDS,
    "phases": pages.PHASES,
    "audiences": pages.AUDIENCES,
    "is_theirs": pages.may_acknowledge,
    "words": words,
}


# ---- where a recall begins -------------------------------------------------------------------------------------------


@router.get("/quality/recalls")
@access("quality.read")
def history(request: Request) -> HTMLResponse:
    """Every recall, exercise and late positive."""
    with reading(request) as tx:
        view = pages.history(tx)
    return render(request, "quality/recalls/history.html", view=view, may=actor_of(request).may, **WORDS)


@router.get("/quality/recall")
@access("quality.recall", "trace.recall_preview")
def look(request: Request, state: State | None = None, page: Page = 1) -> HTMLResponse:
    """What a recall would reach, and the panel to sign it in. Nothing is recalled by looking."""
    if not any(name in CRITERIA for name in request.query_params):
        return render(request, "quality/recalls/start.html", views=fields_of(CriteriaOrder), fault=None)
    given = _criteria_items(request)
    try:
        return _preview(request, given, state, page)
    except CellchainError as error:
        faults = error.fields if isinstance(error, Invalid) else {}
        views, fault = fields_of(CriteriaOrder, given, faults), None if faults else error.text
        return render(request, "quality/recalls/start.html", status_of(error), views=views, fault=fault)


def _preview(
    request: Request,
    given: Items,
    state: State | None = None,
    page: int = 1,
    items: Items | None = None,
    error: CellchainError | None = None,
) -> HTMLResponse:
    actor = actor_of(request)
    with reading(request) as tx:
        order = _order(request, tx, given)
        view = pages.preview(tx, criteria_of(order), actor, state, page)
    asked = urlencode([(name, str(value)) for name, value in given])
    action = f"/quality/recall?{asked}&seen={view.scope.fingerprint}"
    sign = _panel(action, error, _signer(items), _reason(items, error))
    return render(
        request,
        "quality/recalls/preview.html",
        200 if error is None else status_of(error),
        view=view,
        criteria=criteria_of(order),
        sign=sign if actor.may("quality.recall") and view.scope.items else None,
        given=given,
        other_request=str(uuid.uuid4()),
        here=f"/quality/recall?{asked}",
        may=actor.may,
        **WORDS,
    )


@router.post("/quality/recall")
@access("quality.recall")
def sign_at_once(request: Request, items: Items = Depends(form_items)) -> Response:
    """Recall, in one signed act, exactly what was shown."""
    given, seen = _criteria_items(request), request.query_params.get("seen")
    envelope = parse_envelope(items, request.app.state.settings.zone)
    try:
        if envelope.reason is None or len(envelope.reason) < 3:
            raise Invalid({"reason": T("A recall needs a reason. Write what is wrong.")})
        with reading(request) as tx:
            named = _order(request, tx, given)
        order = order_of(RecallOrder, **named.model_dump(), reason=envelope.reason, seen=seen)
        made = run_order(request, commands.recall, order, request_id=str(envelope.request_id), proof=envelope.signature)
    except CellchainError as error:
        return _preview(request, given, items=items, error=error)
    return RedirectResponse(f"/quality/recalls/{made['recall']}", 303)


@router.post("/quality/recalls")
@access("quality.start_recall")
def start(request: Request, items: Items = Depends(form_items)) -> Response:
    """Start the stopwatch, find everything, and keep that the list is complete: two entries, and the time between."""
    zone, wanted = request.app.state.settings.zone, tuple(StartRecall.model_fields)
    envelope = parse_envelope(items, zone)
    with reading(request) as tx:
        given = [(name, value) for name, value in items if name in wanted]
        order = parse_form(StartRecall, given, zone, lambda code: tx.house.thing_of(tx, code))
    made = run_order(request, commands.start_recall, order, request_id=str(envelope.request_id))
    with reading(request) as tx:
        pages.preview(tx, criteria_of(order), actor_of(request))
    again = str(uuid.uuid5(envelope.request_id, "list"))
    run_order(request, commands.list_recall, OfRecall(recall=made["recall"]), request_id=again)
    return RedirectResponse(f"/quality/recalls/{made['recall']}", 303)


# ---- one recall ------------------------------------------------------------------------------------------------------


@router.get("/quality/recalls/{number}")
@access("quality.read", "quality.acknowledge_alert")
def one(request: Request, number: Number, state: State | None = None, page: Page = 1) -> HTMLResponse:
    """One recall or exercise: its stopwatch, what it reached, and what was found of it."""
    return _one(request, number, state, page)


def _one(
    request: Request,
    number: int,
    state: State | None = None,
    page: int = 1,
    items: Items | None = None,
    error: CellchainError | None = None,
) -> HTMLResponse:
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.recall_page(tx, number, actor, state, page)
    waits = view.recall.phase in ("started", "listed") and not view.recall.is_exercise
    action = f"/quality/recalls/{number}/sign?seen={view.reached.scope.fingerprint}"
    return render(
        request,
        "quality/recalls/recall.html",
        200 if error is None else status_of(error),
        shown=view,
        view=view.reached,
        sign=_panel(action, error, _signer(items)) if waits and actor.may("quality.recall") else None,
        here=f"/quality/recalls/{number}?",
        own_letters=own_letters(actor, view.sent),
        delivery=delivery,
        may=actor.may,
        who=actor,
        **WORDS,
    )


@router.post("/quality/recalls/{number}/sign")
@access("quality.recall")
def sign_started(request: Request, number: Number, items: Items = Depends(form_items)) -> Response:
    """Sign a recall that was started: exactly the list that was shown."""
    envelope = parse_envelope(items, request.app.state.settings.zone)
    try:
        order = order_of(RecallOrder, recall=number, seen=request.query_params.get("seen"))
        run_order(request, commands.recall, order, request_id=str(envelope.request_id), proof=envelope.signature)
    except CellchainError as error:
        return _one(request, number, items=items, error=error)
    return RedirectResponse(f"/quality/recalls/{number}", 303)


@router.get("/quality/recalls/{number}/letters")
@access("trace.recall_preview")
def drafted(request: Request, number: Number) -> HTMLResponse:
    """The letters that go out, as they are drafted from the record."""
    return _letters(request, number)


def _letters(
    request: Request, number: int, items: Items | None = None, error: CellchainError | None = None
) -> HTMLResponse:
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.recall_page(tx, number, actor)
        found = letters.posted(tx, view)
    waiting = [one for one in found if one.is_to_send]
    action = f"/quality/recalls/{number}/letters?" + urlencode([(one.letter.key, one.digest) for one in waiting])
    return render(
        request,
        "quality/recalls/letters.html",
        200 if error is None else status_of(error),
        shown=view,
        letters=found,
        heads=letters.columns,
        delivery=delivery,
        tellings=[one for one in view.sent if one.facts.to == AUTHORITY],
        sign=_send_panel(action, len(waiting), error, _signer(items)) if waiting and view.may_write else None,
        may=actor.may,
        **WORDS,
    )


@router.post("/quality/recalls/{number}/letters")
@access("quality.send_letters")
def send(request: Request, number: Number, items: Items = Depends(form_items)) -> Response:
    """Send exactly the letters that were shown, to whoever reads them in this house."""
    envelope = parse_envelope(items, request.app.state.settings.zone)
    shown = request.query_params.multi_items()
    named = [*(("to", to) for to, _ in shown), *(("digests", digest) for _, digest in shown)]
    try:
        order = parse_form(commands.SendLetters, [("recall", str(number)), *named], request.app.state.settings.zone)
        run_order(request, commands.send_letters, order, request_id=str(envelope.request_id), proof=envelope.signature)
    except CellchainError as error:
        return _letters(request, number, items, error)
    return RedirectResponse(f"/quality/recalls/{number}/letters", 303)


@router.get("/quality/recalls/{number}/letters/{key}.pdf")
@access("trace.recall_preview", "quality.acknowledge_alert")
def letter(request: Request, number: Number, key: str, language: str = "") -> Response:
    """One letter on paper, in the language asked for; to whoever it was sent as well."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.recall_page(tx, number, actor)
        found = next((one for one in letters.letters(tx, view) if one.key == key), None)
        if found is None or not may_read(actor, key, view.sent):
            raise NotFound("letter.unknown", "There is no such letter any more. Open the list of letters again.")
        content = _sheets(request, tx, view, language).letter(found)
    return as_download(content, f"recall-{number}-{key}.pdf", PDF)


@router.get("/quality/recalls/{number}/record.pdf")
@access("quality.read")
def record(request: Request, number: Number, language: str = "") -> Response:
    """The record of a recall or an exercise that stays for an inspector."""
    with reading(request) as tx:
        view = pages.recall_page(tx, number, actor_of(request))
        content = _sheets(request, tx, view, language).record()
    return as_download(content, f"recall-{number}.pdf", PDF)


@router.get("/quality/recalls/{number}/list.{form}")
@access("quality.read")
def listed(request: Request, number: Number, form: str) -> Response:
    """Everything on the list, whole, as a table or as JSON."""
    with reading(request) as tx:
        view = pages.recall_page(tx, number, actor_of(request))
        return _list(request, tx, form, view.reached, view.recall)


@router.get("/quality/recall/list.{form}")
@access("quality.recall", "trace.recall_preview")
def listed_before(request: Request, form: str) -> Response:
    """Everything that a recall would reach, whole."""
    with reading(request) as tx:
        order = _order(request, tx, _criteria_items(request))
        return _list(request, tx, form, pages.preview(tx, criteria_of(order), actor_of(request)), None)


@router.get("/quality/late-positives/{number}")
@access("quality.read", "quality.acknowledge_alert")
def late(request: Request, number: Number, state: State | None = None, page: Page = 1) -> HTMLResponse:
    """One late positive: everybody and everything that shares its origin."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.late_page(tx, number, actor, state, page)
    here = f"/quality/late-positives/{number}?"
    known: dict[str, Any] = {"shown": view, "view": view.reached, "here": here, "who": actor, "may": actor.may}
    return render(request, "quality/recalls/late.html", **known, **WORDS)


# ---- what several of them need ---------------------------------------------------------------------------------------


def _list(request: Request, tx: ReadTx, form: str, view: Reached, recall: queries.RecallFacts | None) -> Response:
    name = "recall" if recall is None else f"recall-{recall.id}"
    at = exports.stand(tx)
    if form == "csv":
        return as_download(exports.table(view, recall, at, voice_of(request)), f"{name}.csv", CSV)
    if form == "json":
        return as_download(exports.document(view, recall, at), f"{name}.json", JSON)
    raise NotFound("export.unknown", "There is no such form of a list. Take it as csv or as json.")


def _sheets(request: Request, tx: ReadTx, view: pages.RecallPage, language: str) -> "sheets.Sheets":
    state = request.app.state
    voice = Voice(language if language in ("en", "ru") else language_of(request), state.settings.zone)
    return sheets.Sheets(tx, view, voice, exports.stand(tx), demonstration=state.demonstration)


def _signer(items: Items | None) -> str:
    """The name that somebody signed with: only the password is typed anew."""
    return str(dict(items or ()).get("signature.username", ""))


def _panel(action: str, error: CellchainError | None, username: str, fields: Any = ()) -> Signature:
    faults = error.fields if isinstance(error, Invalid) else {}
    return Signature(
        action=action,
        title=T("Sign the recall"),
        submit=T("Recall all of it"),
        fields=fields,
        meanings=[Meaning("recall", T("Recall"), T("I recall everything that came out of this"))],
        chosen="recall",
        binds=T("One signature recalls everything on this page. It is not undone."),
        error=None if error is None or faults else error.text,
        errors=faults,
        username=username,
        danger=True,
    )


def _send_panel(action: str, count: int, error: CellchainError | None, username: str) -> Signature:
    return Signature(
        action=action,
        title=T("Send the letters"),
        submit=T("Send letters: {count}", count=count),
        meanings=[Meaning("send", T("Send"), T("I send these letters"))],
        chosen="send",
        binds=T("Each receiver gets a notice, and a mail where there is a server. Who has no account is written to."),
        error=None if error is None else error.text,
        username=username,
    )


def _reason(items: Items | None, error: CellchainError | None) -> Any:
    faults = error.fields if isinstance(error, Invalid) else {}
    return [field for field in fields_of(StartRecall, items, faults) if field.name == "reason"]


def _criteria_items(request: Request) -> Items:
    return [(name, value) for name, value in request.query_params.multi_items() if name in CRITERIA and value.strip()]


def _order(request: Request, tx: ReadTx, given: Items) -> CriteriaOrder:
    """The criteria of an address: what a scanned or typed text means, the label on a thing stands for the thing."""
    read = [(name, _thing(tx, name, str(value)) if name in SCANNED else value) for name, value in given]
    return parse_form(CriteriaOrder, read, request.app.state.settings.zone)


def _thing(tx: ReadTx, name: str, text: str) -> str:
    """What a field names. Raises Invalid with the sentence that stands by the field."""
    try:
        return _named(tx, text)
    except Invalid:
        raise
    except CellchainError as error:
        raise Invalid({name: error.text}) from error


def _named(tx: ReadTx, text: str) -> str:
    read = scan.read(text)
    bare = ungrouped(read.text)
    if not is_code(bare) and read.system is scan.System.NATIVE:
        return text
    return str(tx.house.thing_of(tx, bare if is_code(bare) else text))
