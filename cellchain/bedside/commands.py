"""The verbs of the bedside."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.bedside import queries, rules
from cellchain.bedside.items import items_of
from cellchain.bedside.models import Check, Infusion, Observation, Pause, Reaction
from cellchain.bedside.rules import CHECK, INFUSION, Capture, Cause, CheckPhase, Identity, InfusionPhase, Verdict
from cellchain.identity.codes import BagCode, Kind
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import NoResult, Order, Text, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import commands as manufacturing
from cellchain.quality import queries as quality
from cellchain.trial import commands as trial
from cellchain.trial.lifecycles import AssignmentPhase

RAW_MAX = 256
Raw = Annotated[str, Field(max_length=RAW_MAX)]
BAG_SYMBOL = scanned(Kind.LABEL, design=queries.BAG_DESIGN, as_printed=True)
BAND_SYMBOL = scanned(Kind.WRISTBAND, as_printed=True)
RawBag = Annotated[Raw, Field(title="Bag", json_schema_extra=BAG_SYMBOL)]
RawWristband = Annotated[Raw, Field(title="Wristband", json_schema_extra=BAND_SYMBOL)]
InfusionId = Annotated[int, Field(ge=1, title="Infusion")]
Note = Annotated[Text, Field(max_length=300)]


class InspectionOrder(BaseModel, frozen=True, extra="forbid"):
    """One look at the bag."""

    intact: Annotated[bool, Field(title="The bag is intact")]
    no_clumps: Annotated[bool, Field(title="No clumps, no odd colour")]
    label_legible: Annotated[bool, Field(title="The label can be read")]


class CheckOrder(Order):
    """Symbols are taken as the scanner sent them: even an empty or damaged one is a recorded STOP."""

    wristband: RawWristband
    bag: RawBag
    inspection: InspectionOrder
    capture: Annotated[Capture, Field(title="How it was scanned")] = Capture.WEDGE
    identity_stated: Annotated[Identity | None, Field(title="The recipient said name and date of birth")] = None


class ReasonResult(BaseModel, frozen=True):
    code: str
    message: str


class CheckResult(BaseModel, frozen=True):
    verdict: Verdict
    reasons: list[ReasonResult]
    checks: int
    checks_needed: int
    may_start: bool
    valid_until: str
    check: int
    bag: str | None
    recipient: str | None


@command(event="bedside:bag:checked", at_once=True)
def check(tx: CommandTx, by: Actor, order: CheckOrder) -> CheckResult:
    """One person's scan of wristband and bag. Every reason to stop is found; a STOP voids the open checks of both."""
    wristband, bag = queries.read_wristband(tx, order.wristband), queries.read_bag(tx, order.bag)
    tx.about(bag.bag or wristband.recipient or "unknown")
    inspection = rules.Inspection(order.inspection.intact, order.inspection.no_clumps, order.inspection.label_legible)
    facts = queries.check_facts(tx, wristband, bag, order.capture, inspection)
    found = rules.reasons(facts, tx.now)
    verdict = Verdict.STOP if found else Verdict.MATCH
    row = _record(tx, by, order, facts, found)
    if found:
        void_open_checks(tx, bag.bag, wristband.recipient)
        tx.record("bedside:check:stopped", tx.subject or "", check=row.id, reasons=[reason.code for reason in found])
    pair = rules.Pair(0, tx.now)
    if not found:
        ensure(bag.bag is not None and wristband.recipient is not None, "a MATCH names a bag and a recipient")
        _supersede(tx, by, row, bag.bag or "", wristband.recipient or "")
        pair = rules.pair_of(queries.open_pair(tx, bag.bag or "", wristband.recipient or ""), tx.now, facts.limits)
    return CheckResult(
        verdict=verdict,
        reasons=[ReasonResult(code=reason.code, message=str(reason.text)) for reason in found],
        checks=pair.people,
        checks_needed=2,
        may_start=pair.people >= 2,
        valid_until=f"{pair.valid_until:%Y-%m-%dT%H:%M:%SZ}",
        check=row.id or 0,
        bag=bag.bag,
        recipient=wristband.recipient,
    )


