"""A bag out of its specification: it is given to the named recipient, with its tag saying so, and to nobody else."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.kernel.errors import Refused
from cellchain.labels import commands as labels
from cellchain.labels import queries as label_queries
from cellchain.main import create_app
from cellchain.quality import commands as quality
from cellchain.quality import queries
from cellchain.quality.investigations import exceptional
from cellchain.quality.investigations import queries as reading
from tests.bedside.browser import Front
from tests.bedside.world import World, codes
from tests.races.orders_failures import lift_hold, taken_on


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    """The application's door."""
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def test_from_the_failure_to_the_bedside_and_back(front: Front, world: World) -> None:
    named, other = world.bags("ready", "saline")[:2]

    def check(bag: dict[str, str], who: str = "nurse1") -> list[str]:
        return codes(world.check(who, world.band(bag["recipient"]), bag["label"]))

    assert check(named) == []
    use = taken_on(world)
    assert check(named) == ["lot.on_hold", "lot.out_of_specification"], "the failure holds it, and one act is missing"
    world.do("qa2", exceptional.accept_exceptional_use, use=use)
    lift_hold(world)
    assert check(named) == ["bag.issue_tag_silent"]
    assert check(other) == ["bag.issue_tag_silent", "bag.accepted_for_another"]

    world.wait(minutes=1)
    with pytest.raises(Refused) as refused:
        world.do("qa2", labels.print_label, target=other["code"], design="issue_tag", language="both")
    assert refused.value.code == "issue_tag.not_named"
    with world.installation.database.read() as tx:
        worn = queries.attached_tag(tx, named["code"])
    assert worn is not None
    again = {"label": worn.label, "reason": "It does not say what failed", "witness_badge": world.badge("qa1")}
    tag = world.do("qa2", labels.reprint_label, **again)["symbol"]
    with world.installation.database.read() as tx:
        printed = label_queries.label(tx, tag)
    assert printed is not None
    assert "Стерильность" in printed.data
    world.do("qa2", quality.attach_issue_tag, tag=tag, bag=named["label"])

    assert check(named) == []
    verdict = world.check("nurse2", world.band(named["recipient"]), named["label"])
    page = re.sub(r"\s+", " ", front.get("nurse2", f"/bedside/checks/{verdict['check']}").text)
    assert "Out of specification" in page
    assert "Accepted for this recipient at the physician's request." in page
    assert "Start infusion" in page

    who = next(name for name, actor in world.actors.items() if actor.person == _physician(world, use))
    world.do(who, exceptional.withdraw_exceptional_use, use=use, reason="Another bag came in time")
    page = front.get("nurse2", f"/bedside/checks/{verdict['check']}").text
    assert "Start infusion" not in page, "the match on the screen is taken back"
    assert check(named) == ["lot.out_of_specification"]


def _physician(world: World, use: int) -> str:
    with world.installation.database.read() as tx:
        return reading.use_facts(tx, use).physician
