"""A lot with as many steps as one likes, written past the commands: for measuring how long records behave.

Everything else in the house is the demonstration's. Such a database has no ledger entries for these rows and does not
verify, so it is thrown away afterwards.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import SQLModel

from cellchain.manufacturing.rules.definition import load
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
    master = tables["manufacturing_master_record"]
    document = link.execute(select(master.c.steps).where(master.c.id == lot["master_record"])).scalar_one()
    step = next(one for one in load(document).steps if one.act == "change_medium")
    parameters = [(one.key, one.decimals, one.unit) for one in step.parameters]
    machine = link.execute(select(tables["materials_equipment"].c.code)).scalars().first()
    supply = link.execute(select(tables["materials_lot"].c.code)).scalars().first()
    at = lot["opened_at"]
    records: list[Any] = []
    values: list[Any] = []
    used: list[Any] = []
    booked: list[Any] = []
    first = 1 + int(link.execute(select(func.max(tables["manufacturing_step_record"].c.id))).scalar_one() or 0)
    value_id = 1 + int(link.execute(select(func.max(tables["manufacturing_step_value"].c.id))).scalar_one() or 0)
    used_id = 1 + int(link.execute(select(func.max(tables["manufacturing_equipment_use"].c.id))).scalar_one() or 0)
    booked_id = 1 + int(link.execute(select(func.max(tables["materials_use"].c.id))).scalar_one() or 0)
    for sequence in range(1, steps_count + 1):
        at += timedelta(minutes=20)
        runs = sequence == steps_count
        records.append(
            {
                "id": first + sequence - 1,
                "lot": lot["code"],
                "step": step.key,
                "sequence": sequence,
                "phase": "started" if runs else "verified",
                "performer": lot["opened_by"],
                "started_at": at,
                "completed_at": None if runs else at + timedelta(minutes=10),
                "verifier": None,
                "verified_at": None if runs else at + timedelta(minutes=15),
            }
        )
        for key, decimals, unit in parameters[:VALUES_EACH]:
            values.append(
                {
                    "id": value_id + len(values),
                    "lot": lot["code"],
                    "step_record": first + sequence - 1,
                    "parameter": key,
                    "value": 2 * 10**decimals,
                    "decimals": decimals,
                    "unit": unit,
                    "phase": "current",
                    "standing": "within",
                    "is_late": False,
                    "event_at": at,
                    "entered_at": at,
                    "entered_by": lot["opened_by"],
                    "replaces": None,
                    "reason": None,
                }
            )
        used.append(
            {
                "id": used_id + sequence,
                "equipment": machine,
                "lot": lot["code"],
                "step_record": first + sequence - 1,
                "used_at": at,
                "used_by": lot["opened_by"],
                "undone_at": None,
            }
        )
        booked.append(
            {
                "id": booked_id + sequence,
                "lot": supply,
                "used_for": lot["code"],
                "step": f"{sequence}. {step.title.en}"[:80],
                "amount_milli": 1_000,
                "unit": "mL",
                "used_at": at,
                "used_by": lot["opened_by"],
                "undone_at": None,
            }
        )
    for name, rows in (
        ("manufacturing_step_record", records),
        ("manufacturing_step_value", values),
        ("manufacturing_equipment_use", used),
        ("materials_use", booked),
    ):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            link.execute(insert(tables[name]), rows[start : start + ROWS_AT_ONCE])
