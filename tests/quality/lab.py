"""A lot as manufacturing would leave it, written straight into its tables, and the people who test and release it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts.models import Person
from cellchain.accounts.qualified.models import QualifiedMark
from cellchain.accounts.queries import open_decisions
from cellchain.donors.models import Donation, Donor
from cellchain.identity.codes import Kind, issue
from cellchain.identity.numbering import issue as number
from cellchain.labels import commands as labels
from cellchain.labels.models import Label
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import House as Handed
from cellchain.ledger.models import Entry
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.models import (
    Container,
    Lot,
    LotSource,
    MasterRecord,
    ProcessTraining,
    StepRecord,
    StepValue,
)
from cellchain.manufacturing.rules.definition import Standing, parse, source_hash
from cellchain.manufacturing.rules.steps import is_late
from cellchain.materials.models import Equipment, Location
from cellchain.quality import commands, defaults, queries
from cellchain.quality.methods.commands import approve_method, draft_method
from cellchain.quality.rules.lifecycles import LotKind, Stage
from cellchain.quality.rules.limits import Limit
from tests.factories import House

RECORD = """
name = "Test {kind}"
kind = "{kind}"
product_code = "D0001"
shelf_life_minutes = 360

[[steps]]
key = "count"
title = {{ en = "Count", ru = "Подсчёт" }}

