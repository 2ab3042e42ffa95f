"""Several batches, people and clocks at random: whatever they try, what must hold holds.

The machine knows nothing of the rules. It asks for steps in any order, by anybody, on tubes of any lot, and looks only
at what stands in the end: balances, the order of steps, separation of duties, one batch a station, passage limits. A
refusal is an answer like any other; everything else is a fault. `make test` goes a short way, a campaign many times it.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cellchain.kernel.errors import Forbidden, NotFound, Refused
from cellchain.labels import commands as labels
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import commands, queries
from cellchain.manufacturing.counts import commands as counts
from cellchain.manufacturing.describe import DESIGNS
from cellchain.manufacturing.invariants import INVARIANTS
from cellchain.manufacturing.record_views import StepView
from cellchain.manufacturing.rules.definition import Act
from cellchain.manufacturing.rules.lifecycles import StepPhase
from cellchain.platform.files import DataDir
from cellchain.quality import commands as quality
from tests.factories import House
from tests.manufacturing.conftest import REACTIONS, Plant
from tests.support.campaign import times

PEOPLE, STATIONS, LOTS_MAX = 3, 2, 5
KINDS = ["bank", "product"]
GOT_ANYWHERE, ROUNDS_MAX = {"start_step", "complete_step", "verify_step"}, 4
pick = st.integers(0, 10**6)
# Amounts across the whole range of a laboratory, and beyond it at both ends.
cells_counts = st.integers(3, 9).flatmap(lambda power: st.integers(10**power, 10 ** (power + 1)))
volumes = st.integers(1, 60_000)
shares = st.integers(600, 1000)


@dataclass(frozen=True)
class Beginning:
    """A morning in a laboratory, to be copied: its database, its plant, and what there is to work with."""

    path: Path
    plant: Plant
    lots: tuple[str, ...]
    sources: tuple[str, ...]
    stations: tuple[str, ...]


@pytest.fixture(scope="module")
def beginning(furnished_file: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A bank, a lot that grows, a donation that waits, and two free stations."""
    source, things = furnished_file
    path = tmp_path_factory.mktemp("morning") / "cellchain.db"
    shutil.copyfile(source, path)
    plant = over(path, path.parent, things)
    for record in plant.records.values():
        plant.train(record, plant.house.actor("technician", number=PEOPLE))
    bank, growing = plant.bank(vials=3)[0], plant.seeded()[0]
    stations = tuple(plant.location(f"Station {number}") for number in range(STATIONS))
    sources = (plant.donation()["donation"], bank)
    plant.house.close()
    return Beginning(path, plant, (growing,), sources, stations)


def over(path: Path, folder: Path, things: Any, at: datetime | None = None) -> Plant:
    """A plant over a database, with a data folder and, where given, a clock that shows `at`."""
    # Another seed than whoever wrote this database had: no request id comes twice.
    house = House(f"sqlite:///{path}", reactions=REACTIONS, seed=2 if at is None else 3)
    files = DataDir(folder / "data")
    house.database.house = replace(house.database.house, fetch=files.fetch)
    if at is not None:
        house.clock.advance(at - house.clock.now())
    lots, equipment, records, hired = things
    plant = Plant(house, hired)
    plant.lots, plant.equipment, plant.records = dict(lots), dict(equipment), dict(records)
    return plant


