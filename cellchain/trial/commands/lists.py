"""The sealed list of a study, made here or brought in, and committed to before anybody comes into the study."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from cellchain.accounts.strength import rules as accounts
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import House
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import allocation, queries, rules, statements
from cellchain.trial.commands.studies import StudyCode
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.lifecycles import ListPhase, RowPhase
from cellchain.trial.models import AllocationList, AllocationRow, Study

MEANING = "I commit this list as the only randomisation list of the study"


class OfList(Order):
    """Whose list, and the passphrase that a copy of its key is kept under."""

    study: StudyCode
    passphrase: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            title="Passphrase of your copy of the list key",
            description="A few unrelated words. It is kept nowhere: write it down and lock it away.",
            repr=False,
            json_schema_extra={"format": "password"},
        ),
    ]


class CommitAllocationList(OfList):
    """Which blocks to make the list of. Said once, for this act alone: their order is drawn, and nothing keeps it."""

    block_sizes: Annotated[
        tuple[int, ...],
        Field(
            min_length=1,
            max_length=100,
            title="Block sizes",
            description="One number a block. Mix the sizes; their order is drawn at random.",
            repr=False,
        ),
    ]


class ImportAllocationList(OfList):
    """A list that was made elsewhere. Nothing of it is kept in the open, and no file of it is stored."""

    rows: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=20_000,
            title="The list as CSV",
            description="The whole text: columns number,arm, and stratum where the study has one.",
            repr=False,
        ),
    ]


class CommitmentResult(CommandResult):
    """What anybody may know of the list: how long it is, and the root that commits to it."""

    study: str
    length: int
    root: str


def _wrapping_key(house: House, order: OfList) -> bytes:
    """Slow on purpose, so before the write lock is taken. Raises Refused `password.*`, `allocation.no_key`."""
    accounts.password_is_fit(order.passphrase, about=(order.study,))
    return allocation.passphrase_key(order.passphrase, house.list_key, order.study)


@command(event="trial:allocation_list:committed", subject="study", signature=MEANING, prepare=_wrapping_key)
def commit_allocation_list(tx: CommandTx, by: Actor, order: CommitAllocationList) -> CommitmentResult:
    """Draw the list, seal every row under the list key, and commit to all of them before anybody is enrolled.

    Where the study has a stratum, each of its two levels gets rows of its own, drawn from the same sizes.
    """
    known = _without_list(tx, order.study)
    shares = [(arm.code, arm.ratio) for arm in known.arms]
    allocation.check_blocks(order.block_sizes, sum(share for _, share in shares), known.enrolment, len(known.levels))
    rows = allocation.strata(order.block_sizes, shares, known.levels, tx.random_bytes)
    return _commit(tx, by, known, rows, imported=False)


@command(
    event="trial:allocation_list:imported",
    subject="study",
    signature=MEANING,
    permission="trial.commit_allocation_list",
    prepare=_wrapping_key,
)
def import_allocation_list(tx: CommandTx, by: Actor, order: ImportAllocationList) -> CommitmentResult:
    """Take a list that a statistician made outside, seal it and commit to it like one that is drawn here."""
    known = _without_list(tx, order.study)
    arms = [arm.code for arm in known.arms]
    rows = allocation.read_csv(order.rows, arms, known.levels, known.enrolment, tx.random_bytes)
    return _commit(tx, by, known, rows, imported=True)


def _without_list(tx: CommandTx, code: str) -> StudyDefinition:
    """The study, held. Raises Refused where it has its list, or has somebody in it."""
    study = tx.lock(Study, code)
    rules.study_is_open(study.phase)
    if tx.one(statements.LIST_OF, study=study.code) is not None:
        raise Refused("allocation.already_committed", "This study has its list. A list is never replaced.")
    return queries.study_definition(tx, study.code)


def _commit(
    tx: CommandTx, by: Actor, known: StudyDefinition, rows: Sequence[allocation.Row], *, imported: bool
) -> CommitmentResult:
    sealed = [allocation.seal(row, known.code, tx.house.list_key, tx.random_bytes) for row in rows]
    root = allocation.root_of([row.leaf for row in sealed])
    made = tx.add(
        AllocationList(
            study=known.code,
            length=len(sealed),
            root=root,
            committed_by=by.person,
            committed_at=tx.now,
            imported=imported,
            key_copy=allocation.key_copy(tx.house.list_key, known.code, tx.prepared, tx.random_bytes),
            phase=ListPhase.COMMITTED,
        )
    )
    for row in sealed:
        tx.add(
            AllocationRow(
                allocation_list=made.id or 0,
                number=row.number,
                level=row.level,
                sealed=row.sealed,
                leaf=row.leaf.hex(),
                phase=RowPhase.SEALED,
            )
        )
    tx.note(length=made.length, root=root)
    return CommitmentResult(study=known.code, length=made.length, root=root)
