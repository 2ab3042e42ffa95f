"""The two databases, and what may be done with them: read in a snapshot, or write inside the runner.

SQLite (embedded, one process) and PostgreSQL (several). Read connections refuse writes; the connections that write are
private to `ledger.run`.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from functools import wraps
from queue import Empty, LifoQueue
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import psycopg
from sqlalchemy import Table, Text, bindparam, type_coerce
from sqlmodel import SQLModel, select
from sqlmodel.sql.expression import SelectOfScalar

from cellchain.kernel.clock import Clock, ClockStep, WatchedClock
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Busy, NotFound
from cellchain.platform.away import fault_of, told
from cellchain.platform.engine import engine_of, set_pragmas
from cellchain.platform.known import KNOWN_ROWS_MAX, MISSING, Known, SoleWriter
from cellchain.platform.sealing import Cell, Sealer
from cellchain.platform.shared import AmongWriters, Memory, News
from cellchain.platform.statements import ASKED, Prepared, Statements, code_list, for_each

ROWS_MAX = 100_000
# How many codes one question names at most, where many are asked about at once.
AHEAD_AT_ONCE = 1_000
# What the drivers raise for a value that no column can hold: a number beyond 64 bits, a text with a NUL.
BEYOND: tuple[type[Exception], ...] = (OverflowError, psycopg.DataError)
# What the driver raises while the server is away, ends, or has become a replica that takes no entries (after a
# failover). Two transactions in each other's way are of the first kind too, and are another matter.
AWAY: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
CONTENTION: tuple[type[Exception], ...] = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
# When to come again: a failover takes longer than one of these and ends within a few.
RETRY_S = 3
# How a connection to PostgreSQL is opened, unless the address says otherwise. A server that vanished without a word is
# given up after ten seconds; libpq would wait for as long as the system does, which is hours.
CONNECTION: Mapping[str, str | int] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "cellchain",
}
# So long a process may do nothing in a transaction that writes before the server takes it for stopped and ends it. All
# others wait until then, since it holds the end of the chain.
STOPPED_AFTER_S = 60
READING, WRITING = "-c default_transaction_read_only=on", "-c idle_in_transaction_session_timeout={}s"
# Statements are module constants that come again and again: the server keeps the plan from the second time on.
PREPARE_FROM = 1
PREPARED_MAX = 1_000
Row = TypeVar("Row", bound=SQLModel)
R = TypeVar("R")


class Incomplete(Exception):
    """What was asked about many things at once has more rows than are read."""


class Link(Protocol):
    """A driver connection: both drivers offer this much."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...


