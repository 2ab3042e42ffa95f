"""What keeps bags and lots from being used, for many of them at once, as far as a graph says it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.donors import queries as donors
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import ContainerSketch
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Disposition, Hold
from cellchain.quality.recalls.queries import recalled_among
from cellchain.quality.rules.lifecycles import DispositionPhase, HoldPhase

RECALLED, ON_HOLD, EXPIRED = "recalled", "on_hold", "expired"
_RECALLED = DispositionPhase.RECALLED
_PHASE_OF = select(Disposition.phase).where(col(Disposition.lot) == bindparam("lot"))
_HELD: Any = select(Hold.id).where(col(Hold.subject) == bindparam("subject"), col(Hold.phase) == HoldPhase.PLACED)


def phases_of(tx: ReadTx, lots: Sequence[str]) -> dict[str, DispositionPhase]:
    """The disposition of each of many lots that quality has heard of."""
    return {lot: phase for phase, lot in tx.rows(_PHASE_OF, "lot", lots)}


def stops(tx: ReadTx, containers: Mapping[str, ContainerSketch]) -> dict[str, str]:
    """What keeps each filled bag from its recipient: the recall before the hold, the hold before the expiry.

    `standing` says of one bag everything that speaks against it; this says of many the first of three. A bag that is
    left out is not stopped by any of them.
    """
    filled = [(code, row.lot or "", row.expires_at) for code, row in containers.items() if row.is_filled_bag]
    lots, bags = _once(lot for _, lot, _ in filled), [code for code, _, _ in filled]
    above = {lot: (lot, *behind) for lot, behind in origins_of_each(tx, lots).items()}
    origins = _once(one for found in above.values() for one in found)
    phases = phases_of(tx, [one for one in origins if one.startswith("LT")])
    recalled = {*recalled_among(tx, bags), *(lot for lot, phase in phases.items() if phase is _RECALLED)}
    held = set(tx.each(_HELD, "subject", [*bags, *origins]))
    stopped = {lot: not recalled.isdisjoint(found) for lot, found in above.items()}
    paused = {lot: not held.isdisjoint(found) for lot, found in above.items()}
    stops_of: dict[str, str] = {}
    for code, lot, expires_at in filled:
        if stopped[lot] or code in recalled:
            stops_of[code] = RECALLED
        elif paused[lot] or code in held:
            stops_of[code] = ON_HOLD
        elif expires_at is not None and expires_at <= tx.now:
            stops_of[code] = EXPIRED
    return stops_of


def origins_of_each(tx: ReadTx, lots: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The bank, the donations and the donors behind each of many lots."""
    sources: dict[str, list[str]] = {}
    asked = list(lots)
    while asked:
        found = manufacturing.sources_of_each(tx, asked)
        sources.update({lot: found.get(lot, []) for lot in asked})
        asked = _once(one for behind in found.values() for one in behind if one.startswith("LT") and one not in sources)
    givers = donors.donors_of(tx, _once(one for behind in sources.values() for one in behind if one.startswith("DO")))

    def donations(lot: str) -> Iterable[str]:
        for source in sources[lot]:
            yield from donations(source) if source in sources else (source,)

    origins: dict[str, tuple[str, ...]] = {}
    for lot in lots:
        banks, given = [one for one in sources[lot] if one in sources][:1], _once(donations(lot))
        origins[lot] = (*banks, *given, *_once(givers[one] for one in given))
    return origins


def _once(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))
