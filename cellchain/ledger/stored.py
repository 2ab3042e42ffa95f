"""Rows as they lie in their tables, read past every type: an edited value may be anything, and must not crash."""

import re
import sqlite3
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, cast

import orjson
import psycopg
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text, case, func, select
from sqlalchemy import cast as sql_cast
from sqlmodel import SQLModel

from cellchain.kernel.canonical import INTEGER_MAX, Json
from cellchain.kernel.values import dataclass
from cellchain.ledger import verify
from cellchain.ledger.models import Entry, Head
from cellchain.ledger.verify import StoredEntry
from cellchain.platform.columns import CellText, Moment
from cellchain.platform.db import Database, Link
from cellchain.platform.sealing import commitment_of

ROWS_AT_ONCE = 2_000
# Nothing lies between SQLite and this process: more at once would only take more memory.
SQLITE_ROWS_AT_ONCE = 32
# What is read from its first page to its last needs no page twice, and a large cache only takes memory for it (kB).
PASSING_KIB = -2_000
MOMENT_FORM = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
DAY_FORM = "YYYY-MM-DD"
CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
# How orjson spells what it would let pass: 0.5 and 1.5e-7, 1e+16, 1e-7 (tests/ledger/test_chain.py holds it to that).
_FRACTION = re.compile(rb"\.[0-9]+[,}\]e]")
_LARGE = re.compile(rb"\+(?<=[0-9]e\+)[0-9]")
_SMALL = re.compile(rb"-(?<=[0-9]e-)[0-9]")
NOT_UTF8 = "Could not decode to UTF-8"
_REASON = StoredEntry._fields.index("reason")
_make = partial(tuple.__new__, StoredEntry)  # as its own, without asking how many there are: millions of times
DriverError = (sqlite3.Error, psycopg.Error)
TEXTS_MAX = 10_000
_TEXTS: dict[tuple[str, Hashable], str] = {}


@dataclass(frozen=True)
class Damaged:
    """A stored value that is none of its column. Equal to nothing that an entry could hold."""

    kind: str

    def __repr__(self) -> str:
        return f"a damaged value ({self.kind})"


@contextmanager
def snapshot(database: Database) -> Iterator[Link]:
    """A connection of its own that reads one state of the database, hands out values unconverted and refuses writes."""
    borrowed = database.engine.raw_connection()
    link: Any = borrowed.driver_connection
    try:
        if database.is_sqlite:
            link.isolation_level = None
            link.execute("PRAGMA query_only = ON")
            link.execute(f"PRAGMA cache_size = {PASSING_KIB}")
            link.execute("BEGIN")
        else:
            link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cast(Link, link)
    finally:
        borrowed.invalidate()  # it was bent for this one purpose: the pool shall not hand it out again


@contextmanager
def attempt(link: Link) -> Iterator[None]:
    """What fails inside leaves the snapshot usable: PostgreSQL would refuse everything after a first error."""
    link.execute("SAVEPOINT attempt")
    try:
        yield
    except BaseException:
        link.execute("ROLLBACK TO SAVEPOINT attempt")
        raise
    finally:
        link.execute("RELEASE SAVEPOINT attempt")


def entries(database: Database, link: Link) -> Iterator[StoredEntry]:
    """Every entry, by number."""
    batches = _batches(database, link, _table(Entry), StoredEntry._fields, "seq")
    return chain.from_iterable(map(_made, batches))


def last_readable(database: Database, link: Link) -> int:
    """The number of the last entry before what of the ledger cannot be read; 0 where not even the first can."""
    last = 0
    try:
        with attempt(link):
            for entry in entries(database, link):
                last = entry.seq if isinstance(entry.seq, int) else last
    except DriverError:
        return last
    return last


def _made(rows: Sequence[Sequence[Any]]) -> Iterator[StoredEntry]:
    if any(row[_REASON] is not None for row in rows):
        rows = [(*row[:_REASON], _commitment(row[_REASON])) for row in rows]
    return map(_make, rows)


def read_bodies(texts: Sequence[Any]) -> list[dict[str, Any] | None]:
    """As `verify.read_bodies`, and several times as fast. Whatever is unusual is left to that one to judge.

    All of them are spelled at once. Each text holds one value, or it would not have been read; so where the spelling of
    the list is their texts between commas, the spelling of each value is its text.
    """
    try:
        values = list(map(orjson.loads, texts))
        spelling = ("[" + ",".join(texts) + "]").encode()
        if (
            spelling.isascii()
            and orjson.dumps(values, option=CANONICAL) == spelling
            and not _may_hold_floats(spelling)
            and set(map(type, values)) == {dict}
        ):
            return values
    except (ValueError, TypeError):
        pass
    return verify.read_bodies(texts)


def _may_hold_floats(spelling: bytes) -> bool:
    """Whether a number in a canonical text of orjson's has a fraction or an exponent. Rare signs are looked for."""
    return bool((b"+" in spelling and _LARGE.search(spelling)) or _FRACTION.search(spelling) or _SMALL.search(spelling))


