"""When a step may start, take a value, be completed and be verified, and when its batch is complete."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import phase_text
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.definition import Act, Definition, Parameter, Sampling, Standing, Step
from cellchain.manufacturing.rules.lifecycles import LotPhase, StepPhase
from cellchain.manufacturing.rules.remarks import must_be_whole, offered
from cellchain.manufacturing.rules.wording import listed
from cellchain.materials.rules import EquipmentKind, LotFacts, MaterialKind, Unit, stock

LATE_AFTER = timedelta(minutes=15)


def is_late(event_at: datetime, entered_at: datetime) -> bool:
    """Whether something was entered so long after it happened that a reader is told."""
    return entered_at - event_at > LATE_AFTER


@dataclass(frozen=True)
class Done:
    """A step that was started: its key and how far it went; `count` of them where several are alike."""

    step: str
    phase: StepPhase
    count: int = 1


def must_be_open(phase: LotPhase) -> None:
    """Work goes on in an open lot alone."""
    if phase != LotPhase.OPEN:
        raise Refused("lot.not_open", "This lot is {phase}. Work goes on in an open lot only.", phase=phase_text(phase))


def may_start(definition: Definition, key: str, records: Sequence[Done], roles: frozenset[str]) -> Step:
    """The step `key`, where it is the turn of this step and of this person. Raises Refused."""
    step = definition.step(key)
    if step is None:
        raise Refused("step.unknown", "This master record has no step “{step}”. Open the batch record again.", step=key)
    if step.performer not in roles:
        raise Refused(
            "step.role",
            "This step is performed by the role “{role}”. Hand over to somebody who holds it.",
            role=step.performer,
        )
    if any(record.phase == StepPhase.STARTED for record in records):
        raise Refused("step.other_running", "Another step is running in this lot. Complete it first.")
    started = {record.step for record in records}
    if key in started and not step.repeats:
        raise Refused("step.done_already", "This step was done already, and it is done once.")
    if not _is_its_turn(definition, step, started):
        raise Refused(
            "step.out_of_order", "It is not the turn of this step. Open the bench to see which one comes next."
        )
    return step


def next_steps(definition: Definition, records: Sequence[Done]) -> tuple[Step, ...]:
    """The steps that may be started now, the likeliest first; nothing while one is running.

    What was not done yet comes first, then what may be repeated, then what a batch does once or leaves out.
    """
    if any(record.phase == StepPhase.STARTED for record in records):
        return ()
    started = {record.step for record in records}
    found = [
        step
        for step in definition.steps
        if (step.repeats or step.key not in started) and _is_its_turn(definition, step, started)
    ]
    return tuple(sorted(found, key=lambda step: (step.optional and not step.repeats, step.key in started)))


def _is_its_turn(definition: Definition, step: Step, started: AbstractSet[str]) -> bool:
    """Every required step that this one waits for was started, and none that waits for it."""
    place = definition.steps.index(step)
    above = [other for other in definition.steps[:place] if not other.optional and step.waits_for(other)]
    below = [other for other in definition.steps[place + 1 :] if not other.optional and other.waits_for(step)]
    return all(other.key in started for other in above) and not any(other.key in started for other in below)


def must_run(step: Step | None, act: Act | None = None) -> Step:
    """The running step, where there is one and it does `act`. Raises Refused."""
    if step is None:
        raise Refused("step.none_running", "No step is running in this lot. Start the step first.")
    if act is not None and step.act != act:
        raise Refused(
            "step.wrong_act",
            "The running step does not do this. Complete it and start the step that does: {act}.",
            act=act,
        )
    return step


def checked_value(step: Step, key: str, value: Decimal, *, taken: bool) -> tuple[Parameter, int]:
    """The parameter and the value in its smallest step. Raises Refused."""
    parameter = step.parameter(key)
    if parameter is None:
        raise Refused("value.unknown_parameter", "This step does not ask for “{parameter}”.", parameter=key)
    must_be_asked(parameter)
    if taken:
        raise Refused(
            "value.already", "This value stands in the record already. Correct it, with a reason, if it is wrong."
        )
    return parameter, whole_value(parameter, value)


def must_be_asked(parameter: Parameter) -> None:
    """What the record computes, nobody enters or corrects. Raises Refused `value.computed`."""
    if not parameter.is_asked:
        raise Refused("value.computed", "This value is computed. Enter or correct the values that it is computed from.")


def whole_value(parameter: Parameter, value: Decimal) -> int:
    """The value in the parameter's smallest step. Raises Refused where it is finer than the parameter allows."""
    whole = parameter.whole(value)
    if whole is None:
        raise Refused(
            "value.too_fine",
            "This value has {decimals} decimal places. Round it and enter it again.",
            decimals=parameter.decimals,
        )
    return whole


def may_enter(parameter: Parameter, standing: Standing, reason: str | None) -> None:
    """A value outside its alert limits carries a comment. Raises Refused `value.comment_needed`, `remark.altered`."""
    if standing == Standing.ALERT and not reason:
        needed = Refused(
            "value.comment_needed",
            "The value lies outside its alert limits. Say why, in standard words or your own, and record it again.",
        )
        needed.remarks = offered(parameter.remarks)
        raise needed
    must_be_whole(parameter.remarks, reason)


def needs_kind(wanted: Sequence[StrEnum], kind: StrEnum) -> None:
    """A material or a piece of equipment is of a kind that the running step asks for."""
    if kind not in wanted:
        raise Refused(
            "step.not_needed",
            "This is of kind “{kind}”. The running step asks for: {wanted}.",
            kind=kind,
            wanted=listed(wanted),
        )


