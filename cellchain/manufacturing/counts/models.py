"""Tables of cell counts, and of what the columns of a counter's file mean."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint

from cellchain.manufacturing.rules.counter_files import ColumnKind, DecimalMark
from cellchain.platform.columns import Record, choice, chosen, key, moment, number, personal, reference, text
from cellchain.platform.columns import code as identifier


class CellCount(Record, table=True):
    """One count of a step's cells, in cells per millilitre. `sequence` 2 is the recount, and says why.

    `file_hash` is the SHA-256 of the counter's own file, kept in the data folder; None where chambers were counted.
    """

    __tablename__ = "manufacturing_cell_count"
    __table_args__ = (
        CheckConstraint("sequence IN (1, 2)", name="counted_twice_at_most"),
        CheckConstraint("sequence = 1 OR reason IS NOT NULL", name="recount_says_why"),
        CheckConstraint("live_per_ml BETWEEN 0 AND total_per_ml", name="live_within_total"),
        CheckConstraint("viability_permille BETWEEN 0 AND 1000", name="viability_share"),
        CheckConstraint("(file_hash IS NULL) = (columns_id IS NULL)", name="file_has_columns"),
        UniqueConstraint("step_record", "sequence"),
    )

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    step_record: int = number(references="manufacturing_step_record.id")
    sequence: int = number()
    equipment: str = reference("materials_equipment.code")
    live_per_ml: int = number()
    total_per_ml: int = number()
    viability_permille: int = number()
    scatter_permille: int | None = number(optional=True)
    file_hash: str | None = text(64, optional=True)
    file_name: str | None = personal(120, optional=True)
    columns_id: int | None = number(references="manufacturing_counter_columns.id", optional=True)
    counted_at: datetime = moment()
    counted_by: str = identifier()
    reason: str | None = personal(500, optional=True)


class CountRun(Record, table=True):
    """One chamber or one run of a counter within a count. Cells that a counter does not tell one by one are absent."""

    __tablename__ = "manufacturing_count_run"
    __table_args__ = (
        UniqueConstraint("cell_count", "place"),
        CheckConstraint("live_per_ml >= 0", name="live_not_negative"),
        CheckConstraint("dead_per_ml >= 0", name="dead_not_negative"),
    )

    id: int | None = key()
    cell_count: int = number(references="manufacturing_cell_count.id")
    place: int = number()
    live_count: int | None = number(optional=True)
    dead_count: int | None = number(optional=True)
    dilution_milli: int | None = number(optional=True)
    chamber_nl: int | None = number(optional=True)
    live_per_ml: int = number()
    dead_per_ml: int = number()


class CounterColumns(Record, table=True):
    """What the columns of one counter's file mean. The newest of a counter counts; a count keeps its own."""

    __tablename__ = "manufacturing_counter_columns"
    __table_args__ = (
        chosen("kind", ColumnKind),
        chosen("decimal_mark", DecimalMark),
        CheckConstraint("(dead IS NULL) <> (total IS NULL)", name="dead_or_total"),
        CheckConstraint("factor >= 1", name="factor_positive"),
    )

    id: int | None = key()
    equipment: str = reference("materials_equipment.code")
    kind: ColumnKind = choice(ColumnKind)
    live: str = text(80)
    dead: str | None = text(80, optional=True)
    total: str | None = text(80, optional=True)
    dilution: str | None = text(80, optional=True)
    dilution_milli: int | None = number(optional=True)
    chamber_nl: int | None = number(optional=True)
    factor: int = number()
    decimal_mark: DecimalMark = choice(DecimalMark)
    named_by: str = identifier()
    named_at: datetime = moment()
