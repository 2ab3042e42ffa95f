"""Checkpoints in a folder: made from the chain as it stands, signed, and kept to be held against it later."""

from pathlib import Path

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger.notes import NOTE_LENGTH_MAX, Checkpoint, check, parse, sign
from cellchain.ledger.tree import Tree
from cellchain.platform.db import Database
from cellchain.platform.files import READABLE, DataDir, write_once

__all__ = ["Checkpoint", "check", "latest", "make", "newest", "parse", "read_all", "sign", "signed", "write"]


def make(database: Database, data_dir: DataDir, tree: Tree | None = None) -> str:
    """Sign the chain as it stands and write the checkpoint down; gives the note.

    As `signed`. A chain that has not grown keeps the checkpoint it has.
    """
    return write(data_dir.checkpoints, signed(database, data_dir, tree)).read_text()


def signed(database: Database, data_dir: DataDir, tree: Tree | None = None) -> str:
    """Sign the chain as it stands, and write nothing: who reads a checkpoint keeps it, our own have their rhythm.

    tree  the tree of the last time, which then reads the new entries alone, and notices nothing that was rewritten
          under it: it goes on witnessing what it saw. Made anew at each start of the server.

    Raises InvariantBroken if the chain has a gap.
    """
    tree = Tree() if tree is None else tree
    with database.read() as tx:
        size = tree.size(tx)
        ensure(size > 0, "a checkpoint is made of a chain with entries")
        root = tree.root(tx, size)
    return sign(size, root, database.clock.now(), data_dir.keys().signing)


def write(folder: Path, note: str) -> Path:
    """Write `note` as `<size>.txt`, and say where it lies.

    A checkpoint is never overwritten. One of the same size and root that is there already stays in its place; a
    different one stays too, because it is evidence, and `note` is put beside it with its root in the name.
    """
    checkpoint = parse(note)
    for name in (str(checkpoint.size), f"{checkpoint.size}-{checkpoint.root[:16]}"):
        place = folder / f"{name}.txt"
        if write_once(place, note.encode(), mode=READABLE) or _same(place, checkpoint):
            return place
    raise InvariantBroken(f"does not hold: the folder {folder} takes a checkpoint")


def read_all(folder: Path, *, over: int = 0) -> list[tuple[str, str]]:
    """Every checkpoint file of `folder`: its name and its text, whatever somebody may have made of it.

    With `over`, without those that are named for so many entries or fewer.
    """
    found = []
    for file in sorted(folder.glob("*.txt")):
        size = file.stem.partition("-")[0]
        if size.isdecimal() and int(size) <= over:
            continue
        if not file.is_file():  # a folder of that name proves nothing, and verify says so
            found.append((file.name, ""))
            continue
        with file.open("rb") as content:
            found.append((file.name, content.read(4 * NOTE_LENGTH_MAX).decode(errors="replace")))
    return found


def latest(folder: Path) -> str | None:
    """The note over the most entries, unproven; None where there is none."""
    best: tuple[int, str] | None = None
    for _, text in read_all(folder):
        try:
            size = parse(text).size
        except ValueError:
            continue
        if best is None or size > best[0]:
            best = (size, text)
    return None if best is None else best[1]


def newest(folder: Path) -> Checkpoint | None:
    """What the checkpoint over the most entries says, found by its name; unproven. Reads one file of many."""
    sizes = [(int(size), file) for file in folder.glob("*.txt") if (size := file.stem.partition("-")[0]).isdecimal()]
    for _, file in sorted(sizes, reverse=True):
        try:
            return parse(file.read_text(errors="replace"))
        except (OSError, ValueError):
            continue
    return None


def _same(place: Path, checkpoint: Checkpoint) -> bool:
    try:
        there = parse(place.read_text(errors="replace"))
    except ValueError:
        return False
    return (there.origin, there.size, there.root) == (checkpoint.origin, checkpoint.size, checkpoint.root)
