"""A backup while the house works: one snapshot, sealed, and restored once before it counts.

The order is what makes it one thing. Checkpoints first: none of them knows more than the database that follows, so a
restored copy is never taken for an older one. Then the database, in one snapshot. Attachments last: they are written
before the row that names them and never changed, so every one that the snapshot names is there.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cellchain import __version__, composition
from cellchain.kernel.canonical import moment
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger import checkpoints, foundation
from cellchain.ledger.audit import Report, run_verify
from cellchain.ledger.copies import copy_database
from cellchain.main import Installation, opened
from cellchain.platform.config import Settings
from cellchain.platform.db import Database
from cellchain.platform.files import PRIVATE, DataDir, flush_folder
from cellchain.safekeeping import portable, records
from cellchain.safekeeping.archive import NAMES, PURPOSE, Description, pack, unpack
from cellchain.safekeeping.scratch import room_enough, scratch
from cellchain.safekeeping.sealed import SealingWriter, cost_of, is_sealed

UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Made:
    """A backup that was restored once and found intact."""

    size_bytes: int
    description: Description
    report: Report


def back_up(installation: Installation, to: Path, passphrase: str) -> Made:
    """Write a backup to `to` and restore it once in the scratch; only then does it stand under its name.

    What stands there before is replaced if it is a backup. Raises Refused `backup.in_the_way`, `backup.not_intact`,
    `sealed.short_passphrase`; OSError where the disk does not take it.
    """
    foundation.ensure_founded(installation.database)
    _refuse_to_replace(to)
    with room_enough(), scratch(installation.folder.path) as work, _unfinished(to) as place:
        description = _write(installation, work, place, passphrase)
        report = _restored(installation.settings, place, passphrase, work / "restored")
        if not report.intact or (report.entries, report.root) != (description.entries, description.root):
            raise not_intact(report)
        size = place.stat().st_size
        place.replace(to)
        flush_folder(to.parent)
    now = installation.database.clock.now()
    facts = {"entries": description.entries, "root": description.root, "size_bytes": size}
    records.note(installation.folder, records.BACKUP, now, file=str(to.absolute()), checked=True, **facts)
    return Made(size, description, report)


def verified(settings: Settings, folder: Path) -> Report:
    """`verify` over a data folder with an SQLite database, wherever it lies."""
    with opened(settings.model_copy(update={"data_dir": folder, "database_url": None})) as installation:
        return run_verify(installation.database, installation.folder, composition.INVARIANTS)


def not_intact(report: Report) -> Refused:
    """What is there and what would be put back is broken."""
    first = report.findings[0].message if report.findings else "it is not what was written"
    return Refused(
        "backup.not_intact",
        "The copy was put back once and is not intact: {first}. Nothing was written. Run cellchain verify and tell QA.",
        first=first,
    )


def _write(installation: Installation, work: Path, place: Path, passphrase: str) -> Description:
    folder = installation.folder
    witnessed = sorted(file for file in folder.checkpoints.glob("*.txt") if file.is_file())
    copy = work / "cellchain.db"
    copied = _copier(installation.database)
    copied(copy)
    own = _witness(installation, copy, work)
    checkpoint = checkpoints.parse(own.read_text())
    with installation.database.read() as tx:
        demonstration = foundation.is_demonstration(tx)
    description = Description(
        entries=checkpoint.size,
        root=checkpoint.root,
        made_at=moment(installation.database.clock.now()),
        version=__version__,
        kept_in=installation.database.dialect.name,
        demonstration=demonstration,
    )
    members = [
        *((f"keys/{file.name}", file) for file in sorted(folder.keys_folder.iterdir()) if _plain_file(file)),
        *((f"checkpoints/{file.name}", file) for file in witnessed),
        *((f"checkpoints/{own.name}", own) for _ in range(own.name not in {file.name for file in witnessed})),
        ("cellchain.db", copy),
        *((f"files/{file.parent.name}/{file.name}", file) for file in _attachments(folder)),
        *(("manifest.json", file) for file in [folder.path / "manifest.json"] if file.is_file()),
    ]
    named = [(name, file) for name, file in members if NAMES.fullmatch(name)]  # what lies there by accident stays there
    with place.open("wb") as file:
        pack(SealingWriter(file, passphrase, PURPOSE, cost_of(installation.settings.password_cost)), description, named)
        file.flush()
        os.fsync(file.fileno())
    return description


def _copier(database: Database) -> Callable[[Path], None]:
    if not database.is_sqlite:
        return lambda target: portable.to_sqlite(database, target)
    source = Path(database.engine.url.database or "")
    return lambda target: copy_database(source, target)


def _witness(installation: Installation, copy: Path, work: Path) -> Path:
    """Sign a checkpoint of the copy as it is: a backup proves its own end."""
    original = installation.database
    beside = Database(f"sqlite:///{copy}", clock=original.clock, sealer=original.sealer)
    try:
        note = checkpoints.signed(beside, installation.folder)
    finally:
        beside.close()
    return checkpoints.write(work / "checkpoints", note)


def _restored(settings: Settings, place: Path, passphrase: str, folder: Path) -> Report:
    folder.mkdir(mode=0o700)
    with place.open("rb") as sealed:
        unpack(sealed, passphrase, folder)
    return verified(settings, folder)


def _attachments(folder: DataDir) -> Iterator[Path]:
    return (file for file in sorted(folder.files.glob("??/*")) if _plain_file(file))


def _plain_file(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")


def _refuse_to_replace(to: Path) -> None:
    if not to.exists():
        return
    if to.is_file():
        with to.open("rb") as there:
            if is_sealed(there.read(64)):
                return
    raise Refused(
        "backup.in_the_way", "{file} is there and is no backup. Nothing was done. Name another file.", file=str(to)
    )


@contextmanager
def _unfinished(to: Path) -> Iterator[Path]:
    """The name under which a backup is written until it counts; one that was broken off earlier is replaced."""
    to.parent.mkdir(parents=True, exist_ok=True)
    place = to.with_name(f".{to.name}{UNFINISHED}")
    with suppress(FileNotFoundError):
        place.unlink()
    place.touch(mode=PRIVATE, exist_ok=False)
    try:
        yield place
    finally:
        with suppress(FileNotFoundError):
            place.unlink()
