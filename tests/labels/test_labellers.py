"""Each thing wears the labels of its kind, and no other: no badge comes out as the label of a bag."""

from collections.abc import Iterator
from itertools import product

import pytest
from sqlmodel import col, select

from cellchain.accounts.models import Badge
from cellchain.composition import LABELLERS
from cellchain.donors.models import Donation
from cellchain.identity.codes import Kind, preview_label
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels import commands, design, layout
from cellchain.labels.cards import CARDS
from cellchain.ledger.describe import LabelData
from cellchain.manufacturing.models import Container
from cellchain.materials.models import Equipment, Location, MaterialLot
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Sample
from cellchain.trial.models import Wristband
from tests.bedside.world import World, played

WORN = {
    Kind.PERSON: {"badge"},
    Kind.DONATION: {"harvest_bag"},
    Kind.MATERIAL_LOT: {"material_lot"},
    Kind.LOCATION: {"location"},
    Kind.EQUIPMENT: {"equipment"},
    Kind.CONTAINER: {"harvest_bag", "tube", "vessel"},
    Kind.CRYOVIAL: {"cryovial"},
    Kind.BAG: {"container", "partial_bag", "infusion_bag", "issue_tag"},
    Kind.SAMPLE: {"sample"},
    Kind.WRISTBAND: {"wristband"},
    Kind.COMMAND: {"command_card"},
}
LABEL = preview_label(1, 2026)
# The last of them says that a container is no harvest bag.
NOT_ITS_OWN = {"label.wrong_design", "material.label_design", "donation.label_design", "record.not_found"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("labellers") / "world")
    yield made
    made.close()


def things(world: World) -> dict[Kind, list[str]]:
    """What the demonstration has of each kind that wears a label, the newest first."""
    columns = (
        Badge.person,
        Donation.code,
        MaterialLot.code,
        Location.code,
        Equipment.code,
        Container.code,
        Sample.code,
        Wristband.code,
    )
    found = [code for column in columns for code in world.every(select(col(column)).order_by(col(column).desc()))]
    codes = [*dict.fromkeys(found), CARDS[0].code]
    return {kind: [code for code in codes if code.startswith(kind)] for kind in WORN}


def test_every_design_is_worn_by_something() -> None:
    assert {*LABELLERS} == {str(kind) for kind in WORN}
    assert set().union(*WORN.values()) == set(design.names())


def asked(tx: ReadTx, code: str, name: str) -> LabelData | str:
    """What a labeller answers: the label's data, or the code of its refusal."""
    try:
        return LABELLERS[code[:2]].label(tx, code, name)
    except (Refused, NotFound) as refusal:
        return refusal.code


@pytest.mark.parametrize("kind", WORN)
def test_a_thing_wears_the_labels_of_its_kind_and_no_other(world: World, kind: Kind) -> None:
    """Whatever a labeller gives prints in every language; it gives nothing for the designs of other things."""
    worn = set()
    with world.installation.database.read() as tx:
        for code, name in product(things(world)[kind], design.names()):
            answer = asked(tx, code, name)
            if isinstance(answer, str):
                assert name in WORN[kind] or answer in NOT_ITS_OWN, (code, name)
                continue
            worn.add(name)
            made = design.load(name)
            for language in made.languages:
                layout.must_fit(made, {**answer.fields, "label_code": answer.symbol or LABEL}, language)
    assert worn == WORN[kind]


def test_no_badge_is_printed_as_the_label_of_a_bag(world: World) -> None:
    (person, *_) = things(world)[Kind.PERSON]
    before = world.size()
    with pytest.raises(Refused) as refusal:
        world.do("technician1", commands.print_label, target=person, design="infusion_bag")
    assert refusal.value.code == "label.wrong_design"
    assert [entry.event for entry in world.since(before)] == ["labels:label:printed:refused"]
