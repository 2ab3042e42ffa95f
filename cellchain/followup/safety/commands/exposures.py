"""Adverse events that open by themselves when a product turns out to be contaminated after it was given."""

from typing import Annotated

from pydantic import Field

from cellchain.bedside.given import GIVEN_MAX, Given, given
from cellchain.followup.safety.commands.clocks import EventResult, opened
from cellchain.followup.safety.lifecycles import EventPhase, Seriousness
from cellchain.followup.safety.models import TERM_LENGTH, AdverseEvent
from cellchain.identity.codes import BagCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx

# Nobody knows yet whether it harms: CTCAE grade 1, and serious because a physician has to judge it (ICH E2A, II.B).
GRADE = 1
CODED = "product_contaminated"


class Exposures(CommandResult):
    """An adverse event for each infusion of a contaminated product."""

    events: list[EventResult]


class ReportByLatePositive(Order):
    """The bags that came out of a lot whose test turned out positive, and what grew."""

    late_positive: Annotated[int, Field(ge=1)]
    organism: Annotated[str, Field(max_length=120)]
    exposed: Annotated[list[BagCode], Field(max_length=GIVEN_MAX)]


@command(event="followup:exposures:reported", internal=True)
def report_by_late_positive(tx: CommandTx, by: Actor, order: ReportByLatePositive) -> Exposures:
    """Open an adverse event, with the investigator's clock, for each infusion of these bags.

    It asks no consent, and no data lock stops it: it happened in our hands.
    """
    found = [opened(tx, _event(tx, by, one, order.organism)) for one in given(tx, order.exposed)]
    tx.note(late_positive=order.late_positive, exposures=len(found))
    return Exposures(events=found)


def _event(tx: CommandTx, by: Actor, one: Given, organism: str) -> AdverseEvent:
    return tx.add(
        AdverseEvent(
            recipient=one.recipient,
            infusion=one.infusion,
            term=f"Infusion of a product with a late positive test: {organism}"[:TERM_LENGTH],
            coded=CODED,
            grade=GRADE,
            serious=True,
            seriousness=Seriousness.IMPORTANT,
            serious_since=tx.now,
            onset_at=one.started_at,
            aware_at=tx.now,
            reported_by=by.person,
            reported_at=tx.now,
            phase=EventPhase.OPEN,
        )
    )
