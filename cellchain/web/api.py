"""JSON commands: `POST /api/v1/<capability>/<verb>` for every command in the registry, dispatched before the router."""

import json
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Self

import anyio.to_thread
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cellchain.identity.typed import Why as WhyTyped
from cellchain.kernel.errors import Busy, CellchainError, Forbidden, Invalid, SignInNeeded, WrongMethod
from cellchain.kernel.text import T
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import REGISTRY, Command, Moment, Text, Unfit, Why, act_of
from cellchain.ledger.run import Call, Runner
from cellchain.web import by_hand
from cellchain.web.bodies import parse_json, read_body
from cellchain.web.faults import invalid_from
from cellchain.web.problems import asked_response, problem_response, refusal_response
from cellchain.web.session import PasskeyAsked, Session, SessionGate, same_token

PREFIX = "/api/v1/"
IN_FLIGHT_MAX = 256
TYPED_MAX = 40
CAPTURE = "capture"


class Proof(BaseModel):
    """What a signer gives again: name and password, or the answer of a passkey; null asks what it has to answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: Annotated[Text, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=200, repr=False)] = ""
    passkey: Annotated[dict[str, Any] | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = self.model_fields_set
        if given not in ({"passkey"}, {"username", "password"}):
            raise Unfit(T("Sign with username and password, or with passkey."))
        return self

    def proof(self) -> dict[str, str]:
        """As the Gate reads it."""
        if "passkey" not in self.model_fields_set:
            return {"username": self.username, "password": self.password}
        # Whatever JSON can say, so that whoever looks at the answer says what is wrong with it.
        return {"passkey": "" if self.passkey is None else json.dumps(self.passkey)}


class Envelope(BaseModel):
    """What surrounds every order. `typed`: the fields whose code was typed and not scanned, each with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_id: uuid.UUID
    order: dict[str, Any]
    reason: Why = None
    happened_at: Moment | None = None
    signature: Proof | None = None
    typed: Annotated[dict[str, WhyTyped], Field(max_length=TYPED_MAX)] = {}


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
        except PasskeyAsked as asked:
            response = asked_response(asked)
        finally:
            self.in_flight -= 1
        await response(scope, receive, send)

    async def _answer(self, command: Command, scope: Scope, receive: Receive) -> Response:
        session: Session | None = scope["state"]["session"]
        if session is None:
            raise scope["state"]["session_problem"] or SignInNeeded()
        if scope["method"] != "POST":
            raise WrongMethod(allowed=["POST"])
        if session.by_cookie and not same_token(_header(scope, b"x-csrf-token"), session.csrf):
            raise Forbidden("request.no_csrf_token", "This page is too old to be trusted. Reload it and repeat.")
        envelope, order = _parse(command, await read_body(receive))
        signing = None
        if command.signature is not None:
            proof = None if envelope.signature is None else envelope.signature.proof()
            act = act_of(command, order)
            signing = await anyio.to_thread.run_sync(self.gate.reauthenticate, session.actor, proof, act)
        elif envelope.signature is not None:
            raise Invalid({"signature": T("This command is not signed. Leave the signature out.")})
        call = Call(
            command,
            order,
            session.actor,
            str(envelope.request_id),
            envelope.reason,
            envelope.happened_at,
            signing,
            noted=by_hand.noted_of(envelope.typed),
        )
        return answer_response(await self.runner.submit(call))


def answer_response(answer: Answer) -> Response:
    """A command's answer over HTTP: the stored bytes, marked when they are a replay."""
    headers = {"idempotent-replay": "true"} if answer.replayed else {}
    if not answer.done:
        return refusal_response(answer.refusal(), headers)
    return Response(answer.text, 200, headers, "application/json")


def names_command(path: str) -> bool:
    """Whether an order may be sent to this path."""
    return path.startswith(PREFIX) and path[len(PREFIX) :] in REGISTRY


def _command_of(scope: Scope) -> Command | None:
    if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
        return None
    found = REGISTRY.get(scope["path"][len(PREFIX) :])
    return None if found is None or found.internal else found


def _parse(command: Command, body: bytes) -> tuple[Envelope, Any]:
    envelope = parse_json(Envelope, body, T("Send one object with request_id and order."))
    _may_be_typed(command, envelope)
    try:
        # Strictly, as JSON has its own numbers and truths: a text that looks like one is a mistake of whoever sent it.
        return envelope, command.order.model_validate_json(
            orjson.dumps(envelope.order, option=orjson.OPT_STRICT_INTEGER), strict=True
        )
    except ValidationError as error:
        raise invalid_from(error) from error
    except orjson.JSONEncodeError as error:
        raise Invalid({"order": T("A number in the order is too large.")}) from error


def _may_be_typed(command: Command, envelope: Envelope) -> None:
    """Raises Invalid for a field that the order lacks, and where the order itself says how it was captured."""
    fields = command.order.model_fields
    if envelope.typed and CAPTURE in fields:
        raise Invalid({"typed": T("This order says itself how it came in. Leave this out, and set capture.")})
    unknown = {
        f"typed.{name}"[:100]: T("The order has no such field.") for name in envelope.typed if name not in fields
    }
    if unknown:
        raise Invalid(unknown)


def _header(scope: Scope, name: bytes) -> str | None:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