def head(database: Database, link: Link) -> dict[str, object] | None:
    """The row that names the end of the chain, or None where it is gone."""
    names = ["id", "seq", "at", "hash"]
    for row in _rows(database, link, _table(Head), names, "id"):
        return dict(zip(names, row, strict=True))
    return None


def columns_of(database: Database, link: Link, table: str) -> frozenset[str]:
    """The columns that `table` really has; none where it is missing."""
    if database.is_sqlite:
        rows = link.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    else:
        rows = link.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            (table,),
        ).fetchall()
    return frozenset(row[0] for row in rows)


def rows(database: Database, link: Link, table: Table, names: Sequence[str]) -> Iterator[list[object]]:
    """Every row of an audited table, ordered by its key, the columns `names`.

    Values are as the driver has them, except that a cell is given as its commitment.
    """
    cells = [place for place, name in enumerate(names) if isinstance(table.c[name].type, CellText)]
    for row in _rows(database, link, table, names, key_of(table).name):
        values = list(row)
        for place in cells:
            values[place] = _commitment(values[place])
        yield values


def raw_rows(database: Database, link: Link, table: Table) -> Iterator[Sequence[Any]]:
    """Every row of a table as it is stored, cells and all, ordered by its key; times and days as text in UTC."""
    return _rows(database, link, table, [column.name for column in table.columns], key_of(table).name)


def key_of(table: Table) -> Column[Any]:
    """The key column of `table`."""
    return next(iter(table.primary_key.columns))


def form(column: Column[Any], value: object) -> Json | Damaged:
    """The canonical form of a value as `rows` gives it."""
    kind = column.type
    if value is None or isinstance(value, Damaged):
        return value
    if isinstance(kind, Boolean):
        return bool(value) if type(value) in (bool, int) and value in (0, 1) else _damaged(value)
    if isinstance(kind, BigInteger | Integer):
        if type(value) is not int:
            return _damaged(value)
        return value if -INTEGER_MAX < value < INTEGER_MAX else str(value)
    return value if isinstance(value, str) else _damaged(value)


def _rows(database: Database, link: Link, table: Table, names: Sequence[str], order: str) -> Iterator[Sequence[Any]]:
    for rows in _batches(database, link, table, names, order):
        yield from rows


def _batches(
    database: Database, link: Link, table: Table, names: Sequence[str], order: str
) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows some at a time, which takes less time than one by one."""
    sql = text_of(database, (table, *names, order), partial(_in_order, database, table, names, order))
    if database.is_sqlite:
        yield from _sqlite_batches(cast(sqlite3.Connection, link), sql)
        return
    with cast(Any, link).cursor(name="cellchain_stored") as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows


def text_of(database: Database, key: Hashable, build: Callable[[], Any]) -> str:
    """The statement that `key` names, as text with its values in it: compiled once for each kind of database."""
    place = (database.dialect.name, key)
    found = _TEXTS.get(place)
    if found is None:
        found = str(build().compile(dialect=database.dialect, compile_kwargs={"literal_binds": True}))
        if len(_TEXTS) < TEXTS_MAX:
            _TEXTS[place] = found
    return found


def columns_as_text(database: Database, table: Table, names: Sequence[str]) -> str:
    """The columns as a statement names them, each in the form that `rows` has."""

    def build() -> Any:
        return select(*[_expression(database, table.c[name]) for name in names])

    return text_of(database, (table, *names, "columns"), build).partition("FROM")[0].strip().removeprefix("SELECT ")


def _in_order(database: Database, table: Table, names: Sequence[str], order: str) -> Any:
    key: Any = table.c[order]
    if not database.is_sqlite and not isinstance(key.type, BigInteger | Integer):
        key = key.collate("C")  # byte order, as SQLite has it and as Python compares
    return select(*[_expression(database, table.c[name]) for name in names]).order_by(key)


def _sqlite_batches(link: sqlite3.Connection, sql: str) -> Iterator[list[Any]]:
    """The rows of `sql`; from the first text that is no UTF-8 on, read with a slower and more patient reader."""
    done = 0
    try:
        cursor = link.execute(sql)
        while rows := cursor.fetchmany(SQLITE_ROWS_AT_ONCE):
            yield rows
            done += len(rows)
    except sqlite3.OperationalError as error:
        if NOT_UTF8 not in str(error):
            raise
    else:
        return
    link.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        cursor = link.execute(sql)
        for _ in islice(cursor, done):
            pass
        while rows := cursor.fetchmany(SQLITE_ROWS_AT_ONCE):
            yield rows
    finally:
        link.text_factory = str


def _expression(database: Database, column: Column[Any]) -> Any:
    """The column as text where the driver would convert it, and could fail (a time of `infinity`)."""
    if database.is_sqlite or not isinstance(column.type, Moment | Date):
        return column
    if isinstance(column.type, Moment):
        text = func.to_char(func.timezone("UTC", column), MOMENT_FORM)
    else:
        text = func.to_char(column, DAY_FORM)
    return case((func.isfinite(column), text), else_=sql_cast(column, Text))


def _commitment(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str):
        return _damaged(value)
    try:
        return commitment_of(value)
    except UnicodeEncodeError:
        return _damaged(value)


def _damaged(value: object) -> Damaged:
    return Damaged(type(value).__name__)


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]
