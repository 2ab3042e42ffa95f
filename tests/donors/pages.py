"""The pages of donors and materials over a test's house, for one signed-in person, without the rest of the product."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from cellchain import composition
from cellchain.donors import describe as donors_describe
from cellchain.donors import routes as donors_routes
from cellchain.labels import routes as labels_routes
from cellchain.ledger.actor import Actor
from cellchain.materials import describe as materials_describe
from cellchain.materials import routes as materials_routes
from cellchain.paths import static_dir
from cellchain.web import errors
from cellchain.web import house as web_house
from cellchain.web.access import guard
from cellchain.web.html import NavItem
from cellchain.web.session import Session
from tests.factories import House

ZONE = ZoneInfo("Europe/Moscow")


def app_for(house: House, actor: Actor) -> FastAPI:
    """The application that `actor` sees."""
    kinds: dict[str, Any] = {"DN": donors_describe, "DO": donors_describe, "CT": donors_describe}
    kinds |= dict.fromkeys(("ML", "EQ", "LC"), materials_describe)
    handed = replace(house.database.house, describers=kinds, labellers=kinds, zone=ZONE, site_name="Example Clinic")
    house.database.house = handed

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.loop = asyncio.get_running_loop()
        yield

    app = FastAPI(dependencies=[Depends(guard)], openapi_url=None, lifespan=lifespan)
    app.state.database, app.state.runner, app.state.clock = house.database, house.runner, house.clock
    app.state.settings = SimpleNamespace(zone=ZONE, site_name="Example Clinic", site_number=1)
    app.state.gate = SimpleNamespace(reauthenticate=lambda actor, proof, act: None)
    app.state.demonstration = False
    app.state.navigation = navigation
    app.state.way = composition.way
    errors.install(app)
    for routes in (donors_routes, materials_routes, labels_routes, web_house):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=static_dir()), name="static")

    @app.middleware("http")
    async def signed_in(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.session = Session(actor, "0" * 64, "token", "L. Marchenko", by_cookie=True)
        request.state.session_problem = None
        return await go(request)

    return app


def navigation(request: Request) -> list[NavItem]:
    """The two places of these pages."""
    path = request.url.path
    return [
        NavItem("/donors", "Donors", current=path.startswith("/don")),
        NavItem("/materials", "Materials", current=path.startswith("/materials")),
    ]


def client(house: House, actor: Actor, language: str = "en") -> TestClient:
    """A browser without scripts, reading `language`."""
    return TestClient(app_for(house, actor), headers={"accept-language": language})
