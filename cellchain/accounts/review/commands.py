"""A review opened, each line answered by somebody else, closed by QA's signature, and done by an administrator."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.models import AccessReview, ReviewLine
from cellchain.accounts.queries import PEOPLE_MAX
from cellchain.accounts.review import rules
from cellchain.accounts.review.models import REMARK_LENGTH
from cellchain.accounts.review.queries import HERE, LINE_OF, LINES, facts_of, open_review, stands
from cellchain.accounts.review.rules import REVIEW, LineAnswer, LineFacts, ReviewPhase
from cellchain.accounts.sessions.commands import NoOrder
from cellchain.identity.codes import PersonCode
from cellchain.kernel.canonical import Json
from cellchain.kernel.canonical import moment as in_words
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx

CLOSED = "accounts:access_review:closed"


class ReviewResult(CommandResult):
    """A review, and how many accounts it looks at."""

    review: int
    lines_count: int


@command(event="accounts:access_review:opened")
def open_access_review(tx: CommandTx, by: Actor, order: NoOrder) -> ReviewResult:
    """Open a review: every account that was not closed becomes a line, as it is now.

    Raises Refused `access_review.open_already`.
    """
    rules.may_open(is_open=open_review(tx) is not None)
    people = tx.many(HERE, limit=PEOPLE_MAX)
    review = tx.add(
        AccessReview(phase=ReviewPhase.OPEN, opened_by=by.person, opened_at=tx.now, lines_count=len(people))
    )
    tx.add_all([ReviewLine(review=review.id or 0, person=one.code, facts=facts_of(tx, one)) for one in people])
    tx.about(str(review.id))
    return ReviewResult(review=review.id or 0, lines_count=len(people))


class OfLine(Order):
    """Names the line of somebody in a review."""

    review: Annotated[int, Field(ge=1, title="Review")]
    person: Annotated[PersonCode, Field(title="Person")]


class ReviewAccess(OfLine):
    """What is to become of somebody's access."""

    answer: Annotated[LineAnswer, Field(title="Answer")]
    remark: Annotated[
        Text | None,
        Field(max_length=REMARK_LENGTH, title="Remark", description="What is to end or to change, and why."),
    ] = None


@command(event="accounts:access:reviewed", subject="person")
def review_access(tx: CommandTx, by: Actor, order: ReviewAccess) -> NoResult:
    """Answer one line; until the review is closed it may be answered anew.

    Raises NotFound, Refused `access_review.closed`, `.own_line`, `.remark_missing`.
    """
    review = tx.lock(AccessReview, order.review)
    line = _line(tx, order)
    rules.may_answer(review.phase, line.person, by.person, order.answer, order.remark)
    tx.change(line, answer=order.answer, remark=order.remark, answered_by=by.person, answered_at=tx.now)
    tx.note(review=order.review, answer=str(order.answer))
    return NoResult()


class CloseAccessReview(Order):
    """Names a review, and what its reader found."""

    review: Annotated[int, Field(ge=1, title="Review")]
    findings: Annotated[Text | None, Field(max_length=REMARK_LENGTH, title="Findings")] = None


def _signed_lines(tx: CommandTx, order: CloseAccessReview) -> Json:
    """What the signature binds: every line with what was seen, what was answered, by whom and when."""
    return [
        {
            "person": row.person,
            "facts": row.facts,
            "answer": None if row.answer is None else str(row.answer),
            "answered_by": row.answered_by,
            "answered_at": None if row.answered_at is None else in_words(row.answered_at),
        }
        for row, _ in tx.many(LINES, limit=PEOPLE_MAX, review=order.review)
    ]


@command(event=CLOSED, signature="I have read every line, and the answers are right", signs=_signed_lines)
def close_access_review(tx: CommandTx, by: Actor, order: CloseAccessReview) -> ReviewResult:
    """Close a review whose every line is answered. What it decided is then for an administrator to do.

    Raises NotFound, Refused `access_review.phase`, `.lines_open`, `.own_line`.
    """
    review = tx.lock(AccessReview, order.review)
    tx.about(str(review.id))
    phase = REVIEW.move("close", review.phase)
    rows = [row for row, _ in tx.many(LINES, limit=PEOPLE_MAX, review=order.review)]
    rules.may_close(LineFacts(row.person, row.answer, row.answered_by) for row in rows)
    tx.change(review, phase=phase, findings=order.findings, closed_by=by.person, closed_at=tx.now)
    tx.note(**{str(answer): sum(row.answer == answer for row in rows) for answer in LineAnswer})
    return ReviewResult(review=order.review, lines_count=len(rows))


class SettleReviewLine(OfLine):
    """What was done about somebody, as the review decided."""

    done: Annotated[Text, Field(min_length=3, max_length=REMARK_LENGTH, title="What was done")]


@command(event="accounts:access_review:settled", subject="person")
def settle_review_line(tx: CommandTx, by: Actor, order: SettleReviewLine) -> NoResult:
    """Record that what a closed review decided about somebody was done.

    Raises NotFound, Refused `access_review.nothing_to_do`, `.settled_already`, `.still_works`.
    """
    review = tx.lock(AccessReview, order.review)
    line = _line(tx, order)
    works, has_roles = stands(tx, line.person)
    is_settled = line.settled_at is not None
    rules.may_settle(review.phase, line.answer, is_settled=is_settled, works=works, has_roles=has_roles)
    tx.change(line, settled=order.done, settled_by=by.person, settled_at=tx.now)
    tx.note(review=order.review)
    return NoResult()


def _line(tx: CommandTx, order: OfLine) -> ReviewLine:
    """The line, held. Raises NotFound."""
    found = tx.one(LINE_OF, review=order.review, person=order.person)
    if found is None:
        raise NotFound(
            "access_review.no_line",
            "{key} has no line in this review. It may have been registered later.",
            key=order.person,
        )
    return tx.lock(ReviewLine, found.id)
