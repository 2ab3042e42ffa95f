"""The steps of a batch: started, recorded, completed by one person and verified by another."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import EquipmentCode, MaterialLotCode
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import computed, queries, training
from cellchain.manufacturing.batch_record import done_steps, gathered
from cellchain.manufacturing.commands.common import (
    LotField,
    Running,
    add_use,
    bench_of,
    enter,
    running_step,
    settle,
    store_value,
)
from cellchain.manufacturing.models import Lot, StepRecord, StepValue
from cellchain.manufacturing.queries import NODES_MAX
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.rules.definition import DECIMALS_MAX, Definition, Standing
from cellchain.manufacturing.rules.lifecycles import STEP, VALUE, StepPhase
from cellchain.manufacturing.statements import STEP_EQUIPMENT, STEP_VALUES, STEPS
from cellchain.materials import queries as materials
from cellchain.materials.commands import book_use

Value = Annotated[Decimal, Field(max_digits=18, decimal_places=DECIMALS_MAX, title="Value")]
StepNumber = Annotated[int, Field(ge=1, title="Step record")]


class StepResult(CommandResult):
    """One doing of a step, and how far it went."""

    lot: str
    step: str
    step_record: int
    sequence: int
    phase: StepPhase


class ValueResult(CommandResult):
    """A recorded value; `standing` says whether it lies within its limits."""

    value: int
    parameter: str
    standing: Standing


class UseResult(CommandResult):
    """What was scanned for the running step."""

    lot: str
    step: str
    code: str
    name: str


class StartStep(Order):
    """Which step of the lot's master record begins."""

    lot: LotField
    step: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", title="Step")]


@command(event="manufacturing:step:started", subject="lot")
def start_step(tx: CommandTx, by: Actor, order: StartStep) -> StepResult:
    """Begin a step; what it waited for is measured against its hold times.

    Raises Refused `step.unknown`, `.role`, `.other_running`, `.done_already`, `.out_of_order`, `training.missing`,
    `training.expired`, `value.comment_needed`.
    """
    bench = bench_of(tx, order.lot)
    done = done_steps(tx, order.lot)
    step = steps.may_start(bench.definition, order.step, done, by.roles)
    training.must_be_trained(tx, bench.lot.master_record, by.person, tx.happened_at)
    row = tx.add(
        StepRecord(
            lot=order.lot,
            step=step.key,
            sequence=sum(one.count for one in done) + 1,
            phase=StepPhase.STARTED,
            performer=by.person,
            started_at=tx.happened_at,
        )
    )
    settle(tx, row, step)
    tx.note(step=row.step, step_record=row.id)
    return _result(row)


class RecordValue(Order):
    """A value of the running step."""

    lot: LotField
    parameter: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", title="Parameter")]
    value: Value


@command(event="manufacturing:value:recorded", subject="lot")
def record_value(tx: CommandTx, by: Actor, order: RecordValue) -> ValueResult:
    """Record a value; outside an action limit it is recorded as `manufacturing:limit:breached` too.

    Raises Refused `step.none_running`, `value.unknown_parameter`, `.already`, `.too_fine`, `.comment_needed`.
    """
    running = running_step(tx, order.lot)
    row, standing = enter(tx, running, order.parameter, order.value)
    tx.note(step_record=running.record.id, parameter=row.parameter, standing=standing)
    return ValueResult(value=row.id or 0, parameter=row.parameter, standing=standing)


class UseMaterial(Order):
    """A material lot that the running step takes from, and how much."""

    lot: LotField
    material: Annotated[MaterialLotCode, Field(title="Material lot")]
    amount: Annotated[
        Decimal | None,
        Field(
            ge=0,
            le=1_000_000_000,
            decimal_places=3,
            title="Amount",
            description="In the unit in which the material is counted. Left empty, what the master record says.",
        ),
    ] = None


@command(event="manufacturing:material:used", subject="lot")
def use_material(tx: CommandTx, by: Actor, order: UseMaterial) -> UseResult:
    """Book a material lot to the running step. Raises Refused `step.not_needed`, and what materials refuse."""
    running = running_step(tx, order.lot)
    facts = materials.lot_facts(tx, order.material)
    steps.needs_kind(running.step.materials, facts.kind)
    book_use(tx, order.material, order.lot, running.words, steps.amount_of(running.step, facts, order.amount))
    tx.note(material=order.material, step_record=running.record.id)
    return UseResult(lot=order.lot, step=running.step.key, code=order.material, name=facts.name)


class UseEquipment(Order):
    """A piece of equipment that the running step uses."""

    lot: LotField
    equipment: Annotated[EquipmentCode, Field(title="Equipment")]


@command(event="manufacturing:equipment:used", subject="lot")
def use_equipment(tx: CommandTx, by: Actor, order: UseEquipment) -> UseResult:
    """Record the use of equipment in the running step. Raises Refused `step.not_needed`, and what materials refuse."""
    running = running_step(tx, order.lot)
    facts = materials.usable_equipment(tx, order.equipment, tx.today)
    steps.needs_kind(running.step.equipment, facts.kind)
    add_use(tx, running, order.equipment)
    tx.note(equipment=order.equipment, step_record=running.record.id)
    return UseResult(lot=order.lot, step=running.step.key, code=order.equipment, name=facts.name)


