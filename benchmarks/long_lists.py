"""Tables with a hundred thousand rows, written past the commands: for measuring lists and the search.

Each row is like one of the demonstration, under a code or number of its own and a second after the one before. Such a
database has no ledger entries for these rows and does not verify, so it is thrown away afterwards.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.grown import add_entries
from cellchain.identity.codes import Kind, issue
from cellchain.kernel import canonical

YEAR = 2031
NOW = datetime.now(UTC)
BEGUN = datetime(2031, 1, 1, tzinfo=UTC)
Row = Mapping[str, Any]


def _at(place: int) -> str:
    return canonical.moment(BEGUN + timedelta(seconds=place))


def _code(kind: Kind, place: int) -> str:
    return str(issue(kind, 1, YEAR, place + 1))


def _label(place: int, _: int) -> Row:
    code = _code(Kind.LABEL, place)
    other = {"target": _code(Kind.CONTAINER, place), "lot": None, "phase": "confirmed", "replaces": None}
    return {"code": code, "symbol": code, "printed_at": _at(place), **other}


def _sample(place: int, _: int) -> Row:
    return {"code": _code(Kind.SAMPLE, place), "taken_at": _at(place), "phase": "tested"}


def _lot(place: int, _: int) -> Row:
    return {"code": _code(Kind.LOT, place), "opened_at": _at(place)}


def _disposition(place: int, _: int) -> Row:
    return {"lot": _code(Kind.LOT, place), "opened_at": _at(place)}


def _container(place: int, _: int) -> Row:
    none = dict.fromkeys(("division", "product_code", "donation", "cells_count"))
    return {"code": _code(Kind.BAG, place), "made_at": _at(place), "kind": "infusion_bag", "phase": "spent", **none}


def _deviation(place: int, last: int) -> Row:
    return {"id": last + place + 1, "opened_at": _at(place)}


def _donor(place: int, _: int) -> Row:
    return {"code": _code(Kind.DONOR, place), "registered_at": _at(place), "phase": "ineligible"}


def _material_lot(place: int, _: int) -> Row:
    # Used up, and ended but for a few: what can be used now is as much as in any house.
    ends = (NOW + timedelta(days=30 - place // 20)).date().isoformat()
    return {"code": _code(Kind.MATERIAL_LOT, place), "expires_on": ends, "left_milli": 0, "received_milli": 1}


def _scan(place: int, _: int) -> Row:
    at = canonical.moment(NOW - timedelta(minutes=10 * place))
    bag = _code(Kind.BAG, place % 900_000)  # a million scans are of fewer bags than that: a code has six digits
    read = {"symbol": bag, "is_shape": 0, "capture": "wedge", "answer": "container", "problem": None}
    return {"nonce": str(UUID(int=place)), "at": at, "person": _code(Kind.PERSON, 0), "device": "bench-1", **read}


def _check(place: int, last: int) -> Row:
    # More than a year ago: what the page counts of the last year is as much as in any house.
    at = canonical.moment(NOW - timedelta(days=1_000) + timedelta(minutes=5 * place))
    stopped = {"verdict": "STOP", "phase": "stopped", "reasons": '["check.typed"]', "cause": "unknown"}
    return {"id": last + place + 1, "stop_number": last + place + 1, "checked_at": at, "infusion": None, **stopped}


def _notice(place: int, last: int) -> Row:
    return {"id": last + place + 1, "raised_at": _at(place), "occasion": None}


# Which table, which of its rows the new ones are like (none where all is said here), and what is their own.
TABLES: tuple[tuple[str, str, Callable[[int, int], Row]], ...] = (
    ("labels_label", "phase = 'confirmed'", _label),
    ("quality_sample", "phase = 'tested'", _sample),
    ("manufacturing_lot", "phase <> 'open'", _lot),
    ("quality_disposition", "phase = 'released'", _disposition),
    ("manufacturing_container", "kind = 'infusion_bag'", _container),
    ("quality_deviation", "phase = 'closed'", _deviation),
    ("donors_donor", "phase = 'ineligible'", _donor),
    ("materials_lot", "phase = 'accepted'", _material_lot),
    ("labels_raw_scan", "", _scan),
    ("bedside_check", "infusion IS NULL", _check),
    ("notices_notice", "1", _notice),
)


def fill(database: Path, count: int, person: str) -> None:
    """Rows until there are about so many in every table, and as many notices answered by `person`."""
    with closing(sqlite3.connect(database, isolation_level=None)) as link:
        link.execute("PRAGMA synchronous = OFF")
        link.execute("BEGIN")
        for table, like, own in TABLES:
            _fill(link, table, like, count, own)
        _tell(link, count, person)
        link.execute("COMMIT")
    add_entries(database, count)


def add_scans(database: Path, count: int) -> None:
    """Scans until there are about so many: six in an hour, back from now."""
    with closing(sqlite3.connect(database, isolation_level=None)) as link:
        link.execute("PRAGMA synchronous = OFF")
        link.execute("BEGIN")
        _fill(link, "labels_raw_scan", "", count, _scan)
        link.execute("COMMIT")


def _fill(link: sqlite3.Connection, table: str, like: str, count: int, own: Callable[[int, int], Row]) -> None:
    there, last = link.execute(f"SELECT count(*), max(rowid) FROM {table}").fetchone()
    alike = _alike(link, table, like) if like else {}
    names = list({**alike, **own(0, 0)})
    _write(link, table, names, ({**alike, **own(at, last)} for at in range(count - there)))


def _alike(link: sqlite3.Connection, table: str, like: str) -> dict[str, Any]:
    cursor = link.execute(f"SELECT * FROM {table} WHERE {like} LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        raise RuntimeError(f"the demonstration has no row of {table} with {like}")
    return dict(zip([column[0] for column in cursor.description], row, strict=True))


def _tell(link: sqlite3.Connection, count: int, person: str) -> None:
    notices = [row[0] for row in link.execute("SELECT id FROM notices_notice ORDER BY id DESC LIMIT ?", (count,))]
    last = link.execute("SELECT max(id) FROM notices_telling").fetchone()[0] or 0
    known = {row[0] for row in link.execute("SELECT notice FROM notices_telling WHERE person = ?", (person,))}
    rows = (
        {"id": last + at + 1, "notice": notice, "person": person, "ended_at": _at(at)}
        for at, notice in enumerate(notices)
        if notice not in known
    )
    _write(link, "notices_telling", ["id", "notice", "person", "ended_at"], rows)


def _write(link: sqlite3.Connection, table: str, names: list[str], rows: Iterator[Row]) -> None:
    slots = ", ".join(f":{name}" for name in names)
    link.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({slots})", rows)
