"""The whole story, in order: from the first donor a year and more ago to the bags that are ready now."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from cellchain.custody import commands as custody
from cellchain.demo import (
    access,
    aftermath,
    clinic,
    donors,
    failures,
    follow_up,
    lab,
    quality,
    recalls,
    stability,
    testing,
    ward,
)
from cellchain.demo import rooms as upkeep
from cellchain.demo.clinic import Person
from cellchain.demo.custody import send
from cellchain.demo.lab import Lab
from cellchain.demo.manifest import Bag, Story, manifest_of
from cellchain.demo.stage import Stage, take_the_stage
from cellchain.kernel.clock import SimulatedClock, SystemClock
from cellchain.kernel.errors import Refused
from cellchain.ledger import foundation
from cellchain.main import opened, witness
from cellchain.platform.config import Settings
from cellchain.platform.db import Database
from cellchain.platform.files import KEY_BYTES
from cellchain.platform.sealing import Sealer
from cellchain.quality import commands as decisions
from cellchain.trace.certificates import seal
from cellchain.trial import commands as trial

# What may lie in an empty folder: the lock of whoever plays, and the log of whoever serves it next.
BESIDE = frozenset({".lock", "serve.log"})
STORY = timedelta(days=500)
EARLY, MIDDLE, ALL = aftermath.EARLY, 11, 20
SHIPPERS, SHIPPER_PLACES = ("Shipper SH-1", "Shipper SH-2"), 4


def play(settings: Settings, seed: int, end: datetime | None = None) -> dict[str, Any]:
    """Found a demonstration database in an empty folder, play the story, write manifest.json. Raises Refused.

    The story ends now, or at `end`, which a test chooses.
    """
    refuse_unless_empty(settings)
    random = Random(seed)  # noqa: S311
    end = end or SystemClock().now().replace(microsecond=0)
    clock = SimulatedClock(end - STORY)
    with opened(settings, clock=clock, entropy=random.randbytes) as installation:
        foundation.found(installation.database, installation.runner, demonstration=True)
        story = _tell(Stage(installation, clock, random, end))
        clock.advance_to(end)
        witness(installation)
        seal.make(installation.folder, f"{settings.site_name} (demonstration)"[: seal.NAME_MAX], end)
        manifest = manifest_of(story)
    _write(settings.data_dir / "manifest.json", manifest)
    return manifest


def refuse_unless_empty(settings: Settings) -> None:
    """Raises Refused `demo.not_empty` where the folder holds anything, or its database a ledger. Makes nothing."""
    folder = settings.data_dir
    if folder.exists() and any(entry.name not in BESIDE for entry in folder.iterdir()):
        raise Refused(
            "demo.not_empty", "{folder} is not empty. Nothing was touched. Name an empty folder.", folder=str(folder)
        )
    if settings.database_url is not None:
        database = Database(settings.url, clock=SystemClock(), sealer=Sealer(bytes(KEY_BYTES), os.urandom))
        try:
            foundation.ensure_empty(database)
        finally:
            database.close()


def _tell(stage: Stage) -> Story:
    take_the_stage(stage)
    study = clinic.open_the_study(stage)
    clinic.staff_the_site(stage, study)
    rooms = Lab()
    lab.furnish(stage, rooms)
    testing.equip(stage, rooms)
    quality.specify(stage)
    donors.welcome(stage, rooms)
    story = Story(stage, rooms, study)
    vials = _bank(stage, rooms)
    _early_recipients(story, vials)
    aftermath.follow_up(story, days=200)
    _rejected_lot(story, vials)
    aftermath.follow_up(story, days=125)
    _later_recipients(story, range(EARLY + 1, MIDDLE + 1), days_ago=125, days_between=9)
    aftermath.follow_up(story, days=40)
    _later_recipients(story, range(MIDDLE + 1, ALL + 1), days_ago=40, days_between=1)
    aftermath.follow_up(story, days=27)
    aftermath.mild_event(story)
    clinic.turn_away(stage, study)
    clinic.amend(stage, study)
    aftermath.reported_event(story)
    aftermath.between_visits(story)
    recalls.practise(story.stage, story.rooms.donors[0])
    _recalled_lot(story, vials)
    _today(story, vials)
    access.look_through(story.stage)
    return story


def _bank(stage: Stage, rooms: Lab) -> list[str]:
    """One donor's marrow becomes a bank, released for further use after its own tests."""
    donation, bag = donors.harvest(stage, rooms, rooms.donors[0])
    vials = lab.make_bank(stage, rooms, donation, bag, donors.look_after)
    lot = rooms.lots["bank"]
    sample = rooms.samples[lot, "bank_tests"]
    sent_out = testing.send_out(stage, vials[-1])
    lab.finish(stage, lot)
    for number, vial in enumerate(vials):
        stage.do(
            "technician1",
            custody.store,
            subject=vial,
            location=rooms.places["Box 7"],
            position=f"{'AB'[number // 9]}{number % 9 + 1}",
        )
    stage.wait(days=15)
    donors.look_after(stage)
    testing.read_report(stage, sent_out, "further_use")
    quality.finish_tests(stage, lot, sample, "further_use")
    quality.review_and_release(stage, lot, decisions.release_for_further_use)
    stability.place(stage, lot)
    return vials[:-1]


