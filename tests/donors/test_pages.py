"""What the pages of donors say, to whom."""

from datetime import timedelta

import pytest

from cellchain.donors import commands
from cellchain.ledger.actor import Actor
from cellchain.web.format import grouped
from tests.donors.pages import client
from tests.donors.story import CLEAR, DonorStory
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
    assert "1 donor may give now. 2 are registered." in said
    assert grouped(first)[:-2].replace("\u00a0", " ").strip() in said
    assert "Not yet determined" in said
    assert f'href="/donors/{second}"' in page.text
    assert "Invented" not in page.text


@pytest.mark.parametrize(
    ("tell", "headline", "next_verb"),
    [
        (lambda story, donor: None, "not yet eligible. Screening is not complete.", "record_consent"),
        (lambda story, donor: story.consent(donor), "not yet eligible.", "record_screening"),
        (lambda story, donor: (story.consent(donor), story.screen(donor)), "waits for a physician.", None),
    ],
)
def test_the_headline_of_a_donor_on_the_way(story: DonorStory, tell, headline: str, next_verb: str | None) -> None:
    donor = story.register()
    tell(story, donor)
    page = client(story.house, story.coordinator).get(f"/donors/{donor}").text
    assert headline in words(page)
    primary = page.partition("</main>")[0].partition('class="btn primary"')[2][:80]
    assert (f"/do/donors/{next_verb}?" in primary) if next_verb else not primary


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
    story.screen(donor, **{**CLEAR, "cmv": "positive", "htlv": "pending"})
    assert "Positive, allowed" in browser.get(f"/donors/{donor}").text
    story.screen(donor, htlv="negative")
    story.determine(donor, note="Past infection.")
    story.harvest(donor)
    assert "may give again from 1 Apr 2026. After new screening." in words(browser.get(f"/donors/{donor}").text)
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
