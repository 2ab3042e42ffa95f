"""Master records: drafted from a text, reviewed, approved by two signatures, retired."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import ask_countersignature
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.models import MasterRecord
from cellchain.manufacturing.rules import batch
from cellchain.manufacturing.rules.definition import SOURCE_LENGTH_MAX, parse, source_hash
from cellchain.manufacturing.rules.lifecycles import MASTER_RECORD, MasterRecordPhase
from cellchain.manufacturing.statements import EFFECTIVE, LATEST_VERSION

# Changes are quality's, which comes later: what may be named is asked there, when the draft is recorded.
CHANGE_PATTERN = r"^CC-\d{2}-\d{3,9}$"


class MasterRecordResult(CommandResult):
    """One version of a master record, and where it stands."""

    master_record: int
    name: str
    version: int
    phase: str


class DraftMasterRecord(Order):
    """The whole record as a TOML text."""

    source: Annotated[
        Text,
        Field(
            min_length=20,
            max_length=SOURCE_LENGTH_MAX,
            title="Master record",
            description="A TOML text: name, kind, steps.",
        ),
    ]
    change: Annotated[
        Text | None,
        Field(
            pattern=CHANGE_PATTERN,
            title="Under change",
            description="The number of the approved change that asks for this version, such as CC-26-007.",
        ),
    ] = None


class OfMasterRecord(Order):
    """Names one version of a master record."""

    master_record: Annotated[int, Field(ge=1, title="Master record")]


@command(event="manufacturing:master_record:drafted")
def draft_master_record(tx: CommandTx, by: Actor, order: DraftMasterRecord) -> MasterRecordResult:
    """Draft the next version of the record that the text names. Raises Invalid, naming the place of a fault."""
    definition = parse(order.source)
    row = tx.add(
        MasterRecord(
            name=definition.name,
            kind=definition.kind,
            version=(tx.one(LATEST_VERSION, name=definition.name) or 0) + 1,
            phase=MasterRecordPhase.DRAFT,
            product_code=definition.product_code,
            steps=definition.document(),
            source_hash=source_hash(order.source),
            change=order.change,
            drafted_by=by.person,
            drafted_at=tx.now,
        )
    )
    tx.about(str(row.id))
    tx.note(name=row.name, version=row.version, change=row.change)
    return _result(row)


def _signed_record(tx: CommandTx, order: OfMasterRecord) -> Json:
    row = tx.get(MasterRecord, order.master_record)
    return {"name": row.name, "version": row.version, "steps": row.steps, "source_hash": row.source_hash}


@command(
    event="manufacturing:master_record:reviewed",
    subject="master_record",
    signature="I have reviewed this master record",
    signs=_signed_record,
)
def review_master_record(tx: CommandTx, by: Actor, order: OfMasterRecord) -> MasterRecordResult:
    """Sign that a draft was read and found right. Raises Refused `master_record.own_review`, `master_record.phase`."""
    row = tx.lock(MasterRecord, order.master_record)
    phase = MASTER_RECORD.move("review_master_record", row.phase)
    batch.may_review(row.drafted_by, by.person)
    return _result(tx.change(row, phase=phase, reviewed_by=by.person, reviewed_at=tx.now))


@command(
    event="manufacturing:master_record:approved",
    subject="master_record",
    signature="I approve this master record for manufacturing",
    signs=_signed_record,
)
def approve_master_record(tx: CommandTx, by: Actor, order: OfMasterRecord) -> MasterRecordResult:
    """Approve what was reviewed; it takes effect once a second person countersigned. Raises `master_record.*`."""
    row = tx.lock(MasterRecord, order.master_record)
    phase = MASTER_RECORD.move("approve_master_record", row.phase)
    batch.may_approve(row.drafted_by, by.person)
    row = tx.change(row, phase=phase, approved_by=by.person, approved_at=tx.now)
    ask_countersignature(
        tx,
        event="manufacturing:master_record:approved",
        subject=str(row.id),
        permission="manufacturing.approve_master_record",
    )
    return _result(row)


@command(event="manufacturing:master_record:made_effective", subject="master_record", internal=True)
def make_master_record_effective(tx: CommandTx, by: Actor, order: OfMasterRecord) -> MasterRecordResult:
    """The countersigned version takes effect and the one before retires. The drafter does not countersign."""
    row = tx.lock(MasterRecord, order.master_record)
    phase = MASTER_RECORD.move("make_master_record_effective", row.phase)
    batch.may_approve(row.drafted_by, by.person)
    before = tx.one(EFFECTIVE, name=row.name)
    if before is not None:
        _retire(tx, tx.lock(MasterRecord, before.id))
    return _result(tx.change(row, phase=phase, effective_at=tx.now))


@command(event="manufacturing:master_record:retired", subject="master_record")
def retire_master_record(tx: CommandTx, by: Actor, order: OfMasterRecord) -> MasterRecordResult:
    """Retire a version: no lot is opened from it any more. Open lots go on with the version they were opened with."""
    return _result(_retire(tx, tx.lock(MasterRecord, order.master_record)))


def _retire(tx: CommandTx, row: MasterRecord) -> MasterRecord:
    return tx.change(row, phase=MASTER_RECORD.move("retire_master_record", row.phase), retired_at=tx.now)


def _result(row: MasterRecord) -> MasterRecordResult:
    return MasterRecordResult(master_record=row.id or 0, name=row.name, version=row.version, phase=row.phase)
