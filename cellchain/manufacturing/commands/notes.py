"""What a step says beside its values: comments, and pictures or PDFs that were attached to it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import PAPERS
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received
from cellchain.manufacturing.commands.steps import StepNumber
from cellchain.manufacturing.models import Lot, StepAttachment, StepComment, StepRecord
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.statements import ATTACHED


class CommentResult(CommandResult):
    """A comment that was written."""

    lot: str
    step_record: int
    comment: int


class AttachmentResult(CommandResult):
    """A file that was attached."""

    lot: str
    step_record: int
    attachment: int
    digest: str


class CommentStep(Order):
    """What is to be said about a step."""

    step_record: StepNumber
    comment: Annotated[
        Annotated[Text, StringConstraints(min_length=3, max_length=1_000)],
        Field(title="Comment"),
    ]


@command(event="manufacturing:step:commented")
def comment_step(tx: CommandTx, by: Actor, order: CommentStep) -> CommentResult:
    """Write a comment to a step, while its batch record is open. Raises Refused `lot.record_closed`."""
    record = _record(tx, order.step_record)
    row = tx.add(
        StepComment(
            step_record=order.step_record,
            comment=order.comment,
            event_at=tx.happened_at,
            entered_at=tx.now,
            entered_by=by.person,
        )
    )
    tx.note(step=record.step, step_record=record.id)
    return CommentResult(lot=record.lot, step_record=order.step_record, comment=row.id or 0)


class AttachFile(Order):
    """Which file belongs to a step."""

    step_record: StepNumber
    file: Annotated[Upload, Field(title="Picture or PDF", json_schema_extra=accepting(PAPERS))]


@command(event="manufacturing:file:attached")
def attach_file(tx: CommandTx, by: Actor, order: AttachFile) -> AttachmentResult:
    """Attach a file that was received, while the batch record is open. Its kind and size are what its content said.

    Raises NotFound `file.not_received`, Refused `file.wrong_kind`, `lot.record_closed`, `file.attached_already`.
    """
    record = _record(tx, order.step_record)
    file = received(tx, order.file, PAPERS)
    if tx.one(ATTACHED, step_record=order.step_record, digest=file.digest) is not None:
        raise Refused("file.attached_already", "This file is attached to this step already. Attach another one.")
    row = tx.add(
        StepAttachment(
            step_record=order.step_record,
            digest=file.digest,
            kind=file.kind,
            size_bytes=file.size_bytes,
            name=file.name,
            event_at=tx.happened_at,
            entered_at=tx.now,
            entered_by=by.person,
        )
    )
    tx.note(step=record.step, step_record=record.id, file=file.digest)
    return AttachmentResult(lot=record.lot, step_record=order.step_record, attachment=row.id or 0, digest=row.digest)


def _record(tx: CommandTx, number: int) -> StepRecord:
    """The step, of a lot whose batch record is open; both locked. Raises NotFound, Refused `lot.record_closed`."""
    record = tx.lock(StepRecord, number)
    tx.about(record.lot)
    steps.record_is_open(tx.lock(Lot, record.lot).phase)
    return record
