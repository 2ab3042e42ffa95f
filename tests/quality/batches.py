"""Whole batches in the demonstration's house, through real commands: clean, or with faults planted on the way."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.custody import commands as custody
from cellchain.demo import lab, quality, testing
from cellchain.demo.lab import PERFORMER, VERIFIER
from cellchain.demo.stage import CAST, Stage
from cellchain.kernel.errors import Refused
from cellchain.labels import commands as labels
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.manufacturing import commands as manufacturing
from cellchain.manufacturing import queries
from cellchain.manufacturing.commands.undo import undo
from cellchain.materials import commands as materials
from cellchain.quality import commands
from tests.bedside.world import World
from tests.races import things

PLACE = "Bench 9"
LATE = timedelta(minutes=90)


class Batches:
    """The house of the demonstration with one more technician, a saline lot that has expired and a machine at rest."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stage = Stage(
            installation=world.installation,
            clock=world.clock,
            random=world.random,
            end=world.clock.now() + timedelta(days=365),
            people=dict(world.actors),
            members={member.username: member for member in CAST},
        )
        self.rooms = lab.Lab()
        place = {"name": PLACE, "kind": "bench", "room_class": "C"}
        self.rooms.places[PLACE] = str(self.do(PERFORMER, materials.register_location, **place)["location"])
        self.rooms.records["control"] = things.first(world, "manufacturing_master_record", kind="control")
        self.rooms.supplies = {kind: things.bought(world, kind) for kind in ("saline", "bag")}
        self.rooms.equipment = {"cabinet": things.machine(world, "cabinet")}
        self.newcomer = self._newcomer()
        self.idle = self._idle()
        self.expired = self._expired()

    def _newcomer(self) -> Actor:
        made = self.do(
            "admin1", accounts.register_person, username="newcomer", name="New Example", initials="N. Example"
        )
        code = str(made["person"])
        self.do("admin1", accounts.grant_role, person=code, role="technician")
        return Actor(code, permissions_of(["technician"]), frozenset(["technician"]), "bench-2")

    def _idle(self) -> str:
        made = self.do(PERFORMER, materials.register_equipment, name="Cabinet BSC-9", kind="cabinet", serial="DEMO-909")
        return str(made["equipment"])

    def _expired(self) -> str:
        material = things.first(self.world, "materials_material", kind="saline")
        until = self.stage.today() + timedelta(days=1)
        fields = {"supplier": "Example Supply", "supplier_lot": "OLD", "expires_on": until, "certificate": "C-9"}
        lot = str(self.do(PERFORMER, materials.receive_lot, material=material, **fields)["lot"])
        self.do("qa1", materials.accept_lot, lot=lot)
        self.stage.wait(days=3)
        return lot

    # -- saying things to the house --

    def do(self, who: str, function: Callable[..., Any], /, **fields: Any) -> dict[str, Any]:
        """Somebody of the cast runs a command."""
        return self.stage.do(who, function, **fields)

    def run(self, function: Callable[..., Any], /, **more: Any) -> dict[str, Any]:
        """A command by the performer, or `by` another, with what is said beside its order: `reason`, `happened_at`,
        `noted`."""
        beside = {name: more.pop(name) for name in ("reason", "happened_at", "noted") if name in more}
        by: Actor = more.pop("by", self.world.actors[PERFORMER])
        command = command_of(function)
        request = str(uuid.UUID(bytes=self.world.random.randbytes(16), version=4))
        call = replace(Call(command, command.order(**more), by, request), **beside)
        return self.world.installation.runner.run(call).result()

    def refused(self, code: str, function: Callable[..., Any], /, **fields: Any) -> None:
        """The same where the house says no, with exactly this code."""
        with pytest.raises(Refused) as caught:
            self.run(function, **fields)
        assert caught.value.code == code

    # -- a batch --

    def batch(self, faults: Iterable[str] = ()) -> str:
        """A control batch from line clearance to its counted labels, with these faults in it."""
        planted = frozenset(faults)
        lot = lab.open_lot(self.stage, self.rooms, "control", PLACE)
        record = self._prepared(lot, planted)
        self._beside(lot, record, planted)
        if "changed" in planted:
            lab.fill_control(self.stage, self.rooms, lot)
        self.do(PERFORMER, manufacturing.complete_batch, lot=lot)
        self._tested(lot, planted)
        if "changed" in planted:
            self._changed(lot, record)
        if "warm" in planted:
            read = {"at": self.world.clock.now(), "temperature_mc": 31_000}
            self.do(PERFORMER, custody.record_temperatures, subject=self.bag_of(lot), readings=(read,))
        if "deviation" in planted:
            fields = {"subject": lot, "title": "The door stood open", "description": "For ten minutes, during work."}
            self.do(PERFORMER, commands.open_deviation, **fields)
        if "hold" in planted:
            self.do("qa2", commands.hold, subject=lot, reason="Information is awaited.")
        self.do("qa1", labels.reconcile, lot=lot)
        return lot

    def _prepared(self, lot: str, planted: frozenset[str]) -> int:
        record = int(self.do(PERFORMER, manufacturing.start_step, lot=lot, step="preparation")["step_record"])
        saline = {"lot": lot, "material": self.rooms.supplies["saline"]}
        if "expired" in planted:
            self.refused("material.expired", manufacturing.use_material, **{**saline, "material": self.expired})
        noted = {"capture": "typed", "typed_because": {"material": "label_damaged"}} if "typed" in planted else None
        self.run(manufacturing.use_material, **saline, noted=noted)
        self.run(manufacturing.use_material, lot=lot, material=self.rooms.supplies["bag"])
        if "machine" in planted:
            self.refused("equipment.out_of_service", manufacturing.use_equipment, lot=lot, equipment=self.idle)
        if "taken_back" in planted:
            self._taken_back(lot)
        self.do(PERFORMER, manufacturing.use_equipment, lot=lot, equipment=self.rooms.equipment["cabinet"])
        if "untrained" in planted:
            self.refused("training.missing", manufacturing.use_material, by=self.newcomer, **saline)
        volume = 420_000 if "outside" in planted else 400_000
        filled = {"lot": lot, "saline": self.rooms.supplies["saline"], "volume_ul": volume}
        self.run(manufacturing.prepare_control, **filled, reason="The pump ran on." if volume > 400_000 else None)
        with self.stage.installation.database.read() as tx:
            step = queries.definition_of(tx, lot).step("preparation")
        assert step is not None
        lab._label_and_sample(self.stage, self.rooms, lot, step)
        late = {"reason": "Gloved.", "happened_at": self.world.clock.now() - LATE} if "late" in planted else {}
        self.run(manufacturing.record_value, lot=lot, parameter="clear", value="1", **late)
        self.do(PERFORMER, manufacturing.complete_step, lot=lot)
        if "own_step" in planted:
            self.refused("step.verifier_performed", manufacturing.verify_step, step_record=record)
        self.do(VERIFIER, manufacturing.verify_step, step_record=record)
        return record

    def _taken_back(self, lot: str) -> None:
        self.do(PERFORMER, manufacturing.use_equipment, lot=lot, equipment=self.rooms.equipment["cabinet"])
        self.run(undo, entry=self.world.size())

    def _beside(self, lot: str, record: int, planted: frozenset[str]) -> None:
        """What goes on around the step."""
        if "comment" in planted:
            self.do(PERFORMER, manufacturing.comment_step, step_record=record, comment="The bag was warm to the touch.")
        reading = {"location": self.rooms.places[PLACE], "kind": "pressure", "lot": lot}
        self.run(manufacturing.record_environment, **reading, value="15")
        if "room" in planted:
            self.run(manufacturing.record_environment, **reading, value="4", reason="The door stood open.")
        if "label" in planted:
            self.do(PERFORMER, labels.print_label, target=self.bag_of(lot), design="partial_bag", language="ru")
        else:
            lab.label_all(self.stage, [self.bag_of(lot)], "partial_bag")
        if "reprint" in planted:
            self._reprinted(lot)

    def _reprinted(self, lot: str) -> None:
        old = things.first(
            self.world, "labels_label", target=self.bag_of(lot), design="partial_bag", phase="confirmed", column="code"
        )
        badge = things.badge(self.world, VERIFIER)
        made = self.do(PERFORMER, labels.reprint_label, label=old, reason="Smeared.", witness_badge=badge)
        self.do(PERFORMER, labels.confirm_label, scanned=made["symbol"], expected=made["label"])

    def _tested(self, lot: str, planted: frozenset[str]) -> None:
        sample = self.rooms.samples[lot, "control_tests"]
        failing = "appearance" if "failed" in planted else ""
        tests = [limit.test for limit in quality.limits_of(self.stage, lot, "conditional")]
        left = tests[-1] if "unverified_result" in planted else ""
        for limit in quality.limits_of(self.stage, lot, "conditional"):
            value = quality._failing(limit) if limit.test == failing else quality._passing(limit)
            read = {"sample": sample, "stage": "conditional", "test": limit.test, "value": value}
            instrument = testing.read_with(self.stage, limit.test)
            result = self.do("analyst1", commands.record_result, **read, instrument=instrument)["result"]
            if limit.test != left:
                self.do("analyst2", commands.verify_result, result=result)
        quality.start_tests(self.stage, lot, sample, "final")

    def _changed(self, lot: str, first: int) -> None:
        """A value of the second bag is corrected after the batch was completed; nobody verifies its step again."""
        values = things.rows_of(self.world, "manufacturing_step_value")
        [value] = [
            row["id"]
            for row in values
            if row["lot"] == lot and row["parameter"] == "volume" and row["step_record"] != first
        ]
        self.run(manufacturing.correct_value, value=value, corrected="401", reason="Misread from the balance.")

    def bag_of(self, lot: str) -> str:
        """The bag of a batch."""
        return str(things.first(self.world, "manufacturing_container", lot=lot, kind="infusion_bag", column="code"))
