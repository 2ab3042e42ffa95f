"""The whole process of the trial by scans alone, from the donor's harvest bag to a bag of cells and one of saline.

Two technicians share the one browser of a bench: a badge hands it over, and each opens their shift by badge and PIN,
tapped on the keypad of the screen, whenever hours have passed. All else that they do is what a keyboard-wedge reader
types: command and digit cards, benches, harvest bag and vials, materials, machines, containers, printed labels scanned
back, the number of a seal. The counters' files are chosen in the browser's file chooser. They take the marrow over,
receive it, clear lines and verify them, open the batches, execute and verify every step, say in standard words why a
value lies outside its alert limit, give up what is left over, and complete the batches. Typing, filling and choosing by
hand fail the test, and the page counts every hand outside the keypad.

What is not theirs is done without the browser: the house and its people, the donor's screening and harvest, the ward's
half of the hand-over, the tests of the bank's sample and QA's release of the bank. The clock is simulated.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cellchain.composition import INVARIANTS
from cellchain.demo import clinic, custody, lab, quality, testing
from cellchain.demo import donors as donor_story
from cellchain.demo.lab import PERFORMER, VERIFIER, Lab
from cellchain.demo.stage import take_the_stage
from cellchain.donors import commands as donors
from cellchain.labels import queries as labels
from cellchain.labels import scan_back
from cellchain.labels import worn as worn_labels
from cellchain.labels.models import Label
from cellchain.ledger.audit import run_verify
from cellchain.manufacturing import batch_record, queries
from cellchain.manufacturing.lines.queries import left_over
from cellchain.manufacturing.record_views import ValueView
from cellchain.manufacturing.rules.definition import Sampling
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.quality import commands as decisions
from tests.e2e.browser_stage import IDLE, SHIFT, BrowserStage, hosted
from tests.e2e.gloves import Gloves, put_the_keyboard_away, tap_pin
from tests.e2e.server import Served

Opener = Callable[..., Page]
DESIGNS = {"CT": "harvest_bag", "CV": "cryovial"}
FLASK = {"area_cm2": "636", "medium_ul": "120"}
LEFT_OVER = "D1: Left over after the process."
TESTED = "bank_tests"
NO_STUDY = "For no study in particular"


@dataclass
class Laboratory:
    """The house, the browser at the bench, who stands before it, and since when each has an open shift."""

    stage: BrowserStage
    rooms: Lab
    served: Served
    gloves: Gloves
    files: Path
    at: str = ""
    shifts: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)

    def hand_to(self, who: str) -> Gloves:
        """Somebody's badge is read at the bench, and their PIN tapped where they have no open shift: from now on what
        happens there is theirs. Where hours have passed the screen is looked at first."""
        now, gloves = self.stage.clock.now(), self.gloves
        if self.at == who and self._is_open(who, now):
            self.shifts[who] = (self.shifts[who][0], now)
            return gloves
        badge, page = self.stage.badges[who], gloves.page
        if self._is_open(self.at, now):
            gloves.badge(badge)
        else:
            page.reload()
            expect(page.locator("#badge")).to_be_focused()
            gloves.scan(badge)
        began = self.shifts[who][0] if self._is_open(who, now) else now
        if "/sign-in" in page.url:
            expect(page.locator("#pin")).to_be_focused()
            tap_pin(page, self.stage.members[who].pin)
            began = now
        gloves.on_duty()
        self.at, self.shifts[who] = who, (began, now)
        return gloves

    def _is_open(self, who: str, now: datetime) -> bool:
        began, used = self.shifts.get(who, (datetime.min.replace(tzinfo=now.tzinfo),) * 2)
        return now - used < IDLE and now - began < SHIFT

    def waiting(self, lot: str) -> Sequence[Label]:
        """The labels of a lot that are to be scanned back."""
        with self.stage.installation.database.read() as tx:
            return scan_back.waiting(tx, lot=lot, label=None, roles=()).rows

    def counted(self, live: str, total: str) -> Path:
        """What the invented counter exports: millions in a millilitre, two runs alike."""
        file = self.files / f"count-{live}.csv"
        file.write_text(f"Live (10^6/mL),Total (10^6/mL)\n{live},{total}\n{live},{total}\n", encoding="utf-8")
        return file

    def things(self, lot: str, title: str) -> list[str]:
        """What the step of this title asks to be scanned."""
        with self.stage.installation.database.read() as tx:
            steps = batch_record.progress(tx, lot).definition.steps
        (step,) = (one for one in steps if one.title.en == title)
        return [self.rooms.supplies[kind] for kind in step.materials] + [
            self.rooms.equipment[kind] for kind in step.equipment
        ]

    def step(
        self, lot: str, title: str, work: Callable[[Gloves], None], kinds: int = 0, sampled: str = ""
    ) -> list[str]:
        """A whole step by scans, verified by scans: what it made is labelled, and sampled as its record says.

        A sample comes out of `sampled`, else out of the last thing made. Gives those whose labels were scanned back.
        """
        gloves = self.hand_to(PERFORMER)
        gloves.start(title)
        gloves.used(self.things(lot, title))
        work(gloves)
        made = self.labelled(lot, gloves, kinds)
        for _ in self.points(lot):
            several = made[-1:] if len(made) > 1 else []
            gloves.take_sample(*(self.symbols[thing] for thing in ([sampled] if sampled else several)))
            self.labelled(lot, gloves, 1)
        gloves.complete()
        self.hand_to(VERIFIER).scan("CONFIRM")
        expect(gloves.page.get_by_role("button", name="Verify")).to_have_count(0)
        return made

    def open_batch(self, bench: str, source: str, record: str, study: str = NO_STUDY) -> str:
        """A line is cleared by one and verified by another, and a batch opened on it; its record is open at the bench.

        The bench's own label is scanned, and the thing that the cells come from. Gives the lot.
        """
        gloves = self.hand_to(PERFORMER)
        line = f"/lines/{self.rooms.places[bench]}"
        gloves.scan(self.rooms.places[bench])
        gloves.on(line)
        gloves.scan("CONFIRM")
        expect(gloves.heading).to_have_text("Another person verifies")
        self.hand_to(VERIFIER).scan("CONFIRM")
        expect(gloves.heading).to_have_text("The line is clear")
        self.hand_to(PERFORMER)
        if source:
            self.come_from(source)
        gloves.choose(record)
        gloves.choose(study)
        gloves.confirm("/bench/")
        lot = gloves.lot = gloves.page.url.rpartition("/")[2]
        gloves.scan("CONFIRM")
        expect(gloves.page.get_by_text("The record is open")).to_be_visible()
        return lot

    def come_from(self, source: str) -> None:
        """What the cells come from is scanned at the line; marrow that has just come is received first."""
        gloves, line = self.gloves, self.gloves.page.url.partition("?")[0]
        gloves.scan(source)
        if self.design_of(source) == "harvest_bag":
            gloves.on("/receive_donation")
            gloves.scan("1", "1")  # the bag is intact, its label legible
            gloves.confirm(line.rpartition("/lines/")[2])
        expect(gloves.heading).to_have_text("Open the batch")
        gloves.on("/lines/")

    def design_of(self, symbol: str) -> str:
        """Which label this is."""
        with self.stage.installation.database.read() as tx:
            standing = labels.standing_of(tx, symbol)
        return "" if standing is None else standing.design

    def finish(self, lot: str) -> None:
        """Everything left over is given up in standard words, the batch completed and its record closed."""
        gloves = self.hand_to(PERFORMER)
        with self.stage.installation.database.read() as tx:
            left = [one.code for one in left_over(tx, lot)]
        for code in left:
            gloves.scan(self.symbols.get(code) or worn_by(self.stage, code))
            gloves.on(f"/bench/{lot}/discard")
            gloves.choose(LEFT_OVER)
            gloves.scan("CONFIRM")
            gloves.page.wait_for_url(f"**/bench/{lot}")
            gloves.on(f"/bench/{lot}")
        gloves.scan("NEXT")
        expect(gloves.heading).to_have_text("Completed")
        gloves.scan("CONFIRM")
        expect(gloves.page.get_by_role("button", name="Close the record")).to_have_count(0)
        with self.stage.installation.database.read() as tx:
            assert [queries.container_facts(tx, code).phase for code in left] == ["discarded"] * len(left)
            assert queries.lot_facts(tx, lot).phase == "completed"

    def labelled(self, lot: str, gloves: Gloves, kinds: int) -> list[str]:
        """The labels that are due printed by cards, and each scanned back. Gives what wears them."""
        gloves.print_all(kinds)
        labels = self.waiting(lot)
        self.symbols |= {label.target: label.symbol for label in labels}
        gloves.used([label.symbol for label in labels])
        assert self.waiting(lot) == ()
        return [label.target for label in labels]

    def points(self, lot: str) -> Sequence[Sampling]:
        """The samples that the running step still needs."""
        with self.stage.installation.database.read() as tx:
            running = batch_record.progress(tx, lot).running
        return () if running is None else running.missing.samples

    def passage(
        self, live: str, total: str, vessels: str, each: str, confluence: str = "83", why: str = ""
    ) -> Callable[[Gloves], None]:
        """30 mL of suspension counted by the counter, all vessels of the lot into new ones."""
        numbers = {"confluence_permille": confluence, "volume_ul": "30", "vessels_count": vessels}
        return self._harvested(live, total, "passage", {**numbers, "cells_per_vessel_count": each, **FLASK}, why)

    def harvest(self, live: str, total: str, volume: str) -> Callable[[Gloves], None]:
        """All vessels of the lot into one tube, counted by the counter."""
        return self._harvested(live, total, "harvest", {"confluence_permille": "85", "volume_ul": volume})

    def _harvested(
        self, live: str, total: str, verb: str, numbers: Mapping[str, str], why: str = ""
    ) -> Callable[[Gloves], None]:
        def work(gloves: Gloves) -> None:
            gloves.count_from(self.counted(live, total))
            gloves.act("START", verb, numbers, why=why)

        return work

    def values(self, lot: str) -> dict[str, dict[str, Decimal]]:
        """What the batch record says, by step; each was verified by another than its performer."""
        with self.stage.installation.database.read() as tx:
            steps = batch_record.lot_page(tx, lot).steps
        people = {(one.performer, one.verifier) for one in steps}
        assert people == {(self.stage.code_of(PERFORMER), self.stage.code_of(VERIFIER))}
        return {one.step.key: {value.parameter: value.value for value in one.values if entered(value)} for one in steps}


@pytest.fixture
def laboratory(
    stage: BrowserStage, open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Laboratory]:
    """A furnished house, served, with an enrolled browser at the bench and nobody before it; the keyboard is away."""
    take_the_stage(stage)
    rooms = Lab()
    lab.furnish(stage, rooms)
    testing.equip(stage, rooms)
    quality.specify(stage)
    passwords = {name: member.password for name, member in stage.members.items()}
    with hosted(stage.installation) as url:
        served = Served(url, stage.installation.settings.data_dir, passwords)
        page = enrolled(served, open_page(locale="en"))
        with monkeypatch.context() as patch:
            put_the_keyboard_away(patch)
            yield Laboratory(stage, rooms, served, Gloves(page, ""), tmp_path)
        served.close()
    assert run_verify(stage.installation.database, stage.installation.folder, INVARIANTS).intact


def enrolled(served: Served, page: Page) -> Page:
    """The browser of a bench, enrolled by the administrator; nobody is signed in."""
    served.sign_in(page, "admin1", "/people")
    page.fill("#station", "bench-1")
    page.check("input[name=kind][value=bench]")
    page.get_by_role("button", name="Enrol this browser").click()
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    return page


def collected(stage: BrowserStage, rooms: Lab) -> tuple[str, str]:
    """A donor's marrow that the ward hands over: the harvest bag, and the seal that it travels under."""
    person: Mapping[str, Any] = {
        "name": "Donor Demonstration 1",
        "identity_document": "DEMO 000001",
        "sex": "female",
        "birth_year": 1990,
        "blood_group": "O+",
    }
    donor = stage.do("coordinator1", donors.register_donor, **person)["donor"]
    stage.do("coordinator1", donors.record_consent, donor=donor, version="demo-1")
    donor_story.clear(stage, donor)
    _, bag = donor_story.collect(stage, rooms, donor)
    cold = {"temperature_mc": custody.COLD_MC}
    return bag, custody.offer(stage, rooms, bag, "coordinator1", "Ward 3", "Bench 1", **cold)


