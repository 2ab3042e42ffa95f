"""SQLAlchemy's engine over a database, for migrations, and how every connection to SQLite is set up."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event

BUSY_MS = 10_000


def engine_of(url: str) -> Engine:
    """The engine over `url`; a folder that is not there is made."""
    if not url.startswith("sqlite"):
        # Asked before each use, because its server may have been restarted meanwhile.
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _on_sqlite_connect)
    return engine


def _on_sqlite_connect(connection: Any, _record: object) -> None:
    set_pragmas(connection)


def set_pragmas(connection: Any) -> None:
    """What every connection to SQLite is told first."""
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_MS}",
        "secure_delete = ON",  # what is erased is overwritten, and not only given free
        "temp_store = MEMORY",
        "cache_size = -65536",
    ):
        connection.execute(f"PRAGMA {pragma}")
