"""What the pages of donors say, to whom."""

from datetime import timedelta

import pytest

from cellchain.donors import commands, queries
from cellchain.ledger.actor import Actor
from cellchain.web.format import grouped
from tests.donors.pages import client
from tests.donors.story import CLEAR, CLEAR_NUCLEIC, DonorStory, healthy
from tests.labels.licensed.site import Site


def words(html: str) -> str:
    """The text of a page, roughly: tags out, blanks folded."""
    out, inside = [], False
    for character in html:
        if character in "<>":
            inside = character == "<"
        elif not inside:
            out.append(character)
    return " ".join("".join(out).replace("\u00a0", " ").split())


def test_the_list_answers_how_many_may_give(story: DonorStory) -> None:
    browser = client(story.house, story.coordinator)
    assert "No donor is registered yet." in browser.get("/donors").text
    first, second = story.register(), story.eligible()
    page = browser.get("/donors")
    said = words(page.text)
    assert page.status_code == 200
    assert "1 donor may give now." in said
    assert grouped(first)[:-2].replace("\u00a0", " ").strip() in said
    assert "Not yet determined" in said
    assert f'href="/donors/{second}"' in page.text
    assert "Invented" not in page.text


@pytest.mark.parametrize(
    ("tell", "headline", "next_verb"),
    [
        (
            lambda story, donor: None,
            "not yet eligible. The health questions were not asked.",
            "/do/donors/record_consent?",
        ),
        (lambda story, donor: story.consent(donor), "The health questions were not asked.", "/questions"),
        (
            lambda story, donor: (story.consent(donor), story.ask(donor, travel="To Example.")),
            "not yet eligible. A physician has to judge the answers.",
            None,
        ),
        (
            lambda story, donor: (story.consent(donor), story.ask(donor)),
            "Screening is not complete.",
            "/do/donors/record_screening?",
        ),
        (
            lambda story, donor: (story.consent(donor), story.ask(donor), story.screen_all(donor)),
            "waits for a physician.",
            None,
        ),
    ],
)
def test_the_headline_of_a_donor_on_the_way(story: DonorStory, tell, headline: str, next_verb: str | None) -> None:
    donor = story.register()
    tell(story, donor)
    page = client(story.house, story.coordinator).get(f"/donors/{donor}").text
    assert headline in words(page)
    primary = page.partition("</main>")[0].partition('class="btn primary"')[2][:80]
    assert (next_verb in primary) if next_verb else not primary


def test_the_headline_of_a_donor_who_may_give(story: DonorStory) -> None:
    donor = story.eligible()
    page = client(story.house, story.physician).get(f"/donors/{donor}").text
    assert "may give until 30 Mar 2026." in words(page)
    assert "/do/donors/record_harvest?" in page.partition('class="btn primary"')[2][:80]
    russian = client(story.house, story.physician, "ru").get(f"/donors/{donor}")
    assert russian.headers["content-language"] == "ru"


def test_every_turn_has_its_page(story: DonorStory) -> None:
    donor = story.register()
    browser = client(story.house, story.physician)
    story.consent(donor, "1.0")
    story.consent(donor, "2.0")
    story.ask(donor)
    story.screen(donor, assay="nucleic_acid", **CLEAR_NUCLEIC)
    story.screen(donor, **{**CLEAR, "cmv": "positive", "htlv": "pending"})
    assert "Positive, allowed" in browser.get(f"/donors/{donor}").text
    story.screen(donor, htlv="negative")
    story.determine(donor, note="Past infection.")
    story.harvest(donor)
    assert "may give again from 1 Apr 2026. After new questions and tests." in words(
        browser.get(f"/donors/{donor}").text
    )
    story.do(commands.withdraw_consent, by=story.coordinator, donor=donor)
    assert "Withdrawn 2 Mar 2026" in words(browser.get(f"/donors/{donor}").text)
    until = (story.house.clock.now() + timedelta(days=3)).date()
    story.do(commands.defer_donor, by=story.physician, donor=donor, until=until, reason="a cold")
    assert "Reason: a cold" in browser.get(f"/donors/{donor}").text
    story.determine(donor, "ineligible", note="Not healthy.")
    said = words(browser.get(f"/donors/{donor}").text)
    assert "ineligible." in said
    assert "What stands in the way of a harvest" in said


