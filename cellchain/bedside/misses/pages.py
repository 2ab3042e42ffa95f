"""The page of near misses: the list, the counts by cause, and how often the check was bypassed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.accounts import queries as accounts
from cellchain.bedside import queries as bedside
from cellchain.bedside.downtime.models import PaperEntry
from cellchain.bedside.misses import rules
from cellchain.bedside.misses.rules import Source
from cellchain.bedside.models import Check, Infusion
from cellchain.bedside.rules import Verdict
from cellchain.bedside.watch import queries as watch
from cellchain.bedside.words import name_of
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing

SINCE_DAYS = 365

# Every STOP there ever was, in the order in which they were made.
Said = TypeVar("Said")
MISSES = Listing(select(Check).where(col(Check.verdict) == Verdict.STOP), col(Check.id), day=col(Check.checked_at))
STOPS_SINCE: Any = (
    columns(col(Check.cause), col(Check.reasons), func.count())
    .where(col(Check.verdict) == Verdict.STOP, col(Check.id) >= bindparam("first"))
    .group_by(col(Check.cause), col(Check.reasons))
    .order_by(func.min(col(Check.id)))
)
# Checks are numbered as they come: by its number a year of stops is found among all of them.
FIRST_SINCE = select(Check.id).where(col(Check.checked_at) >= bindparam("since")).order_by(col(Check.checked_at))
CHECKS_SINCE = select(func.count()).select_from(Check).where(col(Check.checked_at) >= bindparam("since"))
INFUSIONS_SINCE = select(func.count()).select_from(Infusion).where(col(Infusion.started_at) >= bindparam("since"))
PAPER_SINCE = select(func.count()).select_from(PaperEntry).where(col(PaperEntry.started_at) >= bindparam("since"))


@dataclass(frozen=True)
class Miss:
    """One STOP, by its first reason."""

    check: int
    number: str
    at: datetime
    by: str
    bag: str | None
    recipient: str | None
    reason: T
    more: int
    cause: T
    is_said: bool


@dataclass(frozen=True)
class MissPage:
    """A year of the bedside: its near misses, by cause, and what was not checked here."""

    total: int
    checks: int
    by_cause: Sequence[tuple[T, int]]
    by_reason: Sequence[tuple[T, int]]
    by_source: Sequence[tuple[Source, int]]
    infusions: int
    on_paper: int
    unverified: Sequence[watch.Unverified]

    @property
    def bypassed_permille(self) -> int | None:
        """The share of infusions whose check was made on paper."""
        return rules.permille(self.on_paper, self.infusions)


def miss_page(tx: ReadTx) -> MissPage:
    """How the last year went."""
    since = tx.now - timedelta(days=SINCE_DAYS)
    first = tx.one(FIRST_SINCE, since=since)
    stops = [] if first is None else tx.every(STOPS_SINCE, first=first)
    return MissPage(
        total=sum(times for *_, times in stops),
        checks=tx.one(CHECKS_SINCE, since=since) or 0,
        by_cause=_counted((rules.cause_words(cause), times) for cause, _, times in stops),
        by_reason=_counted((name_of(reasons[0]), times) for _, reasons, times in stops),
        by_source=_most((rules.source_of(cause, reasons[0]), times) for cause, reasons, times in stops),
        infusions=tx.one(INFUSIONS_SINCE, since=since) or 0,
        on_paper=tx.one(PAPER_SINCE, since=since) or 0,
        unverified=watch.unverified(tx),
    )


def lines(tx: ReadTx, rows: Sequence[Check]) -> list[Miss]:
    """Rows of the list of near misses as they are shown."""
    return [_miss(tx, row) for row in rows]


def _miss(tx: ReadTx, row: Check) -> Miss:
    return Miss(
        check=row.id or 0,
        number=bedside.near_miss_number(row),
        at=row.checked_at,
        by=accounts.display_name(tx, row.checked_by),
        bag=row.bag,
        recipient=row.recipient,
        reason=name_of(row.reasons[0]),
        more=len(row.reasons) - 1,
        cause=rules.cause_words(row.cause),
        is_said=row.cause is not None,
    )


def _most(found: Iterable[tuple[Said, int]]) -> list[tuple[Said, int]]:
    """How often each was found, the most frequent first."""
    count: Counter[Said] = Counter()
    for one, times in found:
        count[one] += times
    return count.most_common()


def _counted(said: Iterable[tuple[T, int]]) -> list[tuple[T, int]]:
    """How often each was said, the most frequent first. Texts are told apart by their words."""
    found = list(said)
    words = {one.template: one for one, _ in found}
    return [(words[template], times) for template, times in _most((one.template, times) for one, times in found)]
