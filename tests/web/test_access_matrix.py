"""Every route and command × every role, and × sessions that are no longer or not yet whole.

Beside tests/web/test_access.py, which opens pages: here nothing depends on whether a page exists, so that whoever may
not is turned away at the door, whatever stands in the address or in the order.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from cellchain import composition
from cellchain.accounts import passwords
from cellchain.accounts.gate import AccountsGate
from cellchain.accounts.permissions import ENROLLING
from cellchain.accounts.rules import Role
from cellchain.ledger.registry import REGISTRY
from cellchain.main import create_app
from cellchain.web.access import ACCESS, PUBLIC
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World, played

AWAY = {401, 403}
ROUTES = sorted(
    {
        (method, route.path, tuple(getattr(route.endpoint, ACCESS)))
        for router in composition.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
)
COMMANDS = sorted(path for path, command in REGISTRY.items() if not command.internal)


def address(path: str) -> str:
    """A route's address with something in each place: it need not exist."""
    numbers = ("number", "version", "infusion", "other", "seq", "export", "visit")
    return re.sub(r"{(\w+)(?::\w+)?}", lambda part: "1" if part[1] in numbers else "x", path)


def asked(front: Front, method: str, path: str, headers: dict[str, str]) -> int:
    """The status of one call with nothing in it."""
    return front.client.request(method, address(path), headers=headers, follow_redirects=False).status_code


def cast(front: Front) -> dict[Role, str]:
    """Somebody of each role who holds no other."""
    people = front.world.manifest["people"]
    return {role: next(one["username"] for one in people if one["roles"] == [role]) for role in Role}


def test_every_role_has_somebody(front: Front) -> None:
    assert set(cast(front)) == set(Role)
    assert len(ROUTES) > 200
    assert len(COMMANDS) > 250


@pytest.mark.parametrize("role", Role)
def test_whoever_may_not_is_turned_away_from_every_route(front: Front, role: Role) -> None:
    who = cast(front)[role]
    browser = {**front.cookie(who), **OURS}
    closed = 0
    for method, path, permissions in ROUTES:
        if PUBLIC in permissions or any(front.world.actors[who].may(one) for one in permissions):
            continue
        closed += 1
        assert asked(front, method, path, browser) == 403, (who, method, path)
        assert asked(front, method, path, front.bearer(who)) == 403, (who, method, path)
    assert closed > 0


@pytest.mark.parametrize("role", Role)
def test_whoever_may_not_is_refused_every_command(front: Front, role: Role) -> None:
    """By the API and by its form, before the order or the signature is looked at by anything that could tell more."""
    who, statuses = cast(front)[role], dict[str, tuple[int, int]]()
    browser = {**front.cookie(who), **OURS}
    form = {"csrf": front.csrf(who)}
    for path in COMMANDS:
        if not front.world.actors[who].may(REGISTRY[path].permission):
            sent = front.order(who, path, {}).status_code
            posted = front.client.post(f"/do/{path}", data=form, headers=browser, follow_redirects=False).status_code
            statuses[path] = (sent, posted)
    # An order that is no order is 422 for everybody: what it should hold is no secret (/openapi.json).
    assert {sent for sent, _ in statuses.values()} <= {401, 403, 422}
    assert {posted for _, posted in statuses.values()} == {403}
    assert len(statuses) > 20


def outsiders(front: Front) -> Iterator[dict[str, str]]:
    """Whoever had a session: signed out, idle for too long, and one that never was."""
    for who in ("qa2", "admin2"):
        token, cookie = front.bearer(who), front.cookie(who)
        front.client.post("/api/v1/sign-out", headers=token)
        form = {"csrf": front.csrf(who)}
        front.client.post("/sign-out", data=form, headers={**cookie, **OURS}, follow_redirects=False)
        front.client.cookies.clear()
        yield token
        yield {**cookie, **OURS}
    yield {"authorization": "Bearer " + "A" * 43}
    yield {"authorization": "Basic cWExOnFhMQ=="}


def test_a_session_that_has_ended_opens_nothing(front: Front) -> None:
    for number, headers in enumerate(list(outsiders(front))):
        for place, (method, path, permissions) in enumerate(ROUTES):
            # Strangers are bounded by their address, which is no answer to the question that is asked here.
            client = TestClient(front.client.app, base_url="https://testserver", client=(f"10.{number}.0.{place}", 1))
            if PUBLIC not in permissions:
                status = client.request(method, address(path), headers=headers, follow_redirects=False).status_code
                assert status == (401 if method != "GET" or path.startswith(("/api/", "/openapi")) else 303), (
                    method,
                    path,
                )


def test_a_session_that_is_over_by_its_age_opens_nothing(front: Front) -> None:
    """The clock of the house goes on; a token of yesterday is none."""
    token, gate = front.token("inspector1"), front.world.installation.gate
    later = AccountsGate(
        front.world.installation.database,
        front.world.installation.runner,
        passwords.configure("cheap"),
        idle=timedelta(seconds=-1),
        longest=timedelta(hours=12),
    )
    assert gate.find(token, by_cookie=False).name
    app = create_app(replace(front.world.installation, gate=later))
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        headers = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/ledger/entries", headers=headers).status_code in {401, 429}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A house in which every role has to have a second factor, and nobody has one yet."""
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("guarded") / "world")
    there = world.installation
    gate = AccountsGate(
        there.database,
        there.runner,
        passwords.configure("cheap"),
        idle=timedelta(minutes=30),
        longest=timedelta(hours=12),
        guarded=frozenset(Role),
    )
    app = create_app(replace(there, gate=gate))
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        front = Front(client, world)
        yield front
    world.close()


@pytest.mark.parametrize("role", Role)
def test_a_session_without_its_second_factor_enrols_and_does_nothing_else(guarded: Front, role: Role) -> None:
    who = cast(guarded)[role]
    headers = guarded.bearer(who)
    for method, path, permissions in ROUTES:
        if PUBLIC not in permissions and not set(permissions) & ENROLLING:
            assert asked(guarded, method, path, headers) == 403, (who, method, path)
    for path in COMMANDS:
        if REGISTRY[path].permission not in ENROLLING:
            assert guarded.order(who, path, {}).status_code in AWAY | {422}, path
    page = guarded.page(who, "/account/phone")
    assert page.status_code == 200
