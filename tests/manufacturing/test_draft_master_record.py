"""Drafting a master record from a TOML text."""

import pytest

from cellchain.kernel.errors import Invalid
from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import RECORDS, Plant, forbidden

CONTROL = (RECORDS / "control.toml").read_text()


def test_it_drafts_the_next_version(plant: Plant) -> None:
    drafted = plant.do(commands.draft_master_record, by=plant.qa, source=CONTROL)
    assert (drafted["name"], drafted["version"], drafted["phase"]) == ("Saline control, 400 mL", 2, "draft")
    assert plant.events()[-1] == "manufacturing:master_record:drafted"
    with plant.house.read() as tx:
        row = queries.master_record(tx, drafted["master_record"])
    assert row.steps["steps"][0]["parameters"][0]["action"] == {"low": "390", "high": "410"}


# The control's own sampling point once more.
SAMPLE = CONTROL[CONTROL.index("[[steps.samples]]") :]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name = 'x' and so on, no TOML", "no TOML"),
        (CONTROL.replace('kind = "control"', 'kind = "banana"'), "kind"),
        (CONTROL.replace('act = "prepare_control"', 'act = "freeze"').replace('"container"', '"cryovial"'), "freeze"),
        (CONTROL.replace('labels = ["container"]', 'labels = ["container", "vessel"]'), "vessel"),
        (CONTROL + SAMPLE, "each sampling point"),
        (CONTROL.replace("low = 390", "low = 420"), "steps.0.parameters.0.action"),
        (CONTROL.replace("shelf_life_minutes = 360", ""), "shelf life"),
        (CONTROL + "surprise = 1", "surprise"),
    ],
)
def test_it_names_the_place_of_a_fault(plant: Plant, text: str, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        plant.do(commands.draft_master_record, by=plant.qa, source=text)
    assert place in str(caught.value.fields["source"])


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.draft_master_record, source=CONTROL)
