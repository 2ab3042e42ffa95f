"""The batch record as people read it: each step with its values against limits, materials, equipment and hands.

`lot_page` is the whole of it, for whoever reviews it. A bench and a list ask for `progress`, which costs the same
however long the record is, and a page for some of its steps.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import label_work, queries
from cellchain.manufacturing.counts.queries import CountFacts, counts_of_leaf
from cellchain.manufacturing.models import EquipmentUse, StepAttachment, StepComment, StepRecord, StepValue
from cellchain.manufacturing.queries import NODES_MAX
from cellchain.manufacturing.record_views import (
    AttachmentView,
    CommentView,
    EquipmentView,
    LotPage,
    MaterialView,
    Progress,
    StepView,
    Tally,
    UndoneView,
    ValueView,
    Waiting,
)
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.rules.definition import Definition, Standing, Step
from cellchain.manufacturing.rules.lifecycles import LotPhase, StepPhase, ValuePhase
from cellchain.manufacturing.rules.steps import Done, Gathered
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.manufacturing.sampling.queries import SampleFacts
from cellchain.manufacturing.statements import (
    LAST_IN_PHASE,
    LEAF_ATTACHMENTS,
    LEAF_COMMENTS,
    LEAF_EQUIPMENT,
    LEAF_MADE,
    LEAF_STEPS,
    LEAF_VALUES,
    MADE_IN_STEP,
    OUTSIDE,
    PROGRESS,
    RUNNING,
    STEP_EQUIPMENT,
    STEP_VALUES,
    STEPS,
    STEPS_IN_PHASE,
    TALLY,
    VALUES,
)
from cellchain.materials import queries as materials
from cellchain.materials.queries import UseFacts
from cellchain.platform.db import ReadTx

# So many steps that wait for a verifier stand on a bench at once; the rest is counted.
WAITING_MAX = 20
# Behind the number of any step: a lot cannot have so many.
AFTER_ALL = 2**31 - 1


# ---- how far a lot is ------------------------------------------------------------------------------------------------


def done_steps(tx: ReadTx, lot: str) -> list[Done]:
    """The steps that were started in a lot, by name and phase, each with how often."""
    return [Done(step, phase, count) for step, phase, count in tx.every(PROGRESS, code=lot)]


def progress(tx: ReadTx, code: str) -> Progress:
    """How far a lot is, however many steps it has. Raises NotFound."""
    lot = queries.lot_facts(tx, code)
    definition = queries.definition_of(tx, code)
    done = done_steps(tx, code)
    record = tx.one(RUNNING, lot=code) if lot.phase == LotPhase.OPEN else None
    waiting = [one for one in done if one.phase == StepPhase.COMPLETED and step_named(definition, one.step).verified]
    return Progress(
        lot=lot,
        definition=definition,
        running=None if record is None else _leaf(tx, definition, code, record.sequence, 1)[0],
        coming=steps.next_steps(definition, done) if lot.phase == LotPhase.OPEN else (),
        started=frozenset(one.step for one in done),
        steps_count=sum(one.count for one in done),
        to_verify=_waiting(tx, code, definition, waiting),
        to_verify_count=sum(one.count for one in waiting),
    )


def _waiting(tx: ReadTx, lot: str, definition: Definition, waiting: Sequence[Done]) -> tuple[Waiting, ...]:
    found = [
        row
        for one in waiting
        for row in tx.many(STEPS_IN_PHASE, limit=WAITING_MAX, code=lot, step=one.step, phase=one.phase)
    ]
    in_order = sorted(found, key=lambda row: row.sequence)[:WAITING_MAX]
    return tuple(
        Waiting(row.id or 0, step_named(definition, row.step), row.sequence, row.performer, row.completed_at)
        for row in in_order
    )


def last_completed(tx: ReadTx, lot: str, step: str) -> datetime | None:
    """When a step of a lot was completed last."""
    ended = (StepPhase.COMPLETED, StepPhase.VERIFIED)
    found = [row for phase in ended for row in tx.many(LAST_IN_PHASE, limit=1, code=lot, step=step, phase=phase)]
    return max((row.completed_at for row in found if row.completed_at is not None), default=None)


def tally(tx: ReadTx, lot: str) -> Tally:
    """How many values of a record are as they should be, and how many are not."""
    within = outside = corrected = late = 0
    for phase, standing, is_late, count in tx.every(TALLY, code=lot):
        corrected += count if phase == ValuePhase.CORRECTED else 0
        if phase == ValuePhase.CURRENT:
            within += count if standing == Standing.WITHIN else 0
            outside += count if standing != Standing.WITHIN else 0
            late += count if is_late else 0
    return Tally(within, outside, corrected, late)


def outside_of(tx: ReadTx, lot: str, definition: Definition, most: int) -> list[ValueView]:
    """Up to `most` values outside a limit that count now, in the order of entry."""
    return [value_view(step_named(definition, key), row) for row, key in tx.many(OUTSIDE, limit=most, code=lot)]


def gathered(tx: ReadTx, record: StepRecord, step: Step, words: str) -> Gathered:
    """What one doing of a step has so far. `words` names it in the bookings of material."""
    made = tx.many(MADE_IN_STEP, limit=NODES_MAX, step_record=record.id)
    booked = [use for code in (record.lot, *made) for use in materials.uses_in(tx, code, words)]
    values = tx.many(STEP_VALUES, limit=NODES_MAX, step_record=record.id)
    used = tx.many(STEP_EQUIPMENT, limit=NODES_MAX, step_record=record.id)
    sampled = sampling.in_step(tx, record.id)
    return Gathered(
        parameters=_current(values),
        materials=frozenset(materials.lot_facts(tx, use.lot).kind for use in booked),
        equipment=frozenset(materials.equipment_facts(tx, use.equipment).kind for use in used),
        containers_count=len(made),
        **_proven(tx, record, step, made, sampled),
    )


def _proven(
    tx: ReadTx, record: StepRecord, step: Step, made: Sequence[str], sampled: Iterable[SampleFacts]
) -> dict[str, Any]:
    # A label that was proven once may have gone since, with what wore it: only a running step is asked.
    if record.phase != StepPhase.STARTED:
        return {"points": frozenset(point.key for point in step.samples)}
    return {"unlabelled": label_work.unproven(tx, step, made), "points": sampling.served(sampled)}


def _current(values: Iterable[StepValue]) -> frozenset[str]:
    return frozenset(value.parameter for value in values if value.phase == ValuePhase.CURRENT)


def words_of(sequence: int, step: Step) -> str:
    """`3. Seed P0`: names one doing of a step within its lot, as the bookings of material do."""
    return f"{sequence}. {step.title.en}"[:80]


# ---- the record itself -----------------------------------------------------------------------------------------------


def lot_page(tx: ReadTx, code: str) -> LotPage:
    """A lot with its whole batch record. Raises NotFound, InvariantBroken rather than leave something out."""
    lot = queries.lot_facts(tx, code)
    definition = queries.definition_of(tx, code)
    views = tuple(_whole(tx, definition, code))
    done = [Done(view.step.key, view.phase) for view in views]
    is_open = lot.phase == LotPhase.OPEN
    return LotPage(
        lot=lot,
        definition=definition,
        steps=views,
        running=next((view for view in views if is_open and view.phase == StepPhase.STARTED), None),
        coming=steps.next_steps(definition, done) if is_open else (),
        containers=tuple(queries.containers_of(tx, code)),
        growth=tuple(queries.growth_of(tx, code)),
    )


def some_steps(tx: ReadTx, code: str, definition: Definition, first: int, count: int) -> tuple[StepView, ...]:
    """Up to `count` steps of a lot, from number `first` on."""
    return tuple(_leaf(tx, definition, code, first, count))


def values_of(tx: ReadTx, lot: str) -> list[ValueView]:
    """Every value of a batch record, corrected ones too, as a review by exception reads them."""
    definition = queries.definition_of(tx, lot)
    named = {row.id: step_named(definition, row.step) for row in tx.every(STEPS, code=lot)}
    return [value_view(named[row.step_record], row) for row in tx.every(VALUES, code=lot)]


@dataclass(frozen=True)
class _Rows:
    """What belongs to one doing of a step, as it lies in the tables; `scanned` has the machines taken back too."""

    values: Sequence[StepValue]
    scanned: Sequence[EquipmentUse]
    booked: Sequence[UseFacts]
    unbooked: Sequence[UseFacts]
    made: Sequence[str]
    comments: Sequence[StepComment]
    attachments: Sequence[StepAttachment]
    counted: Sequence[CountFacts]
    sampled: Sequence[SampleFacts]


# What a step booked, and what it took back at once, by the words that name the step in the bookings.
Booked: TypeAlias = Callable[[str, str], Sequence[UseFacts]]
TakenBack: TypeAlias = Callable[[str], Sequence[UseFacts]]


def _leaf(tx: ReadTx, definition: Definition, lot: str, first: int, count: int) -> list[StepView]:
    """Up to `count` steps from number `first` on. What they booked is asked for step by step: a leaf has few."""

    def booked(code: str, words: str) -> Sequence[UseFacts]:
        return materials.uses_in(tx, code, words)

    def taken_back(words: str) -> Sequence[UseFacts]:
        return materials.uses_in(tx, lot, words, undone=True)

    return list(_views(tx, definition, lot, (first, first + count), booked, taken_back))


def _whole(tx: ReadTx, definition: Definition, lot: str) -> Iterable[StepView]:
    """Every step. What they booked is read at once: a long record has thousands of them."""
    of_lot, undone = _by_words(materials.uses_for(tx, lot)), _by_words(materials.undone_for(tx, lot))

    def booked(code: str, words: str) -> Sequence[UseFacts]:
        return of_lot[words] if code == lot else materials.uses_in(tx, code, words)

    return _views(tx, definition, lot, (1, AFTER_ALL), booked, lambda words: undone[words])


def _views(
    tx: ReadTx, definition: Definition, lot: str, leaf: tuple[int, int], booked: Booked, taken_back: TakenBack
) -> Iterable[StepView]:
    """The steps of a lot between two numbers, with one question for everything of a kind."""
    asked = {"code": lot, "first": leaf[0], "end": leaf[1]}
    records = tx.every(LEAF_STEPS, **asked)
    values, scanned = _by_step(tx.every(LEAF_VALUES, **asked)), _by_step(tx.every(LEAF_EQUIPMENT, **asked))
    comments, attachments = _by_step(tx.every(LEAF_COMMENTS, **asked)), _by_step(tx.every(LEAF_ATTACHMENTS, **asked))
    counted = _by_step(counts_of_leaf(tx, lot, *leaf, {row.id: step_named(definition, row.step) for row in records}))
    made: dict[int | None, list[str]] = defaultdict(list)
    for step_record, code in tx.every(LEAF_MADE, **asked):
        made[step_record].append(code)
    sampled = sampling.of_leaf(tx, lot, *leaf)
    for record in records:
        words = words_of(record.sequence, step_named(definition, record.step))
        rows = _Rows(
            values=values[record.id],
            scanned=scanned[record.id],
            booked=[use for code in (lot, *made[record.id]) for use in booked(code, words)],
            unbooked=taken_back(words),
            made=made[record.id],
            comments=comments[record.id],
            attachments=attachments[record.id],
            counted=counted[record.id],
            sampled=sampled.get(record.id or 0, ()),
        )
        yield _step_view(tx, definition, record, rows)


def _by_step(rows: Iterable[Any]) -> Mapping[int | None, list[Any]]:
    found: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.step_record].append(row)
    return found


def _by_words(uses: Iterable[UseFacts]) -> Mapping[str, list[UseFacts]]:
    found: dict[str, list[UseFacts]] = defaultdict(list)
    for use in uses:
        found[use.step].append(use)
    return found


def step_named(definition: Definition, key: str) -> Step:
    """The step of that name; one that the master record does not know is called by its key."""
    return definition.step(key) or Step.model_validate({"key": key, "title": {"en": key, "ru": key}})


def _step_view(tx: ReadTx, definition: Definition, record: StepRecord, rows: _Rows) -> StepView:
    step = step_named(definition, record.step)
    booked = tuple(_material(tx, use) for use in rows.booked)
    used = tuple(_equipment(tx, use) for use in rows.scanned if use.undone_at is None)
    gathered = Gathered(
        parameters=_current(rows.values),
        materials=frozenset(one.kind for one in booked),
        equipment=frozenset(one.kind for one in used),
        containers_count=len(rows.made),
        **_proven(tx, record, step, rows.made, rows.sampled),
    )
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
        values=tuple(value_view(step, value) for value in rows.values),
        materials=booked,
        equipment=used,
        containers=tuple(rows.made),
        missing=steps.missing(step, gathered),
        undone=tuple(_undone(tx, rows)),
        comments=tuple(
            CommentView(row.id or 0, row.comment, row.event_at, row.entered_at, row.entered_by) for row in rows.comments
        ),
        attachments=tuple(_attachment(row) for row in rows.attachments),
        counts=tuple(rows.counted),
        samples=tuple(rows.sampled),
    )


def value_view(step: Step, row: StepValue) -> ValueView:
    """A value of a step in the unit that people read."""
    parameter = step.parameter(row.parameter)
    return ValueView(
        id=row.id or 0,
        parameter=row.parameter,
        title=parameter,
        value=Decimal(row.value).scaleb(-row.decimals),
        unit=row.unit,
        standing=row.standing,
        phase=row.phase,
        event_at=row.event_at,
        entered_at=row.entered_at,
        entered_by=row.entered_by,
        replaces=row.replaces,
        reason=row.reason,
        is_late=row.is_late,
    )


def _material(tx: ReadTx, use: UseFacts) -> MaterialView:
    lot = materials.lot_facts(tx, use.lot)
    return MaterialView(
        id=use.id,
        lot=use.lot,
        name=lot.name,
        kind=lot.kind.value,
        supplier_lot=lot.supplier_lot,
        expires_on=lot.expires_on,
        amount_milli=use.amount_milli,
        unit=use.unit.value,
        used_at=use.used_at,
        used_by=use.used_by,
    )


def _equipment(tx: ReadTx, use: EquipmentUse) -> EquipmentView:
    facts = materials.equipment_facts(tx, use.equipment)
    return EquipmentView(
        use.id or 0, use.equipment, facts.name, facts.kind.value, facts.calibration_due, use.used_at, use.used_by
    )


def _undone(tx: ReadTx, rows: _Rows) -> Iterable[UndoneView]:
    for use in rows.unbooked:
        yield UndoneView(use.lot, materials.lot_facts(tx, use.lot).name, use.used_at, use.used_by)
    for machine in rows.scanned:
        if machine.undone_at is not None:
            name = materials.equipment_facts(tx, machine.equipment).name
            yield UndoneView(machine.equipment, name, machine.used_at, machine.used_by)


def _attachment(row: StepAttachment) -> AttachmentView:
    return AttachmentView(
        id=row.id or 0,
        name=row.name,
        kind=row.kind,
        size_bytes=row.size_bytes,
        digest=row.digest,
        event_at=row.event_at,
        entered_at=row.entered_at,
        entered_by=row.entered_by,
    )
