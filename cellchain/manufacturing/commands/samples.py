"""Sampling points served: a sample that quality takes, or one that is left out for a reason."""

from typing import Annotated

from pydantic import Field

from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.commands.common import LotField, Reason, running_step
from cellchain.manufacturing.commands.containers import draw_sample
from cellchain.manufacturing.rules import sampling
from cellchain.manufacturing.rules.definition import Sampling
from cellchain.manufacturing.sampling import queries
from cellchain.manufacturing.sampling.models import StepSample

PointField = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", title="Sampling point", json_schema_extra=listed(queries.CATALOGUE)),
]


class LeftOutResult(CommandResult):
    """A sampling point at which no sample was taken."""

    lot: str
    step_record: int
    point: str


class LeaveOutSample(Order):
    """A sample of the running step that cannot be taken, and why."""

    lot: LotField
    point: PointField
    reason: Reason


@command(event="manufacturing:sample:left_out", subject="lot")
def leave_out_sample(tx: CommandTx, by: Actor, order: LeaveOutSample) -> LeftOutResult:
    """Leave a sample of the running step out, for a reason: the step can be completed, and QA is told.

    Raises Refused `step.none_running`, `sample.no_such_point`, `sample.settled`.
    """
    running = running_step(tx, order.lot)
    point = sampling.point_of(running.step, order.point)
    sampling.may_leave_out(point, queries.served(queries.in_step(tx, running.record.id)))
    number = running.record.id or 0
    tx.add(
        StepSample(
            lot=order.lot,
            step_record=number,
            point=point.key,
            at=tx.happened_at,
            by=by.person,
            reason=order.reason,
        )
    )
    tx.note(lot=str(order.lot), step=running.step.key, step_record=number, title=point.title.en)
    return LeftOutResult(lot=order.lot, step_record=number, point=point.key)


def draw_planned(tx: CommandTx, lot: str, container: str, volume_ul: int, point: str, sample: str) -> Sampling:
    """A sample leaves a container at a sampling point of the lot's running step; for quality, whose sample it is.

    Gives the point, which says into what the sample goes and for how long it is kept.

    Raises NotFound, Refused `step.none_running`, `sample.no_such_point`, `sample.too_little`, `container.*`,
    `training.*`.
    """
    running = running_step(tx, lot)
    planned = sampling.point_of(running.step, point)
    sampling.enough(planned, volume_ul)
    draw_sample(tx, container, volume_ul)
    tx.add(
        StepSample(
            lot=lot,
            step_record=running.record.id or 0,
            point=point,
            sample=sample,
            container=container,
            volume_ul=volume_ul,
            at=tx.happened_at,
            by=tx.by.person,
        )
    )
    return planned
