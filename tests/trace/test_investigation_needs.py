"""After a failed test, Today tells each one the act that is theirs, and nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cellchain.quality.investigations import commands as investigations
from cellchain.quality.investigations import exceptional
from cellchain.trace.needs import gathered
from tests.bedside.world import World, played
from tests.races.orders_failures import ALL_RIGHT, CONFIRMED, FULLY, asking, grown, told


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[World]:
    """A copy of the demonstration for this test alone."""
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


def hrefs(world: World, who: str) -> set[str]:
    """Where Today sends somebody, as far as it is about a failure."""
    with world.installation.database.read() as tx:
        _, needs = gathered(tx, world.actors[who])
    return {need.href for need in needs if need.href.startswith(("/quality/investigations/", "/quality/exceptional/"))}


def test_the_phases_of_an_investigation(world: World) -> None:
    number = grown(world)
    page = f"/quality/investigations/{number}"
    assert page in hrefs(world, "analyst2")
    assert page not in hrefs(world, "analyst1"), "it was their test"
    world.do("analyst2", investigations.investigate_laboratory, investigation=number, **ALL_RIGHT)
    assert page not in hrefs(world, "analyst2")
    assert page in hrefs(world, "qa1") & hrefs(world, "qa2")
    world.do("qa1", investigations.investigate_fully, investigation=number, **FULLY)
    assert page in hrefs(world, "qa2")
    assert page not in hrefs(world, "qa1"), "they investigated it"
    world.do("qa2", investigations.conclude_investigation, investigation=number, **CONFIRMED)
    assert page not in hrefs(world, "qa2")


def test_the_acts_of_an_exceptional_use(world: World) -> None:
    who, order = asking(world)
    assert f"/quality/investigations/{order['investigation']}" in hrefs(world, who), "a bag of theirs failed"
    use = world.do(who, exceptional.request_exceptional_use, **order)["use"]
    page = f"/quality/exceptional/{use}"
    assert page in hrefs(world, "qa1") & hrefs(world, "coordinator1") & hrefs(world, "sponsor1")
    assert page not in hrefs(world, who)
    world.do("qa1", exceptional.evaluate_exceptional_use, use=use, evaluation="Small, and told so")
    assert page in hrefs(world, who)
    other = next(name for name in ("physician1", "physician2") if name != who)
    assert page not in hrefs(world, other)
    world.do(who, exceptional.take_on_exceptional_use, use=use)
    assert page not in hrefs(world, "qa2"), "the sponsor was not told yet"
    world.do("coordinator1", exceptional.record_sponsor_told, **told(world, use))
    assert page in hrefs(world, "qa2")
    assert page not in hrefs(world, "qa1"), "they evaluated the risk"
    world.do("qa2", exceptional.accept_exceptional_use, use=use)
    assert page not in hrefs(world, "qa2")
