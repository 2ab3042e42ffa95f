"""A QA officer at the desk: wrong input first, then right input to the end. What was typed stays, and counts once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cellchain.quality.rules.investigations import CHECKS
from tests.e2e.server import Demonstration

Opener = Callable[..., Page]
ACCOUNT = "Demonstration: the door of the cold store stood open for a minute."
REASON = "Demonstration: a supplier's alert about a reagent."


@pytest.fixture
def desk(served: Demonstration, open_page: Opener) -> Callable[[str], Page]:
    """A page of somebody who has signed in. What the console says of a refused form is no complaint of the page."""

    def of(who: str) -> Page:
        page = open_page(locale="en", viewport={"width": 1280, "height": 900})
        served.enter(page, who)
        return page

    return of


def send(page: Page, times: int = 1) -> int:
    """Press the form's button, as often as an impatient hand does; gives the status of the answer."""
    button = page.locator("main .sign button[type=submit], main form.order button[type=submit]").last
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        button.click() if times == 1 else button.dblclick()
    page.wait_for_load_state("networkidle")
    return answered.value.status


def field(page: Page, name: str) -> Locator:
    return page.locator(f"main .sign [name='{name}'], main form.order [name='{name}']").first


def fault(page: Page, name: str) -> str:
    """What stands by a field."""
    return page.locator(f"#{field(page, name).get_attribute('id')}-error").inner_text()


def sign(page: Page, served: Demonstration, who: str, password: str | None = None) -> int:
    field(page, "signature.username").fill(who)
    field(page, "signature.password").fill(password or served.passwords[who])
    return send(page)


def test_a_deviation(served: Demonstration, desk: Callable[[str], Page], complaints: list[str]) -> None:
    page = desk("qa1")
    page.goto(f"{served.url}/do/quality/open_deviation")
    field(page, "description").fill(ACCOUNT)
    assert send(page) == 422
    assert fault(page, "title")
    expect(field(page, "description")).to_have_value(ACCOUNT)
    lot = served.manifest["lots"][0]["code"]
    field(page, "subject").fill(lot)
    field(page, "title").evaluate("(one) => { one.removeAttribute('maxlength'); one.value = 'x'.repeat(500) }")
    assert send(page) == 422
    assert fault(page, "title")
    expect(field(page, "description")).to_have_value(ACCOUNT)
    field(page, "title").fill("Door of the cold store")
    assert send(page, times=2) < 400
    page.goto(f"{served.url}/quality/deviations")
    expect(page.get_by_text("Door of the cold store")).to_have_count(1)
    complaints.clear()


def test_a_recall(served: Demonstration, desk: Callable[[str], Page], complaints: list[str]) -> None:
    page, stale = desk("qa1"), desk("qa1")
    page.goto(f"{served.url}/quality/recall")
    page.get_by_role("button", name="Show what it reaches").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing says where the fault lies")
    field(page, "root").fill("LT 99 nonsense")
    page.get_by_role("button", name="Show what it reaches").click()
    assert fault(page, "root")
    expect(field(page, "root")).to_have_value("LT 99 nonsense")
    lot = next(one["code"] for one in served.manifest["lots"] if one["phase"] == "rejected")
    page.goto(f"{served.url}/quality/recall?root={lot}&since=2026-02-31T10:00")
    assert fault(page, "since")
    expect(field(page, "root")).to_have_value(lot)
    for one in (page, stale):
        one.goto(f"{served.url}/quality/recall?root={lot}")
    assert sign(page, served, "qa1") == 422
    assert fault(page, "reason") == "A recall needs a reason. Write what is wrong."
    field(page, "reason").fill(REASON)
    assert sign(page, served, "qa1", "not the password") in (401, 403)
    expect(field(page, "reason")).to_have_value(REASON)
    expect(field(page, "signature.username")).to_have_value("qa1")
    assert sign(page, served, "qa1") < 400
    expect(page.locator("h1")).to_contain_text("recalled")
    field(stale, "reason").fill(REASON)
    assert sign(stale, served, "qa1") == 409
    expect(stale.get_by_role("alert")).to_contain_text("was recalled already")
    letters(served, page)
    complaints.clear()


