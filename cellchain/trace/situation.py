"""What a person is waited for with, in words of how far it is, and the bags and harvests that several lines rest on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cellchain.bedside.infusions import queries as bedside
from cellchain.custody import queries as custody
from cellchain.donors import queries as donors
from cellchain.donors.rules.lifecycles import DonationPhase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotKind
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import DispositionPhase
from cellchain.trial import queries as trial

RECENT = timedelta(days=3)
SOON = timedelta(hours=2)
DAY = timedelta(days=1)
READY = frozenset({DispositionPhase.CONDITIONALLY_RELEASED, DispositionPhase.RELEASED})


@dataclass(frozen=True)
class Need:
    """One thing that waits for a person.

    status   the shape it is drawn with
    at       until when, or since when, in UTC; a plain day where no hour counts; None where nothing presses
    words    how far that is: "by, in 22 min"
    own      a title in the languages of its own document, beside the sentence; or None
    stage    the stop of the chain that it stands at
    """

    status: str
    at: datetime | date | None
    words: T
    sentence: T
    href: str
    action: T
    detail: T | str = ""
    own: Any = None
    stage: str = ""


@dataclass(frozen=True)
class BagClock:
    """A filled bag that still can be given. `start_by` is when its infusion has to run at the latest."""

    bag: str
    lot: str
    recipient: str | None
    made_at: datetime
    start_by: datetime
    expires_at: datetime
    at_ward: bool
    released: bool


@dataclass(frozen=True)
class Situation:
    """What several lines rest on, read once."""

    tx: ReadTx
    actor: Actor
    bags: Sequence[BagClock]
    marrow: Sequence[donors.DonationFacts]


def moment_of(tx: ReadTx, at: datetime | date | None) -> datetime:
    """A day ends at the site's midnight; what has no time comes last."""
    if at is None:
        return datetime.max.replace(tzinfo=UTC)
    return at if isinstance(at, datetime) else datetime.combine(at, time.max, tx.house.zone).astimezone(UTC)


# -- how far ---------------------------------------------------------------------------------------------------------


def until(tx: ReadTx, at: datetime | date) -> tuple[str, T]:
    """Shape and words of something that is due."""
    left = moment_of(tx, at) - tx.now
    if not isinstance(at, datetime):
        days = (at - tx.today).days
        if days == 0:
            return "now", T("by, today")
        return ("pend", T("by, in {days} d", days=days)) if days > 0 else ("stop", T("due, {days} d late", days=-days))
    if left < timedelta(0):
        return "stop", T("due, {left} late", left=-left) if -left < DAY else T("due, {days} d late", days=(-left).days)
    words = T("by, in {left}", left=left) if left < DAY else T("by, in {days} d", days=left.days)
    return "now" if left < SOON else "pend", words


def since(tx: ReadTx, at: datetime, status: str = "warn") -> tuple[str, T]:
    """Shape and words of something that waits."""
    gone = tx.now - at
    return status, T("since, {gone}", gone=gone) if gone < DAY else T("since, {days} d", days=gone.days)


# -- what several rest on --------------------------------------------------------------------------------------------


def live_bags(tx: ReadTx) -> list[BagClock]:
    """Filled bags of the last days that did not run and did not expire, what has to start first at the top."""
    found = []
    for lot in manufacturing.lots(tx):
        if lot.kind == LotKind.BANK or (lot.completed_at is not None and lot.completed_at < tx.now - RECENT):
            continue
        for container in manufacturing.containers_of(tx, lot.code):
            is_live = container.kind == ContainerKind.INFUSION_BAG and container.phase == ContainerPhase.FILLED
            if is_live and container.expires_at is not None and container.expires_at > tx.now:
                found.append(_bag(tx, lot, container, container.expires_at))
    return sorted((bag for bag in found if bag is not None), key=lambda bag: (bag.start_by, bag.bag))


def _bag(tx: ReadTx, lot: Any, container: Any, expires_at: datetime) -> BagClock | None:
    if bedside.infusion_of_bag(tx, container.code) is not None or custody.is_returned(tx, container.code):
        return None
    tie = trial.assignment_of(tx, container.code)
    study = None if tie is None else trial.study_of(tx, tie.recipient)
    least = timedelta(0) if study is None else timedelta(minutes=study.planned_minutes_least)
    disposition = quality.disposition_of(tx, lot.code)
    return BagClock(
        bag=container.code,
        lot=lot.code,
        recipient=None if tie is None else tie.recipient,
        made_at=container.made_at,
        start_by=expires_at - least,
        expires_at=expires_at,
        at_ward=custody.at_ward(tx, container.code),
        released=disposition is not None and disposition.phase in READY,
    )


def waiting_marrow(tx: ReadTx) -> list[donors.DonationFacts]:
    """Harvests that no laboratory has received or rejected yet."""
    lines = [
        line
        for line in donors.newest_donors(tx)
        if line.harvested_at is not None and line.harvested_at > tx.now - RECENT
    ]
    found = [
        one
        for line in lines
        for one in donors.donations_of(tx, line.profile.code)
        if one.phase is DonationPhase.HARVESTED
    ]
    return sorted(found, key=lambda donation: donation.process_by)
