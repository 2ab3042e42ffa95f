"""Everything that is looked at, in the order in which it matters. What cannot be looked at is a finding too."""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy.exc import DBAPIError

from cellchain.kernel.clock import SystemClock
from cellchain.kernel.errors import CellchainError
from cellchain.ledger import foundation, stored
from cellchain.main import Installation, opened
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.safekeeping.health import database, keeping, machine
from cellchain.safekeeping.health.lines import Line, bad

# What a look may meet in an installation that is not well: it is named, and the next look follows.
UNWELL = (CellchainError, DBAPIError, OSError, ValueError, *stored.DriverError)


def examine(settings: Settings) -> list[Line]:
    """Every line about the installation that `settings` name. Changes nothing in it."""
    folder = DataDir(settings.data_dir)
    lines = [
        *_seen("permissions", lambda: [machine.privacy(folder)]),
        *_seen("disk", lambda: [machine.room(folder, _size(folder))]),
        machine.clock_is_set(machine.kernel_clock()),
        machine.zone(settings, SystemClock()),
        machine.address(settings),
        machine.ways_in(settings),
        machine.stolen_passwords(settings),
        machine.mail_server(settings),
        machine.virus_scanner(settings, SystemClock().now().astimezone(settings.zone).date()),
    ]
    try:
        with opened(settings) as installation:
            lines += _inside(installation)
    except UNWELL as error:
        lines.append(_unwell("data folder", error))
    return lines


def _inside(installation: Installation) -> Iterator[Line]:
    house, folder = installation.database, installation.folder
    yield from _seen("database", lambda: database.engine(house))
    if not foundation.is_founded(house):
        yield bad("ledger", "this database holds none.", "Run cellchain serve once, or restore a backup.")
        return
    yield from _seen("schema", lambda: database.schema(house))
    yield from _seen("ledger", lambda: database.chain(installation))
    yield from _seen("writing", lambda: [database.writable(installation)])
    yield from _seen("checkpoint", lambda: keeping.witnessed(installation))
    yield from _seen("witnesses", lambda: keeping.witnesses(installation))
    yield from _seen("field key", lambda: [keeping.field_key(installation)])
    yield from _seen("exported keys", lambda: [keeping.exported_keys(folder)])
    yield from _seen("backup", lambda: [keeping.last_backup(folder, house.clock.now())])
    yield from _seen("waiting", lambda: _waiting(installation))


def _waiting(installation: Installation) -> list[Line]:
    with installation.database.read() as tx:
        return list(keeping.waiting(tx))


def _seen(name: str, look: Callable[[], Iterable[Line]]) -> list[Line]:
    lines: list[Line] = []
    try:
        lines.extend(look())
    except UNWELL as error:
        lines.append(_unwell(name, error))
    return lines


def _unwell(name: str, error: Exception) -> Line:
    if isinstance(error, CellchainError):
        return bad(name, str(error.text), "")
    return bad(
        name, f"it cannot be looked at: {str(error).splitlines()[0] if str(error) else type(error).__name__}.", ""
    )


def _size(folder: DataDir) -> int:
    return folder.database.stat().st_size if folder.database.exists() else 0
