"""Who may open what: every page as everybody, closed unless a route says otherwise."""

import re
from collections.abc import Iterator

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient

from cellchain import composition
from cellchain.ledger.registry import REGISTRY
from cellchain.web import errors, house
from cellchain.web.access import ACCESS, PUBLIC, access, guard
from cellchain.web.session import SessionMiddleware
from tests.bedside.browser import Front

FINE = {200, 204, 303, 403, 404, 409, 422}
# Whoever asks for JSON is refused in it; a page that opens is the same page.
UNDRAWN = {"accept": "application/json"}
# Public routes that look further themselves: no directory is set up here, and figures are for this machine.
OF_ITS_OWN = {"/metrics": 403, **{f"/directory/{step}": 404 for step in ("sign-in", "callback", "sign-out")}}


def routes() -> Iterator[APIRoute]:
    """Every route of the house."""
    for router in composition.ROUTERS:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def asked_by(route: APIRoute) -> tuple[str, ...]:
    """The permissions that a route declares."""
    declared: tuple[str, ...] = getattr(route.endpoint, ACCESS, ())
    return declared


PAGES = sorted({route.path for route in routes() if "GET" in (route.methods or ())})


def codes_of(front: Front) -> dict[str, list[str]]:
    """What stands in a path's place, by the place's name."""
    told = front.world.manifest
    bag, symbol, recipient, band = front.world.ready()
    code = [bag, symbol, recipient, band, told["lots"][0]["code"], told["donors"][0]["code"]]
    code += [told["donations"][0]["code"], told["materials"][0]["lot"], front.world.actors["nurse1"].person]
    return {
        "code": [*code, "XX", "no such code", "BG010000000000"],
        "recipient": [recipient, "RC010000000000"],
        "study": [told["study"]["code"], "NO-SUCH"],
        "number": ["1", "9999", "0", "-1", "x", str(2**63)],
        "seq": ["1", "99999999", "x", str(2**63)],
    }


def addresses(front: Front, path: str) -> list[str]:
    """A path with its places filled in, each possible thing once."""
    names = re.findall(r"{(\w+)}", path)
    if not names:
        return [path]
    if path == "/do/{capability}/{verb}":
        return [f"/do/{one}" for one in ("bedside/check", "quality/release", "no/verb", "accounts/open_session")]
    known = codes_of(front)
    found = [path.replace("{" + names[0] + "}", value) for value in known.get(names[0], ["1", "x"])]
    return [one if len(names) == 1 else re.sub(r"{\w+}", "1", one) for one in found]


def test_every_route_says_who_may_call_it() -> None:
    assert [route.path for route in routes() if not getattr(route.endpoint, "access", None)] == []


def test_every_permission_of_a_route_is_held_by_some_role() -> None:
    from cellchain.accounts.permissions import ROLE_PERMISSIONS

    held = frozenset().union(*ROLE_PERMISSIONS.values()) | {PUBLIC}
    asked = {permission for route in routes() for permission in asked_by(route)}
    assert asked - held == set()
    assert {command.permission for command in REGISTRY.values() if not command.internal} - held == set()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_as_everybody(front: Front, path: str) -> None:
    """200, 303, 403 or 404, never a fault; and 403 exactly for who holds none of its permissions."""
    permissions = next(asked_by(route) for route in routes() if route.path == path and "GET" in (route.methods or ()))
    cast = {one["roles"][0]: one["username"] for one in front.world.manifest["people"]}
    for address in addresses(front, path):
        # The first refusal at an address is drawn as a page; of the others the status is asked, which draws nothing.
        asked = dict[str, str]()
        for who in cast.values():
            answer = front.page(who, address, **asked)
            if answer.status_code >= 400:
                asked = UNDRAWN
            assert answer.status_code in FINE, (who, address, answer.status_code, answer.text[:400])
            may = PUBLIC in permissions or any(front.world.actors[who].may(one) for one in permissions)
            if not may:
                assert answer.status_code in {403, 404}, (who, address)
            assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_nothing_but_the_public_without_a_session(front: Front, path: str) -> None:
    permissions = next(asked_by(route) for route in routes() if route.path == path and "GET" in (route.methods or ()))
    for address in addresses(front, path)[:1]:
        answer = front.client.get(address, follow_redirects=False)
        if PUBLIC in permissions:
            assert answer.status_code == OF_ITS_OWN.get(path, 200)
        elif address.startswith("/api/") or address == "/openapi.json":
            assert answer.status_code == 401
        else:
            assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("path", sorted(path for path, command in REGISTRY.items() if not command.internal))
def test_every_form_opens_for_who_may_and_for_nobody_else(
    front: Front, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn for the first who may and the first who may not; whether it opens is asked of everybody. As everybody sees
    it, tests/web/test_links.py draws what pages lead to."""
    command = REGISTRY[path]
    cast = {one["roles"][0]: one["username"] for one in front.world.manifest["people"]}
    asked = dict[str, str]()
    for who in cast.values():
        answer = front.page(who, f"/do/{path}", **asked)
        expected = 200 if front.world.actors[who].may(command.permission) else 403
        assert answer.status_code == expected, (who, answer.status_code, answer.text[:300])
        if expected == 200:
            monkeypatch.setattr(house, "render", undrawn)
        else:
            asked = UNDRAWN


def undrawn(_request: Request, _name: str, status_code: int = 200, **_context: object) -> HTMLResponse:
    """In place of a page that is put together already."""
    return HTMLResponse("", status_code)


def test_closed_unless_declared(front: Front) -> None:
    """A route that forgot to say who may call it is a fault, for everybody."""
    app = FastAPI(dependencies=[Depends(guard)])
    app.state.demonstration = True
    errors.install(app)

    @app.get("/api/forgotten")
    def forgotten() -> str:
        return "open"

    @app.get("/api/declared")
    @access(PUBLIC)
    def declared() -> str:
        return "open"

    app.add_middleware(SessionMiddleware, gate=front.world.installation.gate)
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        assert client.get("/api/declared").status_code == 200
        for headers in ({}, front.bearer("admin1")):
            answer = client.get("/api/forgotten", headers=headers)
            assert answer.status_code == 500
            assert "open" not in answer.text


def test_a_page_that_is_not_there(front: Front) -> None:
    assert front.page("nurse1", "/no/such/page").status_code == 404
    assert front.client.get("/api/v1/no-such", headers=front.bearer("nurse1")).status_code == 404
