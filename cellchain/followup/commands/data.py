"""Questions about data, and the lock that closes a study's data for analysis."""

from typing import Annotated

from pydantic import Field

from cellchain.followup import queries, rules, statements
from cellchain.followup.commands.common import Note, Recipient, open_to_change
from cellchain.followup.lifecycles import DATA_LOCK, QUERY, LockPhase, QueryPhase
from cellchain.followup.models import DataLock, Query, Visit
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.commands.studies import StudyCode


class RaiseQuery(Order):
    """A question about a recipient's data."""

    recipient: Recipient
    question: Annotated[Note, Field(title="Question")]
    visit: Annotated[int | None, Field(ge=1, title="About visit")] = None


class QueryResult(CommandResult):
    """A question and where it stands."""

    query: int
    recipient: str
    phase: str


@command(event="followup:query:raised", subject="recipient")
def raise_query(tx: CommandTx, by: Actor, order: RaiseQuery) -> QueryResult:
    """Ask about a recipient's data. A question changes nothing: an answer, or a correction, does."""
    open_to_change(tx, order.recipient)
    if order.visit is not None and tx.get(Visit, order.visit).recipient != order.recipient:
        raise Refused("query.not_their_visit", "That visit is another recipient's. Ask from the right page.")
    row = tx.add(
        Query(
            subject=order.recipient,
            visit=order.visit,
            question=order.question,
            asked_by=by.person,
            asked_at=tx.now,
            phase=QueryPhase.OPEN,
        )
    )
    return QueryResult(query=row.id or 0, recipient=row.subject, phase=row.phase)


class AnswerQuery(Order):
    """An answer to a question about data."""

    query: Annotated[int, Field(ge=1, title="Question")]
    answer: Annotated[Note, Field(title="Answer")]


@command(event="followup:query:answered")
def answer_query(tx: CommandTx, by: Actor, order: AnswerQuery) -> QueryResult:
    """Answer a question. Who asks decides whether that settles it."""
    row = tx.lock(Query, order.query)
    tx.about(row.subject)
    open_to_change(tx, row.subject)
    row = tx.change(
        row,
        phase=QUERY.move("answer_query", row.phase),
        answer=order.answer,
        answered_by=by.person,
        answered_at=tx.now,
    )
    return QueryResult(query=row.id or 0, recipient=row.subject, phase=row.phase)


class CloseQuery(Order):
    """A question about data that is settled: by its answer, or because it was none."""

    query: Annotated[int, Field(ge=1, title="Question")]


@command(event="followup:query:closed")
def close_query(tx: CommandTx, by: Actor, order: CloseQuery) -> QueryResult:
    """Close a question: the answer is enough, or the question was a mistake. A further one is asked anew."""
    row = tx.lock(Query, order.query)
    tx.about(row.subject)
    open_to_change(tx, row.subject)
    row = tx.change(row, phase=QUERY.move("close_query", row.phase), closed_by=by.person, closed_at=tx.now)
    return QueryResult(query=row.id or 0, recipient=row.subject, phase=row.phase)


class LockData(Order):
    """A study whose data are complete."""

    study: StudyCode


class LockResult(CommandResult):
    """A lock and where it stands."""

    lock: int
    study: str
    phase: str


@command(
    event="followup:data:locked",
    subject="study",
    signature="The data of this study are complete. I lock them for analysis.",
)
def lock_data(tx: CommandTx, by: Actor, order: LockData) -> LockResult:
    """Lock a study's data: every visit recorded or explained, every question closed."""
    trial.study_definition(tx, order.study)
    known = {facts.code for facts in trial.recipients(tx, order.study)}
    rules.may_lock(
        locked=queries.is_locked(tx, order.study),
        open_visits=sum(recipient in known for recipient in tx.every(statements.VISITS_PLANNED)),
        open_queries=sum(row.subject in known for row in tx.every(statements.QUERIES_OPEN)),
    )
    row = tx.add(DataLock(study=order.study, locked_by=by.person, locked_at=tx.now, phase=LockPhase.LOCKED))
    return LockResult(lock=row.id or 0, study=row.study, phase=row.phase)


class UnlockData(Order):
    """Why locked data have to change after all."""

    study: StudyCode
    why: Annotated[Note, Field(title="Why")]


@command(
    event="followup:data:unlocked",
    subject="study",
    signature="These data have to change after they were locked, for the reason I give.",
)
def unlock_data(tx: CommandTx, by: Actor, order: UnlockData) -> LockResult:
    """Lift the lock, with the reason. The lock that stood stays on record."""
    standing = tx.one(statements.STANDING_LOCK, study=order.study)
    if standing is None:
        raise Refused("data.not_locked", "The data of this study are not locked. Nothing was changed.")
    held = tx.lock(DataLock, standing.id)
    held = tx.change(
        held,
        phase=DATA_LOCK.move("unlock_data", held.phase),
        unlocked_by=by.person,
        unlocked_at=tx.now,
        reason=order.why,
    )
    return LockResult(lock=held.id or 0, study=held.study, phase=held.phase)
