"""Checks an exported ledger with the public key alone: python3 verify_ledger.py EXPORT KEY [KEY ...]

One file. It needs Python 3.10 or later and the package `cryptography` (40 or later), no database and nothing of the
program that wrote the export; whoever trusts neither can read it through. KEY is a public Ed25519 key in PEM
(`keys/signing.pub`), taken from somewhere else than the export: from the site by another way, or an earlier visit.

What it checks: every body gives its hash by SHA-256, stands in its place, and names the hash of the body before it; the
Merkle root (RFC 6962) at the size of each checkpoint is what was signed (C2SP tlog-checkpoint, signed-note); and a
checkpoint covers the very last entry, so that nothing is missing at the end. A key that a hand-over in the ledger
names, signed by both keys, is believed too, and the one handed over from is not believed for anything later.

Exit 0 and `intact: N entries, root HEX`; exit 1 and what is wrong first; exit 2 for wrong usage.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT = "cellchain-ledger-export/1"
HAND_OVER = "platform:key:rotated"
HANDED = ("new_key", "old_key", "size")
ROOT_BYTES = 32
SIGNED_BY = "— "


class Broken(Exception):
    """What is wrong, in a sentence."""


class Tree:
    """The root of RFC 6962 over the entries so far: the roots of its complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, entry_hash: bytes) -> None:
        """Append the 32 bytes of an entry's hash."""
        node, rest = hashlib.sha256(b"\x00" + entry_hash).digest(), self.size
        while rest & 1:
            node, rest = hashlib.sha256(b"\x01" + self._peaks.pop() + node).digest(), rest >> 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root, 32 bytes."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        node = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            node = hashlib.sha256(b"\x01" + peak + node).digest()
        return node


class Keys:
    """The public keys that are believed, and up to which size of the chain where one was handed over."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {key.public_bytes_raw(): key for key in keys}
        self._until: dict[bytes, int] = {}

    def hand_over(self, seq: int, facts: Any) -> bool:
        """Believe the other key of a hand-over that both signed, if one of them is known; say whether it is."""
        try:
            old, new = bytes.fromhex(facts["old_key"]), bytes.fromhex(facts["new_key"])
            said = canonical({name: facts[name] for name in HANDED}).encode()
            pair = {raw: Ed25519PublicKey.from_public_bytes(raw) for raw in (old, new)}
            pair[old].verify(bytes.fromhex(facts["old_signature"]), said)
            pair[new].verify(bytes.fromhex(facts["new_signature"]), said)
        except (KeyError, TypeError, ValueError, InvalidSignature):
            return False
        if facts["size"] != seq - 1 or not pair.keys() & self._keys.keys():
            return False
        self._keys.update(pair)
        self._until[old] = seq
        return True

    def read(self, note: str) -> tuple[int, bytes]:
        """Size and root of a signed checkpoint. Raises Broken unless a known key signed it."""
        text, _, signatures = note.partition("\n\n")
        lines = text.split("\n")
        for line in signatures.splitlines():
            name, _, blob = line.removeprefix(SIGNED_BY).rpartition(" ")
            for raw in self._keys if line.startswith(SIGNED_BY) and name == lines[0] else ():
                if self._signed(name, raw, blob, text + "\n"):
                    size, root = int(lines[1]), base64.b64decode(lines[2])
                    if size > self._until.get(raw, size):
                        raise Broken("the key that signed it had been handed over before")
                    return size, root
        raise Broken("no known key signed it")

    def _signed(self, name: str, raw: bytes, blob: str, text: str) -> bool:
        try:
            signature = base64.b64decode(blob, validate=True)
            if signature[:4] != hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]:
                return False
            self._keys[raw].verify(signature[4:], text.encode())
        except (ValueError, InvalidSignature):
            return False
        return True


def canonical(value: object) -> str:
    """The one spelling of a body."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def lines_of(export: Path) -> Iterator[dict[str, Any]]:
    """The lines of the export as objects, one at a time."""
    with export.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise Broken(f"line {number} of the file is no JSON") from error
            if not isinstance(value, dict):
                raise Broken(f"line {number} of the file is no object")
            yield value


