"""What is always true of custody (architecture.md section 5, 2 and 4)."""

from typing import Any

from sqlmodel import col, select

from cellchain.custody.models import Destruction, Excursion, HandOver, Return, StoredAt
from cellchain.custody.rules import ExcursionPhase, HandOverPhase
from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ReadTx

_ALONE = select(HandOver.id).where(col(HandOver.taker) == col(HandOver.giver))
_UNSEEN = select(Destruction.id).where(col(Destruction.witness) == col(Destruction.performer))
_DESTROYED = select(Destruction).order_by(col(Destruction.id))
_STILL_THERE: Any = (
    select(Destruction.subject)
    .join(StoredAt, col(StoredAt.subject) == col(Destruction.subject))
    .where(col(StoredAt.removed_at).is_(None))
)
_OUT_AGAIN: Any = (
    select(Return.bag)
    .join(HandOver, col(HandOver.subject) == col(Return.bag))
    .where(col(HandOver.phase) == HandOverPhase.ACCEPTED, col(HandOver.offered_at) > col(Return.returned_at))
)
_SELF_ASSESSED = select(Excursion.id).where(
    col(Excursion.phase) == ExcursionPhase.ASSESSED, col(Excursion.assessed_by) == col(Excursion.noticed_by)
)


def _two_people(tx: ReadTx) -> list[str]:
    return (
        [f"hand-over {number} was taken by who gave it" for number in tx.every(_ALONE)]
        + [f"destruction {number} was witnessed by who performed it" for number in tx.every(_UNSEEN)]
        + [f"excursion {number} was assessed by who noticed it" for number in tx.every(_SELF_ASSESSED)]
    )


def _destroyed_is_gone(tx: ReadTx) -> list[str]:
    wrong = [f"{code} was destroyed and still stands somewhere" for code in tx.every(_STILL_THERE)]
    for row in tx.every(_DESTROYED):
        facts = manufacturing.find_container(tx, row.subject)
        if facts is None or facts.phase not in (ContainerPhase.DISCARDED, ContainerPhase.SPENT):
            wrong.append(f"{row.subject} was destroyed and is not discarded")
    return wrong


def _returned_stays_back(tx: ReadTx) -> list[str]:
    return [f"bag {code} was given out again after it came back" for code in tx.every(_OUT_AGAIN)]


INVARIANTS = (
    Invariant("custody.two_people", "Nobody hands over, destroys or assesses alone.", _two_people),
    Invariant("custody.destroyed", "What was destroyed is nowhere.", _destroyed_is_gone),
    Invariant("custody.returned", "A returned bag is not given out again.", _returned_stays_back),
)
