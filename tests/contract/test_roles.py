"""The role that serves can change nothing that it must not: PostgreSQL itself refuses, not our own code."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlmodel import SQLModel

from cellchain.ledger import roles
from cellchain.platform.columns import OUTSIDE
from scripts.served import CELLCHAIN
from tests.factories import import_models
from tests.support.postgres import Postgres


@dataclass
class Site:
    """A database of two roles, made by `cellchain migrate`."""

    folder: Path
    owner: str
    application: str

    def run(self, *command: str, given: str = "", both: bool = True) -> subprocess.CompletedProcess[str]:
        """The command line, with the addresses that the roles have."""
        variables = {**os.environ, "CELLCHAIN_DATABASE_URL": self.application, "CELLCHAIN_DATA_DIR": str(self.folder)}
        variables |= {"CELLCHAIN_PASSWORD_COST": "cheap"}
        variables |= {"CELLCHAIN_MIGRATE_DATABASE_URL": self.owner} if both else {}
        return subprocess.run(
            [CELLCHAIN, *command], input=given, env=variables, capture_output=True, text=True, timeout=120
        )

    def serving(self) -> psycopg.Connection:
        return _connected(self.application)

    def owning(self) -> psycopg.Connection:
        return _connected(self.owner)


def _connected(url: str) -> psycopg.Connection:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


@pytest.fixture(scope="module")
def site(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    import_models()
    folder = tmp_path_factory.mktemp("site")
    url, mark = make_url(postgres.fresh_database()), uuid.uuid4().hex[:8]
    owner, application = f"owner_{mark}", f"serving_{mark}"
    with _connected(str(url)) as link:
        link.execute(f'CREATE ROLE "{owner}" LOGIN CREATEROLE')
        link.execute(f'ALTER DATABASE "{url.database}" OWNER TO "{owner}"')
    made = Site(
        folder,
        url.set(username=owner).render_as_string(hide_password=False),
        url.set(username=application, password="not-a-secret").render_as_string(hide_password=False),
    )
    done = made.run("migrate")
    assert done.returncode == 0, done.stderr
    yield made
    with _connected(str(url)) as link:
        link.execute(f'DROP OWNED BY "{application}"')
        link.execute(f'REASSIGN OWNED BY "{owner}" TO CURRENT_USER')
        link.execute(f'DROP OWNED BY "{owner}"')
        link.execute(f'ALTER DATABASE "{url.database}" OWNER TO CURRENT_USER')
        link.execute(f'DROP ROLE "{application}"')
        link.execute(f'DROP ROLE "{owner}"')
    postgres.drop(str(url))


LEDGER = sorted(set(roles.LEDGER) - {"ledger_head"})
WRITES = [
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
]
DEFINITIONS = [
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} ADD COLUMN more text",
    "DROP TABLE {table} CASCADE",
    "CREATE TRIGGER of_mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION cellchain_refuse()",
    "CREATE RULE of_mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
]
ELSEWHERE = [
    "DROP TRIGGER ledger_entry_no_update ON ledger_entry",
    "DROP TRIGGER ledger_entry_no_delete ON ledger_entry",
    "CREATE OR REPLACE FUNCTION cellchain_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
    "DROP FUNCTION cellchain_refuse() CASCADE",
    "CREATE TABLE of_mine (id integer)",
    "CREATE SCHEMA of_mine",
    "SET session_replication_role = 'replica'",
    "SET SESSION AUTHORIZATION postgres",
    "UPDATE ledger_entry SET reason = NULL WHERE seq = 1",
    "INSERT INTO alembic_version VALUES ('9999')",
    "INSERT INTO ledger_migration (revision, applied_at) VALUES ('9999', '2026-01-01')",
    "DELETE FROM ledger_head",
]


def is_refused(link: psycopg.Connection, statement: str) -> bool:
    try:
        link.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
        return True
    return False


def column_of(table: str) -> str:
    return "version_num" if table == roles.REVISIONS else next(iter(SQLModel.metadata.tables[table].columns)).name


@pytest.mark.parametrize("statement", [*WRITES, *DEFINITIONS])
def test_the_ledger_cannot_be_changed_by_who_serves(site: Site, statement: str) -> None:
    with site.serving() as link:
        for table in LEDGER:
            assert is_refused(link, statement.format(table=table, column=column_of(table))), table


@pytest.mark.parametrize("statement", ELSEWHERE)
def test_nothing_that_keeps_the_ledger_can_be_taken_away(site: Site, statement: str) -> None:
    with site.serving() as link:
        assert is_refused(link, statement)


@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "TRUNCATE {table} CASCADE", *DEFINITIONS])
def test_no_row_of_an_audited_table_can_be_taken_away(site: Site, statement: str) -> None:
    audited = [name for name, table in SQLModel.metadata.tables.items() if OUTSIDE not in table.info]
    with site.serving() as link:
        present = {row[0] for row in link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        tables = sorted(present & set(audited))
        assert len(tables) > 50
        assert [table for table in tables if not is_refused(link, statement.format(table=table))] == []


def test_the_owner_is_stopped_by_the_triggers_alone(site: Site) -> None:
    """The other half: what the role would be allowed, the trigger refuses."""
    with site.owning() as link, pytest.raises(psycopg.errors.RestrictViolation):
        link.execute("DELETE FROM ledger_entry")


def test_the_house_works_with_the_role_that_serves(site: Site) -> None:
    made = site.run("create-admin", "--username", "first", given="A long enough passphrase 1\n", both=False)
    assert made.returncode == 0, made.stderr
    checked = site.run("verify", both=False)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.splitlines()[-1].startswith("intact: ")


def test_migrating_again_gives_the_same_rights_and_no_more(site: Site) -> None:
    name = make_url(site.application).username
    with site.owning() as link:
        link.execute(f'GRANT DELETE, TRUNCATE ON ledger_entry TO "{name}"')
    again = site.run("migrate")
    assert (again.returncode, again.stdout) == (0, "at head\n"), again.stderr
    with site.serving() as link:
        assert is_refused(link, "DELETE FROM ledger_entry")


def test_who_may_make_no_tables_is_told_to_migrate_first(postgres: Postgres, site: Site) -> None:
    url = postgres.fresh_database()
    empty = make_url(url).set(username=make_url(site.application).username)
    done = Site(site.folder, "", empty.render_as_string(hide_password=False)).run("serve", both=False)
    assert done.returncode == 1
    assert "(database.not_migrated)" in done.stderr
    postgres.drop(url)


def test_a_database_behind_the_program_is_not_served(site: Site) -> None:
    with site.owning() as link:
        [revision] = [row[0] for row in link.execute("DELETE FROM alembic_version RETURNING version_num")]
        try:
            done = site.run("serve", both=False)
        finally:
            link.execute("INSERT INTO alembic_version VALUES (%s)", [revision])
    assert done.returncode == 1
    assert done.stderr.startswith("The database is behind this program. Run `cellchain migrate`")
