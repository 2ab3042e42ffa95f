"""Sending the letters of a recall through the house, and writing down what went another way."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality.letters import queries, rules
from cellchain.quality.letters.models import WORDS_LENGTH, RecallLetter
from cellchain.quality.letters.rules import TO, LetterWay
from cellchain.quality.recalls import queries as recalls
from cellchain.quality.recalls.common import RecallField
from cellchain.quality.recalls.models import Recall
from cellchain.quality.recalls.rules import Audience, Criteria

LETTERS_MAX = 500
SENT = "quality:letter:sent"  # composition answers it with a notice to whoever it goes to
Receiver = Annotated[str, Field(pattern=TO, title="To", description="A place, a shipment, sponsor or authority.")]


class LettersResult(CommandResult):
    """How many letters of a recall went out."""

    recall: int
    sent: int


class SendLetters(Order):
    """The letters as they were on the screen: to whom, and the fingerprint of what each of them says."""

    recall: RecallField
    to: Annotated[list[Receiver], Field(min_length=1, max_length=LETTERS_MAX, title="To")]
    digests: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]],
        Field(min_length=1, max_length=LETTERS_MAX, title="Letters as shown"),
    ]

    @model_validator(mode="after")
    def _each_has_its_own(self) -> Self:
        if len(self.to) != len(self.digests):
            raise ValueError("each receiver has one letter")
        return self


@command(event="quality:letters:sent", signature="I send these letters")
def send_letters(tx: CommandTx, by: Actor, order: SendLetters) -> LettersResult:
    """Send letters to the sponsor and the physicians: each is told by a notice, and by mail where there is a server.

    What was sent before and says the same is left out. Raises Refused `letter.too_early`, `letter.not_a_reader`,
    `letter.sent_already`.
    """
    row = tx.lock(Recall, order.recall)
    subject = _subject(row)
    tx.about(subject)
    rules.may_write(row.kind, row.phase)
    known = {(one.to, one.digest) for one in queries.letters_of(tx, order.recall)}
    wanted = [pair for pair in zip(order.to, order.digests, strict=True) if pair not in known]
    alerts = recalls.alerts_of(tx, recall=order.recall)
    physicians = {one.person for one in alerts if one.audience is Audience.PHYSICIAN and one.person is not None}
    rules.may_send([to for to, _ in wanted], physicians)
    for to, digest in dict(wanted).items():
        letter = tx.add(
            RecallLetter(
                recall=order.recall,
                to=to,
                way=LetterWay.HOUSE,
                digest=digest,
                recorded_by=by.person,
                recorded_at=tx.now,
            )
        )
        people = [] if to == rules.SPONSOR else [to]
        tx.record(SENT, subject, letter=letter.id, sponsor=to == rules.SPONSOR, people=people)
    tx.note(recall=order.recall, to=list[Json](to for to, _ in wanted), digests=list[Json](one for _, one in wanted))
    return LettersResult(recall=order.recall, sent=len(wanted))


class RecordLetter(Order):
    """A letter that went another way, or that the authority was told: when, how, by whom."""

    recall: RecallField
    to: Receiver
    sent_on: Annotated[Day, Field(title="Sent on")]
    reference: Annotated[
        Text,
        Field(
            min_length=3,
            max_length=WORDS_LENGTH,
            title="How, or under which number",
            description="Registered post and its number, courier, telephone; of an authority, its register number.",
        ),
    ]
    told_by: Annotated[
        Text | None,
        Field(min_length=2, max_length=WORDS_LENGTH, title="Told by", description="Who told the authority."),
    ] = None


@command(event="quality:letter:recorded")
def record_letter(tx: CommandTx, by: Actor, order: RecordLetter) -> LettersResult:
    """Write down a letter that did not go through the house.

    Raises Refused `letter.too_early`, `letter.exercise`, `letter.recorded_already`; Invalid for a day to come or before
    the recall, and for an authority that nobody told.
    """
    row = tx.lock(Recall, order.recall)
    tx.about(_subject(row))
    rules.may_write(row.kind, row.phase)
    rules.may_record(row.kind, order.to, order.told_by)
    rules.was_then(order.sent_on, tx.day_of(row.started_at), tx.today)
    known = {(one.to, one.sent_on, one.reference) for one in queries.letters_of(tx, order.recall)}
    rules.was_not_recorded((order.to, order.sent_on, order.reference) in known)
    letter = tx.add(
        RecallLetter(
            recall=order.recall,
            to=order.to,
            way=LetterWay.OUTSIDE,
            sent_on=order.sent_on,
            reference=order.reference,
            told_by=order.told_by,
            recorded_by=by.person,
            recorded_at=tx.now,
        )
    )
    tx.note(recall=order.recall, to=order.to, letter=letter.id)
    return LettersResult(recall=order.recall, sent=1)


def _subject(row: Recall) -> str:
    return Criteria(row.root, row.also, row.deviation).subject