class Laboratory(RuleBasedStateMachine):
    """Two stations and three technicians; marrow, a bank and a growing lot to begin with."""

    beginning: Beginning
    ends: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        begun = type(self).beginning
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "cellchain.db"
        shutil.copyfile(begun.path, path)
        known = begun.plant
        things = (known.lots, known.equipment, known.records, known.hired)
        self.plant = over(path, Path(self.folder.name), things, known.house.clock.now())
        self.people = [self.plant.house.actor("technician", number=1 + number) for number in range(PEOPLE)]
        self.lots, self.sources, self.stations = list(begun.lots), list(begun.sources), begun.stations

    def teardown(self) -> None:
        self.plant.house.close()
        self.folder.cleanup()

    # -- saying something, and taking whatever answer comes --

    def attempt(self, function: Callable[..., Any], by: int, **fields: Any) -> dict[str, Any] | None:
        """What a command gave, or None where it was refused. The reason is always at hand: limits are not the point."""
        who: Actor = self.people[by % PEOPLE]
        with suppress(Refused, NotFound, Forbidden):
            needs_reason = "reason" not in commands_order(function)
            more = {"reason": "The machine says so."} if needs_reason else {}
            found = self.plant.do(function, by=who, **fields, **more)
            type(self).ends[function.__name__] += 1
            return found
        return None

    def lot(self, at: int) -> str:
        """A lot that was opened here; one that is done only now and then."""
        going = [lot for lot in self.lots if self.plant.page(lot).lot.phase == "open"]
        among = going if going and at % 7 else self.lots
        return among[at % len(among)]

    def containers(self) -> list[Any]:
        with self.plant.house.read() as tx:
            return [row for lot in (*self.lots, *self.sources) for row in queries.containers_of(tx, lot)]

    def container(self, at: int, *kinds: str) -> str | None:
        """A container of these kinds, of whatever lot; one that is gone only now and then."""
        found = [row for row in self.containers() if row.kind in kinds]
        found = found if at % 7 == 0 else [row for row in found if row.phase in ("in_use", "stored")]
        return str(found[at % len(found)].code) if found else None

    # -- what people do --

    @rule(hours=st.integers(0, 4) | st.integers(24, 200))
    def wait(self, hours: int) -> None:
        self.plant.wait(hours=hours)

    @rule(
        at=pick, by=pick, other=pick, source=pick, kind=st.sampled_from(["bank", "product"]), clears=st.integers(0, 4)
    )
    @precondition(lambda self: len(self.lots) < LOTS_MAX)
    def open(self, at: int, by: int, other: int, source: int, kind: str, clears: int) -> None:
        """A batch from whatever there is, mostly on a line that was cleared before."""
        place = self.stations[at % STATIONS]
        cleared = self.attempt(commands.clear_line, by, location=place) if clears else None
        if cleared is not None:
            self.attempt(commands.verify_clearance, other, clearance=cleared["clearance"])
        wanted = [*self.sources, *self.lots]
        origin = [wanted[source % len(wanted)]]
        record = self.plant.records[kind]
        made = self.attempt(commands.open_batch, by, master_record=record, location=place, sources=origin)
        if made is not None:
            self.lots.append(made["lot"])

    @rule(at=pick, by=pick, step=pick, likely=st.integers(0, 4))
    def start(self, at: int, by: int, step: int, likely: int) -> None:
        """Mostly a step whose turn it is, now and then any other."""
        lot = self.lot(at)
        page = self.plant.page(lot)
        keys = [one.key for one in (page.coming if likely and page.coming else page.definition.steps)]
        self.attempt(commands.start_step, by, lot=lot, step=keys[step % len(keys)])

    @rule(at=pick, by=pick, per_ml=st.integers(1_000, 10**7), apart=st.integers(0, 3))
    def count(self, at: int, by: int, per_ml: int, apart: int) -> None:
        seen = per_ml // 1_000
        runs = [{"live_count": seen, "dead_count": 1}, {"live_count": seen * (1 + apart), "dead_count": 2}]
        fields = {"equipment": self.plant.equipment["counter"], "dilution": 1, "chamber_nl": 1_000, "runs": runs}
        self.attempt(counts.record_count, by, lot=self.lot(at), **fields)

    @rule(at=pick, by=pick, what=pick, count=cells_counts, volume=volumes, share=shares, few=st.integers(1, 3))
    def act(self, at: int, by: int, what: int, count: int, volume: int, share: int, few: int) -> None:
        """Whatever the running step does to cells, with amounts from anywhere and a container of any lot."""
        lot = self.lot(at)
        running = self.plant.page(lot).running
        act = None if running is None else running.step.act
        if act is None:
            return
        order = self.order(act, what, count, volume, share, few)
        if order is not None:
            function, fields = order
            self.attempt(function, by, lot=lot, **fields)

    def order(
        self, act: Act, what: int, count: int, volume: int, share: int, few: int
    ) -> tuple[Callable[..., Any], dict[str, Any]] | None:
        tube, vial = self.container(what, "tube"), self.container(what, "cryovial")
        seen = {"viability_permille": share, "volume_ul": volume}
        grown = {**seen, "harvested_count": count, "confluence_permille": share}
        each = {"cells_per_vessel_count": max(1, count // 10), "area_cm2": 300, "medium_ul": 30_000}
        if act == Act.SEPARATE:
            return commands.separate, {"container": self.harvest_bag(), "nucleated_count": count, **seen}
        if act == Act.CHANGE_MEDIUM:
            return commands.change_medium, {}
        if act == Act.PASSAGE:
            return commands.passage, {**grown, "vessels_count": few, **each}
        if act == Act.HARVEST:
            return commands.harvest, grown
        if act == Act.THAW and vial is not None:
            return commands.thaw, {"vial": vial, "recovered_count": count, **seen}
        if tube is None:
            return None
        if act == Act.SPLIT:
            return commands.split, {"container": tube, "tubes_count": few, "volume_ul": volume}
        if act == Act.POOL:
            other = self.container(what + 1, "tube") or tube
            return commands.pool, {"containers": [tube, other], "viability_permille": share, "volume_ul": volume}
        filled = {"container": tube, "viability_permille": share}
        orders: dict[Act, tuple[Callable[..., Any], dict[str, Any]]] = {
            Act.SEED: (commands.seed, {"container": tube, "vessels_count": few, **each}),
            Act.FREEZE: (
                commands.freeze,
                {**filled, "vials_count": few, "cells_per_vial_count": count, "volume_ul": 1_000},
            ),
            Act.SUSPEND: (commands.suspend, {**filled, "dose_count": count, "saline": self.plant.lots["saline"]}),
        }
        return orders.get(act)

    def harvest_bag(self) -> str:
        with self.plant.house.read() as tx:
            bag = queries.harvest_bag_of(tx, self.sources[0])
        assert bag is not None
        return bag.code

    @rule(at=pick, by=pick, other=pick, step=pick, count=cells_counts, volume=volumes, share=shares)
    def work(self, at: int, by: int, other: int, step: int, count: int, volume: int, share: int) -> None:
        """A step as it should be done, so that batches get on: whoever is there verifies it."""
        self.start(at=at, by=by, step=step, likely=1)
        self.act(at=at, by=by, what=at, count=count, volume=volume, share=share, few=2)
        self.supply(at=at, by=by)
        made = self.attempt(commands.complete_step, by, lot=self.lot(at))
        if made is not None:
            self.attempt(commands.verify_step, other, step_record=made["step_record"])

    @rule(at=pick, by=pick)
    def supply(self, at: int, by: int) -> None:
        """Everything that the running step still asks for is scanned and answered."""
        lot = self.lot(at)
        running = self.plant.page(lot).running
        if running is None:
            return
        for material in running.missing.materials:
            self.attempt(commands.use_material, by, lot=lot, material=self.plant.lots[material], amount="1")
        for machine in running.missing.equipment:
            self.attempt(commands.use_equipment, by, lot=lot, equipment=self.plant.equipment[machine])
        if running.missing.act is None:
            for key in running.missing.parameters:
                self.attempt(commands.record_value, by, lot=lot, parameter=key, value=1)
        self.label(by, running)
        self.sample(at, by, lot, running)

    def label(self, by: int, running: StepView) -> None:
        """What the running step made is labelled, and each label scanned back."""
        for design in running.step.labels:
            due = [code for code in running.missing.labels if design in DESIGNS[self.plant.container(code).kind]]
            made = self.attempt(labels.print_labels, by, targets=tuple(due), design=design) if due else None
            for label in () if made is None else made["labels"]:
                self.attempt(labels.confirm_label, by, scanned=label["symbol"])

    def sample(self, at: int, by: int, lot: str, running: StepView) -> None:
        """The samples of the running step are taken from whatever there is, now and then left out."""
        for point in running.missing.samples:
            code = self.container(at, "tube", "cryovial", "infusion_bag") if at % 3 else None
            fields = {"container": code, "volume_ul": point.volume_ul, "point": point.key}
            taken = None if code is None else self.attempt(quality.take_sample, by, **fields)
            if taken is None:
                self.attempt(commands.leave_out_sample, by, lot=lot, point=point.key, reason="Spilled.")

    @rule(at=pick, by=pick)
    def complete(self, at: int, by: int) -> None:
        self.attempt(commands.complete_step, by, lot=self.lot(at))

    @rule(at=pick, by=pick, which=pick)
    def verify(self, at: int, by: int, which: int) -> None:
        steps = self.plant.page(self.lot(at)).steps
        if steps:
            self.attempt(commands.verify_step, by, step_record=steps[which % len(steps)].id)

    @rule(at=pick, by=pick, volume=volumes)
    def waste(self, at: int, by: int, volume: int) -> None:
        code = self.container(at, "tube", "harvest_bag")
        if code is not None:
            self.attempt(commands.waste, by, container=code, volume_ul=volume, reason="The machine says so.")

    @rule(at=pick, by=pick, found=st.none() | volumes)
    def discard(self, at: int, by: int, found: int | None) -> None:
        code = self.container(at, "tube", "vessel", "cryovial")
        if code is not None:
            self.attempt(commands.discard, by, container=code, found_ul=found, reason="The machine says so.")

    @rule(at=pick, by=pick, tidy=st.booleans())
    @precondition(lambda self: any(not self.plant.page(lot).coming for lot in self.lots))
    def finish(self, at: int, by: int, tidy: bool) -> None:
        lot = self.lot(at)
        left = [row for row in self.containers() if row.lot == lot and row.kind == "tube" and row.phase == "in_use"]
        for row in left if tidy else []:
            self.attempt(commands.discard, by, container=row.code, reason="Left over after use.")
        self.attempt(commands.complete_batch, by, lot=lot)

    # -- what always holds --

    @invariant()
    def everything_that_the_house_promises(self) -> None:
        with self.plant.house.read() as tx:
            assert [found for one in INVARIANTS for found in one.check(tx)] == []

    @invariant()
    def steps_are_in_their_order(self) -> None:
        """A required step never comes before an earlier required one, and one step of a lot runs at a time."""
        for lot in self.lots:
            page = self.plant.page(lot)
            keys = [step.key for step in page.definition.steps]
            required = [
                keys.index(view.step.key)
                for view in page.steps
                if not page.definition.steps[keys.index(view.step.key)].optional
            ]
            assert required == sorted(required), f"{lot}: {[view.step.key for view in page.steps]}"
            assert sum(view.phase == StepPhase.STARTED for view in page.steps) <= 1

    @invariant()
    def nobody_verified_what_they_touched(self) -> None:
        for lot in self.lots:
            for view in self.plant.page(lot).steps:
                hands = {view.performer, *(value.entered_by for value in view.values)}
                hands |= {count.counted_by for count in view.counts} | {use.used_by for use in view.equipment}
                assert view.verifier not in hands

    @invariant()
    def what_was_completed_was_sampled(self) -> None:
        for lot in self.lots:
            for view in self.plant.page(lot).steps:
                if view.phase != StepPhase.STARTED:
                    assert {sample.point for sample in view.samples} >= {point.key for point in view.step.samples}

    @invariant()
    def a_step_is_counted_twice_at_most(self) -> None:
        for lot in self.lots:
            for view in self.plant.page(lot).steps:
                assert [count.sequence for count in view.counts] == list(range(1, len(view.counts) + 1))
                assert len(view.counts) <= 2
                assert all(count.reason for count in view.counts[1:])


def commands_order(function: Callable[..., Any]) -> Any:
    """The fields of a command's order."""
    from cellchain.ledger.registry import command_of

    return command_of(function).order.model_fields


@pytest.mark.campaign
def test_whatever_people_try(beginning: Beginning) -> None:
    ends: Counter[str] = Counter()
    machine = type("Furnished", (Laboratory,), {"beginning": beginning, "ends": ends})
    far = settings(
        max_examples=times(10),
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate] + [Phase.shrink] * (times(1) > 1),  # to shrink takes minutes
    )
    # A machine that is refused everything would hold as well, and prove nothing: a short run that got nowhere goes on.
    for _ in range(ROUNDS_MAX):
        run_state_machine_as_test(machine, settings=far)
        if ends.keys() >= GOT_ANYWHERE:
            break
    print(ends)
    assert ends.keys() >= GOT_ANYWHERE
