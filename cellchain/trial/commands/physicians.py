"""Which physicians treat whoever got something that turned out to be in doubt."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import BagCode
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial.treating import TIES_MAX, ties


class NamedPhysicians(CommandResult):
    """The physicians, each once."""

    physicians: list[str]


class NamePhysicians(Order):
    """The bags of a recall or of a late positive."""

    recall: Annotated[int | None, Field(ge=1)] = None
    late_positive: Annotated[int | None, Field(ge=1)] = None
    exercise: bool = False
    bags: Annotated[list[BagCode], Field(max_length=TIES_MAX)]


@command(event="trial:physicians:named", internal=True)
def name_physicians(tx: CommandTx, by: Actor, order: NamePhysicians) -> NamedPhysicians:
    """Name the physicians of everybody who got one of these bags, or for whom one is meant."""
    physicians = sorted({tie.physician for tie in ties(tx, order.bags)})
    tx.note(recall=order.recall, late_positive=order.late_positive, exercise=order.exercise)
    tx.note(physicians=list[Json](physicians))
    return NamedPhysicians(physicians=physicians)
