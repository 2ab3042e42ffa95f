"""ISBT 128 on screen: whether it is on, for whom, and which numbers are bound."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.labels.licensed import commands as commands  # importing them registers their forms and their API
from cellchain.labels.licensed import queries
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()
STATE = "licensing.state_registration"


@router.get("/labels/isbt")
@access(STATE, queries.BIND, "labels.release_number")
def isbt(request: Request) -> HTMLResponse:
    """The registration and the facilities; the numbers for who binds them."""
    actor = actor_of(request)
    sees_numbers = actor.may(queries.BIND) or actor.may("labels.release_number")
    with reading(request) as tx:
        stated, is_on, others = queries.stated(tx), queries.is_on(tx), queries.facilities(tx)
        numbers = queries.latest(tx) if sees_numbers else ()
    return render(
        request, "labels/isbt.html", stated=stated, is_on=is_on, others=others, numbers=numbers, may=actor.may
    )
