"""The verbs of the check and of downtime; those of what runs stand in `infusions`."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.bedside import queries, rules
from cellchain.bedside.items import items_of
from cellchain.bedside.models import STOPS, Check
from cellchain.bedside.rules import CHECK, Capture, Cause, CheckPhase, Identity, Verdict
from cellchain.identity.codes import Kind
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.trial.lifecycles import BEDSIDE
from cellchain.trial.setup import queries as setup

RAW_MAX = 256
Raw = Annotated[str, Field(max_length=RAW_MAX)]
BAG_SYMBOL = scanned(Kind.LABEL, design=queries.BAG_DESIGN, as_printed=True)
BAND_SYMBOL = scanned(Kind.WRISTBAND, as_printed=True)
RawBag = Annotated[Raw, Field(title="Bag", json_schema_extra=BAG_SYMBOL)]
RawWristband = Annotated[Raw, Field(title="Wristband", json_schema_extra=BAND_SYMBOL)]

STOPPED = "bedside:check:stopped"


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


class ReasonResult(CommandResult):
    code: str
    message: str


class CheckResult(CommandResult):
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
    """One person's scan of wristband and bag. Every reason to stop is found; a STOP voids the open checks of both.

    Raises Refused `site.not_named` where the site has this done by named people and this is none of them.
    """
    wristband, bag = queries.read_wristband(tx, order.wristband), queries.read_bag(tx, order.bag)
    tx.about(bag.bag or wristband.recipient or "unknown")
    if wristband.recipient is not None:
        setup.named_at(tx, wristband.recipient, by.person, *BEDSIDE)
    inspection = rules.Inspection(order.inspection.intact, order.inspection.no_clumps, order.inspection.label_legible)
    facts = queries.check_facts(tx, wristband, bag, order.capture, inspection)
    found = rules.reasons(facts, tx.now)
    verdict = Verdict.STOP if found else Verdict.MATCH
    row = _record(tx, by, order, facts, found)
    if found:
        void_open_checks(tx, bag.bag, wristband.recipient)
        codes = [reason.code for reason in found]
        tx.record(STOPPED, tx.subject or "", check=row.id, reasons=codes, looks_wrong=inspection != rules.SOUND)
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
            wristband_read=storable(order.wristband),
            bag_read=storable(order.bag),
            verdict=Verdict.STOP if found else Verdict.MATCH,
            stop_number=tx.next_value(STOPS.name()) if found else None,
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


def storable(raw: str) -> str:
    """A scan as a table can hold it: PostgreSQL knows no NUL in a text."""
    return raw.replace("\x00", "␀")


def void_open_checks(tx: CommandTx, bag: str | None, recipient: str | None) -> None:
    """The open checks of a bag and of a recipient do not count any more."""
    open_now = {row.id for row in tx.every(queries.OPEN_OF_BAG, bag=bag)} if bag is not None else set()
    open_now |= (
        {row.id for row in tx.every(queries.OPEN_OF_RECIPIENT, recipient=recipient)} if recipient is not None else set()
    )
    for number in sorted(open_now, key=lambda one: one or 0):
        end_check(tx, number, "void")


def _supersede(tx: CommandTx, by: Actor, row: Check, bag: str, recipient: str) -> None:
    """A person's later check stands in place of their earlier one."""
    for prior in queries.open_pair(tx, bag, recipient):
        if prior.by == by.person and prior.id != row.id:
            end_check(tx, prior.id, "void")


def end_check(tx: CommandTx, number: int | None, verb: str) -> None:
    """A check does not count any more, if it still did."""
    held = tx.lock(Check, number)
    if held.phase == CheckPhase.OPEN:
        tx.change(held, phase=CHECK.move(verb, held.phase))


def use_check(tx: CommandTx, number: int, limits: rules.Limits) -> None:
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


class AcknowledgeResult(CommandResult):
    """The infusion that the STOP was at, where one was under way."""

    infusion: int | None


@command(event="bedside:stop:acknowledged")
def acknowledge_stop(tx: CommandTx, by: Actor, order: AcknowledgeStop) -> AcknowledgeResult:
    """Confirm that a STOP was read, with the cause as the nurse sees it. It changes nothing about the verdict."""
    row = tx.lock(Check, order.check)
    tx.about(row.bag or row.recipient or "unknown")
    if row.verdict != Verdict.STOP:
        raise Refused("check.not_a_stop", "This check was no STOP. There is nothing to confirm.")
    if row.acknowledged_at is None:
        tx.change(row, cause=order.cause, acknowledged_at=tx.now)
    return AcknowledgeResult(infusion=row.infusion)
