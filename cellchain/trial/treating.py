"""Whose many bags are or were, read in one question: for recalls and late positives. No arm is among what is read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import col

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list
from cellchain.trial.lifecycles import AssignmentPhase
from cellchain.trial.models import Assignment, PlannedInfusion, Recipient

TIES_MAX = 100_000
_TIE: tuple[Any, ...] = (
    Assignment.bag,
    Assignment.recipient,
    PlannedInfusion.number,
    Recipient.physician,
    Recipient.site,
    Recipient.study,
    Assignment.phase,
)
# A tie that was undone before the infusion, or a bag that came back, concerns nobody's body.
TIED: Any = (
    columns(*_TIE)
    .join(PlannedInfusion, col(PlannedInfusion.id) == col(Assignment.planned_infusion))
    .join(Recipient, col(Recipient.code) == col(Assignment.recipient))
    .where(
        among(col(Assignment.bag)),
        (col(Assignment.phase) == AssignmentPhase.LIVE) | (col(Assignment.phase) == AssignmentPhase.USED),
    )
    .order_by(col(Assignment.id))
)


@dataclass(frozen=True, slots=True)
class Tie:
    """A bag, whose it is or was, as infusion `number`, and who treats them where."""

    bag: str
    recipient: str
    number: int
    physician: str
    site: str
    study: str
    phase: AssignmentPhase


def ties(tx: ReadTx, bags: Sequence[str]) -> list[Tie]:
    """The ties of those of many bags that somebody got, or is about to get."""
    return [Tie(*row) for row in tx.many(TIED, limit=TIES_MAX, codes=code_list(bags))]
