"""What the verbs of follow-up share: the fields of their orders, and rows held while the data are open."""

from typing import Annotated

from pydantic import Field

from cellchain.followup import queries, rules
from cellchain.followup.models import NOTE_LENGTH, Visit
from cellchain.identity.codes import RecipientCode
from cellchain.ledger.registry import Text
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition

VisitId = Annotated[int, Field(ge=1, title="Visit")]
OutcomeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="What was measured")]
Note = Annotated[Text, Field(min_length=3, max_length=NOTE_LENGTH)]
Recipient = Annotated[RecipientCode, Field(title="Recipient")]


def open_to_change(tx: CommandTx, recipient: str) -> StudyDefinition:
    """The recipient's study. Raises Refused while its data are locked."""
    study = trial.study_of(tx, recipient)
    rules.may_change(locked=queries.is_locked(tx, study.code))
    return study


def visit_to_change(tx: CommandTx, number: int) -> Visit:
    """A visit, held until commit. Raises NotFound, and Refused while its data are locked."""
    row = tx.lock(Visit, number)
    tx.about(row.recipient)
    open_to_change(tx, row.recipient)
    return row
