"""The start of an infusion."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from cellchain.accounts.emergency.queries import held_at
from cellchain.accounts.emergency.rules import EmergencyRole
from cellchain.bedside import commands as checks
from cellchain.bedside import queries as bedside
from cellchain.bedside import rules as checking
from cellchain.bedside.commands import RawBag, RawWristband
from cellchain.bedside.infusions import queries, rules
from cellchain.bedside.infusions.commands.common import set_to
from cellchain.bedside.infusions.models import Infusion
from cellchain.bedside.infusions.rules import InfusionPhase, RateCause
from cellchain.bedside.rules import Capture
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import commands as manufacturing
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from cellchain.trial.lifecycles import BEDSIDE, AssignmentPhase
from cellchain.trial.setup import queries as setup


class StartInfusion(Order):
    bag: RawBag
    wristband: RawWristband
    planned_minutes: Annotated[int, Field(ge=1, le=1_440, title="Planned duration")]


class StartResult(CommandResult):
    infusion: int
    bag: str
    recipient: str
    planned_end_at: str
    warnings: list[str]


@command(event="bedside:infusion:started", at_once=True)
def start_infusion(tx: CommandTx, by: Actor, order: StartInfusion) -> StartResult:
    """Start the bag that two people have just checked. Everything the checks rested on is looked at once more."""
    wristband, bag = bedside.read_wristband(tx, order.wristband), bedside.read_bag(tx, order.bag)
    tx.about(bag.bag or "unknown")
    facts = bedside.check_facts(tx, wristband, bag, Capture.WEDGE, checking.SOUND)
    found = checking.reasons(facts, tx.now)
    if facts.state is None or facts.tie is None or wristband.recipient is None or bag.bag is None:
        raise Refused(
            "infusion.changed_since_check",
            "Something changed since the check: {reason} Check again.",
            reason=found[0].text,
        )
    setup.named_at(tx, wristband.recipient, by.person, *BEDSIDE)
    open_now = bedside.open_pair(tx, bag.bag, wristband.recipient)
    pair = checking.pair_of(open_now, tx.now, facts.limits, bedside.seen(order.wristband, order.bag))
    counted = [one for one in open_now if one.id in pair.checks]
    checkers = frozenset(one.by for one in counted)
    checking.may_start(pair, by.person, checkers, found, order.planned_minutes, facts.state, tx.now, facts.limits)
    first, second = checking.the_two(counted, by.person)
    checking.somebody_is_regular([held_at(tx, one.by, EmergencyRole.NURSE, one.at) for one in (first, second)])
    begins(tx, wristband.recipient)
    infusion = tx.add(
        Infusion(
            bag=bag.bag,
            recipient=wristband.recipient,
            planned_infusion=facts.tie.planned_infusion,
            phase=InfusionPhase.RUNNING,
            station=by.device,
            started_at=tx.now,
            started_by=by.person,
            first_checker=first.by,
            second_checker=second.by,
            planned_minutes=order.planned_minutes,
            volume_ul=facts.state.volume_ul,
        )
    )
    open_the_drip(tx, by.person, infusion)
    for one in sorted(open_now, key=lambda check: check.id):
        if one in (first, second):
            checks.use_check(tx, one.id, facts.limits)
        else:
            checks.end_check(tx, one.id, "void")
    manufacturing.mark_spent(tx, bag.bag)
    trial.mark_infused(tx, facts.tie.planned_infusion)
    trial.mark_assignment(tx, bag.bag, AssignmentPhase.USED)
    return _started(tx, infusion)


def begins(tx: CommandTx, recipient: str) -> None:
    """The first infusion of a recipient begins their treatment: follow-up is counted from it."""
    if not queries.infusions_of(tx, recipient):
        tx.record("bedside:treatment:begun", recipient)


def open_the_drip(tx: CommandTx, person: str, row: Infusion) -> None:
    """The drip runs at the first rate of the study, from the start on."""
    steps = queries.steps_of(trial_queries.study_of(tx, row.recipient))
    rate = rules.first_rate(steps, row.volume_ul, row.planned_minutes)
    set_to(tx, row, person, rate, RateCause.START, row.started_at)


def _started(tx: CommandTx, row: Infusion) -> StartResult:
    end = row.started_at + timedelta(minutes=row.planned_minutes)
    is_seen = bool(tx.many(queries.OBSERVATIONS, limit=1, bag=row.bag))
    return StartResult(
        infusion=row.id or 0,
        bag=row.bag,
        recipient=row.recipient,
        planned_end_at=f"{end:%Y-%m-%dT%H:%M:%SZ}",
        warnings=[] if is_seen else ["infusion.no_vitals_before"],
    )
