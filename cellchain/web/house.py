"""Pages that every command and every code has: the form of a verb, the way to a thing, the language, health."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cellchain.kernel.errors import (
    Busy,
    CellchainError,
    Forbidden,
    Invalid,
    NeedsSignature,
    NotFound,
    Refused,
    TooLarge,
)
from cellchain.kernel.text import T
from cellchain.ledger import uploads
from cellchain.ledger.filekinds import NAMELESS
from cellchain.ledger.registry import REGISTRY, Command
from cellchain.ledger.run import Runner
from cellchain.web import i18n
from cellchain.web.access import PUBLIC, access, actor_of, answer_order, reading
from cellchain.web.bodies import FORM_BYTES_MAX, SentFile, files_read, read_form
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import Entered, FieldView, fields_of, parse_form
from cellchain.web.html import language_of, render
from cellchain.web.listings import chosen_from
from cellchain.web.panels import OrderForm, Signature
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router
from cellchain.web.session import same_token
from cellchain.web.shape import file_fields

router = house_router()
# As many things as one act takes, and what surrounds them.
FORM_FIELDS_MAX = 1_100
FILE_NAME_MAX = 120
# Screens at which people have no hand for a keyboard: a form that leads back there takes digit cards.
IN_GLOVES = ("/bench/", "/lines", "/bedside/")
# Where a program sends a file before the order that names it.
FILES = "/api/v1/files"
# Acts that end something: their button is drawn as a warning.
ENDING = frozenset(
    {
        "reject",
        "recall",
        "discard",
        "destroy",
        "dispose_bag",
        "stop_infusion",
        "void_label",
        "lock",
        "leave",
        "revoke_role",
    }
    | {"revoke_badge", "reject_lot", "close_location", "retire_master_record", "withdraw_consent", "defer_donor"}
    | {"discontinue_treatment", "redact", "return_unused", "leave"}
)


async def form_items(request: Request) -> list[tuple[str, object]]:
    """What a form brought, a file as a SentFile. The session's token must be among it, whatever the origin check said.

    A form is as large as an attachment only where its act takes one. Raises TooLarge `file.too_large`.
    """
    return await _items(request, takes_file=_takes_file(request))


async def file_form_items(request: Request) -> list[tuple[str, object]]:
    """The same of a page that looks at a file before anything is done with it. Raises TooLarge `file.too_large`."""
    return await _items(request, takes_file=True)


async def _items(request: Request, *, takes_file: bool) -> list[tuple[str, object]]:
    most = request.app.state.settings.attachment_bytes_max if takes_file else 0
    try:
        form = await read_form(request, FORM_FIELDS_MAX, FORM_BYTES_MAX + most)
    except TooLarge as error:
        if not most or error.code == "form.too_many_fields":
            raise
        raise TooLarge(
            "file.too_large", "The file is too large. Attach one of {most} bytes at most.", most=most
        ) from error
    items = await files_read(form)
    _check_token(request, form)
    return items


def _takes_file(request: Request) -> bool:
    """Whether a request may bring a file: the form of an act that takes one, or a file by itself."""
    if request.url.path == FILES:
        return True
    command = REGISTRY.get("/".join(request.path_params.get(name, "") for name in ("capability", "verb")))
    return command is not None and bool(file_fields(command.order))


def files_taken(request: Request, command: Command, items: Sequence[tuple[str, object]]) -> list[tuple[str, object]]:
    """The items of a form with every file received: its name, without a folder, and the hash that it is kept under.

    An input left empty is none. Raises what `uploads.receive` does; a file that the order does not ask for is dropped.
    """
    wanted, found = file_fields(command.order), list[tuple[str, object]]()
    for name, given in items:
        if not isinstance(given, SentFile):
            found.append((name, given))
        elif name in wanted and (given.name or given.content):
            digest = uploads.receive(request.app.state, actor_of(request).person, given.content, wanted[name])
            found += [(f"{name}.name", _called(given.name)), (f"{name}.sha256", digest)]
    return found


def _called(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()[-FILE_NAME_MAX:] or NAMELESS


@router.post(FILES)
@access("house.use")
def take_file(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> JSONResponse:
    """Take a file in, for a program that names it afterwards in an order. For whoever may send such an order."""
    actor = actor_of(request)
    if not any(actor.may(one.permission) for one in REGISTRY.values() if not one.internal and file_fields(one.order)):
        raise Forbidden(
            "file.not_yours", "Nothing that you may do takes a file. Ask an administrator which role you need."
        )
    sent = next((given for name, given in items if name == "file" and isinstance(given, SentFile)), None)
    content = b"" if sent is None else sent.content
    digest = uploads.receive(request.app.state, actor.person, content)
    return JSONResponse({"sha256": digest, "size_bytes": len(content)})


def _check_token(request: Request, form: FormData) -> None:
    session = request.state.session
    if session is not None and session.by_cookie and not same_token(form.get("csrf"), session.csrf):
        raise Forbidden("request.no_csrf_token", "This page is too old to be trusted. Reload it and repeat.")


def verb_text(path: str) -> T:
    """A verb in words: `quality/release_conditionally` reads "Release conditionally"."""
    return T(path.split("/")[1].replace("_", " ").capitalize())


@router.get("/do/{capability}/{verb}")
@access("house.use")
def ask(request: Request, capability: str, verb: str) -> HTMLResponse:
    """The form of a command, with what the link already says filled in."""
    command = _command(request, capability, verb)
    known = command.order.model_fields
    given = [(name, value) for name, value in request.query_params.multi_items() if name.split(".")[0] in known]
    fields = (
        fields_of(command.order, [*_defaults(command, {name for name, _ in given}), *given])
        if given
        else fields_of(command.order)
    )
    # A page that leads here may know already why the entry is made: the bench, where a code was typed.
    reason = request.query_params.get("reason", "") if "reason" not in known else ""
    return _page(
        request, command, fields, next_page=local(request.query_params.get("next")), entered={"reason": reason}
    )


@router.post("/do/{capability}/{verb}")
@access("house.use")
def do(request: Request, capability: str, verb: str, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """Run a command from its form; what was entered comes back with whatever was wrong."""
    command = _command(request, capability, verb)
    next_page = local(request.query_params.get("next"))
    try:
        items = files_taken(request, command, items)
        envelope = parse_envelope(items, request.app.state.settings.zone)
        with reading(request) as tx:
            order = parse_form(
                command.order, items, request.app.state.settings.zone, lambda code: tx.house.thing_of(tx, code)
            )
        answer = answer_order(
            request,
            command.function,
            order,
            request_id=str(envelope.request_id),
            reason=envelope.reason,
            happened_at=envelope.happened_at,
            proof=envelope.signature,
            noted=envelope.noted,
        )
        result = answer.result()
    except CellchainError as error:
        return _again(request, command, items, error, next_page)
    halted = _halted(result)
    if halted is not None:
        return _page(request, command, fields_of(command.order), refusal=halted, status=409, next_page=next_page)
    return RedirectResponse(next_page or _place_of(request, order.model_dump(), result), 303)


def _halted(result: Mapping[str, Any]) -> Refused | None:
    """What was done may be a stop: the wrong label was scanned. Its sentence stands where it was done."""
    code, message = result.get("code"), result.get("message")
    return Refused(code, message) if isinstance(code, str) and isinstance(message, str) else None


def _defaults(command: Command, given: set[str]) -> list[tuple[str, object]]:
    """What the fields that the link does not fill show anyway."""
    return [(view.name, view.value) for view in fields_of(command.order) if view.name not in given and view.value]


def _again(
    request: Request, command: Command, items: list[tuple[str, object]], error: CellchainError, next_page: str
) -> Response:
    errors = error.fields if isinstance(error, Invalid) else {}
    fields = fields_of(command.order, items, errors)
    refusal = None if isinstance(error, Invalid) else error
    return _page(
        request,
        command,
        fields,
        errors=errors,
        refusal=refusal,
        status=status_of(error),
        next_page=next_page,
        entered=dict(items),
        said=Entered(items).every("reason"),
    )


def _page(
    request: Request,
    command: Command,
    fields: list[FieldView],
    *,
    errors: Mapping[str, T] | None = None,
    refusal: CellchainError | None = None,
    status: int = 200,
    next_page: str = "",
    entered: Mapping[str, object] | None = None,
    said: Sequence[str] = (),
) -> HTMLResponse:
    action = f"/do/{command.path}" + (f"?{urlencode({'next': next_page})}" if next_page else "")
    # An order with a field of the same name has its own input; the surrounding one would be taken for it.
    envelope = not {"reason", "happened_at"} & command.order.model_fields.keys()
    if any(view.listed for view in fields):
        with reading(request) as tx:
            fields = chosen_from(fields, lambda name: tx.house.lists[name](tx), language_of(request))
    ends, back = command.verb in ENDING, next_page or _before(request)
    form = OrderForm(action, fields, verb_text(command.path), errors or {}, danger=ends, cancel=back)
    sign = None
    if command.signature is not None:
        error = refusal.text if isinstance(refusal, NeedsSignature) else None
        sign = Signature(
            action,
            verb_text(command.path),
            verb_text(command.path),
            duties=T(command.signature),
            fields=fields,
            error=error,
            username=str((entered or {}).get("signature.username", "")),
            danger=ends,
            errors=errors or {},
        )
    return render(
        request,
        "house/do.html",
        status,
        form=form,
        sign=sign,
        command=command,
        refusal=refusal,
        next_page=next_page,
        entered=entered or {},
        said=said,
        in_gloves=next_page.startswith(IN_GLOVES),
        title=verb_text(command.path),
        envelope=envelope,
    )


def _command(request: Request, capability: str, verb: str) -> Command:
    command = REGISTRY.get(f"{capability}/{verb}")
    if command is None or command.internal:
        raise NotFound("command.unknown", "There is no such act. Open the thing it is about and choose there.")
    if not actor_of(request).may(command.permission):
        raise Forbidden(
            "access.forbidden",
            "Your roles do not allow “{permission}”. Ask an administrator which role you need.",
            permission=command.permission,
        )
    return command


def _place_of(request: Request, order: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """Where to go after a command: to the page of whatever it made, else of what it was about, else to Today."""
    codes = [value for value in [*result.values(), *order.values()] if isinstance(value, str) and len(value) == 14]
    with reading(request) as tx:
        for code in codes:
            found = tx.house.describe(tx, code, actor_of(request))
            if found is not None and found.href:
                return str(found.href)
    return "/"


def _before(request: Request) -> str:
    """The page of ours that led here, to go back to; Today where there was none."""
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    if came.netloc != request.headers.get("host") or came.path == request.url.path:
        return "/"
    return local(came.path + (f"?{came.query}" if came.query else "")) or "/"


def local(path: str | None) -> str:
    """A path of ours to go to; "" for what leads elsewhere, or is no address at all."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return ""
    try:
        parts = urlsplit(path)
        path.encode()
    except ValueError:
        return ""
    return path if not parts.netloc and not parts.scheme else ""


