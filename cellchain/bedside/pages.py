"""What the bedside screens show, gathered from a check or from scans so far. No decision is made here."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from cellchain.accounts import queries as people
from cellchain.bedside import queries, rules
from cellchain.bedside.infusions.queries import steps_of
from cellchain.bedside.infusions.rules import prescribed_minutes
from cellchain.bedside.models import Check, Infusion
from cellchain.bedside.rules import CheckPhase, PriorCheck, Reason, Verdict
from cellchain.bedside.words import name_of
from cellchain.custody import queries as custody
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition

OPEN_CHECKS = select(Check).where(Check.phase == CheckPhase.OPEN).order_by(col(Check.checked_at).desc())


@dataclass(frozen=True)
class BagCard:
    """A bag on the bedside screens: what it is, until when it may start, how it was released.

    `failed` are the tests that it failed and was accepted with all the same.
    """

    bag: str
    recipient: str
    number: int
    total: int
    cells_count: int | None
    volume_ul: int
    expires_at: datetime
    start_by: datetime
    least_minutes: int
    planned_minutes: int
    most_minutes: int
    conditional: bool
    failed: tuple[T, ...] = ()


@dataclass(frozen=True)
class Checker:
    """A person who checked, and when."""

    name: str
    at: datetime


@dataclass(frozen=True)
class CheckPage:
    """The screen of one person's check: what was scanned so far, who else has finished."""

    person: str
    name: str
    wristband: str
    bag: str
    wristband_ok: bool
    bag_ok: bool
    card: BagCard | None
    other: Checker | None
    may_go_back: bool


@dataclass(frozen=True)
class VerdictPage:
    """A verdict as the screen says it. `sealed` while the second person has not checked.

    `changed` says what speaks against a MATCH by now: it is not drawn any more, though its time is not over.
    """

    check: int
    verdict: Verdict
    sealed: bool
    reasons: tuple[Reason, ...]
    recipient: str | None
    bag_recipient: str | None
    bag: str | None
    card: BagCard | None
    checkers: tuple[Checker, ...]
    valid_until: datetime
    near_miss: str
    wristband_raw: str
    bag_raw: str
    changed: T | None


@dataclass(frozen=True)
class MisfitPage:
    """The STOP of one more scan at an infusion under way. Both codes are shown where they tell what was wrong."""

    check: int
    infusion: int
    number: int
    total: int
    reasons: tuple[Reason, ...]
    scanned: tuple[str | None, str | None]
    meant: tuple[str, str]
    near_miss: str
    acknowledged: bool


def check_page(tx: ReadTx, actor: Actor, wristband: str, bag: str) -> CheckPage:
    """What one person sees before their check. Nobody sees another's result. A bag that the ward has may go back."""
    band, label = queries.read_wristband(tx, wristband), queries.read_bag(tx, bag)
    others = [row for row in tx.many(OPEN_CHECKS, limit=20) if row.checked_by != actor.person and _fresh(tx, row)]
    other = next((row for row in others if band.recipient in (None, row.recipient)), None)
    return CheckPage(
        person=actor.person,
        name=people.display_name(tx, actor.person),
        wristband=wristband,
        bag=bag,
        wristband_ok=bool(wristband) and band.problem is None,
        bag_ok=bool(bag) and label.problem is None,
        card=None if label.bag is None else bag_card(tx, label.bag),
        other=None if other is None else Checker(people.display_name(tx, other.checked_by), other.checked_at),
        may_go_back=label.bag is not None and _may_go_back(tx, label.bag),
    )


