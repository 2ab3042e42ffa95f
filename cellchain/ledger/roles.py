"""Two roles on PostgreSQL: one owns the schema and migrates it, the other serves and can change nothing it must not.

`cellchain migrate` runs as the first (CELLCHAIN_MIGRATE_DATABASE_URL) and hands the second, the one in
CELLCHAIN_DATABASE_URL, exactly what is written here. The triggers refuse everybody; that the application cannot take a
trigger away, or write past one, is what the role is for.
"""

from collections.abc import Iterator
from typing import Any, cast

from psycopg import Connection as Driver
from psycopg import sql
from sqlalchemy import Connection, Table, make_url, text
from sqlmodel import SQLModel

from cellchain.kernel.errors import Refused
from cellchain.ledger import forgetting
from cellchain.ledger.models import Entry, Head, Installation, Migration, Signature
from cellchain.platform.columns import OUTSIDE
from cellchain.platform.config import Settings
from cellchain.platform.db import Database

REVISIONS = "alembic_version"
# The ledger itself: added to, never changed, but for a reason that a signed redaction erases (`forgetting`).
# What founds and migrates a database is the migration role's to write.
LEDGER = {
    Entry.__tablename__: ("SELECT", "INSERT"),
    Signature.__tablename__: ("SELECT", "INSERT"),
    Head.__tablename__: ("SELECT", "UPDATE"),
    Installation.__tablename__: ("SELECT",),
    Migration.__tablename__: ("SELECT",),
    REVISIONS: ("SELECT",),
}
AUDITED = ("SELECT", "INSERT", "UPDATE")
OUTSIDE_LEDGER = ("SELECT", "INSERT", "UPDATE", "DELETE")
NEVER = ("UPDATE", "DELETE", "TRUNCATE")


def application_role(settings: Settings) -> tuple[str, str | None] | None:
    """Name and password of the role that serves; None where it is the one that migrates, or on SQLite."""
    if settings.database_url is None or settings.migrate_database_url is None:
        return None
    serving, migrating = make_url(settings.database_url), make_url(settings.migrate_database_url)
    if serving.username is None or serving.username == migrating.username:
        return None
    return serving.username, serving.password


def grants() -> dict[str, tuple[str, ...]]:
    """What the application role may do with each table."""
    found = dict(LEDGER)
    for name, table in SQLModel.metadata.tables.items():
        found.setdefault(name, OUTSIDE_LEDGER if OUTSIDE in table.info else AUDITED)
    return found


def grant(database: Database, role: tuple[str, str | None]) -> None:
    """Make the role if there is none, and give it what it needs and nothing else, whatever it had before.

    Raises Refused `database.role_missing` where there is none and this one may not make it.
    """
    name, password = role
    with database.engine.begin() as connection:
        driver = cast("Driver[Any]", connection.connection.driver_connection)
        if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).first() is None:
            _make(connection, driver, name, password)
        for statement in _statements(str(connection.dialect.default_schema_name), sql.Identifier(name)):
            driver.execute(statement)


def _make(connection: Connection, driver: "Driver[Any]", name: str, password: str | None) -> None:
    able = "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    if not connection.execute(text(able)).scalar_one():
        raise Refused(
            "database.role_missing",
            "There is no role {name}, and this one may not make it. Let the database's administrator run: "
            "CREATE ROLE {name} LOGIN PASSWORD '…';",
            name=name,
        )
    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(sql.Identifier(name))
    if password is not None:
        # The server gets, and logs, a verifier: the password itself stays here.
        verifier = driver.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(verifier))
    driver.execute(statement)


def _statements(schema: str, role: sql.Identifier) -> Iterator[sql.Composed]:
    place = sql.Identifier(schema)
    yield sql.SQL("REVOKE CREATE ON SCHEMA {} FROM PUBLIC").format(place)
    yield sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(place, role)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(place, role)
    yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(place, role)
    for table, rights in sorted(grants().items()):
        what = sql.SQL(", ").join(sql.SQL(cast(Any, right)) for right in rights)
        yield sql.SQL("GRANT {} ON {} TO {}").format(what, sql.Identifier(schema, table), role)
    yield from forgetting.statements(place, role)


def ensure_may_found(database: Database) -> None:
    """Raises Refused `database.not_migrated` for an empty database in which this role may make no tables."""
    if database.is_sqlite:
        return
    with database.engine.connect() as connection:
        may = connection.execute(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")).scalar()
    if not may:
        raise Refused(
            "database.not_migrated",
            "This database is empty, and this role may make no tables in it. Run `cellchain migrate` with the "
            "migration role (CELLCHAIN_MIGRATE_DATABASE_URL) first.",
        )


def too_much(database: Database) -> list[str]:
    """What the role of this connection may do and should not, as sentences for who starts the server."""
    if database.is_sqlite:
        return []
    entry: Table = SQLModel.metadata.tables[Entry.__tablename__]
    asked = ", ".join(f"has_table_privilege('{entry.name}', '{right}')" for right in NEVER)
    with database.engine.connect() as connection:
        name, *held = connection.execute(text(f"SELECT current_user, {asked}")).one()
    able = [right for right, has in zip(NEVER, held, strict=True) if has]
    if not able:
        return []
    return [
        (
            f"The database role {name} holds {', '.join(able)} on the ledger: only its triggers stand before a change. "
            "Serve with a role of its own: docs/operations/postgresql.md."
        )
    ]
