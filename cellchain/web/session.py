"""Who is behind a request: found once, by a pure ASGI middleware, before anything else looks at it."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any, Protocol

import anyio.to_thread
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from cellchain.kernel.errors import CellchainError, Forbidden
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor, Signing

SESSION_COOKIE = "__Host-cellchain"
# What a page's own questions bear in their address. Routes answer them to an idle session only if they say so.
WATCHING = b"watching=1"
STATION_COOKIE = "__Host-cellchain-station"


@dataclass(frozen=True)
class Emergency:
    """A role that somebody took in an emergency, its number, and until when it counts."""

    number: int
    role: str
    until: datetime


@dataclass(frozen=True)
class Session:
    """A signed-in person at one browser or script."""

    actor: Actor
    token_hash: str
    csrf: str
    name: str
    by_cookie: bool
    must_enrol: bool = False  # a role of theirs asks for a second factor, and there is none yet
    locked: CellchainError | None = None  # by idling, and what is said then: it watches what is open, and no more
    emergency: Emergency | None = None


def same_token(given: object, token: str) -> bool:
    """Whether a form's token is the session's, in a time that says nothing of how much of it is right."""
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


class SessionGate(Protocol):
    """What `accounts` hands in: finding sessions and checking signers."""

    def remembered(self, token: str, *, by_cookie: bool, watching: bool = False) -> Session | None:
        """The session if it can be told without reading the database."""

    def find(self, token: str, *, by_cookie: bool, watching: bool = False) -> Session:
        """The session behind `token`. Raises SignInNeeded.

        With `watching` nobody is there: a page asks by itself. That keeps no session awake, and outlives its idling.
        """

    def station_of(self, token: str | None) -> str | None:
        """The enrolled station whose cookie this is."""

    def reauthenticate(self, actor: Actor, proof: Mapping[str, str] | None, act: str = "") -> Signing:
        """Check a signer's own password, or the answer of their passkey about `act`, the digest of the order.

        Raises NeedsSignature, and PasskeyAsked where the passkey has to be asked first.
        """


class PasskeyAsked(Exception):
    """A signer wants to sign with a passkey: their browser is asked `options` about this order, and sends it again."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__("the passkey is asked first")


class Bounds:
    """Networks out of which people with certain roles work, and no others. Without a network, out of all."""

    def __init__(self, roles: frozenset[str] = frozenset(), networks: str = "") -> None:
        self._roles = roles
        self._networks = [ip_network(one) for one in networks.split(",") if one]
        self._named = ", ".join(str(one) for one in self._networks)

    def problem(self, session: Session, scope: Scope) -> CellchainError | None:
        """What is said to somebody of those roles who is elsewhere; asked at each request of a session."""
        if not self._networks or self._roles.isdisjoint(session.actor.roles) or self._is_near(scope):
            return None
        return Forbidden(
            "session.elsewhere",
            "With your role one works from {networks} alone. Go to a computer there, and sign in again.",
            networks=self._named,
        )

    def _is_near(self, scope: Scope) -> bool:
        client = scope.get("client")
        try:
            address = ip_address("" if client is None else str(client[0]).partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._networks if network.version == mapped.version)


class SessionMiddleware:
    """Puts `session` (or None) and `session_problem` into the request's state."""

    def __init__(self, app: ASGIApp, gate: SessionGate, bounds: Bounds | None = None) -> None:
        self.app = app
        self.gate = gate
        self.bounds = bounds or Bounds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            session, problem = await self._find(scope)
            elsewhere = None if session is None else self.bounds.problem(session, scope)
            state["session"], state["session_problem"] = (session, problem) if elsewhere is None else (None, elsewhere)
        await self.app(scope, receive, send)

    async def _find(self, scope: Scope) -> tuple[Session | None, CellchainError | None]:
        token, by_cookie = token_of(HTTPConnection(scope))
        if token is None:
            return None, None
        watching = is_watching(scope)
        session = self.gate.remembered(token, by_cookie=by_cookie, watching=watching)
        if session is not None:
            return session, None
        find = partial(self.gate.find, token, by_cookie=by_cookie, watching=watching)
        try:
            return await anyio.to_thread.run_sync(find), None
        except CellchainError as error:
            return None, error


def is_watching(scope: Scope) -> bool:
    """Whether a page asks by itself what is new on it, with nobody's hand on it."""
    return scope["method"] == "GET" and WATCHING in scope["query_string"].split(b"&")


def token_of(connection: HTTPConnection) -> tuple[str | None, bool]:
    """The token that came with a request, and whether it came as a cookie."""
    authorization = connection.headers.get("authorization", "")
    if authorization.startswith("Bearer "):
        return authorization[7:].strip() or None, False
    return connection.cookies.get(SESSION_COOKIE), True
