"""The triggers that keep the database append-only, whoever holds the connection. Made anew after every migration.

A migration that makes a table anew drops its triggers without a word, so `migrate` always writes all of them, once it
has seen that they were there before.
"""

import re
from collections.abc import Iterator
from string import Template
from typing import Any

from sqlalchemy import Connection, Table, inspect, text

from cellchain.ledger.models import Entry
from cellchain.ledger.replay import audited_tables
from cellchain.ledger.stored import key_of
from cellchain.ledger.verify import Finding
from cellchain.platform.db import Database, Link

# A reason may hold what must be forgotten: a signed redaction may empty that one cell, and verify asks for its entry.
FORGETTABLE = "reason"

_SQLITE = (
    Template("DROP TRIGGER IF EXISTS ${table}_no_delete"),
    Template(
        "CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON $table"
        " BEGIN SELECT RAISE(ABORT, '$table is append-only: DELETE is refused'); END"
    ),
    # INSERT OR REPLACE deletes without asking the trigger above. The message is that of the constraint it goes around.
    Template("DROP TRIGGER IF EXISTS ${table}_no_replace"),
    Template(
        "CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON $table WHEN EXISTS (SELECT 1 FROM $table WHERE $taken)"
        " BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: $table.$key'); END"
    ),
)
_SQLITE_ENTRY = (
    Template("DROP TRIGGER IF EXISTS ${table}_no_update"),
    Template(
        "CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON $table WHEN NOT ($forgets)"
        " BEGIN SELECT RAISE(ABORT, '$table is append-only: UPDATE is refused'); END"
    ),
)
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION cellchain_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
END $$
"""
_POSTGRESQL = (
    Template(
        "CREATE OR REPLACE TRIGGER ${table}_no_delete BEFORE DELETE ON $table"
        " FOR EACH ROW EXECUTE FUNCTION cellchain_refuse()"
    ),
    Template(
        "CREATE OR REPLACE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON $table"
        " FOR EACH STATEMENT EXECUTE FUNCTION cellchain_refuse()"
    ),
)
_POSTGRESQL_ENTRY = (
    Template(
        "CREATE OR REPLACE TRIGGER ${table}_no_update BEFORE UPDATE ON $table"
        " FOR EACH ROW WHEN (NOT ($forgets)) EXECUTE FUNCTION cellchain_refuse()"
    ),
)


def triggers(dialect: str) -> list[str]:
    """The DDL, in order, for `sqlite` or `postgresql`; each statement may be repeated.

    Nothing is deleted from an audited table or from the ledger, nothing there is replaced by an insert, and an entry
    never changes (but for the reason, which may be erased).
    """
    entry: Table = Entry.__table__  # type: ignore[attr-defined]
    sqlite = dialect == "sqlite"
    found = [] if sqlite else [_POSTGRESQL_FUNCTION]
    for table in (entry, *audited_tables()):
        found += _filled(_SQLITE if sqlite else _POSTGRESQL, table, "")
    # SQLite's IS is what the standard calls IS NOT DISTINCT FROM, which it learned late. PostgreSQL turns that around.
    same = Template("NEW.$name IS OLD.$name" if sqlite else "NOT (NEW.$name IS DISTINCT FROM OLD.$name)")
    forgets = _only_forgotten(entry, same)
    return found + _filled(_SQLITE_ENTRY if sqlite else _POSTGRESQL_ENTRY, entry, forgets)


def create_triggers(connection: Connection) -> None:
    """Write all triggers. Every model must have been imported, and every table must exist."""
    for statement in triggers(connection.dialect.name):
        connection.execute(text(statement))


def check_triggers(database: Database, link: Link) -> list[Finding]:
    """The triggers that are gone, switched off or no longer what they were; without them rows leave unnoticed."""
    present = (_in_sqlite if database.is_sqlite else _in_postgresql)(link)
    return [
        Finding(None, table, name, None, f"its trigger {name} is {'altered' if name in present else 'missing'}")
        for name, table, definition in _wanted(database.dialect.name)
        if present.get(name) != definition
    ]


def missing_guards(connection: Connection, *, behind: bool) -> list[str]:
    """The triggers that are gone or altered, by name.

    Of a schema that is `behind` this program, only those that are gone from the tables that it has: how they are
    spelled is that version's to say.
    """
    link: Any = connection.connection.driver_connection
    present = (_in_sqlite if connection.dialect.name == "sqlite" else _in_postgresql)(link)
    tables = set(inspect(connection).get_table_names())
    return [
        name
        for name, table, definition in _wanted(connection.dialect.name)
        if table in tables and (name not in present if behind else present.get(name) != definition)
    ]


def _wanted(dialect: str) -> Iterator[tuple[str, str, str]]:
    """Name, table and definition of every trigger, the definition as `_plain` spells it."""
    for statement in triggers(dialect):
        words = statement.split()
        if words[0] == "CREATE" and "BEFORE" in words:
            yield words[words.index("TRIGGER") + 1], words[words.index("ON") + 1], _plain(statement)


def _in_sqlite(link: Link) -> dict[str, str]:
    rows = link.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    return {name: _plain(definition) for name, definition in rows}


def _in_postgresql(link: Link) -> dict[str, str]:
    """Those that fire for everybody. Where the function that refuses is another one, no trigger is what it was."""
    body = link.execute("SELECT prosrc FROM pg_proc WHERE oid = to_regproc('cellchain_refuse')").fetchone()
    refuses = body is not None and body[0].strip() == _POSTGRESQL_FUNCTION.split("$$")[1].strip()
    rows = link.execute(
        "SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    ).fetchall()
    return {name: _plain(definition) if refuses else "" for name, definition in rows}


def _plain(definition: str) -> str:
    """A definition without what a database may write in another way: brackets, casts, the case of words."""
    words = re.sub(r"::[a-z]+( varying)?|[()]", " ", definition.lower()).split()
    return " ".join(words).replace("create or replace trigger", "create trigger")


def _filled(templates: tuple[Template, ...], table: Table, forgets: str) -> list[str]:
    key = key_of(table).name
    taken = f"{key} = NEW.{key}"
    return [one.substitute(table=table.name, key=key, taken=taken, forgets=forgets) for one in templates]


def _only_forgotten(entry: Table, same: Template) -> str:
    """That an update does nothing but erase the one cell that may be erased."""
    kept = [same.substitute(name=column.name) for column in entry.columns if column.name != FORGETTABLE]
    return " AND ".join([f"NEW.{FORGETTABLE} IS NULL", *kept])
