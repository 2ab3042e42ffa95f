"""Opening a lot: from what, on which line, from which master record."""

from datetime import timedelta

from cellchain.donors import commands as donors
from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import CONTROL_RECORD, Plant, forbidden, refused


def test_it_opens_a_bank_lot_from_a_donation(plant: Plant) -> None:
    donation = plant.donation()["donation"]
    lot = plant.open("bank", donation)
    with plant.house.read() as tx:
        facts = queries.lot_facts(tx, lot)
        assert [item.code for item in queries.open_lots(tx)] == [lot]
    assert (facts.kind, facts.phase, facts.sources, facts.record_version) == ("bank", "open", (donation,), 1)
    assert facts.opened_by == plant.technician.person
    assert plant.events()[-1] == "manufacturing:lot:opened"


def test_a_clearance_is_good_for_one_lot(plant: Plant) -> None:
    place = plant.location()
    lot = plant.open("control", location=place)
    plant.do(commands.discard_batch, lot=lot, reason="Opened by mistake.")
    with refused("clearance.missing"):
        plant.do(commands.open_batch, master_record=plant.records["control"], location=place)


def test_a_clearance_is_good_for_a_day(plant: Plant) -> None:
    place = plant.location()
    plant.clear(place)
    plant.house.clock.advance(timedelta(hours=24, minutes=1))
    with refused("clearance.missing"):
        plant.do(commands.open_batch, master_record=plant.records["control"], location=place)


def test_an_unverified_clearance_does_not_count(plant: Plant) -> None:
    place = plant.location()
    plant.do(commands.clear_line, location=place)
    with refused("clearance.missing"):
        plant.do(commands.open_batch, master_record=plant.records["control"], location=place)


def test_one_place_holds_one_open_lot(plant: Plant) -> None:
    place = plant.location()
    plant.clear(place)
    plant.clear(place)
    plant.do(commands.open_batch, master_record=plant.records["control"], location=place)
    with refused("location.occupied"):
        plant.do(commands.open_batch, master_record=plant.records["control"], location=place)


def test_the_master_record_is_effective(plant: Plant) -> None:
    place = plant.location()
    plant.clear(place)
    draft = plant.do(commands.draft_master_record, by=plant.qa, source=CONTROL_RECORD)["master_record"]
    with refused("master_record.not_effective"):
        plant.do(commands.open_batch, master_record=draft, location=place)


def test_the_sources_fit_the_kind(plant: Plant) -> None:
    donation = plant.donation()["donation"]
    product = plant.open("product", donation)
    with refused("lot.sources_missing"):
        plant.open("bank")
    with refused("lot.sources_unwanted"):
        plant.open("control", donation)
    with refused("lot.sources_mixed"):
        plant.open("product", donation, product)
    with refused("lot.not_a_bank"):
        plant.open("product", product)


def test_a_bank_lot_is_completed_before_it_is_a_source(plant: Plant) -> None:
    lot, _ = plant.separated()
    with refused("lot.not_a_bank"):
        plant.open("product", lot)


def test_the_donation_was_received(plant: Plant) -> None:
    with refused("donation.not_received"):
        plant.open("bank", plant.harvested()["donation"])


def test_the_donor_is_eligible(plant: Plant) -> None:
    found = plant.donation()
    ineligible = {"outcome": "ineligible", "note": "History of illness."}
    plant.do(donors.determine_eligibility, by=plant.physician, donor=found["donor"], **ineligible)
    with refused("donor.not_eligible"):
        plant.open("bank", found["donation"])


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.open_batch, master_record=plant.records["control"], location=plant.location())
