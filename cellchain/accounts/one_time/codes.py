"""Finding and ending somebody's one-time code."""

import hmac

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.one_time.models import OneTimeCode
from cellchain.accounts.one_time.rules import ONE_TIME, OneTimePhase
from cellchain.accounts.second_factor.rules import bare
from cellchain.ledger.tx import CommandTx
from cellchain.platform.db import ReadTx

LIVE_OF = select(OneTimeCode).where(
    col(OneTimeCode.person) == bindparam("person"), col(OneTimeCode.phase) == OneTimePhase.LIVE
)


def waiting_code(tx: ReadTx, person: str) -> OneTimeCode | None:
    """The code that somebody was given and may still use."""
    row = tx.one(LIVE_OF, person=person)
    return row if row is not None and tx.now < row.expires_at else None


def matching_code(tx: ReadTx, person: str, typed: str) -> OneTimeCode | None:
    """The same, if it is what was typed."""
    row = waiting_code(tx, person)
    return row if row is not None and hmac.compare_digest(row.digest, tx.fingerprint(bare(typed))) else None


def use_code(tx: CommandTx, row: OneTimeCode) -> None:
    """It was shown, and counts no second time."""
    held = tx.lock(OneTimeCode, row.id)
    tx.change(held, phase=ONE_TIME.move("use", held.phase), ended_at=tx.now)


def end_codes(tx: CommandTx, person: str) -> None:
    """A code of theirs that waits opens nothing any more."""
    row = tx.one(LIVE_OF, person=person)
    if row is not None:
        held = tx.lock(OneTimeCode, row.id)
        tx.change(held, phase=ONE_TIME.move("end", held.phase), ended_at=tx.now)
