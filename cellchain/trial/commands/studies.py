"""Opening and closing a study."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import definition, queries, rules
from cellchain.trial.lifecycles import STUDY, RecipientPhase, StudyPhase, VersionPhase
from cellchain.trial.models import Study, StudyVersion

FIRST_VERSION = 1

StudyCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,13}$", title="Study")]


def one_kind_of_line(value: object) -> object:
    """A file of either kind of system: its lines end alike."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class StudyResult(BaseModel, frozen=True):
    """A study and the hash of its definition."""

    study: str
    definition_hash: str
    phase: str


class OpenStudy(Order):
    """A study as its definition file says it."""

    definition: Annotated[
        Text,
        BeforeValidator(one_kind_of_line),
        Field(
            min_length=1,
            max_length=definition.TEXT_LENGTH_MAX,
            title="Definition file",
            description="The whole text of the TOML file.",
        ),
    ]


@command(event="trial:study:opened")
def open_study(tx: CommandTx, by: Actor, order: OpenStudy) -> StudyResult:
    """Open a study from its definition, which is stored whole; it changes by amendments alone."""
    known = definition.parse(order.definition)
    if known.amendment is not None:
        raise Refused(
            "study.amendment", "This file says that it is an amendment. Import it as a new version of its study."
        )
    if tx.find(Study, known.code) is not None:
        raise Refused(
            "study.exists",
            "Study “{study}” is open already. Import a new version of it as an amendment.",
            study=known.code,
        )
    tx.about(known.code)
    tx.note(definition_hash=known.hash)
    study = tx.add(
        Study(
            code=known.code,
            title=known.title.en,
            version=FIRST_VERSION,
            definition_hash=known.hash,
            opened_at=tx.now,
            opened_by=by.person,
            phase=StudyPhase.OPEN,
        )
    )
    tx.add(
        StudyVersion(
            study=study.code,
            number=FIRST_VERSION,
            definition=known.document,
            definition_hash=known.hash,
            imported_at=tx.now,
            imported_by=by.person,
            effective_at=tx.now,
            effective_by=by.person,
            phase=VersionPhase.EFFECTIVE,
        )
    )
    return StudyResult(study=study.code, definition_hash=known.hash, phase=study.phase)


class OfStudy(Order):
    """Which study."""

    study: StudyCode


@command(event="trial:study:closed", permission="trial.open_study", subject="study")
def close_study(tx: CommandTx, by: Actor, order: OfStudy) -> StudyResult:
    """Close a study once nobody is on treatment: nobody is enrolled or randomised in it any more."""
    study = tx.lock(Study, order.study)
    treated = [one.code for one in queries.recipients(tx, study.code) if one.phase == RecipientPhase.RANDOMISED]
    rules.may_close(len(treated))
    study = tx.change(study, phase=STUDY.move("close_study", study.phase))
    return StudyResult(study=study.code, definition_hash=study.definition_hash, phase=study.phase)
