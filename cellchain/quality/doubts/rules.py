"""What a sibling's final result means for a lot: nothing is released conditionally until QA has decided. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

HOLDS_MAX = timedelta(days=31)


class DoubtKind(StrEnum):
    """Why the result of a sibling is in the way."""

    FAILED = "failed"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Doubt:
    """A final result of `lot`, which came from the same bank, donation or passage, that failed or did not come."""

    result: int
    lot: str
    test: T
    kind: DoubtKind


@dataclass(frozen=True)
class Decided:
    """What QA decided about a doubt: for one lot or for all of the origin (None), and until when it holds."""

    result: int
    kind: DoubtKind
    lot: str | None
    expires_at: datetime

    def covers(self, doubt: Doubt, lot: str, now: datetime) -> bool:
        """Whether `lot` may be released in spite of a doubt. One that got worse is another doubt."""
        same = (self.result, self.kind) == (doubt.result, doubt.kind)
        return same and now < self.expires_at and self.lot in (None, lot)


def open_doubts(doubts: Iterable[Doubt], decided: Iterable[Decided], lot: str, now: datetime) -> tuple[Doubt, ...]:
    """The doubts that still stand between `lot` and its conditional release."""
    known = tuple(decided)
    return tuple(doubt for doubt in doubts if not any(one.covers(doubt, lot, now) for one in known))


def refusal(doubt: Doubt) -> Refused:
    """Why a doubt refuses a conditional release, naming the lot and the test."""
    if doubt.kind is DoubtKind.FAILED:
        return Refused(
            "lot.sibling_failed",
            "{test} of lot {lot}, from the same bank or passage, failed. QA decides on record before this is released.",
            test=doubt.test,
            lot=doubt.lot,
        )
    return Refused(
        "lot.sibling_overdue",
        "{test} of lot {lot}, from the same bank or passage, is overdue. QA decides on record before this is released.",
        test=doubt.test,
        lot=doubt.lot,
    )


def may_decide(doubt: Doubt | None, *, related: bool, involved: bool, expires_at: datetime, now: datetime) -> None:
    """A doubt that stands is decided by somebody who had no hand in either lot, for a time that ends."""
    if doubt is None:
        raise Refused("doubt.none", "This result neither failed nor is overdue. There is nothing to decide.")
    if not related:
        raise Refused("doubt.other_origin", "This lot does not come from the same bank or passage. Check its number.")
    if involved:
        raise Refused("doubt.involved", "You made or tested one of these lots. Somebody else has to decide about it.")
    if expires_at <= now:
        raise Invalid({"expires_at": T("The decision would have ended already. Enter a time that lies ahead.")})
    if expires_at - now > HOLDS_MAX:
        raise Invalid({"expires_at": T("A decision holds for 31 days at most. Enter an earlier time.")})