def take_over(laboratory: Laboratory, bag: str, seal: str) -> None:
    """The first thing on Today: the bag's label, its temperature, and the number on its seal as the seal bears it."""
    gloves = laboratory.hand_to(PERFORMER)
    gloves.scan("START")
    gloves.on("/do/custody/accept")
    gloves.scan(worn_by(laboratory.stage, bag))
    expect(gloves.page.locator("#field-seal")).to_be_focused()
    gloves.number("4.4")
    gloves.reader.scan(f"]C0{seal}")
    expect(gloves.page.locator("#field-seal")).to_have_value(seal)
    gloves.confirm("/lines")


def bank(laboratory: Laboratory, lot: str, marrow_bag: str) -> list[str]:
    """From the marrow to four vials, fifteen days later. Gives the vials."""
    stage = laboratory.stage
    laboratory.step(lot, "Take the marrow into the batch", receive)

    def separate(gloves: Gloves) -> None:
        gloves.count_chambers("20", "400", [(80, 3), (80, 3)])
        gloves.act(worn_by(stage, marrow_bag), "separate", {"volume_ul": "20"})

    (tube,) = laboratory.step(lot, "Separate the nucleated cells", separate, kinds=1)
    seeded = {"vessels_count": "1", "cells_per_vessel_count": "80000000", **FLASK}
    laboratory.step(lot, "Seed P0", lambda gloves: gloves.act(laboratory.symbols[tube], "seed", seeded), kinds=1)
    stage.wait(days=10)
    thin = laboratory.passage("0.8", "0.84", "3", "1900000", confluence="65", why="G1: The cells grow slowly.")
    laboratory.step(lot, "Passage the cells", thin, kinds=2)
    stage.wait(days=5)
    (tube,) = laboratory.step(lot, "Harvest the cells", laboratory.harvest("5", "5.25", "15"), kinds=1)
    # What nobody counted in this step a person says: the fields that may stay empty come after those that are needed.
    frozen = {
        "vials_count": "4",
        "volume_ul": "1.5",
        "cells_per_vial_count": "10000000",
        "viability_permille": "95.2",
    }
    return laboratory.step(
        lot, "Freeze the bank", lambda gloves: gloves.act(laboratory.symbols[tube], "freeze", frozen), kinds=1
    )


