"""A house whose people sign in at a directory, and a visitor who walks between the two as a browser does."""

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2 as httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from cellchain.accounts import commands, queries
from cellchain.accounts.first import create_first_administrator
from cellchain.accounts.permissions import permissions_of
from cellchain.kernel.clock import SimulatedClock
from cellchain.ledger import foundation
from cellchain.ledger.actor import SYSTEM, Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.main import Installation, create_app, opened
from cellchain.platform.config import Settings
from tests.factories import START
from tests.support import oidc

HOUSE = "https://testserver"
CALLBACK = f"{HOUSE}/directory/callback"
ADMIN, WORDS = "first-admin", "four unrelated plain words"
PASSWORD = "the password of the directory"
SIGNING_PIN, BADGE_PIN = "83620417", "274910"


HOUSEHOLD = Actor(SYSTEM, permissions_of(["administrator"]))


def settle(installation: Installation, username: str = "", *roles: str) -> str:
    """The first administrator, with a password; and somebody with roles, where named. Gives the administrator."""
    order = commands.RegisterAdministrator(username=ADMIN, password=WORDS)
    admin = create_first_administrator(installation.runner, order)
    if username:
        _registered(installation, username, *roles)
    return admin


def _registered(installation: Installation, username: str, *roles: str) -> str:
    name = username.title()
    made = _do(installation, commands.register_person, HOUSEHOLD, username=username, name=name, initials=name)
    person = str(made["person"])
    for role in roles:
        _do(installation, commands.grant_role, HOUSEHOLD, by_house=True, person=person, role=role)
    return person


def _do(
    installation: Installation, function: Any, by: Actor, *, by_house: bool = False, **fields: Any
) -> dict[str, Any]:
    command = command_of(function)
    call = Call(command, command.order(**fields), by, str(uuid.uuid4()), by_house=by_house)
    return installation.runner.run(call).result()


class Hospital:
    """The house (`client`, `installation`), its `directory`, and one clock for both."""

    def __init__(
        self, installation: Installation, client: TestClient, directory: oidc.Directory, clock: SimulatedClock
    ):
        self.installation = installation
        self.client = client
        self.directory = directory
        self.clock = clock
        self.visitors: list[Visitor] = []
        self.admin = Actor(settle(installation), permissions_of(["administrator"]), frozenset({"administrator"}))

    def do(self, function: Any, *, by: Actor | None = None, by_house: bool = False, **fields: Any) -> dict[str, Any]:
        """Run a command, as the administrator unless somebody else is named."""
        return _do(self.installation, function, by or self.admin, by_house=by_house, **fields)

    def person(self, username: str, *roles: str) -> str:
        """Somebody registered with roles, and no password."""
        return _registered(self.installation, username, *roles)

    def visitor(self, client: TestClient | None = None) -> "Visitor":
        """Somebody with a browser of their own."""
        made = Visitor(self, client or TestClient(self.client.app, HOUSE, raise_server_exceptions=False))
        made.client.portal = self.client.portal  # one loop for everybody, as one server has
        self.visitors.append(made)
        return made

    def go_home(self) -> None:
        """Everybody leaves, and the directory tells the truth again."""
        while self.visitors:
            one = self.visitors.pop()
            one.there.close()
            one.client.close()
        self.directory.tell_the_truth()
        desk = cast(FastAPI, self.client.app).state.directory
        if desk is not None:
            desk.provider.forget()

    def linked(self, username: str, *roles: str) -> str:
        """Somebody whom the directory knows, linked here."""
        from cellchain.accounts.directory import commands as directory

        self.directory.know(username, PASSWORD)
        person = self.person(username, *roles)
        code = self.visitor().enter(username).code()
        self.do(directory.link_to_directory, person=person, code=code)
        return person

    def roles(self, person: str) -> tuple[str, ...]:
        """The active roles of somebody."""
        with self.installation.database.read() as tx:
            return queries.roles_of(tx, person)

    def badge_at_station(self, person: str) -> tuple[str, str]:
        """A badge for somebody, and the token of an enrolled station."""
        token = "a station's own token"
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.do(commands.enrol_station, station="bedside-1", kind="bedside", token_hash=digest)
        return str(self.do(commands.issue_badge, person=person)["badge"]), token

    def wait(self, **step: float) -> None:
        """Let time pass, here and there."""
        self.clock.advance(timedelta(**step))


