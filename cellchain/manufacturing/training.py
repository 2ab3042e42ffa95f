"""Who is trained in which version of a master record: the gate at the bench, and the list that shows QA the gaps."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from cellchain.accounts import queries as accounts
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.models import MasterRecord, ProcessTraining
from cellchain.manufacturing.rules import training as rules
from cellchain.manufacturing.rules.definition import load
from cellchain.manufacturing.rules.lifecycles import MasterRecordPhase
from cellchain.manufacturing.rules.training import Standing, Trained, TrainingStanding
from cellchain.manufacturing.statements import ALL_TRAININGS, RECORDS, TRAININGS
from cellchain.platform.db import ReadTx

TRAININGS_MAX = 10_000
RECORDS_MAX = 500
# What people are or will soon be working with.
TAUGHT = (MasterRecordPhase.REVIEWED, MasterRecordPhase.APPROVED, MasterRecordPhase.EFFECTIVE)


def standing_of(tx: ReadTx, record: int, person: str, at: datetime) -> Standing:
    """How a person stands towards a version on the site's day of `at`."""
    rows = tx.many(TRAININGS, limit=TRAININGS_MAX, person=person, master_record=record)
    return rules.standing(map(_trained, rows), tx.day_of(at))


def must_be_trained(tx: ReadTx, record: int, person: str, at: datetime) -> None:
    """Raises Refused `training.missing`, `training.expired`."""
    row = tx.get(MasterRecord, record)
    rules.must_be_trained(standing_of(tx, record, person, at), row.name, row.version)


def why_not(tx: ReadTx, record: int, person: str, at: datetime) -> T | None:
    """What the gate would say to this person, or None where it is open."""
    try:
        must_be_trained(tx, record, person, at)
    except Refused as refusal:
        return refusal.text
    return None


def _trained(row: ProcessTraining) -> Trained:
    return Trained(row.trained_on, row.valid_until)


# ---- the list --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One version of a master record at the head of the list."""

    number: int
    name: str
    version: int
    phase: MasterRecordPhase


@dataclass(frozen=True)
class Line:
    """A person, and how they stand towards each version; None where the record asks nothing of their roles."""

    person: str
    name: str
    roles: tuple[str, ...]
    cells: tuple[Standing | None, ...]

    @property
    def gaps_count(self) -> int:
        return sum(cell is not None and not cell.may_work for cell in self.cells)


@dataclass(frozen=True)
class Matrix:
    """People and master records, with the gaps."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    on: date

    @property
    def gaps_count(self) -> int:
        return sum(line.gaps_count for line in self.lines)

    @property
    def soon_count(self) -> int:
        """How many trainings end within thirty days."""
        cells = [cell for line in self.lines for cell in line.cells if cell is not None]
        return sum(cell.standing == TrainingStanding.EXPIRING for cell in cells)


def matrix(tx: ReadTx) -> Matrix:
    """Everybody whose roles perform or verify a step of a record that is or comes into use, and where they stand."""
    today = tx.today
    records = [row for row in tx.many(RECORDS, limit=RECORDS_MAX) if row.phase in TAUGHT]
    asked = {row.id or 0: _roles_of(row) for row in records}
    known = _by_person_and_record(tx.many(ALL_TRAININGS, limit=TRAININGS_MAX))
    lines = []
    for person in accounts.people(tx):
        cells = tuple(
            rules.standing(known.get((person.code, number), ()), today) if roles & set(person.roles) else None
            for number, roles in asked.items()
        )
        if person.works and any(cells):
            lines.append(Line(person.code, person.initials, person.roles, cells))
    columns = tuple(Column(row.id or 0, row.name, row.version, row.phase) for row in records)
    return Matrix(columns, tuple(sorted(lines, key=lambda line: (-line.gaps_count, line.name))), today)


def _roles_of(row: MasterRecord) -> frozenset[str]:
    """The roles that perform or verify its steps."""
    steps = load(row.steps).steps
    return frozenset(
        role.value for step in steps for role in (step.performer, *([step.verifier] if step.verified else []))
    )


def _by_person_and_record(rows: Sequence[ProcessTraining]) -> Mapping[tuple[str, int], list[Trained]]:
    found: dict[tuple[str, int], list[Trained]] = {}
    for row in rows:
        found.setdefault((row.person, row.master_record), []).append(_trained(row))
    return found


def of_record(tx: ReadTx, record: int) -> list[ProcessTraining]:
    """Every training in one version, in the order they were recorded."""
    return [row for row in tx.many(ALL_TRAININGS, limit=TRAININGS_MAX) if row.master_record == record]


def as_data(found: Matrix) -> dict[str, Any]:
    """The list as JSON; a record that asks nothing of a person's roles is left out of their line."""
    people = [
        {
            "person": line.person,
            "roles": list(line.roles),
            "training": [
                {
                    "master_record": column.number,
                    "standing": cell.standing,
                    "valid_until": cell.until.isoformat() if cell.until else None,
                }
                for column, cell in zip(found.columns, line.cells, strict=True)
                if cell is not None
            ],
        }
        for line in found.lines
    ]
    records = [
        {"master_record": one.number, "name": one.name, "version": one.version, "phase": one.phase}
        for one in found.columns
    ]
    return {"on": found.on.isoformat(), "gaps": found.gaps_count, "master_records": records, "people": people}
