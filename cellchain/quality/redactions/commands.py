"""Two people of QA erase a personal value: one asks and signs, another reads, signs, and it is gone."""

from typing import Annotated

from pydantic import Field

from cellchain.ledger import redaction
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality.redactions import queries, rules
from cellchain.quality.redactions.models import WHY_LENGTH, Redaction
from cellchain.quality.redactions.rules import REASON_OF_ENTRY, Ground, Place


class RedactionAsked(CommandResult):
    """A value to erase, by the number of the request and where it stands."""

    redaction: int
    entry: int
    table: str
    field: str
    erased: bool


class AskRedaction(Order):
    """Which personal value must go, and why. Say why without repeating what it says."""

    entry: Annotated[int, Field(ge=1, title="Entry that wrote it")]
    table: Annotated[Text, Field(min_length=1, max_length=80, title="Table")]
    key: Annotated[Text, Field(min_length=1, max_length=40, title="Row")]
    field: Annotated[Text, Field(min_length=1, max_length=80, title="Field")]
    ground: Annotated[Ground, Field(title="Ground")]
    reason: Annotated[
        Text,
        Field(min_length=3, max_length=WHY_LENGTH, title="Why it goes", description="Do not repeat what it says."),
    ]


@command(event="quality:redaction:asked", signature="I have read this value and ask that it be erased")
def ask_redaction(tx: CommandTx, by: Actor, order: AskRedaction) -> RedactionAsked:
    """Ask for a personal value to be erased. Raises Refused `redaction.not_there`, `.asked_already`, NotFound."""
    place = Place(order.table, order.key, order.field)
    rules.may_ask(place, queries.offered(tx, order.entry), waits=queries.waits(tx, place))
    row = tx.add(
        Redaction(
            entry=order.entry,
            table=place.table,
            place=place.key,
            field=place.field,
            ground=order.ground,
            reason=order.reason,
            asked_by=by.person,
            asked_at=tx.now,
        )
    )
    tx.note(entry=order.entry, table=place.table, field=place.field)
    return _told(row)


class Redact(Order):
    """The request that a second person of QA agrees to."""

    redaction: Annotated[int, Field(ge=1, title="Request")]


@command(event="quality:value:redacted", signature="I have read this value and erase it for good")
def redact(tx: CommandTx, by: Actor, order: Redact) -> RedactionAsked:
    """Erase the value and its salt: nobody can read or prove it again, and the chain stays whole.

    Raises Refused `redaction.done`, `.same_person`, NotFound.
    """
    row = tx.lock(Redaction, order.redaction)
    rules.may_redact(row.asked_by, by.person, done=row.erased_at is not None)
    if row.table == REASON_OF_ENTRY:
        redaction.forget_reason(tx, row.entry)
    else:
        redaction.forget(tx, *queries.spot(Place(row.table, row.place, row.field)))
    row = tx.change(row, erased_by=by.person, erased_at=tx.now)
    tx.note(table=row.table, field=row.field)
    return _told(row)


def _told(row: Redaction) -> RedactionAsked:
    return RedactionAsked(
        redaction=row.id or 0, entry=row.entry, table=row.table, field=row.field, erased=row.erased_at is not None
    )
