"""To the directory and back, and the PIN that its people sign with."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast

import anyio.to_thread
from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.accounts.directory import queries, rules
from cellchain.accounts.directory.commands import BADGE_PIN_LENGTH_MAX, CODE_LENGTH_MAX, PIN_LENGTH_MAX, note_arrival
from cellchain.accounts.directory.desk import Desk
from cellchain.accounts.directory.errand import LASTS, Errand
from cellchain.accounts.directory.provider import Known
from cellchain.accounts.models import Credential, Person, WebSession
from cellchain.accounts.one_time.codes import waiting_code
from cellchain.accounts.routes import directory_name, draw_sign_in, gate_of, leave_before, station_of, with_session
from cellchain.kernel.errors import CellchainError, Invalid, NotFound, Refused, SignInNeeded
from cellchain.kernel.text import T
from cellchain.ledger.run import Runner
from cellchain.web.access import PUBLIC, access, actor_of, reading, session_of
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
ERRAND_COOKIE = "__Host-cellchain-directory"
PIN_PAGE = "/directory/pin"
Answer = TypeVar("Answer")


def desk_of(request: Request) -> Desk:
    """The desk of this house. Raises NotFound where no directory is set up."""
    desk = cast("Desk | None", request.app.state.directory)
    if desk is None:
        raise NotFound(
            "sign_in.no_directory", "No directory is set up here. Sign in with user name and password.", key=""
        )
    return desk


async def aside(request: Request, work: Callable[[], Answer]) -> Answer:
    """Do what may wait for the directory in a thread of the desk's own. Raises NotFound where there is none."""
    return await anyio.to_thread.run_sync(work, limiter=desk_of(request).room)


@router.get("/directory/sign-in")
@access(PUBLIC)
async def to_directory(request: Request) -> Response:
    """Off to the directory. `anew` has it ask for the password even where it remembers somebody."""
    next_page = request.query_params.get("next", "/")[:1_000]
    anew = request.query_params.get("anew") == "1"
    try:
        door, cookie = await aside(request, partial(desk_of(request).send, next_page, anew=anew))
    except CellchainError as error:
        return await aside(request, partial(draw_sign_in, request, next_page, error))
    response = RedirectResponse(door, 303)
    response.set_cookie(
        ERRAND_COOKIE, cookie, max_age=int(LASTS.total_seconds()), secure=True, httponly=True, samesite="lax", path="/"
    )
    return response


@router.get("/directory/callback")
@access(PUBLIC)
async def from_directory(request: Request) -> Response:
    """Back from the directory: signed in, or told why not. What the browser carried is used up either way."""
    response = await aside(request, partial(_received, request))
    response.delete_cookie(ERRAND_COOKIE, secure=True, httponly=True, path="/")
    return response


def _received(request: Request) -> Response:
    answer = dict(request.query_params)
    try:
        known, errand = desk_of(request).receive(request.cookies.get(ERRAND_COOKIE), answer)
        with reading(request) as tx:
            person = queries.person_behind(tx, known.issuer, known.subject)
        if person is None:
            return _unknown(request, known)
        return _entered(request, person, errand)
    except CellchainError as error:
        return draw_sign_in(request, "/", error)


def _unknown(request: Request, known: Known) -> HTMLResponse:
    """The directory knows them, this house does not yet: the code by which an administrator links the two."""
    now = request.app.state.clock.now()
    runner = cast(Runner, request.app.state.runner)
    code = runner.outside(lambda tx: note_arrival(tx, known, now))
    return render(
        request,
        "accounts/directory/unknown.html",
        403,
        code=code,
        shown=known.shown,
        directory=directory_name(request),
    )


def _entered(request: Request, person: str, errand: Errand) -> Response:
    """A session for somebody whom the directory has named; the one that this browser had before is over."""
    gate, before = gate_of(request), request.state.session
    if errand.anew and before is not None and before.actor.person != person:
        raise SignInNeeded(
            "sign_in.somebody_else",
            "The directory named somebody else than is signed in here. Sign out first, then begin again.",
        )
    opened = gate.sign_in_from_directory(person, device=station_of(request), anew=errand.anew)
    leave_before(request, opened)
    with reading(request) as tx:
        has_pin = queries.signing_pin_set_at(tx, person) is not None
    # Whoever comes for the first time has nothing to sign with, and had better hear of it now than at a signature.
    return with_session(errand.next_page if has_pin or errand.next_page != "/" else PIN_PAGE, opened)


@router.get("/directory/sign-out")
@access(PUBLIC)
async def out_of_directory(request: Request) -> Response:
    """Sign out at the directory too, where it has a place for that."""
    back = f"{request.app.state.settings.public_url.rstrip('/')}/sign-in"
    try:
        way = await aside(request, partial(desk_of(request).way_out, back))
    except CellchainError as error:
        return await aside(request, partial(draw_sign_in, request, "/", error))
    return RedirectResponse(way or "/sign-in", 303)


@router.get("/directory/pin")
@access("house.use")
def pin_page(request: Request) -> HTMLResponse:
    """What one signs with, and where a person of the directory sets it."""
    return _pin_page(request)


@router.post("/directory/pin")
@access("house.use")
def set_pin(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """Set the signing PIN, and the PIN of the badge where given."""
    given = {name: str(value) for name, value in items}
    try:
        signing_pin = _typed_twice(given)
        badge_pin, code = given.get("badge_pin") or None, given.get("code", "")[:CODE_LENGTH_MAX] or None
        gate_of(request).enrol_signing_pin(session_of(request), signing_pin, badge_pin, code)
    except (Invalid, Refused) as error:
        return _pin_page(request, error)
    return RedirectResponse(f"{PIN_PAGE}?set=1", 303)


def _typed_twice(given: dict[str, str]) -> str:
    """The signing PIN as it was typed in both fields. Raises Invalid."""
    signing_pin = given.get("signing_pin", "")
    if not 0 < len(signing_pin) <= PIN_LENGTH_MAX:
        raise Invalid({"signing_pin": T("Enter a signing PIN.")})
    if given.get("signing_pin_again") != signing_pin:
        raise Invalid({"signing_pin_again": T("The two entries differ. Type the PIN twice.")})
    if len(given.get("badge_pin", "")) > BADGE_PIN_LENGTH_MAX:
        raise Invalid({"badge_pin": T("A PIN of a badge has {most} digits at most.", most=BADGE_PIN_LENGTH_MAX)})
    return signing_pin


def _pin_page(request: Request, error: CellchainError | None = None) -> HTMLResponse:
    session, now = session_of(request), request.app.state.clock.now()
    person = actor_of(request).person
    with reading(request) as tx:
        row = tx.find(WebSession, session.token_hash)
        credential = tx.find(Credential, person)
        fresh = row is not None and rules.proves_afresh(row.method, row.opened_at, now)
        return render(
            request,
            "accounts/directory/pin.html",
            200 if error is None else status_of(error),
            username=tx.get(Person, person).username,
            of_directory=queries.is_of_directory(tx, person),
            fresh=fresh,
            code_waits=waiting_code(tx, person) is not None,
            set_at=queries.signing_pin_set_at(tx, person),
            has_badge_pin=credential is not None and credential.pin_hash is not None,
            just_set=request.query_params.get("set") == "1",
            error=error,
            fields=error.fields if isinstance(error, Invalid) else {},
            directory=directory_name(request),
        )
