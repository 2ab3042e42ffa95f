"""A capability of two tables, for the tests of the ledger alone. The fixture `toy` loads it.

Not imported by name: its tables and commands leave the registries when the tests of this folder end.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import CheckConstraint

from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    code,
    day,
    document,
    flag,
    key,
    moment,
    number,
    personal,
    secret,
    text,
)


class Phase(StrEnum):
    FILLED = "filled"
    RELEASED = "released"


class Bag(Record, table=True):
    __tablename__ = "toy_bag"
    __table_args__ = (chosen("phase", Phase), CheckConstraint("volume_ul >= 0", name="volume"))

    code: str = code(primary_key=True)
    phase: Phase = choice(Phase, index=True)
    volume_ul: int = number()
    serial: int | None = number(optional=True)
    intact: bool = flag(default=True)
    filled_at: datetime = moment()
    expires_on: date | None = day(optional=True)
    label: str | None = text(40, optional=True, unique=True)
    holder: str | None = personal(80, optional=True, encrypted=True)
    remark: str | None = personal(200, optional=True)
    arm: str | None = secret(20, optional=True, encrypted=True)
    limits: dict[str, Any] | None = document(optional=True)


class Draw(Record, table=True):
    __tablename__ = "toy_draw"

    id: int | None = key()
    bag: str = code(references="toy_bag.code")
    volume_ul: int = number()
    drawn_at: datetime = moment()


class Fill(Order):
    code: str = Field(max_length=14)
    volume_ul: int
    serial: int | None = None
    label: str | None = None
    holder: str | None = None
    remark: str | None = None
    arm: str | None = None
    expires_on: date | None = None
    limits: dict[str, Any] | None = None


class Take(Order):
    code: str
    volume_ul: int = 1


class OfBag(Order):
    code: str


class Rename(Order):
    code: str
    holder: str


class BagFacts(BaseModel):
    code: str
    phase: Phase
    volume_ul: int


@command(event="toy:bag:filled", subject="code")
def fill(tx: CommandTx, by: Actor, order: Fill) -> BagFacts:
    bag = tx.add(Bag(phase=Phase.FILLED, filled_at=tx.happened_at, **order.model_dump()))
    tx.note(volume_ul=bag.volume_ul)
    return facts(bag)


@command(event="toy:bag:drawn", subject="code")
def take(tx: CommandTx, by: Actor, order: Take) -> BagFacts:
    bag = tx.lock(Bag, order.code)
    if order.volume_ul > bag.volume_ul:
        raise Refused("toy.empty", "{code} holds {left} µl.", code=bag.code, left=bag.volume_ul)
    tx.add(Draw(bag=bag.code, volume_ul=order.volume_ul, drawn_at=tx.now))
    bag = tx.change(bag, volume_ul=bag.volume_ul - order.volume_ul)
    if bag.volume_ul == 0:
        tx.record("toy:bag:emptied", bag.code)
    return facts(bag)


@command(event="toy:bag:released", subject="code", signature="I certify this bag", signs=lambda tx, order: order.code)
def release(tx: CommandTx, by: Actor, order: OfBag) -> BagFacts:
    return facts(tx.change(tx.lock(Bag, order.code), phase=Phase.RELEASED))


@command(event="toy:bag:renamed", subject="code")
def rename(tx: CommandTx, by: Actor, order: Rename) -> NoResult:
    tx.change(tx.lock(Bag, order.code), holder=order.holder, remark=None)
    return NoResult()


@command(event="toy:bag:discarded", subject="code", internal=True)
def discard(tx: CommandTx, by: Actor, order: OfBag) -> NoResult:
    tx.change(tx.lock(Bag, order.code), intact=False)
    return NoResult()


@command(event="toy:bag:broken", subject="code")
def fail(tx: CommandTx, by: Actor, order: OfBag) -> NoResult:
    """Has a bug after its first write."""
    tx.change(tx.lock(Bag, order.code), volume_ul=0)
    raise ZeroDivisionError("a bug")


@command(event="toy:bag:changed", subject="code")
def change_unlocked(tx: CommandTx, by: Actor, order: OfBag) -> NoResult:
    """Changes what it did not lock."""
    tx.change(tx.get(Bag, order.code), volume_ul=0)
    return NoResult()


@command(event="toy:bag:written_twice", subject="code")
def write_nonsense(tx: CommandTx, by: Actor, order: OfBag) -> NoResult:
    """Writes what the table's CHECK refuses."""
    tx.change(tx.lock(Bag, order.code), volume_ul=-1)
    return NoResult()


@command(event="toy:reason:redacted", signature="I redact this reason")
def redact(tx: CommandTx, by: Actor, order: Take) -> NoResult:
    """Erases the reason of the entry whose number is `volume_ul`."""
    from cellchain.ledger import redaction

    redaction.forget_reason(tx, order.volume_ul)
    return NoResult()


class Erase(Order):
    code: str
    field: str


@command(event="toy:value:erased", subject="code", signature="I erase this value")
def erase(tx: CommandTx, by: Actor, order: Erase) -> NoResult:
    """Erases one personal value of a bag."""
    from cellchain.ledger import redaction

    redaction.forget(tx, Bag.__table__, order.code, order.field)  # type: ignore[attr-defined]
    return NoResult()


def facts(bag: Bag) -> BagFacts:
    return BagFacts(code=bag.code, phase=bag.phase, volume_ul=bag.volume_ul)


def discard_of(facts: Any) -> OfBag:
    return OfBag(code=facts["subject"])
