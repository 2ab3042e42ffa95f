"""Deviations, actions and changes as people see them: one story, and every button that a person may press."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain import composition
from cellchain.platform.files import DataDir
from cellchain.quality.deviations import commands as deviations
from tests.quality.app import app_for
from tests.quality.follow_up import PDF, Desk
from tests.quality.lab import Lab
from tests.quality.test_open_deviation import opened
from tests.quality.test_pages import Desk as Browser


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Desk:
    return Desk(lab, DataDir(tmp_path))


@pytest.fixture
def browser(lab: Lab, desk: Desk) -> Iterator[Browser]:
    made = Browser(lab)
    app = app_for(lab.house, lambda: made.actor)
    app.state.way, app.state.folder = composition.way, desk.folder
    with TestClient(app, base_url="https://testserver") as client:
        made.client = client
        yield made


def test_a_deviation_reads_as_a_story(lab: Lab, desk: Desk, browser: Browser) -> None:
    number = opened(lab, lab.lot())
    where = f"/quality/deviations/{number}"
    assert "DV-26-001: open, to be assessed." in browser.as_(lab.qa).get(where)
    assess = browser.get(f"{where}/assess")
    for words in ("No effect on the quality of the cells", "Its whole lot as well", "Lots: 1, bags: 2, vials: 0"):
        assert words in assess
    told: dict[str, Any] = {
        "deviation": str(number),
        "severity": "critical",
        "assessment": "It may reach somebody",
        "reach": "lot",
    }
    assert browser.post(f"/do/quality/assess_deviation?next={where}", **told) == where
    page = browser.get(where)
    order = [
        *("What happened", "Class", "What it affects", "Containment"),
        *("Root cause", "What is done about it", "Closing"),
    ]
    at = [page.index(f"<span>{title}</span>") for title in order]
    assert at == sorted(at), "the story is told in its order"
    assert "Hold 3 things that are not held yet" in page
    assert "The root cause is not determined." in page
    assert f"/do/quality/close_deviation?deviation={number}" not in page
    contain: dict[str, Any] = {"deviation": str(number), "reach": "lot", "reason": "Until it is clear"}
    assert browser.post(f"/do/quality/contain_deviation?next={where}", **contain) == where
    assert "3 holds of this deviation are in force." in browser.get(where)
    desk.explain(number)
    assert "You had a hand in it. Another person of QA closes it." in browser.get(where)
    assert f"/do/quality/close_deviation?deviation={number}" in browser.as_(lab.second_qa).get(where)
    desk.close(number)
    assert "DV-26-001: closed." in browser.get(where)
    assert "закрыто" in browser.get(where, language="ru")


def test_a_signed_form_says_what_is_wrong_outside_its_fields(lab: Lab, browser: Browser) -> None:
    page = browser.as_(lab.qa).post("/do/quality/close_deviation", 422, deviation="1", odd="1")
    assert "Some fields need correction. Nothing was changed." in page
    assert "This field is not known here. Open the page again and repeat." in page


def test_a_stale_assessment_is_refused_on_the_page(lab: Lab, desk: Desk, browser: Browser) -> None:
    number = desk.assessed("minor")
    told: dict[str, Any] = {
        "deviation": str(number),
        "severity": "major",
        "assessment": "I read the page before",
        "reach": "lot",
    }
    page = browser.as_(lab.third_qa).post("/do/quality/assess_deviation", 409, **told)
    assert "deviation.assessed_meanwhile" in page
    anew = browser.get(f"/quality/deviations/{number}/assess")
    assert 'name="replaces" value="1"' in anew
    assert "Assess it anew" in anew


def test_only_who_knows_the_arms_sees_whose_bags_they_are(lab: Lab, desk: Desk, browser: Browser) -> None:
    lot = lab.lot()
    bag = lab.containers(lot)[0]
    handed = lab.house.database.house
    lab.house.database.house = replace(handed, onward=lambda tx, code: ["RC012600000151"] if code == bag else ())
    number = desk.assessed(lot=lot)
    where = f"/quality/deviations/{number}"
    assert "/trial/recipients/RC012600000151" in browser.as_(lab.qa).get(where)
    page = browser.as_(lab.house.actor("sponsor")).get(where)
    assert "/trial/recipients/" not in page
    assert "RC" not in page.split("What it affects")[1].split("Containment")[0]
    assert "Recipients: 1. Their codes are not for your roles." in page


def test_an_action_from_its_page(lab: Lab, desk: Desk, browser: Browser) -> None:
    deviation = desk.assessed()
    form = browser.as_(lab.qa).get(f"/do/quality/plan_action?deviation={deviation}")
    assert f'<option value="{lab.technician.person}"' in form
    assert lab.nurse.person not in form
    action = desk.planned(deviation)
    where = f"/quality/actions/{action}"
    assert "says when it is done, with the evidence." in browser.get(where)
    assert "Say that it is done" in browser.as_(lab.technician).get(where)
    browser.get(f"{where}/evidence", 404)
    answer = browser.client.post(
        f"/do/quality/complete_action?next={where}",
        data={"csrf": "token", "action": str(action), "account": "Renewed"},
        files={"evidence": ("gasket.pdf", PDF, "application/pdf")},
        follow_redirects=False,
    )
    assert answer.headers["location"] == where, answer.text
    assert "gasket.pdf" in browser.get(where)
    back = browser.client.get(f"{where}/evidence")
    assert (back.content, back.headers["content-disposition"].split(";")[0]) == (PDF, "attachment")
    assert "Judge the effect" in browser.as_(lab.qa).get(where)
    told: dict[str, Any] = {"action": str(action), "is_effective": "false", "judgement": "It leaks again"}
    assert browser.sign(f"/do/quality/judge_action?next={where}", **told) == where
    page = browser.get(where)
    assert "Another action has to follow." in page
    assert f"follows={action}" in page
    assert "No action is under way." in browser.get("/quality/actions")


def test_a_change_from_its_page(lab: Lab, desk: Desk, browser: Browser) -> None:
    change = desk.requested(deviation=desk.assessed())
    where = f"/quality/changes/{change}"
    page = browser.as_(lab.technician).get(where)
    assert "CC-26-001: asked for." in page
    assert "DV-26-001" in page
    assert "SOP-3 v2" in page
    assert browser.as_(lab.qa).sign(f"/do/quality/approve_change?next={where}", change=str(change)) == where
    assert "A second person of QA countersigns." in browser.get(where)
    lab.countersign(lab.second_qa)
    assert "Say that it is made" in browser.as_(lab.second_technician).get(where)
    assert "1 change is under way." in browser.get("/quality/changes")
    browser.get(f"{where}/evidence/1", 404)


def test_what_is_overdue_is_on_one_screen(lab: Lab, desk: Desk, browser: Browser) -> None:
    assert "Nothing is overdue." in browser.as_(lab.qa).get("/quality/due")
    desk.planned(desk.assessed())
    lab.wait(days=40)
    page = browser.get("/quality/due")
    assert "2 things are overdue." in page
    assert "The oldest is 33 days late." in page
    assert page.index("CA-26-001") < page.index("DV-26-001")
    one = browser.get(f"/quality/due?owner={lab.technician.person}")
    assert ("CA-26-001" in one, "DV-26-001" in one) == (True, False)
    assert "Nothing is overdue." in browser.get("/quality/due?owner=nobody")


def test_a_complaint_has_its_own_facts(lab: Lab, desk: Desk, browser: Browser) -> None:
    told: dict[str, Any] = {"subject": lab.lot(), "title": "A scratched port", "description": "The ward saw it"}
    told |= {"complainant": "Ward 2", "came_by": "Telephone", "received_at": "2026-03-02T09:00"}
    browser.as_(lab.technician).post("/do/quality/record_complaint", **told)
    page = browser.as_(lab.qa).get("/quality/deviations/1")
    for words in ("Complaint. A scratched port", "Ward 2", "Telephone", "Whoever complained has not been answered."):
        assert words in page
    assert "A scratched port" in browser.get("/quality/deviations?kind=complaint")
    assert "A scratched port" not in browser.get("/quality/deviations?kind=returned_product")
    browser.get("/quality/deviations?kind=nonsense", 404)
    lab.do(deviations.answer_complaint, by=lab.qa, deviation=1, answer="It is the cover alone")
    assert "It is the cover alone" in browser.get("/quality/deviations/1")


@pytest.mark.parametrize("path", ["/quality/deviations/99", "/quality/actions/99", "/quality/changes/99"])
def test_what_is_not_there(browser: Browser, path: str) -> None:
    browser.get(path, 404)
