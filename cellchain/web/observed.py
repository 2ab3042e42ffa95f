"""What is kept of each request: its number, a count, and one line of the log. None of it tells of a person.

`by` and `about` are marks: keyed digests of whoever asked and of what stood in the address. So the log says of every
page who opened it, or was turned away from it, to whoever has the field key and a code to ask for (`cellchain mark`),
and nothing to anybody else.
"""

import os
import re
import time
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellchain.platform.logs import REQUEST
from cellchain.platform.measures import Measures
from cellchain.platform.sealing import Sealer
from cellchain.web.api import names_command

HEADER = "x-request-id"
# A proxy's number is taken where it can be nothing but a number: no code, no name, no word.
NUMBER = re.compile(rb"[0-9a-f]{16,32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MARK_LENGTH = 16  # hexadecimal digits: no two of a house's things share one
UNMATCHED, COMMAND, STATIC = "unmatched", "/api/v1/{capability}/{verb}", "/static"


class Observed:
    """Outermost of all: numbers a request before anything refuses it, and counts it once it is answered."""

    def __init__(self, app: ASGIApp, measures: Measures, mark: Callable[[str], str], *, told: bool) -> None:
        self.app = app
        self._measures = measures
        self._mark = mark
        # Bound once: a lazy logger is set up anew at each word.
        self._log = structlog.get_logger().bind() if told else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = scope.setdefault("state", {})["number"] = number_of(scope)
        REQUEST.set(number)
        begun = time.perf_counter()
        status = 500  # whoever raises is answered outside of us, with 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", number.encode())]}
            await send(message)

        try:
            await self.app(scope, receive, numbered)
        finally:
            self._note(scope, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = route_of(scope), scope["method"]
        self._measures.answered(route, method, status, seconds)
        if self._log is not None:
            session = scope["state"].get("session")
            asked = "/".join(str(value) for value in scope.get("path_params", {}).values())
            self._log.info(
                "request",
                method=method if len(method) < 8 else "other",
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                station=None if session is None else session.actor.device,
                by=None if session is None else self._mark(session.actor.person),
                about=self._mark(asked) if asked else None,
            )


def number_of(scope: Scope) -> str:
    """The number that came with a request, if it is one; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and NUMBER.fullmatch(value):
            return str(value, "ascii")
    return os.urandom(8).hex()


def route_of(scope: Scope) -> str:
    """The route as it is declared, `/donors/{code}`: never the address that was asked for."""
    route = scope.get("route")
    if route is not None:
        return str(getattr(route, "path", UNMATCHED))
    path = scope["path"]
    if path.startswith("/static/"):
        return STATIC
    return COMMAND if names_command(path) else UNMATCHED


def marker(sealer: Sealer) -> Callable[[str], str]:
    """How the log of a house marks somebody or something: the same each time, and telling nothing without its key."""
    return lambda text: sealer.fingerprint(f"log\n{text}")[:MARK_LENGTH]
