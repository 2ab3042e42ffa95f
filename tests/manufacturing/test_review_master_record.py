"""Reviewing a master record: signed by another than who drafted it, before it is approved."""

from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import CONTROL_RECORD, Plant, forbidden, refused


def drafted(plant: Plant) -> int:
    return int(plant.do(commands.draft_master_record, by=plant.technician, source=CONTROL_RECORD)["master_record"])


def test_it_is_signed_by_another(plant: Plant) -> None:
    number = drafted(plant)
    reviewed = plant.do(commands.review_master_record, by=plant.verifier, master_record=number)
    assert reviewed["phase"] == "reviewed"
    assert plant.events()[-1] == "manufacturing:master_record:reviewed"
    with plant.house.read() as tx:
        row = queries.master_record(tx, number)
    assert (row.reviewed_by, row.reviewed_at) == (plant.verifier.person, plant.house.clock.now())


def test_nobody_reviews_their_own_draft(plant: Plant) -> None:
    with refused("master_record.own_review"):
        plant.do(commands.review_master_record, by=plant.technician, master_record=drafted(plant))


def test_it_is_reviewed_once(plant: Plant) -> None:
    number = drafted(plant)
    plant.do(commands.review_master_record, by=plant.verifier, master_record=number)
    with refused("master_record.phase"):
        plant.do(commands.review_master_record, by=plant.qa, master_record=number)


def test_what_was_reviewed_may_still_be_given_up(plant: Plant) -> None:
    number = drafted(plant)
    plant.do(commands.review_master_record, by=plant.verifier, master_record=number)
    assert plant.do(commands.retire_master_record, by=plant.qa, master_record=number)["phase"] == "retired"


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.review_master_record, master_record=drafted(plant))
