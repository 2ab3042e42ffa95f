"""Which bags wait unverified at a ward, since when, and who was told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.bedside.downtime import queries as downtime
from cellchain.bedside.models import Check
from cellchain.bedside.rules import Verdict
from cellchain.bedside.watch import rules
from cellchain.bedside.watch.rules import LEVELS, Level, Patience, Told
from cellchain.custody import wards
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.notices import queries as notices
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial

MATCHED_SINCE = (
    select(func.count())
    .select_from(Check)
    .where(Check.bag == bindparam("bag"), Check.verdict == Verdict.MATCH, col(Check.checked_at) >= bindparam("since"))
)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A bag that a ward took over and nobody has matched since. `overdue`: longer than the study bears.

    `on_paper`: its ward works on paper now, so it may be given and cannot be matched. It is told all the same.
    """

    bag: str
    recipient: str
    location: str
    since: datetime
    told: tuple[Told, ...]
    patience: Patience
    overdue: bool
    on_paper: bool = False

    @property
    def waits_for(self) -> Level | None:
        """Who was told last."""
        return LEVELS[len(self.told) - 1] if self.told else None

    @property
    def next_at(self) -> datetime | None:
        """When the next one is told; None where everybody was."""
        return None if len(self.told) >= len(LEVELS) else rules.due_at(self.since, self.told, self.patience)


@dataclass(frozen=True, slots=True)
class Alarm:
    """That somebody is to be told of a bag now. `occasion` makes it the same at the next look, and after a restart."""

    level: Level
    bag: str
    occasion: str


def unverified(tx: ReadTx) -> list[Unverified]:
    """Every bag that waits unverified, the longest first."""
    found = []
    for held in wards.bags_at_wards(tx):
        facts, tie = manufacturing.bag_facts(tx, held.subject), trial.assignment_of(tx, held.subject)
        is_to_use = facts is not None and facts.phase == "filled" and facts.expires_at > tx.now
        if tie is None or not is_to_use or tx.one(MATCHED_SINCE, bag=held.subject, since=held.since):
            continue
        bedside = trial.study_of(tx, tie.recipient).bedside
        patience = Patience(
            timedelta(minutes=bedside.unverified_minutes), timedelta(minutes=bedside.unverified_step_minutes)
        )
        told = tuple(_told(tx, held.subject, held.since))
        overdue = tx.now >= held.since + patience.first
        paper = downtime.on_paper(tx, held.location)
        found.append(Unverified(held.subject, tie.recipient, held.location, held.since, told, patience, overdue, paper))
    return sorted(found, key=lambda one: (one.since, one.bag))


def alarms(tx: ReadTx) -> Iterator[Alarm]:
    """Whom to tell now."""
    for one in unverified(tx):
        level = rules.next_level(one.since, one.told, one.patience, tx.now)
        if level is not None:
            yield Alarm(level, one.bag, _occasion(one.bag, one.since, level))


def _told(tx: ReadTx, bag: str, since: datetime) -> Iterator[Told]:
    """Who was told of it, in their order: kept with the notices, so that a restart forgets nothing."""
    for level in LEVELS:
        known = notices.when_told(tx, _occasion(bag, since, level))
        if known is None:
            return
        yield Told(*known)


def _occasion(bag: str, since: datetime, level: Level) -> str:
    return f"unverified:{bag}:{since:%Y%m%dT%H%M%SZ}:{level}"
