"""The stopping rules of a protocol: which events each counts, and when one is met. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cellchain.followup.safety.lifecycles import Relatedness
from cellchain.followup.safety.rules import suspected
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import StoppingRule


@dataclass(frozen=True)
class Counted:
    """What a stopping rule looks at of an event. `infused_at`: when the last infusion before its onset began."""

    id: int
    recipient: str
    grade: int
    serious: bool
    relatedness: tuple[Relatedness | None, ...]
    onset_at: datetime
    infused_at: datetime | None

    @property
    def assessed(self) -> bool:
        """Whether anybody has judged its cause."""
        return any(one is not None for one in self.relatedness)


@dataclass(frozen=True)
class Tally:
    """A rule, and the events that it counts now."""

    rule: StoppingRule
    events: tuple[Counted, ...]

    @property
    def reached(self) -> int:
        """How many count: events, or the recipients who had them."""
        return len({one.recipient for one in self.events}) if self.rule.counts_recipients else len(self.events)

    @property
    def met(self) -> bool:
        """Whether there are as many as the protocol allows at most, or more."""
        return self.reached >= self.rule.count


def counts(rule: StoppingRule, event: Counted) -> bool:
    """Whether a rule counts this event."""
    if event.grade < rule.grade_least or (rule.serious and not event.serious):
        return False
    if rule.days_of_infusion is not None and not _soon_after(event, rule.days_of_infusion):
        return False
    if not rule.related or suspected(event.relatedness):
        return True
    return rule.counts_unassessed and not event.assessed


def _soon_after(event: Counted, days: int) -> bool:
    return event.infused_at is not None and event.onset_at - event.infused_at <= timedelta(days=days)


def tally(rule: StoppingRule, events: Sequence[Counted]) -> Tally:
    """What a rule counts among all events of a study."""
    return Tally(rule, tuple(one for one in events if counts(rule, one)))


def newly_met(
    rules: Sequence[StoppingRule], before: Counted | None, after: Counted, others: Sequence[Counted]
) -> Tally | None:
    """The first rule that this event has now met, having counted for it neither before nor at a milder judgement.

    An event that counted already pauses nothing again: two people may have let the study go on knowing of it.
    """
    for rule in rules:
        if counts(rule, after) and not (before is not None and counts(rule, before)):
            found = tally(rule, [*others, after])
            if found.met:
                return found
    return None
