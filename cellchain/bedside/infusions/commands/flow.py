"""While a bag runs: its rate, its pauses, who has it in care, and what a physician decides about it."""

from typing import Annotated

from pydantic import Field

from cellchain.bedside.infusions import queries, rules
from cellchain.bedside.infusions.commands.common import (
    InfusionId,
    Note,
    RateField,
    end,
    flow_again,
    halt,
    held,
    may_follow_all,
    note_if_expired,
    set_to,
)
from cellchain.bedside.infusions.commands.rescan import Rescan, RescanResult, stopped
from cellchain.bedside.infusions.models import Decision, Infusion, TakeOver
from cellchain.bedside.infusions.rules import INFUSION, Choice, PauseKind, RateCause
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import SiteDuty
from cellchain.trial.setup import queries as setup


class SetRate(Order):
    infusion: InfusionId
    rate_ml_h: RateField


class RateResult(CommandResult):
    rate_ml_h: int
    drops_per_minute: int


@command(event="bedside:rate:set")
def set_rate(tx: CommandTx, by: Actor, order: SetRate) -> RateResult:
    """Set the drip to a rate. What the study prescribes now is told from what a person chose.

    Raises Refused `infusion.rate_too_high`, `infusion.rate_unchanged`, `infusion.other_station`,
    `infusion.before_its_time`, `infusion.phase`.
    """
    row = held(tx, order.infusion)
    _in_hand(row)
    rules.may_go_on_here(row.station, by.device)
    may_follow_all(tx, row)
    study = trial.study_of(tx, row.recipient)
    flow = queries.flow_of(tx, row, study)
    rules.may_set_rate(order.rate_ml_h, flow.rate_ml_h, study.bedside.rate_highest_ml_h)
    step = rules.prescribed_at(queries.steps_of(study), flow.ran_minutes)
    is_prescribed = step is not None and step.rate_ml_h == order.rate_ml_h
    cause = RateCause.PRESCRIBED if is_prescribed else RateCause.PHYSICIAN
    set_to(tx, row, by.person, order.rate_ml_h, cause, tx.happened_at)
    drops = rules.drops_per_minute(order.rate_ml_h, study.running.drops_per_ml)
    tx.note(rate_ml_h=order.rate_ml_h, cause=cause.value)
    return RateResult(rate_ml_h=order.rate_ml_h, drops_per_minute=drops)


class PauseInfusion(Order):
    infusion: InfusionId
    kind: Annotated[PauseKind, Field(title="How it is paused")] = PauseKind.CLAMPED
    why: Annotated[Note | None, Field(title="Why")] = None


@command(event="bedside:infusion:paused")
def pause(tx: CommandTx, by: Actor, order: PauseInfusion) -> NoResult:
    """Stop the flow for a while. The bag's clock goes on."""
    row = held(tx, order.infusion)
    INFUSION.move("pause", row.phase)
    may_follow_all(tx, row)
    halt(tx, row, by.person, order.kind, order.why)
    return NoResult()


class ResumeInfusion(Rescan):
    """At the recipient's side, before anything flows."""


@command(event="bedside:infusion:scanned_to_resume")
def resume(tx: CommandTx, by: Actor, order: ResumeInfusion) -> RescanResult:
    """Let it flow again after one more scan of wristband and bag: in between, lines were open.

    What does not fit is a STOP, and nothing flows. Raises Refused `infusion.stopped_meanwhile` where something speaks
    against the bag by now and no physician has said that it goes on.
    """
    row = held(tx, order.infusion)
    phase = INFUSION.move("resume", row.phase)
    halted = stopped(tx, by, row, order)
    if halted is not None:
        return halted
    found = queries.against(tx, row)
    reasons = [(reason.code, reason.text) for reason in found.reasons]
    rules.may_flow_again(reasons, allowed=queries.may_go_on(tx, row, found))
    may_follow_all(tx, row)
    flow_again(tx, row, by.person)
    tx.change(_into_care(tx, by, row), phase=phase)
    return RescanResult()


class TakeOverInfusion(Rescan):
    """At the tablet that takes it over."""


@command(event="bedside:infusion:scanned_to_take_over")
def take_over_infusion(tx: CommandTx, by: Actor, order: TakeOverInfusion) -> RescanResult:
    """Another tablet takes an infusion into its care, after one scan of wristband and bag there.

    What does not fit is a STOP, and it stays where it was. Raises Refused `infusion.here_already`, `infusion.ended`.
    """
    row = held(tx, order.infusion)
    _in_hand(row)
    if row.station == by.device:
        raise Refused("infusion.here_already", "This infusion is in the care of this tablet. Nothing was changed.")
    halted = stopped(tx, by, row, order)
    if halted is not None:
        return halted
    _into_care(tx, by, row)
    return RescanResult()


def _into_care(tx: CommandTx, by: Actor, row: Infusion) -> Infusion:
    if row.station == by.device:
        return row
    tx.add(
        TakeOver(
            infusion=row.id or 0,
            from_station=row.station,
            to_station=by.device,
            taken_at=tx.happened_at,
            taken_by=by.person,
        )
    )
    return tx.change(row, station=by.device)


def _in_hand(row: Infusion) -> None:
    if row.ended_at is not None:
        raise Refused("infusion.ended", "This infusion has ended. Nothing about its flow can be changed any more.")


class DecideRunning(Order):
    infusion: InfusionId
    choice: Annotated[Choice, Field(title="What is decided")]
    why: Annotated[Text, Field(min_length=3, max_length=500, title="Why")]
    seen: Annotated[
        Text, Field(max_length=500, title="What was shown", description="Filled in by the page that was read.")
    ]


@command(
    event="bedside:running:decided",
    signature="I decide what becomes of this infusion",
    cannot_wait=True,
)
def decide_running(tx: CommandTx, by: Actor, order: DecideRunning) -> NoResult:
    """A physician decides whether a bag that something turned against while it runs goes on, or stops.

    A decision covers what was shown; whatever turns against the bag later is decided anew. To stop ends the infusion
    at once: what was given is stated afterwards. Raises Refused `infusion.nothing_to_decide`,
    `infusion.decision_stale`.
    """
    row = held(tx, order.infusion)
    _in_hand(row)
    found = queries.against(tx, row)
    rules.may_decide(found.marks, frozenset(order.seen.split()))
    if order.choice is Choice.GO_ON:  # whoever is there may stop it
        setup.named_at(tx, row.recipient, by.person, SiteDuty.INVESTIGATOR)
    tx.add(
        Decision(
            infusion=row.id or 0,
            choice=order.choice,
            marks=sorted(found.marks),
            why=order.why,
            decided_at=tx.happened_at,
            decided_by=by.person,
            entered_at=tx.now,
        )
    )
    tx.note(choice=order.choice.value, reasons=[reason.code for reason in found.reasons])
    row = note_if_expired(tx, row, tx.happened_at)
    if order.choice is Choice.STOP:
        may_follow_all(tx, row)
        end(tx, row, by.person, "stop", order.why[:300])
    return NoResult()


class NoteExpired(Order):
    infusion: InfusionId


@command(event="bedside:expiry:noticed", internal=True)
def note_expired(tx: CommandTx, by: Actor, order: NoteExpired) -> NoResult:
    """The clock noticed that a bag expired while it runs: a deviation opens, once."""
    row = held(tx, order.infusion)
    if row.ended_at is None:
        note_if_expired(tx, row, tx.now)
    return NoResult()
