"""Standard remarks of a master record: chosen by a card, kept with their code, and nobody is held to them."""

import pytest

from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.ledger.answers import Answer, refused_text
from cellchain.manufacturing import commands
from cellchain.manufacturing.rules.definition import Definition, Standing, load, parse
from cellchain.manufacturing.rules.remarks import must_be_whole
from cellchain.manufacturing.rules.steps import may_enter
from tests.manufacturing.conftest import CONTROL_RECORD, RECORDS, Plant, refused

EARLY = "M1: The harvest was stopped early."


@pytest.fixture(scope="module")
def bank() -> Definition:
    return parse((RECORDS / "bank.toml").read_text())


def test_a_code_is_spelled_out_where_it_is_named_and_stays_so(bank: Definition) -> None:
    receipt = bank.step("receipt")
    assert receipt is not None
    volume = receipt.parameter("marrow_volume")
    assert volume is not None
    assert [one.code for one in volume.remarks] == ["M1", "M2"]
    assert volume.remarks[0].remark.words("en") == EARLY
    assert volume.remarks[0].remark.words("ru").startswith("M1: Взятие")
    assert load(bank.document()) == bank


@pytest.mark.parametrize("kind", ["bank", "product"])
def test_whatever_has_an_alert_limit_has_its_words(kind: str) -> None:
    """Nobody in gloves is left before a question that only a keyboard answers."""
    record = parse((RECORDS / f"{kind}.toml").read_text())
    wordless = [
        (step.key, one.key) for step in record.steps for one in step.parameters if one.alert and not one.remarks
    ]
    assert wordless == []
    assert all(step.count is None or step.count.remarks for step in record.steps)
    assert record.discards


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('discards = ["D2", "D9"]', "no standard remark of this record is D9"),
        ('discards = ["D2", "D2"]', "a code of its own"),
        ('discards = [{ code = "D2", en = "Other words.", ru = "Другие слова." }]', "no standard remark"),
        ("discards = 7", "discards"),
    ],
)
def test_a_record_explains_every_code_that_it_names_once(written: str, fault: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(CONTROL_RECORD.replace('discards = ["D2", "D3", "D4"]', written))
    assert fault in str(caught.value.fields["source"])


def test_an_alert_offers_its_words_and_takes_any(bank: Definition) -> None:
    receipt = bank.step("receipt")
    volume = None if receipt is None else receipt.parameter("marrow_volume")
    assert volume is not None
    with pytest.raises(Refused) as caught:
        may_enter(volume, Standing.ALERT, None)
    assert [one.code for one in caught.value.remarks] == ["M1", "M2"]
    may_enter(volume, Standing.ALERT, EARLY)
    may_enter(volume, Standing.ALERT, f"{EARLY} After two pulls.")
    may_enter(volume, Standing.ALERT, "The donor felt faint.")
    may_enter(volume, Standing.WITHIN, None)


@pytest.mark.parametrize("said", ["M1: Whatever.", "M1:", "M1: The harvest was"])
def test_a_code_stands_for_its_own_words_alone(bank: Definition, said: str) -> None:
    with refused("remark.altered"):
        must_be_whole(bank.remarks, said)


def test_a_refusal_keeps_what_it_offers(bank: Definition) -> None:
    """A repeated request gets the stored answer, with the same choices."""
    raised = Refused("value.comment_needed", "Say why.")
    raised.remarks = tuple(one.remark for one in bank.discards)
    told = Answer(done=False, text=refused_text(raised)).refusal()
    assert isinstance(told, Refused)
    assert (told.remarks, told.text) == (raised.remarks, T("Say why."))
    assert "remarks" not in refused_text(Refused("lot.phase", "No."))


def test_the_words_stand_in_the_record(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    with refused("remark.altered"):
        plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=25, reason="M1: Something else.")
    plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=25, reason=EARLY)
    running = plant.page(lot).running
    found = None if running is None else running.current("marrow_volume")
    assert found is not None
    assert (found.reason, found.standing) == (EARLY, Standing.ALERT)