def test_what_was_reported_is_for_those_who_may_report(story: DonorStory) -> None:
    donor = story.eligible()
    report = {"information": "<b>Hepatitis</b>", "learnt_from": "the donor"}
    story.do(commands.report_post_donation_information, by=story.coordinator, donor=donor, **report)
    page = client(story.house, story.physician).get(f"/donors/{donor}").text
    assert "&lt;b&gt;Hepatitis" in page
    assert "<b>Hepatitis" not in page
    assert "Hepatitis&lt;" not in client(story.house, story.house.actor("inspector")).get(f"/donors/{donor}").text


def test_a_donation_says_until_when_the_laboratory_needs_it(story: DonorStory) -> None:
    donation = story.harvest(story.eligible())["donation"]
    browser = client(story.house, story.coordinator)
    page = browser.get(f"/donations/{donation}").text
    assert "on its way to the laboratory. Needed there by 3 Mar 2026, 12:30 MSK." in words(page)
    assert "clockbar" in page
    story.house.clock.advance(timedelta(days=1))
    late = browser.get(f"/donations/{donation}").text
    assert "overdue in the laboratory." in words(late)
    assert "clockbar" not in late


def test_a_donation_shows_its_isbt_number_where_the_scheme_is_on(story: DonorStory) -> None:
    donation, site = story.harvest(story.eligible())["donation"], Site(story.house)

    def page(who: Actor) -> str:
        return client(story.house, who).get(f"/donations/{donation}").text

    assert "ISBT 128" not in page(story.coordinator)
    site.on()
    link = f'href="/do/labels/bind_number?thing={donation}&amp;next=/donations/{donation}"'
    assert link in page(story.coordinator)
    assert "ISBT 128" not in page(story.house.actor("inspector"))
    site.bind(thing=donation)
    for who in (story.coordinator, story.house.actor("inspector")):
        assert "G1234 17 654321 A" in words(page(who))
    assert link not in page(story.coordinator)


def test_only_for_who_may_read_donors(story: DonorStory) -> None:
    donor = story.eligible()
    donation = story.harvest(donor)["donation"]
    for path in ("/donors", f"/donors/{donor}", f"/donations/{donation}"):
        assert client(story.house, story.house.actor("nurse")).get(path).status_code == 403
        assert client(story.house, story.house.actor("technician")).get(path).status_code == 200


def test_unknown_codes_are_not_found(story: DonorStory) -> None:
    browser = client(story.house, story.qa)
    assert browser.get("/donors/DN012600007744").status_code == 404
    assert browser.get("/donations/DO012600007791").status_code == 404


def answered(**risky: str) -> dict[str, str]:
    """The form of the questions as a browser sends it."""
    form = {"version": "1", "csrf": "token", "request_id": "6f1f2c58-3c1b-4f19-9d5e-6f2f4f0f8a11"}
    for at, one in enumerate(healthy(**risky)):
        form |= {f"answers.{at}.{name}": str(value or "") for name, value in one.items()}
    return form


def test_the_questions_are_asked_in_the_readers_language(story: DonorStory) -> None:
    donor = story.register()
    page = client(story.house, story.coordinator).get(f"/donors/{donor}/questions").text
    assert "16 questions about health." in words(page)
    assert "Do you feel well today?" in page
    assert "checked" not in page.partition("<main")[2].partition("</main>")[0]
    russian = client(story.house, story.coordinator, "ru").get(f"/donors/{donor}/questions").text
    assert "Вы хорошо себя чувствуете сегодня?" in russian


def test_answers_are_recorded_once_however_often_they_are_sent(story: DonorStory) -> None:
    donor = story.register()
    with client(story.house, story.coordinator) as browser:
        for _ in range(2):
            sent = browser.post(f"/donors/{donor}/questions", data=answered(), follow_redirects=False)
            assert (sent.status_code, sent.headers["location"]) == (303, f"/donors/{donor}")
        page = words(browser.get(f"/donors/{donor}").text)
    assert "No risk in them" in page
    assert "of 16" in page


