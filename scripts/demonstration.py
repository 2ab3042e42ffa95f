"""Makes the data folder of `make run` and `make demo`: the demonstration study. Nothing of an earlier one is deleted.

`demonstration.py ensure FOLDER` makes one if there is no database; `demonstration.py renew FOLDER` puts the old folder
aside first.
"""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

CELLCHAIN = Path(sys.executable).parent / "cellchain"


def ensure(folder: Path) -> int:
    """Make a demonstration in `folder` unless a database is there. Returns the exit code."""
    unfinished = _mark_of(folder)
    if unfinished.exists():
        # An interrupted demonstration has a database that looks whole and is not.
        put_aside(folder)
    elif (folder / "cellchain.db").exists():
        return 0
    if not folder.exists() or not any(folder.iterdir()):
        unfinished.mkdir(exist_ok=True)
    done = subprocess.run([CELLCHAIN, "demo", "--data-dir", folder])
    if done.returncode == 0 and unfinished.exists():
        unfinished.rmdir()
    return done.returncode


def renew(folder: Path) -> int:
    """Put `folder` aside and make a new demonstration in its place. Returns the exit code: 1 while it is in use."""
    # When the last connection to a moved database closes, SQLite removes the log at the old path, and by then that is
    # the log of the new database.
    if processes := holders(folder):
        print(f"{folder} is in use (process {', '.join(map(str, processes))}): stop the server first.", file=sys.stderr)
        return 1
    put_aside(folder)
    return ensure(folder)


def put_aside(folder: Path) -> None:
    """Rename `folder`, if it exists, to a name that bears the time."""
    if not folder.exists():
        return
    target = folder.with_name(f"{folder.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    folder.rename(target)
    print(f"The earlier data folder is now {target}")


def holders(folder: Path) -> list[int]:
    """The processes, of those this user may look into, that have a file below `folder` open."""
    inside = folder.resolve()
    open_files = Path("/proc").glob("[0-9]*/fd/*")
    return sorted({int(link.parts[2]) for link in open_files if inside in _target_of(link).parents})


def _target_of(link: Path) -> Path:
    try:
        return link.readlink()
    except OSError:
        # The process or its file is gone, or belongs to another user.
        return Path()


def _mark_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.unfinished")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["ensure", folder]:
            return ensure(Path(folder))
        case ["renew", folder]:
            return renew(Path(folder))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
