"""The table of values that QA asked to erase."""

from datetime import datetime

from sqlalchemy import CheckConstraint

from cellchain.platform.columns import Record, choice, chosen, key, moment, number, personal, text
from cellchain.platform.columns import code as identifier
from cellchain.quality.redactions.rules import Ground

WHY_LENGTH = 500


class Redaction(Record, table=True):
    """One personal value to erase: a cell of a row, or the reason of an entry of the ledger (`place` is its number).

    It says where the value stood and never what it was; `reason` is words of QA.
    """

    __tablename__ = "quality_redaction"
    __table_args__ = (
        chosen("ground", Ground),
        CheckConstraint("erased_by <> asked_by", name="two_people"),
        CheckConstraint("(erased_at IS NULL) = (erased_by IS NULL)", name="erased_by_somebody"),
    )

    id: int | None = key()
    entry: int = number(index=True)
    table: str = text(80)
    place: str = text(40)
    field: str = text(80)
    ground: Ground = choice(Ground)
    reason: str = personal(WHY_LENGTH)
    asked_by: str = identifier()
    asked_at: datetime = moment()
    erased_by: str | None = identifier(optional=True)
    erased_at: datetime | None = moment(optional=True)
