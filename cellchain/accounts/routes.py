"""Signing in and out, people, badges and stations."""

import secrets
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote, unquote, urlencode

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cellchain.accounts import commands, queries
from cellchain.accounts.agreement.queries import acceptances_of, accepted_by
from cellchain.accounts.agreement.rules import is_current
from cellchain.accounts.attempts import hashed
from cellchain.accounts.changed import changes_of
from cellchain.accounts.directory.queries import links_of
from cellchain.accounts.expiry.queries import said_of
from cellchain.accounts.gate import AccountsGate, Opened, SecondStep
from cellchain.accounts.models import Person
from cellchain.accounts.moves.commands import move_person as move_person  # importing it registers its form and its API
from cellchain.accounts.moves.queries import moves_of
from cellchain.accounts.one_time.codes import waiting_code
from cellchain.accounts.one_time.rules import looks_like_code
from cellchain.accounts.qualified.queries import marks_of
from cellchain.accounts.rules import StationKind
from cellchain.accounts.second_factor.ceremony import ANSWER_LENGTH_MAX
from cellchain.kernel.errors import CellchainError, Invalid, SignInNeeded
from cellchain.kernel.text import T
from cellchain.ledger.registry import Symbol, Text
from cellchain.web.access import PUBLIC, access, reading, run_order, session_of
from cellchain.web.bodies import parse_json, read_body
from cellchain.web.faults import invalid_from
from cellchain.web.house import form_items, local
from cellchain.web.html import render
from cellchain.web.limits import address_of
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router
from cellchain.web.session import SESSION_COOKIE, STATION_COOKIE, token_of

router = house_router()
ENTERED = ("username", "password", "badge", "pin", "code", "ticket", "passkey")
STATION_SECONDS = 31_536_000
# The badge that was scanned where nobody's shift is open, on its way to the page that asks for its PIN.
BADGE_COOKIE, BADGE_SECONDS = "__Host-cellchain-badge", 120
# What may stand in an address as it is; a header takes nothing else.
WITHIN_ADDRESS = ":/%#?=@[]!$&'()*+,;"


class SignIn(BaseModel):
    """Name and password, badge and PIN at an enrolled station, or a passkey.

    `code` is that of a second factor: beside name and password, or beside the `ticket` of a first step.
    """

    model_config = ConfigDict(extra="forbid")

    username: Text | None = Field(None, max_length=64)
    password: str | None = Field(None, max_length=200)
    badge: Symbol | None = Field(None, max_length=256)
    pin: str | None = Field(None, max_length=12)
    station: str | None = Field(None, max_length=200)
    code: Text | None = Field(None, max_length=40)
    ticket: Text | None = Field(None, max_length=100)
    passkey: str | None = Field(None, max_length=ANSWER_LENGTH_MAX)


def gate_of(request: Request) -> AccountsGate:
    """The Gate of this application."""
    return cast(AccountsGate, request.app.state.gate)


def station_of(request: Request) -> str | None:
    """The enrolled station that this browser is."""
    return gate_of(request).station_of(request.cookies.get(STATION_COOKIE))


async def sign_in_order(request: Request) -> SignIn:
    """The JSON body of a sign-in. Raises Invalid."""
    return parse_json(SignIn, await read_body(request.receive))


@router.post("/api/v1/sign-in")
@access(PUBLIC)
def sign_in_api(request: Request, order: SignIn = Depends(sign_in_order)) -> JSONResponse:
    """A token for a script."""
    opened = _open(request, order, by_cookie=False)
    return JSONResponse({"token": opened.token, "expires_at": f"{opened.expires_at:%Y-%m-%dT%H:%M:%SZ}"})


@router.post("/api/v1/sign-out")
@access("house.use")
def sign_out_api(request: Request) -> JSONResponse:
    """End a script's session."""
    gate_of(request).sign_out(session_of(request))
    return JSONResponse({"result": {}})


def _entered(given: Mapping[str, str]) -> SignIn:
    try:
        return SignIn(**{name: given[name] for name in ENTERED if given.get(name)})
    except ValidationError as error:
        raise invalid_from(error) from error


