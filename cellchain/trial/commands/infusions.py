"""The infusion plan: made once, ordered infusion by infusion, moved and cancelled."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import RecipientCode
from cellchain.kernel.units import MILLI
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries, rules, statements
from cellchain.trial.commands.recipients import OfRecipient
from cellchain.trial.lifecycles import INFUSION, OFFICE, InfusionPhase, SiteDuty
from cellchain.trial.models import PlannedInfusion, Recipient
from cellchain.trial.preparation import queries as preparation
from cellchain.trial.preparation.rules import Cost
from cellchain.trial.rules import InfusionFacts
from cellchain.trial.setup import queries as setup


class PlanInfusions(OfRecipient):
    """When the treatment begins; every other date follows from the study."""

    first_on: Annotated[Day, Field(title="First infusion on")]


class PlannedLine(CommandResult):
    """One infusion of the plan. Dates are days at the site."""

    infusion: int
    number: int
    course: int
    due_on: date
    window_from: date
    window_until: date


class PlanResult(CommandResult):
    """The whole plan."""

    recipient: str
    infusions: tuple[PlannedLine, ...]


@command(event="trial:infusions:planned", subject="recipient")
def plan_infusions(tx: CommandTx, by: Actor, order: PlanInfusions) -> PlanResult:
    """Plan every infusion of the treatment from its first day."""
    recipient = tx.lock(Recipient, order.recipient)
    rules.on_treatment(recipient.phase)
    setup.named_at(tx, recipient.code, by.person, *OFFICE)
    rules.may_plan(len(queries.plan_of(tx, recipient.code)), order.first_on, tx.today)
    known = queries.study_of(tx, recipient.code)
    rows = [
        tx.add(
            PlannedInfusion(
                recipient=recipient.code,
                number=one.number,
                course=one.course,
                dose_in_course=one.dose_in_course,
                due_on=one.due_on,
                window_from=one.window_from,
                window_until=one.window_until,
                phase=InfusionPhase.PLANNED,
            )
        )
        for one in rules.plan(known.schedule, order.first_on)
    ]
    return PlanResult(recipient=recipient.code, infusions=tuple(_line(row) for row in rows))


def _line(row: PlannedInfusion) -> PlannedLine:
    return PlannedLine(
        infusion=row.id or 0,
        number=row.number,
        course=row.course,
        due_on=row.due_on,
        window_from=row.window_from,
        window_until=row.window_until,
    )


class OfInfusion(Order):
    """Which planned infusion. A recipient named beside it has to be its own: a number alone is easily another's."""

    recipient: Annotated[RecipientCode | None, Field(title="Recipient")] = None
    infusion: Annotated[int, Field(ge=1, title="Planned infusion")]


class InfusionResult(CommandResult):
    """An infusion of the plan and where it stands now."""

    recipient: str
    infusion: int
    number: int
    due_on: date
    phase: str


class OrderInfusion(OfInfusion):
    """The physician's order. The dose is the protocol's in both arms: the arm decides whether a bag holds cells."""

    dose_cells_count: Annotated[
        int, Field(ge=1, le=10**12, title="Dose, cells", description="By the protocol. A control bag holds none.")
    ]
    weight_kg: Annotated[Decimal, Field(ge=25, le=300, decimal_places=1, title="Weight today")]


@command(
    event="trial:infusion:ordered",
    signature="I order this infusion for this recipient",
)
def order_infusion(tx: CommandTx, by: Actor, order: OrderInfusion) -> InfusionResult:
    """Order one infusion: only an ordered one gets a bag."""
    row = _held(tx, by, order, SiteDuty.INVESTIGATOR)
    rules.may_order(queries.study_of(tx, row.recipient), order.dose_cells_count)
    return _moved(
        tx,
        row,
        "order_infusion",
        ordered_by=by.person,
        ordered_at=tx.now,
        dose_cells_count=order.dose_cells_count,
        weight_g=int(order.weight_kg * MILLI),
    )