def test_what_was_entered_comes_back_with_what_is_missing(story: DonorStory) -> None:
    donor = story.register()
    form = answered(travel="Two weeks in Example.")
    del form["answers.2.answer"]
    with client(story.house, story.coordinator) as browser:
        sent = browser.post(f"/donors/{donor}/questions", data=form)
        silent = browser.post(f"/donors/{donor}/questions", data=answered(travel=""))
    assert sent.status_code == 422
    assert 'href="#question-3"' in sent.text
    assert 'value="Two weeks in Example."' in sent.text
    assert sent.text.count(" checked") == 15
    assert silent.status_code == 409
    assert "A physician has to look at question 12." in words(silent.text)
    with story.house.read() as tx:
        assert queries.standing_answers(tx, donor) is None


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"version": "one"},
        {"version": "1", "answers.0.question": "x" * 90, "answers.0.answer": "yes"},
        {"version": "1", "answers.9999.question": "well_today"},
        {"happened_at": "never"},
        {"surprise": "1"},
    ],
)
def test_a_form_of_nonsense_is_answered_with_the_questions(story: DonorStory, form: dict[str, str]) -> None:
    donor = story.register()
    sent = client(story.house, story.coordinator).post(f"/donors/{donor}/questions", data={"csrf": "token", **form})
    assert sent.status_code in (409, 422)
    assert "Do you feel well today?" in sent.text


def test_questions_of_nobody_and_for_nobody_else(story: DonorStory) -> None:
    browser = client(story.house, story.coordinator)
    assert browser.get("/donors/DN012600007744/questions").status_code == 404
    assert browser.post("/donors/nonsense/questions", data={"csrf": "token"}).status_code == 404
    donor = story.register()
    assert client(story.house, story.qa).get(f"/donors/{donor}/questions").status_code == 403


def test_what_a_donor_said_is_for_those_who_may_report_it(story: DonorStory) -> None:
    donor = story.register()
    story.ask(donor, travel="Two weeks in <Example>.")
    physician = client(story.house, story.physician).get(f"/donors/{donor}").text
    assert "Two weeks in &lt;Example&gt;." in physician
    assert "Waits for a physician" in physician
    inspector = client(story.house, story.house.actor("inspector")).get(f"/donors/{donor}").text
    assert "Two weeks" not in inspector
    assert "The answers are for physicians, coordinators and QA." in inspector


def test_visits_and_complications_stand_on_the_donations_page(story: DonorStory) -> None:
    pain = {"kind": "pain", "grade": 1, "action": "treated", "note": "Paracetamol."}
    donor = story.eligible()
    donation = story.harvest(donor, complications=[pain])["donation"]
    story.house.clock.advance(timedelta(days=1))
    browser = client(story.house, story.coordinator)
    page = browser.get(f"/donations/{donation}").text
    assert f"/do/donors/record_visit?donation={donation}&amp;visit=day_1" in page
    assert "/do/donors/resolve_complication?complication=1" in page
    assert "Paracetamol." in page
    assert "20, 3 mL each on average" in words(page)
    story.visit(donation, findings="Jaundice.", bears_on_donation=True)
    said = words(browser.get(f"/donations/{donation}").text)
    assert "Done in time" in said
    assert "Reported to QA" in said
    hidden = client(story.house, story.house.actor("technician")).get(f"/donations/{donation}").text
    assert "Jaundice" not in hidden
    assert "Paracetamol" not in hidden
    assert "Follow-up visits" in browser.get(f"/donors/{donor}").text


def test_a_reactive_sample_shows_how_far_it_is(story: DonorStory) -> None:
    donor = story.register()
    sampled_at = story.house.clock.now() - timedelta(days=2)
    browser = client(story.house, story.coordinator)
    for stage, hcv, said in (
        ("initial", "positive", "Reactive, to be repeated"),
        ("repeat", "positive", "Reactive twice, to be confirmed"),
        ("confirmatory", "indeterminate", "Indeterminate"),
    ):
        story.screen(donor, sampled_at=sampled_at, stage=stage, hcv=hcv)
        assert said in words(browser.get(f"/donors/{donor}").text)
