"""Tables of the balance: what left a container for good, and what was found beside what the record says."""

from datetime import datetime

from sqlalchemy import CheckConstraint

from cellchain.manufacturing.rules.balance import LossKind, Quantity
from cellchain.platform.columns import Record, choice, chosen, flag, key, moment, number, personal, reference
from cellchain.platform.columns import code as identifier


class ContainerLoss(Record, table=True):
    """What left a container and went into no other: a sample, waste, or what was given to a recipient."""

    __tablename__ = "manufacturing_container_loss"
    __table_args__ = (
        chosen("kind", LossKind),
        CheckConstraint("cells_count >= 0", name="cells_not_negative"),
        CheckConstraint("volume_ul >= 0", name="volume_not_negative"),
    )

    id: int | None = key()
    container: str = reference("manufacturing_container.code")
    kind: LossKind = choice(LossKind)
    step_record: int | None = number(references="manufacturing_step_record.id", optional=True)
    cells_count: int | None = number(optional=True)
    volume_ul: int = number()
    at: datetime = moment()
    by: str = identifier()
    reason: str | None = personal(500, optional=True)


class BalanceCheck(Record, table=True):
    """What was found in a container, beside what the record says is there. The record itself is not altered by it.

    `expected` and `found` are microlitres or cells, `error_permille` is the measuring error that the master record
    allows, in tenths of a percent of `expected`.
    """

    __tablename__ = "manufacturing_balance_check"
    __table_args__ = (chosen("quantity", Quantity), CheckConstraint("found >= 0", name="found_not_negative"))

    id: int | None = key()
    lot: str | None = reference("manufacturing_lot.code", optional=True)
    container: str = reference("manufacturing_container.code")
    quantity: Quantity = choice(Quantity)
    expected: int = number()
    found: int = number()
    error_permille: int = number()
    is_off: bool = flag()
    at: datetime = moment()
    by: str = identifier()