def _record(tx: CommandTx, by: Actor, order: CheckOrder, facts: rules.CheckFacts, found: list[rules.Reason]) -> Check:
    codes = [reason.code for reason in found]
    tx.note(verdict="STOP" if found else "MATCH", reasons=codes, items=dict(items_of(codes, order.identity_stated)))
    return tx.add(
        Check(
            bag=facts.bag.bag,
            recipient=facts.wristband.recipient,
            wristband_read=_storable(order.wristband),
            bag_read=_storable(order.bag),
            verdict=Verdict.STOP if found else Verdict.MATCH,
            reasons=[reason.code for reason in found],
            phase=CheckPhase.STOPPED if found else CheckPhase.OPEN,
            capture=order.capture,
            identity_stated=order.identity_stated,
            intact=order.inspection.intact,
            no_clumps=order.inspection.no_clumps,
            label_legible=order.inspection.label_legible,
            checked_at=tx.now,
            checked_by=by.person,
            device=by.device,
        )
    )


def _storable(raw: str) -> str:
    """A scan as a table can hold it: PostgreSQL knows no NUL in a text."""
    return raw.replace("\x00", "␀")


def void_open_checks(tx: CommandTx, bag: str | None, recipient: str | None) -> None:
    """The open checks of a bag and of a recipient do not count any more."""
    open_now = {row.id for row in tx.every(queries.OPEN_OF_BAG, bag=bag)} if bag is not None else set()
    open_now |= (
        {row.id for row in tx.every(queries.OPEN_OF_RECIPIENT, recipient=recipient)} if recipient is not None else set()
    )
    for number in sorted(open_now, key=lambda one: one or 0):
        _end_check(tx, number, "void")


def _supersede(tx: CommandTx, by: Actor, row: Check, bag: str, recipient: str) -> None:
    """A person's later check stands in place of their earlier one."""
    for prior in queries.open_pair(tx, bag, recipient):
        if prior.by == by.person and prior.id != row.id:
            _end_check(tx, prior.id, "void")


def _end_check(tx: CommandTx, number: int | None, verb: str) -> None:
    held = tx.lock(Check, number)
    if held.phase == CheckPhase.OPEN:
        tx.change(held, phase=CHECK.move(verb, held.phase))


def _use_check(tx: CommandTx, number: int, limits: rules.Limits) -> None:
    """An infusion begins with this check. Raises Refused where a STOP has voided it at this very moment."""
    held = tx.lock(Check, number)
    if held.phase != CheckPhase.OPEN:
        raise rules.two_checks_needed(limits)
    tx.change(held, phase=CHECK.move("use", held.phase))


class VoidChecksOf(Order):
    recipient: str


@command(event="bedside:checks:voided", subject="recipient", internal=True)
def void_checks_of(tx: CommandTx, by: Actor, order: VoidChecksOf) -> NoResult:
    """The open checks of a recipient do not count any more: the wristband was replaced."""
    void_open_checks(tx, None, order.recipient)
    return NoResult()


class AcknowledgeStop(Order):
    check: Annotated[int, Field(ge=1, title="Check")]
    cause: Annotated[Cause, Field(title="Why did it happen?")]


@command(event="bedside:stop:acknowledged")
def acknowledge_stop(tx: CommandTx, by: Actor, order: AcknowledgeStop) -> NoResult:
    """Confirm that a STOP was read, with the cause as the nurse sees it. It changes nothing about the verdict."""
    row = tx.lock(Check, order.check)
    tx.about(row.bag or row.recipient or "unknown")
    if row.verdict != Verdict.STOP:
        raise Refused("check.not_a_stop", "This check was no STOP. There is nothing to confirm.")
    if row.acknowledged_at is None:
        tx.change(row, cause=order.cause, acknowledged_at=tx.now)
    return NoResult()


class StartInfusion(Order):
    bag: RawBag
    wristband: RawWristband
    planned_minutes: Annotated[int, Field(ge=1, le=1_440, title="Planned duration")]


class StartResult(BaseModel, frozen=True):
    infusion: int
    bag: str
    recipient: str
    planned_end_at: str
    warnings: list[str]