def receive(gloves: Gloves) -> None:
    """The marrow's volume by digit cards, less than expected: why, in standard words; and yes to the last question."""
    gloves.number("28")
    expect(gloves.page.get_by_text("The value lies outside its alert limits.")).to_be_visible()
    gloves.choose("M1: The harvest was stopped early.")
    gloves.scan("CONFIRM")
    expect(gloves.page.locator(".limits")).to_contain_text("28.0")
    gloves.scan("CONFIRM")
    expect(gloves.page.get_by_text("Everything is recorded. Complete the step.")).to_be_visible()


def released(laboratory: Laboratory, lot: str) -> None:
    """What is QA's: the tests of the bank's sample, and its release for further use fifteen days later."""
    stage = laboratory.stage
    with stage.installation.database.read() as tx:
        taken = {str(one.sample) for found in sampling.of_lot(tx, lot).values() for one in found if one.point == TESTED}
    (sample,) = taken
    stage.wait(days=15)
    quality.finish_tests(stage, lot, sample, "further_use")
    quality.review_and_release(stage, lot, decisions.release_for_further_use)


def product(laboratory: Laboratory, lot: str, vial: str) -> None:
    """From a thawed vial to a bag, twelve days later."""
    stage = laboratory.stage

    def thaw(gloves: Gloves) -> None:
        gloves.count_from(laboratory.counted("0.88", "0.96"))
        gloves.act(worn_by(stage, vial), "thaw", {"volume_ul": "10"})

    (tube,) = laboratory.step(lot, "Thaw from the bank", thaw, kinds=1)
    seeded = {"vessels_count": "2", "cells_per_vessel_count": "1900000", **FLASK}
    vessels = laboratory.step(
        lot, "Seed the cells", lambda gloves: gloves.act(laboratory.symbols[tube], "seed", seeded), kinds=1
    )
    stage.wait(days=3)
    first, second = (laboratory.symbols[vessel] for vessel in vessels)
    laboratory.step(lot, "Change the medium", lambda gloves: gloves.act(first, "change_medium", {}, second))
    stage.wait(days=2, hours=12)
    laboratory.step(lot, "Passage the cells", laboratory.passage("1", "1.05", "3", "2100000"), kinds=2)
    stage.wait(days=6)
    (tube,) = laboratory.step(lot, "Harvest the cells", laboratory.harvest("2.9", "3.05", "90"), kinds=1)

    def suspend(gloves: Gloves) -> None:
        gloves.count_from(laboratory.counted("0.5", "0.53"))
        gloves.act(laboratory.symbols[tube], "suspend", {}, laboratory.rooms.supplies["saline"])

    laboratory.step(lot, "Suspend cells in saline", suspend, kinds=1)
    # The samples for the release stand beside the suspension: here they come after it.
    laboratory.step(lot, "Take the samples for the release", lambda gloves: None, sampled=tube)


