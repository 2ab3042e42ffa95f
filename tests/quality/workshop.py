"""A lot as manufacturing would leave it, written straight into its tables, and the people of the house."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cellchain.accounts.models import Person
from cellchain.accounts.qualified.models import QualifiedMark
from cellchain.donors.models import Donation, Donor
from cellchain.identity.codes import Kind, issue
from cellchain.identity.numbering import issue as number
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import House as Handed
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
from cellchain.materials.models import Location
from cellchain.quality import commands
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


def row(model: Any, **fields: Any) -> Any:
    """A row for a table of any package: what a test writes down in plain words, the table takes as its own."""
    return model(**fields)


def person(sequence: int) -> str:
    """A valid code of a person."""
    return issue(Kind.PERSON, 1, 2026, sequence)


def _step() -> Any:
    from sqlalchemy import bindparam
    from sqlmodel import col, select

    return select(StepRecord).where(col(StepRecord.lot) == bindparam("lot"))


_STEP = _step()


class Workshop:
    """The house with lots in it, which technicians made."""

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
