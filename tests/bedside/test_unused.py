"""An unused bag goes back from the ward: never given to anybody after that, and its infusion is due again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.bedside import given
from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.infusions.models import Infusion
from cellchain.composition import INVARIANTS
from cellchain.custody import commands as custody
from cellchain.ledger.audit import run_verify
from cellchain.main import create_app
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import DeviationKind
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from tests.bedside.browser import Front
from tests.bedside.test_capture import post
from tests.bedside.test_flow import page_of
from tests.bedside.world import World, codes
from tests.races.things import place
from tests.trial.story import forbids, refuses


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def back(world: World, **fields: Any) -> dict[str, Any]:
    """How a bag came back."""
    return {
        "location": place(world, "store"),
        "temperature_mc": 6_000,
        "seal_intact": True,
        "reason": "Fever before the start.",
        **fields,
    }


def due(world: World, recipient: str) -> tuple[int, str]:
    """The infusion whose turn it is, and its phase."""
    with world.installation.database.read() as tx:
        plan = trial_queries.plan_of(tx, recipient)
    turn = next(one for one in plan if one.phase in ("ordered", "assigned"))
    return turn.id, str(turn.phase)


def tie_of(world: World, bag: str) -> str:
    with world.installation.database.read() as tx:
        tie = trial_queries.last_assignment_of(tx, bag)
    return "" if tie is None else str(tie.phase)


def test_from_the_check_by_its_link(front: Front, world: World) -> None:
    """The bag is scanned, the page leads to the form, and what is sent there makes its infusion due again."""
    bag, symbol, recipient, band = world.ready()
    turn = due(world, recipient)
    assert turn[1] == "assigned"
    page = post(front, "/bedside/scan", {"symbol": symbol, "by": world.actors["nurse1"].person})
    [link] = re.findall(r'href="(/do/custody/return_bag\?bag=[^"]+)"', page)
    form = front.page("nurse1", link.replace("&amp;", "&"))
    assert form.status_code == 200
    assert bag in form.text
    world.do("nurse1", custody.return_bag, bag=bag, **back(world))
    assert due(world, recipient) == (turn[0], "ordered")
    assert tie_of(world, bag) == "returned"
    found = codes(world.check("nurse1", band, symbol))
    assert {"check.bag_unassigned", "custody.returned"} <= set(found)
    with refuses("bag.issued_before"):
        world.do("technician1", trial.assign_bag, recipient=recipient, bag=bag)


def test_nothing_flowed_and_it_goes_back(world: World) -> None:
    """Started, and the vein was lost at once: whoever was to get it is due for it again, with another bag."""
    bag, symbol, recipient, band = world.ready()
    turn = due(world, recipient)
    infusion = world.running()
    with refuses("return.not_ended"):
        world.do("nurse1", infusions.return_unused, infusion=infusion, **back(world))
    world.do(
        "nurse1",
        infusions.stop_infusion,
        infusion=infusion,
        volume_given_ul=0,
        complete=False,
        why="No vein.",
    )
    with forbids():
        world.do("physician1", infusions.return_unused, infusion=infusion, **back(world))
    told = world.do("nurse1", infusions.return_unused, infusion=infusion, **back(world, seal_intact=False))
    assert told["bag"] == bag
    assert due(world, recipient) == (turn[0], "ordered")
    assert tie_of(world, bag) == "returned"
    with world.installation.database.read() as tx:
        [row] = [one for one in quality.deviations_on(tx, bag) if one.kind is DeviationKind.RETURNED_PRODUCT]
        assert str(row.account) == "It came back at 6 °C, its seal broken."
        assert given.given(tx, [bag]) == [], "nobody got anything of it"
    with refuses("infusion.returned"):
        world.do("nurse1", infusions.dispose_bag, infusion=infusion)
    with refuses("return.already"):
        world.do("nurse1", infusions.return_unused, infusion=infusion, **back(world))
    assert {"check.already_infused", "custody.returned"} <= set(codes(world.check("nurse1", band, symbol)))
    assert world.row(Infusion, infusion).returned_at is not None
    assert "The bag went back unused" in [str(event.text) for event in page_of(world, infusion).course]
    assert run_verify(world.installation.database, world.installation.folder, INVARIANTS).intact


def test_what_was_given_in_part_is_disposed_of(world: World) -> None:
    infusion = world.running()
    world.wait(minutes=10)
    ended = {"volume_given_ul": 10_000, "complete": False, "why": "The recipient asked."}
    world.do("nurse1", infusions.stop_infusion, infusion=infusion, **ended)
    with refuses("return.has_flowed"):
        world.do("nurse1", infusions.return_unused, infusion=infusion, **back(world))
    world.do("nurse1", infusions.dispose_bag, infusion=infusion)
    with refuses("infusion.disposed"):
        world.do("nurse1", infusions.return_unused, infusion=infusion, **back(world))


def test_the_screen_offers_it_where_nothing_flowed(front: Front, world: World) -> None:
    infusion = world.running()
    here = f"/bedside/infusions/{infusion}"
    assert "return_unused" not in front.page("nurse1", here).text
    world.do("nurse1", infusions.stop_infusion, infusion=infusion, volume_given_ul=0, complete=False, why="No vein.")
    page = front.page("nurse1", here).text
    assert f"/do/bedside/return_unused?infusion={infusion}" in page
    assert f"/do/bedside/dispose_bag?infusion={infusion}" in page
    assert front.page("nurse1", f"/do/bedside/return_unused?infusion={infusion}").status_code == 200
    world.do("nurse1", infusions.return_unused, infusion=infusion, **back(world))
    assert "return_unused" not in front.page("nurse1", here).text
