"""Reading what waits to be given in a study, and what is prepared for it: dates and codes, never an arm."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import bindparam, col, select

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.lifecycles import InfusionPhase, RecipientPhase
from cellchain.trial.models import PlannedInfusion, Recipient
from cellchain.trial.preparation import rules
from cellchain.trial.preparation.rules import Cost
from cellchain.trial.rules import InfusionFacts

ORDER_AHEAD = timedelta(days=7)
# Every infusion of a study that is still to be given, of people on treatment.
WAITING: Any = (
    select(PlannedInfusion)
    .where(
        PlannedInfusion.recipient == Recipient.code,
        Recipient.study == bindparam("study"),
        Recipient.phase == RecipientPhase.RANDOMISED,
        or_(
            col(PlannedInfusion.phase) == InfusionPhase.PLANNED,
            col(PlannedInfusion.phase) == InfusionPhase.ORDERED,
            col(PlannedInfusion.phase) == InfusionPhase.ASSIGNED,
        ),
    )
    .order_by(col(PlannedInfusion.due_on), col(PlannedInfusion.recipient))
)


def waiting(tx: ReadTx, study: StudyDefinition) -> list[InfusionFacts]:
    """Every infusion of a study that is still to be given, the earliest first. One select."""
    total = study.schedule.infusions
    return [trial.infusion_of(row, total) for row in tx.every(WAITING, study=study.code)]


def around(tx: ReadTx, study: StudyDefinition, infusion: InfusionFacts) -> list[InfusionFacts]:
    """What an infusion's dates are weighed against: the whole plan of its recipient, and what waits for others."""
    others = [one for one in waiting(tx, study) if one.recipient != infusion.recipient]
    return [*trial.plan_of(tx, infusion.recipient), *others]


def cost_of_moving(tx: ReadTx, infusion: InfusionFacts, due_on: date) -> list[Cost]:
    """What follows when this infusion is moved to `due_on`."""
    study = trial.study_of(tx, infusion.recipient)
    known = around(tx, study, infusion)
    return rules.cost_of_moving(study.preparation, study.schedule, known, infusion, due_on, tx.today)


def cost_of_cancelling(tx: ReadTx, infusion: InfusionFacts) -> list[Cost]:
    """What is lost when this infusion's order is taken back."""
    preparation = trial.study_of(tx, infusion.recipient).preparation
    return rules.cost_of_cancelling(preparation, infusion, tx.today)


@dataclass(frozen=True)
class Wanted:
    """An infusion that is to be ordered, and the day by which."""

    infusion: InfusionFacts
    by: date


def to_order(tx: ReadTx, recipient: str) -> list[Wanted]:
    """The infusions of a recipient whose order is wanted within a week or late already; nothing once a window closed.

    Where the study says nothing of orders, the first day of the window counts.
    """
    study, today = trial.study_of(tx, recipient), tx.today
    found = []
    for one in trial.plan_of(tx, recipient):
        by = rules.order_by(study.preparation, one.due_on) or one.window_from
        if one.phase == InfusionPhase.PLANNED and not one.is_overdue(today) and by <= today + ORDER_AHEAD:
            found.append(Wanted(one, by))
    return found
