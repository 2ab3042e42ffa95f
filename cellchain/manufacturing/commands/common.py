"""What the verbs of manufacturing share: fields of orders, the running step, values against limits, containers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.donors import queries as donors
from cellchain.donors.rules.lifecycles import DonorPhase
from cellchain.identity.codes import ContainerCode, Kind, LotCode, MaterialLotCode
from cellchain.identity.numbering import issue
from cellchain.kernel.ensure import ensure
from cellchain.kernel.values import dataclass
from cellchain.labels import queries as labels
from cellchain.ledger.registry import CommandResult, Order, Text
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import computed, queries, training
from cellchain.manufacturing.batch_record import words_of
from cellchain.manufacturing.counts import queries as counts
from cellchain.manufacturing.models import (
    DIVISIONS,
    Container,
    ContainerSource,
    EquipmentUse,
    Lot,
    StepRecord,
    StepValue,
)
from cellchain.manufacturing.rules import batch, cells, counting, steps
from cellchain.manufacturing.rules.batch import Source
from cellchain.manufacturing.rules.cells import Draw, Held
from cellchain.manufacturing.rules.counting import Numbers
from cellchain.manufacturing.rules.definition import Act, Definition, Parameter, Standing, Step
from cellchain.manufacturing.rules.lifecycles import (
    CONTAINER,
    STEP,
    VALUE,
    ContainerKind,
    ContainerPhase,
    Content,
    SourceKind,
    StepPhase,
    ValuePhase,
)
from cellchain.manufacturing.statements import CURRENT_VALUE, HELD_IN_LOT, MADE_IN_STEP, RUNNING, STEP_EQUIPMENT

COUNT_MAX = 10**13
VESSELS_MAX = 60

LotField = Annotated[LotCode, Field(title="Lot")]
ContainerField = Annotated[ContainerCode, Field(title="Container")]
Vessels = Annotated[
    tuple[ContainerCode, ...],
    Field(max_length=VESSELS_MAX, title="Vessels", description="Leave empty for every vessel of the lot."),
]
Saline = Annotated[MaterialLotCode, Field(title="Saline lot")]
Viability = Annotated[int, Field(ge=0, le=1000, title="Viability")]
ViabilityCounted = Annotated[
    Viability | None, Field(title="Viability", description="Leave empty to take it from the count of this step.")
]
Confluence = Annotated[int, Field(ge=0, le=1000, title="Confluence")]
Volume = Annotated[int, Field(ge=1, le=2_000_000, title="Volume")]
BagVolume = Annotated[int, Field(ge=100_000, le=1_000_000, title="Volume")]
Cells = Annotated[int, Field(ge=1, le=COUNT_MAX)]
CellsCounted = Annotated[Cells | None, Field(description="Leave empty to take it from the count of this step.")]
Reason = Annotated[Text, Field(min_length=3, max_length=500, title="Reason")]


class OfLot(Order):
    """Names a lot."""

    lot: LotField


class ContainerResult(CommandResult):
    """A container that was made or worked on."""

    lot: str | None
    container: str


class ContainersResult(CommandResult):
    """Containers that were made; `warnings` are codes of what QA will ask about."""

    lot: str
    containers: list[str]
    passage: int | None = None
    warnings: list[str] = Field([])


# ---- the running step ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """An open lot, locked, with the master record it follows and the step that runs in it."""

    lot: Lot
    definition: Definition
    record: StepRecord | None

    @property
    def step(self) -> Step | None:
        return None if self.record is None else self.definition.step(self.record.step)


@dataclass(frozen=True)
class Running:
    """An open lot with a running step."""

    lot: Lot
    definition: Definition
    record: StepRecord
    step: Step

    @property
    def words(self) -> str:
        """The step as the records of other capabilities name it: one text for each time a step is done."""
        return words_of(self.record.sequence, self.step)

    def made(self, tx: CommandTx) -> bool:
        """Whether the step's act has made a container already."""
        return tx.one(MADE_IN_STEP, step_record=self.record.id) is not None


