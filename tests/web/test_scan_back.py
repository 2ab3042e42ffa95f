"""The page on which labels are scanned back: right ones are taken, a wrong one stops and opens its deviation."""

from typing import Any
from uuid import uuid4

from cellchain.labels import commands as labels
from cellchain.labels.models import Label
from tests.bedside.browser import Front


def reprinted(front: Front, number: int) -> tuple[str, str]:
    """A bag's new label that waits to be scanned back, and its lot."""
    world = front.world
    _, label, _, _ = world.ready(number)
    fields: dict[str, Any] = {"reason": "Smeared in the cool box.", "witness_badge": world.badge("technician2")}
    made = world.do("technician1", labels.reprint_label, label=label, **fields)["label"]
    return made, str(world.row(Label, made).lot)


def scan(front: Front, symbol: str, **where: str) -> Any:
    """One scan on the page."""
    fields = {"symbol": symbol, "csrf": front.csrf("technician1"), "nonce": str(uuid4()), **where}
    head = {**front.cookie("technician1"), "origin": "https://testserver", "hx-request": "true"}
    return front.client.post("/labels/scan-back", data=fields, headers=head)


def test_all_of_a_lot_in_any_order(front: Front) -> None:
    world = front.world
    (first, lot), (second, _) = reprinted(front, 0), reprinted(front, 1)
    page = front.get("technician1", f"/labels/scan-back?lot={lot}").text
    assert first[-6:-2] in page
    for label in (second, first):
        answer = scan(front, f"]d1{label}", lot=lot)
        assert (answer.status_code, 'data-v="match"' in answer.text) == (200, True)
        assert world.row(Label, label).phase == "confirmed"
    assert "Every label here was scanned back." in front.page("technician1", f"/labels/scan-back?lot={lot}").text
    typed = scan(front, first, lot=lot, capture="typed", typed_because="damaged")
    assert (typed.status_code, "typing proves nothing" in typed.text) == (409, True)
    stranger = scan(front, world.ready(0)[3], lot=lot)
    assert (stranger.status_code, 'data-v="halt"' in stranger.text) == (409, True)


def test_the_wrong_one_is_a_stop_and_opens_a_deviation(front: Front) -> None:
    world = front.world
    expected, _ = reprinted(front, 2)
    other, _ = reprinted(front, 3)
    before = world.size()
    answer = scan(front, other, label=expected)
    assert answer.status_code == 409
    assert 'data-v="halt"' in answer.text
    assert "This is another label than the one printed for this thing." in answer.text
    assert [world.row(Label, one).phase for one in (expected, other)] == ["stopped", "stopped"]
    assert any(entry.event.startswith("quality:deviation") for entry in world.since(before))
    assert "no live label" in scan(front, "garbage", label=expected).text
    assert scan(front, "", label=expected).status_code == 409


def test_what_waits_stands_on_today_for_whose_work_it_is(front: Front) -> None:
    """Two labels of the demonstration were printed this morning; one of a lot comes to them."""
    page = front.get("technician1", "/").text
    assert "Labels to scan back: 2." in page
    assert 'href="/labels/scan-back"' in page
    waiting = front.get("technician1", "/labels/scan-back").text
    assert "2 labels are to be scanned back." in waiting
    made, lot = reprinted(front, 4)
    page = front.get("technician1", "/").text
    assert f'href="/labels/scan-back?lot={lot}"' in page
    assert "Labels to scan back" not in front.get("assessor1", "/").text
    assert scan(front, f"]d1{made}", lot=lot).status_code == 200
    assert f"scan-back?lot={lot}" not in front.get("technician1", "/").text
