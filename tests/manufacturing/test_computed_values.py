"""Values that the record computes: stored by itself, against limits, again after a correction; hold and open times."""

from decimal import Decimal

from cellchain import composition
from cellchain.manufacturing import commands
from cellchain.quality import queries as quality
from tests.manufacturing.conftest import Plant, refused
from tests.manufacturing.pages import TOKEN, client, words

# Two values, what is computed of them, a step after it with its hold time, and a value of it from the step before.
SMALL = """
name = "Computed"
kind = "bank"
product_code = "C-1"

[[steps]]
key = "first"
title = { en = "First", ru = "Первый" }

[[steps.parameters]]
key = "part"
title = { en = "Part", ru = "Часть" }
unit = "mL"

[[steps.parameters]]
key = "whole"
title = { en = "Whole", ru = "Целое" }
unit = "mL"

[[steps.parameters]]
key = "share"
title = { en = "Share", ru = "Доля" }
unit = "%"
decimals = 1
computed = { formula = "percent", of = ["part", "whole"] }
alert = { low = 50 }
action = { low = 25 }

[[steps]]
key = "second"
title = { en = "Second", ru = "Второй" }
verifier = "qa"

[[steps.parameters]]
key = "got"
title = { en = "Got", ru = "Получено" }
unit = "mL"

[[steps.parameters]]
key = "yield"
title = { en = "Yield", ru = "Выход" }
unit = "%"
computed = { formula = "yield", of = ["got", "first.whole"], expected = 1 }

[[steps.parameters]]
key = "hold"
title = { en = "Waited", ru = "Ожидание" }
unit = "min"
computed = { formula = "minutes_since", of = ["first"] }
alert = { high = 30 }
action = { high = 60 }
"""


def opened(plant: Plant) -> str:
    """A lot of that record."""
    number = plant.record("computed", SMALL)
    place = plant.location()
    plant.clear(place)
    source = plant.donation()["donation"]
    return str(plant.do(commands.open_batch, master_record=number, location=place, sources=[source])["lot"])


def enter(plant: Plant, lot: str, reason: str | None = None, **values: int) -> int:
    number = 0
    for name, value in values.items():
        number = plant.do(commands.record_value, lot=lot, parameter=name, value=value, reason=reason)["value"]
    return number


def values(plant: Plant, lot: str, place: int = 0) -> dict[str, str]:
    found = [value for value in plant.page(lot).steps[place].values if value.phase == "current"]
    return {value.parameter: str(value.value) for value in found}


def breaches(plant: Plant) -> list[str]:
    return [event for event in plant.events() if event == "manufacturing:limit:breached"]


def test_a_value_is_computed_as_soon_as_its_inputs_are_there(plant: Plant) -> None:
    lot = opened(plant)
    plant.start(lot, "first")
    enter(plant, lot, part=2)
    assert values(plant, lot) == {"part": "2"}
    enter(plant, lot, whole=3)
    assert values(plant, lot) == {"part": "2", "whole": "3", "share": "66.7"}
    running = plant.page(lot).running
    assert running is not None
    assert running.missing.parameters == ()


def test_nobody_enters_or_corrects_what_is_computed(plant: Plant) -> None:
    lot = opened(plant)
    plant.start(lot, "first")
    with refused("value.computed"):
        enter(plant, lot, share=50)
    enter(plant, lot, part=2, whole=3)
    share = plant.page(lot).steps[0].current("share")
    assert share is not None
    with refused("value.computed"):
        plant.do(commands.correct_value, value=share.id, corrected="70.0", reason="It should be more.")
    assert f"correct_value?value={share.id}" not in client(plant).get(f"/manufacturing/lots/{lot}").text


def test_out_of_alert_it_asks_for_a_comment(plant: Plant) -> None:
    lot = opened(plant)
    plant.start(lot, "first")
    enter(plant, lot, part=4)
    with refused("value.comment_needed"):
        enter(plant, lot, whole=10)
    assert values(plant, lot) == {"part": "4"}
    enter(plant, lot, "A clot was left.", whole=10)
    assert values(plant, lot)["share"] == "40.0"
    assert breaches(plant) == []


def test_out_of_action_it_is_a_breach(plant: Plant) -> None:
    lot = opened(plant)
    plant.start(lot, "first")
    enter(plant, lot, "Most was lost.", part=1, whole=10)
    page = plant.page(lot)
    assert [value.parameter for value in page.outside] == ["share"]
    said = words(client(plant).get(f"/bench/{lot}").text)
    assert "QA decides. QA was told at" in said
    assert "Recount: Share" not in said


