"""Who may open what: closed unless a route says otherwise, and the few things every route needs."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

from fastapi import Path, Query, Request

from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Forbidden, SignInNeeded
from cellchain.ledger.actor import Actor
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import Order, act_of, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database, ReadTx
from cellchain.web.session import Session, SessionGate

PUBLIC = "public"
NUMBER_MAX = 2**63 - 1
# The number of a record in an address: no database counts further.
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Asked = Annotated[int, Query(ge=0, le=NUMBER_MAX)]
Counted = Annotated[int, Query(ge=1, le=NUMBER_MAX)]
ACCESS = "access"
WATCHED = "watched"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def access(*permissions: str, watched: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Declare who may call a route: anybody who holds one of `permissions`, or `access(PUBLIC)`.

    A `watched` page goes on showing what is new after its session idled, and nothing can be done from it.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, ACCESS, permissions)
        setattr(endpoint, WATCHED, watched)
        return endpoint

    return declare


async def guard(request: Request) -> None:
    """The application-wide dependency that enforces it. A route that declares nothing is a fault, and closed."""
    permissions: tuple[str, ...] = getattr(request.scope["endpoint"], ACCESS, ())
    ensure(permissions, f"{request.scope['endpoint']} declares who may call it")
    session = request.state.session
    if session is not None and session.locked and not getattr(request.scope["endpoint"], WATCHED, False):
        request.state.session_problem = session.locked
        session = request.state.session = None
    if PUBLIC in permissions:
        return
    if session is None:
        raise request.state.session_problem or SignInNeeded()
    if not any(session.actor.may(permission) for permission in permissions):
        raise Forbidden()


def session_of(request: Request) -> Session:
    """The session behind this request; the guard has seen to it that there is one."""
    ensure(request.state.session is not None, "a guarded route has a session")
    return cast(Session, request.state.session)


def actor_of(request: Request) -> Actor:
    """The person behind this request."""
    return session_of(request).actor


def reading(request: Request) -> AbstractContextManager[ReadTx]:
    """A reading transaction for this request."""
    return cast(Database, request.app.state.database).read()


def request_id_of(nonce: str | None) -> str | None:
    """The scan's own number, by which a repeated send does its work once; anything else gets a new one."""
    try:
        return None if nonce is None else str(uuid.UUID(nonce))
    except ValueError:
        return None


def run_order(
    request: Request,
    function: Callable[..., Any],
    order: Order,
    *,
    request_id: str | None = None,
    reason: str | None = None,
    happened_at: datetime | None = None,
    proof: Mapping[str, str] | None = None,
    noted: Mapping[str, Json] | None = None,
) -> dict[str, Any]:
    """Run a command from a `def` route and give its result. A decision needs `proof` (username, password).

    `noted` are open facts about how the order came in.
    """
    return answer_order(
        request,
        function,
        order,
        request_id=request_id,
        reason=reason,
        happened_at=happened_at,
        proof=proof,
        noted=noted,
    ).result()


def answer_order(
    request: Request,
    function: Callable[..., Any],
    order: Order,
    *,
    request_id: str | None = None,
    reason: str | None = None,
    happened_at: datetime | None = None,
    proof: Mapping[str, str] | None = None,
    noted: Mapping[str, Json] | None = None,
) -> Answer:
    """As `run_order`, giving the whole answer."""
    state = request.app.state
    runner, gate = cast(Runner, state.runner), cast(SessionGate, state.gate)
    command, actor = command_of(function), actor_of(request)
    signing = gate.reauthenticate(actor, proof, act_of(command, order)) if command.signature is not None else None
    number = request_id or str(uuid.uuid4())
    call = Call(command, order, actor, number, reason or None, happened_at, signing, noted=noted)
    return runner.answer(call, state.loop)
