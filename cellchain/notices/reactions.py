"""The kinds of notice that an event raises, as reactions: told in the transaction in which it happened, or never."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from cellchain.ledger.registry import Order, Reaction
from cellchain.notices.commands import Notify, notify
from cellchain.notices.kinds import KINDS
from cellchain.notices.models import SUBJECT_LENGTH
from cellchain.notices.rules import Kind


def _order(kind: Kind, facts: Mapping[str, Any]) -> Order | None:
    if not kind.fits(facts):
        return None
    return Notify(kind=kind.key, subject=str(facts.get("subject") or "")[:SUBJECT_LENGTH])


def _of(kind: Kind) -> Callable[[Mapping[str, Any]], Order | None]:
    return partial(_order, kind)


REACTIONS: Sequence[Reaction] = tuple(Reaction(kind.event, notify, _of(kind)) for kind in KINDS if kind.event)
