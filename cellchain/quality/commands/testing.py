"""Samples taken out of containers, and discarded."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import ContainerCode, Kind, SampleCode
from cellchain.identity.numbering import issue
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, NoResult, Order, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.commands import draw_planned, draw_sample
from cellchain.manufacturing.rules.lifecycles import LotPhase
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.quality.commands.common import Reason
from cellchain.quality.models import Sample
from cellchain.quality.rules import testing as rules
from cellchain.quality.rules.lifecycles import SAMPLE, Purpose, SamplePhase, SampleVessel

SAMPLE_UL_MAX = 100_000


class SampleResult(CommandResult):
    """A sample, and the lot that it came from."""

    sample: str
    lot: str


class TakeSample(Order):
    """Something out of a container, to be tested."""

    container: Annotated[ContainerCode, Field(title="Container")]
    purpose: Annotated[Purpose, Field(title="For")] = Purpose.RELEASE
    volume_ul: Annotated[int, Field(ge=1, le=SAMPLE_UL_MAX, title="Volume taken")]
    point: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z][a-z0-9_]{1,39}$",
            title="Sampling point",
            description="Left empty for a sample beside the plan.",
            json_schema_extra=listed(sampling.CATALOGUE),
        ),
    ] = None
    vessel: Annotated[SampleVessel, Field(title="Taken into")] = SampleVessel.TUBE
    keep_until: Annotated[Day | None, Field(title="Keep until", description="The last day of a retained sample.")] = (
        None
    )


@command(event="quality:sample:taken")
def take_sample(tx: CommandTx, by: Actor, order: TakeSample) -> SampleResult:
    """Take a sample; its volume leaves the container. One for a sampling point settles that point of the running step,
    and goes into the vessel and is kept as long as the plan says.

    Raises Refused `sample.*`, `container.*`, and at a sampling point `step.none_running`, `training.*`.
    """
    facts = manufacturing.container_facts(tx, order.container)
    is_open = facts.lot is not None and manufacturing.lot_facts(tx, facts.lot).phase is LotPhase.OPEN
    lot = rules.may_take_sample(lot=facts.lot, lot_open=is_open)
    code = issue(tx, Kind.SAMPLE)
    purpose, vessel, keep_until = order.purpose, order.vessel, order.keep_until
    if order.point is None:
        draw_sample(tx, order.container, order.volume_ul)
    else:
        planned = draw_planned(tx, lot, order.container, order.volume_ul, order.point, code)
        vessel = order.vessel if planned.vessel is None else SampleVessel(planned.vessel)
        if planned.keep_days is not None:
            kept = tx.day_of(tx.happened_at) + timedelta(days=planned.keep_days)
            purpose, keep_until = Purpose.RETENTION, max(kept, keep_until or kept)
    rules.may_keep(purpose, keep_until, tx.today)
    row = tx.add(
        Sample(
            code=code,
            lot=lot,
            container=order.container,
            purpose=purpose,
            vessel=vessel,
            keep_until=keep_until,
            volume_ul=order.volume_ul,
            taken_at=tx.happened_at,
            taken_by=by.person,
            phase=SamplePhase.TAKEN,
        )
    )
    tx.about(row.code)
    tx.note(lot=lot, container=str(order.container), **({} if order.point is None else {"point": order.point}))
    return SampleResult(sample=row.code, lot=lot)


class DiscardSample(Order):
    """A sample that nothing more will be done with."""

    sample: Annotated[SampleCode, Field(title="Sample")]
    reason: Reason


@command(event="quality:sample:discarded", subject="sample", permission="quality.take_sample")
def discard_sample(tx: CommandTx, by: Actor, order: DiscardSample) -> NoResult:
    """Discard what is left of a sample. Raises Refused `sample.phase`, `sample.retained`."""
    row = tx.lock(Sample, order.sample)
    phase = SAMPLE.move("discard_sample", row.phase)
    rules.may_discard(row.keep_until, tx.today)
    tx.change(row, phase=phase, discard_reason=order.reason)
    return NoResult()
