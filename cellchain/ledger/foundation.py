"""The first entry of a database, its schema and every later change of it, and the triggers that keep it append-only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlmodel import select

from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger import checkpoints, copies, notes, revisions
from cellchain.ledger.append import GENESIS, HEAD_ID, last_position
from cellchain.ledger.models import Entry, Head, Installation, Migration
from cellchain.ledger.replay import MIGRATED
from cellchain.ledger.revisions import Revision
from cellchain.ledger.run import Runner
from cellchain.ledger.triggers import create_triggers, missing_guards
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.verify import LOSS_ACKNOWLEDGED
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.files import DataDir
from cellchain.platform.wal import Cut

FOUNDED = "platform:database:founded"
GUARDS_MENDED = "platform:guards:mended"
LOG_CUT = "platform:log:cut"
# One migration at a time on PostgreSQL; the number is this product's own.
MIGRATION_LOCK = 0x63656C6C

_REVISIONS = select(Migration.revision)
_INSTALLATION = select(Installation)


def found(database: Database, runner: Runner, *, demonstration: bool) -> None:
    """Make the schema of an empty database and write its first entry. Raises Refused `database.founded` for another.

    The revisions that made the schema stand in that entry: no row is older than they are, so replay needs no upcast.
    """
    ensure_empty(database)
    _upgrade(database)
    applied = _applied(database)

    def work(tx: CommandTx) -> None:
        tx.add(Head(id=HEAD_ID, seq=0, at=None, hash=GENESIS))
        tx.add(Installation(demonstration=demonstration, site_number=runner.site, created_at=tx.now))
        for revision in applied:
            tx.add(_migration(tx, revision))
        newest = applied[-1].revision if applied else None
        tx.note(demonstration=demonstration, site_number=runner.site, revision=newest)

    runner.record_system(FOUNDED, "foundation", work)


def migrate(database: Database, runner: Runner, *, mend: bool = False) -> list[str]:
    """Bring the schema to head, and give the revisions for which an entry was written.

    All pending revisions are applied in one transaction, forward only. The entries follow in transactions of their own;
    if the process dies in between, the next call writes them. With `mend`, triggers that were dropped are written anew,
    and an entry names them. Raises Refused `database.newer` for a schema that this program does not know,
    `database.guards_gone` (docs/decisions/0016). Before the schema of an SQLite database changes, a checked copy
    of it is put beside it.
    """
    if mend:
        _record_mending(database, runner)
    else:
        ensure_guarded(database)
    pending = pending_revisions(database)
    founded = is_founded(database)
    if pending and database.is_sqlite and founded:
        copies.copy_before_migration(database, pending[0])
    # A schema at head whose triggers were just seen, all of them and as they should be, stays as it is.
    if pending or mend or not founded:
        _upgrade(database)
    if not founded:
        return []
    with database.read() as tx:
        known = set(tx.every(_REVISIONS))
    written = []
    for revision in _applied(database):
        if revision.revision not in known:
            _record(runner, revision)
            written.append(revision.revision)
    return written


def ensure_guarded(database: Database) -> None:
    """Raises Refused `database.guards_gone` where triggers that keep the ledger append-only were dropped or altered."""
    gone = _gone(database)
    if gone:
        raise Refused(
            "database.guards_gone",
            "The database lost {count} of the guards that keep its ledger append-only, {name} among them. Tell QA, run "
            "`cellchain verify`, and then `cellchain migrate --mend-guards`, which records it.",
            count=len(gone),
            name=gone[0],
        )


def _gone(database: Database) -> list[str]:
    if not is_founded(database):
        return []
    behind = bool(pending_revisions(database))
    with database.engine.connect() as connection:
        return missing_guards(connection, behind=behind)


def _record_mending(database: Database, runner: Runner) -> None:
    """Say in an entry which triggers are gone, before they are written anew: a crash in between loses nothing."""
    gone = _gone(database)
    if gone:
        with database.read() as tx:
            size = last_position(tx).seq
        runner.record_system(GUARDS_MENDED, f"guards-{size}", lambda tx: tx.note(gone=gone))


def pending_revisions(database: Database) -> list[str]:
    """The revisions that `migrate` would apply, in order; empty at head."""
    with database.engine.connect() as connection:
        return [one.revision for one in revisions.behind(revisions.current(connection))]


def is_founded(database: Database) -> bool:
    """Whether the database holds a ledger with its first entry. Makes no file."""
    if database.is_sqlite and not Path(database.engine.url.database or "").is_file():
        return False
    with database.engine.connect() as connection:
        if not inspect(connection).has_table(Entry.__tablename__):
            return False
        return connection.execute(select(Entry.seq).limit(1)).first() is not None


def ensure_empty(database: Database) -> None:
    """Raises Refused `database.founded` where there is a ledger."""
    if is_founded(database):
        raise Refused("database.founded", "This database holds a ledger already. Nothing was done.")


def ensure_founded(database: Database) -> None:
    """Raises Refused `database.not_founded` where there is no ledger."""
    if not is_founded(database):
        raise Refused("database.not_founded", "This database holds no ledger yet. Run cellchain serve or demo first.")


def installation(tx: ReadTx) -> Installation | None:
    """What this database is, from its first entry; None before it."""
    return tx.one(_INSTALLATION)


def is_demonstration(tx: ReadTx) -> bool:
    """Whether this database was founded as a demonstration."""
    row = installation(tx)
    return row is not None and row.demonstration


def acknowledge_loss(runner: Runner, data_dir: DataDir) -> int:
    """Say in a signed entry that a restored copy is older than what was witnessed, and give the number of lost entries.

    The checkpoint over the most entries in `checkpoints/` is what was witnessed. Raises Refused `restore.nothing_lost`
    where the chain is as long as any proven checkpoint.
    """
    with runner.database.read() as tx:
        kept = last_position(tx).seq
    witnessed = last_witnessed(data_dir)
    if witnessed is None or witnessed.size <= kept:
        raise Refused("restore.nothing_lost", "No checkpoint knows more entries than this copy holds. Nothing is lost.")
    facts = notes.sign_loss(witnessed.size, witnessed.root, kept, data_dir.keys().signing)
    request = f"loss-{witnessed.size}-{kept}"

    def work(tx: CommandTx) -> None:
        ensure(last_position(tx).seq == kept, "nobody writes while a loss is acknowledged")
        tx.note(**facts)

    runner.record_system(LOSS_ACKNOWLEDGED, request, work)
    return witnessed.size - kept


def last_witnessed(data_dir: DataDir) -> notes.Checkpoint | None:
    """The proven checkpoint over the most entries; None where there is none."""
    keys = data_dir.public_keys()
    best: notes.Checkpoint | None = None
    for _, text in checkpoints.read_all(data_dir.checkpoints):
        try:
            found_one = notes.check(text, keys)
        except ValueError:
            continue
        if best is None or found_one.size > best.size:
            best = found_one
    return best


def record_cut(runner: Runner, cut: Cut, kept_as: str) -> None:
    """Say in an entry that SQLite's log was damaged, and that what followed in it is gone; `kept_as` names its copy."""
    with runner.database.read() as tx:
        size = last_position(tx).seq
    facts: dict[str, Json] = {"frame": cut.frame, "commits_after": cut.commits, "copy": kept_as}
    runner.record_system(LOG_CUT, f"log-{size}", lambda tx: tx.note(**facts))


