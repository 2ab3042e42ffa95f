"""What waits for a person because of a recall, an exercise or a late positive; and when one was practised last."""

from collections.abc import Iterator
from datetime import timedelta

from cellchain.kernel.text import T
from cellchain.quality.recalls import queries
from cellchain.quality.recalls.rules import Audience, RecallPhase
from cellchain.trace.situation import Need, Situation, since, until
from cellchain.web.format import grouped

ROWS_MAX = 40
# A recall that nobody practised for a year is one that nobody can rely on (EU GMP chapter 8: tested periodically).
PRACTISE_EVERY = timedelta(days=365)


def alerts(at: Situation) -> Iterator[Need]:
    """Alerts that wait for this person: a physician's own first, another's once they are overdue."""
    mine = queries.audiences(at.actor.roles)
    for row in queries.unread_alerts(at.tx)[:ROWS_MAX]:
        is_overdue = row.due_at < at.tx.now
        is_others = row.audience is Audience.PHYSICIAN and row.person != at.actor.person and not is_overdue
        if row.audience not in mine or row.raised_by == at.actor.person or is_others:
            continue
        status, words = until(at.tx, row.due_at)
        if row.late_positive is not None:
            lot = queries.late_positive(at.tx, row.late_positive).lot
            sentence = T("Acknowledge the late positive of lot {lot}.", lot=grouped(lot))
            href = f"/quality/late-positives/{row.late_positive}"
        else:
            name = T("Exercise: acknowledge recall {number}.") if row.exercise else T("Acknowledge recall {number}.")
            sentence = T(name.template, number=row.recall)
            href = f"/quality/recalls/{row.recall}"
        yield Need(status, row.due_at, words, sentence, href, T("Open"), T("Look at it, then acknowledge it."))


def unread(at: Situation) -> Iterator[Need]:
    """Alerts of others that are overdue, for QA to call them."""
    for row in queries.unread_alerts(at.tx)[:ROWS_MAX]:
        if row.due_at < at.tx.now and row.audience is not Audience.QA:
            status, words = until(at.tx, row.due_at)
            path = f"recalls/{row.recall}" if row.recall is not None else f"late-positives/{row.late_positive}"
            yield Need(
                status,
                row.due_at,
                words,
                T("Call them: an alert for a {role} is not acknowledged.", role=row.audience),
                f"/quality/{path}",
                T("Open"),
            )


def running(at: Situation) -> Iterator[Need]:
    """Recalls and exercises that are not closed."""
    for row in queries.open_recalls(at.tx)[:ROWS_MAX]:
        status, words = since(at.tx, row.started_at, "now")
        if row.is_exercise:
            sentence = T("Go on with exercise {number}.", number=row.id)
        elif row.phase is RecallPhase.SIGNED:
            sentence = T("Find what recall {number} called back, then close it.", number=row.id)
        else:
            sentence = T("Recall {number} is not signed: nothing is stopped.", number=row.id)
        yield Need(status, row.started_at, words, sentence, f"/quality/recalls/{row.id}", T("Open"))


def practice(at: Situation) -> Iterator[Need]:
    """That a recall has to be practised again, with the day of the last time."""
    last = queries.last_exercise_at(at.tx)
    if last is not None and at.tx.now - last < PRACTISE_EVERY:
        return
    due = None if last is None else last + PRACTISE_EVERY
    status, words = ("pend", T("waits")) if due is None else until(at.tx, due)
    never = T("It was never practised here.")
    detail = never if last is None else T("Last practised {day}.", day=at.tx.day_of(last))
    yield Need(status, due, words, T("Practise a recall."), "/quality/recall", T("Prepare"), detail)
