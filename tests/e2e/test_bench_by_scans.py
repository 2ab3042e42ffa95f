"""The laboratory's part of the trial's process by scans alone: a bank from marrow, a bag from its vial, a control bag.

Two technicians work in browsers of their own, one performs and one verifies; for the control bag they share one, and a
badge hands it over. All that either does at the bench is what a keyboard-wedge reader types: command and digit cards,
materials, machines, containers, printed labels scanned back. No hand touches the page (the page counts them) and
nothing is typed into a field.

What is not a scan: each person signs in with their own password, or opens the shift with their badge and taps the PIN
on the keypad of the screen; the counter's file is chosen in the browser's file chooser, and a card sends it. What
happens off the bench is set up without the browser: the lot is opened, what is left over discarded, and the bank of the
second test made, tested and released. Where a person has to find words themselves, a keyboard stays: the comment on a
value outside its alert limit, the reason of a recount that did not scatter. The clock is simulated.
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
from cellchain.demo import clinic, lab, quality, testing
from cellchain.demo import donors as donor_story
from cellchain.demo.lab import PERFORMER, VERIFIER, Lab
from cellchain.demo.stage import take_the_stage
from cellchain.donors import commands as donors
from cellchain.labels import scan_back
from cellchain.labels import worn as worn_labels
from cellchain.labels.models import Label
from cellchain.ledger.audit import run_verify
from cellchain.manufacturing import batch_record
from cellchain.manufacturing.record_views import ValueView
from cellchain.manufacturing.rules.definition import Sampling
from cellchain.quality import commands as decisions
from tests.e2e.browser_stage import IDLE, BrowserStage, hosted
from tests.e2e.gloves import Gloves, tap_pin
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.server import Served

Opener = Callable[..., Page]
DESIGNS = {"CT": "harvest_bag", "CV": "cryovial"}
FLASK = {"area_cm2": "636", "medium_ul": "120"}


@dataclass
class Laboratory:
    """The house, the people's browsers, and where in it the reader's scans are counted."""

    stage: BrowserStage
    rooms: Lab
    served: Served
    opener: Opener
    files: Path
    scans: int = 0
    hands: list[int] = field(default_factory=list)
    sitting: dict[str, tuple[Gloves, datetime]] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    shared: Gloves | None = None

    def share(self, lot: str) -> None:
        """One enrolled browser at the bench for both people, who opened their shifts there with badge and PIN."""
        page = self.opener(locale="en")
        self.served.sign_in(page, "admin1", "/people")
        page.fill("#station", "bench-1")
        page.check("input[name=kind][value=bench]")
        page.get_by_role("button", name="Enrol this browser").click()
        page.click("form[action='/sign-out'] button")
        page.wait_for_url("**/sign-in")
        for who in (VERIFIER, PERFORMER):
            page.goto(f"{self.served.url}/sign-in?next=/bench/{lot}")
            Reader(page).scan(self.stage.badges[who])
            expect(page.locator("#pin")).to_be_focused()
            tap_pin(page, self.stage.members[who].pin)
            page.wait_for_url(f"**/bench/{lot}")
        self.shared = Gloves(page, lot)

    def take_over(self, who: str) -> Gloves:
        """Somebody's badge is read at the shared bench: from now on it is theirs."""
        assert self.shared is not None
        self.shared.badge(self.stage.badges[who])
        return self.shared

    def sit_down(self, who: str, lot: str) -> Gloves:
        """Somebody is at the bench: as they sat there, or signed in anew where hours have passed."""
        if self.shared is not None:
            return self.take_over(who)
        found, now = self.sitting.get(who), self.stage.clock.now()
        if found is not None and found[0].lot == lot and now - found[1] < IDLE:
            found[0].look()
            return found[0]
        self.stand_up(who)
        page = self.served.sign_in(self.opener(locale="en"), who, f"/bench/{lot}")
        self.sitting[who] = (Gloves(page, lot), now)
        return self.sitting[who][0]

    def stand_up(self, who: str) -> None:
        """Their scans and hands are counted, and their browser is closed."""
        if who in self.sitting:
            gloves, _ = self.sitting.pop(who)
            self.scans += gloves.scans
            self.hands.append(gloves.hands())
            gloves.page.context.close()

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
        gloves = self.sit_down(PERFORMER, lot)
        gloves.start(title)
        gloves.used(self.things(lot, title))
        work(gloves)
        made = self.labelled(lot, gloves, kinds)
        for _ in self.points(lot):
            several = made[-1:] if len(made) > 1 else []
            gloves.take_sample(*(self.symbols[thing] for thing in ([sampled] if sampled else several)))
            self.labelled(lot, gloves, 1)
        gloves.complete()
        other = self.sit_down(VERIFIER, lot)
        other.scan("CONFIRM")
        expect(other.page.get_by_role("button", name="Verify")).to_have_count(0)
        return made

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

    def passage(self, live: str, total: str, vessels: str, each: str) -> Callable[[Gloves], None]:
        """30 mL of suspension counted by the counter, all vessels of the lot into new ones."""
        numbers = {"confluence_permille": "83", "volume_ul": "30", "vessels_count": vessels}
        return self._harvested(live, total, "passage", {**numbers, "cells_per_vessel_count": each, **FLASK})

    def harvest(self, live: str, total: str, volume: str) -> Callable[[Gloves], None]:
        """All vessels of the lot into one tube, counted by the counter."""
        return self._harvested(live, total, "harvest", {"confluence_permille": "85", "volume_ul": volume})

    def _harvested(self, live: str, total: str, verb: str, numbers: Mapping[str, str]) -> Callable[[Gloves], None]:
        def work(gloves: Gloves) -> None:
            gloves.count_from(self.counted(live, total))
            gloves.act("START", verb, numbers)

        return work

    def values(self, lot: str) -> dict[str, dict[str, Decimal]]:
        """What the batch record says, by step; each was verified by another than its performer."""
        with self.stage.installation.database.read() as tx:
            steps = batch_record.lot_page(tx, lot).steps
        people = {(one.performer, one.verifier) for one in steps}
        assert people == {(self.stage.code_of(PERFORMER), self.stage.code_of(VERIFIER))}
        return {one.step.key: {value.parameter: value.value for value in one.values if entered(value)} for one in steps}


