"""The transaction that writes: each write takes its own image as it happens, so no command can forget the ledger."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, cast

from sqlalchemy import BigInteger, Table, Text, bindparam, delete, insert, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, select

from cellchain.kernel import canonical
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import NotFound, Stale
from cellchain.platform.columns import OUTSIDE, CellText, Record, canonicaliser, fact, number, outside_ledger, text
from cellchain.platform.db import Database, Link, ReadTx, Row, primary_key
from cellchain.platform.sealing import ERASED, Cell
from cellchain.platform.statements import Prepared


class Counter(Record, table=True):
    """Numbering without gaps: the last number given under each name."""

    __tablename__ = "platform_counter"
    __table_args__ = outside_ledger("numbering; verify compares it with the numbers that stand in the rows")

    name: str = text(60, primary_key=True)
    value: int = number()


class WriteTx(ReadTx):
    """What a command may do: read, lock, add and change. It cannot delete, commit, or reach the connection.

    `changes` collects {table, key, before, after} of every audited row in canonical form.
    """

    def __init__(self, database: Database, link: Link, *, now: datetime) -> None:
        super().__init__(database, link, database.known_by(link), now)
        self.changes: list[dict[str, canonical.Json]] = []
        self.taken_back: set[str] = set()  # tables outside the ledger out of which rows were deleted
        # The rows that may change, each as it stands now: an image of before is taken from here alone.
        self._held: dict[tuple[str, object], SQLModel] = {}

    def lock(self, model: type[Row], key: object) -> Row:
        """The row, held until commit, so that what is decided on it still holds then. Raises NotFound."""
        prepared = self._statements.keep(("lock", model), lambda: _by_key_for_update(model))
        row = self._run(prepared, {"key_": key}).fetchone()
        if row is None:
            raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=str(key))
        return self._hold(_table(model), key, cast(Row, prepared.read(row)))

    def add(self, row: Row) -> Row:
        """Insert `row` and give it back as stored. A numbered key is counted here."""
        model = type(row)
        table = _table(model)
        given = row.__dict__  # past the ORM's attributes, which would ask a session that there is not
        values = {name: given.get(name) for name in _names(table)}
        key_column = primary_key(model)
        if values[key_column.key] is None:
            ensure(isinstance(key_column.type, BigInteger), f"{table.name} is given its identifier")
            values[key_column.key] = self.next_value(table.name)
        sealed = self._seal(table, values)
        prepared = self._statements.keep(("add", model), lambda: insert(table))
        self._run(prepared, sealed)
        key = values[key_column.key]
        self._capture(table, key, None, sealed)
        return self._hold(table, key, fact(model, values))

    def add_all(self, rows: Sequence[Row]) -> None:
        """Insert many rows of one model with numbered keys, in one statement: what a recall reaches is thousands.

        They cannot be changed in this transaction; lock those that are to be.
        """
        if not rows:
            return
        model, table = type(rows[0]), _table(type(rows[0]))
        key = primary_key(model).key
        ensure(all(type(row) is model for row in rows), "what is added together is of one kind")
        last = self._take_numbers(table.name, len(rows))
        prepared = self._statements.keep(("add", model), lambda: insert(table))
        sealed = []
        for place, row in enumerate(rows, last - len(rows) + 1):
            given = row.__dict__
            values = {name: given.get(name) for name in _names(table)}
            ensure(values[key] is None, f"{table.name} counts its keys by itself")
            sealed.append(self._seal(table, {**values, key: place}))
        self._expect(prepared)
        cast(Any, self._link).cursor().executemany(prepared.sql, [prepared.parameters(values) for values in sealed])
        for values in sealed:
            self._capture(table, values[key], None, values)

    def seal_text(self, value: str) -> Cell:
        """A salted cell for a value whose commitment is needed before its row is written."""
        return self._database.sealer.salted(value)

    def encrypted_text(self, value: str) -> Cell:
        """A cell that only the field key opens, for a row that is written by `claim` or `add_outside`."""
        return self._database.sealer.encrypted(value)

    def add_outside(self, model: type[SQLModel], values: Mapping[str, Any]) -> None:
        """Insert plain values and ready-made cells into a table outside the ledger, without making an instance."""
        table = _table(model)
        ensure(OUTSIDE in table.info, f"{table.name} is audited: it is written by add")
        self._run(self._statements.keep(("add", model), lambda: insert(table)), values)

    def claim(self, model: type[SQLModel], values: Mapping[str, Any]) -> bool:
        """Insert unless the key is taken, and say which. On PostgreSQL it waits for another's unfinished insert."""
        table = _table(model)
        ensure(OUTSIDE in table.info, f"{table.name} is audited: it is written by add")
        name = self._database.dialect.name
        prepared = self._statements.keep(("claim", model), lambda: _INSERTS[name](table).on_conflict_do_nothing())
        return bool(self._run(prepared, values).rowcount == 1)

    def change(self, row: Row, **after: Any) -> Row:
        """Change columns of a row that this transaction locked or added. Raises Stale if it is gone.

        Give what `lock`, `add` or the last `change` gave: an older instance would put its old values into the ledger.
        """
        model = type(row)
        table = _table(model)
        key = getattr(row, primary_key(model).key)
        held = self._held.get((table.name, key))
        ensure(held is not None, f"a row of {table.name} is locked before it changes")
        ensure(held is row or held.__dict__ == row.__dict__, f"a row of {table.name} is changed as it stands now")
        before = {name: getattr(row, name) for name in after}
        touched = {name: value for name, value in after.items() if value != before[name]}
        if not touched:
            return row
        sealed = self._seal(table, touched)
        prepared = self._statements.keep(("change", model, tuple(sealed)), lambda: _update(model, tuple(sealed)))
        stored = self._stored_cells(model, key, [name for name in sealed if name in _cells(table)])
        if self._run(prepared, {"key_": key, **sealed}).rowcount != 1:
            raise Stale()
        self._capture(table, key, {name: stored.get(name, before[name]) for name in sealed}, sealed)
        return self._hold(
            table, key, fact(model, {**{name: row.__dict__.get(name) for name in _names(table)}, **after})
        )

    def erase(self, table: Table, key: object, name: str) -> str:
        """Put a black bar in the place of a personal value and its salt, and give what stood there.

        Raises NotFound where nothing stands there.
        """
        before = self.cell(table, key, name)
        if before is None or before.text == ERASED:
            raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=str(key))
        value, after = self._database.sealer.open(before.text), Cell(ERASED)
        prepared = self._statements.keep(("erase", table.name, name), lambda: _erase(table, name))
        if self._run(prepared, {"key_": key, name: after}).rowcount != 1:
            raise Stale()
        self._capture(table, key, {name: before}, {name: after})
        self.leave_no_trace()
        return value

    def reseal(self, table: Table, key: object, names: Sequence[str]) -> int:
        """Put cells of a row that lie under an older field key under the one in use; gives how many.

        The values stay what they are; the ledger gets the new commitments. Raises ValueError where one does not open,
        Stale where somebody wrote it meanwhile.
        """
        before: dict[str, Cell] = {}
        after: dict[str, Cell] = {}
        for name in names:
            cell = self.cell(table, key, name)
            fresh = None if cell is None else self._database.sealer.resealed(cell)
            if cell is not None and fresh is not None:
                before[name], after[name] = cell, fresh
        for name, fresh in after.items():
            prepared = self._statements.keep(("reseal", table.name, name), partial(_reseal, table, name))
            if self._run(prepared, {"key_": key, "before_": before[name].text, name: fresh}).rowcount != 1:
                raise Stale()
        if after:
            self._capture(table, key, before, after)
            self.leave_no_trace()
        return len(after)

    def leave_no_trace(self) -> None:
        """Something was erased: once it is committed, what the write-ahead log still knows of it goes too."""
        self._database.holds_traces = self._database.is_sqlite

    def set_outside(self, model: type[SQLModel], key: object, **values: Any) -> None:
        """Write columns of a row outside the ledger without reading it first. Raises Stale if it is gone."""
        ensure(OUTSIDE in _table(model).info, f"{model.__name__} is audited: it is written by change")
        prepared = self._statements.keep(("change", model, tuple(values)), lambda: _update(model, tuple(values)))
        if self._run(prepared, {"key_": key, **values}).rowcount != 1:
            raise Stale()

    def next_value(self, name: str) -> int:
        """The next number under `name`, from 1, without gaps: a rolled-back command gives its number back."""
        return self._take_numbers(name, 1)

    def _take_numbers(self, name: str, count: int) -> int:
        """Take so many numbers at once, and give the last of them."""
        prepared = self._statements.keep(("count", self._database.dialect.name), _count(self._database.dialect.name))
        return int(self._run(prepared, {"name_": name, "more_": count}).fetchone()[0])

    def random_bytes(self, size: int) -> bytes:
        """Random bytes from the system (from the seed in a demonstration alone)."""
        return self._database.sealer.random(size)

    def take_back(self, row: SQLModel) -> None:
        """Delete a row of a table outside the ledger (a session, a delivered job). Audited rows are never deleted."""
        table = _table(type(row))
        ensure(OUTSIDE in table.info, f"{table.name} is audited: nothing is deleted from it")
        self.taken_back.add(table.name)
        prepared = self._statements.keep(("delete", type(row)), lambda: _delete(type(row)))
        self._run(prepared, {"key_": getattr(row, primary_key(type(row)).key)})

    def hold_end(self) -> None:
        """This transaction has locked the end of the chain: nobody else writes to audited tables until it ends."""
        self._known.hold()

    def _run(self, prepared: Prepared, values: Mapping[str, Any]) -> Any:
        self._expect(prepared)
        return self._link.execute(prepared.sql, prepared.parameters(values))

    def _expect(self, prepared: Prepared) -> None:
        """What is not a plain read may change answers. On PostgreSQL it may have waited until somebody else had."""
        ensure(not self._known.works_out, "an answer that is kept is worked out by reading alone")
        self._ahead.clear()
        self._known.waited()
        if prepared.writes is not None:
            self._known.wrote(prepared.writes)

    def _keep(self, prepared: Prepared, question: tuple[Any, ...], answer: Any) -> None:
        if prepared.shares:
            self._known.keep(prepared, question, answer, prepared.words)
        else:  # for this transaction alone
            self._ahead[prepared, question] = answer

    def _hold(self, table: Table, key: object, row: Row) -> Row:
        self._held[table.name, key] = row
        return row

    def _seal(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        sealed = dict(values)
        for name, kind in _cells(table).items():
            value = sealed.get(name)
            if value is None:
                continue
            ensure(len(value) <= kind.length_max, f"{table.name}.{name} is at most {kind.length_max} characters")
            sealer = self._database.sealer
            sealed[name] = sealer.encrypted(value) if kind.encrypted else sealer.salted(value)
        return sealed

    def _stored_cells(self, model: type[SQLModel], key: object, names: list[str]) -> dict[str, Any]:
        """The cells as they lie in the table: the image before a change commits to them, not to their values."""
        if not names:
            return {}
        prepared = self._statements.keep(("cells", model, tuple(names)), lambda: _raw_cells(model, names))
        row = self._run(prepared, {"key_": key}).fetchone()
        return {name: None if value is None else Cell(value) for name, value in zip(names, row, strict=True)}

    def _capture(self, table: Table, key: object, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        if OUTSIDE in table.info:
            return
        forms = _forms(table)
        self.changes.append(
            {
                "table": table.name,
                "key": cast(canonical.Json, key),
                "before": None if before is None else {name: forms[name](value) for name, value in before.items()},
                "after": {name: forms[name](value) for name, value in after.items()},
            }
        )


_INSERTS: dict[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def _table(model: type[SQLModel]) -> Table:
    mapped: Any = model
    return cast(Table, mapped.__table__)


@cache
def _cells(table: Table) -> dict[str, CellText]:
    return {column.key: column.type for column in table.columns if isinstance(column.type, CellText)}


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.key for column in table.columns)


@cache
def _forms(table: Table) -> dict[str, Callable[[Any], canonical.Json]]:
    return {column.key: canonicaliser(column) for column in table.columns}


def _by_key_for_update(model: type[SQLModel]) -> Any:
    return select(model).where(primary_key(model) == bindparam("key_")).with_for_update()


def _update(model: type[SQLModel], names: tuple[str, ...]) -> Any:
    return (
        update(_table(model))
        .where(primary_key(model) == bindparam("key_"))
        .values({name: bindparam(name) for name in names})
    )


def _erase(table: Table, name: str) -> Any:
    [key] = table.primary_key.columns
    return update(table).where(key == bindparam("key_")).values({name: bindparam(name)})


def _reseal(table: Table, name: str) -> Any:
    [key] = table.primary_key.columns
    as_it_was = type_coerce(table.c[name], Text) == bindparam("before_")
    return update(table).where(key == bindparam("key_"), as_it_was).values({name: bindparam(name)})


def _delete(model: type[SQLModel]) -> Any:
    return delete(_table(model)).where(primary_key(model) == bindparam("key_"))


def _raw_cells(model: type[SQLModel], names: list[str]) -> Any:
    columns = [type_coerce(_table(model).c[name], Text) for name in names]
    return select(*columns).where(primary_key(model) == bindparam("key_"))


def _count(dialect: str) -> Callable[[], Any]:
    make = _INSERTS[dialect]
    counters = _table(Counter)

    def build() -> Any:
        first = make(counters).values(name=bindparam("name_"), value=bindparam("more_"))
        return first.on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + first.excluded.value}
        ).returning(counters.c.value)

    return build
