"""The batch record as people read it: each step with its values against limits, materials, equipment and hands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from cellchain.manufacturing import queries
from cellchain.manufacturing.counts.queries import CountFacts, counts_of_lot
from cellchain.manufacturing.facts import ContainerFacts, GrowthFacts, LotFacts
from cellchain.manufacturing.models import EquipmentUse, StepRecord, StepValue
from cellchain.manufacturing.queries import NODES_MAX
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.rules.definition import Definition, Parameter, Standing, Step
from cellchain.manufacturing.rules.lifecycles import LotPhase, StepPhase, ValuePhase
from cellchain.manufacturing.rules.steps import Done, Gathered, Missing
from cellchain.manufacturing.statements import (
    EQUIPMENT_UNDONE,
    EQUIPMENT_USES,
    MADE_IN_STEP,
    STEP_EQUIPMENT,
    STEP_VALUES,
    STEPS,
    VALUES,
)
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx

LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class ValueView:
    """A value in the unit that people read. `standing` is where it lies, `late` whether it was entered afterwards."""

    id: int
    parameter: str
    title: Parameter | None
    value: Decimal
    unit: str
    standing: Standing
    phase: ValuePhase
    event_at: datetime
    entered_at: datetime
    entered_by: str
    replaces: int | None
    reason: str | None

    @property
    def is_late(self) -> bool:
        return self.entered_at - self.event_at > LATE_AFTER


@dataclass(frozen=True)
class MaterialView:
    """A material lot that was scanned for a step. `id` is the number of the use."""

    id: int
    lot: str
    name: str
    kind: str
    supplier_lot: str
    expires_on: object
    used_at: datetime
    used_by: str


@dataclass(frozen=True)
class EquipmentView:
    """A piece of equipment that was scanned for a step. `id` is the number of the use."""

    id: int
    equipment: str
    name: str
    kind: str
    calibration_due: object
    used_at: datetime
    used_by: str


@dataclass(frozen=True)
class UndoneView:
    """A material lot or a piece of equipment that was scanned for a step by mistake, and taken back at once."""

    code: str
    name: str
    used_at: datetime
    used_by: str


@dataclass(frozen=True)
class StepView:
    """One doing of a step, with everything that belongs to it."""

    id: int
    step: Step
    sequence: int
    phase: StepPhase
    performer: str
    started_at: datetime
    completed_at: datetime | None
    verifier: str | None
    verified_at: datetime | None
    values: tuple[ValueView, ...]
    materials: tuple[MaterialView, ...]
    equipment: tuple[EquipmentView, ...]
    containers: tuple[str, ...]
    missing: Missing
    undone: tuple[UndoneView, ...]
    counts: tuple[CountFacts, ...] = ()

    def current(self, key: str) -> ValueView | None:
        """The value of a parameter that counts now."""
        found = [value for value in self.values if value.parameter == key and value.phase == ValuePhase.CURRENT]
        return found[0] if found else None

    def corrected(self, value: ValueView) -> tuple[ValueView, ...]:
        """The values that `value` replaced, the newest first."""
        by_id = {other.id: other for other in self.values}
        chain = []
        while value.replaces is not None and value.replaces in by_id:
            value = by_id[value.replaces]
            chain.append(value)
        return tuple(chain)


@dataclass(frozen=True)
class LotPage:
    """A lot with its whole batch record. `running` is the step that goes on now, `coming` those that may start."""

    lot: LotFacts
    definition: Definition
    steps: tuple[StepView, ...]
    running: StepView | None
    coming: tuple[Step, ...]
    containers: tuple[ContainerFacts, ...]
    growth: tuple[GrowthFacts, ...]

    @property
    def to_verify(self) -> tuple[StepView, ...]:
        """Completed steps that wait for a second person."""
        return tuple(view for view in self.steps if view.phase == StepPhase.COMPLETED and view.step.verified)

    @property
    def outside(self) -> tuple[ValueView, ...]:
        """Current values outside a limit."""
        values = [value for view in self.steps for value in view.values]
        return tuple(v for v in values if v.phase == ValuePhase.CURRENT and v.standing != Standing.WITHIN)


def done_steps(tx: ReadTx, lot: str) -> list[Done]:
    """The steps that were started in a lot, in order."""
    return [Done(row.step, row.phase) for row in tx.many(STEPS, limit=NODES_MAX, code=lot)]


def gathered(tx: ReadTx, record: StepRecord, step: Step, words: str) -> Gathered:
    """What one doing of a step has so far. `words` names it in the bookings of material."""
    made = tx.many(MADE_IN_STEP, limit=NODES_MAX, step_record=record.id)
    booked = [use for code in (record.lot, *made) for use in materials.uses_for(tx, code) if use.step == words]
    values = tx.many(STEP_VALUES, limit=NODES_MAX, step_record=record.id)
    used = tx.many(STEP_EQUIPMENT, limit=NODES_MAX, step_record=record.id)
    return Gathered(
        parameters=frozenset(value.parameter for value in values if value.phase == ValuePhase.CURRENT),
        materials=frozenset(materials.lot_facts(tx, use.lot).kind for use in booked),
        equipment=frozenset(materials.equipment_facts(tx, use.equipment).kind for use in used),
        containers_count=len(made),
    )


def words_of(sequence: int, step: Step) -> str:
    """`3. Seed P0`: names one doing of a step within its lot, as the bookings of material do."""
    return f"{sequence}. {step.title.en}"[:80]


def lot_page(tx: ReadTx, code: str) -> LotPage:
    """A lot with its batch record. Raises NotFound."""
    lot = queries.lot_facts(tx, code)
    definition = queries.definition_of(tx, code)
    records = tx.many(STEPS, limit=NODES_MAX, code=code)
    values = tx.many(VALUES, limit=NODES_MAX, code=code)
    uses = tx.many(EQUIPMENT_USES, limit=NODES_MAX, code=code)
    containers = queries.containers_of(tx, code)
    counted = counts_of(tx, definition, code, records)
    views = tuple(
        replace(
            _step_view(tx, definition, record, [v for v in values if v.step_record == record.id], uses),
            counts=tuple(count for count in counted if count.step_record == record.id),
        )
        for record in records
    )
    done = [Done(row.step, row.phase) for row in records]
    is_open = lot.phase == LotPhase.OPEN
    return LotPage(
        lot=lot,
        definition=definition,
        steps=views,
        running=next((view for view in views if is_open and view.phase == StepPhase.STARTED), None),
        coming=steps.next_steps(definition, done) if is_open else (),
        containers=tuple(containers),
        growth=tuple(queries.growth_of(tx, code)),
    )


def counts_of(tx: ReadTx, definition: Definition, lot: str, records: Sequence[StepRecord]) -> list[CountFacts]:
    """The counts of a lot's steps, each against the plan of its step."""
    steps_by_id = {row.id or 0: step for row in records if (step := definition.step(row.step)) is not None}
    return counts_of_lot(tx, lot, steps_by_id)