[[steps.parameters]]
key = "viability"
title = {{ en = "Viability", ru = "Жизнеспособность" }}
unit = "%"
decimals = 1
alert = {{ low = "80" }}
action = {{ low = "70" }}
"""
STAGES = {
    "bank": (Stage.FURTHER_USE,),
    "product": (Stage.CONDITIONAL, Stage.FINAL),
    "control": (Stage.CONDITIONAL, Stage.FINAL),
}
GOOD = {"between": "200", "at_least": "96", "at_most": "1", "dose": "0.1"}
VOLUME = "400"


def row(model: Any, **fields: Any) -> Any:
    """A row for a table of any package: what a test writes down in plain words, the table takes as its own."""
    return model(**fields)


class Lab:
    """The house with lots in it. Made by technicians, tested by analysts, decided by QA."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.technician = house.actor("technician", number=1)
        self.second_technician = house.actor("technician", number=2)
        self.analyst = house.actor("analyst", number=1)
        self.second_analyst = house.actor("analyst", number=2)
        self.qa = house.actor("qa", number=1)
        self.second_qa = house.actor("qa", number=2)
        self.third_qa = house.actor("qa", number=3)
        self.nurse = house.actor("nurse", number=1)
        self._records: dict[str, int] = {}
        self.instruments: dict[str, str] = {}
        self._divisions = 0
        self.seed(self._qualify)

    def _qualify(self, tx: CommandTx) -> None:
        """Everybody of QA is registered, and a qualified person."""
        for name, actor in (("first", self.qa), ("second", self.second_qa), ("third", self.third_qa)):
            known: dict[str, Any] = {"code": actor.person, "username": f"qa.{name}", "initials": f"Q. {name.title()}"}
            tx.add(row(Person, **known, name="Example", phase="active", registered_at=tx.now))
            mark: dict[str, Any] = {"person": actor.person, "evidence": "Register, entry 1", "given_by": "PS01"}
            days = {"valid_from": tx.now.date(), "given_at": tx.now, "active_at": tx.now}
            tx.add(row(QualifiedMark, **mark, **days, phase="active"))

    # -- saying things to the house --

    def do(self, function: Callable[..., Any], *, by: Actor, why: str | None = None, **fields: Any) -> dict[str, Any]:
        """Run a command. `why` is the request's reason; a field called `reason` is the order's own."""
        command = command_of(function)
        if "reason" not in command.order.model_fields:
            return self.house.do(function, by=by, reason=why, **fields)
        signing = None
        if command.signature is not None:
            from cellchain.ledger.actor import Signing

            signing = Signing("password", self.house.clock.now())
        at = fields.pop("happened_at", None)
        call = Call(command, command.order(**fields), by, self.house.request_id(), why, at, signing)
        return self.house.runner.run(call).result()

    def handed(self, **more: Any) -> Handed:
        """What the house was handed, and more."""
        return replace(self.house.database.house, **more)

    def wait(self, **span: int) -> None:
        self.house.clock.advance(timedelta(**span))

    def seed(self, work: Callable[[CommandTx], Any]) -> Any:
        """Write rows of other packages, as one entry of the system's own."""
        kept: list[Any] = []
        self.house.runner.record_system("test:seeded", self.house.request_id(), lambda tx: kept.append(work(tx)))
        return kept[0]

    # -- what is there --

    def location(self, name: str = "", kind: str = "bench") -> str:
        def work(tx: CommandTx) -> str:
            code = number(tx, Kind.LOCATION)
            tx.add(row(Location, code=code, name=name or f"Place {code}", kind=kind, phase="open"))
            return code

        return str(self.seed(work))

    def donation(self) -> tuple[str, str]:
        """A donor and a donation of theirs."""

        def work(tx: CommandTx) -> tuple[str, str]:
            donor, donation = number(tx, Kind.DONOR), number(tx, Kind.DONATION)
            now = tx.now
            tx.add(
                row(
                    Donor,
                    code=donor,
                    phase="eligible",
                    name="Example Donor",
                    identity_document="Example 1",
                    sex="female",
                    birth_year=1990,
                    blood_group="O+",
                    registered_at=now,
                    registered_by="PS01",
                )
            )
            tx.add(
                row(
                    Donation,
                    code=donation,
                    phase="received",
                    donor=donor,
                    container=number(tx, Kind.CONTAINER),
                    volume_ul=60_000,
                    anticoagulant_lot=number(tx, Kind.MATERIAL_LOT),
                    anticoagulant_units=500,
                    operator="PS01",
                    started_at=now - timedelta(hours=2),
                    ended_at=now - timedelta(hours=1),
                    process_by=now + timedelta(hours=23),
                    recorded_by="PS01",
                )
            )
            return donor, donation

        found: tuple[str, str] = self.seed(work)
        return found

    def record(self, kind: str) -> int:
        if kind not in self._records:
            source = RECORD.format(kind=kind)

            def work(tx: CommandTx) -> int:
                made = tx.add(
                    row(
                        MasterRecord,
                        name=f"Test {kind}",
                        kind=kind,
                        version=1,
                        phase="effective",
                        product_code="D0001",
                        steps=parse(source).document(),
                        source_hash=source_hash(source),
                        drafted_by="PS01",
                        drafted_at=tx.now,
                    )
                )
                for person in (self.technician.person, self.second_technician.person):
                    self._train(tx, int(made.id), person)
                return int(made.id)

            self._records[kind] = self.seed(work)
        return self._records[kind]

    def _train(self, tx: CommandTx, record: int, person: str) -> None:
        """Training as QA would have recorded it, of people who are registered here."""
        today = tx.now.date()
        for code in (person, self.third_qa.person):
            if tx.find(Person, code) is None:
                said = {"username": code.lower(), "name": "Example", "initials": code, "phase": "active"}
                tx.add(row(Person, code=code, **said, registered_at=tx.now))
        told = {"trainer": self.third_qa.person, "trained_on": today, "valid_until": today + timedelta(days=1_000)}
        by = {"evidence": "T-1", "recorded_by": self.qa.person, "recorded_at": tx.now}
        tx.add(row(ProcessTraining, person=person, master_record=record, **told, **by))

    def lot(
        self, kind: str = "product", *, sources: tuple[str, ...] = (), bags: int = 2, phase: str = "completed"
    ) -> str:
        """A lot with its bags (or vials), made by the two technicians, in quarantine."""
        record, location = self.record(kind), self.location()

        def work(tx: CommandTx) -> str:
            code = number(tx, Kind.LOT)
            who = self.technician.person
            tx.add(
                row(
                    Lot,
                    code=code,
                    kind=kind,
                    master_record=record,
                    phase=phase,
                    location=location,
                    product_code="D0001",
                    opened_by=who,
                    opened_at=tx.now,
                )
            )
            for source in sources:
                tx.add(LotSource(lot=code, source=source))
            tx.add(
                row(
                    StepRecord,
                    lot=code,
                    step="count",
                    sequence=1,
                    phase="verified",
                    performer=who,
                    started_at=tx.now,
                    completed_at=tx.now,
                    verifier=self.second_technician.person,
                    verified_at=tx.now,
                )
            )
            for _ in range(bags):
                self._divisions += 1
                division = self._divisions
                self._container(tx, code, kind, division, next((s for s in sources if s.startswith("DO")), None))
            return code

        lot = str(self.seed(work))
        self.house.do(commands.open_disposition, by=self.technician, by_house=True, lot=lot)
        return lot

    def _container(self, tx: CommandTx, lot: str, kind: str, division: int, donation: str | None) -> None:
        cells = None if kind == "control" else 200_000_000
        tx.add(
            row(
                Container,
                code=number(tx, Kind.CRYOVIAL if kind == "bank" else Kind.BAG),
                lot=lot,
                donation=donation,
                kind="cryovial" if kind == "bank" else "infusion_bag",
                content="saline" if kind == "control" else "msc",
                phase="stored" if kind == "bank" else "filled",
                passage=None if kind == "control" else 3,
                cells_count=cells,
                cells_made_count=cells,
                cells_grown_count=0,
                volume_ul=400_000,
                volume_made_ul=400_000,
                viability_permille=None if kind == "control" else 930,
                made_at=tx.now,
                made_by=self.technician.person,
                expires_at=None if kind == "bank" else tx.now + timedelta(hours=6),
                division=division,
                product_code="D0001",
            )
        )

    def value(self, lot: str, value: str, *, late_minutes: int = 0, replaces: int | None = None, why: str = "") -> int:
        """A value of the lot's only step: `value` in percent with one decimal."""

        def work(tx: CommandTx) -> int:
            step: Any = tx.one(_STEP, lot=lot)
            definition = manufacturing.definition_of(tx, lot).step(step.step)
            parameter = None if definition is None else definition.parameter("viability")
            whole = int(float(value) * 10)
            if replaces is not None:
                tx.change(tx.lock(StepValue, replaces), phase="corrected")
            made = tx.add(
                row(
                    StepValue,
                    lot=lot,
                    step_record=step.id,
                    parameter="viability",
                    value=whole,
                    decimals=1,
                    unit="%",
                    phase="current",
                    standing=Standing.WITHIN if parameter is None else parameter.standing(whole),
                    is_late=is_late(tx.now - timedelta(minutes=late_minutes), tx.now),
                    event_at=tx.now - timedelta(minutes=late_minutes),
                    entered_at=tx.now,
                    entered_by=self.technician.person,
                    replaces=replaces,
                    reason=why or None,
                )
            )
            return int(made.id)

        return int(self.seed(work))

    def containers(self, lot: str) -> list[str]:
        with self.house.read() as tx:
            return [row.code for row in manufacturing.containers_of(tx, lot)]

    # -- specifications, samples, results --

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
        from cellchain.manufacturing import queries as manufacturing

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


def person(sequence: int) -> str:
    """A valid code of a person."""
    return issue(Kind.PERSON, 1, 2026, sequence)


def _step() -> Any:
    from sqlalchemy import bindparam
    from sqlmodel import col, select

    return select(StepRecord).where(col(StepRecord.lot) == bindparam("lot"))


_STEP = _step()
