"""Counting the cells of a running step: chambers entered, or a counter's file read; and naming a counter's columns."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cellchain.identity.codes import EquipmentCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import TEXTS
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received
from cellchain.manufacturing.commands.common import LotField, Running, running_step, used_in
from cellchain.manufacturing.counts import queries
from cellchain.manufacturing.counts.models import CellCount, CounterColumns, CountRun
from cellchain.manufacturing.rules import counter_files, counting
from cellchain.manufacturing.rules.counter_files import ColumnKind, Columns, DecimalMark, FileRun
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentKind

CELLS_SEEN_MAX = 1_000_000
CounterField = Annotated[EquipmentCode, Field(title="Counter", description="Scan the counter.")]
Dilution = Annotated[
    Decimal, Field(ge=1, le=1_000, decimal_places=3, title="Dilution", description="2 for equal parts.")
]
ChamberVolume = Annotated[
    int,
    Field(
        ge=1,
        le=1_000_000,
        title="Chamber volume, nL",
        description="What was counted over: 100 for one large square of a Neubauer chamber.",
    ),
]
ColumnName = Annotated[Text, Field(min_length=1, max_length=80)]


class CountResult(CommandResult):
    """A count as it stands in the record: viable and all cells per millilitre, shares in tenths of a percent."""

    lot: str
    count: int
    sequence: int
    live_per_ml: int
    total_per_ml: int
    viability_permille: int
    scatter_permille: int | None
    is_scattered: bool


class Chamber(BaseModel, frozen=True, extra="forbid"):
    """What was seen in one chamber or square."""

    live_count: Annotated[int, Field(ge=0, le=CELLS_SEEN_MAX, title="Live cells")]
    dead_count: Annotated[int, Field(ge=0, le=CELLS_SEEN_MAX, title="Dead cells")]


class RecordCount(Order):
    """Chambers that were counted."""

    lot: LotField
    equipment: CounterField
    dilution: Dilution
    chamber_nl: ChamberVolume
    runs: Annotated[tuple[Chamber, ...], Field(min_length=2, max_length=counting.RUNS_MAX, title="Chambers")]


@command(event="manufacturing:cells:counted", subject="lot")
def record_count(tx: CommandTx, by: Actor, order: RecordCount) -> CountResult:
    """Record a count of the running step's cells, chamber by chamber.

    Raises Refused `count.not_here`, `.used`, `.done_twice`, `.reason_needed`, `.too_few_runs`, `.no_cells`,
    `.too_many`, `step.none_running`, `equipment.*`.
    """
    running = _countable(tx, order.lot, order.equipment)
    dilution_milli = int(order.dilution * 1_000)
    runs = [
        FileRun(
            counting.run_of(seen.live_count, seen.dead_count, dilution_milli, order.chamber_nl),
            seen.live_count,
            seen.dead_count,
            dilution_milli,
        )
        for seen in order.runs
    ]
    return _store(tx, running, order.equipment, runs, chamber_nl=order.chamber_nl)


class ImportCount(Order):
    """The file that a counter wrote about this sample."""

    lot: LotField
    equipment: CounterField
    file: Annotated[
        Upload,
        Field(
            title="The counter's file",
            description="CSV as the counter exports it.",
            json_schema_extra=accepting(TEXTS),
        ),
    ]


@command(event="manufacturing:count:imported", subject="lot")
def import_count(tx: CommandTx, by: Actor, order: ImportCount) -> CountResult:
    """Read a count from the counter's own file, which is kept as it came.

    Raises NotFound `counter.no_columns`, `file.not_received`, Refused `file.*`, `count.file_*`, and as `record_count`
    does.
    """
    running = _countable(tx, order.lot, order.equipment)
    file = received(tx, order.file, TEXTS)
    counter_files.may_read(file.size_bytes)
    text = counter_files.text_of(tx.house.fetch(file.digest))
    columns = queries.columns_of(tx, order.equipment)
    runs = counter_files.runs_of(text, queries.as_columns(columns))
    return _store(
        tx,
        running,
        order.equipment,
        runs,
        chamber_nl=columns.chamber_nl,
        file_hash=file.digest,
        file_name=file.name,
        columns_id=columns.id,
    )


def _countable(tx: CommandTx, lot: str, equipment: str) -> Running:
    """The running step, where it counts and may be counted now, with a counter that may be used."""
    running = running_step(tx, lot)
    plan = counting.plan_of(running.step)
    done = queries.counts_of_step(tx, running.record.id)
    counting.may_count(len(done), tx.reason, plan, used=running.made(tx))
    materials.usable_equipment(tx, equipment, tx.today, EquipmentKind.COUNTER)
    used_in(tx, running, equipment)
    return running


def _store(
    tx: CommandTx, running: Running, equipment: str, runs: Sequence[FileRun], chamber_nl: int | None, **file: Any
) -> CountResult:
    plan = counting.plan_of(running.step)
    counting.enough_runs(plan, len(runs))
    counted = counting.summed([seen.run for seen in runs])
    row = tx.add(
        CellCount(
            lot=running.lot.code,
            step_record=running.record.id or 0,
            sequence=len(queries.counts_of_step(tx, running.record.id)) + 1,
            equipment=equipment,
            live_per_ml=counted.live_per_ml,
            total_per_ml=counted.total_per_ml,
            viability_permille=counted.viability_permille,
            scatter_permille=counted.scatter_permille,
            counted_at=tx.happened_at,
            counted_by=tx.by.person,
            reason=tx.reason,
            **file,
        )
    )
    for place, seen in enumerate(runs, 1):
        tx.add(
            CountRun(
                cell_count=row.id or 0,
                place=place,
                live_count=seen.live_count,
                dead_count=seen.dead_count,
                dilution_milli=seen.dilution_milli,
                chamber_nl=chamber_nl if seen.live_count is not None else None,
                live_per_ml=seen.run.live_per_ml,
                dead_per_ml=seen.run.dead_per_ml,
            )
        )
    tx.note(count=row.id, sequence=row.sequence, step_record=row.step_record, file=row.file_hash)
    return CountResult(
        lot=row.lot,
        count=row.id or 0,
        sequence=row.sequence,
        live_per_ml=row.live_per_ml,
        total_per_ml=row.total_per_ml,
        viability_permille=row.viability_permille,
        scatter_permille=row.scatter_permille,
        is_scattered=counting.is_scattered(plan, row.scatter_permille),
    )


class NameColumns(Order):
    """What the columns of one counter's file are called, and what they mean."""

    equipment: CounterField
    kind: Annotated[ColumnKind, Field(title="The counter writes")]
    live: Annotated[ColumnName, Field(title="Column of live cells")]
    dead: Annotated[ColumnName | None, Field(title="Column of dead cells")] = None
    total: Annotated[ColumnName | None, Field(title="Column of all cells")] = None
    dilution: Annotated[ColumnName | None, Field(title="Column of the dilution")] = None
    always_diluted: Annotated[
        Dilution | None, Field(title="Dilution", description="Where the file has no column for it.")
    ] = None
    chamber_nl: Annotated[ChamberVolume | None, Field(title="Chamber volume, nL")] = None
    factor: Annotated[
        int, Field(ge=1, le=1_000_000_000, title="Factor", description="1000000 where a column is in millions.")
    ] = 1
    decimal_mark: Annotated[DecimalMark, Field(title="Decimal mark")] = DecimalMark.POINT


class ColumnsResult(CommandResult):
    """The columns of a counter that count from now on."""

    equipment: str
    columns: int


@command(event="manufacturing:counter_columns:named", subject="equipment")
def name_columns(tx: CommandTx, by: Actor, order: NameColumns) -> ColumnsResult:
    """Say what a counter's columns mean; counts read before keep the columns that they were read with.

    Raises NotFound, Refused `counter.columns_*`, `equipment.wrong_kind`.
    """
    materials.usable_equipment(tx, order.equipment, tx.today, EquipmentKind.COUNTER)
    columns = Columns(
        kind=order.kind,
        live=order.live,
        dead=order.dead,
        total=order.total,
        dilution=order.dilution,
        dilution_milli=None if order.always_diluted is None else int(order.always_diluted * 1_000),
        chamber_nl=order.chamber_nl,
        factor=order.factor,
        decimal_mark=order.decimal_mark,
    )
    counter_files.may_map(columns)
    row = tx.add(
        CounterColumns(equipment=order.equipment, named_by=by.person, named_at=tx.happened_at, **vars(columns))
    )
    return ColumnsResult(equipment=row.equipment, columns=row.id or 0)
