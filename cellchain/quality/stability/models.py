"""Tables of banks under a stability plan, and of what became of their time points."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql

from cellchain.platform.columns import Record, day, key, moment, number, personal, reference
from cellchain.platform.columns import code as identifier

REASON_LENGTH = 500


class StabilityStudy(Record, table=True):
    """A bank under one version of a stability plan, which it keeps. Its months count from the day of freezing."""

    __tablename__ = "quality_stability"

    lot: str = reference("manufacturing_lot.code", primary_key=True)
    specification: int = number(references="quality_specification.id")
    frozen_on: date = day()
    placed_by: str = identifier()
    placed_at: datetime = moment()


class StabilityPoint(Record, table=True):
    """A vial that was pulled for a time point and became a sample, or the reason why the time point was missed."""

    __tablename__ = "quality_stability_point"
    __table_args__ = (
        CheckConstraint("month >= 1", name="month_positive"),
        CheckConstraint("(vial IS NULL) = (sample IS NULL)", name="vial_became_sample"),
        CheckConstraint("(sample IS NULL) = (reason IS NOT NULL)", name="pulled_or_missed"),
        UniqueConstraint("vial"),
        UniqueConstraint("sample"),
        Index(
            "uq_quality_stability_point_missed",
            "lot",
            "month",
            unique=True,
            sqlite_where=sql("sample IS NULL"),
            postgresql_where=sql("sample IS NULL"),
        ),
    )

    id: int | None = key()
    lot: str = reference("quality_stability.lot")
    month: int = number()
    vial: str | None = reference("manufacturing_container.code", optional=True)
    sample: str | None = reference("quality_sample.code", optional=True)
    at: datetime = moment()
    by: str = identifier()
    reason: str | None = personal(REASON_LENGTH, optional=True)
