"""The pages of investigations and exceptional uses, as those who act on them see them."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from cellchain.ledger.actor import Actor
from cellchain.quality.investigations import routes as investigation_routes
from tests.quality.app import app_for
from tests.quality.lab import Lab
from tests.quality.oos import FAULT, RECIPIENT, Failed

Shown = Callable[[Actor, str], str]


@pytest.fixture
def failed(lab: Lab) -> Failed:
    return Failed(lab)


@pytest.fixture
def shown(lab: Lab) -> Shown:
    """The page at an address as somebody sees it, without its line breaks."""
    who: list[Actor] = [lab.qa]
    app = app_for(lab.house, lambda: who[0])
    app.include_router(investigation_routes.router)

    def show(by: Actor, path: str) -> str:
        who[0] = by
        with TestClient(app) as client:
            answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return " ".join(answer.text.split())

    return show


def test_the_list_says_what_waits_and_for_how_long(lab: Lab, failed: Failed, shown: Shown) -> None:
    lab.wait(days=3)
    text = shown(lab.qa, "/quality/investigations")
    assert "1 failure is investigated." in text
    assert "The oldest for 3 days." in text
    assert "OOS-26-001" in text
    failed.laboratory(**FAULT)
    failed.conclude("invalidated")
    text = shown(lab.qa, "/quality/investigations")
    assert "No failure is investigated." in text
    assert "Result invalidated" in text


def test_each_is_offered_what_is_theirs(lab: Lab, failed: Failed, shown: Shown) -> None:
    page = f"/quality/investigations/{failed.number}"
    assert "/do/quality/investigate_laboratory" not in shown(lab.analyst, page)
    assert "/do/quality/investigate_laboratory" in shown(lab.second_analyst, page)
    failed.laboratory()
    assert "/do/quality/investigate_fully" not in shown(lab.second_analyst, page)
    text = shown(lab.third_qa, page)
    assert "/do/quality/investigate_fully" in text
    assert "/do/quality/plan_retests" in text
    failed.fully()
    assert "You investigated it. Another person of QA concludes." in shown(lab.third_qa, page)
    assert "/do/quality/conclude_investigation" in shown(lab.qa, page)
    failed.conclude("confirmed")
    text = shown(failed.physician, page)
    assert "confirmed out of specification." in text
    assert "/do/quality/request_exceptional_use" in text
    assert "/quality/holds" not in text, "the physician reads this page and no other of quality"


def test_the_retest_is_offered_to_another_analyst(lab: Lab, failed: Failed, shown: Shown) -> None:
    page = f"/quality/investigations/{failed.number}"
    failed.laboratory(**FAULT)
    assert "Enter a retest" not in shown(lab.second_analyst, page)
    failed.conclude("invalidated")
    assert "Enter a retest" in shown(lab.second_analyst, page)
    assert "Enter a retest" not in shown(lab.analyst, page)
    assert "Fail, invalidated" in shown(lab.qa, f"/quality/samples/{failed.sample}")


def test_the_acts_are_offered_in_turn_and_the_recipient_to_who_knows_the_arm(
    lab: Lab, failed: Failed, shown: Shown
) -> None:
    failed.confirmed()
    use = failed.ask()
    page = f"/quality/exceptional/{use}"
    sponsor = lab.house.actor("sponsor")
    assert "1 of 5 acts are signed." in shown(lab.qa, page)
    assert "/do/quality/evaluate_exceptional_use" in shown(lab.qa, page)
    assert "/do/quality/record_sponsor_told" in shown(failed.coordinator, page)
    assert RECIPIENT[-8:-2] in shown(failed.physician, page).replace("&nbsp;", "").replace(" ", "")
    assert RECIPIENT[-8:-2] not in shown(sponsor, page).replace("&nbsp;", "").replace(" ", "")
    failed.evaluate(use)
    assert "/do/quality/take_on_exceptional_use" in shown(failed.physician, page)
    assert "/do/quality/take_on_exceptional_use" not in shown(lab.house.actor("physician", number=2), page)
    failed.take_on(use)
    failed.tell(use)
    assert "/do/quality/accept_exceptional_use" not in shown(lab.qa, page), "who evaluated does not accept"
    assert "/do/quality/accept_exceptional_use" in shown(lab.second_qa, page)
    failed.accept(use)
    assert "accepted for one recipient." in shown(lab.qa, page)
    assert "Accepted for 1 named recipient alone." in shown(lab.qa, f"/quality/lots/{failed.lot}")
    failed.withdraw(use)
    assert "No bag of the lot is given under it." in shown(lab.qa, page)


def test_where_it_is_linked_from(lab: Lab, failed: Failed, shown: Shown) -> None:
    link = f"/quality/investigations/{failed.number}"
    for page in (f"/quality/lots/{failed.lot}", f"/quality/samples/{failed.sample}", "/quality/deviations/1"):
        assert link in shown(lab.qa, page), page


def test_what_is_not_there(lab: Lab) -> None:
    app = app_for(lab.house, lambda: lab.qa)
    app.include_router(investigation_routes.router)
    with TestClient(app) as client:
        for path in ("/quality/investigations/99", "/quality/exceptional/99"):
            assert client.get(path).status_code == 404
