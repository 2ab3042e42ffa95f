"""Giving a code, and setting a password with one."""

import os
from typing import cast

from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.accounts.commands import SetPassword
from cellchain.accounts.directory.queries import is_of_directory
from cellchain.accounts.gate import AccountsGate
from cellchain.accounts.models import Person
from cellchain.accounts.one_time import commands, rules
from cellchain.accounts.one_time.codes import waiting_code
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.kernel.text import T
from cellchain.web.access import PUBLIC, access, reading, run_order
from cellchain.web.faults import invalid_from
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.limits import address_of
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router
from cellchain.web.session import STATION_COOKIE

router = house_router()


@router.get("/people/{code}/code")
@access("accounts.reset_password")
def ask(request: Request, code: str) -> HTMLResponse:
    """What a one-time code does, before one is made."""
    return _code_page(request, code, "")


@router.post("/people/{code}/code")
@access("accounts.reset_password")
def give(request: Request, code: str, items: list[tuple[str, object]] = Depends(form_items)) -> HTMLResponse:
    """Make a code and show it, this once. A form that was sent twice makes two; the second is shown, and counts."""
    made = rules.code_from(os.urandom(rules.CODE_BYTES))
    try:
        order = commands.ResetPassword(person=cast(PersonCode, code), code=made)
    except ValidationError as error:
        raise invalid_from(error) from error
    run_order(request, commands.reset_password, order)
    return _code_page(request, code, made)


def _code_page(request: Request, code: str, made: str) -> HTMLResponse:
    with reading(request) as tx:
        person = tx.get(Person, code)
        waits, linked = waiting_code(tx, code), is_of_directory(tx, code)
    return render(
        request,
        "accounts/one_time/code.html",
        person=person,
        made=made,
        linked=linked,
        expires_at=None if waits is None else waits.expires_at,
        hours=int(rules.COUNTS_FOR.total_seconds() // 3600),
    )


@router.get("/first-password")
@access(PUBLIC)
def first_password(request: Request) -> HTMLResponse:
    """Where somebody with a code sets their password."""
    return draw_first_password(request)


@router.post("/first-password")
@access(PUBLIC)
def choose(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """Set it; they sign in with it next."""
    given = {name: str(value) for name, value in items}
    gate = cast(AccountsGate, request.app.state.gate)
    try:
        gate.choose_password(
            given.get("username", ""),
            given.get("code", "")[: commands.TYPED_LENGTH_MAX],
            _chosen(given),
            device=gate.station_of(request.cookies.get(STATION_COOKIE)),
            address=address_of(request.scope),
        )
    except CellchainError as error:
        return draw_first_password(request, given.get("username", ""), given.get("code", ""), error)
    return RedirectResponse("/sign-in?chosen=1", 303)


def _chosen(given: dict[str, str]) -> SetPassword:
    """What somebody chose, typed twice. Raises Invalid."""
    if not given.get("password"):
        raise Invalid({"password": T("Enter a password.")})
    if given.get("password_again") != given["password"]:
        raise Invalid({"password_again": T("The two entries differ. Type the password twice.")})
    try:
        return SetPassword(password=given["password"], pin=given.get("pin") or None)
    except ValidationError as error:
        raise invalid_from(error) from error


def draw_first_password(
    request: Request, username: str = "", code: str = "", error: CellchainError | None = None
) -> HTMLResponse:
    """The page, with what was wrong."""
    return render(
        request,
        "accounts/one_time/first_password.html",
        200 if error is None else status_of(error),
        username=username[:64],
        code=code[: commands.TYPED_LENGTH_MAX],
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
    )
