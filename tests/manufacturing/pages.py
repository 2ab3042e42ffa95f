"""The pages of manufacturing over a plant, for one signed-in person, without the rest of the product."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import Depends, FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from cellchain.donors import describe as donors_describe
from cellchain.labels import routes as labels_routes
from cellchain.labels.scanning import routes as scanning_routes
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing import routes as manufacturing_routes
from cellchain.manufacturing.counts import routes as counts_routes
from cellchain.manufacturing.lines import routes as line_routes
from cellchain.materials import describe as materials_describe
from cellchain.paths import static_dir
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.quality.stability import routes as stability_routes
from cellchain.trace.documents import routes as document_routes
from cellchain.web import errors
from cellchain.web import house as web_house
from cellchain.web.access import guard
from cellchain.web.html import NavItem
from cellchain.web.session import Session
from tests.manufacturing.conftest import Plant

ZONE = ZoneInfo("Europe/Moscow")
TOKEN = "token"
FILE_MAX = 100_000


def app_for(plant: Plant, actor: Actor) -> FastAPI:
    """The application that `actor` sees."""
    house = plant.house
    kinds: dict[str, Any] = {"DN": donors_describe, "DO": donors_describe}
    kinds |= dict.fromkeys(("ML", "EQ", "LC"), materials_describe)
    kinds |= dict.fromkeys(("LT", "CT", "CV", "BG"), manufacturing_describe)
    handed = replace(house.database.house, describers=kinds, labellers=kinds, zone=ZONE, site_name="Example Laboratory")
    house.database.house = handed
    app = FastAPI(dependencies=[Depends(guard)], openapi_url=None)
    app.state.database, app.state.runner, app.state.clock = house.database, house.runner, house.clock
    app.state.settings = Settings(site_timezone=ZONE.key, site_name="Example Laboratory", attachment_bytes_max=FILE_MAX)
    app.state.folder = DataDir(Path(str(house.database.engine.url.database)).parent)
    app.state.gate = SimpleNamespace(reauthenticate=lambda actor, proof, act: None)
    app.state.demonstration = False
    app.state.navigation = lambda request: [NavItem("/manufacturing", "Batches", current=True)]
    errors.install(app)
    app.state.document_asked = threading.Event()
    own, beside = (
        (manufacturing_routes, line_routes, counts_routes),
        (document_routes, scanning_routes, labels_routes, web_house),
    )
    for routes in (*own, *beside, stability_routes):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=static_dir()), name="static")

    @app.middleware("http")
    async def signed_in(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        app.state.loop = asyncio.get_running_loop()
        request.state.session = Session(actor, "0" * 64, TOKEN, "L. Marchenko", by_cookie=True)
        request.state.session_problem = None
        return await go(request)

    return app


def client(plant: Plant, actor: Actor | None = None, language: str = "en") -> TestClient:
    """A browser without scripts, reading `language`."""
    return TestClient(app_for(plant, actor or plant.technician), headers={"accept-language": language})


@contextmanager
def served(plant: Plant, actor: Actor | None = None) -> Iterator[str]:
    """The address of the same application, answering a real browser on this machine alone."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app_for(plant, actor or plant.technician), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        door.close()


def words(html: str) -> str:
    """The text of a page, roughly: tags out, blanks folded."""
    out, inside = [], False
    for character in html:
        if character in "<>":
            inside = character == "<"
        elif not inside:
            out.append(character)
    return " ".join("".join(out).replace("\u00a0", " ").split())
