"""What a failure may be about besides its own lot: other lots of the same bank, materials and equipment, by trace."""

from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Result
from cellchain.quality.recalls.queries import lots_from
from cellchain.quality.rules import investigations as rules

ROOTS_MAX = 200


def lots_beside(tx: ReadTx, lot: str, result: int) -> dict[str, list[str]]:
    """Other lots, each with the codes of what it shares with this one."""
    found = [(root, lots_from(tx, root)) for root in _roots(tx, lot, result)[:ROOTS_MAX]]
    return rules.lots_beside(found, lot)


def _roots(tx: ReadTx, lot: str, result: int) -> list[str]:
    """Where a lot came from, what went into it, what it was made with and what read the test."""
    made_with = [edge.source for edge in manufacturing.edges_to(tx, [lot]) if edge.source.startswith("EQ")]
    used = [edge.source for edge in materials.edges_to(tx, [lot])]
    instrument = tx.get(Result, result).instrument
    roots = [*manufacturing.sources_of(tx, lot), *used, *made_with, *([] if instrument is None else [instrument])]
    return list(dict.fromkeys(roots))
