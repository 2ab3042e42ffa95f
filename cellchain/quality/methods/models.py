"""The table of test methods."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.materials.rules import EquipmentKind
from cellchain.platform.columns import Record, choice, chosen, document, flag, key, moment, number, only_while, text
from cellchain.platform.columns import code as identifier
from cellchain.quality.rules.methods import MethodPhase

NAME_LENGTH = 40
TITLE_LENGTH = 80
PROCEDURE_LENGTH = 60


class TestMethod(Record, table=True):
    """One version of a method. `procedure` is the number of the written procedure, `instrument` what reads it.

    `retests` is how often a failed test may be done again under its investigation, fixed before anything fails.
    """

    __tablename__ = "quality_method"
    __table_args__ = (
        chosen("phase", MethodPhase),
        chosen("instrument", EquipmentKind),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("approved_by <> drafted_by", name="approved_by_another"),
        CheckConstraint("retests >= 0", name="retests_counted"),
        CheckConstraint("phase <> 'effective' OR approved_by IS NOT NULL", name="effective_was_approved"),
        UniqueConstraint("name", "version"),
        Index("uq_quality_method_effective", "name", unique=True, **only_while("phase = 'effective'")),
    )

    id: int | None = key()
    name: str = text(NAME_LENGTH)
    version: int = number()
    title: str = text(TITLE_LENGTH)
    procedure: str = text(PROCEDURE_LENGTH)
    tests: list[str] = document()
    instrument: EquipmentKind | None = choice(EquipmentKind, optional=True)
    is_panel: bool = flag()
    retests: int = number()
    phase: MethodPhase = choice(MethodPhase)
    drafted_by: str = identifier()
    drafted_at: datetime = moment()
    approved_by: str | None = identifier(optional=True)
    approved_at: datetime | None = moment(optional=True)
    retired_at: datetime | None = moment(optional=True)
