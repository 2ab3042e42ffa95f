"""Erasing a personal value, its salt, and what the machine kept of it, while the chain stays whole (decision 0034).

The entry that wrote it holds a commitment, which nobody can open without the salt. In the place of the cell stands a
black bar, which is written like any change: replay proves that it is what a signed redaction put there.
"""

import json

from sqlalchemy import BigInteger, Table, bindparam, cast, func, literal
from sqlalchemy import select as select_of
from sqlmodel import col, select

from cellchain.kernel.errors import NotFound, Refused
from cellchain.ledger.answers import refused_text
from cellchain.ledger.forgetting import FORGET
from cellchain.ledger.models import Entry, Request
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.verify import REDACTED_ENTRY
from cellchain.platform.db import ReadTx

ANSWERS_MAX = 1_000
_ANSWERS = select(Request.request_id).where(col(Request.answer).like(bindparam("pattern"), escape="\\"))
_MAY_UPDATE = select_of(func.has_table_privilege(literal(Entry.__tablename__), literal("UPDATE")))
_MAY_FORGET = select_of(func.to_regprocedure(literal(f"{FORGET}(bigint)")).is_not(None))
_FORGET = select_of(getattr(func, FORGET)(cast(bindparam("seq"), BigInteger)))
ERASED_ANSWER = Refused(
    "request.erased", "What this request answered held a value that was erased since. Look at the record itself."
)


def stands(tx: ReadTx, table: Table, key: object, field: str, commitment: str) -> bool:
    """Whether the cell still is the one that an entry committed to."""
    cell = tx.cell(table, key, field)
    return cell is not None and cell.commitment == commitment


def forget(tx: CommandTx, table: Table, key: object, field: str) -> None:
    """Erase a cell. Raises NotFound where there is none any more."""
    value = tx.erase(table, key, field)
    _forget_answers(tx, value)


def forget_reason(tx: CommandTx, seq: int) -> None:
    """Erase the reason that was given for an entry.

    The role that serves over PostgreSQL does it through a function of the owner's. Raises NotFound where there is none
    any more, Refused `redaction.ledger_is_closed` where that function was never made.
    """
    reason = tx.get(Entry, seq).reason
    if reason is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=str(seq))
    if tx.is_sqlite or tx.one(_MAY_UPDATE):
        tx.set_outside(Entry, seq, reason=None)
    elif tx.one(_MAY_FORGET):
        tx.one(_FORGET, seq=seq)
    else:
        raise Refused(
            "redaction.ledger_is_closed",
            "The role that serves here may not erase this reason yet. Ask the administrator to run "
            "`cellchain migrate` with the migration role, and repeat.",
        )
    tx.note(**{REDACTED_ENTRY: seq})
    tx.leave_no_trace()
    _forget_answers(tx, reason)


def _forget_answers(tx: CommandTx, value: str) -> None:
    """Answers are kept for thirty days, and one may repeat what was entered."""
    for spelling in {json.dumps(value, ensure_ascii=plain)[1:-1] for plain in (True, False)}:
        pattern = "".join(f"\\{one}" if one in "\\%_" else one for one in spelling)
        for request in tx.many(_ANSWERS, limit=ANSWERS_MAX, pattern=f"%{pattern}%"):
            tx.set_outside(Request, request, done=False, answer=refused_text(ERASED_ANSWER))