def notes_of(export: Path) -> list[str]:
    """The checkpoints of the export, unproven. Raises Broken where the file is none."""
    notes = []
    for number, line in enumerate(lines_of(export)):
        if number == 0 and line.get("format") != FORMAT:
            raise Broken(f"the file is no {FORMAT}")
        if "checkpoint" in line:
            notes.append(str(line["checkpoint"]))
    return notes


def size_of(note: str) -> int:
    """The size that a checkpoint names, unproven; 0 where it names none."""
    lines = note.split("\n")
    return int(lines[1]) if len(lines) > 2 and lines[1].isascii() and lines[1].isdecimal() else 0


def follow(export: Path, sizes: Collection[int], keys: Keys) -> tuple[int, bytes, dict[int, bytes]]:
    """Walk the chain: number of entries, the root over them, and the roots at `sizes`. Raises Broken."""
    tree, roots, before = Tree(), dict[int, bytes](), "0" * 64
    for line in lines_of(export):
        if "body" not in line:
            continue
        seq, text = tree.size + 1, line["body"]
        body = body_of(seq, text, line.get("hash"))
        if body.get("seq") != seq or line.get("seq") != seq:
            raise Broken(f"entry {seq}: another entry stands in its place, it calls itself {body.get('seq')}")
        if body.get("prev_hash") != before:
            raise Broken(f"entry {seq}: it does not name the entry before it")
        if body.get("event") == HAND_OVER and not keys.hand_over(seq, body.get("facts")):
            raise Broken(f"entry {seq}: it hands over to another key, and no known key signed that")
        before = str(line["hash"])
        tree.add(bytes.fromhex(before))
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return tree.size, tree.root(), roots


def body_of(seq: int, text: Any, named: Any) -> dict[str, Any]:
    """What a body says, once its hash and its spelling are proven. Raises Broken."""
    if not isinstance(text, str) or hashlib.sha256(text.encode(errors="replace")).hexdigest() != named:
        raise Broken(f"entry {seq}: the body does not give the hash")
    try:
        body = json.loads(text)
        spelling = canonical(body)
    except (ValueError, RecursionError):
        body, spelling = None, ""
    if not isinstance(body, dict) or spelling != text:
        raise Broken(f"entry {seq}: the body is not the canonical text of an entry")
    return body


def check(export: Path, keys: Keys) -> tuple[int, str]:
    """Number of entries and root of an export that is whole. Raises Broken."""
    notes = notes_of(export)
    entries, root, roots = follow(export, frozenset(map(size_of, notes)), keys)
    covered = 0
    for note in sorted(notes, key=size_of):
        try:
            size, signed = keys.read(note)
        except Broken as error:
            raise Broken(f"the checkpoint over {size_of(note)} entries: {error}") from error
        if size > entries:
            raise Broken(f"entry {entries + 1}: it is missing, a checkpoint was signed over {size} entries")
        if roots.get(size) != signed:
            raise Broken(f"the checkpoint over {size} entries was signed for another chain")
        covered = size
    if covered != entries:
        raise Broken(f"entry {covered + 1}: no checkpoint was signed over it")
    return entries, root.hex()


def read_key(place: Path) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises ValueError for no key, TypeError for another kind."""
    key = load_pem_public_key(place.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{place}: this is no Ed25519 key")
    return key


def main(arguments: list[str]) -> int:
    """The command line; gives the exit status."""
    if len(arguments) < 2:
        sys.stderr.write("Usage: verify_ledger.py EXPORT KEY [KEY ...]\n")
        return 2
    try:
        keys = Keys(read_key(Path(name)) for name in arguments[1:])
        entries, root = check(Path(arguments[0]), keys)
    except Broken as error:
        sys.stdout.write(f"broken: {error}\n")
        return 1
    except (OSError, TypeError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"intact: {entries} entries, root {root}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
