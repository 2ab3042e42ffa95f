"""Witnesses: folders beside `checkpoints/` that take every checkpoint, best on other machines.

Whoever can rewrite the database can rewrite the folder beside it; a witness elsewhere still knows what was signed. One
that is away is tried again and reported, and holds up nobody: each has a thread of its own, so that a network folder
that hangs keeps that thread alone. A folder is never made here, because an empty mount point would then take
checkpoints for a machine that never saw them: name a folder below the mount point.
"""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from cellchain.kernel.clock import Clock
from cellchain.kernel.values import dataclass
from cellchain.ledger import checkpoints, notes
from cellchain.platform.files import READABLE, DataDir, write_once

RETRY_S = 60.0
STOP_S = 5.0
ASK_S = 30.0
# A folder that answers nothing for so long is away, whatever it is doing.
HANGS_AFTER = timedelta(minutes=2)
log = structlog.get_logger()


@dataclass(frozen=True)
class Standing:
    """How it stands with one witness: away since when and why, or the checkpoint files it took so far."""

    folder: Path
    away_since: datetime | None = None
    fault: str = ""
    files: int = 0

    @property
    def is_away(self) -> bool:
        """Whether checkpoints wait for it."""
        return self.away_since is not None


def copy_missing(data_dir: DataDir, folder: Path) -> int:
    """Bring a witness what it has not; gives the number of its files. Raises OSError where it is away.

    What lies there already stays as it is, and what no key of ours signed is not taken there.
    """
    there = {file.name for file in folder.iterdir()}
    keys = data_dir.public_keys()
    count = sum(name.endswith(".txt") for name in there)
    for name, text in checkpoints.read_all(data_dir.checkpoints):
        if name in there:
            continue
        try:
            notes.check(text, keys)
        except ValueError:
            continue
        count += write_once(folder / name, text.encode(), mode=READABLE)
    return count


def read_everywhere(
    data_dir: DataDir, folders: Sequence[Path], *, over: int = 0, within_s: float = ASK_S
) -> tuple[list[tuple[str, str]], list[Path]]:
    """Every checkpoint file of the data folder and of all witnesses (name, text), and the witnesses that are away.

    A file that says at a witness what it says here is named once. With `over`, those alone that are named for more
    entries than that. A witness that does not answer `within_s` seconds is away.
    """
    found = checkpoints.read_all(data_dir.checkpoints, over=over)
    known = set(found)
    away = []
    for folder in folders:
        files = _read_within(folder, over, within_s)
        if files is None:
            away.append(folder)
            continue
        fresh = [file for file in files if file not in known]
        known.update(fresh)
        found += [(f"{folder}/{name}", text) for name, text in fresh]
    return found, away


class Witnesses:
    """`start` and `stop` belong to the application; `tell` says that there is a new checkpoint."""

    def __init__(self, data_dir: DataDir, folders: Sequence[Path], clock: Clock) -> None:
        self._couriers = [_Courier(data_dir, folder, clock) for folder in dict.fromkeys(folders)]

    def start(self) -> None:
        """Bring the checkpoints to every witness from now on."""
        for courier in self._couriers:
            courier.start()

    def tell(self) -> None:
        """There is a new checkpoint."""
        for courier in self._couriers:
            courier.due.set()

    def stop(self) -> None:
        """Bring what is left, and wait a moment for it; a witness that hangs is left behind."""
        for courier in self._couriers:
            courier.ending.set()
            courier.due.set()
        for courier in self._couriers:
            courier.join(STOP_S)

    def standing(self) -> list[Standing]:
        """How it stands with each witness. Reads no folder, so it never waits for one."""
        return [courier.standing() for courier in self._couriers]

    def away(self) -> Iterator[Standing]:
        """The witnesses that checkpoints wait for."""
        return (one for one in self.standing() if one.is_away)


class _Courier:
    """Brings one witness what it has not."""

    def __init__(self, data_dir: DataDir, folder: Path, clock: Clock) -> None:
        self.due = threading.Event()
        self.ending = threading.Event()
        self._data_dir = data_dir
        self._folder = folder
        self._clock = clock
        self._standing = Standing(folder)
        self._began: datetime | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """A thread that asks nobody to wait for it at the end."""
        self.due.set()
        self._thread = threading.Thread(target=self._run, name=f"witness {self._folder}", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the last round."""
        if self._thread is not None:
            self._thread.join(seconds)

    def standing(self) -> Standing:
        """As the last round left it, unless the present one hangs."""
        began = self._began
        if began is not None and self._clock.now() - began > HANGS_AFTER:
            return Standing(self._folder, began, "it does not answer", self._standing.files)
        return self._standing

    def _run(self) -> None:
        while True:
            self.due.wait(RETRY_S if self._standing.is_away else None)
            last = self.ending.is_set()
            self.due.clear()
            self._bring()
            if last:
                return

    def _bring(self) -> None:
        self._began = self._clock.now()
        try:
            self._standing = Standing(self._folder, files=copy_missing(self._data_dir, self._folder))
        except OSError as error:
            since = self._standing.away_since or self._began
            self._standing = Standing(self._folder, since, error.strerror or type(error).__name__, self._standing.files)
            log.warning("witness.away", folder=str(self._folder), fault=self._standing.fault)
        finally:
            self._began = None


def _read_within(folder: Path, over: int, within_s: float) -> list[tuple[str, str]] | None:
    """The checkpoint files of a folder, or None where it is away or does not answer."""
    found: list[list[tuple[str, str]]] = []

    def read() -> None:
        try:
            if folder.is_dir():
                found.append(checkpoints.read_all(folder, over=over))
        except OSError:
            return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(within_s)
    return found[0] if found else None
