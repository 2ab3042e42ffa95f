"""One's own account, and who is signed in where."""

from datetime import timedelta

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.accounts import queries as people
from cellchain.accounts.agreement.queries import acceptances_of, accepted_by
from cellchain.accounts.agreement.rules import is_current
from cellchain.accounts.changed import changes_of
from cellchain.accounts.models import Credential, Person
from cellchain.accounts.second_factor.queries import passkeys_of, phone_of, recovery_left
from cellchain.accounts.sessions import queries
from cellchain.accounts.sessions.commands import END_OTHERS
from cellchain.web.access import access, actor_of, reading, session_of
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


def _idle(request: Request) -> timedelta:
    return timedelta(minutes=request.app.state.settings.idle_minutes)


@router.get("/account")
@access("house.use")
def account(request: Request) -> HTMLResponse:
    """What one signs in with, and where one is signed in."""
    person = actor_of(request).person
    with reading(request) as tx:
        return render(
            request,
            "accounts/account.html",
            person=tx.get(Person, person),
            credential=tx.find(Credential, person),
            phone=phone_of(tx, person),
            recovery_left=recovery_left(tx, person),
            passkeys=passkeys_of(tx, person),
            passkeys_usable=request.app.state.gate.factors.party.is_usable,
            badge=people.badge_of(tx, person),
            agreed=acceptances_of(tx, person),
            agreement_waits=not is_current(accepted_by(tx, person)),
            sessions=queries.sessions_of(tx, person, _idle(request)),
            changes=[(one, people.display_name(tx, one.by)) for one in changes_of(tx, person)],
            present=session_of(request).token_hash,
            idle_minutes=request.app.state.settings.idle_minutes,
            session_hours=request.app.state.settings.session_hours,
        )


@router.get("/people/sessions")
@access(END_OTHERS)
def sessions(request: Request) -> HTMLResponse:
    """Everybody who is signed in now."""
    with reading(request) as tx:
        return render(
            request,
            "accounts/sessions.html",
            sessions=queries.all_sessions(tx, _idle(request)),
            present=session_of(request).token_hash,
        )
