"""What only the clock brings about: results and reports whose day has passed, what turned against a running bag, bags
that wait unverified."""

from collections.abc import Iterator

from cellchain.bedside import queries as bedside
from cellchain.bedside.watch import queries as watch
from cellchain.followup import queries as followup
from cellchain.ledger.actor import Actor
from cellchain.notices.worker import Seen, Watch
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import ResultPhase
from cellchain.trace.needs import gathered
from cellchain.trace.situation import moment_of


def seen(tx: ReadTx) -> Iterator[Seen]:
    """Everything that has become so by now. Each has an occasion of its own, so that it is told once."""
    for result in quality.open_results(tx):
        if result.phase == ResultPhase.PENDING and result.due_on is not None and result.due_on < tx.today:
            yield Seen("result_overdue", result.lot, f"result:{result.id}:{result.due_on}")
    for clock in followup.clocks_running(tx, tx.now):
        if clock.due_at < tx.now:
            yield Seen("report_overdue", clock.recipient, f"clock:{clock.id}:{clock.kind}")
    for infusion in bedside.running(tx):
        for alarm in bedside.infusion_view(tx, infusion.id or 0).alarms:
            yield Seen("running_stopped", infusion.bag, f"infusion:{infusion.id}:{alarm.code}"[:120])
    for waiting in watch.alarms(tx):
        yield Seen(f"unverified_{waiting.level}", waiting.bag, waiting.occasion)


def counts(tx: ReadTx, actor: Actor) -> tuple[int, int]:
    """How much of what needs this person is overdue, and how much more is due before the site's day ends."""
    _, needs = gathered(tx, actor)
    ends = moment_of(tx, tx.today)
    overdue = [need for need in needs if need.status == "stop" and need.at is not None]
    today = [need for need in needs if need.at is not None and tx.now <= moment_of(tx, need.at) <= ends]
    return len(overdue), len(today)


WATCH = Watch(seen, counts)
