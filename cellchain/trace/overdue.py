"""What only the clock brings about: results and reports whose day has passed, what turned against a running bag, bags
that wait unverified."""

from collections.abc import Iterator

from cellchain.accounts.emergency import queries as emergency
from cellchain.bedside.infusions import queries as bedside
from cellchain.bedside.infusions.commands import NoteExpired, note_expired
from cellchain.bedside.watch import queries as watch
from cellchain.followup.safety import queries as safety
from cellchain.followup.safety.lifecycles import ClockState
from cellchain.ledger.actor import Actor
from cellchain.notices.worker import Act, Seen, Watch
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import ResultPhase
from cellchain.trace.needs import gathered
from cellchain.trace.situation import moment_of
from cellchain.trial import queries as trial

# What is told of a reporting clock at 50, 80 and 100 % of its time: each once, however often a server starts.
ALARMS = {
    ClockState.HALF: "report_half",
    ClockState.WARN: "report_soon",
    ClockState.LATE: "report_overdue",
}


def seen(tx: ReadTx) -> Iterator[Seen]:
    """Everything that has become so by now. Each has an occasion of its own, so that it is told once."""
    for result in quality.open_results(tx):
        if result.phase == ResultPhase.PENDING and result.due_on is not None and result.due_on < tx.today:
            yield Seen("result_overdue", result.lot, f"result:{result.id}:{result.due_on}")
    for clock in safety.clocks_running(tx, tx.now):
        kind = ALARMS.get(clock.state) if clock.state is not None else None
        if kind is not None:
            occasion = f"clock:{clock.id}:{clock.kind}:{clock.state}"
            yield Seen(kind, clock.recipient, occasion)
            yield Seen(f"sponsor_{kind}", trial.recipient_facts(tx, clock.recipient).study, f"sponsor:{occasion}")
    for infusion in bedside.running(tx):
        for alarm in bedside.infusion_view(tx, infusion.id or 0).alarms:
            yield Seen("running_stopped", infusion.bag, f"infusion:{infusion.id}:{alarm.code}"[:120])
    for waiting in watch.alarms(tx):
        yield Seen(f"unverified_{waiting.level}", waiting.bag, waiting.occasion)
    for access in emergency.unreviewed(tx):
        if access.review_by < tx.now:
            yield Seen("emergency_unreviewed", access.person, f"emergency:{access.number}")
    step = tx.clock_step
    if step is not None:
        yield Seen("clock_stepped", "clock", f"clock_step:{step.at.isoformat()}")


def acts(tx: ReadTx) -> Iterator[Act]:
    """A bag that expired while it runs opens its deviation, once."""
    for infusion in bedside.running(tx):
        if infusion.expiry_noted_at is None and bedside.has_expired(tx, infusion):
            yield Act(note_expired, NoteExpired(infusion=infusion.id or 0))


def counts(tx: ReadTx, actor: Actor) -> tuple[int, int]:
    """How much of what needs this person is overdue, and how much more is due before the site's day ends."""
    _, needs = gathered(tx, actor)
    ends = moment_of(tx, tx.today)
    overdue = [need for need in needs if need.status == "stop" and need.at is not None]
    today = [need for need in needs if need.at is not None and tx.now <= moment_of(tx, need.at) <= ends]
    return len(overdue), len(today)


WATCH = Watch(seen, counts, acts)