def bench_of(tx: CommandTx, code: str) -> Bench:
    """The open lot at the bench, locked. Raises NotFound, Refused `lot.not_open`."""
    lot = tx.lock(Lot, code)
    tx.about(lot.code)
    steps.must_be_open(lot.phase)
    return Bench(lot, queries.definition_of(tx, lot.code), tx.one(RUNNING, lot=lot.code))


def running_step(tx: CommandTx, code: str, act: Act | None = None) -> Running:
    """The open lot with its running step, which does `act` where one is named, for somebody trained. Raises Refused."""
    bench = bench_of(tx, code)
    step = steps.must_run(bench.step, act)
    training.must_be_trained(tx, bench.lot.master_record, tx.by.person, tx.happened_at)
    ensure(bench.record is not None, "a running step has its record")
    return Running(bench.lot, bench.definition, tx.lock(StepRecord, _id(bench.record)), step)


def _id(row: StepRecord | None) -> int:
    return 0 if row is None else row.id or 0


def used_in(tx: CommandTx, running: Running, equipment: str) -> None:
    """Write down that a machine was used in the running step, once."""
    used = tx.many(STEP_EQUIPMENT, limit=queries.NODES_MAX, step_record=running.record.id)
    if all(use.equipment != equipment for use in used):
        add_use(tx, running, equipment)


def add_use(tx: CommandTx, running: Running, equipment: str) -> None:
    """One use of a machine in the running step."""
    tx.add(
        EquipmentUse(
            equipment=equipment,
            lot=running.lot.code,
            step_record=running.record.id or 0,
            used_at=tx.happened_at,
            used_by=tx.by.person,
        )
    )


def is_counted(tx: CommandTx, running: Running) -> bool:
    """Whether the cells of the running step were counted."""
    return bool(counts.counts_of_step(tx, running.record.id))


def counted(
    tx: CommandTx, running: Running, volume_ul: int, said: int | None, said_viability: int | None
) -> tuple[Numbers, bool]:
    """The cells in a volume and their viability: what was counted in this step, else what a person says.

    Answers whether it was counted. A count that scatters beyond its limit is recorded as
    `manufacturing:count:scattered`. Raises Refused `count.missing`, `.differs`, `.of_another`, `.none_alive`.
    """
    found = counts.counts_of_step(tx, running.record.id)
    if not found:
        return counting.numbers(running.step, said, said_viability, None), False
    counting.one_sample(used=running.made(tx))
    last = found[-1]
    given = counting.numbers(running.step, said, said_viability, counts.numbers_of(last, running.step, volume_ul))
    plan, scatter = running.step.count, last.scatter_permille
    if plan is not None and counting.is_scattered(plan, scatter):
        tx.record(
            "manufacturing:count:scattered",
            running.lot.code,
            lot=running.lot.code,
            step=running.step.key,
            step_record=running.record.id,
            scatter=f"{percent(scatter or 0):f}",
            most=f"{plan.cv_limit:f}",
        )
    return given, True


# ---- values ----------------------------------------------------------------------------------------------------------


def enter(tx: CommandTx, running: Running, key: str, value: Decimal) -> tuple[StepValue, Standing]:
    """Record a value of the running step. Raises Refused, or records `manufacturing:limit:breached`."""
    taken = tx.one(CURRENT_VALUE, step_record=running.record.id, parameter=key) is not None
    parameter, whole = steps.checked_value(running.step, key, value, taken=taken)
    stored = store_value(tx, running.lot.code, running.record, parameter, whole)
    settle(tx, running.record, running.step)
    return stored


