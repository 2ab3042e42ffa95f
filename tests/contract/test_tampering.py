"""A change by hand in any audited table is found and named: the edits are made from the tables themselves.

A table that somebody adds tomorrow is covered by itself. That one edit alone is found, and which entry is named for it,
tests/ledger shows on tables of its own.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from cellchain.composition import INVARIANTS
from cellchain.ledger.audit import run_verify
from cellchain.ledger.replay import audited_tables
from tests.bedside.world import World
from tests.races import morning

# Findings are limited in number, so not everything is edited at once.
TABLES_AT_ONCE = 12
Place = tuple[str, str, str | None]


def groups() -> Iterator[list[Table]]:
    """All audited tables, a few at a time."""
    tables = audited_tables()
    for start in range(0, len(tables), TABLES_AT_ONCE):
        yield tables[start : start + TABLES_AT_ONCE]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house in which something of everything is under way."""
    return morning.begun(tmp_path_factory.getbasetemp())


@pytest.fixture
def world(source: Path, tmp_path: Path) -> Iterator[World]:
    made = World(source, tmp_path / "world")
    yield made
    made.close()


def found_after(world: World, edits: Sequence[tuple[str, tuple[Any, ...]]]) -> set[Place]:
    """Drop the triggers, edit a copy of the database, verify it: the places that are named."""
    database = world.folder / "cellchain.db"
    original = world.folder / "original.db"
    if not original.exists():
        with closing(sqlite3.connect(database)) as link, closing(sqlite3.connect(original)) as target:
            link.backup(target)
    world.close()
    for leftover in world.folder.glob("cellchain.db*"):
        leftover.unlink()
    shutil.copyfile(original, database)
    with closing(sqlite3.connect(database)) as link, link:
        link.execute("PRAGMA foreign_keys = OFF")
        link.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            link.execute(f'DROP TRIGGER "{name}"')
        # An index over the rows that stand would stop an edit that lets a row stand again: whoever edits drops it too.
        partial = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%UNIQUE%WHERE%'"
        for (name,) in link.execute(partial).fetchall():
            link.execute(f'DROP INDEX "{name}"')
        for statement, values in edits:
            assert link.execute(statement, values).rowcount == 1, statement
    report = run_verify(world.installation.database, world.installation.folder, INVARIANTS)
    assert not report.intact
    assert report.text().splitlines()[-1].startswith("broken: entry ")
    return {(one.table, str(one.key), one.column) for one in report.findings}


def keys_of(world: World, table: Table) -> list[Any]:
    """The keys of a table's rows."""
    [key] = table.primary_key.columns
    with closing(sqlite3.connect(world.folder / "cellchain.db")) as link:
        return [value for (value,) in link.execute(f"SELECT {key.name} FROM {table.name} ORDER BY 1")]


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, int):  # far enough not to meet another row's value where a column is unique
        return 1 - value if value in (0, 1) else value + 100_003
    if isinstance(value, str) and value:
        return value[:-1] + ("y" if value[-1] != "y" else "z")
    return "x"


def test_most_tables_have_rows_to_edit(world: World) -> None:
    """A table without a row can be shown an inserted one alone."""
    empty = [table.name for table in audited_tables() if not keys_of(world, table)]
    assert 3 * len(empty) < len(audited_tables()), empty


def test_every_changed_column_is_named(world: World) -> None:
    for tables in groups():
        edits: list[tuple[str, tuple[Any, ...]]] = []
        expected: set[Place] = set()
        for table in tables:
            keys = keys_of(world, table)
            [primary] = table.primary_key.columns
            columns = [column for column in table.columns if not column.primary_key]
            if not keys:
                continue
            with closing(sqlite3.connect(world.folder / "cellchain.db")) as link:
                for place, column in enumerate(columns):
                    key = keys[place % len(keys)]
                    select = f'SELECT "{column.name}" FROM {table.name} WHERE {primary.name} = ?'
                    (value,) = link.execute(select, (key,)).fetchone()
                    update = f'UPDATE {table.name} SET "{column.name}" = ? WHERE {primary.name} = ?'
                    edits.append((update, (other(value), key)))
                    expected.add((table.name, str(key), column.name))
        found = found_after(world, edits)
        assert expected - found == set()


def test_every_deleted_row_is_named(world: World) -> None:
    for tables in groups():
        edits: list[tuple[str, tuple[Any, ...]]] = []
        expected: set[Place] = set()
        for table in tables:
            [primary] = table.primary_key.columns
            for key in keys_of(world, table)[:1]:
                edits.append((f"DELETE FROM {table.name} WHERE {primary.name} = ?", (key,)))
                expected.add((table.name, str(key), None))
        assert expected - found_after(world, edits) == set()


def test_every_inserted_row_is_named(world: World) -> None:
    for tables in groups():
        edits: list[tuple[str, tuple[Any, ...]]] = []
        expected: set[Place] = set()
        for table in tables:
            [primary] = table.primary_key.columns
            key: Any = 999_999 if primary.type.python_type is int else "XX999999999999"
            names = [f'"{column.name}"' for column in table.columns]
            # Every value differs from those that are there, so that no unique index is in the way.
            values = [key if column.primary_key else f"forged {column.name}" for column in table.columns]
            marks = ", ".join("?" * len(names))
            edits.append((f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", tuple(values)))
            expected.add((table.name, str(key), None))
        assert expected - found_after(world, edits) == set()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE ledger_entry SET actor = 'PS9' WHERE seq = 50", ("ledger_entry", "50", "actor")),
        ("DELETE FROM ledger_entry WHERE seq = 50", ("ledger_entry", "50", None)),
        (
            (
                "INSERT INTO ledger_entry (seq, at, event, actor, subject, request_id, reason, body, hash)"
                " SELECT 99999, at, event, actor, subject, 'forged', reason, body, 'forged'"
                " FROM ledger_entry WHERE seq = 50"
            ),
            ("ledger_entry", "99999", "hash"),
        ),
    ],
)
def test_an_edited_ledger_is_named(world: World, statement: str, place: Place) -> None:
    found = found_after(world, [(statement, ())])
    assert place[:2] in {one[:2] for one in found}