def test_a_correction_computes_again_in_later_steps_too(plant: Plant) -> None:
    lot = opened(plant)
    first = plant.start(lot, "first")
    wrong = enter(plant, lot, part=4, whole=8)
    plant.finish(lot, first)
    second = plant.start(lot, "second")
    enter(plant, lot, got=4)
    plant.do(commands.complete_step, lot=lot)
    plant.train(plant.records["computed"], plant.second_qa)
    plant.do(commands.verify_step, by=plant.second_qa, step_record=second)
    assert values(plant, lot, 1)["yield"] == "50"
    plant.do(commands.correct_value, value=wrong, corrected=5, reason="Read again.")
    assert (values(plant, lot)["share"], values(plant, lot, 1)["yield"]) == ("80.0", "80")
    page = plant.page(lot)
    assert [view.phase for view in page.steps] == ["completed", "completed"]
    share = page.steps[0].current("share")
    assert share is not None
    assert ([old.value for old in page.steps[0].corrected(share)], share.reason) == ([Decimal("50.0")], "Read again.")


def test_what_is_taken_back_takes_what_was_computed_of_it(plant: Plant) -> None:
    lot = opened(plant)
    plant.start(lot, "first")
    enter(plant, lot, part=2, whole=3)
    plant.do(commands.undo, entry=len(plant.house.entries()))
    assert values(plant, lot) == {"part": "2"}


def test_what_broke_a_limit_is_not_taken_back(plant: Plant) -> None:
    lot = opened(plant)
    plant.start(lot, "first")
    enter(plant, lot, "Most was lost.", part=1, whole=10)
    with refused("undo.outside_limit"):
        plant.do(commands.undo, entry=len(plant.house.entries()))


def test_a_hold_time_is_measured_when_the_next_step_starts(plant: Plant) -> None:
    lot = opened(plant)
    number = plant.start(lot, "first")
    enter(plant, lot, part=2, whole=3)
    plant.finish(lot, number)
    said = words(client(plant).get(f"/bench/{lot}").text)
    assert "Start the step by" in said
    plant.wait(minutes=61)
    plant.start(lot, "second")
    assert values(plant, lot, 1) == {"hold": "61"}
    assert plant.page(lot).outside[-1].standing == "action"


def test_a_hold_time_beyond_its_alert_asks_for_a_comment(plant: Plant) -> None:
    lot = opened(plant)
    number = plant.start(lot, "first")
    enter(plant, lot, part=2, whole=3)
    plant.finish(lot, number)
    plant.wait(minutes=40)
    with refused("value.comment_needed"):
        plant.start(lot, "second")
    plant.do(commands.start_step, lot=lot, step="second", reason="The incubator was late.")
    assert values(plant, lot, 1) == {"hold": "40"}


def test_the_bench_asks_for_the_comment_on_the_way(plant: Plant) -> None:
    lot = opened(plant)
    number = plant.start(lot, "first")
    enter(plant, lot, part=2, whole=3)
    plant.finish(lot, number)
    plant.wait(minutes=40)
    browser = client(plant)
    fields = {"csrf": TOKEN, "request_id": plant.house.request_id(), "lot": lot, "step": "second"}
    address = f"/do/manufacturing/start_step?next=/bench/{lot}"
    asked = browser.post(address, data=fields)
    assert asked.status_code == 409
    assert "The value lies outside its alert limits." in words(asked.text)
    assert 'name="reason"' in asked.text
    again = {**fields, "request_id": plant.house.request_id(), "reason": "The incubator was late."}
    gone_on = browser.post(address, data=again, follow_redirects=False)
    assert (gone_on.status_code, gone_on.headers["location"]) == (303, f"/bench/{lot}")
    assert values(plant, lot, 1) == {"hold": "40"}


def test_the_role_of_the_record_verifies(plant: Plant) -> None:
    lot = opened(plant)
    first = plant.start(lot, "first")
    enter(plant, lot, part=2, whole=3)
    plant.finish(lot, first)
    second = plant.start(lot, "second")
    enter(plant, lot, got=3)
    plant.do(commands.complete_step, lot=lot)
    with refused("step.verifier_role"):
        plant.do(commands.verify_step, by=plant.verifier, step_record=second)
    with refused("training.missing"):
        plant.do(commands.verify_step, by=plant.qa, step_record=second)
    plant.train(plant.records["computed"], plant.second_qa)
    plant.do(commands.verify_step, by=plant.second_qa, step_record=second)


def test_the_bench_says_what_else_the_step_needs(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    said = words(client(plant).get(f"/bench/{lot}").text)
    assert "Sterility of the marrow" in said


def test_the_bench_shows_the_target(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    assert "5 to 200 mL, target 60" in words(client(plant).get(f"/bench/{lot}").text)


def test_a_time_beyond_its_action_limit_opens_a_deviation(plant: Plant) -> None:
    breached = "manufacturing:limit:breached"
    plant.house.runner._reactions[breached] = [one for one in composition.REACTIONS if one.event == breached]
    lot = opened(plant)
    plant.start(lot, "first")
    enter(plant, lot, part=2, whole=3)
    plant.do(commands.complete_step, lot=lot)
    plant.wait(minutes=61)
    plant.start(lot, "second")
    assert plant.events()[-1] == "quality:deviation:opened"
    with plant.house.read() as tx:
        [deviation] = quality.deviations_of(tx, lot)
    assert deviation.rule == breached
