"""A line in gloves: what its screen says and takes, up to the batch that is opened there; and what is given up."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from cellchain.manufacturing import commands, queries
from cellchain.manufacturing.models import Container
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import TOKEN, client, words

LEFT_OVER = "D1: Left over after the process."


def sent(browser: TestClient, path: str, **fields: object) -> tuple[int, str]:
    """A form of the screen, sent: the status and where it leads, or what it says."""
    answer = browser.post(path, data={"csrf": TOKEN, **fields}, follow_redirects=False)
    return answer.status_code, answer.headers.get("location") or words(answer.text)


def commanded(page: str, card: str) -> int:
    """How many buttons of the screen a card may press, the keypad's own aside."""
    return page.partition('<dialog class="numbers')[0].count(f'data-command="{card}"')


def ready(plant: Plant) -> str:
    place = plant.location("Bench 1")
    plant.clear(place)
    return place


def test_the_list_says_how_each_line_stands(plant: Plant) -> None:
    lot = plant.open("control")
    free = plant.location("Bench 9")
    said = words(client(plant).get("/lines").text)
    assert re.search("Bench 9 ?To be cleared", said)
    assert "A batch is open here" in said
    answer = client(plant).get(f"/lines?at={free}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/lines/{free}")
    with plant.house.read() as tx:
        held = queries.lot_facts(tx, lot).location
    page = client(plant).get(f"/lines/{held}").text
    assert f'href="/bench/{lot}" data-command="CONFIRM"' in page


def test_a_line_is_cleared_by_one_and_verified_by_another(plant: Plant) -> None:
    place = plant.location("Bench 1")
    own, other = client(plant), client(plant, plant.verifier)
    assert "Clear the line" in words(own.get(f"/lines/{place}").text)
    status, led = sent(own, f"/do/manufacturing/clear_line?next=/lines/{place}", location=place)
    assert (status, led) == (303, f"/lines/{place}")
    mine, theirs = own.get(f"/lines/{place}").text, other.get(f"/lines/{place}").text
    assert 'aria-disabled="true" data-command="CONFIRM"' in mine
    assert 'action="/do/manufacturing/verify_clearance' not in mine
    number = re.search(r'name="clearance" value="(\d+)"', theirs)
    assert number is not None
    sent(other, f"/do/manufacturing/verify_clearance?next=/lines/{place}", clearance=number[1])
    assert "The line is clear" in words(own.get(f"/lines/{place}").text)
    plant.wait(hours=25)
    assert "Clear the line" in words(own.get(f"/lines/{place}").text)


def test_marrow_is_received_and_then_a_batch_is_opened_from_its_bag(plant: Plant) -> None:
    for kind in ("bank", "product", "control"):
        plant.record(kind)
    place, marrow = ready(plant), plant.harvested()
    own, bag, donation = client(plant), marrow["container"], marrow["donation"]
    status, led = sent(own, f"/lines/{place}/scan", symbol=bag)
    back = f"next=%2Flines%2F{place}%3Fsources%3D{donation}"
    assert (status, led) == (
        303,
        f"/do/manufacturing/receive_donation?donation={donation}&container={bag}&{back}",
    )
    plant.do(commands.receive_donation, donation=donation, container=bag, intact=True, legible=True)
    status, led = sent(own, f"/lines/{place}/scan", symbol=bag)
    assert (status, led) == (303, f"/lines/{place}?sources={donation}")
    page = own.get(led).text
    assert "MSC bank from bone marrow" in page
    assert "MSC in saline, 400 mL" in page
    assert "Saline control" not in page
    assert "checked" not in page, "nothing is chosen beforehand"
    record = plant.records["bank"]
    status, led = sent(own, f"/lines/{place}/open", master_record=record, sources=donation, study="")
    assert status == 303
    lot = led.removeprefix("/bench/")
    with plant.house.read() as tx:
        facts = queries.lot_facts(tx, lot)
    assert (facts.sources, facts.location, facts.study) == ((donation,), place, None)


def test_without_a_choice_nothing_is_opened(plant: Plant) -> None:
    place = ready(plant)
    plant.record("control")
    status, said = sent(client(plant), f"/lines/{place}/open")
    assert (status, "Nothing was opened." in said) == (422, True)
    with plant.house.read() as tx:
        assert queries.open_lot_at(tx, place) is None


