"""Opening and closing a study."""

from typing import Annotated

from pydantic import Field

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import TEXTS
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Received, Upload, accepting, received
from cellchain.trial import queries, rules
from cellchain.trial.definition import TEXT_LENGTH_MAX, StudyDefinition, parse, parse_file
from cellchain.trial.lifecycles import STUDY, RecipientPhase, StudyPhase, VersionPhase
from cellchain.trial.models import Study, StudyVersion

FIRST_VERSION = 1

StudyCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,13}$", title="Study")]


class StudyResult(CommandResult):
    """A study and the hash of its definition."""

    study: str
    definition_hash: str
    phase: str


class DefinitionGiven(Order):
    """A definition as its file, or as the text of it."""

    file: Annotated[
        Upload | None,
        Field(
            title="Definition file",
            description="The TOML file of the study.",
            json_schema_extra=accepting(TEXTS),
        ),
    ] = None
    definition: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=TEXT_LENGTH_MAX,
            title="Or its text",
            description="The whole text of the TOML file, where it cannot be chosen.",
        ),
    ] = None


class OpenStudy(DefinitionGiven):
    """A study as its definition file says it."""


@dataclass(frozen=True)
class Given:
    """A definition that was read, and the file that it came as, if it came as one."""

    known: StudyDefinition
    file: Received | None

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the file."""
        return None if self.file is None else self.file.digest

    @property
    def name(self) -> str | None:
        """What the file is called."""
        return None if self.file is None else self.file.name


def definition_given(tx: CommandTx, order: DefinitionGiven) -> Given:
    """Read what was given. Raises Invalid for a text at fault, Refused `study.definition_*`, `file.*` for a file."""
    if order.file is None:
        if order.definition is None:
            raise Refused("study.definition_none", "No definition was given. Choose its file, or enter its text.")
        return Given(parse(order.definition), None)
    if order.definition is not None:
        raise Refused(
            "study.definition_twice", "A file was chosen and a text entered. Leave one of them out: they may differ."
        )
    file = received(tx, order.file, TEXTS)
    return Given(parse_file(file.name, tx.house.fetch(file.digest)), file)


@command(event="trial:study:opened")
def open_study(tx: CommandTx, by: Actor, order: OpenStudy) -> StudyResult:
    """Open a study from its definition, which is stored whole; it changes by amendments alone."""
    given = definition_given(tx, order)
    known = given.known
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
    tx.note(definition_hash=known.hash, file=given.digest)
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
            file=given.digest,
            file_name=given.name,
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
