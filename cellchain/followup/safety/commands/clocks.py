"""What follows from what is known of an event: the clocks it starts, and the rules of the protocol it may meet."""

from pydantic import BaseModel

from cellchain.followup.safety import queries, rules, stopping
from cellchain.followup.safety.lifecycles import ClockPhase
from cellchain.followup.safety.models import AdverseEvent, ReportClock
from cellchain.followup.safety.stopping import Counted
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.commands import hold_study

RULE_MET = "followup:stopping_rule:met"


class EventResult(BaseModel, frozen=True):
    """An adverse event, and the clocks that this act started."""

    event: int
    recipient: str
    serious: bool
    clocks: list[int]


def opened(tx: CommandTx, row: AdverseEvent) -> EventResult:
    """What follows from a new event: the investigator's clock where it is serious, a pause where a rule is met."""
    reporting = trial.study_of(tx, row.recipient).reporting
    started = []
    if row.serious_since is not None:
        started = start(tx, row, [rules.investigator_clock(row.serious_since, reporting)])
    watch(tx, None, row)
    tx.note(adverse_event=row.id, serious=row.serious)
    return EventResult(event=row.id or 0, recipient=row.recipient, serious=row.serious, clocks=started)


def start(tx: CommandTx, event: AdverseEvent, clocks: list[rules.Clock]) -> list[int]:
    """Start those clocks that this event does not have yet; a clock that runs is never set back."""
    known = {row.kind for row in queries.clocks_of(tx, event.id or 0)}
    started = []
    for clock in clocks:
        if clock.kind not in known:
            row = tx.add(
                ReportClock(
                    event=event.id or 0,
                    kind=clock.kind,
                    starts_at=clock.starts_at,
                    due_at=clock.due_at,
                    phase=ClockPhase.RUNNING,
                )
            )
            started.append(row.id or 0)
    return started


def watch(tx: CommandTx, before: Counted | None, event: AdverseEvent) -> None:
    """Record that a stopping rule is met, if this event has made it so; the trial pauses the study upon that.

    The study is held first: of two events that arrive together, the second counts the first.
    """
    study = trial.study_of(tx, event.recipient)
    after = queries.counted_of(tx, event)
    if not any(stopping.counts(rule, after) for rule in study.safety.stopping):
        return
    hold_study(tx, study.code)
    others = [one for one in queries.counted(tx, study.code) if one.id != after.id]
    met = stopping.newly_met(study.safety.stopping, before, after, others)
    if met is not None:
        tx.record(RULE_MET, study.code, rule=met.rule.code, events=[one.id for one in met.events])
