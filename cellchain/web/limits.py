"""How much a client without a session may ask: a bucket of tokens for each address, as many as fit in memory."""

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
    """The tokens of each address. Those asked for longest ago are forgotten first: they would be full again soonest."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def wait_s(self, address: str) -> float:
        """Take one token of this address: 0, or how long until there is one."""
        now = self._now()
        tokens, at = self._held.pop(address, (float(BURST), now))
        tokens = min(float(BURST), tokens + (now - at) * A_SECOND)
        taken = tokens >= 1
        self._held[address] = (tokens - 1 if taken else tokens, now)
        if len(self._held) > ADDRESSES_MAX:
            self._held.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / A_SECOND


class ClientLimit:
    """Refuses what comes too fast from an address without a session; who is signed in is never held up."""

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self.app = app
        self.buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["state"]["session"] is None and not scope["path"].startswith(UNLIMITED):
            wait = self.buckets.wait_s(address_of(scope))
            if wait:
                refusal = TooMany(
                    "requests.too_many",
                    "Too many requests came from this address. Wait {seconds} s, or sign in.",
                    seconds=math.ceil(wait),
                )
                await problem_response(refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def address_of(scope: Scope) -> str:
    """Where a request comes from, as far as the server knows."""
    client = scope.get("client")
    return "" if client is None else str(client[0])
