"""A comment stands beside a step, with the person and both times."""

from datetime import timedelta

import pytest

from cellchain.kernel.errors import Forbidden, Invalid, NotFound
from cellchain.manufacturing import commands
from cellchain.manufacturing.rules.lifecycles import LotPhase
from tests.manufacturing.conftest import Plant, forbidden, refused
from tests.manufacturing.pages import TOKEN, client, words


def begun(plant: Plant) -> tuple[str, int]:
    lot = plant.open("control")
    return lot, plant.start(lot, "preparation")


def test_it_stands_in_the_record_with_its_times(plant: Plant) -> None:
    lot, number = begun(plant)
    plant.wait(hours=2)
    at = plant.house.clock.now() - timedelta(minutes=40)
    said = {"step_record": number, "comment": "The cabinet was cleaned again."}
    plant.do(commands.comment_step, **said, happened_at=at, reason="No station was free.")
    (note,) = plant.page(lot).steps[0].comments
    assert (note.comment, note.event_at, note.entered_by) == (said["comment"], at, plant.technician.person)
    assert note.entered_at == plant.house.clock.now()
    assert note.is_late
    assert plant.house.entries()[-1].subject == lot
    assert "The cabinet was cleaned" not in plant.house.entries()[-1].body, "what people write is personal"


def test_several_people_write_and_nothing_is_overwritten(plant: Plant) -> None:
    lot, number = begun(plant)
    plant.do(commands.comment_step, step_record=number, comment="First remark.")
    plant.do(commands.comment_step, by=plant.qa, step_record=number, comment="Second remark.")
    notes = plant.page(lot).steps[0].comments
    assert [(one.comment, one.entered_by) for one in notes] == [
        ("First remark.", plant.technician.person),
        ("Second remark.", plant.qa.person),
    ]
    assert not notes[0].is_late


def test_a_closed_record_takes_no_comment(plant: Plant) -> None:
    lot, number = begun(plant)
    plant.do(commands.discard_batch, lot=lot, reason="Given up.")
    with plant.house.read() as tx:
        from cellchain.manufacturing import queries

        assert queries.lot_facts(tx, lot).phase == LotPhase.DISCARDED
    with refused("lot.record_closed"):
        plant.do(commands.comment_step, step_record=number, comment="Too late.")


def test_an_unknown_step_and_a_stranger_are_turned_away(plant: Plant) -> None:
    _, number = begun(plant)
    with pytest.raises(NotFound):
        plant.do(commands.comment_step, step_record=4711, comment="To nothing.")
    forbidden(plant, commands.comment_step, step_record=number, comment="Not mine.")
    with pytest.raises(Forbidden):
        plant.do(commands.comment_step, by=plant.house.actor("administrator"), step_record=number, comment="Nor mine.")


def test_a_late_comment_needs_a_reason(plant: Plant) -> None:
    _, number = begun(plant)
    at = plant.house.clock.now() - timedelta(hours=1)
    with pytest.raises(Invalid):
        plant.do(commands.comment_step, step_record=number, comment="Late.", happened_at=at)


@pytest.mark.parametrize(("language", "said"), [("en", "Comment or attach"), ("ru", "Комментарий или файл")])
def test_the_bench_and_the_lot_show_it_and_take_another(plant: Plant, language: str, said: str) -> None:
    lot, number = begun(plant)
    browser = client(plant, language=language)
    fields = {"csrf": TOKEN, "step_record": number, "comment": "<b>Fogged</b> window"}
    address = f"/do/manufacturing/comment_step?next=/bench/{lot}"
    assert browser.post(address, data=fields, follow_redirects=False).headers["location"] == f"/bench/{lot}"
    for page in (f"/bench/{lot}", f"/manufacturing/lots/{lot}"):
        html = browser.get(page).text
        assert "&lt;b&gt;Fogged&lt;/b&gt; window" in html
        assert said in words(html)