def values_of(tx: ReadTx, lot: str) -> list[ValueView]:
    """Every value of a batch record, corrected ones too, as a review by exception reads them."""
    return [value for view in lot_page(tx, lot).steps for value in view.values]


def _step_view(
    tx: ReadTx, definition: Definition, record: StepRecord, values: list[StepValue], uses: list[EquipmentUse]
) -> StepView:
    step = definition.step(record.step) or Step.model_validate(
        {"key": record.step, "title": {"en": record.step, "ru": record.step}}
    )
    made = tuple(tx.many(MADE_IN_STEP, limit=NODES_MAX, step_record=record.id))
    words = words_of(record.sequence, step)
    return StepView(
        id=record.id or 0,
        step=step,
        sequence=record.sequence,
        phase=record.phase,
        performer=record.performer,
        started_at=record.started_at,
        completed_at=record.completed_at,
        verifier=record.verifier,
        verified_at=record.verified_at,
        values=tuple(_value_view(step, value) for value in values),
        materials=tuple(_materials(tx, (record.lot, *made), words)),
        equipment=tuple(_equipment(tx, use) for use in uses if use.step_record == record.id),
        containers=made,
        missing=steps.missing(step, gathered(tx, record, step, words)),
        undone=tuple(_undone(tx, record, words)),
    )


def _value_view(step: Step, row: StepValue) -> ValueView:
    parameter = step.parameter(row.parameter)
    return ValueView(
        id=row.id or 0,
        parameter=row.parameter,
        title=parameter,
        value=Decimal(row.value).scaleb(-row.decimals),
        unit=row.unit,
        standing=Standing.WITHIN if parameter is None else parameter.standing(row.value),
        phase=row.phase,
        event_at=row.event_at,
        entered_at=row.entered_at,
        entered_by=row.entered_by,
        replaces=row.replaces,
        reason=row.reason,
    )


def _materials(tx: ReadTx, codes: tuple[str, ...], words: str) -> list[MaterialView]:
    found = []
    for code in codes:
        for use in materials.uses_for(tx, code):
            if use.step == words:
                lot = materials.lot_facts(tx, use.lot)
                found.append(
                    MaterialView(
                        use.id,
                        use.lot,
                        lot.name,
                        lot.kind.value,
                        lot.supplier_lot,
                        lot.expires_on,
                        use.used_at,
                        use.used_by,
                    )
                )
    return found


def _equipment(tx: ReadTx, use: EquipmentUse) -> EquipmentView:
    facts = materials.equipment_facts(tx, use.equipment)
    return EquipmentView(
        use.id or 0, use.equipment, facts.name, facts.kind.value, facts.calibration_due, use.used_at, use.used_by
    )


def _undone(tx: ReadTx, record: StepRecord, words: str) -> Iterator[UndoneView]:
    for use in materials.undone_for(tx, record.lot):
        if use.step == words:
            yield UndoneView(use.lot, materials.lot_facts(tx, use.lot).name, use.used_at, use.used_by)
    for machine in tx.many(EQUIPMENT_UNDONE, limit=NODES_MAX, code=record.lot):
        if machine.step_record == record.id:
            name = materials.equipment_facts(tx, machine.equipment).name
            yield UndoneView(machine.equipment, name, machine.used_at, machine.used_by)
