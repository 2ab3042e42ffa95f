"""Reading a station's reader settings and the log of raw scans, and finding the entry that an UNDO takes back."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts import queries as people
from cellchain.identity import gs1
from cellchain.kernel.values import dataclass
from cellchain.labels.models import Label
from cellchain.labels.scanning.models import RawScan, Scanner
from cellchain.labels.scanning.rules import GAP_MS, SPAN_MS, UNDO_WITHIN, DoneAct
from cellchain.labels.scanning.rules import undo_until as undo_moment
from cellchain.ledger.actor import Actor
from cellchain.ledger.queries import entries_about
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing

REASONS_MAX = 100
STATIONS_MAX = 1_000
ENTRIES_LOOKED_AT = 12  # the last entries about one thing in which an UNDO looks for its own
NO_STATION = "-"

SCANNERS = select(Scanner).order_by(col(Scanner.station))
ONE, REFUSED = "one", "refused"
_WITHIN = (col(RawScan.at) >= bindparam("begins"), col(RawScan.at) < bindparam("ends"))
_PLACES: dict[str, tuple[Any, ...]] = {
    "": _WITHIN,
    NO_STATION: (*_WITHIN, col(RawScan.device).is_(None)),
    ONE: (*_WITHIN, col(RawScan.device) == bindparam("station")),
}
_WHICH: dict[str, tuple[Any, ...]] = {
    "": (),
    REFUSED: (col(RawScan.problem).is_not(None),),
    ONE: (col(RawScan.problem) == bindparam("problem"),),
}
SUMS: dict[str, Any] = {
    place: select(RawScan.problem, func.count()).where(*where).group_by(col(RawScan.problem))
    for place, where in _PLACES.items()
}
LINES: dict[tuple[str, str], Listing] = {
    (place, which): Listing(select(RawScan).where(*where, *more), col(RawScan.at), col(RawScan.nonce))
    for place, where in _PLACES.items()
    for which, more in _WHICH.items()
}


@dataclass(frozen=True)
class Reader:
    """How the reader of a station sends, as `static/js/burst.js` wants to know it."""

    gap_ms: int = GAP_MS.usual
    span_ms: int = SPAN_MS.usual
    prefix: str = ""
    suffix: str = ""


def reader_of(tx: ReadTx, station: str | None) -> Reader:
    """What the reader of a station needs; a station that nobody set up has what most readers need."""
    found = None if station is None else tx.find(Scanner, station)
    if found is None:
        return Reader()
    return Reader(found.gap_ms, found.span_ms, found.prefix, found.suffix)


def gs1_reader_of(tx: ReadTx, station: str | None) -> gs1.Reader:
    """Whether separators of supplier's symbols can be missing in what a station sends: only its test card says no."""
    found = None if station is None else tx.find(Scanner, station)
    return gs1.Reader(gs1.GS) if found is not None and found.sends_separators else gs1.UNKNOWN_READER


def scanners(tx: ReadTx) -> dict[str, Scanner]:
    """The stations whose reader was set up, by name."""
    return {row.station: row for row in tx.many(SCANNERS, limit=STATIONS_MAX)}


def stations(tx: ReadTx) -> frozenset[str]:
    """The names of the stations in use."""
    return frozenset(row.name for row in tx.many(people.STATIONS, limit=STATIONS_MAX) if row.in_use)


# -- the log of raw scans ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What of the log is wanted: a day at the site, and where these are given a station, a reason, refused ones alone.

    `station` "-" stands for scans that were made at none.
    """

    day: date
    station: str = ""
    problem: str = ""
    refused_only: bool = False

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The day from midnight to midnight at the site; a day on which the clocks change is shorter or longer."""
        begins = datetime.combine(self.day, time(), zone)
        return begins, datetime.combine(self.day + timedelta(days=1), time(), zone)


@dataclass(frozen=True)
class ScanLine:
    """One scan of the log."""

    at: datetime
    person: str
    name: str
    device: str | None
    symbol: str
    is_shape: bool
    capture: str
    answer: str
    problem: str | None


@dataclass(frozen=True)
class Sums:
    """How much was scanned on a day, and how much of it was not taken, by reasons."""

    total: int
    refused: int
    reasons: tuple[tuple[str, int], ...]


def scans_of(asked: Asked) -> Listing:
    """The list of what is asked for."""
    which = ONE if asked.problem else REFUSED if asked.refused_only else ""
    return LINES[_where(asked), which]


def scan_values(asked: Asked, zone: ZoneInfo) -> dict[str, Any]:
    """What that list is asked with."""
    return _values(asked, *asked.span(zone), problem=asked.problem)


def scan_lines(tx: ReadTx, rows: Sequence[RawScan]) -> list[ScanLine]:
    """Rows of the list, with who scanned."""
    names = {person: people.display_name(tx, person) for person in {row.person for row in rows}}
    return [_line(row, names) for row in rows]


def sums(tx: ReadTx, asked: Asked, zone: ZoneInfo) -> Sums:
    """How much was scanned on a day."""
    counted: Sequence[Any] = tx.many(SUMS[_where(asked)], limit=REASONS_MAX, **_values(asked, *asked.span(zone)))
    reasons = tuple((problem, count) for problem, count in counted if problem is not None)
    return Sums(
        total=sum(count for _, count in counted),
        refused=sum(count for _, count in reasons),
        reasons=tuple(sorted(reasons, key=lambda reason: -reason[1])),
    )


def _where(asked: Asked) -> str:
    return asked.station if asked.station in ("", NO_STATION) else ONE


def _line(row: RawScan, names: dict[str, str]) -> ScanLine:
    values = {name: getattr(row, name) for name in ScanLine.__dataclass_fields__ if name != "name"}
    return ScanLine(name=names[row.person], **values)


def _values(asked: Asked, begins: datetime, ends: datetime, problem: str = "") -> dict[str, Any]:
    given: dict[str, Any] = {"begins": begins, "ends": ends}
    if asked.station not in ("", NO_STATION):
        given["station"] = asked.station
    return {**given, "problem": problem} if problem else given


# -- what an UNDO takes back -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """An entry that may be taken back: which one, and the row that it wrote."""

    entry: int
    event: str
    act: DoneAct
    table: str
    key: Any
    by_itself: bool  # the house did it on behalf of something else


def done_in(row: Any, tables: frozenset[str]) -> Done | None:
    """What an entry did to one of these tables; None where it did nothing there."""
    body = json.loads(row.body)
    for change in body["changes"]:
        if change["table"] in tables:
            act = DoneAct(row.at, row.actor, body["device"])
            return Done(row.seq, row.event, act, change["table"], change["key"], body["on_behalf"] is not None)
    return None


def step_done_since(tx: ReadTx, lot: str | None, at: datetime | None) -> bool:
    """Whether a step of the lot was completed since: it rests on what was scanned before."""
    return lot is not None and at is not None and tx.house.batches.step_done_since(tx, lot, at)


def undo_until(tx: ReadTx, label: Label, person: str) -> datetime | None:
    """Until when this person is offered to take the scan-back of a label back; None where it is not."""
    until = undo_moment(label.confirmed_at, label.confirmed_by, person, tx.now)
    return None if step_done_since(tx, label.lot, label.confirmed_at) else until


def own_last(tx: ReadTx, subject: str, actor: Actor, events: frozenset[str], now: datetime) -> list[Any]:
    """The entries about a thing that this person made within the last minute, the newest first."""
    found = entries_about(tx, subject, ENTRIES_LOOKED_AT)
    return [row for row in found if row.event in events and row.actor == actor.person and now - row.at <= UNDO_WITHIN]
