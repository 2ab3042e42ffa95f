"""The bench: what it shows, what a scan does, values and recounts."""

from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from cellchain.identity.codes import Kind, issue, preview_label
from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import TOKEN, client, words


def scan(browser: TestClient, lot: str, symbol: str, **more: Any) -> Any:
    fields = {"symbol": symbol, "csrf": TOKEN, "nonce": str(uuid4()), **more}
    return browser.post(f"/bench/{lot}/scan", data=fields, headers={"hx-request": "true"}, follow_redirects=False)


def preparing(plant: Plant) -> str:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    return lot


def test_it_says_what_comes_next_and_what_to_have_at_hand(plant: Plant) -> None:
    lot = plant.open("control")
    said = words(client(plant).get(f"/bench/{lot}").text)
    assert "Next: Prepare the saline bag" in said
    assert "390 to 410 mL" in said
    assert "Start step" in said


def test_a_step_is_done_at_the_bench_without_scripts(plant: Plant) -> None:
    lot = plant.open("control")
    browser = client(plant)

    def act(path: str, **fields: object) -> Any:
        address = f"{path}?next=/bench/{lot}" if path.startswith("/do/") else path
        return browser.post(address, data={"csrf": TOKEN, **fields}, follow_redirects=False)

    started = act("/do/manufacturing/start_step", lot=lot, step="preparation", request_id=str(uuid4()))
    assert (started.status_code, started.headers["location"]) == (303, f"/bench/{lot}")
    page = browser.get(f"/bench/{lot}").text
    assert "Record the control bag" in page
    assert f"/do/manufacturing/prepare_control?lot={lot}" in page
    plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])
    for code in (plant.lots["bag"], plant.equipment["cabinet"]):
        assert scan(browser, lot, code).status_code == 200
    assert "Enter one value." in words(browser.get(f"/bench/{lot}").text)
    assert act(f"/bench/{lot}/value", parameter="clear", value="1").status_code == 303
    assert "Label 1 container, and scan the label there." in words(browser.get(f"/bench/{lot}").text)
    plant.label(lot)
    page = browser.get(f"/bench/{lot}").text
    assert "Take the sample: Release tests of the control." in words(page)
    assert "2 things missing" not in words(page)
    assert "/do/quality/take_sample?point=control_tests&amp;" in page
    assert "volume_ul=0.5&amp;" in page  # in millilitres, as the form takes it
    assert f"/do/manufacturing/leave_out_sample?lot={lot}&amp;point=control_tests" in page
    left_out = {"lot": lot, "point": "control_tests", "reason": "The port broke.", "request_id": str(uuid4())}
    assert act("/do/manufacturing/leave_out_sample", **left_out).status_code == 303
    assert "Left out at" in words(browser.get(f"/bench/{lot}").text)
    assert "Everything is recorded. Complete the step." in words(browser.get(f"/bench/{lot}").text)
    assert act("/do/manufacturing/complete_step", lot=lot, request_id=str(uuid4())).status_code == 303
    said = words(browser.get(f"/bench/{lot}").text)
    assert "Another person verifies this." in said
    other = client(plant, plant.verifier)
    assert "Verify" in words(other.get(f"/bench/{lot}").text)
    number = plant.page(lot).steps[0].id
    verified = other.post(
        "/do/manufacturing/verify_step", data={"csrf": TOKEN, "step_record": number}, follow_redirects=False
    )
    assert verified.status_code == 303
    assert plant.page(lot).steps[0].phase == "verified"


def test_a_material_and_a_machine_are_accepted(plant: Plant) -> None:
    lot = preparing(plant)
    browser = client(plant)
    answer = scan(browser, lot, f"]C1{plant.lots['bag']}\r")
    assert answer.status_code == 200
    assert 'data-v="match"' in answer.text
    assert "<html" not in answer.text
    assert scan(browser, lot, plant.equipment["cabinet"]).status_code == 200
    running = plant.page(lot).running
    assert running is not None
    assert [item.kind for item in running.materials] == ["bag"]
    assert [item.kind for item in running.equipment] == ["cabinet"]


def test_a_repeated_scan_does_its_work_once(plant: Plant) -> None:
    lot = preparing(plant)
    browser, nonce = client(plant), str(uuid4())
    for _ in range(2):
        assert scan(browser, lot, plant.lots["bag"], nonce=nonce).status_code == 200
    running = plant.page(lot).running
    assert running is not None
    assert len(running.materials) == 1
    assert scan(browser, lot, plant.lots["bag"], nonce="no uuid").status_code == 200


