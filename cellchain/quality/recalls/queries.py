"""What came out of something, in as few questions as there are generations; and recalls, late positives and alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.donors import lineage as donors
from cellchain.kernel import canonical
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger.describe import Contact
from cellchain.manufacturing import lineage
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.lineage import Item
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase
from cellchain.materials import lineage as materials
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list
from cellchain.quality.models import Deviation, Disposition, Hold, Result
from cellchain.quality.recalls.models import Alert, LatePositive, Recall, RecallFind, RecallItem
from cellchain.quality.recalls.rules import (
    AlertPhase,
    Audience,
    Criteria,
    RecallKind,
    RecallPhase,
    Tally,
    may_search,
)
from cellchain.quality.rules.lifecycles import DispositionPhase, HoldPhase

REACH_MAX = 99_999
CONTAINERS = ("BG", "CT", "CV")
AT_ONCE = 5_000  # so many codes go into one question
ROWS_MAX = 500
ENDED = frozenset({ContainerPhase.SPENT, ContainerPhase.DISCARDED})

_RECALL: Any = bindparam("recall")
TESTED_WITH: Any = (
    select(Result.lot, Result.started_at, Result.entered_at)
    .where(col(Result.instrument) == bindparam("instrument"))
    .order_by(col(Result.id))
)
STOPPED = select(RecallItem.recall).where(
    col(RecallItem.subject) == bindparam("subject"), col(RecallItem.is_stopped).is_(True)
)
STOPPED_AMONG = select(RecallItem.subject).where(among(col(RecallItem.subject)), col(RecallItem.is_stopped).is_(True))
RECALLS = select(Recall).order_by(col(Recall.id).desc())
ITEMS = select(RecallItem.subject).where(col(RecallItem.recall) == _RECALL).order_by(col(RecallItem.id))
IS_ITEM = select(RecallItem.id).where(
    col(RecallItem.recall) == _RECALL, col(RecallItem.subject) == bindparam("subject")
)
FINDS = select(RecallFind).where(col(RecallFind.recall) == _RECALL).order_by(col(RecallFind.id))
LAST_EXERCISE: Any = select(func.max(col(Recall.closed_at))).where(
    col(Recall.kind) == RecallKind.EXERCISE, col(Recall.phase) == RecallPhase.CLOSED
)
OPEN = select(Recall).where(col(Recall.phase) != RecallPhase.CLOSED).order_by(col(Recall.id))
LATE_OF_RESULT = select(LatePositive).where(col(LatePositive.result) == bindparam("result"))
LATE_POSITIVES = select(LatePositive).order_by(col(LatePositive.id).desc())
ALERTS_OF_RECALL = select(Alert).where(col(Alert.recall) == _RECALL).order_by(col(Alert.id))
ALERTS_OF_LATE = select(Alert).where(col(Alert.late_positive) == bindparam("late_positive")).order_by(col(Alert.id))
UNREAD = select(Alert).where(col(Alert.phase) == AlertPhase.RAISED).order_by(col(Alert.due_at), col(Alert.id))
PHASES: Any = select(Disposition.lot, Disposition.phase).where(among(col(Disposition.lot)))
HELD: Any = select(Hold.subject).where(among(col(Hold.subject)), col(Hold.phase) == HoldPhase.PLACED)
HELD_FOR: Any = HELD.where(col(Hold.cause) == bindparam("cause"))


@dataclass(frozen=True)
class Scope:
    """Everything that was found: the lots, and every container by code. `unused` are bags and vials with something in.

    `root` is what it was found from, as the ledger names it.
    """

    root: str
    lots: tuple[str, ...]
    containers: tuple[Item, ...]

    @property
    def bags(self) -> tuple[str, ...]:
        """The infusion bags."""
        return tuple(item.code for item in self.containers if item.kind is ContainerKind.INFUSION_BAG)

    @property
    def vials(self) -> tuple[str, ...]:
        """The cryovials."""
        return tuple(item.code for item in self.containers if item.kind is ContainerKind.CRYOVIAL)

    @property
    def unused(self) -> tuple[str, ...]:
        """The bags that are still filled."""
        return tuple(
            item.code
            for item in self.containers
            if item.kind is ContainerKind.INFUSION_BAG and item.phase is ContainerPhase.FILLED
        )

    @property
    def left(self) -> tuple[str, ...]:
        """Every container that still has something in it."""
        return tuple(item.code for item in self.containers if item.phase not in ENDED)

    @property
    def items(self) -> tuple[str, ...]:
        """What a recall calls back, lots first."""
        return (*self.lots, *(item.code for item in self.containers))

    @property
    def fingerprint(self) -> str:
        """The same as long as the list is, so that what was shown is what is signed."""
        return canonical.digest(list(self.items))


# ---- what came out of something --------------------------------------------------------------------------------------


def find(tx: ReadTx, criteria: Criteria) -> Scope:
    """Everything that `criteria` reach. Raises Refused `recall.no_criterion`, `recall.too_wide`, Invalid, NotFound."""
    may_search(criteria)
    reaches = []
    if criteria.root is not None:
        starts = donors_behind(tx, [criteria.root]) if criteria.origin else [criteria.root]
        reaches.append(_from_each(tx, starts or [criteria.root], criteria))
    if criteria.also is not None:
        reaches.append(_from_each(tx, [criteria.also], criteria))
    if criteria.deviation is not None:
        row = tx.get(Deviation, criteria.deviation)
        reaches.append(_from_each(tx, [code for code in (row.subject, row.lot) if code is not None], criteria))
    if not reaches and criteria.since is not None and criteria.until is not None:
        worked = lineage.worked_on(tx, criteria.since, criteria.until, REACH_MAX + 1)
        reaches.append(frozenset(worked) | reach(tx, worked))
    return _scope(tx, criteria.subject, frozenset.intersection(*reaches))


def scope_of(tx: ReadTx, root: str) -> Scope:
    """What came out of a thing of any kind. The thing itself counts where it is a lot or a container."""
    return find(tx, Criteria(root=root))


def siblings_of(tx: ReadTx, lot: str) -> Scope:
    """Everything that shares its origin with a lot: what came out of its bank, or of the same donations."""
    starts = [*manufacturing.sources_of(tx, lot), lot]
    return _scope(tx, lot, frozenset(starts) | reach(tx, starts))


def lots_from(tx: ReadTx, root: str) -> tuple[str, ...]:
    """The lots that something went into, directly or through other lots."""
    return scope_of(tx, root).lots


def donors_behind(tx: ReadTx, codes: Sequence[str]) -> list[str]:
    """The donors of whatever is among `codes`."""
    return sorted(code for code in came_from(tx, codes) | set(codes) if code.startswith("DN"))


def came_from(tx: ReadTx, codes: Sequence[str]) -> frozenset[str]:
    """Every container, lot, donation and donor that `codes` came from."""
    return _spread(tx, codes, lambda those: [*donors.preceding(tx, those, REACH_MAX + 1), *_back(tx, those)])


def reagents_of(tx: ReadTx, lots: Sequence[str]) -> list[str]:
    """The material lots that went into any of these lots."""
    return sorted(code for at in _parts(lots) for code in materials.preceding(tx, at, REACH_MAX + 1))


def _back(tx: ReadTx, codes: Sequence[str]) -> list[str]:
    return lineage.preceding(tx, codes, REACH_MAX + 1)


def _from_each(tx: ReadTx, starts: Sequence[str], criteria: Criteria) -> frozenset[str]:
    """What came out of things; with a window, only of what each had to do with inside it."""
    if criteria.since is None and criteria.until is None:
        return frozenset(starts) | reach(tx, starts)
    touched = [one for start in starts for one in _contacts(tx, start)]
    inside = [one.target for one in touched if one.within(criteria.since, criteria.until)]
    return frozenset(inside) | reach(tx, inside)


def reach(tx: ReadTx, starts: Sequence[str]) -> frozenset[str]:
    """Every code that came out of `starts`, generation by generation. Raises Refused `recall.too_wide`."""
    first = [one.target for start in starts if start[:2] in ("EQ", "PS") for one in _contacts(tx, start)]
    return frozenset(first) | _spread(tx, [*starts, *first], lambda those: _next(tx, those))


def _contacts(tx: ReadTx, code: str) -> list[Contact]:
    """What a thing, a machine or a person had to do with at first hand, and when."""
    most = REACH_MAX + 1
    if code[:2] not in ("EQ", "PS"):
        return [one for room in (donors, materials, lineage) for one in room.contacts(tx, code, most)]
    found = lineage.touched_by(tx, code, most)
    if code.startswith("PS"):
        return [*found, *donors.contacts(tx, code, most), *tx.house.in_hands_of(tx, code, most)]
    # What an instrument told of a lot is in doubt with the instrument: the lot follows it like what it made.
    return [*found, *(Contact(*row) for row in tx.many(TESTED_WITH, limit=REACH_MAX, instrument=code))]


def _next(tx: ReadTx, codes: Sequence[str]) -> list[str]:
    """One generation on. Each room is asked for those kinds alone out of which something comes there."""
    most = REACH_MAX + 1
    found: list[str] = []
    for room, kinds in ((donors, ("DN", "DO", "PS")), (materials, ("ML",)), (lineage, ("DO", "LT", *CONTAINERS))):
        asked = [code for code in codes if code[:2] in kinds]
        found += room.following(tx, asked, most) if asked else []
    return found


def _spread(tx: ReadTx, starts: Sequence[str], step: Any) -> frozenset[str]:
    """Everything that `step` leads to from `starts`, which stand in it only where something leads back to them."""
    seen: set[str] = set()
    frontier = list(dict.fromkeys(starts))
    while frontier:
        found = dict.fromkeys(code for part in _parts(frontier) for code in step(part))
        frontier = [code for code in found if code not in seen]
        seen.update(frontier)
        if len(seen) > REACH_MAX:
            raise Refused(
                "recall.too_wide",
                "This reaches more than {most} things. Name a narrower window, or a second thing beside the first.",
                most=REACH_MAX,
            )
    return frozenset(seen)


def _parts(codes: Sequence[str]) -> Iterable[Sequence[str]]:
    return (codes[first : first + AT_ONCE] for first in range(0, len(codes), AT_ONCE))


def _scope(tx: ReadTx, root: str, reached: Iterable[str]) -> Scope:
    codes = sorted(reached)
    return Scope(root, tuple(code for code in codes if code.startswith("LT")), containers_among(tx, codes))


# ---- recalls ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RecallFacts:
    """A recall or an exercise, its stopwatch, and everything on its list once that was kept."""

    id: int
    kind: RecallKind
    phase: RecallPhase
    criteria: Criteria
    reason: str
    started_by: str
    started_at: datetime
    listed_at: datetime | None
    scope_hash: str | None
    found_count: int | None
    lots_count: int | None
    placed_by: str | None
    placed_at: datetime | None
    stopped_count: int | None
    closed_by: str | None
    closed_at: datetime | None
    accounted_count: int | None
    conclusion: str | None
    items: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """What it is about, as the ledger names it."""
        return self.criteria.subject

    @property
    def is_exercise(self) -> bool:
        """Whether nothing of it is stopped."""
        return self.kind is RecallKind.EXERCISE


def is_recalled(tx: ReadTx, subject: str) -> bool:
    """Whether a signed recall names this very thing. An exercise stops nothing."""
    return tx.one(STOPPED, subject=subject) is not None


def recalled_among(tx: ReadTx, codes: Sequence[str]) -> frozenset[str]:
    """Those of many things that a signed recall names."""
    return frozenset(
        code for part in _parts(codes) for code in tx.many(STOPPED_AMONG, limit=100_000, codes=code_list(part))
    )


def recalls(tx: ReadTx) -> list[RecallFacts]:
    """Every recall and exercise, the newest first, without their lists."""
    return [_recall(row) for row in tx.many(RECALLS, limit=ROWS_MAX)]


def recall_facts(tx: ReadTx, recall: int) -> RecallFacts:
    """One recall with its list. Raises NotFound."""
    return replace(_recall(tx.get(Recall, recall)), items=items_of(tx, recall))


def items_of(tx: ReadTx, recall: int) -> tuple[str, ...]:
    """What the list of a recall holds; empty until it was signed, or listed for an exercise."""
    return tuple(tx.many(ITEMS, limit=100_000, recall=recall))


def is_item(tx: ReadTx, recall: int, subject: str) -> bool:
    """Whether a thing is on the list of a recall."""
    return tx.one(IS_ITEM, recall=recall, subject=subject) is not None


def finds_of(tx: ReadTx, recall: int) -> dict[str, str]:
    """Where what was found under a recall was put aside, by code."""
    return {row.subject: row.place for row in tx.many(FINDS, limit=100_000, recall=recall)}


def tally(tx: ReadTx, recall: int) -> Tally:
    """What of the containers of a recall is gone, set apart or still sought. Lots are nothing that one finds."""
    finds = finds_of(tx, recall)
    containers = containers_among(tx, items_of(tx, recall))
    gone = sum(item.phase in ENDED for item in containers)
    apart = sum(item.phase not in ENDED and item.code in finds for item in containers)
    return Tally(gone=gone, set_apart=apart, sought=len(containers) - gone - apart)


def containers_among(tx: ReadTx, codes: Sequence[str]) -> tuple[Item, ...]:
    """Those of many codes that are containers, as they are now, by code."""
    return tuple(item for part in _parts(codes) for item in lineage.items(tx, part, AT_ONCE))


def open_recalls(tx: ReadTx) -> list[RecallFacts]:
    """Recalls and exercises that are not closed, the oldest first."""
    return [_recall(row) for row in tx.many(OPEN, limit=ROWS_MAX)]


def last_exercise_at(tx: ReadTx) -> datetime | None:
    """When the last exercise was closed; None where there was none."""
    found: datetime | None = tx.one(LAST_EXERCISE)
    return found


def _recall(row: Recall) -> RecallFacts:
    names = RecallFacts.__dataclass_fields__.keys() - {"criteria", "items", "id"}
    criteria = Criteria(row.root, row.also, row.deviation, row.since, row.until, row.origin)
    return RecallFacts(id=row.id or 0, criteria=criteria, **{name: getattr(row, name) for name in names})


def dispositions_among(tx: ReadTx, lots: Sequence[str]) -> dict[str, DispositionPhase]:
    """What each of many lots is now."""
    return dict(row for part in _parts(lots) for row in tx.many(PHASES, limit=AT_ONCE, codes=code_list(part)))


def held_among(tx: ReadTx, codes: Sequence[str], cause: str | None = None) -> frozenset[str]:
    """Those of many things on which a hold is placed, for one cause or for any."""
    statement, values = (HELD, {}) if cause is None else (HELD_FOR, {"cause": cause})
    return frozenset(
        code for part in _parts(codes) for code in tx.many(statement, limit=100_000, codes=code_list(part), **values)
    )


# ---- late positives and alerts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LateFacts:
    """A test that turned out positive after its lot was released, and what it reached when it was reported."""

    id: int
    lot: str
    result: int
    deviation: int
    organism: str
    susceptibility: str | None
    bags: list[str]
    exposed: list[str]
    held: list[str]
    reported_by: str
    reported_at: datetime


@dataclass(frozen=True)
class AlertFacts:
    """Somebody who has to know of a recall or a late positive, and whether they have said that they do."""

    id: int
    recall: int | None
    late_positive: int | None
    audience: Audience
    person: str | None
    exercise: bool
    phase: AlertPhase
    raised_by: str
    raised_at: datetime
    due_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None


def is_reported(tx: ReadTx, result: int) -> bool:
    """Whether a positive result was reported."""
    return tx.one(LATE_OF_RESULT, result=result) is not None


def late_positive(tx: ReadTx, number: int) -> LateFacts:
    """One report. Raises NotFound."""
    return _late(tx.get(LatePositive, number))


def late_positives(tx: ReadTx) -> list[LateFacts]:
    """Every report, the newest first."""
    return [_late(row) for row in tx.many(LATE_POSITIVES, limit=ROWS_MAX)]


def _late(row: LatePositive) -> LateFacts:
    return LateFacts(**{name: getattr(row, name) for name in LateFacts.__dataclass_fields__})


def alerts_of(tx: ReadTx, *, recall: int | None = None, late_positive: int | None = None) -> list[AlertFacts]:
    """Who was told of a recall or a late positive."""
    if recall is not None:
        return _alerts(tx.many(ALERTS_OF_RECALL, limit=ROWS_MAX, recall=recall))
    return _alerts(tx.many(ALERTS_OF_LATE, limit=ROWS_MAX, late_positive=late_positive))


def unread_alerts(tx: ReadTx) -> list[AlertFacts]:
    """Every alert that nobody has acknowledged, the first to be due at the top."""
    return _alerts(tx.many(UNREAD, limit=ROWS_MAX))


def _alerts(rows: Iterable[Alert]) -> list[AlertFacts]:
    names = AlertFacts.__dataclass_fields__
    return [AlertFacts(**{name: getattr(row, name) for name in names}) for row in rows]


def audiences(roles: Iterable[str]) -> frozenset[Audience]:
    """For whom somebody with these roles reads alerts."""
    return frozenset(Audience(role) for role in roles if role in set(Audience))
