"""The reaction to a harvest: the anticoagulant is booked, or the harvest is not recorded."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from cellchain.donors import queries as donors
from cellchain.kernel.errors import Refused
from cellchain.ledger.registry import Reaction
from cellchain.materials import commands, queries
from cellchain.materials.commands import book_harvest_use
from cellchain.materials.commands.lots import BookHarvestUse
from tests.donors.story import DonorStory
from tests.factories import House
from tests.materials.story import MaterialStory

BOOKING = Reaction(
    "donors:donation:harvested",
    book_harvest_use,
    lambda facts: BookHarvestUse(
        donation=facts["donation"], lot=facts["anticoagulant_lot"], units=facts["anticoagulant_units"]
    ),
)


@pytest.fixture
def house(tables_file: Path, tmp_path: Path) -> Iterator[House]:
    copyfile(tables_file, tmp_path / "cellchain.db")
    made = House(f"sqlite:///{tmp_path / 'cellchain.db'}", reactions=[BOOKING])
    yield made
    made.close()


@pytest.fixture
def donor(house: House) -> DonorStory:
    return DonorStory(house)


def test_the_lot_is_traced_to_the_donation(story: MaterialStory, donor: DonorStory) -> None:
    lot = story.accepted()
    donation = donor.harvest(donor.eligible(), anticoagulant_lot=lot)["donation"]
    with story.house.read() as tx:
        (use,) = queries.uses_of(tx, lot)
        (edge,) = queries.edges_from(tx, [lot])
        assert queries.edges_to(tx, [donation]) == [edge]
        assert queries.uses_for(tx, donation) == [use]
    assert (use.step, use.amount_milli, use.unit) == ("Harvest", 1_500_000, "IU")
    assert use.used_by == donor.coordinator.person
    assert (edge.source, edge.target, edge.kind) == (lot, donation, "used")
    entry = story.house.entries()[-1]
    assert (entry.event, entry.subject) == ("materials:lot:used", lot)
    assert json.loads(entry.body)["on_behalf"] == "donors:donation:harvested -> materials/book_harvest_use"


def test_its_quarantine_names_the_donation(story: MaterialStory, donor: DonorStory) -> None:
    lot = story.accepted()
    donation = donor.harvest(donor.eligible(), anticoagulant_lot=lot)["donation"]
    story.do(commands.quarantine_lot, by=story.qa, lot=lot, reason="doubt")
    assert json.loads(story.house.entries()[-1].body)["facts"]["used_for"] == [donation]


def test_a_lot_that_may_not_be_used_refuses_the_harvest(story: MaterialStory, donor: DonorStory) -> None:
    heparin = story.material()
    soon = story.accepted(heparin, days=1)
    medium = story.accepted(story.material("Medium", "medium"))
    rejected = story.lot(heparin)
    story.do(commands.reject_lot, lot=rejected, reason="doubt")
    who = donor.eligible()
    story.house.clock.advance(timedelta(days=2))
    for lot, code in (
        (soon, "material.expired"),
        (medium, "material.wrong_kind"),
        (story.lot(heparin), "material.quarantined"),
        (rejected, "material.rejected"),
    ):
        with pytest.raises(Refused) as refusal:
            donor.harvest(who, anticoagulant_lot=lot)
        assert refusal.value.code == code
    with story.house.read() as tx:
        assert donors.donations_of(tx, who) == []
        assert queries.uses_of(tx, soon) == []
