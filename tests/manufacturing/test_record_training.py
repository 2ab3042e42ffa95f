"""Training in a version of a master record: recorded by QA, asked for at each step, shown before."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import commands, training
from cellchain.manufacturing.rules.training import Trained, TrainingStanding, standing
from cellchain.trace import needs
from tests.manufacturing.conftest import CONTROL_RECORD, Plant, forbidden, refused
from tests.manufacturing.pages import client, words

DAY = date(2026, 3, 2)


def lesson(plant: Plant, **changes: Any) -> dict[str, Any]:
    today = plant.house.clock.now().date()
    fields = {
        "person": plant.house.actor("technician", number=3).person,
        "master_record": plant.records["control"],
        "trainer": plant.technician.person,
        "trained_on": today,
        "valid_until": today + timedelta(days=100),
        "evidence": "T-7, observed",
    }
    return {**fields, **changes}


def newcomer(plant: Plant) -> Actor:
    return plant.house.actor("technician", number=3)


# ---- the rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trainings", "expected"),
    [
        ([], TrainingStanding.MISSING),
        ([(1, 100)], TrainingStanding.MISSING),
        ([(0, 0)], TrainingStanding.EXPIRING),
        ([(-9, -1)], TrainingStanding.EXPIRED),
        ([(-9, 30)], TrainingStanding.EXPIRING),
        ([(-9, 31)], TrainingStanding.CURRENT),
        ([(-99, -9), (-9, 100)], TrainingStanding.CURRENT),
        ([(-99, 100), (-9, -1)], TrainingStanding.CURRENT),
    ],
)
def test_how_somebody_stands(trainings: list[tuple[int, int]], expected: TrainingStanding) -> None:
    given_days = [Trained(DAY + timedelta(days=a), DAY + timedelta(days=b)) for a, b in trainings]
    assert standing(given_days, DAY).standing == expected


@given(st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 500)), max_size=6))
def test_the_gate_is_open_where_a_training_counts_and_only_there(days: list[tuple[int, int]]) -> None:
    trainings = [Trained(DAY + timedelta(days=a), DAY + timedelta(days=a + length)) for a, length in days]
    assert standing(trainings, DAY).may_work == any(one.counts_on(DAY) for one in trainings)


# ---- the verb --------------------------------------------------------------------------------------------------------


def test_it_is_recorded_with_trainer_and_evidence(plant: Plant) -> None:
    made = plant.do(commands.record_training, by=plant.qa, **lesson(plant))
    assert (made["person"], made["version"]) == (newcomer(plant).person, 1)
    assert plant.events()[-1] == "manufacturing:training:recorded"
    with plant.house.read() as tx:
        [row] = [one for one in training.of_record(tx, plant.records["control"]) if one.person == made["person"]]
    assert (row.trainer, row.evidence, row.recorded_by) == (plant.technician.person, "T-7, observed", plant.qa.person)


def test_nobody_trains_themselves_or_records_their_own(plant: Plant) -> None:
    with refused("training.own"):
        plant.do(commands.record_training, by=plant.qa, **lesson(plant, trainer=newcomer(plant).person))
    with refused("training.own"):
        plant.do(commands.record_training, by=plant.qa, **lesson(plant, person=plant.qa.person))


def test_its_days_are_in_order_and_not_ahead(plant: Plant) -> None:
    today = plant.house.clock.now().date()
    with refused("training.in_future"):
        plant.do(commands.record_training, by=plant.qa, **lesson(plant, trained_on=today + timedelta(days=1)))
    with refused("training.period"):
        plant.do(commands.record_training, by=plant.qa, **lesson(plant, valid_until=today - timedelta(days=1)))


def test_a_draft_is_not_taught(plant: Plant) -> None:
    number = plant.do(commands.draft_master_record, by=plant.qa, source=CONTROL_RECORD)["master_record"]
    with refused("training.draft"):
        plant.do(commands.record_training, by=plant.qa, **lesson(plant, master_record=number))
    plant.do(commands.review_master_record, by=plant.second_qa, master_record=number)
    plant.do(commands.record_training, by=plant.qa, **lesson(plant, master_record=number))


@pytest.mark.parametrize("field", ["person", "trainer"])
def test_the_people_are_known(plant: Plant, field: str) -> None:
    with pytest.raises(NotFound):
        plant.do(commands.record_training, by=plant.qa, **lesson(plant, **{field: issue(Kind.PERSON, 1, 2026, 777)}))


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.record_training, **lesson(plant))


# ---- the gate --------------------------------------------------------------------------------------------------------


def test_nobody_starts_a_step_untrained(plant: Plant) -> None:
    lot = plant.open("control")
    with refused("training.missing"):
        plant.do(commands.start_step, by=newcomer(plant), lot=lot, step="preparation")
    plant.do(commands.record_training, by=plant.qa, **lesson(plant))
    plant.do(commands.start_step, by=newcomer(plant), lot=lot, step="preparation")


def test_nobody_works_on_in_the_step_of_another_untrained(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    for verb, fields in (
        (commands.record_value, {"parameter": "clear", "value": 1}),
        (commands.use_equipment, {"equipment": plant.equipment["cabinet"]}),
        (commands.prepare_control, {"saline": plant.lots["saline"]}),
        (commands.complete_step, {}),
    ):
        with refused("training.missing"):
            plant.do(verb, by=newcomer(plant), lot=lot, **fields)


def test_nobody_verifies_a_step_untrained(plant: Plant) -> None:
    lot = plant.open("control")
    number = plant.start(lot, "preparation")
    plant.supply(lot, "control", "preparation")
    plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])
    plant.do(commands.record_value, lot=lot, parameter="clear", value=1)
    plant.label(lot)
    plant.leave_out_samples(lot)
    plant.do(commands.complete_step, lot=lot)
    with refused("training.missing"):
        plant.do(commands.verify_step, by=newcomer(plant), step_record=number)
    plant.do(commands.record_training, by=plant.qa, **lesson(plant))
    plant.do(commands.verify_step, by=newcomer(plant), step_record=number)


def test_training_counts_to_its_last_day(plant: Plant) -> None:
    plant.do(commands.record_training, by=plant.qa, **lesson(plant))
    plant.wait(days=100)
    lot = plant.open("control")
    plant.do(commands.start_step, by=newcomer(plant), lot=lot, step="preparation")
    plant.wait(days=1)
    with refused("training.expired"):
        plant.do(commands.record_value, by=newcomer(plant), lot=lot, parameter="clear", value=1)


def test_training_in_the_last_version_is_none_in_this_one(plant: Plant) -> None:
    changed = CONTROL_RECORD.replace("shelf_life_minutes = 360", "shelf_life_minutes = 300")
    number = int(plant.do(commands.draft_master_record, by=plant.qa, source=changed)["master_record"])
    old = plant.open("control")
    plant.approve(number)
    place = plant.location()
    plant.clear(place)
    new = plant.do(commands.open_batch, master_record=number, location=place)["lot"]
    with refused("training.missing"):
        plant.start(new, "preparation")
    plant.start(old, "preparation")


# ---- the pages -------------------------------------------------------------------------------------------------------


def test_the_bench_says_so_before(plant: Plant) -> None:
    lot = plant.open("control")
    told = client(plant, newcomer(plant)).get(f"/bench/{lot}").text
    assert "You are not trained in version 1 of “Saline control, 400 mL”." in words(told)
    assert "Training missing" in words(told)
    assert "/do/manufacturing/start_step" not in told
    own = client(plant).get(f"/bench/{lot}").text
    assert "Not trained" not in words(own)
    assert "/do/manufacturing/start_step" in own


def test_the_list_shows_the_gaps_to_qa(plant: Plant) -> None:
    browser = client(plant, plant.qa)
    page = browser.get("/manufacturing/training")
    assert "3 trainings are missing." in words(page.text)
    wanted = f"person={newcomer(plant).person}&amp;master_record={plant.records['control']}"
    assert wanted in page.text
    plant.do(commands.record_training, by=plant.qa, **lesson(plant))
    page = browser.get("/manufacturing/training")
    assert "2 trainings are missing." in words(page.text)
    assert wanted not in page.text
    plant.wait(days=80)
    assert "1 ends within 30 days." in words(browser.get("/manufacturing/training").text)
    assert "record_training" not in client(plant).get("/manufacturing/training").text


def test_the_list_as_data(plant: Plant) -> None:
    found = client(plant, plant.qa).get("/api/v1/training").json()
    assert (found["gaps"], len(found["master_records"])) == (3, 3)
    by_person = {one["person"]: one for one in found["people"]}
    assert {one["standing"] for one in by_person[newcomer(plant).person]["training"]} == {"missing"}
    assert {one["standing"] for one in by_person[plant.verifier.person]["training"]} == {"current"}
    assert plant.qa.person not in by_person


def test_the_list_speaks_russian(plant: Plant) -> None:
    said = words(client(plant, plant.qa, language="ru").get("/manufacturing/training").text)
    assert "Обучение" in said
    assert "Not trained" not in said


def needed(plant: Plant, who: Actor) -> list[str]:
    """What Today says that this person is needed for."""
    with plant.house.read() as tx:
        return [str(need.sentence) for need in needs.gathered(tx, who)[1]]


def test_today_tells_qa_of_gaps_and_readers_of_drafts(plant: Plant) -> None:
    assert "Trainings missing: 3. Ending within 30 days: 0." in needed(plant, plant.qa)
    assert not any("Trainings" in sentence for sentence in needed(plant, plant.technician))
    number = plant.do(commands.draft_master_record, by=plant.technician, source=CONTROL_RECORD)["master_record"]
    review = "Review the master record Saline control, 400 mL."
    assert review in needed(plant, plant.verifier)
    assert review not in needed(plant, plant.technician)
    plant.do(commands.review_master_record, by=plant.verifier, master_record=number)
    assert review not in needed(plant, plant.verifier)
    assert "Approve the master record Saline control, 400 mL." in needed(plant, plant.qa)


def test_today_offers_a_step_to_the_role_that_verifies_it(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    plant.supply(lot, "bank", "receipt")
    for parameter, value in (("bag_intact", 1), ("marrow_volume", 60)):
        plant.do(commands.record_value, lot=lot, parameter=parameter, value=value)
    plant.do(commands.complete_step, lot=lot)
    assert any(sentence.startswith("Verify a step of batch") for sentence in needed(plant, plant.verifier))
    assert not any(sentence.startswith("Verify a step of batch") for sentence in needed(plant, plant.qa))
