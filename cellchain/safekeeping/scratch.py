"""A private folder to work in, inside the data folder: what is in the clear never touches the disk of a backup."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import OperationalError

from cellchain.kernel.errors import Refused
from cellchain.platform.files import DataDir

PREFIX = ".scratch-"


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A new folder in `folder`, gone at the end; what a process that died left behind goes too."""
    _sweep(folder)
    place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    try:
        with DataDir(place).claim():
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def room_enough() -> Iterator[None]:
    """Names what SQLite says of a disk that takes no more: Refused `backup.no_room`."""
    try:
        yield
    except (sqlite3.OperationalError, OperationalError) as error:
        why = str(error.orig if isinstance(error, OperationalError) else error)
        raise Refused(
            "backup.no_room", "The disk does not take it: {why}. Nothing was done. Make room, and repeat.", why=why
        ) from error


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{PREFIX}*"):
        try:
            with DataDir(left).claim():
                shutil.rmtree(left, ignore_errors=True)
        except Refused:
            continue  # somebody works there now
