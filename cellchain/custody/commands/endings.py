"""Something comes back from a ward, or is destroyed."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.accounts import queries as people
from cellchain.custody import queries, rules
from cellchain.custody.commands.common import Reason, SubjectField, Temperature, not_into_a_box, put, take_away
from cellchain.custody.models import (
    Destruction,
    Return,
)
from cellchain.identity.codes import BagCode, Kind, LocationCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, Symbol, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.commands import mark_discarded
from cellchain.manufacturing.rules.lifecycles import ContainerPhase

_LIVE = (ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED)


class Returned(BaseModel, frozen=True):
    """A bag that came back."""

    bag: str
    location: str


class ReturnBag(Order):
    """A bag that the ward did not use."""

    bag: Annotated[BagCode, Field(title="Bag")]
    location: Annotated[LocationCode, Field(title="Brought to")]
    temperature_mc: Temperature
    seal_intact: Annotated[bool, Field(title="Is the seal intact?")]
    reason: Reason


@command(event="custody:bag:returned", subject="bag")
def return_bag(tx: CommandTx, by: Actor, order: ReturnBag) -> Returned:
    """Bring an unused bag back. It is never given out again; the trial makes its infusion due.

    Raises Refused `return.*`, `custody.*`, `hand_over.open`.
    """
    facts = manufacturing.container_facts(tx, order.bag)
    not_into_a_box(tx, order.location)
    rules.may_return(queries.custody_of(tx, order.bag), filled=facts.phase is ContainerPhase.FILLED)
    tx.add(
        Return(
            bag=order.bag,
            location=order.location,
            returned_at=tx.happened_at,
            returned_by=by.person,
            temperature_mc=order.temperature_mc,
            seal_intact=order.seal_intact,
            reason=order.reason,
        )
    )
    take_away(tx, order.bag)
    put(tx, order.bag, order.location, None)
    tx.note(bag=str(order.bag))
    return Returned(bag=order.bag, location=order.location)


class Destroyed(BaseModel, frozen=True):
    """Something that is no more."""

    subject: str
    witness: str


class Destroy(Order):
    """Something is destroyed, and a second person watches."""

    subject: SubjectField
    reason: Reason
    witness_badge: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="Witness's badge",
            description="The second person scans it.",
            json_schema_extra=scanned(Kind.PERSON, as_printed=True),
        ),
    ]


@command(event="custody:container:destroyed", subject="subject")
def destroy(tx: CommandTx, by: Actor, order: Destroy) -> Destroyed:
    """Destroy a container before a witness. Raises Refused `destroy.*`, `custody.*`, `hand_over.open`."""
    facts = manufacturing.container_facts(tx, order.subject)
    badge = people.witness_of(tx, order.witness_badge, "custody.destroy")
    witness = rules.may_destroy(queries.custody_of(tx, order.subject), by.person, badge)
    if facts.phase in _LIVE:
        mark_discarded(tx, order.subject, order.reason)
    tx.add(
        Destruction(subject=order.subject, performer=by.person, witness=witness, at=tx.happened_at, reason=order.reason)
    )
    take_away(tx, order.subject)
    return Destroyed(subject=order.subject, witness=witness)