@command(event="trial:infusion:order_cancelled")
def cancel_order(tx: CommandTx, by: Actor, order: OfInfusion) -> InfusionResult:
    """Take an order back before a bag is assigned. The infusion stays planned; what that costs stands in the entry."""
    row = _held(tx, by, order, SiteDuty.INVESTIGATOR)
    _note_costs(tx, preparation.cost_of_cancelling(tx, queries.infusion_facts(tx, order.infusion)))
    return _moved(tx, row, "cancel_order", ordered_by=None, ordered_at=None, dose_cells_count=None, weight_g=None)


class Reschedule(OfInfusion):
    """The new day."""

    due_on: Annotated[Day, Field(title="New day")]


@command(event="trial:infusion:rescheduled")
def reschedule(tx: CommandTx, by: Actor, order: Reschedule) -> InfusionResult:
    """Move an infusion that is not ordered, or was missed, to another day. Its window moves with it."""
    row = _held(tx, by, order, *OFFICE)
    plan = queries.plan_of(tx, row.recipient)
    rules.may_reschedule(_facts(plan, row), plan, order.due_on, tx.today)
    _note_costs(tx, preparation.cost_of_moving(tx, _facts(plan, row), order.due_on))
    window_from, window_until = rules.window(queries.study_of(tx, row.recipient).schedule, order.due_on)
    return _moved(tx, row, "reschedule", due_on=order.due_on, window_from=window_from, window_until=window_until)


@command(event="trial:infusion:missed", permission="trial.reschedule")
def miss_infusion(tx: CommandTx, by: Actor, order: OfInfusion) -> InfusionResult:
    """Record that an infusion is not given in its window, so that the next one may come."""
    row = _held(tx, by, order, *OFFICE)
    _note_costs(tx, preparation.cost_of_cancelling(tx, queries.infusion_facts(tx, order.infusion)))
    return _moved(tx, row, "miss_infusion")


def _note_costs(tx: CommandTx, costs: list[Cost]) -> None:
    """What the page said it costs stands beside the act, by its codes."""
    if costs:
        tx.note(costs=sorted({str(one.kind) for one in costs}))


def _held(tx: CommandTx, by: Actor, order: OfInfusion, *duties: SiteDuty) -> PlannedInfusion:
    """The infusion with its recipient held first, for somebody who has one of `duties` where the site asks for it.

    Whoever ends a treatment holds the recipient too.
    """
    known = tx.get(PlannedInfusion, order.infusion)
    rules.is_whose(known.recipient, order.recipient)
    recipient = tx.lock(Recipient, known.recipient)
    tx.about(recipient.code)
    rules.on_treatment(recipient.phase)
    setup.named_at(tx, recipient.code, by.person, *duties)
    return tx.lock(PlannedInfusion, order.infusion)


def _moved(tx: CommandTx, row: PlannedInfusion, verb: str, **changes: object) -> InfusionResult:
    row = tx.change(row, phase=INFUSION.move(verb, row.phase), **changes)
    tx.note(infusion=row.id, number=row.number)
    return InfusionResult(
        recipient=row.recipient, infusion=row.id or 0, number=row.number, due_on=row.due_on, phase=row.phase
    )


def _facts(plan: list[InfusionFacts], row: PlannedInfusion) -> InfusionFacts:
    return next(one for one in plan if one.id == row.id)


def end_treatment(tx: CommandTx, recipient: str) -> int:
    """Cancel what is planned, ordered or missed, and say how many. An assigned bag ends by its own way first."""
    cancelled = 0
    for known in tx.every(statements.PLAN, recipient=recipient):
        if known.phase in INFUSION.moves["end_treatment"].sources:
            row = tx.lock(PlannedInfusion, known.id)
            tx.change(row, phase=INFUSION.move("end_treatment", row.phase))
            cancelled += 1
    return cancelled
