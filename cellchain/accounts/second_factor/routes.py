"""Taking on a phone or a passkey, and what browsers are asked."""

import os
from typing import TYPE_CHECKING, cast

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cellchain.accounts.models import Person
from cellchain.accounts.second_factor import commands, queries, rules
from cellchain.accounts.second_factor.prover import Prover
from cellchain.kernel.errors import CellchainError, Refused
from cellchain.kernel.later import later
from cellchain.web.access import PUBLIC, access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.faults import order_of
from cellchain.web.house import form_items
from cellchain.web.html import render
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

if TYPE_CHECKING:
    import qrcode
else:
    qrcode = later("qrcode")

router = house_router()
QUIET_MODULES = 4


def prover_of(request: Request) -> Prover:
    """What puts questions to browsers in this application."""
    return cast(Prover, request.app.state.gate.factors)


def has_passkey(request: Request) -> bool:
    """Whether whoever is signed in here may sign with a passkey, for the signature panels."""
    gate = request.app.state.gate
    with reading(request) as tx:
        return bool(gate.factors.party.is_usable) and queries.factors_of(tx, actor_of(request).person).passkeys > 0


@router.get("/account/phone")
@access("accounts.enrol_second_factor")
def phone(request: Request) -> HTMLResponse:
    """A new secret as a symbol for the phone, and codes on paper; nothing counts before the phone has answered."""
    return _phone_page(request, *_fresh())


def _fresh() -> tuple[str, list[str]]:
    recovery = [rules.recovery_from(os.urandom(rules.RECOVERY_BYTES)) for _ in range(rules.RECOVERY_COUNT)]
    return rules.secret_from(os.urandom(rules.SECRET_BYTES)), recovery


@router.post("/account/phone")
@access("accounts.enrol_second_factor")
def enrol(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """The phone answers. What was shown stays on the page until its code is right."""
    secret = next((str(value) for name, value in items if name == "secret"), "")
    recovery = [str(value) for name, value in items if name == "recovery"]
    try:
        envelope = parse_envelope(items, request.app.state.settings.zone)
        order = _order(secret, next((str(value) for name, value in items if name == "code"), ""), recovery)
        number = str(envelope.request_id)
        run_order(request, commands.enrol_second_factor, order, request_id=number, proof=envelope.signature)
    except CellchainError as error:
        if not rules.is_secret(secret):  # it did not come back as it was shown: the phone starts anew
            return _phone_page(request, *_fresh(), error)
        return _phone_page(request, secret, recovery, error)
    return RedirectResponse("/account", 303)


def _order(secret: str, code: str, recovery: list[str]) -> commands.EnrolSecondFactor:
    return order_of(commands.EnrolSecondFactor, secret=secret, code=code, recovery=tuple(recovery))


def _phone_page(
    request: Request, secret: str, recovery: list[str], error: CellchainError | None = None
) -> HTMLResponse:
    with reading(request) as tx:
        person = tx.get(Person, actor_of(request).person)
        address = rules.address_of(secret, person.username, tx.house.site_name)
    return render(
        request,
        "accounts/phone.html",
        200 if error is None else status_of(error),
        secret=secret,
        recovery=recovery,
        error=error,
        username=person.username,
        symbol=symbol_of(address),
    )


def symbol_of(text: str) -> tuple[int, str]:
    """A QR symbol: how many modules it is wide with its quiet zone, and the path of its dark ones."""
    symbol = qrcode.QRCode(border=QUIET_MODULES)
    symbol.add_data(text)
    symbol.make(fit=True)
    rows = symbol.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return len(rows), "".join(dark)


@router.post("/account/passkeys/options")
@access("accounts.add_passkey")
def asks_to_add(request: Request, items: list[tuple[str, object]] = Depends(form_items)) -> JSONResponse:
    """What the browser is asked when somebody adds a passkey. Raises Refused `passkey.no_name`."""
    prover = prover_of(request)
    _usable(prover)
    with reading(request) as tx:
        person = tx.get(Person, actor_of(request).person)
    return JSONResponse(prover.asks_to_add(person.code, person.username, person.initials))


@router.post("/sign-in/passkey")
@access(PUBLIC)
def asks_who(request: Request) -> JSONResponse:
    """What a browser is asked when somebody signs in with a passkey. Raises Refused `passkey.no_name`."""
    prover = prover_of(request)
    _usable(prover)
    return JSONResponse(prover.asks_who())


def _usable(prover: Prover) -> None:
    if not prover.party.is_usable:
        raise Refused(
            "passkey.no_name",
            "Passkeys need an address with a name, over https. An administrator sets CELLCHAIN_PUBLIC_URL.",
        )