def _open(request: Request, order: SignIn, *, by_cookie: bool) -> Opened:
    gate = gate_of(request)
    address = address_of(request.scope)
    if order.passkey is not None:
        return gate.sign_in_by_passkey(order.passkey, device=station_of(request), by_cookie=by_cookie, address=address)
    if order.ticket is not None:
        return gate.sign_in_with_code(order.ticket, order.code or "", device=station_of(request), by_cookie=by_cookie)
    if order.badge is not None and order.pin is not None:
        device = gate.station_of(order.station) if order.station else station_of(request)
        return gate.sign_in_by_badge(order.badge, order.pin, device=device, by_cookie=by_cookie)
    if order.username is None or order.password is None:
        raise Invalid({"username": T("Give username and password, or badge and pin at an enrolled station.")})
    return gate.sign_in(
        order.username,
        order.password,
        device=station_of(request),
        by_cookie=by_cookie,
        address=address,
        code=order.code,
    )


@router.get("/sign-in")
@access(PUBLIC)
def sign_in_page(request: Request) -> HTMLResponse:
    """Name and password; at a station also badge and PIN."""
    badge = unquote(request.cookies.get(BADGE_COOKIE, ""))[:256]
    page = draw_sign_in(request, request.query_params.get("next", "/"), badge=badge)
    if badge:
        page.delete_cookie(BADGE_COOKIE, secure=True, httponly=True, path="/")
    return page


