"""A lot with as many steps as one likes, written past the commands: for measuring how long records behave.

Everything else in the house is the demonstration's. Such a database has no ledger entries for these rows and does not
verify, so it is thrown away afterwards.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import func, insert, select
from sqlmodel import SQLModel

from cellchain.manufacturing.batch_record import words_of
from cellchain.manufacturing.rules.definition import Step, load
from cellchain.platform.db import Database

VALUES_EACH = 3
ROWS_AT_ONCE = 2_000
LOT = "LT0126{number:06d}00"


def make(database: Database, steps_count: int, number: int) -> str:
    """An open bank lot of `steps_count` medium changes, the last of which runs; gives its code.

    `number` (from 900,000 on) tells it from other such lots. Each step has values, a material and a machine.
    """
    tables = SQLModel.metadata.tables
    code = LOT.format(number=number)
    with database.engine.begin() as link:
        like = link.execute(select(tables["manufacturing_lot"]).where(_of_kind(tables, "bank"))).mappings().first()
        if like is None:
            raise RuntimeError("the demonstration has a bank lot")
        place = tables["materials_location"]
        first_place = dict(link.execute(select(place)).mappings().first() or {})
        new_place = f"LC0126{number:06d}00"
        link.execute(insert(place), [{**first_place, "code": new_place, "name": f"Bench {number}"}])
        opened = {"code": code, "phase": "open", "location": new_place, "completed_by": None, "completed_at": None}
        link.execute(insert(tables["manufacturing_lot"]), [{**like, **opened}])
        _fill(link, tables, {**like, **opened}, steps_count)
    return code


def _of_kind(tables: Any, kind: str) -> Any:
    return tables["manufacturing_lot"].c.kind == kind


def _fill(link: Any, tables: Any, lot: dict[str, Any], steps_count: int) -> None:
    """Every step with what belongs to it, in as few inserts as the driver takes."""
    likeness = _Likeness.of(link, tables, lot)
    moments = (lot["opened_at"] + timedelta(minutes=20 * sequence) for sequence in range(1, steps_count + 1))
    steps = [(sequence, at, sequence == steps_count) for sequence, at in enumerate(moments, 1)]
    records = [likeness.record(*one) for one in steps]
    _insert(link, tables["manufacturing_step_record"], records)
    numbers = [row["id"] for row in records]
    of_steps = list(zip(steps, numbers, strict=True))
    values = [value for (_, at, _), number in of_steps for value in likeness.values(number, at)]
    _insert(link, tables["manufacturing_step_value"], values)
    _insert(link, tables["manufacturing_equipment_use"], [likeness.used(number, at) for (_, at, _), number in of_steps])
    _insert(link, tables["materials_use"], [likeness.booked(sequence, at) for sequence, at, _ in steps])


def _insert(link: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    """The rows, numbered after those that are there."""
    before = int(link.execute(select(func.max(table.c.id))).scalar_one() or 0)
    for place, row in enumerate(rows, before + 1):
        row["id"] = place
    for start in range(0, len(rows), ROWS_AT_ONCE):
        link.execute(insert(table), rows[start : start + ROWS_AT_ONCE])


@dataclass(frozen=True)
class _Likeness:
    """What one step of such a lot looks like, with everything that belongs to it."""

    lot: dict[str, Any]
    step: Step
    machine: str
    supply: str

    @classmethod
    def of(cls, link: Any, tables: Any, lot: dict[str, Any]) -> Self:
        """A medium change of the lot's own master record, with a machine and a material lot of the house."""
        master = tables["manufacturing_master_record"]
        document = link.execute(select(master.c.steps).where(master.c.id == lot["master_record"])).scalar_one()
        step = next(one for one in load(document).steps if one.act == "change_medium")
        machine = link.execute(select(tables["materials_equipment"].c.code)).scalars().first()
        supply = link.execute(select(tables["materials_lot"].c.code)).scalars().first()
        return cls(lot, step, machine, supply)

    def record(self, sequence: int, at: datetime, runs: bool) -> dict[str, Any]:
        """One doing of the step; the last one still runs."""
        return {
            "lot": self.lot["code"],
            "step": self.step.key,
            "sequence": sequence,
            "phase": "started" if runs else "verified",
            "performer": self.lot["opened_by"],
            "started_at": at,
            "completed_at": None if runs else at + timedelta(minutes=10),
            "verifier": None,
            "verified_at": None if runs else at + timedelta(minutes=15),
        }

    def values(self, record: int, at: datetime) -> list[dict[str, Any]]:
        """Its values, all within their limits."""
        return [
            {
                "lot": self.lot["code"],
                "step_record": record,
                "parameter": one.key,
                "value": 2 * 10**one.decimals,
                "decimals": one.decimals,
                "unit": one.unit,
                "phase": "current",
                "standing": "within",
                "is_late": False,
                "event_at": at,
                "entered_at": at,
                "entered_by": self.lot["opened_by"],
                "replaces": None,
                "reason": None,
            }
            for one in self.step.parameters[:VALUES_EACH]
        ]

    def used(self, record: int, at: datetime) -> dict[str, Any]:
        """The machine that it used."""
        return {"equipment": self.machine, "lot": self.lot["code"], "step_record": record, **self._use(at)}

    def booked(self, sequence: int, at: datetime) -> dict[str, Any]:
        """The material that went in."""
        what = {"lot": self.supply, "used_for": self.lot["code"], "step": words_of(sequence, self.step)}
        return {**what, "amount_milli": 1_000, "unit": "mL", **self._use(at)}

    def _use(self, at: datetime) -> dict[str, Any]:
        return {"used_at": at, "used_by": self.lot["opened_by"], "undone_at": None}
