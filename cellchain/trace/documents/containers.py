"""A container as a part of the document: what it was made from, where everything in it went, what was found in it."""

from typing import Any

from cellchain.ledger.edges import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.balances import queries as balances
from cellchain.manufacturing.balances.queries import Amounts, CheckFacts, LossFacts
from cellchain.manufacturing.describe import title_of
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.queries import CONTAINERS
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import Voice

Told = dict[str, Any]


def told(tx: ReadTx, row: ContainerFacts, voice: Voice) -> Told:
    """One container with its book."""
    came_from = [edge for edge in manufacturing.edges_to(tx, [row.code]) if edge.source[:2] in CONTAINERS]
    went_to = [edge for edge in manufacturing.edges_from(tx, [row.code]) if edge.target[:2] in CONTAINERS]
    return {
        **vars(row),
        "title": voice.say(title_of(row)),
        "phase_words": voice.say(voice.show(row.phase)),
        "came_from": [{"code": edge.source, **_how(edge, voice)} for edge in came_from],
        "went_to": [{"code": edge.target, **_how(edge, voice)} for edge in went_to],
        "balance": _balance(tx, row.code, voice),
    }


def _how(edge: Edge, voice: Voice) -> Told:
    return {
        "how": edge.kind,
        "how_words": voice.say(voice.show(edge.kind)),
        "at": edge.at,
        "cells_count": edge.cells_count,
    }


def _balance(tx: ReadTx, code: str, voice: Voice) -> Told:
    """What was made and grew is the sum of what was drawn, sampled, wasted and given, and of what is left."""
    book = balances.book_of(tx, code)
    lines = ("made", "drawn", "sampled", "wasted", "given", "left")
    return {
        **{name: _amounts(getattr(book, name)) for name in lines},
        "grown_count": book.grown_count,
        "losses": [_loss(loss, voice) for loss in book.losses],
        "checks": [_check(check, voice) for check in book.checks],
    }


def _amounts(amounts: Amounts) -> Told:
    return {"cells_count": amounts.cells_count, "volume_ul": amounts.volume_ul}


def _loss(loss: LossFacts, voice: Voice) -> Told:
    return {**vars(loss), "kind_words": voice.say(voice.show(loss.kind))}


def _check(check: CheckFacts, voice: Voice) -> Told:
    return {**vars(check), "quantity_words": voice.say(voice.show(check.quantity))}
