"""What a client may ask for: an address without a session, and a person in all of theirs."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from cellchain import main
from cellchain.main import create_app
from cellchain.web.limits import A_SECOND, ADDRESSES_MAX, BURST, Buckets, network_of, of_people
from tests.web.door import Door
from tests.web.test_api import is_problem


def test_a_burst_and_then_five_a_second() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    assert [buckets.wait_s("here") for _ in range(BURST)] == [0.0] * BURST
    assert buckets.wait_s("here") == 1 / A_SECOND
    assert buckets.wait_s("there") == 0
    now[0] += 1
    assert [bool(buckets.wait_s("here")) for _ in range(6)] == [False] * 5 + [True]


def test_memory_is_bounded() -> None:
    buckets = Buckets(lambda: 0.0)
    for number in range(ADDRESSES_MAX + 50):
        buckets.wait_s(str(number))
    assert len(buckets) == ADDRESSES_MAX


def test_who_is_not_signed_in_waits_and_nobody_else(door: Door) -> None:
    statuses = [door.client.get("/api/v1/ledger/entries").status_code for _ in range(BURST + 40)]
    assert set(statuses) == {401, 429}
    assert statuses.index(429) >= BURST - 5
    while (refused := door.client.get("/sign-in")).status_code == 200:
        continue
    is_problem(refused, 429, "requests.too_many")
    assert int(refused.headers["retry-after"]) >= 1
    bad = {"authorization": "Bearer none"}
    assert any(door.client.get("/ledger", headers=bad).status_code == 429 for _ in range(20))
    assert door.get("/api/v1/ledger/entries").status_code == 200
    for free in ("/healthz", "/readyz", "/static/no-such.css"):
        assert {door.client.get(free).status_code for _ in range(20)} <= {200, 404}


def test_a_person_has_a_minutes_worth_and_then_as_much_a_minute() -> None:
    now = [0.0]
    people = Buckets(lambda: now[0], burst=300, a_second=5)
    assert [people.wait_s("PS01") for _ in range(300)] == [0.0] * 300
    assert people.wait_s("PS01") == 1 / 5
    assert people.wait_s("PS02") == 0
    now[0] += 60
    assert [bool(people.wait_s("PS01")) for _ in range(301)] == [False] * 300 + [True]
    assert (of_people(300).wait_s("PS01"), of_people(300).wait_s("PS01")) == (0.0, 0.0)


def test_a_program_that_copies_everything_is_held_up_in_all_its_sessions(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens and cookies of one person count together; nobody else is held up. Time stands still meanwhile."""
    monkeypatch.setattr(
        main, "of_people", lambda a_minute: Buckets(lambda: 0.0, burst=a_minute, a_second=a_minute / 60)
    )
    settings = door.installation.settings.model_copy(update={"requests_a_minute_max": 300})
    app = create_app(replace(door.installation, settings=settings))
    with TestClient(app, raise_server_exceptions=False) as client:
        second = Door(client, door.installation)
        statuses = [one.get("/api/v1/ledger/entries").status_code for one in (second, second) for _ in range(160)]
        assert statuses[:295] == [200] * 295
        assert statuses[-1] == 429
        third = Door(client, door.installation)  # signing in is asked of the address
        is_problem(third.get("/find"), 429, "requests.too_many_yours")
        assert third.order("accounts/sign_out_everywhere", {}).status_code == 429
        assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::1"),
        ("testclient", "testclient"),
        ("not:an:address", "not:an:address"),
        ("", ""),
    ],
)
def test_whoever_has_a_network_of_addresses_has_one_bucket(address: str, counted: str) -> None:
    """A machine of IPv6 takes another address for each request, out of eighteen million million million."""
    assert network_of(address) == counted
