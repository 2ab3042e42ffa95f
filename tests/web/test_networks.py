"""Out of which networks administrators work: asked as a session opens, and at each of its requests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from cellchain.main import create_app
from cellchain.platform.config import Settings
from tests.bedside.browser import Front

NEAR, FAR = ("10.20.30.7", 1), ("192.0.2.9", 1)


@pytest.fixture(scope="module")
def bounded(front: Front) -> Iterator[dict[str, Front]]:
    """One house whose administrators work from two networks, with a browser inside and one outside."""
    there = front.world.installation
    settings = there.settings.model_copy(update={"administration_networks": "10.20.30.0/24,2001:db8::/32"})
    app = create_app(replace(there, settings=settings))
    with (
        TestClient(app, base_url="https://testserver", client=NEAR, raise_server_exceptions=False) as near,
        TestClient(app, base_url="https://testserver", client=FAR, raise_server_exceptions=False) as far,
    ):
        yield {"near": Front(near, front.world), "far": Front(far, front.world)}


def test_an_administrator_works_from_there_alone(bounded: dict[str, Front]) -> None:
    near, far = bounded["near"], bounded["far"]
    assert near.page("admin1", "/people").status_code == 200
    stolen = near.cookie("admin1")
    page = far.client.get("/people", headers=stolen, follow_redirects=False)
    assert (page.status_code, "10.20.30.0/24, 2001:db8::/32" in page.text) == (403, True)
    order = far.client.post("/api/v1/accounts/lock", json={}, headers=near.bearer("admin1"))
    assert (order.status_code, order.json()["code"]) == (403, "session.elsewhere")
    assert far.get("admin1", "/api/v1/ledger/entries").status_code == 403, (
        "a session that is opened there opens nothing"
    )
    assert near.client.get("/people", headers=stolen).status_code == 200, "and the one inside goes on"


def test_everybody_else_works_from_everywhere(bounded: dict[str, Front]) -> None:
    for who in ("nurse1", "qa1", "inspector1"):
        assert bounded["far"].page(who, "/account").status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [("2001:db8:7::1", 200), ("::ffff:10.20.30.9", 200), ("2001:db9::1", 403), ("10.20.31.1", 403), ("nowhere", 403)],
)
def test_which_addresses_lie_within(bounded: dict[str, Front], address: str, status: int) -> None:
    near = bounded["near"]
    client = TestClient(near.client.app, base_url="https://testserver", client=(address, 1))
    assert client.get("/account", headers=near.cookie("admin1"), follow_redirects=False).status_code == status


def test_what_is_no_network_ends_the_start() -> None:
    assert Settings(administration_networks="10.0.0.0/8,::1/128").administration_networks
    for wrong in ("10.0.0.0/33", "10.0.0.7/8", "here", "10.0.0.0/8 192.0.2.0/24"):
        with pytest.raises(ValidationError):
            Settings(administration_networks=wrong)