class CompleteStep(Order):
    """The lot whose running step is done."""

    lot: LotField


@command(event="manufacturing:step:completed", subject="lot")
def complete_step(tx: CommandTx, by: Actor, order: CompleteStep) -> StepResult:
    """Complete the running step; one in which the cells lay open too long is recorded as
    `manufacturing:time:exceeded`.

    Raises Refused `step.none_running`, `step.act_missing`, `step.incomplete`, `value.comment_needed`.
    """
    running = running_step(tx, order.lot)
    found = gathered(tx, running.record, running.step, running.words)
    steps.may_complete_step(steps.missing(running.step, found))
    phase = STEP.move("complete_step", running.record.phase)
    row = tx.change(running.record, phase=phase, completed_at=tx.happened_at)
    settle(tx, row, running.step)
    tx.note(step=row.step, step_record=row.id)
    _check_open_time(tx, running, row)
    return _result(row)


def _check_open_time(tx: CommandTx, running: Running, row: StepRecord) -> None:
    minutes = int((tx.happened_at - row.started_at).total_seconds()) // 60
    if steps.lay_open_too_long(running.step, minutes):
        tx.record(
            "manufacturing:time:exceeded",
            row.lot,
            lot=row.lot,
            step=row.step,
            step_record=row.id,
            title=running.step.title.en,
            minutes=minutes,
            allowed=running.step.open_minutes,
        )


class VerifyStep(Order):
    """The step record that a second person has checked."""

    step_record: StepNumber


@command(event="manufacturing:step:verified")
def verify_step(tx: CommandTx, by: Actor, order: VerifyStep) -> StepResult:
    """Verify a completed step.

    Raises Refused `step.verifier_role`, `step.verifier_performed`, `step.phase`, `lot.record_closed`,
    `training.missing`, `training.expired`.
    """
    row = tx.lock(StepRecord, order.step_record)
    tx.about(row.lot)
    lot = tx.lock(Lot, row.lot)
    steps.record_is_open(lot.phase)
    phase = STEP.move("verify_step", row.phase)
    step = queries.definition_of(tx, lot.code).step(row.step)
    steps.may_verify_step(step, _makers(tx, row), by.person, by.roles)
    training.must_be_trained(tx, lot.master_record, by.person, tx.happened_at)
    row = tx.change(row, phase=phase, verifier=by.person, verified_at=tx.happened_at)
    tx.note(step=row.step, step_record=row.id)
    return _result(row)


class CorrectValue(Order):
    """The number of the recorded value, and what it should be. The reason goes with the request."""

    value: Annotated[int, Field(ge=1, title="Recorded value")]
    corrected: Annotated[Decimal, Field(max_digits=18, decimal_places=DECIMALS_MAX, title="Correct value")]


@command(event="manufacturing:value:corrected")
def correct_value(tx: CommandTx, by: Actor, order: CorrectValue) -> ValueResult:
    """Replace a value; the original stays, and a verified step is verified again.

    What is computed from it is computed again, in later steps too. Raises Refused `value.reason_needed`, `value.phase`,
    `value.computed`, `value.too_fine`, `lot.record_closed`.
    """
    old = tx.lock(StepValue, order.value)
    record = tx.lock(StepRecord, old.step_record)
    lot = tx.lock(Lot, record.lot)
    tx.about(lot.code)
    steps.may_correct(lot.phase, tx.reason)
    definition = queries.definition_of(tx, lot.code)
    step = definition.step(record.step)
    parameter = None if step is None else step.parameter(old.parameter)
    if step is None or parameter is None:
        raise NotFound(key=old.parameter)
    steps.must_be_asked(parameter)
    whole = steps.whole_value(parameter, order.corrected)
    tx.change(old, phase=VALUE.move("correct_value", old.phase))
    if record.phase == StepPhase.VERIFIED:
        phase = STEP.move("correct_value", record.phase)
        record = tx.change(record, phase=phase, verifier=None, verified_at=None)
    row, standing = store_value(tx, lot.code, record, parameter, whole, replaces=old.id)
    settle(tx, record, step)
    _settle_later(tx, record, definition)
    tx.note(step_record=record.id, parameter=row.parameter, replaces=old.id, standing=standing)
    return ValueResult(value=row.id or 0, parameter=row.parameter, standing=standing)


def _settle_later(tx: CommandTx, corrected: StepRecord, definition: Definition) -> None:
    """Later steps whose values are computed from the corrected one."""
    for row in tx.many(STEPS, limit=NODES_MAX, code=corrected.lot):
        step = definition.step(row.step)
        if row.sequence > corrected.sequence and step is not None and computed.depends_on(step, corrected.step):
            settle(tx, tx.lock(StepRecord, row.id), step)


def _makers(tx: CommandTx, record: StepRecord) -> frozenset[str]:
    values = tx.many(STEP_VALUES, limit=NODES_MAX, step_record=record.id)
    uses = tx.many(STEP_EQUIPMENT, limit=NODES_MAX, step_record=record.id)
    return frozenset([record.performer, *(value.entered_by for value in values), *(use.used_by for use in uses)])


def _result(row: StepRecord) -> StepResult:
    ensure(row.id is not None, "a stored row has its number")
    return StepResult(lot=row.lot, step=row.step, step_record=row.id or 0, sequence=row.sequence, phase=row.phase)
