"""What the screen of a line shows: who holds it, how far its clearance is, and what a batch there may be made from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from cellchain.accounts.queries import display_name
from cellchain.donors import queries as donors
from cellchain.identity.codes import Kind
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import describe, queries
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.models import LineClearance
from cellchain.manufacturing.rules.batch import CLEARANCE_VALID, is_left
from cellchain.manufacturing.rules.lifecycles import ContainerKind, LotKind, MasterRecordPhase
from cellchain.materials import queries as materials
from cellchain.materials.queries import LocationFacts
from cellchain.materials.rules import LocationKind, LocationPhase
from cellchain.platform.db import ReadTx

# The list of the house out of which a study is chosen.
STUDIES = "trial/studies"
State = Literal["occupied", "to_clear", "to_verify", "ready"]


@dataclass(frozen=True)
class Line:
    """One line: which lot is open there, or how far its clearance is. `until` is when the clearance ends."""

    place: LocationFacts
    state: State
    lot: str | None = None
    clearance: int = 0
    cleared_by: str = ""
    cleared_by_name: str = ""
    cleared_at: datetime | None = None
    until: datetime | None = None

    @property
    def status(self) -> tuple[str, T]:
        """Shape and words for where it stands."""
        return {
            "occupied": ("hold", T("A batch is open here")),
            "to_clear": ("off", T("To be cleared")),
            "to_verify": ("pend", T("To be verified")),
            "ready": ("ok", T("Clear")),
        }[self.state]


@dataclass(frozen=True)
class Source:
    """What the cells come from: a donation or a bank lot, and what people call it."""

    code: str
    title: T


@dataclass(frozen=True)
class Record:
    """A master record that a batch may be opened from."""

    id: int
    name: str
    version: int
    kind: LotKind


@dataclass(frozen=True)
class LineView:
    """A line with what was scanned there so far, and what may be chosen then."""

    line: Line
    sources: tuple[Source, ...]
    records: tuple[Record, ...]
    studies: tuple[tuple[str, str], ...]


def lines(tx: ReadTx) -> list[Line]:
    """Every bench that is in use, by name."""
    waiting = queries.open_clearances(tx)
    found = [place for place in materials.locations(tx) if _is_line(place)]
    return [_line(tx, place, waiting) for place in sorted(found, key=lambda place: place.name)]


def line_view(tx: ReadTx, location: str, sources: Sequence[str], language: str) -> LineView:
    """One line. Raises NotFound."""
    line = _line(tx, materials.location_facts(tx, location), queries.open_clearances(tx))
    named = tuple(Source(code, _title_of(tx, code)) for code in sources)
    listed = tx.house.lists.get(STUDIES)
    studies = () if listed is None else listed(tx)
    return LineView(
        line,
        named,
        _records(tx, sources),
        tuple((code, name if isinstance(name, str) else name.words(language)) for code, name in studies),
    )


def source_in(tx: ReadTx, code: str) -> str | None:
    """The donation or the bank lot that something scanned stands for; None where cells cannot come from it.

    A harvest bag stands for its donation, a vial for its bank.
    """
    if code.startswith(Kind.DONATION):
        return donors.donation_facts(tx, code).code
    if code.startswith(queries.LOT):
        return code if queries.lot_facts(tx, code).kind == LotKind.BANK else None
    found = queries.find_container(tx, code) if code[:2] in queries.CONTAINERS else None
    if found is None:
        return None
    return {ContainerKind.HARVEST_BAG: found.donation, ContainerKind.CRYOVIAL: found.lot}.get(found.kind)


def waits_for_receipt(tx: ReadTx, source: str) -> bool:
    """Whether a donation was harvested and not received in the laboratory yet."""
    return source.startswith(Kind.DONATION) and donors.donation_facts(tx, source).phase == "harvested"


def left_over(tx: ReadTx, lot: str) -> tuple[ContainerFacts, ...]:
    """The tubes, vessels and harvest bags of a lot that still hold something: the batch is not complete before."""
    return tuple(one for one in queries.containers_of(tx, lot) if is_left(one.kind, one.phase))


def _is_line(place: LocationFacts) -> bool:
    return place.kind is LocationKind.BENCH and place.phase is LocationPhase.OPEN


def _line(tx: ReadTx, place: LocationFacts, waiting: Sequence[LineClearance]) -> Line:
    lot = queries.open_lot_at(tx, place.code)
    if lot is not None:
        return Line(place, "occupied", lot=lot)
    rows = [row for row in waiting if row.location == place.code]
    verified = [row for row in rows if row.verified_at is not None and tx.now - row.verified_at <= CLEARANCE_VALID]
    if verified:
        return _cleared(tx, place, "ready", verified[-1])
    unseen = [row for row in rows if row.verified_at is None]
    return _cleared(tx, place, "to_verify", unseen[-1]) if unseen else Line(place, "to_clear")


def _cleared(tx: ReadTx, place: LocationFacts, state: State, row: LineClearance) -> Line:
    until = None if row.verified_at is None else row.verified_at + CLEARANCE_VALID
    name = display_name(tx, row.cleared_by)
    return Line(place, state, None, row.id or 0, row.cleared_by, name, row.cleared_at, until)


def _title_of(tx: ReadTx, code: str) -> T:
    if code.startswith(queries.LOT):
        lot = queries.lot_facts(tx, code)
        return T("{kind}: {name}", kind=describe.LOT_TITLES[lot.kind], name=T(lot.record_name))
    donors.donation_facts(tx, code)
    return T("Donation")


def _records(tx: ReadTx, sources: Sequence[str]) -> tuple[Record, ...]:
    """The effective master records for cells from there: none, marrow, or a bank."""
    banks = [code for code in sources if code.startswith(queries.LOT)]
    kinds = {LotKind.PRODUCT} if banks else {LotKind.BANK, LotKind.PRODUCT} if sources else {LotKind.CONTROL}
    return tuple(
        Record(row.id or 0, row.name, row.version, row.kind)
        for row in queries.master_records(tx)
        if row.phase == MasterRecordPhase.EFFECTIVE and row.kind in kinds
    )
