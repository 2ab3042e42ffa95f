"""The first entry, the schema and its migrations, and the triggers."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from cellchain.kernel.errors import InvariantBroken, Refused
from cellchain.ledger import copies, foundation
from cellchain.ledger.models import Head, Migration
from tests.ledger.conftest import Make, Workshop


def test_the_first_entry_says_what_the_database_is(workshop: Workshop) -> None:
    first = workshop.entries()[0]
    body = json.loads(first.body)
    assert (first.seq, first.event, first.actor) == (1, "platform:database:founded", "SYSTEM")
    assert body["facts"] == {"demonstration": True, "site_number": 1, "revision": "0001"}
    assert [change["table"] for change in body["changes"]] == ["ledger_installation", "ledger_migration"]
    assert body["prev_hash"] == "0" * 64
    with workshop.database.read() as tx:
        assert foundation.is_demonstration(tx)
        installation = foundation.installation(tx)
        assert installation is not None
        assert installation.site_number == 1
        assert tx.get(Head, 1).hash == first.hash
    assert workshop.verify().intact


def test_a_database_is_founded_once(workshop: Workshop) -> None:
    assert foundation.is_founded(workshop.database)
    with pytest.raises(Refused, match=r"database\.founded"):
        workshop.found()
    assert len(workshop.entries()) == 1


def test_asking_makes_no_file(make_workshop: Make, tmp_path: Path) -> None:
    made = make_workshop(folder=tmp_path / "none")
    assert not foundation.is_founded(made.database)
    assert not (tmp_path / "none" / "cellchain.db").exists()
    with pytest.raises(Refused, match=r"database\.not_founded"):
        made.verify()


def test_a_migration_is_an_entry(workshop: Workshop, scripts: Path) -> None:
    assert foundation.pending_revisions(workshop.database) == []
    assert foundation.migrate(workshop.database, workshop.runner) == []
    revise(scripts, "0002", "op.execute('SELECT 1')")
    revise(scripts, "0003", "op.execute('SELECT 1')", after="0002")
    assert foundation.pending_revisions(workshop.database) == ["0002", "0003"]
    assert foundation.migrate(workshop.database, workshop.runner) == ["0002", "0003"]
    assert foundation.pending_revisions(workshop.database) == []
    assert foundation.migrate(workshop.database, workshop.runner) == []
    entries = workshop.entries()
    assert [entry.event for entry in entries[1:]] == ["platform:schema:migrated"] * 2
    assert json.loads(entries[2].body)["facts"] == {"revision": "0003"}
    with workshop.database.read() as tx:
        assert tx.get(Migration, "0002").detail == {"title": "Revision 0002."}
    assert workshop.verify().intact


def test_a_crash_between_schema_and_entry_is_made_good(
    workshop: Workshop, scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revise(scripts, "0002", "op.execute('SELECT 1')")
    with monkeypatch.context() as broken:
        broken.setattr(foundation, "_record", crash)
        with pytest.raises(RuntimeError):
            foundation.migrate(workshop.database, workshop.runner)
    assert foundation.pending_revisions(workshop.database) == []
    assert foundation.migrate(workshop.database, workshop.runner) == ["0002"]
    assert [entry.event for entry in workshop.entries()] == ["platform:database:founded", "platform:schema:migrated"]


def test_a_failing_migration_leaves_the_schema_as_it_was(workshop: Workshop, scripts: Path) -> None:
    revise(scripts, "0002", "op.execute('CREATE TABLE toy_more (id INTEGER)')\n    op.execute('nonsense')")
    with pytest.raises(sa.exc.DatabaseError):
        foundation.migrate(workshop.database, workshop.runner)
    assert foundation.pending_revisions(workshop.database) == ["0002"]
    assert not sa.inspect(workshop.database.engine).has_table("toy_more")
    workshop.do("fill", code="BG1", volume_ul=10)
    assert workshop.verify().intact


def test_a_database_of_a_newer_program_is_refused(workshop: Workshop, scripts: Path) -> None:
    revise(scripts, "0002", "op.execute('SELECT 1')")
    foundation.migrate(workshop.database, workshop.runner)
    (scripts / "versions" / "0002.py").unlink()
    with pytest.raises(Refused, match=r"database\.newer"):
        foundation.migrate(workshop.database, workshop.runner)
    with pytest.raises(Refused, match=r"database\.newer"):
        foundation.pending_revisions(workshop.database)


def test_references_are_checked_after_a_migration(lite: Workshop, scripts: Path) -> None:
    lite.do("fill", code="BG1", volume_ul=10)
    lite.do("take", code="BG1")
    revise(scripts, "0002", "op.execute(\"UPDATE toy_draw SET bag = 'BG9'\")")
    with pytest.raises(Exception, match="every reference holds"):
        foundation.migrate(lite.database, lite.runner)
    assert lite.verify().intact
    with lite.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


FORBIDDEN = [
    "UPDATE ledger_entry SET actor = 'PS9'",
    "UPDATE ledger_entry SET body = '{}' WHERE seq = 1",
    "UPDATE ledger_entry SET reason = NULL, actor = 'PS9' WHERE seq = 2",
    "UPDATE ledger_entry SET reason = 'x' WHERE seq = 2",
    "DELETE FROM ledger_entry WHERE seq = 2",
    "DELETE FROM toy_draw",
    "DELETE FROM toy_bag",
    "DELETE FROM ledger_installation",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_nothing_is_changed_in_the_ledger_or_deleted(workshop: Workshop, statement: str) -> None:
    workshop.do("fill", code="BG1", volume_ul=10)
    workshop.do("take", code="BG1")
    with pytest.raises(sa.exc.IntegrityError, match="is append-only"), workshop.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert workshop.verify().intact


@pytest.mark.parametrize("table", ["ledger_entry", "toy_draw", "toy_bag"])
def test_nothing_is_replaced_or_truncated(workshop: Workshop, table: str) -> None:
    workshop.do("fill", code="BG1", volume_ul=10)
    workshop.do("take", code="BG1")
    sqlite = workshop.database.is_sqlite
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table} CASCADE"
    message = "UNIQUE constraint failed" if sqlite else "is append-only"
    with pytest.raises(sa.exc.IntegrityError, match=message), workshop.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


GUARD = "toy_bag_no_delete"


def unguarded(workshop: Workshop) -> None:
    workshop.unwatched(f"DROP TRIGGER {GUARD}" + ("" if workshop.database.is_sqlite else " ON toy_bag"))


def test_dropped_triggers_are_not_written_anew_without_a_word(workshop: Workshop, scripts: Path) -> None:
    foundation.ensure_guarded(workshop.database)
    unguarded(workshop)
    for _ in range(2):
        with pytest.raises(Refused, match=r"database\.guards_gone"):
            foundation.migrate(workshop.database, workshop.runner)
    revise(scripts, "0002", "op.execute('SELECT 1')")
    with pytest.raises(Refused, match=r"database\.guards_gone"):
        foundation.migrate(workshop.database, workshop.runner)
    assert foundation.pending_revisions(workshop.database) == ["0002"]
    assert [one.key for one in workshop.verify().findings] == [GUARD]
    assert len(workshop.entries()) == 1


def test_whoever_mends_them_leaves_an_entry(workshop: Workshop, scripts: Path) -> None:
    unguarded(workshop)
    assert foundation.migrate(workshop.database, workshop.runner, mend=True) == []
    last = workshop.entries()[-1]
    assert (last.event, last.actor) == ("platform:guards:mended", "SYSTEM")
    assert json.loads(last.body)["facts"] == {"gone": [GUARD]}
    assert workshop.verify().intact
    foundation.migrate(workshop.database, workshop.runner, mend=True)
    assert len(workshop.entries()) == 2, "what is whole is not mended"
    unguarded(workshop)
    foundation.migrate(workshop.database, workshop.runner, mend=True)
    assert len(workshop.entries()) == 3


def test_a_crash_while_mending_leaves_the_entry(
    workshop: Workshop, scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unguarded(workshop)
    with monkeypatch.context() as broken:
        broken.setattr(foundation, "_upgrade", crash)
        with pytest.raises(RuntimeError):
            foundation.migrate(workshop.database, workshop.runner, mend=True)
    assert workshop.entries()[-1].event == "platform:guards:mended"
    with pytest.raises(Refused, match=r"database\.guards_gone"):
        foundation.ensure_guarded(workshop.database)


def test_an_older_schema_is_asked_for_the_guards_of_its_own_tables(lite: Workshop, scripts: Path) -> None:
    """A table that the next revision brings has no guards yet, and an altered one is that version's to spell."""
    lite.unwatched("ALTER TABLE toy_draw RENAME TO toy_draw_of_old")
    revise(scripts, "0002", "op.execute('ALTER TABLE toy_draw_of_old RENAME TO toy_draw')")
    assert foundation.migrate(lite.database, lite.runner) == ["0002"]
    assert lite.verify().intact


