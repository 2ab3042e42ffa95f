"""Replay: the changes of all entries, folded from the first, must give every audited table exactly as it lies there.

So an edit by hand shows, in any table and not only in the log: a changed value, a deleted row, a row nobody wrote.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from sqlalchemy import Column, Table
from sqlmodel import SQLModel

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger import stored
from cellchain.ledger.images import HOT_MAX, Images, Key, order
from cellchain.ledger.upcasts import UPCASTS, Image, Upcast
from cellchain.ledger.verify import FINDINGS_MAX, TABLE, Body, ChainResult, Finding, StoredEntry
from cellchain.platform.away import in_words
from cellchain.platform.columns import OUTSIDE
from cellchain.platform.db import Database, Link

MIGRATED = "platform:schema:migrated"
HEAD_TABLE = "ledger_head"
DIFFERENCES_MAX = 10_000
SHOWN_MAX = 60
_MISSING = object()


class Difference(NamedTuple):
    """Where a table is not what the entries say. `key` None: the whole table; `column` None: the whole row."""

    table: str
    key: Key | None
    column: str | None
    message: str


class Change(NamedTuple):
    """One change of an entry, its shape checked."""

    table: str
    key: Key
    before: Image | None
    after: Image


class Fold:
    """Takes the bodies of all entries, one by one, into the images of all rows."""

    def __init__(self, upcasts: Mapping[str, Upcast] | None = None, hot_max: int = HOT_MAX) -> None:
        self.images = Images(hot_max)
        self.findings: list[Finding] = []
        self._upcasts = UPCASTS if upcasts is None else upcasts

    def visit(self, seq: int, body: Body) -> None:
        """Fold the entry `seq`. What does not fit what was folded before becomes a finding."""
        if body.get("event") == MIGRATED:
            self._migrate(seq, body)
        for item in _list(body.get("changes")):
            change = _change(item)
            if change is None:
                self._wrong(seq, TABLE, seq, "body", "a change in the body has not the shape of one")
            else:
                self._apply(seq, change)

    def _apply(self, seq: int, change: Change) -> None:
        table, key = change.table, change.key
        image = self.images.get(table, key)
        if change.before is None:
            if image is not None:
                self._wrong(seq, table, key, None, "the entry adds a row that was there already")
            self.images.put(table, key, change.after)
            return
        if image is None:
            self._wrong(seq, table, key, None, "the entry changes a row that no entry wrote")
            image = {}
        else:
            for column, value in change.before.items():
                left = image.get(column, _MISSING)
                if left != value:
                    message = f"before this entry it was {_shown(value)}, where the entries had left {_shown(left)}"
                    self._wrong(seq, table, key, column, message)
        image.update(change.after)
        self.images.put(table, key, image)

    def _migrate(self, seq: int, body: Body) -> None:
        facts = body.get("facts")
        revision = facts.get("revision") if isinstance(facts, dict) else None
        upcast = self._upcasts.get(str(revision))
        if upcast is None:
            return
        try:
            self.images.migrate(upcast)
        except InvariantBroken as error:
            self._wrong(seq, TABLE, seq, "body", f"revision {revision} does not fit the rows before it: {error}")

    def _wrong(self, seq: int, table: str, key: Json, column: str | None, message: str) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(seq, table, key, column, message))


def audited_tables() -> list[Table]:
    """The tables that replay must reproduce, by name."""
    tables = SQLModel.metadata.tables
    return [tables[name] for name in sorted(tables) if OUTSIDE not in tables[name].info]


def compare(database: Database, link: Link, images: Images, tables: Iterable[Table] | None = None) -> list[Difference]:
    """Compare `images` with the audited tables as they lie in the snapshot `link`."""
    audited = audited_tables() if tables is None else list(tables)
    found: list[Difference] = []
    for table in audited:
        try:
            with stored.attempt(link):
                for difference in _table_differences(database, link, table, images):
                    found.append(difference)
                    if len(found) >= DIFFERENCES_MAX:
                        return found
        except stored.DriverError as error:
            found.append(Difference(table.name, None, None, f"the table cannot be read: {in_words(error)}"))
    known = {table.name for table in audited}
    unknown = [place for place in images.places() if place not in known]
    message = "entries wrote to it, and no such table is audited"
    return found + [Difference(place, None, None, message) for place in unknown]


def attributed(differences: Iterable[Difference], entries: Iterable[StoredEntry]) -> list[Finding]:
    """Give each difference the entry that last wrote what differs; None where no entry wrote it."""
    differences = list(differences)
    writers: dict[tuple[str, Key | None, str | None], int] = {}
    rows = {(one.table, one.key) for one in differences}
    tables = {one.table for one in differences if one.key is None}
    for entry in entries if differences else ():
        for change in _changes_of(entry):
            if change.table in tables:
                writers[change.table, None, None] = int(str(entry.seq))
            if (change.table, change.key) in rows:
                for column in (None, *change.after):
                    writers[change.table, change.key, column] = int(str(entry.seq))
    return [_attributed(one, writers) for one in differences]


def check_head(head: Mapping[str, object] | None, chain: ChainResult) -> list[Finding]:
    """Compare the row that names the end of the chain with the chain."""
    last = chain.last
    if head is None:
        return [Finding(last, HEAD_TABLE, 1, None, "the row that names the end of the chain is missing")]
    seq, ends = head["seq"], (chain.last_hash, chain.last_digest)
    if type(seq) is not int:
        return [Finding(last, HEAD_TABLE, 1, "seq", "it is no number of an entry")]
    if seq == last:
        findings = []
        if head["hash"] not in ends:
            findings.append(Finding(last, HEAD_TABLE, 1, "hash", f"it is not the hash of entry {last}, the last one"))
        if head["at"] != chain.last_at:
            findings.append(Finding(last, HEAD_TABLE, 1, "at", f"it is not the time of entry {last}, the last one"))
        return findings
    if seq < last and chain.hashes.get(seq) == head["hash"]:
        message = f"the head of the chain ends with entry {seq} and does not know this one"
        return [Finding(seq + 1, TABLE, seq + 1, None, message)]
    if seq > last and head["hash"] not in ends:
        message = f"the head of the chain names entry {seq}: the entries from {last + 1} are missing"
        return [Finding(last + 1, TABLE, last + 1, None, message)]
    return [Finding(min(seq, last), HEAD_TABLE, 1, "seq", f"it says {seq}, and the chain ends with entry {last}")]


def _table_differences(database: Database, link: Link, table: Table, images: Images) -> Iterator[Difference]:
    """Walk the images and the rows of one table side by side, both ordered by key."""
    present = stored.columns_of(database, link, table.name)
    key_column = stored.key_of(table)
    if key_column.name not in present:
        yield Difference(table.name, None, None, "the table or its key column is missing")
        return
    for column in table.columns:
        if column.name not in present:
            yield Difference(table.name, None, column.name, "the column is missing")
    columns = [column for column in table.columns if column.name in present]
    names = [column.name for column in columns]
    place = names.index(key_column.name)
    expected = images.of(table.name)
    wanted = next(expected, None)
    for row in stored.rows(database, link, table, names):
        key = row[place]
        if not _is_key(key):
            yield Difference(table.name, repr(key)[:SHOWN_MAX], None, "no entry wrote a row with this key")
            continue
        while wanted is not None and order(wanted[0]) < order(key):
            yield Difference(table.name, wanted[0], None, "the row was deleted")
            wanted = next(expected, None)
        if wanted is None or wanted[0] != key:
            yield Difference(table.name, key, None, "no entry wrote this row")
            continue
        image = wanted[1]
        if len(image) != len(names) or [image.get(name, _MISSING) for name in names] != row:
            yield from _row_differences(table.name, key, columns, image, row)
        wanted = next(expected, None)
    while wanted is not None:
        yield Difference(table.name, wanted[0], None, "the row was deleted")
        wanted = next(expected, None)


def _row_differences(
    table: str, key: Key, columns: list[Column[Any]], image: Image, row: list[object]
) -> Iterator[Difference]:
    """The columns of one row that differ, by the canonical forms of their values."""
    for column, value in zip(columns, row, strict=True):
        expected = image.get(column.name, _MISSING)
        found = stored.form(column, value)
        if expected is _MISSING:
            yield Difference(table, key, column.name, "no entry wrote this column")
        elif found != expected or type(found) is not type(expected):
            yield Difference(table, key, column.name, f"it is {_shown(found)}, and the entries say {_shown(expected)}")
    for name in image.keys() - {column.name for column in columns}:
        yield Difference(table, key, name, "entries wrote this column, and the table has none of that name")


def _attributed(one: Difference, writers: Mapping[tuple[str, Key | None, str | None], int]) -> Finding:
    entry = writers.get((one.table, one.key, one.column), writers.get((one.table, one.key, None)))
    return Finding(entry, one.table, one.key, one.column, one.message)


def _changes_of(entry: StoredEntry) -> Iterator[Change]:
    try:
        body = json.loads(str(entry.body))
    except (ValueError, RecursionError):
        return
    for item in _list(body.get("changes")) if isinstance(body, dict) else ():
        change = _change(item)
        if change is not None:
            yield change


def _change(item: Any) -> Change | None:
    """The change, or None where its shape is not that of one: a forged body may hold anything."""
    if not isinstance(item, dict):
        return None
    table, key, before, after = map(item.get, Change._fields)
    if not (isinstance(table, str) and _is_key(key) and isinstance(after, dict)):
        return None
    if before is not None and not isinstance(before, dict):
        return None
    return Change(table, key, before, after)


def _is_key(value: object) -> TypeGuard[Key]:
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    return type(value) is int


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: object) -> str:
    if value is _MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str | int | None) else repr(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
