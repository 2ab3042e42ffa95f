"""Checks an allocation list against the root that was committed to, with nothing of the installation it comes from.

    python verify_allocation_list.py LIST.json [--root HEX]
    python verify_allocation_list.py LIST.json --sealed SEALED.json --passphrase-file FILE [--root HEX]

LIST.json holds the rows revealed so far, each with its arm, its salt and its path. For each of them SHA-256 over
salt, study, number and arm (and the level of the stratum, where there is one) has to lead by its path to the root.
`--root` is the root as the ledger holds it, taken from there and not from the file. SEALED.json holds every row under
the list's key, and that key under the statistician's passphrase: with it the whole list is opened, and its root made
anew. That part needs the package `cryptography`; the first needs Python alone. Ends with 0 where everything agrees,
1 where something does not, 2 where a file cannot be read.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

NONCE_BYTES = 12
KEY_BYTES = 32


def leaf_of(study: str, row: dict[str, Any]) -> bytes:
    """The commitment to one row."""
    said = [row["salt"], study, row["number"], row["arm"], *([row["level"]] if row["level"] else [])]
    return hashlib.sha256(json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()).digest()


def hashed(leaf: bytes) -> bytes:
    """A leaf of the tree (RFC 6962)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def joined(left: bytes, right: bytes) -> bytes:
    """A node of the tree (RFC 6962)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a leaf and its path lead to; None where the path does not fit the place (RFC 9162, 2.1.3.2)."""
    here, last, node = index, size - 1, hashed(leaf)
    for step in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            node = joined(step, node)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            node = joined(node, step)
        here, last = here >> 1, last >> 1
    return node if last == 0 else None


def root_of(leaves: list[bytes]) -> bytes:
    """The root over all leaves."""
    if len(leaves) == 1:
        return hashed(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return joined(root_of(leaves[:half]), root_of(leaves[half:]))


def wrong_rows(data: dict[str, Any], root: str) -> list[int]:
    """The numbers of the revealed rows that do not lead to the root."""
    wrong = []
    for row in data["rows"]:
        path = [bytes.fromhex(step) for step in row["path"]]
        leaf = leaf_of(data["study"], row)
        fits = 0 < row["number"] <= data["length"]
        if not fits or root_by_path(leaf, row["number"] - 1, data["length"], path) != bytes.fromhex(root):
            wrong.append(row["number"])
    return wrong


def opened(sealed: dict[str, Any], passphrase: str) -> list[dict[str, Any]]:
    """Every row of the list. Raises cryptography.exceptions.InvalidTag for another passphrase or an altered row."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    how, study = json.loads(sealed["key"]), sealed["study"]
    wrapping = hashlib.scrypt(
        passphrase.encode(),
        salt=bytes.fromhex(how["salt"]),
        n=how["n"],
        r=how["r"],
        p=how["p"],
        maxmem=2**26,
        dklen=KEY_BYTES,
    )
    box = base64.b64decode(how["box"])
    key = AESGCM(wrapping).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], study.encode())
    rows = []
    for row in sealed["rows"]:
        raw, place = base64.b64decode(row["sealed"]), f"cellchain allocation {study} {row['number']}".encode()
        said = json.loads(AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place))
        rows.append({"number": row["number"], "level": row["level"], "arm": said["arm"], "salt": said["salt"]})
    return rows


def disagreements(data: dict[str, Any], sealed: dict[str, Any], passphrase: str, root: str) -> list[str]:
    """What of the whole list does not agree with the root, or with the rows that were revealed."""
    try:
        rows = opened(sealed, passphrase)
    except Exception as error:
        return [f"the sealed list does not open: {type(error).__name__}"]
    found = []
    if root_of([leaf_of(sealed["study"], row) for row in rows]).hex() != root:
        found.append("the sealed rows do not make the root")
    known = {row["number"]: row for row in rows}
    return found + [
        f"row {row['number']} was revealed as something else than it was sealed as"
        for row in data["rows"]
        if any(known.get(row["number"], {}).get(name) != row[name] for name in ("arm", "salt", "level"))
    ]


def main() -> int:
    """Read, check, and say what was found."""
    parser = argparse.ArgumentParser(description="Checks an allocation list against its commitment.")
    parser.add_argument("list", type=Path)
    parser.add_argument("--root", help="the root as the ledger holds it")
    parser.add_argument("--sealed", type=Path)
    parser.add_argument("--passphrase-file", type=Path)
    given = parser.parse_args()
    if (given.sealed is None) != (given.passphrase_file is None):
        parser.error("--sealed and --passphrase-file go together")
    try:
        data = json.loads(given.list.read_text(encoding="utf-8"))
        root = (given.root or data["root"]).lower()
        found = [f"row {number} does not lead to the root" for number in wrong_rows(data, root)]
        if root != data["root"].lower():
            found.append("the file names another root than the one given")
        if given.sealed is not None:
            sealed = json.loads(given.sealed.read_text(encoding="utf-8"))
            passphrase = given.passphrase_file.read_text(encoding="utf-8").strip("\r\n")
            found += disagreements(data, sealed, passphrase, root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"The file cannot be read as an allocation list: {type(error).__name__}.\n")
        return 2
    whole = " The whole sealed list makes it." if given.sealed is not None and not found else ""
    word = "BROKEN" if found else "holds"
    last = f"{word}: {len(data['rows'])} of {data['length']} rows, root {root}.{whole}"
    sys.stdout.write("\n".join([*found, last, ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
