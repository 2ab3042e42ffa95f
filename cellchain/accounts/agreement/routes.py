"""The agreement on signatures: to be read and accepted by whoever signs, and to be printed and signed by hand."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from cellchain.accounts.agreement import queries
from cellchain.accounts.agreement.models import AgreementAccepted
from cellchain.accounts.agreement.rules import is_current
from cellchain.accounts.agreement.text import POINTS, VERSION, VERSION_OF
from cellchain.accounts.models import Person
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render

router = APIRouter()


@router.get("/account/agreement")
@access("accounts.accept_agreement")
def own(request: Request) -> HTMLResponse:
    """One's own: the text, whether it was accepted, and the signature that accepts it."""
    code = actor_of(request).person
    with reading(request) as tx:
        return _drawn(request, tx.get(Person, code), queries.acceptances_of(tx, code), own=True)


@router.get("/people/{code}/agreement")
@access("accounts.read")
def of_person(request: Request, code: str) -> HTMLResponse:
    """The agreement that makes this person's electronic signature count, to be printed and signed by hand."""
    with reading(request) as tx:
        return _drawn(request, tx.get(Person, code), queries.acceptances_of(tx, code))


@router.get("/agreement")
@access("accounts.read")
def blank(request: Request) -> HTMLResponse:
    """The same with lines to fill in."""
    return _drawn(request, None, [])


def waits(request: Request) -> bool:
    """Whether whoever is signed in here has the agreement to read before they sign, for the signature panels."""
    with reading(request) as tx:
        return not is_current(queries.accepted_by(tx, actor_of(request).person))


def _drawn(
    request: Request, person: Person | None, accepted: list[AgreementAccepted], *, own: bool = False
) -> HTMLResponse:
    return render(
        request,
        "accounts/agreement.html",
        person=person,
        own=own,
        points=POINTS,
        version=VERSION,
        version_of=VERSION_OF,
        accepted=accepted,
        current=bool(accepted) and is_current(accepted[0].version),
    )
