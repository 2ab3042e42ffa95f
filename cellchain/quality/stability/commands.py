"""Banks placed under their stability plan, vials pulled for its time points, and time points that were missed."""

from datetime import date
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import Identifier, Kind
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import InvariantBroken, Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.commands import use_up_vial
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase
from cellchain.quality import queries
from cellchain.quality.commands.common import LotField, Reason
from cellchain.quality.models import Sample
from cellchain.quality.queries.testing import EFFECTIVE
from cellchain.quality.rules import stability as rules
from cellchain.quality.rules.lifecycles import LotKind, Purpose, SamplePhase, SampleVessel, Stage
from cellchain.quality.rules.stability import MONTHS_MAX, Programme
from cellchain.quality.stability.models import StabilityPoint, StabilityStudy
from cellchain.quality.stability.queries import served_at

MonthField = Annotated[int, Field(ge=1, le=MONTHS_MAX, title="Time point", description="In months after freezing.")]


class VialCode(Identifier):
    """A cryovial (CV)."""

    kinds = (Kind.CRYOVIAL,)


class StudyResult(CommandResult):
    """A bank under its plan, with the day that the months count from and the first day that is due."""

    lot: str
    specification: int
    frozen_on: date
    first_due_on: date


class PlaceOnStability(Order):
    """A bank that is followed over the years."""

    lot: LotField


@command(event="quality:stability:placed", subject="lot")
def place_on_stability(tx: CommandTx, by: Actor, order: PlaceOnStability) -> StudyResult:
    """Place a bank under the stability plan that is effective now; it keeps that version.

    Raises NotFound, Refused `stability.*`.
    """
    kind = queries.kind_of(tx, order.lot)
    plan = tx.one(EFFECTIVE, kind=LotKind.BANK, stage=Stage.STABILITY)
    disposition = queries.disposition_of(tx, order.lot)
    vials = [row for row in manufacturing.containers_of(tx, order.lot) if row.kind is ContainerKind.CRYOVIAL]
    programme, frozen_on = rules.may_place(
        kind,
        None if disposition is None else disposition.phase,
        None if plan is None or plan.programme is None else Programme.of(plan.programme),
        placed=tx.find(StabilityStudy, order.lot) is not None,
        frozen_on=min((tx.day_of(vial.made_at) for vial in vials), default=None),
        vials_count=sum(vial.phase is ContainerPhase.STORED for vial in vials),
    )
    if plan is None:
        raise InvariantBroken("does not hold: a programme stands in a specification")
    row = tx.add(
        StabilityStudy(
            lot=order.lot,
            specification=plan.id or 0,
            frozen_on=frozen_on,
            placed_by=by.person,
            placed_at=tx.now,
        )
    )
    tx.note(specification=row.specification, vials=programme.vials_needed_count)
    return StudyResult(
        lot=row.lot,
        specification=row.specification,
        frozen_on=frozen_on,
        first_due_on=programme.window(frozen_on, programme.months[0]).due_on,
    )


class PullResult(CommandResult):
    """A vial that left the bank, and the sample that it is from now on."""

    lot: str
    month: int
    vial: str
    sample: str


class PullVial(Order):
    """A vial of a bank, taken out of its store to be tested."""

    lot: LotField
    month: MonthField
    vial: Annotated[VialCode, Field(title="Cryovial", description="Scan the vial itself.")]


@command(event="quality:stability:pulled")
def pull_vial(tx: CommandTx, by: Actor, order: PullVial) -> PullResult:
    """Pull a vial for a time point: it is used up, leaves its cell, and is a sample of purpose stability.

    Raises NotFound, Refused `stability.*`, `label.*`, `reservation.other_lot`.
    """
    programme, study = _held(tx, order.lot)
    today = tx.day_of(tx.happened_at)
    rules.may_pull(programme, study.frozen_on, order.month, served_at(tx, order.lot, order.month), today)
    vial = manufacturing.container_facts(tx, order.vial)
    rules.may_come_from(
        is_vial=vial.kind is ContainerKind.CRYOVIAL,
        is_stored=vial.phase is ContainerPhase.STORED,
        of_lot=vial.lot == order.lot,
    )
    use_up_vial(tx, order.vial)
    sample = tx.add(
        Sample(
            code=issue(tx, Kind.SAMPLE),
            lot=order.lot,
            container=order.vial,
            purpose=Purpose.STABILITY,
            vessel=SampleVessel.CRYOVIAL,
            volume_ul=vial.volume_ul,
            taken_at=tx.happened_at,
            taken_by=by.person,
            phase=SamplePhase.TAKEN,
        )
    )
    tx.add(
        StabilityPoint(
            lot=order.lot,
            month=order.month,
            vial=order.vial,
            sample=sample.code,
            at=tx.happened_at,
            by=by.person,
        )
    )
    tx.about(sample.code)
    tx.note(lot=str(order.lot), month=order.month, vial=str(order.vial))
    tx.record("quality:vial:pulled", order.vial, vial=str(order.vial), lot=str(order.lot))
    return PullResult(lot=order.lot, month=order.month, vial=order.vial, sample=sample.code)


class ReportMissedPoint(Order):
    """A time point at which nothing was pulled, and why."""

    lot: LotField
    month: MonthField
    reason: Reason


@command(event="quality:stability:reported_missed", subject="lot")
def report_missed_point(tx: CommandTx, by: Actor, order: ReportMissedPoint) -> NoResult:
    """Say that a time point was missed; it is recorded as `quality:stability:missed`. Raises NotFound, Refused
    `stability.*`.
    """
    programme, study = _held(tx, order.lot)
    today = tx.today
    rules.may_report_missed(programme, study.frozen_on, order.month, served_at(tx, order.lot, order.month), today)
    tx.add(
        StabilityPoint(
            lot=order.lot,
            month=order.month,
            at=tx.now,
            by=by.person,
            reason=order.reason,
        )
    )
    closed = programme.window(study.frozen_on, order.month).closes_on
    tx.note(month=order.month)
    tx.record("quality:stability:missed", order.lot, lot=str(order.lot), month=order.month, closed=closed.isoformat())
    return NoResult()


def _held(tx: CommandTx, lot: str) -> tuple[Programme, StabilityStudy]:
    """The plan that a bank is under, held, so that two pulls for one time point go one after the other."""
    if tx.find(StabilityStudy, lot) is None:
        raise Refused(
            "stability.not_placed", "This lot is under no stability plan. Let QA place the bank under its plan first."
        )
    study = tx.lock(StabilityStudy, lot)
    programme = queries.specification_facts(tx, study.specification).programme
    if programme is None:
        raise InvariantBroken("does not hold: a stability plan has a programme")
    return programme, study