@pytest.fixture
def laboratory(stage: BrowserStage, open_page: Opener, tmp_path: Path) -> Iterator[Laboratory]:
    """A furnished house, served."""
    take_the_stage(stage)
    rooms = Lab()
    lab.furnish(stage, rooms)
    testing.equip(stage, rooms)
    quality.specify(stage)
    passwords = {name: member.password for name, member in stage.members.items()}
    with hosted(stage.installation) as url:
        served = Served(url, stage.installation.settings.data_dir, passwords)
        yield Laboratory(stage, rooms, served, open_page, tmp_path)
        served.close()
    assert run_verify(stage.installation.database, stage.installation.folder, INVARIANTS).intact


def marrow(stage: BrowserStage, rooms: Lab) -> tuple[str, str]:
    """A donation that was received, and its bag."""
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
    return donor_story.harvest(stage, rooms, donor)


def bank(laboratory: Laboratory, donation: str, marrow_bag: str) -> str:
    """From the marrow to four vials, fifteen days later. Gives the lot."""
    stage, rooms = laboratory.stage, laboratory.rooms
    lot = rooms.lots["bank"] = lab.open_lot(stage, rooms, "bank", "Bench 1", [donation])
    laboratory.step(lot, "Take the marrow into the batch", receive)

    def separate(gloves: Gloves) -> None:
        gloves.count_chambers("20", "400", [(168, 7), (168, 7)])
        gloves.act(worn_by(stage, marrow_bag), "separate", {"volume_ul": "20"})

    (tube,) = laboratory.step(lot, "Separate the nucleated cells", separate, kinds=1)
    seeded = {"vessels_count": "2", "cells_per_vessel_count": "80000000", **FLASK}
    laboratory.step(lot, "Seed P0", lambda gloves: gloves.act(laboratory.symbols[tube], "seed", seeded), kinds=1)
    stage.wait(days=10)
    laboratory.step(lot, "Passage the cells", laboratory.passage("0.8", "0.84", "3", "1900000"), kinds=2)
    stage.wait(days=5)
    (tube,) = laboratory.step(lot, "Harvest the cells", laboratory.harvest("5", "5.25", "15"), kinds=1)
    # What nobody counted in this step a person says: the fields that may stay empty come after those that are needed.
    frozen = {
        "vials_count": "4",
        "volume_ul": "1.5",
        "cells_per_vial_count": "10000000",
        "viability_permille": "95.2",
    }
    laboratory.step(
        lot, "Freeze the bank", lambda gloves: gloves.act(laboratory.symbols[tube], "freeze", frozen), kinds=1
    )
    return lot


