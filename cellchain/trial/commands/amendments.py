"""A new version of a study: imported, compared with the one in force, made effective by a signature, or withdrawn."""

from typing import Annotated

from pydantic import Field

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries, rules, statements
from cellchain.trial.commands.studies import DefinitionGiven, StudyCode, definition_given
from cellchain.trial.definition import Onward
from cellchain.trial.lifecycles import ON_STUDY, STUDY_VERSION, VersionPhase
from cellchain.trial.models import Recipient, Study, StudyVersion
from cellchain.trial.setup import comparison
from cellchain.trial.setup import queries as setup


class ImportAmendment(DefinitionGiven):
    """The new version of a study's definition file, whole, with its part [amendment]."""

    study: StudyCode


class VersionResult(CommandResult):
    """A version of a study, and how many recipients went under it."""

    study: str
    version: int
    definition_hash: str
    phase: str
    moved: int = 0


@command(event="trial:amendment:imported", subject="study")
def import_amendment(tx: CommandTx, by: Actor, order: ImportAmendment) -> VersionResult:
    """Import a new version of a study. Nothing changes until it is made effective. Raises Refused `amendment.*`."""
    study = tx.lock(Study, order.study)
    rules.study_is_open(study.phase)
    if any(one.phase == VersionPhase.IMPORTED for one in setup.versions(tx, study.code)):
        raise Refused(
            "amendment.waits", "An imported version waits for its signature. Make it effective or withdraw it first."
        )
    given = definition_given(tx, order)
    known = given.known
    comparison.may_import(queries.study_definition(tx, study.code), known, _listed(tx, study.code))
    if tx.one(statements.VERSION_BY_HASH, study=study.code, digest=known.hash) is not None:
        raise Refused("amendment.known", "This file was imported before. Correct it, and import it again.")
    row = tx.add(
        StudyVersion(
            study=study.code,
            number=max(one.number for one in setup.versions(tx, study.code)) + 1,
            definition=known.document,
            definition_hash=known.hash,
            file=given.digest,
            file_name=given.name,
            imported_at=tx.now,
            imported_by=by.person,
            phase=VersionPhase.IMPORTED,
        )
    )
    tx.note(version=row.number, definition_hash=known.hash, file=row.file)
    return _result(row)


def _listed(tx: CommandTx, study: str) -> int | None:
    """How many recipients the committed list can hold; None before it is committed."""
    held = tx.one(statements.LIST_OF, study=study)
    return None if held is None else held.length // len(queries.study_definition(tx, study).levels)


class OfVersion(Order):
    """Which version of which study."""

    study: StudyCode
    version: Annotated[int, Field(ge=2, le=10_000, title="Version")]


def _what_changes(tx: CommandTx, order: OfVersion) -> dict[str, Json]:
    """What the signature binds: both versions, by their hashes."""
    found = setup.compared(tx, order.study, order.version)
    return {"study": order.study, "version": order.version, "before": found.before, "definition": found.version.hash}


@command(
    event="trial:amendment:made_effective",
    subject="study",
    signature="I have compared this amendment with the version in force and make it effective",
    signs=_what_changes,
)
def make_amendment_effective(tx: CommandTx, by: Actor, order: OfVersion) -> VersionResult:
    """Put an imported version in force. Who is in the study is moved, or stays, as the amendment says.

    Where it asks for consent again, nobody is moved before they have signed: recording that consent moves them.
    """
    study = tx.lock(Study, order.study)
    rules.study_is_open(study.phase)
    row = _held(tx, order)
    known = setup.compared(tx, order.study, order.version).version.known
    phase = STUDY_VERSION.move("make_amendment_effective", row.phase)
    for old in tx.every(statements.VERSIONS, study=study.code):
        if old.phase == VersionPhase.EFFECTIVE:
            held = tx.lock(StudyVersion, old.id)
            tx.change(held, phase=STUDY_VERSION.move("replace", held.phase))
    reconsent = known.amendment is not None and known.amendment.reconsent
    row = tx.change(row, phase=phase, effective_at=tx.now, effective_by=by.person, reconsent=reconsent)
    tx.change(study, version=row.number, definition_hash=row.definition_hash, title=known.title.en)
    moved = 0
    if known.amendment is not None and known.amendment.recipients is Onward.MOVE and not reconsent:
        moved = _move_all(tx, study.code, row.number)
    tx.note(version=row.number, definition_hash=row.definition_hash, reconsent=reconsent, moved=moved)
    return _result(row, moved)


@command(event="trial:amendment:withdrawn", subject="study", permission="trial.import_amendment")
def withdraw_amendment(tx: CommandTx, by: Actor, order: OfVersion) -> VersionResult:
    """Give an imported version up before it was made effective. It stays to be read."""
    row = _held(tx, order)
    row = tx.change(row, phase=STUDY_VERSION.move("withdraw_amendment", row.phase))
    tx.note(version=row.number)
    return _result(row)


def _move_all(tx: CommandTx, study: str, version: int) -> int:
    """Everybody in the study whose consent is the newest goes under the new version at once."""
    wanted = setup.last_reconsent(tx, study)
    moved = 0
    for code, phase, _, signed in setup.standings(tx, study):
        if phase in ON_STUDY and not setup.is_due(signed, wanted):
            tx.change(tx.lock(Recipient, code), study_version=version)
            moved += 1
    return moved


def _held(tx: CommandTx, order: OfVersion) -> StudyVersion:
    found = next((one for one in tx.every(statements.VERSIONS, study=order.study) if one.number == order.version), None)
    if found is None:
        raise Refused(
            "amendment.unknown",
            "There is no version {number} of this study. Open the study's page again.",
            number=order.version,
        )
    return tx.lock(StudyVersion, found.id)


def _result(row: StudyVersion, moved: int = 0) -> VersionResult:
    return VersionResult(
        study=row.study, version=row.number, definition_hash=row.definition_hash, phase=row.phase, moved=moved
    )
