"""JSON commands: `POST /api/v1/<capability>/<verb>` for every command in the registry, dispatched before the router."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio.to_thread
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cellchain.kernel.errors import Busy, CellchainError, Forbidden, Invalid, SignInNeeded, TooLarge
from cellchain.kernel.text import T
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import REGISTRY, Command
from cellchain.ledger.run import Call, Runner
from cellchain.web.forms import invalid_from
from cellchain.web.problems import problem_response
from cellchain.web.session import Session, SessionGate

PREFIX = "/api/v1/"
BODY_BYTES_MAX = 65_536
IN_FLIGHT_MAX = 256


class Proof(BaseModel):
    """What a signer gives again: name and password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=200, repr=False)]


class Envelope(BaseModel):
    """What surrounds every order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_id: uuid.UUID
    order: dict[str, Any]
    reason: Annotated[str | None, Field(max_length=500)] = None
    happened_at: datetime | None = None
    signature: Proof | None = None


class CommandApi:
    """Answers `POST /api/v1/<capability>/<verb>`; passes everything else on."""

    def __init__(self, app: ASGIApp, runner: Runner, gate: SessionGate) -> None:
        self.app = app
        self.runner = runner
        self.gate = gate
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        command = _command_of(scope)
        if command is None:
            await self.app(scope, receive, send)
            return
        if self.in_flight >= IN_FLIGHT_MAX:
            await problem_response(Busy())(scope, receive, send)
            return
        self.in_flight += 1
        try:
            response = await self._answer(command, scope, receive)
        except CellchainError as error:
            response = problem_response(error)
        finally:
            self.in_flight -= 1
        await response(scope, receive, send)

    async def _answer(self, command: Command, scope: Scope, receive: Receive) -> Response:
        session: Session | None = scope["state"]["session"]
        if session is None:
            raise scope["state"]["session_problem"] or SignInNeeded()
        if session.by_cookie and _header(scope, b"x-csrf-token") != session.csrf:
            raise Forbidden("request.no_csrf_token", "This page is too old to be trusted. Reload it and repeat.")
        envelope, order = _parse(command, await read_body(receive))
        signing = None
        if command.signature is not None:
            proof = None if envelope.signature is None else envelope.signature.model_dump()
            signing = await anyio.to_thread.run_sync(self.gate.reauthenticate, session.actor, proof)
        elif envelope.signature is not None:
            raise Invalid({"signature": T("This command is not signed. Leave the signature out.")})
        call = Call(
            command,
            order,
            session.actor,
            str(envelope.request_id),
            envelope.reason,
            _aware(envelope.happened_at),
            signing,
        )
        return answer_response(await self.runner.submit(call))


def answer_response(answer: Answer) -> Response:
    """A command's answer over HTTP: the stored bytes, marked when they are a replay."""
    headers = {"idempotent-replay": "true"} if answer.replayed else {}
    if not answer.done:
        return problem_response(answer.refusal(), headers)
    return Response(answer.text, 200, headers, "application/json")


async def read_body(receive: Receive, most: int = BODY_BYTES_MAX) -> bytes:
    """The request's body. Raises TooLarge."""
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge(most=most)
        if not message.get("more_body", False):
            return body


def _command_of(scope: Scope) -> Command | None:
    if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PREFIX):
        return None
    found = REGISTRY.get(scope["path"][len(PREFIX) :])
    return None if found is None or found.internal else found


def _parse(command: Command, body: bytes) -> tuple[Envelope, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid({"body": T("This is not JSON. Send one object with request_id and order.")}) from error
    if not isinstance(data, dict):
        raise Invalid({"body": T("Send one object with request_id and order.")})
    try:
        envelope = Envelope.model_validate(data)
        return envelope, command.order.model_validate_json(
            orjson.dumps(envelope.order, option=orjson.OPT_STRICT_INTEGER)
        )
    except ValidationError as error:
        raise invalid_from(error) from error
    except orjson.JSONEncodeError as error:
        raise Invalid({"order": T("A number in the order is too large.")}) from error


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid({"happened_at": T("A time needs its zone, for example 2026-11-24T09:30:00Z.")})
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise Invalid({"happened_at": T("Enter a date and a time.")}) from error


def _header(scope: Scope, name: bytes) -> str | None:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