def _early_recipients(story: Story, vials: list[str]) -> None:
    """The first eight are randomised; three are given cells and two saline, all on one day."""
    stage, rooms = story.stage, story.rooms
    for number in range(1, EARLY + 1):
        person = clinic.enrol(stage, story.study, number)
        stage.wait(days=1)
        clinic.randomise(stage, person)
        story.people.append(person)
    treated, controls = aftermath.of_arms(story)
    lot = lab.open_lot(stage, rooms, "product", "Bench 1", [rooms.lots["bank"]], story.study)
    rooms.lots["first"] = lot
    tube = lab.expand(stage, rooms, lot, vials.pop())
    for person in [*treated[:3], *controls[:2]]:
        clinic.plan_and_order(stage, person, stage.today())
    control = lab.open_lot(stage, rooms, "control", "Bench 3", study=story.study)
    rooms.lots["first_control"] = control
    salines = [_control_bag_for(story, control, person) for person in controls[:2]]
    bags = [_bag_for(story, lot, tube, person) for person in treated[:3]]
    pending = {lot: _release_today(story, lot, tube), control: _release_today(story, control, salines[0].code)}
    given = list(zip([*treated[:3], *controls[:2]], [*bags, *salines], strict=True))
    for _, bag in given:
        quality.tag(stage, bag.code, bag.label)
        bag.bedside = "infused"
    _to_the_ward(story, [bag.code for _, bag in given])
    ward.infuse_all(stage, [(person, bag.code, bag.label) for person, bag in given])
    stage.wait(days=22)
    for made, sample in pending.items():
        quality.finish_tests(stage, made, sample, "final")
        quality.review_and_release(stage, made, decisions.release)


def _rejected_lot(story: Story, vials: list[str]) -> None:
    """A lot whose mycoplasma test failed is rejected; its one bag goes nowhere."""
    stage, rooms = story.stage, story.rooms
    stage.before_end(days=200)
    stability.read_first_point(stage, rooms.lots["bank"], vials.pop())
    lot = lab.open_lot(stage, rooms, "product", "Bench 2", [rooms.lots["bank"]], story.study)
    rooms.lots["rejected"] = lot
    tube = lab.expand(stage, rooms, lot, vials.pop())
    bag = lab.fill_bag(stage, rooms, lot, tube)
    quality.sample_and_test(stage, lot, tube, ["conditional"], failing="mycoplasma")
    lab.finish(stage, lot)
    failures.confirm(stage, lot)
    failures.ask_in_vain(stage, lot, story.people[0].code)
    stage.do("qa2", decisions.reject, lot=lot, reason="Demonstration: mycoplasma found.")
    follow_up.investigate(stage, lot)
    follow_up.destroy(stage, lot, rooms.places["Bench 2"])
    story.bags.append(Bag(bag, "msc", lot, lab.symbol_on(stage, bag, "container"), "unassigned"))


def _later_recipients(story: Story, numbers: Iterable[int], *, days_ago: int, days_between: int) -> None:
    """More recipients, one after the other, the first of them so many days before the end."""
    stage = story.stage
    stage.before_end(days=days_ago)
    for number in numbers:
        person = clinic.enrol(stage, story.study, number)
        clinic.randomise(stage, person)
        story.people.append(person)
        stage.wait(days=days_between)


def _recalled_lot(story: Story, vials: list[str]) -> None:
    """A lot made yesterday and recalled in the evening."""
    stage, rooms = story.stage, story.rooms
    stage.before_end(days=27)
    lot = lab.open_lot(stage, rooms, "product", "Bench 2", [rooms.lots["bank"]], story.study)
    rooms.lots["recalled"] = lot
    tube = lab.expand(stage, rooms, lot, vials.pop())
    bag = lab.fill_bag(stage, rooms, lot, tube)
    symbol = lab.symbol_on(stage, bag, "container")
    rooms.samples[lot, "final"] = _release_today(story, lot, tube)
    stage.wait(hours=3)
    reason = "Demonstration: supplier alert about a material lot."
    made = stage.do("qa1", decisions.recall, root=lot, reason=reason)
    recalls.write(stage, made["recall"])
    recalls.finish(stage, made["recall"], [bag], "Demonstration: the one bag was set apart; none was given.")
    story.bags.append(Bag(bag, "msc", lot, symbol, "recalled"))