def amount_of(step: Step, lot: LotFacts, entered: Decimal | None) -> stock.Amount | None:
    """How much of a material lot a scan books: what was entered, else what the master record says, else one piece."""
    told = step.amounts.get(lot.kind) if entered is None else entered
    if told is None and lot.unit is Unit.PIECE:
        told = Decimal(1)
    return None if told is None else stock.Amount(stock.to_milli(told), lot.unit)


@dataclass(frozen=True)
class Gathered:
    """What a running step has so far. `unlabelled` are the containers it made whose label was not scanned back yet,
    `points` the keys of the sampling points at which a sample was taken or left out."""

    parameters: frozenset[str]
    materials: frozenset[str]
    equipment: frozenset[str]
    containers_count: int
    unlabelled: tuple[str, ...] = ()
    points: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Missing:
    """What a running step still needs: keys of parameters, kinds of materials and equipment, its act on cells, the
    containers whose labels are to be scanned back, and the samples to be taken."""

    parameters: tuple[str, ...]
    materials: tuple[MaterialKind, ...]
    equipment: tuple[EquipmentKind, ...]
    act: Act | None
    labels: tuple[str, ...] = ()
    samples: tuple[Sampling, ...] = ()

    @property
    def entries_count(self) -> int:
        """How many values, materials and machines are to be recorded."""
        return len(self.parameters) + len(self.materials) + len(self.equipment)

    @property
    def count(self) -> int:
        """How many things are left altogether."""
        return self.entries_count + (self.act is not None) + len(self.labels) + len(self.samples)

    def __bool__(self) -> bool:
        return self.count > 0


def missing(step: Step, gathered: Gathered) -> Missing:
    """What has to come before the step can be completed."""
    return Missing(
        parameters=tuple(
            item.key
            for item in step.parameters
            if item.is_asked and item.required and item.key not in gathered.parameters
        ),
        materials=tuple(kind for kind in step.materials if kind not in gathered.materials),
        equipment=tuple(kind for kind in step.equipment if kind not in gathered.equipment),
        act=step.act if step.act not in (None, Act.CHANGE_MEDIUM) and gathered.containers_count == 0 else None,
        labels=gathered.unlabelled,
        samples=tuple(point for point in step.samples if point.key not in gathered.points),
    )


def may_complete_step(left: Missing) -> None:
    """A step is complete when everything it asks for was recorded, labelled and sampled.

    Raises Refused `step.act_missing`, `step.incomplete`, `step.labels_missing`, `step.samples_missing`, in the order in
    which a person does it.
    """
    if left.act is not None:
        raise Refused(
            "step.act_missing", "This step ends with “{act}”, which was not recorded. Record it first.", act=left.act
        )
    if left.entries_count:
        raise Refused(
            "step.incomplete",
            "The step still needs: values {values}, materials {materials}, equipment {equipment}. Record them first.",
            values=len(left.parameters),
            materials=len(left.materials),
            equipment=len(left.equipment),
        )
    if left.labels:
        raise Refused(
            "step.labels_missing",
            "Containers of this step without a label scanned back: {count}. Print what is missing, put each label on "
            "its container and scan it there.",
            count=len(left.labels),
        )
    if left.samples:
        raise Refused(
            "step.samples_missing",
            "Samples of this step not taken yet: {count}. Take each from a container of this lot, or write down why it "
            "cannot be taken.",
            count=len(left.samples),
        )


def lay_open_too_long(step: Step, minutes: int) -> bool:
    """Whether a step took longer than the cells may lie open in it."""
    return step.open_minutes is not None and minutes > step.open_minutes


def may_verify_step(step: Step | None, makers: frozenset[str], by: str, roles: frozenset[str]) -> None:
    """Nobody verifies a step that they performed or recorded a value of; the record says who in which role does."""
    if step is not None and step.verifier not in roles:
        raise Refused(
            "step.verifier_role",
            "This step is verified by the role “{role}”. Ask somebody who holds it.",
            role=step.verifier,
        )
    if by in makers:
        raise Refused("step.verifier_performed", "You worked on this step. Another person has to verify it.")


def record_is_open(lot: LotPhase) -> None:
    """A batch record takes verifications and corrections until its lot is closed or given up."""
    if lot not in (LotPhase.OPEN, LotPhase.COMPLETED):
        raise Refused("lot.record_closed", "This batch record is closed. Open a deviation instead.")


def may_correct(lot: LotPhase, reason: str | None) -> None:
    """A value is corrected with a reason, while the batch record is open."""
    record_is_open(lot)
    if not reason:
        raise Refused("value.reason_needed", "A correction needs a reason. The original value stays readable.")


def may_complete_batch(definition: Definition, records: Sequence[Done]) -> None:
    """A batch is complete when every required step was done and every step that needs it was verified."""
    started = {record.step for record in records}
    absent = [step for step in definition.steps if not step.optional and step.key not in started]
    verified = {step.key for step in definition.steps if step.verified}
    ends = {True: {StepPhase.VERIFIED}, False: {StepPhase.COMPLETED, StepPhase.VERIFIED}}
    open_records = [record for record in records if record.phase not in ends[record.step in verified]]
    if absent or open_records:
        raise Refused(
            "lot.incomplete",
            "Steps not done: {absent}. Steps not completed and verified: {open}. Finish them, then complete the batch.",
            absent=len(absent),
            open=sum(record.count for record in open_records),
        )


def may_undo_value(standing: Standing | None) -> None:
    """A value outside its limit has opened a deviation, and stays. Raises Refused `undo.outside_limit`."""
    if standing == Standing.ACTION:
        raise Refused(
            "undo.outside_limit",
            "This value lies outside its limit and stays in the record. Count again, or correct it with a reason.",
        )