class Visitor:
    """A browser: cookies here, cookies at the directory, and the last page."""

    def __init__(self, hospital: Hospital, client: TestClient) -> None:
        self.hospital = hospital
        self.client = client
        self.there = httpx.Client(timeout=30)
        self.page: httpx.Response | None = None

    def set_out(self, **query: str) -> httpx.Response:
        """Press the button on the sign-in page: the answer sends one to the directory."""
        return self.client.get("/directory/sign-in", params=query, follow_redirects=False)

    def come_back(self, door: str, username: str, password: str = PASSWORD) -> str:
        """Sign in at the directory. Gives the address that it sends one back to."""
        answer = self.there.get(door)
        if answer.status_code == 200:
            answer = self.there.post(door, data={"username": username, "password": password, "act": "enter"})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def receive(self, address: str) -> "Visitor":
        """Open the address that the directory sent one to."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == HOUSE, address
        self.page = self.client.get(f"{parts.path}?{parts.query}", follow_redirects=False)
        return self

    def enter(self, username: str, password: str = PASSWORD, **query: str) -> "Visitor":
        """The whole way there and back."""
        return self.receive(self.come_back(self.set_out(**query).headers["location"], username, password))

    def code(self) -> str:
        """The code that somebody unknown is shown."""
        assert self.page is not None
        assert self.page.status_code == 403, self.page.text
        return self.page.text.split('arrival-code"><span class="id">')[1][:9]

    @property
    def who(self) -> str:
        """The name in the masthead of Today, or nothing where nobody is signed in."""
        page = self.client.get("/directory/pin", follow_redirects=False)
        found = re.search(r'class="whose"><strong>(?:<a[^>]*>)?([^<]*)', page.text)
        return "" if found is None or page.status_code != 200 else found[1]

    def csrf(self) -> str:
        """The token of this session's forms."""
        return self.client.get("/directory/pin").text.split('name="csrf" value="')[1].split('"')[0]

    def post(self, path: str, **given: str) -> httpx.Response:
        """Send a form of ours."""
        return self.client.post(
            path,
            data={"csrf": self.csrf(), "request_id": str(uuid.uuid4()), **given},
            headers={"sec-fetch-site": "same-origin"},
            follow_redirects=False,
        )

    def set_pins(self, signing: str = SIGNING_PIN, badge: str = BADGE_PIN) -> httpx.Response:
        """Set both PINs on the page."""
        return self.post(
            "/directory/pin",
            signing_pin=signing,
            signing_pin_again=signing,
            badge_pin=badge,
        )


@contextmanager
def hospital(folder: Path, **settings: Any) -> Iterator[Hospital]:
    """A new house and its directory. They share a simulated clock."""
    clock = SimulatedClock(START)
    with ExitStack() as stack:
        directory = stack.enter_context(oidc.running([CALLBACK], lambda: clock.now().timestamp()))
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "client-secret"
        secret.write_text(f"{oidc.CLIENT_SECRET}\n", encoding="utf-8")
        given = {
            "data_dir": folder / "data",
            "password_cost": "cheap",
            "public_url": HOUSE,
            "oidc_issuer": directory.issuer,
            "oidc_client_id": oidc.CLIENT_ID,
            "oidc_client_secret_file": secret,
            "oidc_name": "Hospital directory",
            **settings,
        }
        installation = stack.enter_context(opened(Settings(**given), clock=clock))
        foundation.found(installation.database, installation.runner, demonstration=False)
        client = stack.enter_context(TestClient(create_app(installation), HOUSE, raise_server_exceptions=False))
        made = Hospital(installation, client, directory, clock)
        yield made
        made.go_home()