@router.post("/sign-in")
@access(PUBLIC)
def sign_in(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """Open a session in this browser."""
    given = {name: str(value) for name, value in items}
    next_page = given.get("next", "/")
    try:
        opened = _open(request, _entered(given), by_cookie=True)
    except CellchainError as error:
        if error.code == "sign_in.wrong" and looks_like_code(given.get("password", "")):
            return RedirectResponse("/first-password", 303)
        return draw_sign_in(request, next_page, error, ticket=given.get("ticket", ""))
    leave_before(request, opened)
    return with_session(next_page, opened)


@router.post("/switch")
@access(PUBLIC)
def switch(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """Back to a person's open shift at this station: the badge alone."""
    given = {name: str(value) for name, value in items}
    return switch_person(request, given.get("badge", "")[:256], given.get("next", ""))


def switch_person(request: Request, badge: str, next_page: str) -> Response:
    """Another person takes over at this station by badge; without an open shift they enter their PIN first."""
    next_page = local(next_page) or "/"
    opened = take_over(request, badge)
    if opened is None:
        onward = Response(status_code=204, headers={"x-location": f"/sign-in?{urlencode({'next': next_page})}"})
        # Not in the address: there it would stay, for whoever looks at where this browser has been.
        onward.set_cookie(
            BADGE_COOKIE, quote(badge), max_age=BADGE_SECONDS, secure=True, httponly=True, samesite="lax", path="/"
        )
        return onward
    response = Response(status_code=204, headers={"x-location": quote(next_page, safe=WITHIN_ADDRESS)})
    keep_session(response, opened)
    return response


def take_over(request: Request, badge: str) -> Opened | None:
    """Make the request that of the person with this badge. None where they have no open shift at this station."""
    try:
        opened = gate_of(request).switch_by_badge(badge, device=station_of(request))
    except SignInNeeded:
        return None
    leave_before(request, opened)
    request.state.session = opened.session
    return opened


def leave_before(request: Request, opened: Opened) -> None:
    """What this browser was signed in with before is no key any more."""
    token, by_cookie = token_of(request)
    if token is not None and by_cookie:
        gate_of(request).leave(token, opened)


@router.post("/sign-out")
@access("house.use")
def sign_out(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> RedirectResponse:
    """End this browser's session."""
    gate_of(request).sign_out(session_of(request))
    response = RedirectResponse("/sign-in?left=1" if directory_name(request) else "/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True)
    return response


def with_session(next_page: str, opened: Opened) -> RedirectResponse:
    """On to a page of ours, signed in; an address that leads elsewhere is dropped."""
    response = RedirectResponse(local(next_page) or "/", 303)
    keep_session(response, opened)
    return response


def keep_session(response: Response, opened: Opened) -> None:
    """Let the browser have the session: the cookie, and the token with which scans still waiting are sent."""
    response.headers["x-csrf"] = opened.session.csrf
    response.set_cookie(SESSION_COOKIE, opened.token, secure=True, httponly=True, samesite="lax", path="/")


def draw_sign_in(
    request: Request, next_page: str, error: CellchainError | None = None, badge: str = "", ticket: str = ""
) -> HTMLResponse:
    """The sign-in page, with what was wrong."""
    status = 200 if error is None else status_of(error)
    if isinstance(error, SecondStep):
        ticket, error, status = error.ticket, None, 200
    elif error is not None and error.code == "sign_in.too_slow":
        ticket = ""
    return render(
        request,
        "accounts/sign_in.html",
        status,
        error=error,
        next_page=next_page,
        here=station_of(request),
        badge=badge,
        directory=directory_name(request),
        left=request.query_params.get("left") == "1",
        chosen=request.query_params.get("chosen") == "1",
        ticket=ticket,
        passkeys=gate_of(request).factors.party.is_usable,
    )


def directory_name(request: Request) -> str:
    """What people call the directory that they may sign in at; empty where there is none."""
    settings = request.app.state.settings
    return settings.oidc_name if settings.oidc_issuer else ""


@router.get("/people")
@access("accounts.read")
def people(request: Request) -> HTMLResponse:
    """Everybody who works here, with roles, and decisions that wait for a second signature."""
    with reading(request) as tx:
        return render(
            request,
            "accounts/people.html",
            people=queries.people(tx),
            decisions=queries.open_decisions(tx),
            stations=tx.many(queries.STATIONS, limit=200),
        )


@router.get("/people/{code}")
@access("accounts.read")
def person(request: Request, code: str) -> HTMLResponse:
    """One person: roles, badge, training."""
    with reading(request) as tx:
        row = tx.get(Person, code)
        return render(
            request,
            "accounts/person.html",
            person=row,
            grants=tx.many(queries.GRANTS, limit=100, person=code),
            badge=queries.badge_of(tx, code),
            trainings=tx.many(queries.TRAININGS, limit=100, person=code),
            marks=marks_of(tx, code),
            agreed=acceptances_of(tx, code),
            changes=[(one, queries.display_name(tx, one.by)) for one in changes_of(tx, code)],
            agreement_waits=not is_current(accepted_by(tx, code)),
            held=queries.roles_of(tx, code),
            other_roles=queries.roles_without(tx, code),
            said=said_of(tx, code),
            moves=moves_of(tx, code),
            links=links_of(tx, code),
            waiting_code=waiting_code(tx, code),
            directory=directory_name(request),
        )


@router.get("/decisions")
@access("house.use")
def decisions(request: Request) -> HTMLResponse:
    """Decisions that wait for a second signature."""
    with reading(request) as tx:
        return render(request, "accounts/decisions.html", decisions=queries.open_decisions(tx))


@router.post("/stations")
@access("accounts.enrol_station")
def enrol(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> RedirectResponse:
    """Make this browser a station: it is given a cookie that only the station has."""
    given = {name: str(value) for name, value in items}
    token = secrets.token_urlsafe(32)
    try:
        order = commands.EnrolStation(
            station=given.get("station", ""), kind=StationKind(given.get("kind", "bench")), token_hash=hashed(token)
        )
    except ValueError as error:
        raise Invalid(
            {"station": T("Name the station with small letters, digits and dashes, and choose its kind.")}
        ) from error
    run_order(request, commands.enrol_station, order, request_id=given.get("request_id"))
    response = RedirectResponse("/people", 303)
    response.set_cookie(STATION_COOKIE, token, max_age=STATION_SECONDS, secure=True, httponly=True, samesite="lax")
    return response