@pytest.mark.parametrize("state", ["to_clear", "ready"])
def test_what_cells_cannot_come_from_is_named(plant: Plant, state: str) -> None:
    place = ready(plant) if state == "ready" else plant.location("Bench 1")
    _, tube = plant.separated()
    told: list[str] = []
    for symbol in (tube, plant.lots["medium"], plant.equipment["cabinet"], "whatever", "LT012600009999"):
        status, said = sent(client(plant), f"/lines/{place}/scan", symbol=symbol)
        assert status == 409, symbol
        assert "Nothing was recorded." in said
        told.append(said)
    assert any("Scan a harvest bag" in said for said in told) == (state == "ready")
    assert any("This line is not clear." in said for said in told) == (state == "to_clear")


def test_a_bench_is_scanned_and_anything_else_is_told(plant: Plant) -> None:
    place = plant.location("Bench 1")
    own = client(plant)
    assert sent(own, "/lines", symbol=place) == (303, f"/lines/{place}")
    status, said = sent(own, "/lines", symbol=plant.lots["medium"])
    assert status == 409
    assert "Scan the label of a bench." in said


def test_what_is_left_over_is_scanned_chosen_and_gone(plant: Plant) -> None:
    lot, tube = plant.separated()
    own = client(plant)
    asked = own.get(f"/bench/{lot}/discard").text
    assert "What is given up?" in asked
    assert commanded(asked, "CONFIRM") == 0
    assert sent(own, f"/bench/{lot}/discard/scan", symbol=tube) == (303, f"/bench/{lot}/discard?container={tube}")
    page = own.get(f"/bench/{lot}/discard?container={tube}").text
    assert page.count('type="radio" name="reason"') == 4
    assert "checked" not in page
    status, said = sent(own, f"/bench/{lot}/discard", container=tube, reason="", found_ul="")
    assert (status, "Nothing was discarded." in said) == (422, True)
    assert plant.container(tube).phase == "in_use"
    status, said = sent(own, f"/bench/{lot}/discard", container=tube, reason=["D1: Something else.", ""])
    assert (status, "stands for other words" in said) == (409, True)
    assert sent(own, f"/bench/{lot}/discard", container=tube, reason=[LEFT_OVER, "A drop."]) == (303, f"/bench/{lot}")
    with plant.house.read() as tx:
        gone = tx.get(Container, tube)
    assert (gone.phase, gone.discard_reason) == ("discarded", f"{LEFT_OVER} A drop.")
    status, said = sent(own, f"/bench/{lot}/discard/scan", symbol=tube)
    assert (status, "given up before" in said) == (409, True)


def test_another_batch_s_container_stays(plant: Plant) -> None:
    lot, _ = plant.separated()
    _, other = plant.separated()
    for symbol, told in ((other, "belongs to another batch"), (plant.lots["medium"], "Scan the container")):
        status, said = sent(client(plant), f"/bench/{lot}/discard/scan", symbol=symbol)
        assert (status, told in said) == (409, True)


def test_who_may_not_open_or_discard_sees_neither(plant: Plant) -> None:
    nobody = client(plant, plant.qa)
    lot, tube = plant.separated()
    assert nobody.get("/lines").status_code == 403
    assert nobody.get(f"/bench/{lot}/discard?container={tube}").status_code == 403
    assert client(plant).get("/lines/LC012600009999").status_code == 404
    assert client(plant).get("/bench/LT012600009999/discard").status_code == 404


def test_an_alert_at_the_bench_asks_in_standard_words(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    own = client(plant)
    answer = own.post(f"/bench/{lot}/value", data={"csrf": TOKEN, "parameter": "marrow_volume", "value": "25"})
    assert answer.status_code == 409
    assert answer.text.count('type="radio" name="reason"') == 2
    assert commanded(answer.text, "CONFIRM") == 1, "the question beside it waits"
    assert "checked" not in answer.text
    early = "M1: The harvest was stopped early."
    given = {"parameter": "marrow_volume", "value": "25", "reason": [early, "After two pulls."]}
    assert sent(own, f"/bench/{lot}/value", **given)[0] == 303
    running = plant.page(lot).running
    found = None if running is None else running.current("marrow_volume")
    assert found is not None
    assert found.reason == f"{early} After two pulls."


def test_a_step_that_waited_too_long_asks_in_standard_words(plant: Plant) -> None:
    lot, _ = plant.separated()
    plant.wait(minutes=int(timedelta(hours=3).total_seconds() // 60))
    body = {"csrf": TOKEN, "lot": lot, "step": "seeding"}
    answer = client(plant).post(f"/do/manufacturing/start_step?next=/bench/{lot}", data=body)
    assert answer.status_code == 409
    assert "T1: The step before took longer." in answer.text
    assert "data-keypad" in answer.text
