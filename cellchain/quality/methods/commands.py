"""Methods drafted, approved by another person, and retired."""

from typing import Annotated

from pydantic import Field

from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.materials.rules import EquipmentKind
from cellchain.quality.methods.models import PROCEDURE_LENGTH, TITLE_LENGTH, TestMethod
from cellchain.quality.methods.queries import EFFECTIVE_NAMED, LATEST_VERSION
from cellchain.quality.rules import methods as rules
from cellchain.quality.rules.investigations import RETESTS_DEFAULT, RETESTS_MAX
from cellchain.quality.rules.methods import METHOD, MethodPhase

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class MethodResult(CommandResult):
    """One version of a method, and where it stands."""

    method: int
    name: str
    version: int
    phase: MethodPhase


class DraftMethod(Order):
    """The next version of a way to do some tests."""

    name: Annotated[
        Key, Field(title="Key", description="Small letters, such as phenotype. It stays over all versions.")
    ]
    title: Annotated[Text, Field(min_length=3, max_length=TITLE_LENGTH, title="Title")]
    procedure: Annotated[
        Text, Field(min_length=1, max_length=PROCEDURE_LENGTH, title="Written procedure", description="Its number.")
    ]
    tests: Annotated[
        tuple[Key, ...],
        Field(
            min_length=1,
            max_length=rules.TESTS_MAX,
            title="Tests",
            description="As the specifications name them.",
        ),
    ]
    instrument: Annotated[
        EquipmentKind | None, Field(title="Read with", description="Left empty where no equipment measures.")
    ] = None
    is_panel: Annotated[bool, Field(title="A panel: one measurement gives all its tests")] = False
    retests: Annotated[
        int,
        Field(
            ge=0,
            le=RETESTS_MAX,
            title="Retests of a failed test",
            description="So often, and never oftener, is it done again under its investigation.",
        ),
    ] = RETESTS_DEFAULT


@command(event="quality:method:drafted")
def draft_method(tx: CommandTx, by: Actor, order: DraftMethod) -> MethodResult:
    """Draft the next version of a method. Raises Refused `method.test_twice`, `.panel_of_one`."""
    rules.may_draft(order.tests, is_panel=order.is_panel)
    row = tx.add(
        TestMethod(
            name=order.name,
            version=(tx.one(LATEST_VERSION, name=order.name) or 0) + 1,
            title=order.title,
            procedure=order.procedure,
            tests=list(order.tests),
            instrument=order.instrument,
            is_panel=order.is_panel,
            retests=order.retests,
            phase=MethodPhase.DRAFT,
            drafted_by=by.person,
            drafted_at=tx.now,
        )
    )
    tx.about(str(row.id))
    return _result(row)


class OfMethod(Order):
    """Names one version of a method."""

    method: Annotated[int, Field(ge=1, title="Method")]


def _signed_record(tx: CommandTx, order: OfMethod) -> Json:
    row = tx.get(TestMethod, order.method)
    return {
        "name": row.name,
        "version": row.version,
        "title": row.title,
        "procedure": row.procedure,
        "tests": list(row.tests),
        "instrument": None if row.instrument is None else row.instrument.value,
        "is_panel": row.is_panel,
        "retests": row.retests,
    }


@command(
    event="quality:method:approved",
    subject="method",
    signature="I have compared this method with its written procedure and its validation, and approve it",
    signs=_signed_record,
)
def approve_method(tx: CommandTx, by: Actor, order: OfMethod) -> MethodResult:
    """Approve a draft: it is effective at once, and the version before retires.

    Raises Refused `method.own_draft`, `method.phase`.
    """
    row = tx.lock(TestMethod, order.method)
    phase = METHOD.move("approve_method", row.phase)
    rules.may_approve(row.drafted_by, by.person)
    before = tx.one(EFFECTIVE_NAMED, name=row.name)
    if before is not None:
        old = tx.lock(TestMethod, before.id)
        tx.change(old, phase=METHOD.move("retire_method", old.phase), retired_at=tx.now)
    return _result(tx.change(row, phase=phase, approved_by=by.person, approved_at=tx.now))


@command(event="quality:method:retired", subject="method")
def retire_method(tx: CommandTx, by: Actor, order: OfMethod) -> MethodResult:
    """Retire a version: nothing more is read with it. Results keep it. Raises Refused `method.phase`."""
    row = tx.lock(TestMethod, order.method)
    return _result(tx.change(row, phase=METHOD.move("retire_method", row.phase), retired_at=tx.now))


def _result(row: TestMethod) -> MethodResult:
    return MethodResult(method=row.id or 0, name=row.name, version=row.version, phase=row.phase)