class Database:
    """One database: its engine for migrations, its compiled statements, its read connections."""

    def __init__(self, url: str, *, clock: Clock, sealer: Sealer, read_links: int = 4) -> None:
        self.url = url
        self.clock = clock
        self.sealer = sealer
        self.house: Any = None  # what main.py hands down: `ledger.describe.House`
        self.engine = engine_of(url)
        self.dialect = self.engine.dialect
        self.is_sqlite = self.dialect.name == "sqlite"
        opener: Any = self.dialect
        opener.sealer = sealer  # CellText opens its cells with it
        self.statements = Statements(self.dialect)
        self.known = SoleWriter()  # to the one connection that writes to SQLite; under the runner's mutex
        self.memory = Memory()  # of this process, over PostgreSQL
        self.news: Callable[[Link, int], News] | None = None  # what came after an entry: the ledger hands it in
        self._known_by: dict[int, Known] = {}  # the answers of each transaction on PostgreSQL that is under way
        self.holds_traces = False  # of something erased, in the write-ahead log; the runner removes them
        self.read_links = read_links
        self._idle: LifoQueue[Link] = LifoQueue(read_links)
        self._writer_taken = False

    @contextmanager
    def read(self) -> Iterator["ReadTx"]:
        """A snapshot: everything read inside belongs together. The connection refuses every write.

        Raises Busy `database.away` where PostgreSQL cannot be reached, or vanishes meanwhile, and Unavailable where
        the files of either cannot be read.
        """
        with told(), self._snapshot() as link:
            yield ReadTx(self, link)

    def ask(self, statement: Any, **values: Any) -> list[Any]:
        """All rows of one statement, which is a snapshot by itself: one round trip to PostgreSQL in place of three.

        Raises as `read` does.
        """
        if self.is_sqlite:
            with self.read() as tx:
                return tx.every(statement, **values)
        with told():
            try:
                return self._asked(statement, values)
            except AWAY as error:
                raise (fault_of(error) or away()) from error

    def _asked(self, statement: Any, values: Mapping[str, Any]) -> list[Any]:
        """On PostgreSQL, past connections that lay idle while their server ended."""
        while True:
            link, fresh = self._lent()
            try:
                rows = ReadTx(self, link).every(statement, **values)
            except BaseException as error:
                cast(Any, link).close()
                if fresh or not isinstance(error, AWAY):
                    raise
            else:
                self._give_back(link)
                return rows

    def _lent(self) -> tuple[Link, bool]:
        """A connection for reading, and whether it was opened for this."""
        try:
            return self._idle.get_nowait(), False
        except Empty:
            return self._connect(query_only=True), True

    @contextmanager
    def _snapshot(self) -> Iterator[Link]:
        try:
            link = self._begun_reading()
            usable = False
            try:
                try:
                    yield link
                finally:
                    link.execute("ROLLBACK")
                    usable = True
            finally:
                if usable:
                    self._give_back(link)
                else:
                    cast(Any, link).close()
        except AWAY as error:
            raise (fault_of(error) or away()) from error

    def known_by(self, link: Link) -> Known:
        """What a connection that writes was told."""
        if self.is_sqlite:
            return self.known
        return self._known_by.get(id(link)) or Known()

    @contextmanager
    def knowing(self, link: Link) -> Iterator[None]:
        """A transaction on PostgreSQL, which shares what it is told with those after it."""
        news = self.news
        if news is not None:
            self._known_by[id(link)] = AmongWriters(self.memory, lambda seq: news(link, seq))
        try:
            yield
        finally:
            self._known_by.pop(id(link), None)

    def write_link(self) -> Link:
        """A new connection that may write. For `ledger.run` alone; on SQLite there is exactly one."""
        if self.is_sqlite:
            ensure(not self._writer_taken, "one connection writes to SQLite, and the runner holds it")
            self._writer_taken = True
        return self._connect(query_only=False)

    def close(self) -> None:
        """Close every idle connection."""
        while True:
            try:
                cast(Any, self._idle.get_nowait()).close()
            except Empty:
                break
        self.engine.dispose()

    def _begun_reading(self) -> Link:
        """A connection with its snapshot begun. Those that lay idle while their server ended are left aside."""
        begin = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        while True:
            link, fresh = self._lent()
            try:
                link.execute(begin)
            except AWAY:
                cast(Any, link).close()
                if fresh:
                    raise
            else:
                return link

    def _give_back(self, link: Link) -> None:
        if self._idle.full():
            cast(Any, link).close()
        else:
            self._idle.put_nowait(link)

    def _connect(self, *, query_only: bool) -> Link:
        if self.is_sqlite:
            path = self.engine.url.database or ":memory:"
            link = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
            set_pragmas(link)
            if query_only:
                link.execute("PRAGMA query_only = ON")
            return cast(Link, link)
        url = self.engine.url
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        usual: dict[str, Any] = {name: value for name, value in CONNECTION.items() if name not in url.query}
        if "options" not in url.query:
            usual["options"] = READING if query_only else WRITING.format(STOPPED_AFTER_S)
        opened = psycopg.connect(address, autocommit=True, prepare_threshold=PREPARE_FROM, **usual)
        opened.prepared_max = PREPARED_MAX
        return cast(Link, opened)


