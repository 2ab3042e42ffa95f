"""Specifications: drafted from a text, approved by two signatures, retired by the next version."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import ask_countersignature
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.quality import defaults
from cellchain.quality.changes import queries as changes
from cellchain.quality.changes.rules import may_refer
from cellchain.quality.models import Specification
from cellchain.quality.queries.testing import EFFECTIVE, LATEST_VERSION
from cellchain.quality.rules import limits, stability, testing
from cellchain.quality.rules.lifecycles import SPECIFICATION, LotKind, SpecificationPhase, Stage

APPROVED = "quality:specification:approved"


class SpecificationResult(CommandResult):
    """One version of a specification, and where it stands."""

    specification: int
    kind: LotKind
    stage: Stage
    version: int
    phase: SpecificationPhase


class DraftSpecification(Order):
    """The limits of one stage, for one kind of lot."""

    kind: Annotated[LotKind, Field(title="For lots of kind")]
    stage: Annotated[Stage, Field(title="Stage")]
    source: Annotated[
        Text | None,
        Field(
            max_length=limits.SOURCE_LENGTH_MAX,
            title="Limits",
            description="A TOML text with one table a limit, and a plan for stability. Left empty, the limits that "
            "cellchain brings along.",
        ),
    ] = None
    change: Annotated[
        int | None,
        Field(ge=1, title="Under change", json_schema_extra=listed(changes.CATALOGUE)),
    ] = None


@command(event="quality:specification:drafted")
def draft_specification(tx: CommandTx, by: Actor, order: DraftSpecification) -> SpecificationResult:
    """Draft the next version. Raises Refused `specification.stage`, `specification.malformed`, `change.*`."""
    testing.may_draft(order.kind, order.stage)
    if order.change is not None:
        under = changes.change_facts(tx, order.change)
        may_refer(under.phase, under.number)
    source = order.source or defaults.source_of(order.kind)
    name, found = limits.read(source, order.kind, order.stage)
    programme = stability.read(source, order.stage, found)
    documents = [limit.document() for limit in found]
    planned = None if programme is None else programme.document()
    row = tx.add(
        Specification(
            name=name,
            kind=order.kind,
            stage=order.stage,
            version=(tx.one(LATEST_VERSION, kind=order.kind, stage=order.stage) or 0) + 1,
            limits=documents,
            limits_hash=canonical.digest(documents if planned is None else [planned, *documents]),
            programme=planned,
            change=order.change,
            phase=SpecificationPhase.DRAFT,
            drafted_by=by.person,
            drafted_at=tx.now,
        )
    )
    tx.about(str(row.id))
    return _result(row)


class OfSpecification(Order):
    """Names one version of a specification."""

    specification: Annotated[int, Field(ge=1, title="Specification")]


def _signed_record(tx: CommandTx, order: OfSpecification) -> Json:
    row = tx.get(Specification, order.specification)
    return {
        "name": row.name,
        "kind": row.kind.value,
        "stage": row.stage.value,
        "version": row.version,
        "limits": row.limits,
        **({} if row.programme is None else {"programme": row.programme}),
    }


@command(
    event=APPROVED,
    subject="specification",
    signature="I have compared these limits with their sources and approve them",
    signs=_signed_record,
)
def approve_specification(tx: CommandTx, by: Actor, order: OfSpecification) -> SpecificationResult:
    """Approve a draft; it takes effect once a second person has countersigned.

    Raises Refused `specification.own_draft`, `specification.phase`.
    """
    row = tx.lock(Specification, order.specification)
    phase = SPECIFICATION.move("approve_specification", row.phase)
    testing.may_approve(row.drafted_by, by.person)
    row = tx.change(row, phase=phase, approved_by=by.person, approved_at=tx.now)
    ask_countersignature(tx, event=APPROVED, subject=str(row.id), permission="quality.approve_specification")
    return _result(row)


@command(event="quality:specification:made_effective", subject="specification", internal=True)
def make_specification_effective(tx: CommandTx, by: Actor, order: OfSpecification) -> SpecificationResult:
    """The countersigned version takes effect and the one before retires. The drafter does not countersign."""
    row = tx.lock(Specification, order.specification)
    phase = SPECIFICATION.move("make_specification_effective", row.phase)
    testing.may_approve(row.drafted_by, by.person)
    before = tx.one(EFFECTIVE, kind=row.kind, stage=row.stage)
    if before is not None:
        old = tx.lock(Specification, before.id)
        tx.change(old, phase=SPECIFICATION.move("retire_specification", old.phase), retired_at=tx.now)
    return _result(tx.change(row, phase=phase, effective_at=tx.now))


def _result(row: Specification) -> SpecificationResult:
    return SpecificationResult(
        specification=row.id or 0, kind=row.kind, stage=row.stage, version=row.version, phase=row.phase
    )