@command(event="bedside:infusion:started", at_once=True, in_turn=True)
def start_infusion(tx: CommandTx, by: Actor, order: StartInfusion) -> StartResult:
    """Start the bag that two people have just checked. Everything the checks rested on is looked at once more."""
    wristband, bag = queries.read_wristband(tx, order.wristband), queries.read_bag(tx, order.bag)
    tx.about(bag.bag or "unknown")
    facts = queries.check_facts(tx, wristband, bag, Capture.WEDGE, rules.SOUND)
    found = rules.reasons(facts, tx.now)
    if facts.state is None or facts.tie is None or wristband.recipient is None or bag.bag is None:
        raise Refused(
            "infusion.changed_since_check",
            "Something changed since the check: {reason} Check again.",
            reason=found[0].text,
        )
    open_now = queries.open_pair(tx, bag.bag, wristband.recipient)
    pair = rules.pair_of(open_now, tx.now, facts.limits, queries.seen(order.wristband, order.bag))
    counted = [one for one in open_now if one.id in pair.checks]
    checkers = frozenset(one.by for one in counted)
    rules.may_start(pair, by.person, checkers, found, order.planned_minutes, facts.state, tx.now, facts.limits)
    first, second = rules.the_two(counted, by.person)
    infusion = tx.add(
        Infusion(
            bag=bag.bag,
            recipient=wristband.recipient,
            planned_infusion=facts.tie.planned_infusion,
            phase=InfusionPhase.RUNNING,
            started_at=tx.now,
            started_by=by.person,
            first_checker=first.by,
            second_checker=second.by,
            planned_minutes=order.planned_minutes,
            volume_ul=facts.state.volume_ul,
        )
    )
    for one in sorted(open_now, key=lambda check: check.id):
        if one in (first, second):
            _use_check(tx, one.id, facts.limits)
        else:
            _end_check(tx, one.id, "void")
    manufacturing.mark_spent(tx, bag.bag)
    trial.mark_infused(tx, facts.tie.planned_infusion)
    trial.mark_assignment(tx, bag.bag, AssignmentPhase.USED)
    warnings = (
        []
        if any(one.bag == bag.bag for one in tx.many(queries.OBSERVATIONS, limit=1, bag=bag.bag))
        else ["infusion.no_vitals_before"]
    )
    end = tx.now + timedelta(minutes=order.planned_minutes)
    return StartResult(
        infusion=infusion.id or 0,
        bag=bag.bag,
        recipient=wristband.recipient,
        planned_end_at=f"{end:%Y-%m-%dT%H:%M:%SZ}",
        warnings=warnings,
    )


class RecordObservation(Order):
    bag: Annotated[BagCode, Field(title="Bag")]
    point: Annotated[Text, Field(min_length=1, max_length=40, title="Point of the schedule")]
    pulse_per_min: Annotated[int, Field(ge=0, le=300, title="Pulse, per minute")]
    systolic_mmhg: Annotated[int, Field(ge=0, le=350, title="Blood pressure, upper, mmHg")]
    diastolic_mmhg: Annotated[int, Field(ge=0, le=250, title="Blood pressure, lower, mmHg")]
    breaths_per_min: Annotated[int, Field(ge=0, le=100, title="Breaths per minute")]
    temperature_mc: Annotated[int, Field(ge=25_000, le=45_000, title="Temperature")]
    oxygen_percent: Annotated[int, Field(ge=0, le=100, title="Oxygen saturation")]


class ObservationResult(BaseModel, frozen=True):
    observation: int


@command(event="bedside:observation:recorded", subject="bag")
def record_observation(tx: CommandTx, by: Actor, order: RecordObservation) -> ObservationResult:
    """Record vital signs before, during or after an infusion."""
    if queries.bag_state(tx, order.bag) is None:
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
            pulse_per_min=order.pulse_per_min,
            systolic_mmhg=order.systolic_mmhg,
            diastolic_mmhg=order.diastolic_mmhg,
            breaths_per_min=order.breaths_per_min,
            temperature_mc=order.temperature_mc,
            oxygen_percent=order.oxygen_percent,
        )
    )
    return ObservationResult(observation=row.id or 0)


class PauseInfusion(Order):
    infusion: InfusionId
    why: Annotated[Note | None, Field(title="Why")] = None


@command(event="bedside:infusion:paused")
def pause(tx: CommandTx, by: Actor, order: PauseInfusion) -> NoResult:
    """Stop the flow for a while. The bag's clock goes on."""
    row = _held(tx, order.infusion)
    phase = INFUSION.move("pause", row.phase)
    rules.may_follow(tx.happened_at, queries.latest_act(tx, row))
    tx.change(row, phase=phase)
    tx.add(Pause(infusion=order.infusion, paused_at=tx.happened_at, paused_by=by.person, reason=order.why))
    return NoResult()


class ResumeInfusion(Order):
    infusion: InfusionId
    wristband: RawWristband
    bag: RawBag


