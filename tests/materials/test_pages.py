"""What the pages of materials say, to whom."""

from datetime import timedelta

from cellchain.materials import commands
from tests.donors.pages import client
from tests.donors.story import DonorStory
from tests.donors.test_pages import words
from tests.materials.story import MaterialStory
from tests.materials.test_book_harvest_use import house as house


def test_the_list_of_lots_answers_what_may_not_be_used(story: MaterialStory) -> None:
    browser = client(story.house, story.technician)
    assert "No lot was received yet." in browser.get("/materials").text
    heparin = story.material(gtin="4006381333931")
    story.accepted(heparin)
    assert "Every lot may be used. None expires soon." in words(browser.get("/materials").text)
    story.accepted(heparin, days=5)
    story.lot(heparin)
    page = browser.get("/materials").text
    assert "1 lot may not be used. 1 expires soon." in words(page)
    assert f'href="/do/materials/receive_lot?material={heparin}"' in page


def test_a_lot_says_whether_it_may_be_used_and_what_it_went_into(story: MaterialStory) -> None:
    lot = story.accepted(days=100)
    donor = DonorStory(story.house)
    donation = donor.harvest(donor.eligible(), anticoagulant_lot=lot)["donation"]
    browser = client(story.house, story.qa)
    page = browser.get(f"/materials/lots/{lot}").text
    assert "may be used until 10 Jun 2026." in words(page)
    assert f'href="/donations/{donation}"' in page
    story.do(commands.quarantine_lot, by=story.qa, lot=lot, reason="<b>particles</b>")
    page = browser.get(f"/materials/lots/{lot}").text
    assert "in quarantine. QA decides." in words(page)
    assert "&lt;b&gt;particles" in page
    assert "/do/materials/accept_lot?" in page.partition('class="btn primary"')[2][:80]
    story.do(commands.reject_lot, lot=lot, reason="particles")
    assert "rejected." in words(browser.get(f"/materials/lots/{lot}").text)


def test_an_expired_lot_says_so(story: MaterialStory) -> None:
    lot = story.accepted(days=1)
    story.house.clock.advance(timedelta(days=2))
    assert "expired on 3 Mar 2026." in words(client(story.house, story.qa).get(f"/materials/lots/{lot}").text)


def test_equipment_says_until_when_it_is_calibrated(story: MaterialStory) -> None:
    browser = client(story.house, story.qa)
    assert "No equipment is registered yet." in browser.get("/materials/equipment").text
    machine, scanner = story.in_service(days=20), story.equipment("SCAN-1", "scanner")
    page = browser.get(f"/materials/equipment/{machine}").text
    assert "INC-1: in service. Calibrated until 22 Mar 2026." in words(page)
    assert "Nothing is overdue. 1 is due within 30 days." in words(browser.get("/materials/equipment").text)
    story.do(commands.return_to_service, by=story.qa, equipment=scanner)
    assert "Needs no calibration." in browser.get(f"/materials/equipment/{scanner}").text
    story.house.clock.advance(timedelta(days=21))
    assert "1 machine is overdue." in words(browser.get("/materials/equipment").text)
    assert "calibration overdue. Due on 22 Mar 2026." in words(browser.get(f"/materials/equipment/{machine}").text)
    story.do(commands.take_out_of_service, equipment=machine, reason="No calibration.")
    assert "INC-1: out of service." in words(browser.get(f"/materials/equipment/{machine}").text)


def test_what_is_low_is_to_be_ordered(story: MaterialStory) -> None:
    heparin = story.material()
    story.do(commands.set_stock_limits, material=heparin, low="1000")
    browser = client(story.house, story.technician)
    page = words(browser.get("/materials").text)
    assert "To order" in page
    assert "None left" in page
    lot = story.lot(heparin, amount="5000")
    assert "1 material is low." in words(browser.get("/materials").text)
    story.do(commands.accept_lot, lot=lot)
    page = browser.get("/materials").text
    assert "is low." not in page
    assert "5000\u00a0IU" in page
    assert "of 5000\u00a0IU received" in browser.get(f"/materials/lots/{lot}").text
    story.do(commands.count_stock, lot=lot, counted="12", reason="<i>broken</i>")
    page = browser.get(f"/materials/lots/{lot}").text
    assert "\u22124988\u00a0IU" in page
    assert "&lt;i&gt;broken" in page


def test_locations(story: MaterialStory) -> None:
    browser = client(story.house, story.qa)
    assert "No location is registered yet." in browser.get("/materials/locations").text
    place = story.do(commands.register_location, name="Store 1", kind="store")["location"]
    assert "1 location is open." in words(browser.get("/materials/locations").text)
    assert "Store 1: open." in words(browser.get(f"/materials/locations/{place}").text)
    story.do(commands.close_location, by=story.qa, location=place, reason="rebuilt")
    assert "Store 1: closed." in words(browser.get(f"/materials/locations/{place}").text)


def test_only_for_who_may_read_materials(story: MaterialStory) -> None:
    paths = [f"/materials/lots/{story.lot()}", f"/materials/equipment/{story.equipment()}"]
    for path in ("/materials", "/materials/equipment", "/materials/locations", *paths):
        assert client(story.house, story.house.actor("nurse")).get(path).status_code == 403
        assert client(story.house, story.house.actor("analyst")).get(path).status_code == 200


def test_unknown_codes_are_not_found(story: MaterialStory) -> None:
    browser = client(story.house, story.qa)
    for path in ("lots/ML012600007755", "equipment/EQ012600007735", "locations/LC012600007773"):
        assert browser.get(f"/materials/{path}").status_code == 404
