"""What people read of a batch record: a step with everything that belongs to it, and how far a lot is. No database."""

from datetime import datetime
from decimal import Decimal

from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import FileKind
from cellchain.manufacturing.counts.queries import CountFacts
from cellchain.manufacturing.facts import ContainerFacts, GrowthFacts, LotFacts
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.rules.definition import Definition, Parameter, Standing, Step
from cellchain.manufacturing.rules.lifecycles import StepPhase, ValuePhase
from cellchain.manufacturing.rules.steps import Missing
from cellchain.manufacturing.sampling.queries import SampleFacts


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
    is_late: bool


@dataclass(frozen=True)
class MaterialView:
    """A material lot that was scanned for a step. `id` is the number of the use.

    `amount_milli` is thousandths of `unit`, None where nobody said how much.
    """

    id: int
    lot: str
    name: str
    kind: str
    supplier_lot: str
    expires_on: object
    amount_milli: int | None
    unit: str
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
class CommentView:
    """What somebody wrote to a step."""

    id: int
    comment: str
    event_at: datetime
    entered_at: datetime
    entered_by: str

    @property
    def is_late(self) -> bool:
        return steps.is_late(self.event_at, self.entered_at)


@dataclass(frozen=True)
class AttachmentView:
    """A picture or PDF of a step; `digest` is the SHA-256 that its content is kept by."""

    id: int
    name: str
    kind: FileKind
    size_bytes: int
    digest: str
    event_at: datetime
    entered_at: datetime
    entered_by: str


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
    comments: tuple[CommentView, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()
    counts: tuple[CountFacts, ...] = ()
    samples: tuple[SampleFacts, ...] = ()

    @property
    def samples_taken(self) -> tuple[str, ...]:
        """The codes of what was drawn for the laboratory."""
        return tuple(one.sample for one in self.samples if one.sample is not None)

    @property
    def people(self) -> frozenset[str]:
        """Everybody whose name stands in it."""
        found = {self.performer, *self.writers, *(value.entered_by for value in self.values)}
        found |= {count.counted_by for count in self.counts} | {sample.by for sample in self.samples}
        for uses in (self.materials, self.equipment, self.undone):
            found |= {use.used_by for use in uses}
        return frozenset(found if self.verifier is None else found | {self.verifier})

    @property
    def acts(self) -> frozenset[tuple[str, datetime]]:
        """Who did something in it, and when, as far as both are shown."""
        found = {(self.performer, self.started_at), *((value.entered_by, value.entered_at) for value in self.values)}
        found |= {(count.counted_by, count.counted_at) for count in self.counts}
        found |= {(sample.by, sample.at) for sample in self.samples}
        found |= {(note.entered_by, note.entered_at) for note in self.comments}
        found |= {(file.entered_by, file.entered_at) for file in self.attachments}
        for uses in (self.materials, self.equipment, self.undone):
            found |= {(use.used_by, use.used_at) for use in uses}
        if self.completed_at is not None:
            found.add((self.performer, self.completed_at))
        if self.verifier is not None and self.verified_at is not None:
            found.add((self.verifier, self.verified_at))
        return frozenset(found)

    @property
    def writers(self) -> frozenset[str]:
        """Who wrote a comment or attached a file."""
        return frozenset([note.entered_by for note in self.comments] + [file.entered_by for file in self.attachments])

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
class Waiting:
    """A completed step that waits for a second person. `id` is the number of its record."""

    id: int
    step: Step
    sequence: int
    performer: str
    completed_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """How far a lot is. `running` is the step that goes on now, `coming` those that may start, `started` the keys of
    all that were; the first steps `to_verify` are there, and all of them counted."""

    lot: LotFacts
    definition: Definition
    running: StepView | None
    coming: tuple[Step, ...]
    started: frozenset[str]
    steps_count: int
    to_verify: tuple[Waiting, ...]
    to_verify_count: int

    @property
    def is_done(self) -> bool:
        """Whether none runs and every step that the master record does not leave out was done; some may be repeated."""
        return self.running is None and all(step.optional or step.key in self.started for step in self.definition.steps)


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


@dataclass(frozen=True)
class Tally:
    """The values of a whole record, counted: those that count now by where they lie, the corrected, the late."""

    within: int
    outside: int
    corrected: int
    late: int