def settle(tx: CommandTx, record: StepRecord, step: Step) -> StepRecord:
    """Store what the step's computed values come to now; one that changed replaces the old, and is verified again.

    Raises Refused `value.comment_needed`, `undo.outside_limit`, or records `manufacturing:limit:breached`.
    """
    for due in computed.due(tx, record, step):
        replaces = None
        if due.stored is not None:
            old = tx.lock(StepValue, due.stored.id)
            if due.whole is None:
                steps.may_undo_value(due.parameter.standing(old.value))
            tx.change(old, phase=VALUE.move("undo" if due.whole is None else "correct_value", old.phase))
            replaces = None if due.whole is None else old.id
            if record.phase == StepPhase.VERIFIED:
                phase = STEP.move("correct_value", record.phase)
                record = tx.change(record, phase=phase, verifier=None, verified_at=None)
        if due.whole is not None:
            store_value(tx, record.lot, record, due.parameter, due.whole, replaces)
    return record


def enter_known(tx: CommandTx, running: Running, values: Mapping[str, Decimal]) -> list[str]:
    """Record those of `values` that the step asks for, rounded to its decimals. Answers the keys outside a limit."""
    outside = []
    for key, value in values.items():
        parameter = running.step.parameter(key)
        if parameter is not None and parameter.is_asked:
            rounded = value.quantize(Decimal(1).scaleb(-parameter.decimals))
            if enter(tx, running, key, rounded)[1] != Standing.WITHIN:
                outside.append(key)
    return outside


def store_value(
    tx: CommandTx,
    lot: str,
    record: StepRecord,
    parameter: Parameter,
    whole: int,
    replaces: int | None = None,
) -> tuple[StepValue, Standing]:
    """Write a value that was checked, and say where it lies. Raises Refused `value.comment_needed`."""
    standing = parameter.standing(whole)
    steps.may_enter(parameter, standing, tx.reason)
    row = tx.add(
        StepValue(
            lot=lot,
            step_record=_id(record),
            parameter=parameter.key,
            value=whole,
            decimals=parameter.decimals,
            unit=parameter.unit,
            phase=ValuePhase.CURRENT,
            standing=standing,
            is_late=steps.is_late(tx.happened_at, tx.now),
            event_at=tx.happened_at,
            entered_at=tx.now,
            entered_by=tx.by.person,
            replaces=replaces,
            reason=tx.reason,
        )
    )
    if standing == Standing.ACTION:
        _breach(tx, lot, record, parameter, whole)
    return row, standing


def _breach(tx: CommandTx, lot: str, record: StepRecord, parameter: Parameter, whole: int) -> None:
    limits = parameter.action
    ensure(limits is not None, "a breached limit is known")
    if limits is not None:
        tx.record(
            "manufacturing:limit:breached",
            lot,
            lot=lot,
            step=record.step,
            step_record=record.id,
            parameter=parameter.key,
            title=parameter.title.en,
            value=f"{Decimal(whole).scaleb(-parameter.decimals):f}",
            unit=parameter.unit,
            low=None if limits.low is None else f"{limits.low:f}",
            high=None if limits.high is None else f"{limits.high:f}",
        )


def percent(permille: int) -> Decimal:
    """A share as people write it."""
    return Decimal(permille) / 10


def millilitres(volume_ul: int) -> Decimal:
    """A volume as people write it."""
    return Decimal(volume_ul) / 1000


# ---- containers ------------------------------------------------------------------------------------------------------


def held(row: Container) -> Held:
    """A container as the rules see it."""
    return Held(row.code, row.lot, row.kind, row.content, row.phase, row.cells_count, row.volume_ul, row.passage)


def lock_with_lot(tx: CommandTx, code: str) -> Container:
    """A container, locked, and its lot before it, in the order of every act: so no two wait for each other.

    Raises NotFound.
    """
    lot = tx.get(Container, code).lot
    if lot is not None:
        tx.lock(Lot, lot)
    return tx.lock(Container, code)


def take(tx: CommandTx, code: str, lot: str, *kinds: ContainerKind) -> Container:
    """A container of the lot, locked. Raises NotFound, Refused `container.*`, `label.*` while its label is unproven."""
    row = tx.lock(Container, code)
    cells.may_take(held(row), lot, kinds)
    labels.must_not_wait(tx, code)
    return row


