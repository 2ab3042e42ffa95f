"""The table of what became of a sampling point."""

from datetime import datetime

from sqlalchemy import CheckConstraint

from cellchain.platform.columns import Record, key, moment, number, personal, reference, text
from cellchain.platform.columns import code as identifier


class StepSample(Record, table=True):
    """What became of one sampling point in one doing of a step: a sample was taken, or left out for a reason.

    `sample` is the code under which the laboratory tests it, `container` what it was drawn from.
    """

    __tablename__ = "manufacturing_step_sample"
    __table_args__ = (
        CheckConstraint("(sample IS NULL) = (reason IS NOT NULL)", name="taken_or_left_out"),
        CheckConstraint("(sample IS NULL) = (container IS NULL)", name="taken_from_something"),
        CheckConstraint("(sample IS NULL) = (volume_ul IS NULL)", name="taken_has_volume"),
    )

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    step_record: int = number(references="manufacturing_step_record.id")
    point: str = text(40)
    sample: str | None = identifier(optional=True)
    container: str | None = reference("manufacturing_container.code", optional=True)
    volume_ul: int | None = number(optional=True)
    at: datetime = moment()
    by: str = identifier()
    reason: str | None = personal(500, optional=True)
