"""QA erases a personal value: one asks and signs, another signs too."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.ledger import queries as ledger
from cellchain.quality import commands
from cellchain.quality.redactions import queries
from cellchain.quality.redactions.rules import Place, may_hold_words
from tests.quality.app import app_for
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab

WORDS = "Ivanova, born in Tver, told us so"


@pytest.fixture
def order(lab: Lab) -> dict[str, Any]:
    """An order about the reason of a hold that names somebody."""
    donor, _ = lab.donation()
    hold = lab.do(commands.hold, by=lab.qa, subject=donor, reason=WORDS, why="as I said")["hold"]
    place = {"table": "quality_hold", "key": str(hold), "field": "reason"}
    return {"entry": lab.house.entries()[-1].seq, **place, "ground": "privacy_request", "reason": "She asked for it."}


def reason_of(lab: Lab, order: dict[str, Any]) -> str:
    table, key, field = queries.spot(Place(order["table"], order["key"], order["field"]))
    with lab.house.read() as tx:
        cell = tx.cell(table, key, field)
    assert cell is not None
    return lab.house.sealer.open(cell.text)


def test_two_people_erase_it_and_both_signatures_stand(lab: Lab, order: dict[str, Any]) -> None:
    asked = lab.do(commands.ask_redaction, by=lab.qa, **order)
    assert (asked["erased"], reason_of(lab, order)) == (False, WORDS)
    done = lab.do(commands.redact, by=lab.second_qa, redaction=asked["redaction"])
    assert (done["erased"], reason_of(lab, order)) == (True, "█████")
    with lab.house.read() as tx:
        [row] = queries.redactions(tx)
        assert (row.asked_by, row.erased_by) == (lab.qa.person, lab.second_qa.person)
        assert queries.offered(tx, order["entry"]) == [Place("ledger_entry", str(order["entry"]), "reason")]
    signed = [entry for entry in lab.house.entries() if entry.event in ("quality:redaction:asked", lab.last_event())]
    assert [entry.actor for entry in signed] == [lab.qa.person, lab.second_qa.person]
    assert all(WORDS not in entry.body for entry in lab.house.entries())


def test_the_reason_of_an_entry_goes_too(lab: Lab, order: dict[str, Any]) -> None:
    order |= {"table": "ledger_entry", "key": str(order["entry"])}
    asked = lab.do(commands.ask_redaction, by=lab.qa, **order)
    lab.do(commands.redact, by=lab.second_qa, redaction=asked["redaction"])
    with lab.house.read() as tx:
        assert ledger.entry(tx, order["entry"]).reason is None


def test_one_person_alone_erases_nothing(lab: Lab, order: dict[str, Any], refuses: Refuses) -> None:
    asked = lab.do(commands.ask_redaction, by=lab.qa, **order)["redaction"]
    with refuses("redaction.same_person"):
        lab.do(commands.redact, by=lab.qa, redaction=asked)
    with refuses("redaction.asked_already"):
        lab.do(commands.ask_redaction, by=lab.second_qa, **order)
    lab.do(commands.redact, by=lab.second_qa, redaction=asked)
    with refuses("redaction.done"):
        lab.do(commands.redact, by=lab.third_qa, redaction=asked)
    with refuses("redaction.not_there"):
        lab.do(commands.ask_redaction, by=lab.qa, **order)


def test_only_words_that_the_entry_wrote_are_offered(lab: Lab, order: dict[str, Any], refuses: Refuses) -> None:
    for other in (
        {"field": "subject"},
        {"table": "nonsense"},
        {"key": "999"},
        {"field": "phase"},
        {"table": "quality_lot"},
    ):
        with refuses("redaction.not_there"):
            lab.do(commands.ask_redaction, by=lab.qa, **{**order, **other})
    with pytest.raises(NotFound):
        lab.do(commands.ask_redaction, by=lab.qa, **{**order, "entry": 99_999})
    assert not may_hold_words("data", 4_000, "personal")
    assert not may_hold_words("password", 200, "secret")
    assert not may_hold_words("initials", 10, "personal")


def test_only_qa_may(lab: Lab, order: dict[str, Any]) -> None:
    for who in (lab.technician, lab.analyst, lab.nurse, lab.house.actor("administrator")):
        with pytest.raises(Forbidden):
            lab.do(commands.ask_redaction, by=who, **order)
        with pytest.raises(Forbidden):
            lab.do(commands.redact, by=who, redaction=1)


def test_the_list_and_the_entry_offer_it_to_who_may(lab: Lab, order: dict[str, Any]) -> None:
    with TestClient(app_for(lab.house, lambda: lab.second_qa)) as client:
        assert "Nothing was erased." in client.get("/quality/redactions").text
        asked = lab.do(commands.ask_redaction, by=lab.qa, **order)["redaction"]
        page = client.get("/quality/redactions").text
        assert "1 waits for a second signature." in page
        assert f"/do/quality/redact?redaction={asked}" in page
        lab.do(commands.redact, by=lab.second_qa, redaction=asked)
        assert "/do/quality/redact" not in client.get("/quality/redactions").text
    with TestClient(app_for(lab.house, lambda: lab.analyst)) as client:
        assert "/do/quality/redact" not in client.get("/quality/redactions").text