def take_vessels(tx: CommandTx, lot: str, named: Sequence[str]) -> list[Container]:
    """The named vessels of the lot, or all that are in culture. Locked. Raises Refused where there is none."""
    codes = list(dict.fromkeys(named)) or [
        row.code
        for row in tx.many(HELD_IN_LOT, limit=1000, lot=lot, kind=ContainerKind.VESSEL)
        if row.phase == ContainerPhase.IN_USE
    ]
    cells.some_vessels(codes)
    return [take(tx, code, lot, ContainerKind.VESSEL) for code in codes]


def make(
    tx: CommandTx,
    running: Running,
    code_kind: Kind,
    kind: ContainerKind,
    *,
    content: Content,
    volume_ul: int,
    cells_count: int | None = None,
    phase: ContainerPhase = ContainerPhase.IN_USE,
    passage: int | None = None,
    viability_permille: int | None = None,
    area_cm2: int | None = None,
    doublings_milli: int | None = None,
    donation: str | None = None,
    expires_at: datetime | None = None,
    is_product: bool = False,
) -> Container:
    """A new container of the lot, made in the running step. A product gets its division number."""
    product_code = running.lot.product_code if is_product else None
    named = DIVISIONS.name(donation=donation, lot=running.lot.code, product_code=product_code)
    division = tx.next_value(named) if is_product else None
    return tx.add(
        Container(
            code=issue(tx, code_kind),
            lot=running.lot.code,
            donation=donation,
            step_record=running.record.id,
            kind=kind,
            content=content,
            phase=phase,
            passage=passage,
            cells_count=cells_count,
            cells_made_count=cells_count,
            cells_grown_count=0,
            volume_ul=volume_ul,
            volume_made_ul=volume_ul,
            viability_permille=viability_permille,
            area_cm2=area_cm2,
            doublings_milli=doublings_milli,
            made_at=tx.happened_at,
            made_by=tx.by.person,
            expires_at=expires_at,
            division=division,
            product_code=product_code,
        )
    )


def draw(tx: CommandTx, parent: Container, drawn: Draw) -> Container:
    """Take `drawn` out of a locked container; one that is emptied is spent."""
    phase = CONTAINER.move("spend", parent.phase) if drawn.empties else parent.phase
    return tx.change(parent, cells_count=drawn.cells_left_count, volume_ul=drawn.volume_left_ul, phase=phase)


def link(tx: CommandTx, child: Container, parent: Container, kind: SourceKind, drawn: Draw) -> None:
    """Write down that `drawn` went from `parent` into `child`."""
    tx.add(
        ContainerSource(
            child=child.code,
            parent=parent.code,
            kind=kind,
            cells_count=drawn.cells_count,
            volume_ul=drawn.volume_ul,
            at=tx.happened_at,
        )
    )


def one_donation(parents: Sequence[Container]) -> str | None:
    """The donation that all parents come from, or None where there are several."""
    found = {parent.donation for parent in parents}
    return found.pop() if len(found) == 1 else None


# ---- sources ---------------------------------------------------------------------------------------------------------


def source_of(tx: CommandTx, code: str) -> Source:
    """A donation or a lot as the rules of opening a batch see it. Raises NotFound."""
    if code.startswith(queries.LOT):
        lot = queries.lot_facts(tx, code)
        return Source(code, lot.kind, lot.phase)
    donation = donors.donation_facts(tx, code)
    return Source(code, None, donation.phase, is_donor_eligible(tx, donation.donor))


def is_donor_eligible(tx: CommandTx, donor: str) -> bool:
    """Whether cells of this donor may be worked on. A deferral begins after the harvest and does not touch it."""
    return donors.profile(tx, donor).phase in (DonorPhase.ELIGIBLE, DonorPhase.DEFERRED)


def may_process(tx: CommandTx, donation: str) -> None:
    """Marrow is separated within its time limit, from an eligible donor. Raises Refused."""
    facts = donors.donation_facts(tx, donation)
    batch.within_time(facts.process_by, tx.happened_at)
    if not is_donor_eligible(tx, facts.donor):
        batch.donor_not_eligible(donation)
