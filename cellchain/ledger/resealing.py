"""After a new field key: what lies under the one before is encrypted again, and the ledger is told (decision 0033).

An entry for some rows at a time holds the commitments of their cells before and after, like any change, so that replay
goes on giving the tables. Whenever the process dies, calling it again goes on: each cell says which key it needs.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Table, Text, and_, bindparam, func, not_, or_, select, type_coerce
from sqlmodel import SQLModel

from cellchain.kernel.errors import Refused
from cellchain.ledger.append import last_position
from cellchain.ledger.foundation import ensure_founded
from cellchain.ledger.run import Runner
from cellchain.ledger.tx import CommandTx
from cellchain.platform.columns import CellText
from cellchain.platform.db import Database, ReadTx

RESEALED = "platform:cells:resealed"
ROWS_AT_ONCE = 500


def reseal(database: Database, runner: Runner) -> int:
    """Put every cell under the field key in use; gives how many were not. Nobody else may use the folder meanwhile.

    Raises Refused `database.not_founded`, `keys.cell_does_not_open`.
    """
    ensure_founded(database)
    done = 0
    for table, names in encrypted():
        after: object = None
        while keys := _waiting_keys(database, table, after):
            done += _record(database, runner, table, names, keys)
            after = keys[-1]
    return done


def waiting(tx: ReadTx) -> int:
    """How many rows hold a cell under an older field key. Reads every row of the tables with encrypted cells."""
    return sum(int(tx.one(_count(table), own=_own(tx))) for table, _ in encrypted())


def encrypted() -> Iterator[tuple[Table, list[str]]]:
    """The tables with encrypted cells, by name, and the columns that hold them."""
    for _, table in sorted(SQLModel.metadata.tables.items()):
        names = _cells(table)
        if names:
            yield table, names


def _cells(table: Table) -> list[str]:
    return [one.name for one in table.columns if isinstance(one.type, CellText) and one.type.encrypted]


def _record(database: Database, runner: Runner, table: Table, names: list[str], keys: list[Any]) -> int:
    counted: list[int] = []

    def work(tx: CommandTx) -> None:
        for key in keys:
            try:
                counted.append(tx.reseal(table, key, names))
            except ValueError as error:
                raise Refused(
                    "keys.cell_does_not_open",
                    "A value in row {key} of {table} opens with none of the keys here. Run cellchain verify; put the "
                    "missing key back or tell QA, and call this again.",
                    key=str(key),
                    table=table.name,
                ) from error
        tx.note(table=table.name, cells=sum(counted))

    with database.read() as tx:
        size = last_position(tx).seq
    runner.record_system(RESEALED, f"reseal-{size}", work)
    return sum(counted)


def _waiting_keys(database: Database, table: Table, after: object) -> list[Any]:
    with database.read() as tx:
        own = _own(tx)
        if after is None:
            return tx.many(_first(table), limit=ROWS_AT_ONCE, own=own)
        return tx.many(_further(table), limit=ROWS_AT_ONCE, own=own, after=after)


def _own(tx: ReadTx) -> str:
    return f"{tx.cell_prefix}%"


def _is_waiting(table: Table) -> Any:
    texts = [type_coerce(table.c[name], Text) for name in _cells(table)]
    return or_(*(and_(text.like("e%"), not_(text.like(bindparam("own")))) for text in texts))


def _key(table: Table) -> Any:
    return next(iter(table.primary_key.columns))


@cache
def _first(table: Table) -> Any:
    return select(_key(table)).where(_is_waiting(table)).order_by(_key(table))


@cache
def _further(table: Table) -> Any:
    return select(_key(table)).where(_key(table) > bindparam("after"), _is_waiting(table)).order_by(_key(table))


@cache
def _count(table: Table) -> Any:
    return select(func.count()).select_from(table).where(_is_waiting(table))
