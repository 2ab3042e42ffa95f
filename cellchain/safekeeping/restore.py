"""Putting a backup back: read, verified and made whole beside its place, and moved there at the very end.

Everything happens in `DIR/.restoring`. A process that dies before the last move leaves that folder, which no server
takes for an installation; the next restore begins anew. The database moves last: where it lies, all of it lies.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cellchain import composition
from cellchain.kernel.clock import SystemClock
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger import checkpoints, foundation, roles, rotation
from cellchain.ledger.audit import Report, run_verify
from cellchain.ledger.foundation import last_witnessed
from cellchain.main import Installation, opened
from cellchain.platform.config import Settings
from cellchain.platform.db import Database
from cellchain.platform.files import KEY_BYTES, RESTORING, DataDir, flush_folder
from cellchain.platform.sealing import Sealer
from cellchain.safekeeping import portable
from cellchain.safekeeping.archive import Description, unpack
from cellchain.safekeeping.loss import gather, is_older
from cellchain.safekeeping.scratch import room_enough

# What may lie in a folder that counts as empty: what somebody put there for this very restore.
BESIDE = frozenset({".lock", "keys", "checkpoints", RESTORING})
DATABASE = "cellchain.db"


@dataclass(frozen=True)
class Restored:
    """What lies in the folder now. `passed_over` are checkpoints of witnesses that no key of this house signed."""

    description: Description
    report: Report
    lost: int
    new_key: str | None
    passed_over: tuple[str, ...]


def restore(
    settings: Settings,
    file: Path,
    passphrase: str,
    *,
    acknowledge_loss: bool = False,
    new_keys: bool = False,
    witnesses: Sequence[Path] = (),
) -> Restored:
    """Put the backup `file` into the empty data folder, or leave the folder as it was.

    acknowledge_loss  it is older than what was witnessed, on purpose: a signed entry says so
    new_keys          a new key signs from now on; the old one still proves what it signed
    witnesses         folders with checkpoints from elsewhere, beside those of the settings

    Raises Refused `restore.not_empty`, `restore.older`, `restore.not_intact`, and as `archive.unpack`.
    """
    folder = DataDir(settings.data_dir)
    refuse_unless_empty(settings)
    with room_enough(), file.open("rb") as sealed, _room(folder) as work:
        description = unpack(sealed, passphrase, work)
        passed_over = gather(folder, DataDir(work), (*settings.witness_dirs, *witnesses))
        with opened(settings.model_copy(update={"data_dir": work, "database_url": None})) as installation:
            foundation.migrate(installation.database, installation.runner)
            report, lost = _proven(installation, acknowledge_loss)
            new_key = None
            if new_keys:
                new_key = rotation.rotate(installation.database, installation.runner, installation.folder).new
            if lost or new_key:
                checkpoints.make(installation.database, installation.folder)
                report = _verify(installation)
            if not report.intact:
                raise _not_intact(report)
            if settings.database_url is not None:
                with _taken_back(_move(work, folder, but=DATABASE)):
                    _load(settings, installation.database)
        if settings.database_url is None:
            _move(work, folder, but=DATABASE)
            (work / DATABASE).replace(folder.database)
            flush_folder(folder.path)
    return Restored(description, report, lost, new_key, tuple(passed_over))


def refuse_unless_empty(settings: Settings) -> None:
    """Raises Refused `restore.not_empty` or `database.founded`. Makes nothing."""
    folder = settings.data_dir
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    broken_off = RESTORING in names and DATABASE not in names
    if names - BESIDE and not broken_off:
        raise Refused(
            "restore.not_empty", "{folder} is not empty. Nothing was touched. Name an empty folder.", folder=str(folder)
        )
    if settings.database_url is not None:
        database = Database(
            settings.for_migration().url, clock=SystemClock(), sealer=Sealer(bytes(KEY_BYTES), os.urandom)
        )
        try:
            foundation.ensure_empty(database)
        finally:
            database.close()


@contextmanager
def _room(folder: DataDir) -> Iterator[Path]:
    """The folder to work in, alone; whatever happens, nothing stays that was not there."""
    made = [one for one in (folder.path, *folder.path.parents) if not one.exists()]
    locked_before = (folder.path / ".lock").exists()
    work = folder.path / RESTORING
    try:
        with folder.claim():
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(mode=0o700)
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except BaseException:
        if not locked_before:
            (folder.path / ".lock").unlink(missing_ok=True)
        with suppress(OSError):
            for one in made:
                one.rmdir()
        raise


def _verify(installation: Installation) -> Report:
    return run_verify(installation.database, installation.folder, composition.INVARIANTS)


def _proven(installation: Installation, acknowledge: bool) -> tuple[Report, int]:
    """What verify says, and how many entries are lost, once that is acknowledged."""
    report = _verify(installation)
    if report.intact:
        return report, 0
    witnessed = last_witnessed(installation.folder)
    if not is_older(report, witnessed):
        raise _not_intact(report)
    if not acknowledge:
        raise Refused(
            "restore.older",
            "This backup holds {kept} entries, and {size} had been witnessed: {lost} are missing. Take a newer backup, "
            "or restore with --acknowledge-loss, which says so in the ledger for ever.",
            kept=report.entries,
            size=witnessed.size if witnessed else 0,
            lost=(witnessed.size if witnessed else 0) - report.entries,
        )
    return report, foundation.acknowledge_loss(installation.runner, installation.folder)


def _move(work: Path, folder: DataDir, *, but: str) -> list[Path]:
    """Move everything but one file to its place, and give what is new there.

    What lies there already is what was put there for this restore.
    """
    new: list[Path] = []
    for source in sorted(work.rglob("*")):
        name = source.relative_to(work)
        if not source.is_file() or name.name == ".lock" or name.name.startswith(but):
            continue
        place = folder.path / name
        new.extend(one for one in (place, place.parent) if not one.exists())
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source.replace(place)
    for changed in (folder.path, *(one for one in folder.path.iterdir() if one.is_dir())):
        flush_folder(changed)
    return new


@contextmanager
def _taken_back(new: Sequence[Path]) -> Iterator[None]:
    """Where what is inside fails, nothing of what was moved stays."""
    try:
        yield
    except BaseException:
        for place in sorted(new, reverse=True):  # what lies deeper goes first
            with suppress(OSError):
                place.rmdir() if place.is_dir() else place.unlink()
        raise


def _load(settings: Settings, copy: Database) -> None:
    """Put the rows into the empty PostgreSQL database, by the role that may make tables."""
    database = Database(settings.for_migration().url, clock=copy.clock, sealer=copy.sealer)
    try:
        portable.to_postgresql(copy, database)
        application = roles.application_role(settings)
        if application is not None:
            roles.grant(database, application)
    finally:
        database.close()


def _not_intact(report: Report) -> Refused:
    return Refused(
        "restore.not_intact",
        "What this backup holds is not intact: {first}. Nothing was put back. Take another backup, and tell QA.",
        first=report.findings[0].message,
    )