class ReadTx:
    """Reads inside one transaction. Statements are module constants; every list is bounded.

    Rooms ask their neighbours without knowing what these asked before, so one question comes up several times in a
    transaction (a bedside check asks five times where a lot came from). It is answered from memory until a write.
    """

    def __init__(self, database: Database, link: Link, known: Known | None = None, now: datetime | None = None) -> None:
        self._database = database
        self._link = link
        self._statements = database.statements
        self._known = Known() if known is None else known
        self._ahead: dict[tuple[Prepared, tuple[Any, ...]], Any] = {}
        self._now = database.clock.now() if now is None else now
        self.house = database.house

    @property
    def now(self) -> datetime:
        """The moment of this transaction, UTC. Raises InvariantBroken for a question whose answer will be kept."""
        ensure(not self._known.works_out, "an answer that is kept does not depend on the clock")
        return self._now

    @property
    def today(self) -> date:
        """The site's day now. Days are the site's wherever they count: at one in the morning UTC is a day behind."""
        return self.day_of(self.now)

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return UTC if self.house is None else cast(tzinfo, self.house.zone)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._database.is_sqlite

    @property
    def clock_step(self) -> ClockStep | None:
        """The last time that the server's clock was moved, where somebody watches it."""
        ensure(not self._known.works_out, "an answer that is kept does not depend on the clock")
        clock = self._database.clock
        return clock.last_step if isinstance(clock, WatchedClock) else None

    def day_of(self, at: datetime) -> date:
        """The site's day of a moment."""
        return at.astimezone(self.zone).date()

    @property
    def cell_prefix(self) -> str:
        """How a cell begins that is encrypted with the field key in use."""
        return self._database.sealer.prefix

    def fingerprint(self, text: str) -> str:
        """A keyed digest by which a sealed value is found again; nobody without the key can try values against it."""
        return self._database.sealer.fingerprint(text)

    def find(self, model: type[Row], key: object) -> Row | None:
        """The row of `model` with primary key `key`, or None."""
        prepared = self._statements.keep(("get", model), lambda: _by_key(model))
        return cast(Row | None, self._first(prepared, {"key_": key}))

    def get(self, model: type[Row], key: object) -> Row:
        """As `find`. Raises NotFound."""
        row = self.find(model, key)
        if row is None:
            raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=str(key))
        return row

    def cell(self, table: Table, key: object, name: str) -> Cell | None:
        """A cell as it lies in its table; None where the row or the value is not there."""
        prepared = self._statements.keep(("cell", table.name, name), lambda: _cell(table, name))
        self._known.read(prepared.words)
        row = self._link.execute(prepared.sql, prepared.parameters({"key_": key})).fetchone()
        return None if row is None or row[0] is None else Cell(row[0])

    def worked_out(self, question: Callable[..., Any], asked: tuple[Any, ...]) -> Any:
        """What `question` works out of rows, from memory where nothing that it read was written to since; see `kept`"""
        answer = self._known.told(question, asked)
        if answer is MISSING:
            with self._known.working_out() as words:
                answer = question(self, *asked)
            self._known.keep(question, asked, answer, words)
        return answer

    @overload
    def one(self, statement: SelectOfScalar[R], /, **values: Any) -> R | None: ...
    @overload
    def one(self, statement: Any, /, **values: Any) -> Any: ...
    def one(self, statement: Any, /, **values: Any) -> Any:
        """The first row of `statement`, or None."""
        return self._first(self._statements(statement), values)

    @overload
    def many(self, statement: SelectOfScalar[R], /, *, limit: int, **values: Any) -> list[R]: ...
    @overload
    def many(self, statement: Any, /, *, limit: int, **values: Any) -> list[Any]: ...
    def many(self, statement: Any, /, *, limit: int, **values: Any) -> list[Any]:
        """The first `limit` rows."""
        ensure(0 < limit <= ROWS_MAX, "a list is bounded")
        prepared = self._many(statement)
        parameters = prepared.parameters({"limit_": limit, **values})
        question = _values_of(parameters)
        self._known.read(prepared.words)
        known = self._known.told(prepared, question)
        if known is not MISSING:
            return list(known)
        if (prepared, question) in self._ahead:
            return list(self._ahead[prepared, question])
        found = [prepared.read(row) for row in self._link.execute(prepared.sql, parameters).fetchall()]
        if len(found) <= KNOWN_ROWS_MAX:
            self._keep(prepared, question, tuple(found))
        return found

    @overload
    def every(self, statement: SelectOfScalar[R], /, **values: Any) -> list[R]: ...
    @overload
    def every(self, statement: Any, /, **values: Any) -> list[Any]: ...
    def every(self, statement: Any, /, **values: Any) -> list[Any]:
        """All rows. Raises InvariantBroken rather than return an incomplete list beyond 100,000."""
        rows = self.many(statement, limit=ROWS_MAX, **values)
        ensure(len(rows) < ROWS_MAX, "a complete list fits its bound")
        return rows

    # -- asking about many at once -----------------------------------------------------------------------------------

    def each(self, statement: Any, parameter: str, values: Sequence[str]) -> dict[str, list[Any]]:
        """The rows of a statement of one parameter for each of many values; a value without rows is left out.

        Nothing is kept of them. Raises Incomplete rather than return an incomplete answer.
        """
        return self._answers(
            self._statements.keep(("ahead", statement), lambda: for_each(statement, parameter)), values
        )

    def rows(self, statement: Any, parameter: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """The same as one list: every row ends with the value that it answers. Raises Incomplete."""
        prepared = self._statements.keep(("ahead", statement), lambda: for_each(statement, parameter))
        return [row for part in self._parts(prepared, values) for row in part]

    def find_each(self, model: type[Row], keys: Sequence[str]) -> dict[str, Row]:
        """The rows of `model` with these codes, as far as there are any."""
        found = self._answers(self._statements.keep(("find each", model), lambda: _by_each_key(model)), keys)
        return {key: row for key, [row] in found.items()}

    def ask_ahead(self, statement: Any, parameter: str, values: Sequence[str], *, limit: int | None = None) -> None:
        """Ask a statement of one parameter for many values: it then answers each from memory, until a write.

        limit  how many rows `many` will ask for; None where `one` asks for the first. Raises Incomplete.
        """
        asked = self._statements.keep(("ahead", statement), lambda: for_each(statement, parameter))
        found = self._answers(asked, values)
        single = self._statements(statement) if limit is None else self._many(statement)
        for value in values:
            rows = found.get(value, [])
            given = {parameter: value} if limit is None else {parameter: value, "limit_": limit}
            answer: Any = (rows[0] if rows else None) if limit is None else tuple(rows[:limit])
            self._ahead[single, _values_of(single.parameters(given))] = answer

    def _answers(self, prepared: Prepared, values: Sequence[str]) -> dict[str, list[Any]]:
        """What was asked for many values, by value."""
        found: dict[str, list[Any]] = {}
        for part in self._parts(prepared, values):
            for row in part:
                found.setdefault(row[-1], []).append(row[0] if len(row) == 2 else row[:-1])
        return found

    def _parts(self, prepared: Prepared, values: Sequence[str]) -> Iterator[Iterator[tuple[Any, ...]]]:
        """The rows of one question after the other, none of which names more values than are asked about at once."""
        self._known.read(prepared.words)
        for first in range(0, len(values), AHEAD_AT_ONCE):
            parameters = prepared.parameters({ASKED: code_list(values[first : first + AHEAD_AT_ONCE])})
            rows = self._link.execute(prepared.sql, parameters).fetchmany(ROWS_MAX)
            if len(rows) == ROWS_MAX:
                raise Incomplete(ROWS_MAX)
            yield map(prepared.read, rows)

    def _many(self, statement: Any) -> Prepared:
        return self._statements.keep(("many", statement), lambda: statement.limit(bindparam("limit_", type_=None)))

    def _first(self, prepared: Prepared, values: Mapping[str, Any]) -> Any:
        parameters = prepared.parameters(values)
        question = _values_of(parameters)
        self._known.read(prepared.words)
        known = self._known.told(prepared, question)
        if known is not MISSING:
            return known
        if (prepared, question) in self._ahead:
            return self._ahead[prepared, question]
        row = self._link.execute(prepared.sql, parameters).fetchone()
        found = None if row is None else prepared.read(row)
        self._keep(prepared, question, found)
        return found

    def _keep(self, prepared: Prepared, question: tuple[Any, ...], answer: Any) -> None:
        self._known.keep(prepared, question, answer, prepared.words)


Asked = ParamSpec("Asked")


def kept(question: Callable[Concatenate[ReadTx, Asked], R]) -> Callable[Concatenate[ReadTx, Asked], R]:
    """A question of a room whose answer is worked out of rows once, until a table that it read is written to.

    It is given values, reads no clock, and answers with values that nobody can change. Asked by place, never by name.
    """

    @wraps(question)
    def answered(tx: ReadTx, *asked: Asked.args, **named: Asked.kwargs) -> R:
        ensure(not named, "what is asked for is given by place")
        return cast(R, tx.worked_out(question, asked))

    return cast(Callable[Concatenate[ReadTx, Asked], R], answered)


def away() -> Busy:
    """What a person is told while PostgreSQL cannot be reached."""
    return Busy(
        "database.away",
        "The database cannot be reached at the moment. Nothing was changed. Try again in {seconds} s.",
        seconds=RETRY_S,
    )


def _values_of(parameters: Any) -> tuple[Any, ...]:
    """What the driver is given, in the statement's own order: a tuple on SQLite, a mapping on PostgreSQL."""
    return tuple(parameters.values()) if isinstance(parameters, dict) else parameters


def _by_key(model: type[SQLModel]) -> Any:
    return select(model).where(primary_key(model) == bindparam("key_"))


def _by_each_key(model: type[SQLModel]) -> Any:
    name = f"{primary_key(model).key}_asked"
    return for_each(select(model).where(primary_key(model) == bindparam(name)), name)


def _cell(table: Table, name: str) -> Any:
    [key] = table.primary_key.columns
    return select(type_coerce(table.c[name], Text)).where(key == bindparam("key_"))


def primary_key(model: type[SQLModel]) -> Any:
    """The single primary key column of `model`."""
    table: Any = model
    columns = list(table.__table__.primary_key.columns)
    ensure(len(columns) == 1, f"{model.__name__} has one key column")
    return columns[0]
