"""What is seen of the recipient: vital signs and reactions, and what is done about a reaction."""

from typing import Annotated

from pydantic import Field

from cellchain.bedside import queries as bedside
from cellchain.bedside.infusions import queries, rules
from cellchain.bedside.infusions.commands.common import InfusionId, RateField, end, follows_all, halt, held, set_to
from cellchain.bedside.infusions.models import Infusion, Observation, Reaction
from cellchain.bedside.infusions.rules import InfusionPhase, PauseKind, RateCause, ReactionAction
from cellchain.identity.codes import BagCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.trial import queries as trial

SEVERE = "bedside:reaction:severe"


class RecordObservation(Order):
    bag: Annotated[BagCode, Field(title="Bag")]
    point: Annotated[Text, Field(min_length=1, max_length=40, title="Point of the schedule")]
    pulse_per_min: Annotated[int, Field(ge=0, le=300, title="Pulse, per minute")]
    systolic_mmhg: Annotated[int, Field(ge=0, le=350, title="Blood pressure, upper, mmHg")]
    diastolic_mmhg: Annotated[int, Field(ge=0, le=250, title="Blood pressure, lower, mmHg")]
    breaths_per_min: Annotated[int, Field(ge=0, le=100, title="Breaths per minute")]
    temperature_mc: Annotated[int, Field(ge=25_000, le=45_000, title="Temperature")]
    oxygen_percent: Annotated[int, Field(ge=0, le=100, title="Oxygen saturation")]


class ObservationResult(CommandResult):
    observation: int


@command(event="bedside:observation:recorded", subject="bag")
def record_observation(tx: CommandTx, by: Actor, order: RecordObservation) -> ObservationResult:
    """Record vital signs before, during or after an infusion."""
    if bedside.bag_state(tx, order.bag) is None:
        raise Refused("observation.no_bag", "There is no such infusion bag. Open the infusion and record from there.")
    if order.diastolic_mmhg > order.systolic_mmhg:
        raise Refused(
            "observation.pressures_swapped", "The lower blood pressure is above the upper one. Check both values."
        )
    infusion = queries.infusion_of_bag(tx, order.bag)
    row = tx.add(
        Observation(
            bag=order.bag,
            infusion=None if infusion is None else infusion.id,
            point=order.point,
            observed_at=tx.happened_at,
            observed_by=by.person,
            entered_at=tx.now,
            pulse_per_min=order.pulse_per_min,
            systolic_mmhg=order.systolic_mmhg,
            diastolic_mmhg=order.diastolic_mmhg,
            breaths_per_min=order.breaths_per_min,
            temperature_mc=order.temperature_mc,
            oxygen_percent=order.oxygen_percent,
        )
    )
    return ObservationResult(observation=row.id or 0)


class ReportReaction(Order):
    infusion: InfusionId
    term: Annotated[Text, Field(min_length=2, max_length=80, title="What happened")]
    grade: Annotated[int, Field(ge=1, le=5, title="Grade", description="CTCAE: 1 mild to 5 death.")]
    action: Annotated[ReactionAction, Field(title="What was done")]
    rate_ml_h: Annotated[RateField | None, Field(title="Slowed to, mL/h")] = None
    note: Annotated[Text | None, Field(max_length=500, title="Note")] = None


class ReactionResult(CommandResult):
    """`acted` says whether the flow was changed by this report; a report about what is over changes nothing."""

    reaction: int
    acted: bool


@command(event="bedside:reaction:recorded")
def report_reaction(tx: CommandTx, by: Actor, order: ReportReaction) -> ReactionResult:
    """Report a reaction during or after an infusion, and do what was done about it: slow, pause or stop the flow.

    QA and follow-up are told by themselves. From the study's grade on, every bag of the same lot is held. A report is
    never refused for its action: where the flow went on since, the action is recorded and the flow left as it is.
    Raises Refused `infusion.before_its_time`, `reaction.not_slower`.
    """
    infusion = held(tx, order.infusion)
    rules.may_follow(tx.happened_at, infusion.started_at)
    row = tx.add(
        Reaction(
            infusion=order.infusion,
            term=order.term,
            grade=order.grade,
            action=order.action,
            note=order.note,
            began_at=tx.happened_at,
            reported_at=tx.now,
            reported_by=by.person,
        )
    )
    told = {"reaction": row.id, "infusion": infusion.id, "recipient": infusion.recipient}
    told |= {"term": order.term, "grade": order.grade}
    tx.record("bedside:reaction:reported", infusion.bag, bag=infusion.bag, **told)
    _hold_siblings(tx, infusion, order)
    is_live = infusion.ended_at is None and follows_all(tx, infusion)
    acted = is_live and _act(tx, by, infusion, order)
    tx.note(acted=acted)
    return ReactionResult(reaction=row.id or 0, acted=acted)


def _act(tx: CommandTx, by: Actor, row: Infusion, order: ReportReaction) -> bool:
    """Do what the report says was done. Gives whether the flow changed."""
    if order.action is ReactionAction.SLOWED:
        set_now, steps = queries.rates(tx, row.id), queries.steps_of(trial.study_of(tx, row.recipient))
        rate = order.rate_ml_h or rules.slower(set_now, steps)
        rules.may_slow(rate, set_now[-1].ml_h)
        set_to(tx, row, by.person, rate, RateCause.REACTION, tx.happened_at)
        return True
    if order.action is ReactionAction.PAUSED and row.phase == InfusionPhase.RUNNING:
        halt(tx, row, by.person, PauseKind.CLAMPED, order.term)
        return True
    if order.action is ReactionAction.STOPPED:
        end(tx, row, by.person, "stop", order.term)
        return True
    return False


def _hold_siblings(tx: CommandTx, row: Infusion, order: ReportReaction) -> None:
    least = trial.study_of(tx, row.recipient).running.siblings_held_from_grade
    facts = manufacturing.bag_facts(tx, row.bag)
    if least is not None and order.grade >= least and facts is not None and facts.lot is not None:
        tx.record(SEVERE, facts.lot, bag=row.bag, grade=order.grade)
