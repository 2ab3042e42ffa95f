"""Where cells went and where they came from, read for many codes in one question.

`queries.edges_from` tells one step of one thing, for a graph; a recall reaches ten thousand things and asks for a whole
generation of them at once, each time through an index.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.ledger.describe import Contact
from cellchain.manufacturing.models import Container, ContainerSource, EquipmentUse, Lot, LotSource, StepRecord
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase
from cellchain.materials import lineage as materials
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list

DRAWN_INTO: Any = select(ContainerSource.child, ContainerSource.at).where(among(col(ContainerSource.parent)))
DRAWN_FROM = select(ContainerSource.parent).where(among(col(ContainerSource.child)))
MADE_IN: Any = select(Container.code, Container.made_at).where(among(col(Container.lot)))
LOTS_OF = select(Container.lot).where(among(col(Container.code)), col(Container.lot).is_not(None))
OPENED_FROM: Any = (
    select(LotSource.lot, Lot.opened_at)
    .join(Lot, col(Lot.code) == col(LotSource.lot))
    .where(among(col(LotSource.source)))
)
SOURCES_OF = select(LotSource.source).where(among(col(LotSource.lot)))
# A donation's own harvest bag is the donors' to tell.
STEPS_ON = (DRAWN_INTO, MADE_IN, OPENED_FROM)
# The same without their times, which take as long to read as everything else.
CODES_ON: tuple[Any, ...] = (
    DRAWN_INTO.with_only_columns(col(ContainerSource.child)),
    MADE_IN.with_only_columns(col(Container.code)),
    select(LotSource.lot).where(among(col(LotSource.source))),
)
SOURCES_MAX = 100_000
_CODE: Any = bindparam("code")
# What was taken back at once was not used.
_USED = col(EquipmentUse.undone_at).is_(None)
_USE: tuple[Any, ...] = (EquipmentUse.lot, EquipmentUse.used_at, StepRecord.completed_at, Lot.completed_at)
USES: Any = (
    columns(*_USE)
    .join(StepRecord, col(StepRecord.id) == col(EquipmentUse.step_record))
    .join(Lot, col(Lot.code) == col(EquipmentUse.lot))
    .where(col(EquipmentUse.equipment) == _CODE, _USED)
    .order_by(col(EquipmentUse.id))
)
MOVES: Any = (
    select(EquipmentUse.lot, EquipmentUse.equipment, EquipmentUse.used_at)
    .where(among(col(EquipmentUse.lot)), col(EquipmentUse.equipment) != _CODE, _USED)
    .order_by(col(EquipmentUse.used_at))
)
PERFORMED: Any = select(StepRecord.lot, StepRecord.started_at, StepRecord.completed_at).where(
    col(StepRecord.performer) == _CODE
)
VERIFIED: Any = select(StepRecord.lot, StepRecord.verified_at, StepRecord.verified_at).where(
    col(StepRecord.verifier) == _CODE, col(StepRecord.verified_at).is_not(None)
)
WORKED_ON = select(StepRecord.lot).where(
    col(StepRecord.started_at) <= bindparam("until"),
    (col(StepRecord.completed_at) >= bindparam("since")) | col(StepRecord.completed_at).is_(None),
)
MADE_WITHIN = select(Container.code).where(
    col(Container.made_at) >= bindparam("since"), col(Container.made_at) <= bindparam("until")
)
_ITEM: tuple[Any, ...] = (
    Container.code,
    Container.kind,
    Container.phase,
    Container.lot,
    Container.passage,
    Container.made_at,
    Container.expires_at,
)
ITEMS: Any = columns(*_ITEM).where(among(col(Container.code)))


@dataclass(frozen=True, slots=True)
class Item:
    """A container as a long list shows it."""

    code: str
    kind: ContainerKind
    phase: ContainerPhase
    lot: str | None
    passage: int | None
    made_at: datetime
    expires_at: datetime | None


def following(tx: ReadTx, codes: Sequence[str], limit: int) -> list[str]:
    """One step on the way of the cells from donations, lots and containers, all of them at once."""
    asked = code_list(codes)
    return [code for one in CODES_ON for code in tx.many(one, limit=limit, codes=asked)]


def contacts(tx: ReadTx, code: str, limit: int) -> list[Contact]:
    """The same from one thing, with the time of each step."""
    asked = code_list([code])
    return [Contact(to, at, at) for one in STEPS_ON for to, at in tx.many(one, limit=limit, codes=asked)]


def preceding(tx: ReadTx, codes: Sequence[str], limit: int) -> list[str]:
    """One step back on the way of the cells, for all of `codes` at once."""
    asked = code_list(codes)
    found = [code for one in (DRAWN_FROM, LOTS_OF, SOURCES_OF) for code in tx.many(one, limit=limit, codes=asked)]
    return list(dict.fromkeys(code for code in found if code is not None))


def sources(tx: ReadTx, lots: Sequence[str]) -> list[str]:
    """The donations and banks that lots were opened from."""
    return tx.many(SOURCES_OF, limit=SOURCES_MAX, codes=code_list(lots))


def opened_from(tx: ReadTx, codes: Sequence[str]) -> list[str]:
    """The lots that were opened from any of these donations and banks."""
    return [lot for lot, _ in tx.many(OPENED_FROM, limit=SOURCES_MAX, codes=code_list(codes))]


def drawing_from_the_same(tx: ReadTx, lot: str) -> list[str]:
    """The lots with a container that was drawn from the same container as one of this lot: they share a passage."""
    own = [code for code, _ in tx.many(MADE_IN, limit=SOURCES_MAX, codes=code_list([lot]))]
    parents = list(dict.fromkeys(tx.many(DRAWN_FROM, limit=SOURCES_MAX, codes=code_list(own))))
    children = [code for code, _ in tx.many(DRAWN_INTO, limit=SOURCES_MAX, codes=code_list(parents))]
    found = tx.many(LOTS_OF, limit=SOURCES_MAX, codes=code_list([*parents, *children]))
    return [code for code in dict.fromkeys(found) if code is not None]


def touched_by(tx: ReadTx, code: str, limit: int) -> list[Contact]:
    """The lots that a machine or a person had to do with, and from when to when."""
    if code.startswith("EQ"):
        return _touched_by_machine(tx, code, limit)
    rows = [*tx.many(PERFORMED, limit=limit, code=code), *tx.many(VERIFIED, limit=limit, code=code)]
    return [Contact(*row) for row in rows]


def _touched_by_machine(tx: ReadTx, code: str, limit: int) -> list[Contact]:
    """A centrifuge is used for its step. A culture stands in an incubator until it is put into another one."""
    uses = tx.many(USES, limit=limit, code=code)
    kind = materials.keepers(tx, [code], 1).get(code)
    if kind is None:
        return [Contact(lot, used_at, step_ended) for lot, used_at, step_ended, _ in uses]
    moves = tx.many(MOVES, limit=limit, code=code, codes=code_list(dict.fromkeys(lot for lot, *_ in uses)))
    alike = {one for one, of in materials.keepers(tx, {one for _, one, _ in moves}, limit).items() if of is kind}
    elsewhere: dict[str, list[datetime]] = {}
    for lot, to, at in moves:
        if to in alike:
            elsewhere.setdefault(lot, []).append(at)
    found = []
    for lot, used_at, _, lot_ended in uses:
        moved = next((at for at in elsewhere.get(lot, ()) if at > used_at), None)
        found.append(Contact(lot, used_at, moved or lot_ended))
    return found


def worked_on(tx: ReadTx, since: datetime, until: datetime, limit: int) -> list[str]:
    """The lots of which a step ran between two times, and whatever was made then."""
    lots = tx.many(WORKED_ON, limit=limit, since=since, until=until)
    return list(dict.fromkeys([*lots, *tx.many(MADE_WITHIN, limit=limit, since=since, until=until)]))


def items(tx: ReadTx, codes: Iterable[str], limit: int) -> list[Item]:
    """Those of `codes` that are containers, by code."""
    rows = tx.many(ITEMS, limit=limit, codes=code_list(codes))
    return sorted((Item(*row) for row in rows), key=lambda item: item.code)
