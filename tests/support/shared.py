"""What the processes of one run of tests share: a folder, and a turn in it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# How pytest-xdist calls the folder of one process, below that of the run.
PROCESS = "popen-"


@contextmanager
def shared_below(base: Path) -> Iterator[Path]:
    """The folder of the whole run, for one process at a time; `base` is a process's own, which may be the same."""
    folder = base.parent if base.name.startswith(PROCESS) else base
    with (folder / "shared.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield folder