def make_schema(database: Database) -> None:
    """Tables and triggers at head, and no row: those of a backup come next. Raises Refused `database.founded`."""
    ensure_empty(database)
    _upgrade(database)


def _upgrade(database: Database) -> None:
    with _schema_transaction(database) as connection:
        revisions.current(connection)
        revisions.upgrade(connection)
        create_triggers(connection)


@contextmanager
def _schema_transaction(database: Database) -> Iterator[Connection]:
    """One transaction around all schema changes: after a crash the schema is the old one or the new one."""
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            yield connection
        return
    with database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            # A table is changed by making it anew, which its references must not notice. Only outside a transaction.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            ensure(not dangling, f"every reference holds after a migration: {dangling[:5]}")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        finally:
            connection.invalidate()  # the next one checks foreign keys again


def _applied(database: Database) -> Sequence[Revision]:
    with database.engine.connect() as connection:
        return revisions.up_to(revisions.current(connection))


def _record(runner: Runner, revision: Revision) -> None:
    def work(tx: CommandTx) -> None:
        tx.add(_migration(tx, revision))
        tx.note(revision=revision.revision)

    runner.record_system(MIGRATED, f"schema-{revision.revision}", work)


def _migration(tx: CommandTx, revision: Revision) -> Migration:
    return Migration(revision=revision.revision, applied_at=tx.now, detail={"title": revision.doc})
