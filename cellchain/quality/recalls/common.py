"""What the acts around a recall share: their fields, who is told, and the lots that a signature stops."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import Identifier, Kind
from cellchain.kernel.ensure import ensure
from cellchain.ledger.registry import Moment, Order
from cellchain.ledger.tx import CommandTx
from cellchain.quality.commands.common import RootCode
from cellchain.quality.models import Disposition
from cellchain.quality.recalls.models import Alert
from cellchain.quality.recalls.rules import AlertPhase, Audience, Criteria
from cellchain.quality.rules.lifecycles import DISPOSITION, DispositionPhase

ALERT_HOURS = 24
# Whose recipients got what was reached, the trial knows: it answers this with their physicians.
WANTED = "quality:physicians:wanted"

RecallField = Annotated[int, Field(ge=1, title="Recall")]


class ItemCode(Identifier):
    """What can be on the list of a recall."""

    kinds = (Kind.BAG, Kind.CRYOVIAL, Kind.CONTAINER)


class CriteriaOrder(Order):
    """Where the fault lies. What is named together narrows."""

    root: Annotated[
        RootCode | None,
        Field(title="Everything that came out of", description="A donor, lot, material lot, machine, person…"),
    ] = None
    also: Annotated[
        RootCode | None,
        Field(title="And also out of", description="A second thing, machine or person: only what both reached."),
    ] = None
    deviation: Annotated[int | None, Field(ge=1, title="Deviation", description="Its number in the house.")] = None
    since: Annotated[Moment | None, Field(title="From", description="Only what they had to do with after this.")] = None
    until: Annotated[Moment | None, Field(title="Until", description="Only what they had to do with before this.")] = (
        None
    )
    origin: Annotated[
        bool,
        Field(title="Back to the donor", description="Everything of the donors behind it, its siblings with it."),
    ] = False


def criteria_of(order: CriteriaOrder) -> Criteria:
    """What an order names."""
    return Criteria(order.root, order.also, order.deviation, order.since, order.until, order.origin)


def raise_alerts(
    tx: CommandTx,
    told: Sequence[tuple[Audience, str | None]],
    *,
    recall: int | None = None,
    late_positive: int | None = None,
    exercise: bool = False,
) -> None:
    """Tell people, who have to acknowledge within the hours that this house allows."""
    ensure((recall is None) is not (late_positive is None), "an alert is about one thing")
    hours = ALERT_HOURS if tx.house is None else tx.house.alert_hours
    for audience, person in told:
        tx.add(
            Alert(
                recall=recall,
                late_positive=late_positive,
                audience=audience,
                person=person,
                exercise=exercise,
                phase=AlertPhase.RAISED,
                raised_by=tx.by.person,
                raised_at=tx.now,
                due_at=tx.now + timedelta(hours=hours),
            )
        )


def want_physicians(
    tx: CommandTx,
    bags: Sequence[str],
    *,
    recall: int | None = None,
    late_positive: int | None = None,
    exercise: bool = False,
) -> None:
    """Ask the trial which physicians treat whoever got one of these bags, or is about to."""
    facts = {"recall": recall, "late_positive": late_positive, "exercise": exercise, "bags": list(bags)}
    tx.record(WANTED, tx.subject or "", **facts)


def mark_recalled(tx: CommandTx, lot: str) -> None:
    """A lot's disposition after a recall, which is an act of its own and ends it."""
    row = tx.lock(Disposition, lot)
    if row.phase is not DispositionPhase.RECALLED:
        phase = DISPOSITION.move("recall", row.phase)
        tx.change(row, phase=phase, decided_by=tx.by.person, decided_at=tx.now, obligations=None)
