"""A trace begins at the thing itself, whatever symbol of it is given; what stands for nothing is refused."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.labels import commands as labels
from cellchain.labels.commands import Ending
from cellchain.main import create_app
from cellchain.trial import queries as trial
from tests.bedside.browser import Front
from tests.bedside.world import World, played


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The application's door."""
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("symbols") / "world")
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)
    world.close()


def graph(front: Front, who: str, code: str, direction: str = "both") -> tuple[set[str], int]:
    """The codes and the number of steps of a trace."""
    answer = front.get(who, f"/api/v1/trace/{code}?direction={direction}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return {node["code"] for node in told["nodes"]}, len(told["edges"])


def test_the_label_of_a_bag_traces_the_bag(front: Front) -> None:
    bag, symbol, _, _ = front.world.ready()
    assert symbol != bag
    assert graph(front, "qa1", symbol) == graph(front, "qa1", bag)
    assert graph(front, "qa1", symbol)[1] > 50
    assert graph(front, "nurse1", symbol, "backward") == graph(front, "nurse1", bag, "backward")


def test_wristband_and_chain_of_identity_trace_the_recipient(front: Front) -> None:
    _, _, recipient, band = front.world.ready()
    with front.world.installation.database.read() as tx:
        chain = trial.recipient_facts(tx, recipient).chain_of_identity
    assert chain is not None
    wanted = graph(front, "inspector1", recipient)
    assert wanted[1] > 50
    for code in (band, chain):
        assert graph(front, "inspector1", code) == wanted


def test_a_badge_traces_its_person(front: Front) -> None:
    person, badge = front.world.actors["technician1"].person, front.world.badge("technician1")
    assert badge != person
    assert graph(front, "qa1", badge) == graph(front, "qa1", person)
    assert graph(front, "qa1", badge)[1] > 50


def test_the_page_is_about_the_thing(front: Front) -> None:
    bag, symbol, _, _ = front.world.ready()
    page = front.page("qa1", f"/trace/{symbol}")
    assert page.status_code == 200
    assert f"/manufacturing/bags/{bag}" in page.text


@pytest.mark.parametrize("who", ["nurse1", "physician2", "technician1", "assessor1", "sponsor1", "admin1"])
def test_limits_are_those_of_the_thing(front: Front, who: str) -> None:
    """No symbol opens what the thing itself does not."""
    bag, symbol, recipient, band = front.world.ready()
    with front.world.installation.database.read() as tx:
        chain = trial.recipient_facts(tx, recipient).chain_of_identity
    person, badge = front.world.actors["technician1"].person, front.world.badge("technician1")
    for direction in ("backward", "forward", "both"):
        for thing, stands_in in ((bag, symbol), (recipient, band), (recipient, chain), (person, badge)):
            plain, other = (front.get(who, f"/api/v1/trace/{one}?direction={direction}") for one in (thing, stands_in))
            assert plain.status_code == other.status_code


def test_what_stands_for_nothing_is_refused(front: Front) -> None:
    bag = front.world.bags("unassigned")[0]
    front.world.do("technician1", labels.void_label, label=bag["label"], ending=Ending.DESTROY, reason="torn")
    void = front.get("qa1", f"/api/v1/trace/{bag['label']}")
    assert (void.status_code, void.json()["code"]) == (409, "label.void")
    preview = front.get("qa1", "/api/v1/trace/LB012600000000")
    assert preview.status_code in (404, 409)
    for unknown in ("LB012699999973", "PS012699999999", "CI0126", "XX"):
        answer = front.get("qa1", f"/api/v1/trace/{unknown}")
        assert answer.status_code == 404
        assert answer.json()["message"]
