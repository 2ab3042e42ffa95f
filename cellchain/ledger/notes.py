"""Checkpoints as signed notes: a few lines that a person can read, print and mail, and a program can check.

The text follows the C2SP specifications `tlog-checkpoint` and `signed-note`, so that other tools read it too:

    cellchain/5f0e21c3
    12345
    <root, base64>
    time 2026-11-22T17:00:00.000000Z

    — cellchain/5f0e21c3 <key id and Ed25519 signature, base64>

The first line names the log by the fingerprint of its key; the signature covers every line above the empty one.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import InvariantBroken
from cellchain.kernel.values import dataclass

NOTE_LENGTH_MAX = 4_000
ED25519 = b"\x01"
KEY_ID_BYTES = 4
ROOT_BYTES = 32
# The dash is part of the format.
SIGNED_BY = "— "


@dataclass(frozen=True)
class Checkpoint:
    """What a note says: the number of entries, the Merkle root over them in hexadecimal, and when it was made (UTC)."""

    origin: str
    size: int
    root: str
    at: str


def origin_of(key: Ed25519PublicKey) -> str:
    """The name of the log that `key` signs for."""
    return f"cellchain/{sha256(key.public_bytes_raw()).hexdigest()[:8]}"


def sign(size: int, root: bytes, at: datetime, key: Ed25519PrivateKey) -> str:
    """The signed note for a chain of `size` entries with `root`, made at `at`."""
    origin = origin_of(key.public_key())
    lines = [origin, str(size), base64.b64encode(root).decode(), f"time {canonical.moment(at)}"]
    text = "\n".join(lines) + "\n"
    signature = _key_id(origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{SIGNED_BY}{origin} {base64.b64encode(signature).decode()}\n"


def check(note: str, keys: Ed25519PublicKey | Iterable[Ed25519PublicKey]) -> Checkpoint:
    """What `note` says, once one of `keys` proves to have signed it. Raises ValueError saying what is wrong with it."""
    known = [keys] if isinstance(keys, Ed25519PublicKey) else list(keys)
    checkpoint = parse(note)
    text, _, signatures = note.partition("\n\n")
    for line in signatures.splitlines():
        for key in known:
            if _signed(text + "\n", line, checkpoint.origin, key):
                return checkpoint
    raise ValueError("no known key signed it")


def sign_loss(size: int, root: str, kept: int, key: Ed25519PrivateKey) -> dict[str, Json]:
    """The facts of an entry that acknowledges a loss: `size` entries with `root` were witnessed, `kept` are there."""
    facts: dict[str, Json] = {"witnessed_size": size, "witnessed_root": root, "kept_entries": kept}
    return {**facts, "signature": key.sign(canonical.dumps(facts).encode()).hex()}


def loss_is_signed(facts: Mapping[str, Json], keys: Iterable[Ed25519PublicKey]) -> bool:
    """Whether one of `keys` signed these facts: who can write to the database alone cannot acknowledge a loss."""
    signed = {name: value for name, value in facts.items() if name != "signature"}
    for key in keys:
        try:
            key.verify(bytes.fromhex(str(facts.get("signature"))), canonical.dumps(signed).encode())
        except (ValueError, InvalidSignature):
            continue
        return True
    return False


def sign_hand_over(size: int, old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> dict[str, Json]:
    """The facts of an entry after `size` others that hands over from one signing key to the next: both sign it."""
    facts: dict[str, Json] = {
        "size": size,
        "old_key": old.public_key().public_bytes_raw().hex(),
        "new_key": new.public_key().public_bytes_raw().hex(),
    }
    said = canonical.dumps(facts).encode()
    return {**facts, "old_signature": old.sign(said).hex(), "new_signature": new.sign(said).hex()}


def handed_over(facts: Mapping[str, Json], size: int) -> tuple[Ed25519PublicKey, Ed25519PublicKey] | None:
    """The old and the new key of a hand-over after `size` entries, where both signed it; otherwise None."""
    said = {name: facts.get(name) for name in ("size", "old_key", "new_key")}
    try:
        keys = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(said[name]))) for name in ("old_key", "new_key")]
        for key, name in zip(keys, ("old_signature", "new_signature"), strict=True):
            key.verify(bytes.fromhex(str(facts.get(name))), canonical.dumps(said).encode())
    except (ValueError, InvalidSignature, InvariantBroken):
        return None
    return (keys[0], keys[1]) if said["size"] == size else None


def parse(note: str) -> Checkpoint:
    """What `note` says, unproven. Raises ValueError where it is no checkpoint."""
    if len(note) > NOTE_LENGTH_MAX:
        raise ValueError("it is too long for a checkpoint")
    lines = note.split("\n")
    if len(lines) < 5 or lines[4] or not lines[3].startswith("time "):
        raise ValueError("it is no checkpoint")
    size = lines[1]
    if not (size.isascii() and size.isdecimal()) or str(int(size)) != size:
        raise ValueError("its size is no number")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("its root is no hash") from error
    if len(root) != ROOT_BYTES:
        raise ValueError("its root is no hash")
    return Checkpoint(lines[0], int(size), root.hex(), lines[3].removeprefix("time "))


def _signed(text: str, line: str, origin: str, key: Ed25519PublicKey) -> bool:
    name, _, encoded = line.removeprefix(SIGNED_BY).rpartition(" ")
    if not line.startswith(SIGNED_BY) or name != origin or origin != origin_of(key):
        return False
    try:
        signature = base64.b64decode(encoded, validate=True)
        if signature[:KEY_ID_BYTES] != _key_id(name, key):
            return False
        key.verify(signature[KEY_ID_BYTES:], text.encode())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + key.public_bytes_raw()).digest()[:KEY_ID_BYTES]