@router.get("/code/{code}")
@access("house.use")
def go_to(request: Request, code: str) -> RedirectResponse:
    """The page of whatever this code stands for."""
    with reading(request) as tx:
        found = tx.house.describe(tx, code, actor_of(request))
    if found is None or not found.href:
        raise NotFound("code.unknown", "{code} is not known here, or not for you. Scan the label again.", code=code)
    return RedirectResponse(found.href, 303)


@router.post("/language")
@access(PUBLIC)
def set_language(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> RedirectResponse:
    """Remember a person's language in this browser."""
    given = dict(items)
    response = RedirectResponse(local(str(given.get("next", ""))) or "/", 303)
    chosen = str(given.get("language", ""))
    if chosen in i18n.LANGUAGES:
        response.set_cookie(i18n.COOKIE, chosen, max_age=31_536_000, httponly=True, secure=True, samesite="lax")
    return response


@router.get("/healthz")
@access(PUBLIC)
async def alive(request: Request) -> JSONResponse:
    """200 while the process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
@access(PUBLIC)
def ready(request: Request) -> JSONResponse:
    """200 while the write lock can be taken; nothing is written. `slow` while commits take long."""
    runner = cast(Runner, request.app.state.runner)
    if runner.pace.slow:
        return JSONResponse({"status": "slow"})
    try:
        runner.outside(lambda tx: None)
    except Exception as error:
        raise Busy("system.not_ready", "The database cannot take entries now. Tell an administrator.") from error
    return JSONResponse({"status": "ready"})
