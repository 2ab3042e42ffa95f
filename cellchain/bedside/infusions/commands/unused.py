"""A bag that was started, and of which nothing had flowed, goes back to the laboratory: its infusion is due again."""

from typing import Annotated

from pydantic import Field

from cellchain.bedside.infusions import rules
from cellchain.bedside.infusions.commands.common import InfusionId, held
from cellchain.custody import commands as custody
from cellchain.identity.codes import LocationCode
from cellchain.kernel.ensure import ensure
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import commands as trial


class ReturnUnused(Order):
    """How it came back. It is never given to anybody after that."""

    infusion: InfusionId
    location: Annotated[LocationCode, Field(title="Brought to")]
    temperature_mc: custody.Temperature
    seal_intact: Annotated[bool, Field(title="Is the seal intact?")]
    reason: custody.Reason


@command(event="bedside:bag:returned")
def return_unused(tx: CommandTx, by: Actor, order: ReturnUnused) -> custody.Returned:
    """Bring back a bag that was started and of which nothing had flowed. Its infusion waits for another bag.

    Raises Refused `return.has_flowed`, `return.not_ended`, `infusion.disposed`, and what stands against any return.
    """
    row = held(tx, order.infusion)
    rules.may_return(ended=row.ended_at is not None, given_ul=row.volume_given_ul, gone=row.disposed_at is not None)
    ensure(row.ended_at is not None, "an infusion that may be returned has ended")
    rules.may_follow(tx.happened_at, row.ended_at or tx.happened_at)
    brought = custody.bring_back(tx, by, row.bag, order, unused=True)
    trial.mark_not_given(tx, row.bag)
    tx.change(row, returned_at=tx.happened_at, returned_by=by.person)
    tx.record(
        "custody:bag:returned",
        row.bag,
        bag=str(row.bag),
        location=str(order.location),
        temperature_mc=order.temperature_mc,
        seal_broken=None if order.seal_intact else True,
    )
    return brought
