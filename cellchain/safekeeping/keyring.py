"""The keys of a house under a passphrase: taken out once, kept apart from the backups, put back where they are gone."""

import base64
import binascii
import hashlib
import json
import os
import re
from contextlib import suppress
from pathlib import Path

from cellchain.kernel.errors import Refused
from cellchain.platform.files import PRIVATE, READABLE, DataDir, flush_folder, write_once
from cellchain.safekeeping.sealed import Cost, SealedReader, SealingWriter

PURPOSE = "keys"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
FORMAT = 1
NEEDED = ("signing.key", "field.key", "list.key")


def export(folder: DataDir, to: Path, passphrase: str, cost: Cost) -> list[str]:
    """Write the keys of `folder` to `to`, a file that is not there yet, and read it again; gives their names.

    Raises Refused `keys.in_the_way`, `sealed.short_passphrase`.
    """
    folder.keys()
    held = _held(folder)
    if to.exists():
        raise Refused(
            "keys.in_the_way", "{file} is there already. Nothing was written. Name another file.", file=str(to)
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    unfinished = to.with_name(f".{to.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            target = SealingWriter(file, passphrase, PURPOSE, cost)
            target.write(json.dumps({"format": FORMAT, "keys": _as_text(held)}, sort_keys=True).encode())
            target.finish()
            file.flush()
            os.fsync(file.fileno())
        if read(unfinished, passphrase) != held:
            raise _damaged()
        os.link(unfinished, to)  # unlike a rename, a link never replaces
        flush_folder(to.parent)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return sorted(held)


def read(file: Path, passphrase: str) -> dict[str, bytes]:
    """The keys in an export, by name. Raises Refused as `SealedReader`, and `keys.damaged`."""
    with file.open("rb") as source:
        content = SealedReader(source, passphrase, PURPOSE).readall()
    try:
        told = json.loads(content or b"")
        keys = {name: base64.b64decode(text, validate=True) for name, text in told["keys"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise _damaged() from error
    if told.get("format") != FORMAT or not all(map(NAME.fullmatch, keys)) or not keys.keys() >= set(NEEDED):
        raise _damaged()
    return keys


def put_back(folder: DataDir, keys: dict[str, bytes]) -> list[str]:
    """Write those of `keys` that `folder` lacks, and give their names. No key is ever replaced.

    Raises Refused `keys.others_there` where another key of the same name lies there; then nothing is written.
    """
    there = _held(folder)
    for name in NEEDED:
        if name in there and keys[name] not in _in_use(there, name):
            raise Refused(
                "keys.others_there",
                "Another {key} lies in {folder}, and it is never replaced. Move it away first if you are sure.",
                key=name,
                folder=str(folder.keys_folder),
            )
    folder.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    for name in sorted(keys.keys() - there.keys()):
        mode = READABLE if name.endswith((".pub", ".crt")) else PRIVATE
        if write_once(folder.keys_folder / name, keys[name], mode=mode):
            written.append(name)
    return written


def _in_use(there: dict[str, bytes], name: str) -> list[bytes]:
    """The key of this name, and those that it followed: an export or a backup may be from before the last one."""
    stem = name.removesuffix(".key")
    return [content for other, content in there.items() if re.fullmatch(rf"{stem}(-[0-9]+)?\.key", other)]


def fingerprint(folder: DataDir) -> str:
    """SHA-256 over the secret keys: tells whether those that were exported are those that are used."""
    digest = hashlib.sha256(b"cellchain keys")
    for name, content in sorted(_held(folder).items()):
        if name.endswith((".key", ".pem")):
            digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _held(folder: DataDir) -> dict[str, bytes]:
    if not folder.keys_folder.is_dir():
        return {}
    files = (file for file in folder.keys_folder.iterdir() if file.is_file() and NAME.fullmatch(file.name))
    return {file.name: file.read_bytes() for file in files}


def _as_text(keys: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in keys.items()}


def _damaged() -> Refused:
    return Refused("keys.damaged", "This file holds no keys that this version knows. Take another copy of it.")