def _today(story: Story, vials: list[str]) -> None:
    """The bags of today: six with cells, five of saline, and everything that can be wrong with one."""
    stage, rooms = story.stage, story.rooms
    waiting = {arm: [person for person in story.people[EARLY:] if person.arm == arm] for arm in ("MSC", "CONTROL")}
    today = stage.site_day(stage.end)
    stage.before_end(days=13, hours=12)
    lot = lab.open_lot(stage, rooms, "product", "Bench 1", [rooms.lots["bank"]], story.study)
    rooms.lots["today"] = lot
    stage.do("technician1", custody.reserve_vial, vial=vials[-1], lot=lot)
    lab.grow(stage, rooms, lot, vials.pop())
    rooms.slips["medium"] = rooms.other_lots[1]  # in quarantine: refused, and for the reviewer to see
    lab.feed(stage, rooms, lot, 1)
    upkeep.read_rooms(stage, rooms)
    stage.before_end(days=2, hours=3)
    quality.enter(stage, rooms.samples[rooms.lots["recalled"], "final"], "final", "sterility_14d", "growth")
    stage.before_end(days=1, hours=6)
    aftermath.serious_event(story)
    follow_up.complain(stage, rooms.lots["first"])
    for person in [*waiting["MSC"][:5], *waiting["CONTROL"][:4]]:
        clinic.plan_and_order(stage, person, today)
    _fresh_marrow(stage, rooms)
    stage.before_end(hours=8)
    control = lab.open_lot(stage, rooms, "control", "Bench 3", study=story.study)
    rooms.lots["control"] = control
    expired = _control_bag_for(story, control, waiting["CONTROL"][3])
    expired.bedside = "expired"
    stage.before_end(hours=4, minutes=15)
    tube = lab.harvest_doses(stage, rooms, lot)
    stage.before_end(hours=3, minutes=40)
    lab.label_late(stage, rooms)
    bags = [_bag_for(story, lot, tube, person) for person in waiting["MSC"][:5]]
    spare = lab.fill_bag(stage, rooms, lot, tube)
    story.bags.append(Bag(spare, "msc", lot, lab.symbol_on(stage, spare, "container"), "unassigned"))
    salines = [_control_bag_for(story, control, person) for person in waiting["CONTROL"][:3]]
    testing.retain(stage, rooms, tube)
    testing.send_to_ours(stage, tube)
    recalls.excuse(stage, lot)
    _release_today(story, lot, tube)
    _release_today(story, control, salines[0].code)
    ready = [*bags[:4], *salines]
    for bag in ready:
        quality.tag(stage, bag.code, bag.label)
        bag.bedside = "ready"
    _to_the_ward(story, [bag.code for bag in ready])
    bags[4].bedside = "assigned_unreleased"
    stage.do(
        "qa1", decisions.hold, subject=salines[2].code, reason="Demonstration: the ward reported a scratched port."
    )
    salines[2].bedside = "on_hold"


def _fresh_marrow(stage: Stage, rooms: Lab) -> None:
    """A donor comes back for a harvest now, asked and tested anew; what another one answers waits for a physician."""
    donors.clear(stage, rooms.donors[1])
    donors.harvest(stage, rooms, rooms.donors[1])
    donors.ask(stage, rooms.donors[3], donors.TRAVEL)


def _bag_for(story: Story, lot: str, tube: str, person: Person) -> Bag:
    """A bag of cells for one recipient: suspended, assigned, labelled, scanned back."""
    code = lab.fill_bag(story.stage, story.rooms, lot, tube)
    return _assigned(story, lot, code, person, "msc")


def _control_bag_for(story: Story, lot: str, person: Person) -> Bag:
    code = lab.fill_control(story.stage, story.rooms, lot)
    return _assigned(story, lot, code, person, "saline")


def _assigned(story: Story, lot: str, code: str, person: Person, content: str) -> Bag:
    story.stage.do("technician1", trial.assign_bag, bag=code, recipient=person.code)
    symbol = lab.label_and_confirm(story.stage, "technician1", code, "infusion_bag")
    bag = Bag(code, content, lot, symbol, "assigned_unreleased", person.code)
    story.bags.append(bag)
    return bag


def _release_today(story: Story, lot: str, sampled: str) -> str:
    """Rapid tests pass, slow ones are begun, QA releases conditionally. Gives the sample of the slow ones."""
    stage = story.stage
    quality.sample_and_test(stage, lot, sampled, ["conditional"])
    sample = quality.take_sample(stage, sampled)
    quality.start_tests(stage, lot, sample, "final")
    lab.finish(stage, lot)
    quality.review_and_release(stage, lot, decisions.release_conditionally)
    return sample


def _to_the_ward(story: Story, bags: Sequence[str]) -> None:
    """Four bags a shipper; the laboratory's second technician sends them, the second nurse takes them in."""
    for start, shipper in zip(range(0, len(bags), SHIPPER_PLACES), SHIPPERS, strict=False):
        some = bags[start : start + SHIPPER_PLACES]
        send(story.stage, story.rooms, some, "technician2", "nurse2", shipper)


def _write(path: Path, manifest: dict[str, Any]) -> None:
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
