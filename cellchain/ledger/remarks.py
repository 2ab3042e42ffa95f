"""The entries about some things that somebody who reviews them has to see: refused, late, or typed by hand."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_
from sqlalchemy import select as columns

from cellchain.identity.codes import Identifier, Kind
from cellchain.kernel.canonical import Json
from cellchain.kernel.values import dataclass
from cellchain.ledger.models import Entry
from cellchain.ledger.registry import Order
from cellchain.platform.db import ReadTx

REFUSED = ":refused"
ASKED_AT_ONCE = 25  # so many things one question names
# Material lots and machines: a bag or a recipient beside a refusal might tell somebody's arm.
NAMED = frozenset({Kind.MATERIAL_LOT.value, Kind.EQUIPMENT.value})

_columns: Any = Entry
_ABOUT = or_(*(_columns.subject == bindparam(f"subject_{at}") for at in range(ASKED_AT_ONCE)))
# A late act has to give its reason, so an entry without one happened when it was made.
_REMARKS: Any = (
    columns(
        _columns.seq,
        _columns.at,
        _columns.event,
        _columns.actor,
        _columns.subject,
        _columns.reason,
        _columns.body,
    )
    .where(
        _ABOUT,
        or_(
            _columns.event.like(f"%{REFUSED}"),
            _columns.reason.is_not(None),
            _columns.body.like('%"capture":"typed"%'),
        ),
    )
    .order_by(_columns.seq)
)
_ACTS: Any = columns(_columns.event, func.count(_columns.seq)).where(_ABOUT).group_by(_columns.event)


@dataclass(frozen=True)
class Remark:
    """One such entry. `event` is the act that was meant; `code` says why it was refused, and is None where it was done.

    things         material lots and machines that the refused order named
    typed_because  the fields whose codes were typed by hand, each with the reason
    """

    seq: int
    at: datetime
    happened_at: datetime
    event: str
    actor: str
    subject: str | None
    reason: str | None
    code: str | None
    things: tuple[str, ...]
    typed_because: dict[str, str]


def remarks_on(tx: ReadTx, subjects: Sequence[str]) -> list[Remark]:
    """The entries about these things that were refused, gave a reason or say that a code was typed, in their order."""
    found = [_remark(*row) for slots in _slots(subjects) for row in tx.every(_REMARKS, **slots)]
    return sorted(found, key=lambda one: one.seq)


def acts_count(tx: ReadTx, subjects: Sequence[str], made_by: tuple[str, ...]) -> int:
    """How many entries of these capabilities there are about these things, refused attempts aside."""
    counted = [row for slots in _slots(subjects) for row in tx.every(_ACTS, **slots)]
    return sum(count for event, count in counted if event.startswith(made_by) and not event.endswith(REFUSED))


def named_in(order: Order) -> dict[str, Json]:
    """What a refused order says of itself in the ledger: the things it named that nobody can be recognised by."""
    values = [getattr(order, name) for name in type(order).model_fields]
    things = [str(value) for value in values if isinstance(value, Identifier) and value[:2] in NAMED]
    return {"things": list[Json](things)} if things else {}


def _slots(subjects: Sequence[str]) -> list[dict[str, str | None]]:
    parts = [subjects[first : first + ASKED_AT_ONCE] for first in range(0, len(subjects), ASKED_AT_ONCE)]
    return [{f"subject_{at}": part[at] if at < len(part) else None for at in range(ASKED_AT_ONCE)} for part in parts]


def _remark(
    seq: int, at: datetime, event: str, actor: str, subject: str | None, reason: str | None, body: str
) -> Remark:
    said = json.loads(body)
    facts = said["facts"]
    return Remark(
        seq=seq,
        at=at,
        happened_at=datetime.fromisoformat(said["happened_at"]),
        event=event.removesuffix(REFUSED),
        actor=actor,
        subject=subject,
        reason=reason,
        code=facts.get("code") if event.endswith(REFUSED) else None,
        things=tuple(facts.get("things", ())),
        typed_because=_because(facts.get("typed_because")),
    )


def _because(said: Any) -> dict[str, str]:
    """A form says it field by field, a single scan in one word."""
    return dict(said) if isinstance(said, dict) else {"": str(said)} if said else {}