def control(laboratory: Laboratory, lot: str) -> None:
    """A bag of saline, clear to the eye."""

    def prepare(gloves: Gloves) -> None:
        gloves.act("START", "prepare_control", {}, laboratory.rooms.supplies["saline"])
        gloves.scan("CONFIRM")
        expect(gloves.page.get_by_text("Label 1 container")).to_be_visible()

    laboratory.step(lot, "Prepare the saline bag", prepare, kinds=1)


def worn_by(stage: BrowserStage, thing: str) -> str:
    """The symbol of the confirmed label on a thing."""
    with stage.installation.database.read() as tx:
        worn = worn_labels.on_thing(tx, thing, DESIGNS[thing[:2]])
        assert worn.label is not None
        return tx.get(Label, worn.label).symbol


def entered(value: ValueView) -> bool:
    """Whether a value came from the bench; what the record computes from others, and from what was seeded, did not."""
    return value.title is not None and value.title.is_asked and value.parameter != "seeded_count"


def decimals(**values: object) -> dict[str, Decimal]:
    """Values as the batch record holds them."""
    return {name: Decimal(str(value)) for name, value in values.items()}


def comments(laboratory: Laboratory, lot: str) -> dict[str, str]:
    """What was said about the values of a lot, by parameter."""
    with laboratory.stage.installation.database.read() as tx:
        steps = batch_record.lot_page(tx, lot).steps
    return {value.parameter: value.reason for one in steps for value in one.values if value.reason}


