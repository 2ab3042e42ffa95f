"""Training in a version of a master record: recorded by QA, asked for at each step."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts import queries as accounts
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.models import MasterRecord, ProcessTraining
from cellchain.manufacturing.rules import training as rules
from cellchain.manufacturing.rules.training import Lesson, Trained


class TrainingResult(CommandResult):
    """A recorded training, and in which version it was."""

    training: int
    person: str
    master_record: int
    version: int


class RecordTraining(Order):
    """Who was trained in which version, by whom, until when it counts, and where the evidence is filed."""

    person: Annotated[PersonCode, Field(title="Person")]
    master_record: Annotated[int, Field(ge=1, title="Master record")]
    trainer: Annotated[PersonCode, Field(title="Trainer", description="Who trained this person.")]
    trained_on: Annotated[Day, Field(title="Trained on")]
    valid_until: Annotated[Day, Field(title="Counts until", description="The last day on which it counts.")]
    evidence: Annotated[
        Text,
        Field(
            min_length=3,
            max_length=200,
            title="Evidence",
            description="Number of the training sheet, and what was assessed.",
        ),
    ]


@command(event="manufacturing:training:recorded", subject="person")
def record_training(tx: CommandTx, by: Actor, order: RecordTraining) -> TrainingResult:
    """Record a training in one version of a master record.

    Raises NotFound, Refused `training.own`, `training.draft`, `training.in_future`, `training.period`.
    """
    record = tx.get(MasterRecord, order.master_record)
    for person in (order.person, order.trainer):
        if accounts.active_person(tx, person) is None:
            raise NotFound(key=person)
    lesson = Lesson(order.person, order.trainer, Trained(order.trained_on, order.valid_until), record.phase)
    rules.may_record(lesson, by.person, tx.today)
    row = tx.add(
        ProcessTraining(
            person=order.person,
            master_record=order.master_record,
            trainer=order.trainer,
            trained_on=order.trained_on,
            valid_until=order.valid_until,
            evidence=order.evidence,
            recorded_by=by.person,
            recorded_at=tx.now,
        )
    )
    tx.note(master_record=order.master_record, version=record.version)
    return TrainingResult(
        training=row.id or 0, person=row.person, master_record=row.master_record, version=record.version
    )