@command(event="bedside:infusion:resumed", in_turn=True)
def resume(tx: CommandTx, by: Actor, order: ResumeInfusion) -> NoResult:
    """Let it flow again after one more scan of wristband and bag: in between, lines were open.

    Raises Refused `infusion.resume_mismatch`, `infusion.stopped_meanwhile` where quality stopped the bag by now.
    """
    row = _held(tx, order.infusion)
    phase = INFUSION.move("resume", row.phase)
    wristband, bag = queries.read_wristband(tx, order.wristband), queries.read_bag(tx, order.bag)
    if (
        wristband.problem is not None
        or bag.problem is not None
        or wristband.recipient != row.recipient
        or bag.bag != row.bag
    ):
        raise Refused(
            "infusion.resume_mismatch",
            "Wristband and bag are not those of this infusion. Do not reconnect. Scan both again.",
        )
    rules.may_flow_again(quality.standing(tx, row.bag, tx.now).reasons)
    rules.may_follow(tx.happened_at, queries.latest_act(tx, row))
    open_pause = tx.one(queries.OPEN_PAUSE, infusion=row.id)
    ensure(open_pause is not None, "a paused infusion has an open pause")
    tx.change(tx.lock(Pause, open_pause.id if open_pause else 0), resumed_at=tx.happened_at, resumed_by=by.person)
    tx.change(row, phase=phase)
    return NoResult()


class ReactionAction(StrEnum):
    SLOWED = "slowed"
    PAUSED = "paused"
    STOPPED = "stopped"
    OBSERVED = "observed"


class ReportReaction(Order):
    infusion: InfusionId
    term: Annotated[Text, Field(min_length=2, max_length=80, title="What happened")]
    grade: Annotated[int, Field(ge=1, le=5, title="Grade", description="CTCAE: 1 mild to 5 death.")]
    action: Annotated[ReactionAction, Field(title="What was done")]
    note: Annotated[Text | None, Field(max_length=500, title="Note")] = None


class ReactionResult(BaseModel, frozen=True):
    reaction: int


@command(event="bedside:reaction:recorded")
def report_reaction(tx: CommandTx, by: Actor, order: ReportReaction) -> ReactionResult:
    """Report a reaction during or after an infusion. QA and follow-up are told by themselves."""
    infusion = _held(tx, order.infusion)
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
    tx.record(
        "bedside:reaction:reported",
        infusion.bag,
        reaction=row.id,
        infusion=infusion.id,
        bag=infusion.bag,
        recipient=infusion.recipient,
        term=order.term,
        grade=order.grade,
    )
    return ReactionResult(reaction=row.id or 0)


class StopInfusion(Order):
    infusion: InfusionId
    volume_given_ul: Annotated[int, Field(ge=0, le=2_000_000, title="Volume given")]
    complete: Annotated[bool, Field(title="The whole bag was given")]
    why: Annotated[Note | None, Field(title="Why it stopped early")] = None


@command(event="bedside:infusion:ended")
def stop_infusion(tx: CommandTx, by: Actor, order: StopInfusion) -> NoResult:
    """End an infusion, complete or early. It never comes back: a bag runs once."""
    row = _held(tx, order.infusion)
    rules.may_stop(order.volume_given_ul, row.volume_ul, order.complete, order.why)
    phase = INFUSION.move("complete" if order.complete else "stop", row.phase)
    rules.may_follow(tx.happened_at, queries.latest_act(tx, row))
    tx.change(
        row,
        phase=phase,
        ended_at=tx.happened_at,
        ended_by=by.person,
        volume_given_ul=order.volume_given_ul,
        stop_reason=order.why,
    )
    return NoResult()


class DisposeBag(Order):
    infusion: InfusionId


@command(event="bedside:bag:disposed")
def dispose_bag(tx: CommandTx, by: Actor, order: DisposeBag) -> NoResult:
    """Record that the empty or stopped bag was disposed of."""
    row = _held(tx, order.infusion)
    if row.ended_at is None:
        raise Refused("infusion.not_ended", "The infusion has not ended. End it before its bag is disposed of.")
    if row.disposed_at is not None:
        raise Refused("infusion.disposed", "This bag is already disposed of. Nothing was changed.")
    rules.may_follow(tx.happened_at, row.ended_at)
    tx.change(row, disposed_at=tx.happened_at, disposed_by=by.person)
    return NoResult()


def _held(tx: CommandTx, number: int) -> Infusion:
    row = tx.lock(Infusion, number)
    tx.about(row.bag)
    return row
