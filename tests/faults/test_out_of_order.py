"""Requests that come twice, late, or before those that they follow: one effect each, or a refusal with a code."""

import random
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.main import create_app
from tests.bedside.world import INSPECTION, World, played
from tests.faults.clients import verified
from tests.faults.test_disk import credentials
from tests.support.campaign import times

ROUNDS = times(5) if times(1) > 1 else 4
AT_ONCE = 8


class Ward:
    """A ward that sends over HTTP."""

    def __init__(self, world: World, client: TestClient) -> None:
        self.world, self.client = world, client
        self.tokens = {
            who: client.post("/api/v1/sign-in", json=credentials(world, who)).json()["token"]
            for who in ("nurse1", "nurse2", "qa1")
        }

    def send(self, who: str, path: str, order: dict[str, Any], number: str | None = None) -> Any:
        """One request."""
        body = {"request_id": number or str(uuid.uuid4()), "order": order}
        return self.client.post(f"/api/v1/{path}", json=body, headers={"authorization": f"Bearer {self.tokens[who]}"})

    def steps(self, place: int) -> list[tuple[str, str, dict[str, Any], str]]:
        """What two nurses send for one bag, in its order, under ids of its own."""
        _, symbol, _, band = self.world.ready(place)
        scans = {"wristband": band, "bag": symbol}
        check = {**scans, "inspection": dict(INSPECTION)}
        start = {**scans, "planned_minutes": 120}
        parts: list[tuple[str, str, dict[str, Any]]]
        parts = [("nurse1", "check", check), ("nurse2", "check", check), ("nurse1", "start_infusion", start)]
        return [(who, f"bedside/{verb}", order, str(uuid.uuid4())) for who, verb, order in parts]


@pytest.fixture
def ward(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Ward(world, client)
    world.close()
    report = verified(world.folder)
    assert report.intact, report.text()
    shutil.rmtree(world.folder)


def coded(answer: Any) -> bool:
    """Done, or refused with a code and a sentence."""
    if answer.status_code == 200:
        return True
    told = answer.json()
    return answer.status_code == 409 and bool(told["code"]) and told["message"].endswith(".")


def test_in_any_order_it_starts_once_or_not_at_all(ward: Ward) -> None:
    """Two checks and a start arrive in an order by chance, each of them once or twice; then in the right order."""
    chance = random.Random(ROUNDS)
    for place in range(min(ROUNDS, len(ward.world.bags("ready")))):
        steps = ward.steps(place)
        sent = [one for one in steps for _ in range(chance.choice([1, 2]))]
        chance.shuffle(sent)
        answers: dict[str, set[tuple[int, str]]] = {}
        for step in sent:
            answer = ward.send(*step)
            assert coded(answer), answer.text
            answers.setdefault(step[3], set()).add((answer.status_code, answer.text))
        assert all(len(one) == 1 for one in answers.values()), "one request has one answer, whenever it comes again"
        started = any(status == 200 for status, _ in answers[steps[2][3]])
        first = min(number for number, step in enumerate(sent) if step[3] == steps[2][3])
        checked = {step[3] for step in sent[:first]}
        assert started == (checked == {steps[0][3], steps[1][3]})
        if not started:
            who, path, order, _ = steps[2]
            assert ward.send(who, path, order).status_code == 200, "after both checks it starts, under an id of its own"
        assert entries(ward, "bedside:infusion:started") == place + 1


def test_one_id_at_one_moment_has_one_effect(ward: Ward) -> None:
    for place in range(ROUNDS % 4 + 1):
        for step in ward.steps(place):
            before = ward.world.size()
            with ThreadPoolExecutor(AT_ONCE) as people:
                answers = list(people.map(lambda _, one=step: ward.send(*one), range(AT_ONCE)))
            assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
            assert sum("idempotent-replay" not in one.headers for one in answers) == 1
            assert {entry.request_id for entry in ward.world.since(before)} == {step[3]}


def test_an_id_that_was_used_for_something_else_is_refused(ward: Ward) -> None:
    check, _, start = ward.steps(0)
    assert ward.send(*check).status_code == 200
    for who, path, order in (start[:3], ("nurse2", *check[1:3]), ("nurse1", check[1], ward.steps(1)[0][2])):
        refused = ward.send(who, path, order, check[3])
        assert (refused.status_code, refused.json()["code"]) == (409, "request.reused")


def test_a_tab_that_was_left_open_does_nothing_again(ward: Ward) -> None:
    """What was right when its page was made is refused by what happened since."""
    steps = ward.steps(1)
    for step in steps:
        assert ward.send(*step).status_code == 200
    stale = ward.send("nurse2", steps[2][1], steps[2][2])
    assert (stale.status_code, stale.json()["code"]) == (409, "infusion.changed_since_check")
    assert entries(ward, "bedside:infusion:started") == 1
    held = {"subject": ward.world.manifest["lots"][0]["code"], "reason": "It is looked into."}
    assert ward.send("qa1", "quality/hold", held).status_code == 200
    again = ward.send("qa1", "quality/hold", held)
    assert (again.status_code, again.json()["code"]) == (409, "hold.placed_already")


def entries(ward: Ward, event: str) -> int:
    """How many entries of this event the day brought."""
    made = ward.world.manifest["made_at"]
    return sum(entry.event == event and entry.at.isoformat() >= made[:19] for entry in ward.world.entries())
