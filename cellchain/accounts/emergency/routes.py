"""What was taken in an emergency, by whom, and what they did under it."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.accounts import queries as people
from cellchain.accounts.emergency import queries, rules
from cellchain.accounts.rules import Role
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
# Who sees everybody's; others see their own.
WATCHES = ("accounts.read", "trace.read_ledger")


@router.get("/emergency")
@access("accounts.break_glass", *WATCHES)
def listed(request: Request) -> HTMLResponse:
    """All of them, the newest first; for who may take a role, the ways in."""
    actor = actor_of(request)
    with reading(request) as tx:
        held = frozenset(Role(role) for role in people.roles_of(tx, actor.person))
        return render(
            request,
            "accounts/emergency/list.html",
            listed=queries.listed(tx, None if _watches(actor) else actor.person),
            watches=_watches(actor),
            offered=rules.offered(held) if actor.may("accounts.break_glass") else [],
            minutes=tx.house.emergency_minutes,
        )


@router.get("/emergency/{number}")
@access("accounts.break_glass", *WATCHES)
def one(request: Request, number: Number) -> HTMLResponse:
    """One of them: why, for how long, what was done, and what QA said."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = queries.view_of(tx, number)
        if not _watches(actor) and view.person != actor.person:
            raise NotFound(key=str(number))
        return render(
            request,
            "accounts/emergency/one.html",
            view=view,
            deeds=queries.deeds(tx, view),
            most=queries.ENTRIES_MAX,
            own=view.person == actor.person,
            reads_ledger=actor.may("trace.read_ledger"),
            name_of=lambda person: people.display_name(tx, person),
        )


def _watches(actor: Actor) -> bool:
    return any(actor.may(permission) for permission in WATCHES)