def letters(served: Demonstration, page: Page) -> None:
    """Its letters go out, and that the authority was told is written down; on a day that was."""
    where = page.url
    page.goto(f"{where}/letters")
    assert sign(page, served, "qa1", "not the password") in (401, 403)
    assert sign(page, served, "qa1") < 400
    expect(page.get_by_text("Sent through cellchain").first).to_be_visible()
    page.get_by_role("link", name="Write down that the authority was told").click()
    field(page, "reference").fill("Register 12")
    field(page, "sent_on").fill("2099-01-01")
    assert send(page) == 422
    expect(field(page, "reference")).to_have_value("Register 12")
    field(page, "told_by").fill("S. Example")
    assert send(page) == 422
    assert "still to come" in fault(page, "sent_on")
    field(page, "sent_on").fill(page.evaluate("() => document.documentElement.dataset.now.slice(0, 10)"))
    assert send(page, times=2) < 400
    expect(page.get_by_text("Told by S. Example")).to_have_count(1)


def test_what_is_practised_is_never_behind_the_signature(served: Demonstration, desk: Callable[[str], Page]) -> None:
    page = desk("qa1")
    page.goto(f"{served.url}/quality/recall?root={served.manifest['donors'][0]['code']}")
    reason = "Demonstration: practised once."
    page.locator("#watch-reason").fill(reason)
    page.mouse.wheel(0, 400)
    page.get_by_role("button", name="Start an exercise").dblclick()
    expect(page.locator("h1")).to_contain_text("found")
    page.goto(f"{served.url}/quality/recalls")
    expect(page.locator("td", has_text=reason)).to_have_count(1)


def test_an_investigation(served: Demonstration, desk: Callable[[str], Page], complaints: list[str]) -> None:
    page = desk("qa1")
    number = 2
    page.goto(f"{served.url}/do/quality/investigate_fully?investigation={number}")
    field(page, "manufacturing_review").fill(ACCOUNT)
    assert send(page) == 422
    assert fault(page, "scope_account")
    expect(field(page, "manufacturing_review")).to_have_value(ACCOUNT)
    laboratory: dict[str, Any] = dict.fromkeys(CHECKS, "in_order")
    order = {"investigation": number, **laboratory, "hypothesis": "Demonstration: no cause was found."}
    served.do("analyst2", "quality/investigate_laboratory", **order)
    for name in ("scope_account", "root_account"):
        field(page, name).fill(ACCOUNT)
    page.locator("main [name='root_cause'][value='not_found'], main select[name='root_cause']").first.evaluate(
        "(one) => { if (one.tagName === 'SELECT') one.value = 'not_found'; else one.checked = true }"
    )
    assert send(page, times=2) < 400
    page.goto(f"{served.url}/do/quality/conclude_investigation?investigation={number}")
    field(page, "reasoning").fill(ACCOUNT)
    page.locator("main [name='conclusion'][value='confirmed']").check()
    assert sign(page, served, "qa1") in (403, 409)
    expect(field(page, "reasoning")).to_have_value(ACCOUNT)
    other = desk("qa2")
    other.goto(f"{served.url}/do/quality/conclude_investigation?investigation={number}")
    field(other, "reasoning").fill(ACCOUNT)
    other.locator("main [name='conclusion'][value='confirmed']").check()
    assert sign(other, served, "qa2", "not the password") in (401, 403)
    expect(field(other, "reasoning")).to_have_value(ACCOUNT)
    assert sign(other, served, "qa2") < 400
    other.goto(f"{served.url}/quality/investigations/{number}")
    expect(other.locator("main")).to_contain_text(ACCOUNT)
    complaints.clear()
