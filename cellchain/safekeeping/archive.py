"""What a backup holds: a tar archive under a passphrase, its description first, read back with every name checked.

backup.json             what it is: entries, root, when and by which version, how many bytes
keys/                   as in the data folder
checkpoints/            what had been witnessed, and a checkpoint of this very copy
cellchain.db            the database, as SQLite in any case (docs/decisions/0037)
files/                  attachments by their hash
manifest.json           of a demonstration
"""

import io
import json
import re
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, cast

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.platform.files import PRIVATE, flush_file
from cellchain.safekeeping.sealed import SealedReader, SealingWriter

PURPOSE = "a backup"
DESCRIPTION = "backup.json"
FORMAT = 1
AT_ONCE = 1_048_576
NAMES = re.compile(
    r"backup\.json|manifest\.json|cellchain\.db|keys/[A-Za-z0-9][A-Za-z0-9_.-]{0,79}"
    r"|checkpoints/[A-Za-z0-9][A-Za-z0-9_.-]{0,119}\.txt|files/[0-9a-f]{2}/[0-9a-f]{64}"
)


@dataclass(frozen=True)
class Description:
    """What a backup says of itself. `root` is the Merkle root over its `entries`; `made_at` is canonical (UTC)."""

    entries: int
    root: str
    made_at: str
    version: str
    kept_in: str
    demonstration: bool
    format: int = FORMAT


def pack(target: SealingWriter, description: Description, members: Sequence[tuple[str, Path]]) -> None:
    """Write the description and the `members` (name, file), and the end."""
    with tarfile.open(fileobj=cast(BinaryIO, target), mode="w|", format=tarfile.PAX_FORMAT, bufsize=AT_ONCE) as tar:
        told = json.dumps(asdict(description), indent=2, sort_keys=True).encode()
        tar.addfile(_plain(DESCRIPTION, len(told)), io.BytesIO(told))
        for name, place in members:
            with place.open("rb") as content:
                tar.addfile(_plain(name, place.stat().st_size), content)
    target.finish()


def unpack(source: BinaryIO, passphrase: str, folder: Path) -> Description:
    """Write everything that a backup holds below `folder`, and give what it says of itself.

    Raises Refused as `SealedReader`, and `backup.unknown_format` for one that a later version wrote.
    """
    with _reading(source, passphrase) as (reader, tar):
        first = tar.next()
        description = _description(tar, first)
        while (member := tar.next()) is not None:
            _take(tar, member, folder)
        reader.drain()
    return description


@contextmanager
def _reading(source: BinaryIO, passphrase: str) -> Iterator[tuple[SealedReader, tarfile.TarFile]]:
    reader = SealedReader(source, passphrase, PURPOSE)
    try:
        with tarfile.open(fileobj=cast(BinaryIO, reader), mode="r|", bufsize=AT_ONCE) as tar:
            yield reader, tar
    except tarfile.TarError as error:
        raise _unknown() from error


def _description(tar: tarfile.TarFile, first: tarfile.TarInfo | None) -> Description:
    content = tar.extractfile(first) if first is not None and first.name == DESCRIPTION else None
    if content is None:
        raise _unknown()
    try:
        description = Description(**json.load(content))
    except (ValueError, TypeError) as error:
        raise _unknown() from error
    if description.format != FORMAT:
        raise _unknown()
    return description


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    content = tar.extractfile(member) if member.isreg() else None
    if content is None or not NAMES.fullmatch(member.name):
        raise _unknown()
    place = folder / member.name
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.open("xb") as file:
        shutil.copyfileobj(content, file, AT_ONCE)
    place.chmod(PRIVATE if member.name != f"keys/{place.stem}.pub" else 0o644)
    flush_file(place)


def _plain(name: str, size: int) -> tarfile.TarInfo:
    """A member with nothing in it of the machine that it comes from."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, PRIVATE
    return member


def _unknown() -> Refused:
    return Refused(
        "backup.unknown_format",
        "What this backup holds is not known to this version. Restore it with a newer cellchain.",
    )
