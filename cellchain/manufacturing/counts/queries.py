"""What counts say: to the act that goes by them, to the batch record, and to whoever wants the counter's own file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.counts.models import CellCount, CounterColumns, CountRun
from cellchain.manufacturing.rules import counting
from cellchain.manufacturing.rules.counter_files import Columns
from cellchain.manufacturing.rules.counting import Numbers
from cellchain.manufacturing.rules.definition import Step
from cellchain.manufacturing.statements import LEAF_COUNTS, LEAF_RUNS
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentFacts, EquipmentKind
from cellchain.platform.db import ReadTx

COUNTS_MAX = 2_000
OF_CODE: Any = bindparam("code")
OF_STEP = (
    select(CellCount).where(col(CellCount.step_record) == bindparam("step_record")).order_by(col(CellCount.sequence))
)
COLUMNS_OF = (
    select(CounterColumns).where(col(CounterColumns.equipment) == OF_CODE).order_by(col(CounterColumns.id).desc())
)
_NEWEST = select(func.max(col(CounterColumns.id))).group_by(col(CounterColumns.equipment))
COLUMNS = select(CounterColumns).where(col(CounterColumns.id).in_(_NEWEST)).order_by(col(CounterColumns.equipment))


@dataclass(frozen=True)
class RunFacts:
    """One chamber or run as it was recorded: what was seen in `chamber_nl` nanolitres, where chambers were counted."""

    place: int
    live_count: int | None
    dead_count: int | None
    dilution_milli: int | None
    chamber_nl: int | None
    live_per_ml: int
    dead_per_ml: int


@dataclass(frozen=True)
class CountFacts:
    """A count of a step. `is_scattered` says that its runs lie further apart than the master record allows."""

    id: int
    lot: str
    step_record: int
    sequence: int
    equipment: str
    live_per_ml: int
    total_per_ml: int
    viability_permille: int
    scatter_permille: int | None
    is_scattered: bool
    file_hash: str | None
    file_name: str | None
    counted_at: datetime
    counted_by: str
    reason: str | None
    runs: tuple[RunFacts, ...]


def counts_of_leaf(tx: ReadTx, lot: str, first: int, end: int, steps: Mapping[int | None, Step]) -> list[CountFacts]:
    """The counts of the steps of a lot from number `first` up to `end`; `steps` names the step of each step record."""
    leaf = {"code": lot, "first": first, "end": end}
    runs = _by_count(tx.every(LEAF_RUNS, **leaf))
    return [_facts(row, steps.get(row.step_record), runs[row.id]) for row in tx.every(LEAF_COUNTS, **leaf)]


def _by_count(runs: Iterable[CountRun]) -> Mapping[int | None, list[RunFacts]]:
    found: dict[int | None, list[RunFacts]] = defaultdict(list)
    for run in runs:
        found[run.cell_count].append(_run_facts(run))
    return found


def count_of(tx: ReadTx, number: int) -> CellCount:
    """One count. Raises NotFound."""
    return tx.get(CellCount, number)


def counts_of_step(tx: ReadTx, step_record: int | None) -> Sequence[CellCount]:
    """The counts of one step, the first one first."""
    return tx.many(OF_STEP, limit=counting.COUNTS_MAX, step_record=step_record)


def numbers_of(row: CellCount, step: Step, volume_ul: int) -> Numbers:
    """What a count says about a volume of what was counted."""
    per_ml = row.total_per_ml if counting.is_total(step.act) else row.live_per_ml
    return Numbers(counting.cells_in(per_ml, volume_ul), row.viability_permille)


def columns_of(tx: ReadTx, equipment: str) -> CounterColumns:
    """What a counter's columns mean now. Raises NotFound where nobody said."""
    row = tx.one(COLUMNS_OF, code=equipment)
    if row is None:
        raise NotFound(
            "counter.no_columns",
            "Nobody has said what the columns of {counter} mean. Ask QA to name them, or enter the chambers by hand.",
            counter=equipment,
        )
    return row


@dataclass(frozen=True)
class CounterLine:
    """A counter, and what its columns mean; None where its chambers are entered by hand."""

    counter: EquipmentFacts
    columns: CounterColumns | None


def counters(tx: ReadTx) -> list[CounterLine]:
    """Every counter of the house with its newest columns."""
    named = {row.equipment: row for row in tx.many(COLUMNS, limit=COUNTS_MAX)}
    found = [line.equipment for line in materials.equipment_lines(tx)]
    return [CounterLine(one, named.get(one.code)) for one in found if one.kind == EquipmentKind.COUNTER]


def as_columns(row: CounterColumns) -> Columns:
    """A counter's columns as the reader of files takes them."""
    return Columns(**{name: getattr(row, name) for name in Columns.__dataclass_fields__})


def _facts(row: CellCount, step: Step | None, runs: Sequence[RunFacts]) -> CountFacts:
    names = CountFacts.__dataclass_fields__.keys() - {"runs", "is_scattered"}
    plan = None if step is None else step.count
    return CountFacts(
        **{name: getattr(row, name) for name in names},
        is_scattered=plan is not None and counting.is_scattered(plan, row.scatter_permille),
        runs=tuple(runs),
    )


def _run_facts(row: CountRun) -> RunFacts:
    return RunFacts(**{name: getattr(row, name) for name in RunFacts.__dataclass_fields__})
