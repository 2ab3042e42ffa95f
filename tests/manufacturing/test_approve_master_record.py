"""Approving a master record: two signatures, neither the drafter's."""

import pytest

from cellchain.accounts import commands as accounts
from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import RECORDS, Plant, forbidden, refused

CONTROL = (RECORDS / "control.toml").read_text()


def reviewed(plant: Plant) -> int:
    number = int(plant.do(commands.draft_master_record, by=plant.qa, source=CONTROL)["master_record"])
    plant.do(commands.review_master_record, by=plant.verifier, master_record=number)
    return number


def phases(plant: Plant) -> dict[int, str]:
    with plant.house.read() as tx:
        return {row.version: row.phase for row in queries.master_records(tx) if row.kind == "control"}


def test_it_takes_effect_with_the_second_signature_and_retires_the_one_before(plant: Plant) -> None:
    number = reviewed(plant)
    approved = plant.do(commands.approve_master_record, by=plant.second_qa, master_record=number)
    assert approved["phase"] == "approved"
    assert phases(plant) == {2: "approved", 1: "effective"}
    plant.do(accounts.countersign, by=plant.third_qa, decision=plant.decision())
    assert phases(plant) == {2: "effective", 1: "retired"}
    assert plant.events()[-2:] == ["accounts:decision:countersigned", "manufacturing:master_record:made_effective"]


def test_nobody_approves_their_own_draft(plant: Plant) -> None:
    number = reviewed(plant)
    with refused("master_record.own_draft"):
        plant.do(commands.approve_master_record, by=plant.qa, master_record=number)


def test_the_drafter_does_not_countersign(plant: Plant) -> None:
    number = reviewed(plant)
    plant.do(commands.approve_master_record, by=plant.second_qa, master_record=number)
    with refused("master_record.own_draft"):
        plant.do(accounts.countersign, by=plant.qa, decision=plant.decision())
    assert phases(plant) == {2: "approved", 1: "effective"}


def test_a_draft_is_reviewed_first(plant: Plant) -> None:
    number = int(plant.do(commands.draft_master_record, by=plant.qa, source=CONTROL)["master_record"])
    with refused("master_record.phase"):
        plant.do(commands.approve_master_record, by=plant.second_qa, master_record=number)


def test_a_running_batch_keeps_its_version(plant: Plant) -> None:
    lot = plant.open("control")
    changed = CONTROL.replace("shelf_life_minutes = 360", "shelf_life_minutes = 120")
    number = int(plant.do(commands.draft_master_record, by=plant.qa, source=changed)["master_record"])
    plant.approve(number)
    with plant.house.read() as tx:
        assert queries.lot_facts(tx, lot).record_version == 1
        assert queries.definition_of(tx, lot).shelf_life_minutes == 360
    plant.start(lot, "preparation")
    bag = plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])["bag"]
    made = plant.container(bag)
    assert (made.expires_at - made.made_at).total_seconds() == 360 * 60


def test_it_is_approved_once(plant: Plant) -> None:
    with refused("master_record.phase"):
        plant.do(commands.approve_master_record, by=plant.second_qa, master_record=plant.records["control"])


def test_nobody_makes_it_effective_from_outside(plant: Plant) -> None:
    with pytest.raises(Forbidden):
        plant.do(commands.make_master_record_effective, by=plant.third_qa, master_record=reviewed(plant))


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.approve_master_record, master_record=reviewed(plant))