def test_an_expired_lot_is_a_stop(plant: Plant) -> None:
    lot = preparing(plant)
    expired = plant.material("bag", days=1)
    plant.wait(days=2)
    answer = scan(client(plant), lot, expired)
    assert answer.status_code == 409
    assert 'data-v="halt"' in answer.text
    assert "expired" in words(answer.text)
    assert plant.events()[-1] == "manufacturing:material:used:refused"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.WRISTBAND, "This is a wristband."),
        (Kind.LOT, "This is a lot."),
        (Kind.COMMAND, "This is a command card."),
        (Kind.RECIPIENT, "This is a recipient."),
        (Kind.CONTAINER, "The running step works on no container."),
    ],
)
def test_a_wrong_kind_is_named(plant: Plant, kind: Kind, said: str) -> None:
    lot = preparing(plant)
    answer = scan(client(plant), lot, issue(kind, 1, 2026, 4242))
    assert answer.status_code == 409
    assert said in words(answer.text)


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("nonsense", "An identifier has 14 characters."),
        ("", "The reader sent nothing."),
        (str(preview_label(1, 2026)), "stands on a preview"),
    ],
)
def test_what_cannot_be_read_is_said(plant: Plant, symbol: str, said: str) -> None:
    answer = scan(client(plant), preparing(plant), symbol)
    assert answer.status_code == 409
    assert said in words(answer.text)


def test_the_lot_itself_and_an_unknown_bench(plant: Plant) -> None:
    lot = preparing(plant)
    assert "This is the lot of this bench." in words(scan(client(plant), lot, lot).text)
    assert scan(client(plant), "LT012600999999", plant.lots["bag"]).status_code == 404


def test_a_container_opens_the_act_of_the_step(plant: Plant) -> None:
    lot, tube = plant.separated()
    plant.start(lot, "seeding")
    browser = client(plant)
    answer = scan(browser, lot, tube)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/do/manufacturing/seed?lot={lot}&container={tube}&next=/bench/{lot}"
    marrow = next(row.code for row in plant.page(lot).containers if row.kind == "harvest_bag")
    assert "This step works on another container: Tube." in words(scan(browser, lot, marrow).text)


def test_another_step_that_may_come_is_shown_as_the_next(plant: Plant) -> None:
    lot, _ = plant.seeded()
    browser = client(plant)
    first = browser.get(f"/bench/{lot}").text
    assert "Next: Change the medium" in words(first)
    assert f'href="/bench/{lot}?step=passage" data-command="NEXT"' in first
    turned = browser.get(f"/bench/{lot}", params={"step": "passage"}).text
    assert "Next: Passage the cells" in words(turned)
    assert f'href="/bench/{lot}?step=harvest" data-command="NEXT"' in turned
    for page in (first, turned):
        assert page.count('data-command="START"') == 1, "the card starts what the heading names"
    scanned = browser.post(f"/bench/{lot}/scan", data={"csrf": TOKEN, "symbol": lot, "step": "passage"})
    assert "Next: Passage the cells" in words(scanned.text), "a scan does not change what was chosen"
    assert "Next: Change the medium" in words(browser.get(f"/bench/{lot}", params={"step": "nonsense"}).text)


def test_the_act_is_filled_in_where_one_container_fits(plant: Plant) -> None:
    donation = plant.donation()
    lot = plant.open("product", donation["donation"])
    plant.start(lot, "separation")
    page = client(plant).get(f"/bench/{lot}").text
    assert f"container={donation['container']}" in page


def test_a_value_outside_its_alert_limit_asks_for_a_comment(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    browser = client(plant)
    entered = {"csrf": TOKEN, "parameter": "marrow_volume", "value": "25"}
    answer = browser.post(f"/bench/{lot}/value", data=entered)
    assert answer.status_code == 409
    assert 'name="reason"' in answer.text
    assert 'value="25"' in answer.text
    answer = browser.post(f"/bench/{lot}/value", data={**entered, "reason": "Stopped early."}, follow_redirects=False)
    assert answer.status_code == 303
    assert "Outside the alert limit" in words(browser.get(f"/bench/{lot}").text)


def test_a_recount_keeps_the_first_count(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    plant.start(lot, "suspension")
    fields = {"dose_count": 174_000_000, "viability_permille": 950, "saline": plant.lots["saline"]}
    plant.do(commands.suspend, lot=lot, container=tube, **fields)
    browser = client(plant)
    page = browser.get(f"/bench/{lot}").text
    assert "Recount once." in words(page)
    value = next(value for value in plant.page(lot).outside if value.parameter == "dose")
    again = {"csrf": TOKEN, "value": value.id, "corrected": "176000000", "reason": "Recount"}
    assert browser.post(f"/bench/{lot}/recount", data=again, follow_redirects=False).status_code == 303
    assert "This is the recount: QA decides." in words(browser.get(f"/bench/{lot}").text)
    running = plant.page(lot).running
    assert running is not None
    current = running.current("dose")
    assert current is not None
    assert [str(old.value) for old in running.corrected(current)] == ["174000000"]
    assert browser.post(f"/bench/{lot}/recount", data={**again, "corrected": "x"}).status_code == 422


def test_reading_is_not_doing(plant: Plant) -> None:
    lot = preparing(plant)
    reader = client(plant, plant.house.actor("inspector"))
    page = reader.get(f"/bench/{lot}")
    assert page.status_code == 200
    assert "/do/manufacturing/complete_step" not in page.text
    assert scan(reader, lot, plant.lots["bag"]).status_code == 403
