"""One therapy from vein to vein, through the served application: a donor's marrow becomes a bag in a recipient.

Everybody signs in as themselves. Orders go through the JSON API, as a script of the site would send them. Every
material and every piece of equipment is scanned at the bench, the labels of harvest and bag are scanned back, the
bag's label is scanned at the hand-over, wristband and bag at the bedside, by keystrokes in real browsers. Left out: the
dozens of labels on vials and vessels are confirmed through the API. The clock is simulated, because a bank needs weeks.
What happens before a donor comes (people, labels, places, materials, specifications, the study) is set up without HTTP,
as the demonstration is.
"""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from cellchain.composition import INVARIANTS
from cellchain.demo import clinic, lab, quality, testing
from cellchain.demo import donors as donor_story
from cellchain.demo.clinic import Person
from cellchain.demo.custody import COLD_MC, carry
from cellchain.demo.lab import Lab
from cellchain.demo.stage import take_the_stage
from cellchain.donors import commands as donors
from cellchain.ledger.audit import run_verify
from cellchain.quality import commands as decisions
from cellchain.trial import commands as trial
from tests.e2e.browser_stage import BrowserStage, hosted
from tests.e2e.screens import PHONE, TABLET, scan

Opener = Callable[..., Page]
CANDIDATES = 8


def test_from_a_harvest_to_an_infusion_and_back(stage: BrowserStage, open_page: Opener) -> None:
    take_the_stage(stage)
    study, rooms = clinic.open_the_study(stage), Lab()
    lab.furnish(stage, rooms)
    testing.equip(stage, rooms)
    quality.specify(stage)
    with hosted(stage.installation) as url:
        stage.open_doors(url, open_page)
        donor = welcome(stage)
        vials = bank(stage, rooms, donor)
        person = recipient(stage, study)
        bag, symbol = product(stage, rooms, study, vials, person)
        to_the_ward(stage, rooms, bag, symbol)
        infuse(stage, person, symbol)
        assert stage.scans > 50
        follow_the_trace(stage, donor, bag, person)
        stage.close_doors()
    assert run_verify(stage.installation.database, stage.installation.folder, INVARIANTS).intact


def welcome(stage: BrowserStage) -> str:
    """A donor: registered, consented, screened, found eligible by the physician's signature."""
    donor: str = stage.do(
        "coordinator1",
        donors.register_donor,
        name="Donor Demonstration 1",
        identity_document="DEMO 000001",
        sex="female",
        birth_year=1990,
        blood_group="O+",
    )["donor"]
    stage.do("coordinator1", donors.record_consent, donor=donor, version="demo-1")
    donor_story.clear(stage, donor)
    return donor


def bank(stage: BrowserStage, rooms: Lab, donor: str) -> list[str]:
    """The harvest, its label scanned back, its way to the laboratory, five weeks of culture, and a released bank."""
    donation, harvested = donor_story.harvest(stage, rooms, donor)
    vials = lab.make_bank(stage, rooms, donation, harvested, donor_story.look_after)
    lot = rooms.lots["bank"]
    sample = rooms.samples[lot, "bank_tests"]
    lab.finish(stage, lot)
    stage.wait(days=15)
    quality.finish_tests(stage, lot, sample, "further_use")
    quality.review_and_release(stage, lot, decisions.release_for_further_use)
    return vials


def recipient(stage: BrowserStage, study: str) -> Person:
    """The first of those enrolled to whom the list gives cells."""
    for number in range(1, CANDIDATES + 1):
        person = clinic.enrol(stage, study, number)
        clinic.randomise(stage, person)
        if person.arm == "MSC":
            return person
    raise AssertionError("the list gave nobody cells")


def product(stage: BrowserStage, rooms: Lab, study: str, vials: list[str], person: Person) -> tuple[str, str]:
    """A thawed vial, twelve days of culture, one bag for one recipient, released conditionally. Gives bag and label."""
    lot = lab.open_lot(stage, rooms, "product", "Bench 2", [rooms.lots["bank"]], study)
    tube = lab.expand(stage, rooms, lot, vials[0])
    clinic.plan_and_order(stage, person, stage.today())
    bag = lab.fill_bag(stage, rooms, lot, tube)
    stage.do("technician1", trial.assign_bag, bag=bag, recipient=person.code)
    symbol = lab.label_and_confirm(stage, "technician1", bag, "infusion_bag")
    quality.sample_and_test(stage, lot, tube, ["conditional"])
    quality.start_tests(stage, lot, quality.take_sample(stage, tube), "final")
    lab.finish(stage, lot)
    quality.review_and_release(stage, lot, decisions.release_conditionally)
    quality.tag(stage, bag, symbol)
    return bag, symbol


def to_the_ward(stage: BrowserStage, rooms: Lab, bag: str, symbol: str) -> None:
    """Handed over cold. Whoever takes it finds the bag by its label, wherever they are in the program."""
    page = stage.page_of("technician2", "/")
    scan(page, [symbol])
    page.wait_for_url(f"**/{bag}")
    carry(stage, rooms, bag, "technician2", "nurse2", "Cold store", "Ward 3", temperature_mc=COLD_MC)


def infuse(stage: BrowserStage, person: Person, symbol: str) -> None:
    """Two nurses, two browsers, each alone; then one of them starts."""
    first = stage.page_of("nurse1", "/bedside", viewport=TABLET)
    second = stage.page_of("nurse2", "/bedside", viewport=PHONE)
    for page, symbols in ((first, (person.wristband, symbol)), (second, (symbol, person.wristband))):
        scan(page, symbols)
        page.click("form.c-look button[value=right]")
        page.wait_for_url("**/bedside/checks/*")
    expect(first.locator("h1")).to_have_text("The first check is done.")
    expect(second.locator("main[data-v=match] h1").first).to_have_text("MATCH")
    second.click("form.v-act button[type=submit]")
    second.wait_for_url("**/bedside/infusions/*")
    expect(second.locator("h1")).to_have_text("Infusion is running")


def follow_the_trace(stage: BrowserStage, donor: str, bag: str, person: Person) -> None:
    """From the donor forward to the recipient, from the recipient back to the donor."""
    forward = nodes(stage, donor, "forward")
    assert forward[bag] == "container"
    assert forward[person.code] == "recipient"
    backward = nodes(stage, person.code, "backward")
    assert backward[donor] == "donor"
    assert {"donation", "lot", "container", "material_lot"} <= set(backward.values())


def nodes(stage: BrowserStage, root: str, direction: str) -> dict[str, Any]:
    """What a trace reaches: the kind of each code."""
    assert stage.served is not None
    stage.served.forget("qa1")
    answer = stage.served.get(f"/api/v1/trace/{root}?direction={direction}", "qa1")
    assert answer.status_code == 200, answer.text
    return {node["code"]: node["kind"] for node in answer.json()["nodes"]}
