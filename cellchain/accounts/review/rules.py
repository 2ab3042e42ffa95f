"""When a review of access is opened, answered, closed and settled. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

DAYS_BETWEEN = 180
SOON = timedelta(days=14)


class ReviewPhase(Phase):
    OPEN = "open"
    CLOSED = "closed"


class LineAnswer(StrEnum):
    """What the reviewer says about an account: it stays as it is, it ends, or something about it changes."""

    KEEP = "keep"
    END = "end"
    CHANGE = "change"

    @property
    def label(self) -> T:
        """As the form and the lines say it."""
        return _SAID[self]


_SAID = {
    LineAnswer.KEEP: T("Keep as it is"),
    LineAnswer.END: T("End the access"),
    LineAnswer.CHANGE: T("Change something"),
}


REVIEW = Lifecycle(
    "access_review",
    first=ReviewPhase.OPEN,
    moves={"close": ([ReviewPhase.OPEN], ReviewPhase.CLOSED)},
    final=[ReviewPhase.CLOSED],
)


@dataclass(frozen=True)
class LineFacts:
    """A line as the rules see it: whose account, and what was said about it by whom."""

    person: str
    answer: LineAnswer | None
    answered_by: str | None


def due_on(last_closed: date | None, first_day: date | None, days_between: int) -> date | None:
    """When the next review is to be done: so many days after the last, or after the house began. None: nobody is
    here."""
    begun = last_closed or first_day
    return None if begun is None else begun + timedelta(days=days_between)


def may_open(*, is_open: bool) -> None:
    """Raises Refused where a review is under way."""
    if is_open:
        raise Refused("access_review.open_already", "A review of access is open already. Close that one first.")


def may_answer(phase: str, person: str, by: str, answer: LineAnswer, remark: str | None) -> None:
    """Whether `by` may answer the line of `person`. Raises Refused."""
    if phase != ReviewPhase.OPEN:
        raise Refused("access_review.closed", "This review is closed and signed. Open the next one.")
    if person == by:
        raise Refused("access_review.own_line", "Nobody reviews their own access. Another person answers this line.")
    if answer != LineAnswer.KEEP and not remark:
        raise Refused("access_review.remark_missing", "A remark is missing. Say what is to end or to change, and why.")


def may_close(lines: Iterable[LineFacts]) -> None:
    """Raises Refused where a line has no answer, or its answer is its own person's."""
    every = list(lines)
    waiting = sum(line.answer is None for line in every)
    if waiting:
        raise Refused(
            "access_review.lines_open", "Lines without an answer: {count}. Answer them before you sign.", count=waiting
        )
    if any(line.answered_by == line.person for line in every):
        raise Refused("access_review.own_line", "Nobody reviews their own access. Another person answers this line.")


def may_settle(phase: str, answer: LineAnswer | None, *, is_settled: bool, works: bool, has_roles: bool) -> None:
    """Whether what was decided about a line is done. Raises Refused."""
    if phase != ReviewPhase.CLOSED or answer in (None, LineAnswer.KEEP):
        raise Refused(
            "access_review.nothing_to_do", "This review asks for nothing about this person. Look at its lines."
        )
    if is_settled:
        raise Refused(
            "access_review.settled_already",
            "Somebody has recorded already that this was done. Reload the page to see it.",
        )
    if answer == LineAnswer.END and works and has_roles:
        raise Refused(
            "access_review.still_works",
            "This person still works here. Close or lock the account, or revoke the roles, then record it.",
        )