def test_a_table_made_anew_keeps_its_triggers_and_references(lite: Workshop, scripts: Path) -> None:
    lite.do("fill", code="BG1", volume_ul=10)
    lite.do("take", code="BG1")
    revise(
        scripts,
        "0002",
        "with op.batch_alter_table('toy_bag', recreate='always') as table:\n"
        "        table.create_index('ix_toy_bag_label', ['label'])",
    )
    assert foundation.migrate(lite.database, lite.runner) == ["0002"]
    lite.do("take", code="BG1")
    assert lite.verify().intact


def revise(scripts: Path, revision: str, body: str, after: str = "0001") -> None:
    (scripts / "versions" / f"{revision}.py").write_text(
        f'"""Revision {revision}."""\n\nfrom alembic import op\n\nrevision = "{revision}"\n'
        f'down_revision = "{after}"\n\n\ndef upgrade() -> None:\n    {body}\n'
    )


def crash(*_arguments: object) -> None:
    raise RuntimeError("the process died here")


def test_a_checked_copy_is_put_beside_before_a_migration(lite: Workshop, scripts: Path) -> None:
    lite.do("fill", code="BG1", volume_ul=10)
    before = lite.verify()
    assert foundation.migrate(lite.database, lite.runner) == []
    assert not list(lite.data_dir.path.glob("*.before-*"))
    revise(scripts, "0002", "op.execute('CREATE TABLE toy_more (id INTEGER)')")
    foundation.migrate(lite.database, lite.runner)
    (copy,) = lite.data_dir.path.glob("*.before-*")
    assert copy.name == "cellchain.before-0002.20260302T080000Z.db"
    assert copy.stat().st_mode & 0o077 == 0
    (scripts / "versions" / "0002.py").unlink()
    earlier = type(lite)(f"sqlite:///{copy}", lite.data_dir.path, lite.toy)
    try:
        assert earlier.verify().root == before.root
        assert not sa.inspect(earlier.database.engine).has_table("toy_more")
        assert foundation.pending_revisions(earlier.database) == []
    finally:
        earlier.close()


def test_no_schema_changes_without_its_copy(lite: Workshop, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revise(scripts, "0002", "op.execute('CREATE TABLE toy_more (id INTEGER)')")
    ends = iter([(1, "a"), (2, "b")])
    monkeypatch.setattr(copies, "_end", lambda _database: next(ends))
    with pytest.raises(InvariantBroken, match="holds the whole chain"):
        foundation.migrate(lite.database, lite.runner)
    assert foundation.pending_revisions(lite.database) == ["0002"]
    assert not list(lite.data_dir.path.glob("*before-*"))
