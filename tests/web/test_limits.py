"""What a client without a session may ask for."""

from cellchain.web.limits import A_SECOND, ADDRESSES_MAX, BURST, Buckets
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