def test_the_whole_process_is_executed_by_scans_alone(laboratory: Laboratory) -> None:
    stage, rooms, gloves = laboratory.stage, laboratory.rooms, laboratory.gloves
    with pytest.raises(AssertionError, match="gloves off"):
        gloves.page.keyboard.type("1")
    study = clinic.open_the_study(stage)
    marrow_bag, seal = collected(stage, rooms)

    take_over(laboratory, marrow_bag, seal)
    lot = laboratory.open_batch("Bench 1", worn_by(stage, marrow_bag), "bank")
    vials = bank(laboratory, lot, marrow_bag)
    laboratory.finish(lot)
    assert laboratory.values(lot) == {
        "receipt": decimals(bag_intact=1, marrow_volume=28),
        "separation": decimals(nucleated_count=83_000_000, viability="96.4", volume=20),
        "seeding": decimals(density=125_786),
        "passage": decimals(confluence=65, harvested_count=24_000_000, viability="95.2", density=2_987),
        "harvest": decimals(confluence=85, harvested_count=75_000_000, viability="95.2"),
        "freeze": decimals(vials=4, cells_per_vial=10_000_000, viability="95.2"),
    }
    said = comments(laboratory, lot)
    assert said["marrow_volume"] == "M1: The harvest was stopped early."
    assert said["confluence"] == "G1: The cells grow slowly."
    released(laboratory, lot)

    laboratory.hand_to(PERFORMER).scan("OPEN")
    gloves.on("/lines")
    lot = laboratory.open_batch("Bench 2", worn_by(stage, vials[0]), "MSC in saline", study)
    product(laboratory, lot, vials[0])
    laboratory.finish(lot)
    assert laboratory.values(lot) == {
        "thaw": decimals(recovered_count=8_800_000, recovery=88, viability="91.7"),
        "seeding": decimals(density=2_987),
        "medium": decimals(vessels=2),
        "passage": decimals(confluence=83, harvested_count=30_000_000, viability="95.2", density=3_302),
        "harvest": decimals(confluence=85, harvested_count=261_000_000, viability="95.1"),
        "suspension": decimals(viability="94.3", dose=200_000_000, volume=400),
        "release_samples": {},
    }

    gloves.scan("OPEN")
    gloves.on("/lines")
    lot = laboratory.open_batch("Bench 3", "", "Saline control", study)
    control(laboratory, lot)
    laboratory.finish(lot)
    assert laboratory.values(lot) == {"preparation": decimals(volume=400, clear=1)}
    assert gloves.hands() == 0
