"""The triggers that keep the database append-only, whoever holds the connection. Made anew after every migration.

A migration that makes a table anew drops its triggers without a word, so `migrate` always writes all of them.
"""

from string import Template

from sqlalchemy import Connection, Table, text

from cellchain.ledger.models import Entry
from cellchain.ledger.replay import audited_tables
from cellchain.ledger.stored import key_of

ENTRY = Entry.__tablename__
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
        "CREATE OR REPLACE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON $table EXECUTE FUNCTION cellchain_refuse()"
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
    # SQLite's IS is what the standard calls IS NOT DISTINCT FROM, which it learned late.
    forgets = _only_forgotten(entry, "IS" if sqlite else "IS NOT DISTINCT FROM")
    return found + _filled(_SQLITE_ENTRY if sqlite else _POSTGRESQL_ENTRY, entry, forgets)


def create_triggers(connection: Connection) -> None:
    """Write all triggers. Every model must have been imported, and every table must exist."""
    for statement in triggers(connection.dialect.name):
        connection.execute(text(statement))


def missing_triggers(connection: Connection) -> list[str]:
    """The names of triggers that should be there and are not."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    else:
        rows = connection.execute(text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"))
    present = {row[0] for row in rows}
    statements = [statement.split() for statement in triggers(connection.dialect.name)]
    wanted = [words[words.index("TRIGGER") + 1] for words in statements if words[0] == "CREATE" and "BEFORE" in words]
    return [name for name in wanted if name not in present]


def _filled(templates: tuple[Template, ...], table: Table, forgets: str) -> list[str]:
    key = key_of(table).name
    taken = f"{key} = NEW.{key}" + (" OR hash = NEW.hash" if table.name == ENTRY else "")
    return [one.substitute(table=table.name, key=key, taken=taken, forgets=forgets) for one in templates]


def _only_forgotten(entry: Table, equals: str) -> str:
    """That an update does nothing but erase the one cell that may be erased."""
    kept = [f"NEW.{column.name} {equals} OLD.{column.name}" for column in entry.columns if column.name != FORGETTABLE]
    return " AND ".join([f"NEW.{FORGETTABLE} IS NULL", *kept])
