"""What the master record says of a step beside its values: who may work, until when, which samples."""

from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import batch_record, queries, training
from cellchain.manufacturing.record_views import Progress, StepView, Waiting
from cellchain.manufacturing.rules.cells import LIVE
from cellchain.manufacturing.rules.definition import Parameter, Sampling, Step
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.manufacturing.sampling.queries import SampleFacts
from cellchain.manufacturing.ticks import Tick
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import Voice


@dataclass(frozen=True)
class SampleNeed:
    """A sampling point of a step, and what became of it; `take` and `leave_out` lead to what may be done there now."""

    point: Sampling
    became: SampleFacts | None = None
    take: str = ""
    leave_out: str = ""

    @property
    def s(self) -> str:
        """Its shape on the bench."""
        if self.became is None:
            return "now" if self.take else "pend"
        return "ok" if self.became.is_taken else "warn"


@dataclass(frozen=True)
class Needs:
    """Everything beside the values. `untrained` is what the gate would say to this person."""

    untrained: T | None
    times: tuple[Tick, ...]
    samples: tuple[SampleNeed, ...]

    @property
    def sample_due(self) -> SampleNeed | None:
        """The sample to be taken next."""
        return next((need for need in self.samples if need.take), None)


def needs_of(tx: ReadTx, page: Progress, actor: Actor, voice: Voice) -> Needs:
    """What the running step needs, or the next one while none is running."""
    running = page.running
    step = running.step if running is not None else next(iter(page.coming), None)
    return Needs(
        untrained=training.why_not(tx, page.lot.master_record, actor.person, tx.now)
        if step or page.to_verify
        else None,
        times=() if step is None else _times(tx, page, step, voice),
        samples=() if step is None else tuple(_sample(tx, page.lot.code, point, running) for point in step.samples),
    )


def _sample(tx: ReadTx, lot: str, point: Sampling, running: StepView | None) -> SampleNeed:
    """A sample is due as soon as the step's act is done: before it there is nothing to draw from."""
    if running is None:
        return SampleNeed(point)
    became = next((sample for sample in reversed(running.samples) if sample.point == point.key), None)
    if became is not None or running.missing.act is not None:
        return SampleNeed(point, became)
    of = {"point": point.key, "next": f"/bench/{lot}"}
    # A form takes a volume in the unit that people use.
    drawn = {**of, "volume_ul": f"{Decimal(point.volume_ul) / 1000:f}", **_drawn_from(tx, lot, running)}
    if point.vessel is not None:
        drawn["vessel"] = point.vessel
    if point.keep_days is not None:
        drawn |= {"purpose": "retention", "keep_until": f"{tx.today + timedelta(days=point.keep_days)}"}
    return SampleNeed(
        point,
        take=f"/do/quality/take_sample?{urlencode(drawn, safe='/')}",
        leave_out=f"/do/manufacturing/leave_out_sample?{urlencode({'lot': lot, **of}, safe='/')}",
    )


def _drawn_from(tx: ReadTx, lot: str, running: StepView) -> dict[str, str]:
    """The one container that the step made, or else the one tube of the lot, that still holds something.

    Where there are more, a person scans one.
    """
    held = [code for code in running.containers if queries.container_facts(tx, code).phase in LIVE]
    if not running.containers:
        held = queries.in_use(tx, lot, ContainerKind.TUBE, 2)
    return {"container": held[0]} if len(held) == 1 else {}


def verifies(view: StepView | Waiting, actor: Actor, needs: Needs) -> bool:
    """Whether this person is offered to verify a completed step."""
    roles_fit = view.step.verifier in actor.roles
    return roles_fit and view.performer != actor.person and needs.untrained is None


def _times(tx: ReadTx, page: Progress, step: Step, voice: Voice) -> tuple[Tick, ...]:
    found = [_time(tx, page, parameter, voice) for parameter in step.parameters if parameter.is_time]
    return tuple(tick for tick in found if tick is not None)


def _time(tx: ReadTx, page: Progress, parameter: Parameter, voice: Voice) -> Tick | None:
    """Until when a step is to be started: the alert limit where there is one, else the action limit."""
    limits = parameter.alert or parameter.action
    computed = parameter.computed
    if limits is None or limits.high is None or computed is None:
        return None
    ended = batch_record.last_completed(tx, page.lot.code, computed.of[0])
    if page.running is not None or ended is None:
        return None
    until = ended + timedelta(minutes=float(limits.high))
    words = T("Start the step by {until}", until=_told(tx, until, voice))
    return "now" if tx.now <= until else "warn", parameter.title.words(voice.language), words


def _told(tx: ReadTx, at: datetime, voice: Voice) -> str:
    """The clock alone where it is today: read at two metres."""
    return voice.format.clock(at) if tx.day_of(at) == tx.today else voice.show(at)
