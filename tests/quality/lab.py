"""What laboratory and QA do with the lots of a workshop: specifications, samples, results, releases, labels."""

import json
from datetime import date, timedelta
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts.queries import open_decisions
from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue as number
from cellchain.labels import commands as labels
from cellchain.labels.models import Label
from cellchain.ledger.actor import Actor
from cellchain.ledger.models import Entry
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.models import (
    Lot,
)
from cellchain.materials.models import Equipment
from cellchain.quality import commands, defaults, queries
from cellchain.quality.methods.commands import approve_method, draft_method
from cellchain.quality.rules.lifecycles import LotKind, Stage
from cellchain.quality.rules.limits import Limit
from tests.quality.workshop import Workshop, row

STAGES = {
    "bank": (Stage.FURTHER_USE,),
    "product": (Stage.CONDITIONAL, Stage.FINAL),
    "control": (Stage.CONDITIONAL, Stage.FINAL),
}
GOOD = {"between": "200", "at_least": "96", "at_most": "1", "dose": "0.1"}
VOLUME = "400"


class Lab(Workshop):
    """The house with lots in it. Made by technicians, tested by analysts, decided by QA."""

    def methods(self) -> None:
        """Every method that the house brings along, effective, with an instrument in order for each."""
        if self.instruments:
            return
        for order in defaults.methods():
            drafted = self.do(draft_method, by=self.analyst, **order)["method"]
            self.do(approve_method, by=self.qa, method=drafted)
        for kind in sorted({str(one["instrument"]) for one in defaults.methods() if "instrument" in one}):
            self.instruments[kind] = self.instrument(kind)

    def instrument(self, kind: str, *, due_in_days: int = 90, calibrated: bool = False) -> str:
        """A piece of equipment in service, qualified for so long, and calibrated for as long or for certain."""

        def work(tx: CommandTx) -> str:
            code = number(tx, Kind.EQUIPMENT)
            due = tx.now.date() + timedelta(days=due_in_days)
            fields = {"code": code, "kind": kind, "name": f"{kind} {code}", "serial": code, "phase": "in_service"}
            calibration = tx.now.date() + timedelta(days=90) if calibrated else due
            tx.add(row(Equipment, **fields, calibration_due=calibration, qualification_due=due))
            return code

        return str(self.seed(work))

    def read_with(self, test: str) -> str | None:
        """The instrument that a test is read with."""
        self.methods()
        kind = next((one.get("instrument") for one in defaults.methods() if test in one["tests"]), None)
        return None if kind is None else self.instruments[kind]

    def specification(self, kind: str, stage: Stage, source: str | None = None) -> int:
        """An effective specification, and the methods that its tests are read with."""
        self.methods()
        fields = {"kind": kind, "stage": stage, "source": source}
        drafted = self.do(commands.draft_specification, by=self.analyst, **fields)["specification"]
        self.do(commands.approve_specification, by=self.qa, specification=drafted)
        self.countersign(self.second_qa)
        return int(drafted)

    def countersign(self, by: Actor) -> None:
        with self.house.read() as tx:
            waiting = open_decisions(tx)[-1].id
        self.house.do(accounts.countersign, by=by, decision=waiting)

    def specify(self, kind: str) -> None:
        for stage in STAGES[kind]:
            with self.house.read() as tx:
                known = queries.specification_for(tx, "", LotKind(kind), stage)
            if known is None:
                self.specification(kind, stage)

    def sample(self, lot: str) -> str:
        """A sample of a lot that was still open, its label scanned back."""

        def work(tx: CommandTx) -> None:
            row = tx.lock(Lot, lot)
            tx.change(row, phase="open")

        phase = self.phase(lot)
        self.seed(work)
        container = self.containers(lot)[0]
        made = self.do(commands.take_sample, by=self.technician, container=container, volume_ul=1_000)["sample"]
        self.seed(lambda tx: tx.change(tx.lock(Lot, lot), phase=phase))
        self.label(str(made), "sample")
        return str(made)

    def phase(self, lot: str) -> str:

        with self.house.read() as tx:
            return str(manufacturing.lot_facts(tx, lot).phase)

    def result(
        self, sample: str, test: str, value: str | None, stage: Stage = Stage.CONDITIONAL, *, verify: bool = True
    ) -> int:
        """A result, verified by the second analyst where it has a value."""
        fields = {"sample": sample, "stage": stage, "test": test, "value": value, "instrument": self.read_with(test)}
        made = int(self.do(commands.record_result, by=self.analyst, **fields)["result"])
        if value is not None and verify:
            self.do(commands.verify_result, by=self.second_analyst, result=made)
        return made

    def pass_stage(self, lot: str, sample: str, stage: Stage) -> None:
        """Every test of a stage, with a value that passes."""
        with self.house.read() as tx:
            tests = queries.tests_of(tx, lot, queries.kind_of(tx, lot), stage)
        self.pass_stage_but(lot, sample, [test.limit for test in tests], set(), stage)

    def pass_stage_but(
        self, lot: str, sample: str, limits: list[Limit], left_out: set[str], stage: Stage = Stage.CONDITIONAL
    ) -> None:
        """A value that passes for every limit but some."""
        for limit in limits:
            value = limit.passing[0] if limit.passing else GOOD[limit.kind.value]
            value = {"volume": VOLUME, "endotoxin": "0.1"}.get(limit.test, value)
            if limit.test not in left_out:
                self.result(sample, limit.test, value, stage)

    def start_final(self, lot: str, sample: str) -> None:
        """Every final test, started and not known yet."""
        with self.house.read() as tx:
            tests = queries.tests_of(tx, lot, queries.kind_of(tx, lot), Stage.FINAL)
        for test in tests:
            self.result(sample, test.limit.test, None, Stage.FINAL)

    def ready(self, kind: str = "product", **more: Any) -> str:
        """A lot that wants nothing but the signature of its first release."""
        self.specify(kind)
        lot = self.lot(kind, **more)
        sample = self.sample(lot)
        self.pass_stage(lot, sample, STAGES[kind][0])
        if kind != "bank":
            self.start_final(lot, sample)
        self.do(labels.reconcile, by=self.technician, lot=lot)
        self.review(lot)
        return lot

    def review(self, lot: str) -> None:
        self.do(commands.review_batch, by=self.second_qa, lot=lot)

    def released(self, kind: str = "product", **more: Any) -> str:
        """A lot after its first release."""
        lot = self.ready(kind, **more)
        verb = commands.release_for_further_use if kind == "bank" else commands.release_conditionally
        self.do(verb, by=self.qa, lot=lot)
        return lot

    # -- labels --

    def label(self, target: str, design: str, *, phase: str = "confirmed", lot: str | None = None, **data: str) -> str:
        """A printed label, as labels would have left it."""

        def work(tx: CommandTx) -> str:
            code = number(tx, Kind.LABEL)
            tx.add(
                row(
                    Label,
                    code=code,
                    design=design,
                    design_version=1,
                    target=target,
                    lot=lot,
                    symbol=code,
                    language="en",
                    phase=phase,
                    data=json.dumps(data),
                    printed_at=tx.now,
                    printed_by="PS01",
                )
            )
            return code

        return str(self.seed(work))

    def attach_tag(self, bag: str, kind: str = "conditional") -> None:
        bag_label = self.label(bag, "infusion_bag")
        tag = self.label(bag, "issue_tag", phase="printed", release_kind=kind)
        self.do(commands.attach_issue_tag, by=self.qa, tag=tag, bag=bag_label)

    def disposition(self, lot: str) -> queries.DispositionFacts:
        with self.house.read() as tx:
            found = queries.disposition_of(tx, lot)
        assert found is not None
        return found

    def standing(self, bag: str) -> queries.Standing:
        with self.house.read() as tx:
            return queries.standing(tx, bag, self.house.clock.now())

    def codes(self, bag: str) -> set[str]:
        """Every reason against a bag."""
        return {code for code, _ in self.standing(bag).reasons}

    def last_entry(self) -> Entry:
        """The last entry but those of the notices that tell of it."""
        return next(one for one in reversed(self.house.entries()) if one.event != "notices:notice:raised")

    def last_event(self) -> str:
        return self.last_entry().event

    def today(self) -> date:
        return self.house.clock.now().date()
