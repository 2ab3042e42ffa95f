"""The pages of quality and custody over a test's laboratory, as one signed-in person sees them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cellchain import composition
from cellchain.custody import routes as custody_routes
from cellchain.kernel.errors import NeedsSignature
from cellchain.ledger.actor import Actor, Signing
from cellchain.paths import static_dir
from cellchain.platform.config import Settings
from cellchain.quality import routes as quality_routes
from cellchain.quality.imports import routes as import_routes
from cellchain.quality.laboratories import routes as laboratory_routes
from cellchain.quality.methods import routes as method_routes
from cellchain.quality.redactions import routes as redaction_routes
from cellchain.quality.stability import routes as stability_routes
from cellchain.trace.recalls import routes as recall_routes
from cellchain.web import errors
from cellchain.web import house as web_house
from cellchain.web.access import guard
from cellchain.web.session import Session
from tests.factories import House

ZONE = ZoneInfo("Europe/Moscow")
PASSWORD = "right horse battery"


class TestGate:
    """Takes one password for everybody."""

    __test__ = False

    def __init__(self, house: House) -> None:
        self.house = house

    def reauthenticate(self, actor: Actor, proof: Mapping[str, str] | None, act: str = "") -> Signing:
        if proof is None or proof.get("password") != PASSWORD:
            raise NeedsSignature()
        return Signing("password", self.house.clock.now())


def app_for(house: House, actor: Callable[[], Actor], name: str = "E. Sokolova") -> FastAPI:
    """The application that whoever `actor` gives now sees."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.loop = asyncio.get_running_loop()
        yield

    app = FastAPI(dependencies=[Depends(guard)], openapi_url=None, lifespan=lifespan)
    app.state.database, app.state.runner, app.state.clock = house.database, house.runner, house.clock
    app.state.settings = Settings(site_timezone=ZONE.key, site_name="Example Clinic", attachment_bytes_max=300_000)
    app.state.gate = TestGate(house)
    app.state.demonstration = False
    app.state.navigation = composition.navigation
    errors.install(app)
    rooms = (
        import_routes,
        laboratory_routes,
        method_routes,
        redaction_routes,
        stability_routes,
        recall_routes,
        quality_routes,
    )
    for routes in rooms:
        app.include_router(routes.router)
    for routes in (custody_routes, web_house):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=static_dir()), name="static")

    @app.middleware("http")
    async def signed_in(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.session = Session(actor(), "0" * 64, "token", name, by_cookie=True)
        request.state.session_problem = None
        return await go(request)

    return app
