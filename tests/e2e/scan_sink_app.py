"""A small application that serves the gallery and takes scans, slowly or not at all, as a test wishes."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from types import SimpleNamespace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.clock import SimulatedClock
from cellchain.ledger.actor import Actor
from cellchain.paths import static_dir
from cellchain.web import i18n
from cellchain.web.html import NavItem, UsualReader, render
from cellchain.web.security import SecurityHeaders
from cellchain.web.session import Session
from tests.web import gallery

MATCH_LASTS = timedelta(seconds=3)


@dataclass
class Bench:
    """The running application: what it received, and how it behaves."""

    url: str = ""
    delay_s: float = 0.0
    status: int = 200
    redirect: str | None = None
    received: list[dict[str, str]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    reported: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    leaves: str = ""  # a scan of this symbol is done as the first of its request alone
    reader: UsualReader = field(default_factory=UsualReader)

    @property
    def symbols(self) -> list[str]:
        """The scans in the order of their arrival."""
        return [scan["symbol"] for scan in self.received]


def application(bench: Bench) -> Any:
    """The gallery, its verdicts, and /scan."""

    async def scan(request: Request) -> Response:
        form = await request.form()
        bench.requests += 1
        await asyncio.sleep(bench.delay_s)
        done = list(takewhile(lambda scan: scan[0] == 0 or scan[1]["symbol"] != bench.leaves, enumerate(_scans(form))))
        bench.received += [scan for _, scan in done]
        if bench.status >= 400:
            return HTMLResponse("", bench.status)
        if bench.redirect is not None:
            return HTMLResponse("", headers={"hx-redirect": bench.redirect})
        seen = len(bench.received)
        return HTMLResponse(f'<p data-seen="{seen}">{seen}</p>', headers={"x-scans": str(len(done))})

    async def report(request: Request) -> Response:
        bench.reported.append({name: str(value) for name, value in (await request.form()).items()})
        return Response(status_code=204)

    async def page(request: Request) -> Response:
        if request.method == "POST":
            bench.forms.append({name: str(value) for name, value in (await request.form()).items()})
        sample = gallery.samples(i18n.choose(request.cookies.get(i18n.COOKIE), request.headers.get("accept-language")))
        return render(request, "gallery/gallery.html", gallery=sample)

    async def verdict(request: Request) -> Response:
        sample = gallery.samples(i18n.choose(None, request.headers.get("accept-language")))
        sample.valid_until = bench_clock.now() + MATCH_LASTS
        return render(request, "gallery/verdict.html", v=request.path_params["v"], gallery=sample)

    async def language(request: Request) -> Response:
        form = await request.form()
        answer = RedirectResponse(str(form["next"]), 303)
        answer.set_cookie(i18n.COOKIE, str(form["language"]))
        return answer

    bench_clock = SimulatedClock(gallery.NOW)
    app = Starlette(
        routes=[
            Route("/gallery", page, methods=["GET", "POST"]),
            Route("/verdict/{v}", verdict),
            Route("/scan", scan, methods=["POST"]),
            Route("/scans", report, methods=["POST"]),
            Route("/language", language, methods=["POST"]),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Mount("/static", StaticFiles(directory=static_dir())),
        ]
    )
    app.state.clock = bench_clock
    app.state.settings = SimpleNamespace(zone=gallery.ZONE, site_name="Demonstration site")
    app.state.demonstration = True
    app.state.navigation = _navigation
    app.state.reader_of = lambda request: bench.reader
    return _SignedIn(SecurityHeaders(app))


def _scans(form: FormData) -> Iterator[dict[str, str]]:
    """One scan, or several in their order: what each brings of its own comes again, the rest once."""
    own = ("symbol", "nonce", "capture", "typed_because")
    common = {name: str(value) for name, value in form.items() if name not in own}
    for at in range(len(form.getlist("symbol"))):
        yield {**common, **{name: str(form.getlist(name)[at]) for name in own if at < len(form.getlist(name))}}


def _navigation(request: Request) -> list[NavItem]:
    here = request.url.path
    return [NavItem(item.href, item.label, item.href == here) for item in gallery.page().nav]


class _SignedIn:
    """Puts a session into the state, as the real middleware does."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            actor = Actor(issue(Kind.PERSON, 1, 2026, 5), roles=frozenset({"qa"}), device="QA-1")
            scope.setdefault("state", {})["session"] = Session(actor, "0" * 64, "token", "E. Sokolova", by_cookie=True)
        await self.app(scope, receive, send)


@contextmanager
def running() -> Iterator[Bench]:
    """The application on a free port of this machine, in a thread."""
    bench = Bench()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    bench.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(application(bench), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield bench
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
