"""The trial's pages over a story, for tests and for looking at them: who asks is named by a cookie."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from cellchain import paths
from cellchain.kernel.errors import NeedsSignature
from cellchain.ledger.actor import Actor, Signing
from cellchain.trial import routes
from cellchain.trial.preparation import routes as preparation_routes
from cellchain.trial.setup import routes as setup_routes
from cellchain.web import errors
from cellchain.web.access import guard
from cellchain.web.session import Session
from tests.trial.story import Story

PASSWORD = "a few unrelated words"
CSRF = "token"


@dataclass(frozen=True)
class Settings:
    """What the routes ask of the settings."""

    zone: ZoneInfo = ZoneInfo("Europe/Moscow")
    site_name: str = "Example Clinic"


class Doorman:
    """Puts whoever the cookie `who` names into the request, as the session middleware would."""

    def __init__(self, app: ASGIApp, people: Mapping[str, Actor]) -> None:
        self.app = app
        self.people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            actor = self.people.get(HTTPConnection(scope).cookies.get("who", ""))
            session = None if actor is None else Session(actor, "0" * 64, CSRF, "E. Example", by_cookie=True)
            scope.setdefault("state", {}).update(session=session, session_problem=None)
        await self.app(scope, receive, send)


class Gate:
    """Knows one password."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def reauthenticate(self, actor: Actor, proof: Mapping[str, str] | None, act: str = "") -> Signing:
        """Sign with that password. Raises NeedsSignature."""
        if not proof or proof["password"] != PASSWORD:
            raise NeedsSignature("signature.wrong", "Name or password is wrong. Nothing was signed. Try again.")
        return Signing("password", self.story.house.clock.now())


def make_app(story: Story) -> FastAPI:
    """An application with the trial's pages alone."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.loop = asyncio.get_running_loop()
        yield

    app = FastAPI(dependencies=[Depends(guard)], lifespan=lifespan)
    state = app.state
    state.settings, state.demonstration = Settings(), True
    state.database, state.runner = story.house.database, story.house.runner
    state.gate, state.clock = Gate(story), story.house.clock
    errors.install(app)
    app.include_router(routes.router)
    app.include_router(preparation_routes.router)
    app.include_router(setup_routes.router)
    app.mount("/static", StaticFiles(directory=paths.static_dir()), name="static")
    app.add_middleware(Doorman, people=vars(story.people))
    return app
