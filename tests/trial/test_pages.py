"""The trial's pages: who may open them, what stands on them, and what never does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.trial import commands
from tests.factories import House
from tests.trial.app import CSRF, PASSWORD, make_app
from tests.trial.story import DEFINITION_TEXT, FIRST_ON, STUDY, Story, answers
from tests.trial.test_leaks import ARM_CODES, RENAMED

Get = Callable[..., Any]


@pytest.fixture
def story(house: House) -> Story:
    """A study whose arm codes cannot stand on a page by chance, and nurses who may see names."""
    made = Story(house, definition_text=RENAMED)
    nurse = made.people.nurse
    seeing = replace(nurse, permissions=nurse.permissions | {"trial.see_name"})
    made.people = replace(made.people, nurse=seeing)
    return made


@pytest.fixture
def client(story: Story) -> Iterator[TestClient]:
    """A browser without scripts."""
    with TestClient(make_app(story), base_url="https://testserver") as made:
        yield made


@pytest.fixture
def get(client: TestClient) -> Get:
    """Opens a page as somebody."""

    def open_as(path: str, who: str, language: str = "en") -> Any:
        client.cookies.clear()
        client.cookies.set("who", who)
        return client.get(path, headers={"accept-language": language}, follow_redirects=False)

    return open_as


def test_every_stage_of_a_recipient_has_its_sentence(story: Story, get: Get) -> None:
    gone = story.ordered()
    story.do(commands.withdraw_consent, by=story.people.coordinator, recipient=gone, account="Moved away.")
    for recipient, sentence in (
        (story.enrolled(), "consent is missing."),
        (story.consented(), "baseline is missing."),
        (story.measured(), "waits for the physician&#39;s decision."),
        (story.measured(fvc_predicted_permille=300), "1 figures are outside their limits."),
        (story.eligible(), "eligible, not randomised yet."),
        (story.randomised(), "The infusions are not planned yet."),
        (story.planned(), "infusion 1 is due and not ordered."),
        (story.ordered(), "infusion 1 waits for a bag."),
        (story.assigned()[0], "infusion 1 has its bag."),
        (gone, "withdrew consent."),
    ):
        answer = get(f"/trial/recipients/{recipient}", "physician")
        assert answer.status_code == 200
        assert sentence in answer.text, recipient
        assert "Testov" not in answer.text


def test_the_next_act_is_offered_to_who_may_do_it(story: Story, get: Get) -> None:
    recipient = story.eligible()
    act = f'class="btn primary" href="/do/trial/randomise?recipient={recipient}"'
    assert act in get(f"/trial/recipients/{recipient}", "coordinator").text
    assert "/do/trial/randomise" not in get(f"/trial/recipients/{recipient}", "physician").text
    planned = story.planned()
    order = f"recipient={planned}&amp;infusion={story.infusion(planned)}&amp;dose_cells_count=200000000"
    assert f"/do/trial/order_infusion?{order}" in get(f"/trial/recipients/{planned}", "physician").text
    ordered = story.ordered()
    shown = get(f"/trial/recipients/{ordered}", "physician").text
    assert "Cancel the order of infusion 1" in shown
    assert "btn primary" not in shown.partition("</main>")[0]


def test_an_overdue_infusion_is_moved_or_given_up(story: Story, get: Get) -> None:
    recipient = story.planned()
    assert "btn primary" not in get(f"/trial/recipients/{recipient}", "coordinator").text.partition("</main>")[0]
    story.house.clock.advance(timedelta(days=8))
    shown = get(f"/trial/recipients/{recipient}", "coordinator").text
    assert "infusion 1 is overdue." in shown
    assert "Window closed" in shown
    which = f"recipient={recipient}&amp;infusion={story.infusion(recipient)}"
    assert f'class="btn primary" href="/do/trial/reschedule?{which}"' in shown
    assert f"/do/trial/miss_infusion?{which}" in shown
    assert "/do/trial/order_infusion" not in get(f"/trial/recipients/{recipient}", "physician").text
    listed = get("/trial", "coordinator").text
    assert "0 infusions are due within a week." in listed
    assert "1 is overdue." in listed


def test_an_assessor_sees_no_arm_no_bag_and_no_account(story: Story, get: Get) -> None:
    recipient, bag = story.assigned()
    story.do(commands.discontinue_treatment, by=story.people.physician, recipient=recipient, account="Chills after it.")
    grouped = f"{bag[:2]} {bag[2:4]}"
    for path in (f"/trial/recipients/{recipient}", "/trial", f"/trial/studies/{STUDY.code}/recipients"):
        blind, seeing = get(path, "assessor"), get(path, "physician")
        assert blind.status_code == seeing.status_code == 200
        assert not any(arm in blind.text for arm in ARM_CODES)
        assert any(arm in seeing.text for arm in ARM_CODES)
        assert bag not in blind.text
        assert grouped not in blind.text.replace("\u00a0", " ")
        assert "Chills" not in blind.text
        assert "hidden" in blind.text
    assert get(f"/trial/studies/{STUDY.code}", "assessor").status_code == 403


def test_the_calendar_is_the_same_for_whoever_sees_arms_and_whoever_does_not(story: Story, get: Get) -> None:
    """Both arms are prepared on the same days: the blind read the same dates, and no arm and no bag."""
    _, bag = story.assigned()
    story.planned()
    path = f"/trial/studies/{STUDY.code}/calendar?weeks=8"
    blind, seeing = (
        get(path, who).text.partition("<main")[2].partition("</main>")[0] for who in ("assessor", "physician")
    )
    assert blind == seeing
    assert "Bag filled, tested and released" in blind
    assert bag not in blind
    assert not any(arm in blind for arm in ARM_CODES)
    assert get(f"{path}0000", "physician").status_code == 422


def test_what_a_move_costs_stands_before_the_act(story: Story, get: Get) -> None:
    recipient = story.planned(FIRST_ON + timedelta(days=28))
    page = f"/trial/infusions/{story.infusion(recipient)}"
    assert "Every visit" not in get(page, "coordinator").text
    shown = get(f"{page}?on={FIRST_ON + timedelta(days=33)}", "coordinator").text
    assert "every visit moves with it, by 5 days." in shown
    assert "Nobody works on 4\u00a0Apr\u00a02026" in shown
    assert f"due_on={FIRST_ON + timedelta(days=33)}" in shown
    impossible = get(f"{page}?on={FIRST_ON + timedelta(days=60)}", "coordinator").text
    assert "Move that one first" in impossible
    assert "Move it to this day" not in impossible
    assert "This is no day." in get(f"{page}?on=soon", "coordinator").text
    assert "Move it" not in get(page, "assessor").text
    assert get("/trial/infusions/999", "coordinator").status_code == 404


def test_an_order_is_given_and_taken_back_from_the_infusions_page(story: Story, get: Get) -> None:
    recipient = story.planned(FIRST_ON + timedelta(days=28))
    page = f"/trial/infusions/{story.infusion(recipient, 2)}"
    assert "/do/trial/order_infusion?" in get(page, "physician").text
    assert "/do/trial/order_infusion?" not in get(page, "coordinator").text
    story.order(recipient, 2)
    ordered = get(page, "physician").text
    assert "/do/trial/cancel_order?" in ordered
    assert "The order goes." in ordered
    story.do(commands.withdraw_consent, by=story.people.coordinator, recipient=recipient, account="Moved away.")
    gone = get(page, "physician").text
    assert "/do/trial/" not in gone
    assert "Not needed" in gone


def test_nobody_unknown_and_nobody_without_a_role(story: Story, get: Get) -> None:
    recipient = story.enrolled()
    assert get(f"/trial/recipients/{recipient}", "").status_code == 303
    assert get("/trial/recipients/RC012600999999", "physician").status_code == 404
    assert get("/trial/studies/OTHER", "physician").status_code == 404
    assert get(f"/trial/recipients/{recipient}/wristband", "statistician").status_code == 403
    early = get(f"/trial/recipients/{recipient}/wristband", "nurse")
    assert (early.status_code, "wristband.none" in early.text) == (409, True)
    assert get(f"/trial/recipients/{recipient}/eligibility", "coordinator").status_code == 403


def test_the_study_page_shows_the_commitment_and_never_a_row(story: Story, get: Get) -> None:
    story.randomised()
    shown = get(f"/trial/studies/{STUDY.code}", "statistician").text
    with story.house.read() as tx:
        root = tx._link.execute("SELECT root FROM trial_allocation_list").fetchone()[0]
        leaves = [row[0] for row in tx._link.execute("SELECT leaf FROM trial_allocation_row").fetchall()]
    assert root in shown
    assert not any(leaf in shown for leaf in leaves)
    assert "1 of 20 recipients are randomised." in shown


def test_the_name_stands_on_the_wristband_page_alone_and_its_reading_is_noted(story: Story, get: Get) -> None:
    recipient = story.randomised()
    answer = get(f"/trial/recipients/{recipient}/wristband", "nurse")
    assert answer.status_code == 200
    assert "Testov &lt;b&gt;Primer&lt;/b&gt; Obraztsovich" in answer.text
    with story.house.read() as tx:
        readings = tx._link.execute("SELECT recipient, person, place FROM trial_name_reading").fetchall()
    assert readings == [(recipient, story.people.nurse.person, "wristband")]
    assert "Testov" not in get(f"/trial/recipients/{recipient}", "nurse").text


def test_eligibility_is_signed_on_its_page(story: Story, client: TestClient, get: Get) -> None:
    recipient = story.measured()
    path = f"/trial/recipients/{recipient}/eligibility"
    shown = get(path, "physician").text
    assert "Every computed limit holds." in shown
    assert " checked" not in shown
    form = {f"answer.{one['criterion']}": "yes" if one["applies"] else "no" for one in answers()}
    form |= {"csrf": CSRF, "signature.username": "physician", "signature.password": PASSWORD}
    wrong = client.post(path, data={**form, "signature.password": "no"}, follow_redirects=False)
    assert wrong.status_code == 401
    assert "Nothing was signed" in wrong.text
    assert wrong.text.count(" checked") == len(answers())
    missing = {name: value for name, value in form.items() if name != "answer.pregnancy"}
    assert client.post(path, data=missing, follow_redirects=False).status_code == 409
    odd = client.post(path, data={**form, "answer.Pregnancy?": "no"}, follow_redirects=False)
    assert odd.status_code == 422
    signed = client.post(path, data=form, follow_redirects=False)
    assert (signed.status_code, signed.headers["location"]) == (303, f"/trial/recipients/{recipient}")
    assert "eligible, not randomised yet." in get(f"/trial/recipients/{recipient}", "physician").text


def test_a_figure_outside_its_limit_locks_the_signature(story: Story, get: Get) -> None:
    recipient = story.measured(fvc_predicted_permille=390)
    shown = get(f"/trial/recipients/{recipient}/eligibility", "physician").text
    assert "1 figure is outside its limit." in shown
    assert 'type="submit"' not in shown.split("</header>")[1].split("<aside")[1].split("</form>")[0]
    empty = get(f"/trial/recipients/{story.consented()}/eligibility", "physician").text
    assert "There is no baseline yet." in empty


def test_without_a_study_there_is_one_to_open(house: House) -> None:
    story = Story(house, committed=False)
    app = make_app(story)
    with TestClient(app, base_url="https://testserver") as client:
        client.cookies.set("who", "statistician")
        assert "Commit the allocation list" in client.get(f"/trial/studies/{STUDY.code}").text
        second = DEFINITION_TEXT.replace(f'code = "{STUDY.code}"\n', 'code = "SECOND"\n', 1)
        story.do(commands.open_study, by=story.people.statistician, definition=second)
        shown = client.get("/trial").text
    assert "Choose a study." in shown
    assert "/trial/studies/SECOND/recipients" in shown


def test_the_pages_speak_the_readers_language(story: Story, get: Get) -> None:
    shown = get(f"/trial/studies/{STUDY.code}", "statistician", "ru").text
    assert 'lang="ru"' in shown
    assert STUDY.eligibility.exclusions[0].title.ru in shown
