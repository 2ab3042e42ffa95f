"""The line of mails: how they get into it, and every step that the worker takes with one.

The steps lie outside the ledger, one small transaction each; what they move is said by `rules.MAIL`.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.notices.models import SENTENCE_LENGTH, Mail
from cellchain.notices.rules import MAIL, Delivery, MailAbout, wait_after
from cellchain.platform.db import ReadTx
from cellchain.platform.write import WriteTx

BATCH_MAX = 100
ID_BYTES = 16

DUE = (
    select(Mail)
    .where(Mail.delivery == Delivery.QUEUED, col(Mail.next_at) <= bindparam("now"))
    .order_by(col(Mail.next_at), col(Mail.id))
)
CLAIMED = (
    select(Mail).where(Mail.id == bindparam("id_"), Mail.delivery == Delivery.QUEUED).with_for_update(skip_locked=True)
)
SENDING = select(Mail).where(Mail.delivery == Delivery.SENDING).order_by(col(Mail.id))


def enter(
    tx: WriteTx,
    about: MailAbout,
    person: str,
    *,
    notice: int | None = None,
    day: date | None = None,
    late_count: int | None = None,
    due_count: int | None = None,
) -> Mail:
    """Put a mail into line, in the transaction that it tells of."""
    return tx.add(
        Mail(
            about=about,
            notice=notice,
            person=person,
            day=day,
            late_count=late_count,
            due_count=due_count,
            delivery=Delivery.QUEUED,
            attempts_count=0,
            queued_at=tx.now,
            next_at=tx.now,
        )
    )


def due(tx: ReadTx) -> Mail | None:
    """The mail whose turn it is."""
    found = tx.many(DUE, limit=1, now=tx.now)
    return found[0] if found else None


def begin(tx: WriteTx, mail: Mail, host: str) -> Mail | None:
    """Record an attempt before its first byte leaves; None where somebody was quicker."""
    if not tx.many(CLAIMED, limit=1, id_=mail.id):
        return None
    held = tx.lock(Mail, mail.id)
    named = held.message_id or f"<{tx.random_bytes(ID_BYTES).hex()}@{host}>"
    return _move(
        tx, held, "begin", attempts_count=held.attempts_count + 1, started_at=tx.now, ended_at=None, message_id=named
    )


def finish(tx: WriteTx, mail: Mail) -> None:
    """The server has taken it."""
    _end(tx, mail, "finish", problem=None, detail=None)


def put_back(tx: WriteTx, mail: Mail, problem: str, detail: str) -> None:
    """It certainly or possibly did not arrive: the mail waits and is sent again, under the same Message-ID."""
    _end(tx, mail, "put_back", problem=problem, detail=_cut(detail), next_at=tx.now + wait_after(mail.attempts_count))


def refuse(tx: WriteTx, mail: Mail, problem: str, detail: str) -> None:
    """The server will never take it as it is: a person sees what it said, and decides."""
    _end(tx, mail, "refuse", problem=problem, detail=_cut(detail))


def cancel(tx: WriteTx, mail: Mail) -> None:
    """Nobody is there to be written to any more."""
    _end(tx, mail, "cancel", problem=None, detail=None)


def retry(tx: WriteTx, held: Mail) -> Mail:
    """A person wants a refused mail sent again."""
    return _move(tx, held, "retry", next_at=tx.now, ended_at=None, problem=None, detail=None)


def recover(tx: WriteTx, older_than: timedelta) -> int:
    """Attempts whose process is gone go back into line; gives their number."""
    lost = [
        mail
        for mail in tx.many(SENDING, limit=BATCH_MAX)
        if mail.started_at is None or mail.started_at + older_than <= tx.now
    ]
    for mail in lost:
        _end(tx, mail, "put_back", problem="ended", detail=None, next_at=tx.now)
    return len(lost)


def _cut(sentence: str) -> str | None:
    """What a server said, on one line and no longer than its column."""
    return " ".join(sentence.split())[:SENTENCE_LENGTH] or None


def _end(tx: WriteTx, mail: Mail, verb: str, **values: Any) -> None:
    """Write how an attempt ended, unless another one has begun meanwhile."""
    held = tx.lock(Mail, mail.id)
    if held.attempts_count == mail.attempts_count and held.delivery in MAIL.moves[verb].sources:
        _move(tx, held, verb, ended_at=tx.now, **values)


def _move(tx: WriteTx, held: Mail, verb: str, **values: Any) -> Mail:
    return tx.change(held, delivery=MAIL.move(verb, held.delivery), **values)
