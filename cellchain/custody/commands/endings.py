"""Something comes back from a ward, or is destroyed."""

from typing import Annotated, Protocol

from pydantic import Field

from cellchain.accounts import queries as people
from cellchain.custody import queries, rules
from cellchain.custody.commands.common import Reason, SubjectField, Temperature, not_into_a_box, put, take_away
from cellchain.custody.models import (
    Destruction,
    Return,
)
from cellchain.custody.rules import DestructionMethod
from cellchain.identity.codes import BagCode, Kind, LocationCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Symbol, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.commands import mark_discarded
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.materials import queries as materials

_LIVE = (ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED)


class Returned(CommandResult):
    """A bag that came back."""

    bag: str
    location: str


class BroughtBack(Protocol):
    """What is said of any bag that comes back."""

    @property
    def location(self) -> str: ...
    @property
    def temperature_mc(self) -> int: ...
    @property
    def seal_intact(self) -> bool: ...
    @property
    def reason(self) -> str: ...


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
    returned = bring_back(tx, by, order.bag, order, unused=facts.phase is ContainerPhase.FILLED)
    tx.note(
        bag=str(order.bag),
        location=str(order.location),
        temperature_mc=order.temperature_mc,
        seal_broken=None if order.seal_intact else True,
    )
    return returned


def bring_back(tx: CommandTx, by: Actor, bag: str, order: BroughtBack, *, unused: bool) -> Returned:
    """A bag leaves the ward and is stored where it was brought to, with its temperature and its seal.

    For `bedside` as well, within its own command and entry. Raises Refused `return.*`, `custody.*`, `hand_over.open`.
    """
    not_into_a_box(tx, order.location)
    rules.may_return(queries.custody_of(tx, bag), filled=unused)
    tx.add(
        Return(
            bag=bag,
            location=order.location,
            returned_at=tx.happened_at,
            returned_by=by.person,
            temperature_mc=order.temperature_mc,
            seal_intact=order.seal_intact,
            reason=order.reason,
        )
    )
    take_away(tx, bag)
    put(tx, bag, order.location, None)
    return Returned(bag=bag, location=order.location)


class Destroyed(CommandResult):
    """Something that is no more, and the number of its record."""

    subject: str
    witness: str
    destruction: int


class Destroy(Order):
    """Something is destroyed, and a second person watches: how, where, how much of it, and why."""

    subject: SubjectField
    method: Annotated[DestructionMethod, Field(title="How it is destroyed")]
    place: Annotated[LocationCode, Field(title="Where it is destroyed")]
    volume_ul: Annotated[
        int, Field(ge=0, le=10_000_000, title="Amount", description="What of it is left and destroyed.")
    ]
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


@command(event="custody:container:destroyed", subject="subject", signature="I destroyed this, as the record says")
def destroy(tx: CommandTx, by: Actor, order: Destroy) -> Destroyed:
    """Destroy a container before a witness. It is out of use at once; its record is whole once the witness has signed.

    Raises NotFound, Refused `destroy.*`, `custody.*`, `hand_over.open`, `location.closed`.
    """
    facts = manufacturing.container_facts(tx, order.subject)
    badge = people.witness_of(tx, order.witness_badge, "custody.destroy")
    witness = rules.may_destroy(queries.custody_of(tx, order.subject), by.person, badge)
    materials.open_location(tx, order.place)
    if facts.phase in _LIVE:
        mark_discarded(tx, order.subject, order.reason)
    row = tx.add(
        Destruction(
            subject=order.subject,
            performer=by.person,
            witness=witness,
            method=order.method,
            place=order.place,
            volume_ul=order.volume_ul,
            at=tx.happened_at,
            reason=order.reason,
        )
    )
    take_away(tx, order.subject)
    return Destroyed(subject=order.subject, witness=witness, destruction=row.id or 0)


class WitnessDestruction(Order):
    """What the witness saw."""

    destruction: Annotated[int, Field(ge=1, title="Record of destruction")]


@command(event="custody:destruction:witnessed", signature="I saw this destroyed, as the record says")
def witness_destruction(tx: CommandTx, by: Actor, order: WitnessDestruction) -> Destroyed:
    """Sign as the witness whose badge was scanned. Raises NotFound, Refused `destroy.other_witness`,
    `destroy.witnessed_already`.
    """
    row = tx.lock(Destruction, order.destruction)
    tx.about(row.subject)
    rules.may_witness(row.witness, by.person, witnessed=row.witnessed_at is not None)
    tx.change(row, witnessed_at=tx.now)
    tx.note(destruction=row.id, performer=row.performer)
    return Destroyed(subject=row.subject, witness=row.witness, destruction=row.id or 0)