def verdict_page(tx: ReadTx, check: int) -> VerdictPage:
    """The screen after a check. Raises NotFound."""
    row = tx.get(Check, check)
    band, label = queries.read_wristband(tx, row.wristband_read), queries.read_bag(tx, row.bag_read)
    facts = queries.check_facts(
        tx, band, label, row.capture, rules.Inspection(bool(row.intact), bool(row.no_clumps), bool(row.label_legible))
    )
    checks = queries.open_pair(tx, row.bag or "", row.recipient or "")
    pair = rules.pair_of(checks, tx.now, facts.limits)
    window = timedelta(minutes=facts.limits.check_window_minutes)
    told = {reason.code: reason for reason in rules.reasons(facts, row.checked_at)}
    reasons = tuple(told.get(code, _past(code)) for code in row.reasons)
    tie = None if row.bag is None else trial.last_assignment_of(tx, row.bag)
    return VerdictPage(
        check=check,
        verdict=row.verdict,
        sealed=row.verdict == Verdict.MATCH and pair.people < 2,
        reasons=reasons,
        recipient=row.recipient,
        bag_recipient=None if tie is None else tie.recipient,
        bag=row.bag,
        card=None if row.bag is None else bag_card(tx, row.bag),
        checkers=tuple(Checker(people.display_name(tx, one.by), one.at) for one in _counted(checks, pair)),
        valid_until=pair.valid_until if pair.people else row.checked_at + window,
        near_miss=queries.near_miss_number(row) if row.verdict == Verdict.STOP else "",
        wristband_raw=row.wristband_read,
        bag_raw=row.bag_read,
        changed=_changed(rules.reasons(facts, tx.now)) if row.verdict == Verdict.MATCH else None,
    )


def misfit_page(tx: ReadTx, check: int) -> MisfitPage | None:
    """The screen after a scan that did not fit what runs; None where the check was made before a start."""
    row = tx.get(Check, check)
    if row.infusion is None:
        return None
    run = tx.get(Infusion, row.infusion)
    planned = trial.infusion_facts(tx, run.planned_infusion)
    band, label = queries.read_wristband(tx, row.wristband_read), queries.read_bag(tx, row.bag_read)
    told = {reason.code: reason for reason in rules.misfits(band, label, run.recipient, run.bag)}
    return MisfitPage(
        check=check,
        infusion=row.infusion,
        number=planned.number,
        total=planned.total,
        reasons=tuple(told.get(code, _past(code)) for code in row.reasons),
        scanned=(row.recipient, row.bag),
        meant=(run.recipient, run.bag),
        near_miss=queries.near_miss_number(row),
        acknowledged=row.acknowledged_at is not None,
    )


def _changed(found: list[Reason]) -> T | None:
    if not found:
        return None
    return T("Something changed since the check: {reason} Check again.", reason=found[0].text)


def _past(code: str) -> Reason:
    """A reason that stood when the check was made and does not any more: a STOP of last week stays readable."""
    return Reason(code, T("It was stopped then: {reason}. That does not stand any more.", reason=name_of(code)))


def bag_card(tx: ReadTx, bag: str) -> BagCard | None:
    """The bag's facts, or None where it is no bag or assigned to nobody."""
    facts, tie = manufacturing.bag_facts(tx, bag), trial.last_assignment_of(tx, bag)
    if facts is None or tie is None:
        return None
    study = trial.study_of(tx, tie.recipient)
    limits = queries.limits_of(study)
    standing = quality.standing(tx, bag, tx.now)
    least = rules.least_minutes(facts.volume_ul, limits)
    return BagCard(
        bag=bag,
        recipient=tie.recipient,
        number=tie.number,
        total=tie.total,
        cells_count=facts.cells_count,
        volume_ul=facts.volume_ul,
        expires_at=facts.expires_at,
        start_by=facts.expires_at - timedelta(minutes=least),
        least_minutes=least,
        planned_minutes=_planned(study, facts.volume_ul, facts.expires_at - tx.now, least),
        most_minutes=limits.planned_minutes_most,
        conditional=standing.conditional,
        failed=() if standing.exceptional is None else standing.exceptional.tests,
    )


def _planned(study: StudyDefinition, volume_ul: int, keeps: timedelta, least: int) -> int:
    """How long it takes at the rates that the study prescribes, or at its highest where the bag keeps no longer."""
    prescribed = prescribed_minutes(steps_of(study), volume_ul, least)
    return prescribed if timedelta(minutes=prescribed) <= keeps else least


def _counted(checks: list[PriorCheck], pair: rules.Pair) -> list[PriorCheck]:
    return [one for one in checks if one.id in pair.checks]


def _may_go_back(tx: ReadTx, bag: str) -> bool:
    state = queries.bag_state(tx, bag)
    return state is not None and state.filled and custody.at_ward(tx, bag)


def _fresh(tx: ReadTx, row: Check) -> bool:
    return tx.now - row.checked_at <= timedelta(minutes=rules.Limits().check_window_minutes)
