"""What the master record says of a step beside its values: who may work, until when, which labels and samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.labels.rules import LabelPhase
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import training
from cellchain.manufacturing.batch_record import LotPage, StepView
from cellchain.manufacturing.rules.definition import Parameter, Sampling, Step
from cellchain.manufacturing.rules.formulas import Formula
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import Voice

Tick = tuple[str, object, object]


@dataclass(frozen=True)
class Needs:
    """Everything beside the values. `untrained` is what the gate would say to this person."""

    untrained: T | None
    times: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    samples: tuple[Sampling, ...]
    sample_from: str


def needs_of(tx: ReadTx, page: LotPage, actor: Actor, voice: Voice) -> Needs:
    """What the running step needs, or the next one while none is running."""
    running = page.running
    step = running.step if running is not None else next(iter(page.coming), None)
    made = () if running is None else running.containers
    return Needs(
        untrained=training.why_not(tx, page.lot.master_record, actor.person, tx.now)
        if step or page.to_verify
        else None,
        times=() if step is None else _times(tx, page, step, voice),
        labels=() if step is None else tuple(_label(tx, design.value, made) for design in step.labels),
        samples=() if step is None else step.samples,
        sample_from=made[0] if len(made) == 1 else "",
    )


def verifies(view: StepView, actor: Actor, needs: Needs) -> bool:
    """Whether this person is offered to verify a completed step."""
    roles_fit = view.step.verifier in actor.roles
    return roles_fit and view.performer != actor.person and needs.untrained is None


def _times(tx: ReadTx, page: LotPage, step: Step, voice: Voice) -> tuple[Tick, ...]:
    found = [_time(tx, page, parameter, voice) for parameter in step.parameters if parameter.is_time]
    return tuple(tick for tick in found if tick is not None)


def _time(tx: ReadTx, page: LotPage, parameter: Parameter, voice: Voice) -> Tick | None:
    """Until when a step is to be started or completed: the alert limit where there is one, else the action limit."""
    limits = parameter.alert or parameter.action
    computed = parameter.computed
    if limits is None or limits.high is None or computed is None:
        return None
    running, span = page.running, timedelta(minutes=float(limits.high))
    title = parameter.title.words(voice.language)
    if computed.formula == Formula.MINUTES_OPEN:
        if running is None:
            return "off", title, T("{span} at most", span=span)
        until = running.started_at + span
        words = T("Complete the step by {until}", until=_told(tx, until, voice))
    else:
        ended = [view.completed_at for view in page.steps if view.step.key == computed.of[0] and view.completed_at]
        if running is not None or not ended:
            return None
        until = ended[-1] + span
        words = T("Start the step by {until}", until=_told(tx, until, voice))
    return "now" if tx.now <= until else "warn", title, words


def _told(tx: ReadTx, at: datetime, voice: Voice) -> str:
    """The clock alone where it is today: read at two metres."""
    return voice.format.clock(at) if training.site_day(tx, at) == training.site_day(tx, tx.now) else voice.show(at)


def _label(tx: ReadTx, design: str, made: Sequence[str]) -> Tick:
    """How many of the containers that the step made wear a label that was scanned back."""
    words = T(design.replace("_", " ").capitalize())
    if not made:
        return "off", words, T("One for each container that is made")
    worn = sum(any(label.phase == LabelPhase.CONFIRMED for label in labels.labels_of(tx, code)) for code in made)
    return "ok" if worn == len(made) else "now", words, T("{done} of {all} scanned back", done=worn, all=len(made))
