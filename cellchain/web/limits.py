"""How much a client may ask: a bucket of tokens for each address without a session, and for each person with one."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from cellchain.kernel.errors import TooMany
from cellchain.web.problems import problem_response

BURST = 300
A_SECOND = 5.0
ADDRESSES_MAX = 10_000
# What a monitor asks, and what a page of ours is made of.
UNLIMITED = ("/healthz", "/readyz", "/static/")


class Buckets:
    """The tokens of each address or person: `burst` of them, filled again by `a_second`. Those asked for longest ago
    are forgotten first: they would be full again soonest."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, *, burst: float = BURST, a_second: float = A_SECOND
    ) -> None:
        self._now = now
        self._burst, self._a_second = float(burst), a_second
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def wait_s(self, whose: str) -> float:
        """Take one token of this address or person: 0, or how long until there is one."""
        now = self._now()
        tokens, at = self._held.pop(whose, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._a_second)
        taken = tokens >= 1
        self._held[whose] = (tokens - 1 if taken else tokens, now)
        if len(self._held) > ADDRESSES_MAX:
            self._held.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / self._a_second


def of_people(a_minute: int) -> Buckets:
    """The buckets of people who are signed in: a minute's requests at once, and as many in each minute after it."""
    return Buckets(burst=a_minute, a_second=a_minute / 60)


class ClientLimit:
    """Refuses what comes too fast: from an address without a session, and from a person in all sessions together.

    What a person is given is far more than hands and readers ask for; it bounds a program that copies everything.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets, people: Buckets) -> None:
        self.app = app
        self.buckets = buckets
        self.people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(UNLIMITED):
            refusal = self._refusal(scope)
            if refusal is not None:
                await problem_response(refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> TooMany | None:
        session = scope["state"]["session"]
        if session is None:
            wait = self.buckets.wait_s(address_of(scope))
            return of_address(wait) if wait else None
        wait = self.people.wait_s(session.actor.person)
        return of_person(wait) if wait else None


def of_address(wait_s: float) -> TooMany:
    """What an address without a session is told."""
    return TooMany(
        "requests.too_many",
        "Too many requests came from this address. Wait {seconds} s, or sign in.",
        seconds=math.ceil(wait_s),
    )


def of_person(wait_s: float) -> TooMany:
    """What somebody is told in whose name too much was asked."""
    return TooMany(
        "requests.too_many_yours",
        "More requests came in your name than people make. Wait {seconds} s. If no program of yours did this, end your "
        "sessions under Account and tell an administrator.",
        seconds=math.ceil(wait_s),
    )


def address_of(scope: Scope) -> str:
    """Where a request comes from, as far as the server knows: the address of IPv4, and of IPv6 the network of 64 bits,
    out of which one machine may take as many addresses as it likes."""
    client = scope.get("client")
    return "" if client is None else network_of(str(client[0]))


def network_of(address: str) -> str:
    """An address as it is counted. One of IPv4 that came mapped into IPv6 is itself; what is no address stays."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return address if found.is_loopback else str(ipaddress.IPv6Network((found, 64), strict=False))