def receive(gloves: Gloves) -> None:
    """The marrow's volume by digit cards, and yes to the one question that is left."""
    gloves.number("60")
    expect(gloves.page.locator(".limits")).to_contain_text("60.0")
    gloves.scan("CONFIRM")
    expect(gloves.page.get_by_text("Everything is recorded. Complete the step.")).to_be_visible()


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


def left(laboratory: Laboratory) -> int:
    """Both people leave: no hand touched their pages. Gives how often a reader read."""
    laboratory.stand_up(PERFORMER)
    laboratory.stand_up(VERIFIER)
    assert set(laboratory.hands) == {0}
    return laboratory.scans


def test_a_bank_is_made_by_scans_alone(laboratory: Laboratory) -> None:
    lot = bank(laboratory, *marrow(laboratory.stage, laboratory.rooms))
    assert laboratory.values(lot) == {
        "receipt": decimals(bag_intact=1, marrow_volume=60),
        "separation": decimals(nucleated_count=175_000_000, viability="96.0", volume=20),
        "seeding": decimals(density=125_786),
        "passage": decimals(confluence=83, harvested_count=24_000_000, viability="95.2", density=2_987),
        "harvest": decimals(confluence=85, harvested_count=75_000_000, viability="95.2"),
        "freeze": decimals(vials=4, cells_per_vial=10_000_000, viability="95.2"),
    }
    assert left(laboratory) == 184


def test_a_bag_is_made_by_scans_alone(laboratory: Laboratory) -> None:
    stage, rooms = laboratory.stage, laboratory.rooms
    vials = lab.make_bank(stage, rooms, *marrow(stage, rooms))
    sample = rooms.samples[rooms.lots["bank"], "bank_tests"]
    lab.finish(stage, rooms.lots["bank"])
    stage.wait(days=15)
    quality.finish_tests(stage, rooms.lots["bank"], sample, "further_use")
    quality.review_and_release(stage, rooms.lots["bank"], decisions.release_for_further_use)
    lot = lab.open_lot(stage, rooms, "product", "Bench 2", [rooms.lots["bank"]], clinic.open_the_study(stage))
    product(laboratory, lot, vials[0])
    assert laboratory.values(lot) == {
        "thaw": decimals(recovered_count=8_800_000, recovery=88, viability="91.7"),
        "seeding": decimals(density=2_987),
        "medium": decimals(vessels=2),
        "passage": decimals(confluence=83, harvested_count=30_000_000, viability="95.2", density=3_302),
        "harvest": decimals(confluence=85, harvested_count=261_000_000, viability="95.1"),
        "suspension": decimals(viability="94.3", dose=200_000_000, volume=400),
        "release_samples": {},
    }
    assert left(laboratory) == 149


def test_a_control_bag_is_made_by_scans_alone_at_one_bench(laboratory: Laboratory) -> None:
    """Both people work in one browser: a badge hands it over, and each acts in their own name."""
    stage, rooms = laboratory.stage, laboratory.rooms
    lot = lab.open_lot(stage, rooms, "control", "Bench 3", study=clinic.open_the_study(stage))
    laboratory.share(lot)
    control(laboratory, lot)
    assert laboratory.values(lot) == {"preparation": decimals(volume=400, clear=1)}
    assert laboratory.shared is not None
    assert (laboratory.shared.hands(), laboratory.shared.scans) == (0, 18)
