"""The page of near misses: the list, the counts by cause, and how often the check was bypassed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam
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

LISTED_MAX = 200
SINCE_DAYS = 365

STOPS_SINCE = (
    select(Check)
    .where(Check.verdict == Verdict.STOP, col(Check.checked_at) >= bindparam("since"))
    .order_by(col(Check.id).desc())
)
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

    misses: Sequence[Miss]
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
    """Everything of the last year; the list shows the latest."""
    since = tx.now - timedelta(days=SINCE_DAYS)
    stops = tx.every(STOPS_SINCE, since=since)
    return MissPage(
        misses=[_miss(tx, row) for row in stops[:LISTED_MAX]],
        total=len(stops),
        checks=tx.one(CHECKS_SINCE, since=since) or 0,
        by_cause=_counted(rules.cause_words(row.cause) for row in stops),
        by_reason=_counted(name_of(row.reasons[0]) for row in stops),
        by_source=Counter(rules.source_of(row.cause, row.reasons[0]) for row in stops).most_common(),
        infusions=tx.one(INFUSIONS_SINCE, since=since) or 0,
        on_paper=tx.one(PAPER_SINCE, since=since) or 0,
        unverified=watch.unverified(tx),
    )


def _miss(tx: ReadTx, row: Check) -> Miss:
    return Miss(
        check=row.id or 0,
        number=bedside.near_miss_number(tx, row),
        at=row.checked_at,
        by=accounts.display_name(tx, row.checked_by),
        bag=row.bag,
        recipient=row.recipient,
        reason=name_of(row.reasons[0]),
        more=len(row.reasons) - 1,
        cause=rules.cause_words(row.cause),
        is_said=row.cause is not None,
    )


def _counted(said: Iterable[T]) -> list[tuple[T, int]]:
    """How often each was said, the most frequent first. Texts are told apart by their words."""
    words: dict[str, T] = {}
    count: Counter[str] = Counter()
    for one in said:
        words[one.template] = one
        count[one.template] += 1
    return [(words[template], times) for template, times in count.most_common()]
