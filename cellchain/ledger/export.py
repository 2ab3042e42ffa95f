"""The ledger as one file that anybody can check: JSON lines, with a verifier beside it that needs nothing of ours.

    {"format": "cellchain-ledger-export/1", "site": "...", "written_at": "...Z"}
    {"key": "-----BEGIN PUBLIC KEY-----..."}
    {"seq": 1, "hash": "<SHA-256 of body>", "body": "<canonical JSON of the entry, as it was hashed>"}
    {"checkpoint": "<signed note>"}
    {"entries": N, "root": "<hex>"}

The keys in the file say which there are; they prove nothing there, so whoever checks brings one from elsewhere. The
last checkpoint is signed at the export itself, over every entry in it: a cut tail shows.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cellchain.kernel import canonical
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger import checkpoints, notes, replay, standalone, stored, verify
from cellchain.ledger.audit import Report
from cellchain.ledger.foundation import ensure_founded
from cellchain.ledger.merkle import Accumulator
from cellchain.ledger.models import Entry
from cellchain.ledger.readable import Readable
from cellchain.ledger.verify import Finding, StoredEntry, Witness
from cellchain.platform.db import Database, Link
from cellchain.platform.files import READABLE, DataDir, write_atomically, written_atomically

VERIFIER = "verify_ledger.py"
TABLES_UNREAD = {"table": "*", "reason": "an export holds the entries; the tables are compared where the database is"}
LINE_MAX = 16_000_000


@dataclass(frozen=True)
class Written:
    """What an export holds: the number of its last entry, and the root over all of them (hexadecimal)."""

    entries: int
    root: str


def write(database: Database, data_dir: DataDir, to: Path, site_name: str, *, readable: bool = False) -> Written:
    """Write the ledger to `to`, and the stand-alone verifier beside it. Raises Refused `database.not_founded`.

    It is read in one snapshot and streamed. Checkpoints of the data folder that a known key signed go along. With
    `readable`, every entry that a damaged database still gives; nothing is signed over what is not the whole.
    """
    if not readable:
        ensure_founded(database)
    keys = data_dir.public_keys()
    with stored.snapshot(database) as link, written_atomically(to, mode=READABLE) as file:

        def put(**line: Any) -> None:
            file.write(json.dumps(line, ensure_ascii=False).encode(errors="surrogatepass") + b"\n")

        now = database.clock.now()
        put(format=standalone.FORMAT, site=site_name, written_at=canonical.moment(now))
        for key in keys:
            put(key=_pem(key))
        tree = Accumulator()
        entries = _readable(database, link) if readable else stored.entries(database, link)
        for entry in entries:
            with suppress(ValueError):  # an edited hash is exported as it is, and the verifier names it
                tree.add(bytes.fromhex(str(entry.hash)))
            put(seq=entry.seq, hash=entry.hash, body=entry.body)
        for note in _proven(data_dir, keys, tree.size):
            put(checkpoint=note)
        if not readable:
            put(checkpoint=notes.sign(tree.size, tree.root(), now, data_dir.keys().signing))
        put(entries=tree.size, root=tree.root().hex())
    write_atomically(to.with_name(VERIFIER), Path(standalone.__file__).read_bytes(), mode=READABLE)
    return Written(tree.size, tree.root().hex())


def _readable(database: Database, link: Link) -> list[StoredEntry]:
    """The entries that can be read, by number: those behind the damage are reached from the end."""
    table = Entry.__table__  # type: ignore[attr-defined]
    rows = Readable(database, link, table, [*StoredEntry._fields])
    found = [StoredEntry._make(row) for row in rows]
    by_number = {entry.seq: entry for entry in found if isinstance(entry.seq, int)}
    return [by_number[number] for number in sorted(by_number)]


def check(file: Path, keys: Sequence[Ed25519PublicKey]) -> Report:
    """Verify an export with public keys alone: chain, checkpoints, and that each entry follows from those before it.

    Raises Refused `export.no_export` for a file that is none, `export.no_key` without a key.
    """
    if not keys:
        raise Refused("export.no_key", "The key file holds no Ed25519 public key. Give the site's keys/signing.pub.")
    texts = [
        (f"checkpoint {place}", line["checkpoint"]) for place, line in enumerate(_lines(file), 1) if _is_note(line)
    ]
    sizes = {size for size in map(standalone.size_of, (text for _, text in texts)) if size}
    fold = replay.Fold()
    try:
        chain = verify.check_chain(_entries(file), sizes=sizes, visit=fold.visit, read=stored.read_bodies, keys=keys)
    finally:
        fold.images.close()
    witnesses = verify.read_witnesses(texts, chain.keys)
    findings = [*chain.findings, *verify.check_witnesses(witnesses, chain), *_uncovered(witnesses, chain)]
    first = verify.ordered(findings)
    return Report(
        entries=chain.entries,
        root=chain.root,
        findings=(*first, *verify.ordered(fold.findings)),
        not_covered=(TABLES_UNREAD,),
        checkpoints=len(witnesses),
        invariants=0,
        lost=sum(loss.lost for loss in chain.losses),
    )


def read_keys(file: Path) -> tuple[Ed25519PublicKey, ...]:
    """The public keys in a PEM file, none where it holds no Ed25519 key."""
    found = []
    for part in file.read_bytes().split(b"-----END PUBLIC KEY-----")[:-1]:
        with suppress(ValueError):
            key = serialization.load_pem_public_key(part.strip() + b"\n-----END PUBLIC KEY-----\n")
            if isinstance(key, Ed25519PublicKey):
                found.append(key)
    return tuple(found)


def _uncovered(witnesses: Sequence[Witness], chain: verify.ChainResult) -> Iterator[Finding]:
    """The entries after the last checkpoint of an export, which signs its very last one: some may be missing too."""
    covered = max((one.checkpoint.size for one in witnesses if one.checkpoint is not None), default=0)
    if covered < chain.entries and all(one.checkpoint is not None for one in witnesses):
        message = "no checkpoint was signed over it: an export ends with one over its last entry"
        yield Finding(covered + 1, verify.TABLE, covered + 1, None, message)


def _proven(data_dir: DataDir, keys: Sequence[Ed25519PublicKey], size: int) -> Iterator[str]:
    for _, text in checkpoints.read_all(data_dir.checkpoints):
        with suppress(ValueError):
            if notes.check(text, keys).size <= size:
                yield text


def _entries(file: Path) -> Iterator[StoredEntry]:
    """The entries of an export. It holds no columns beside the bodies, so these agree by themselves."""
    for line in _lines(file):
        if "body" in line:
            body = verify.read_body(line["body"]) or {}
            beside = [body.get(name) for name in verify.COLUMNS]
            yield StoredEntry._make([line.get("seq"), *beside, line["body"], line.get("hash"), verify.UNREAD])


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open("rb") as content:
        for number, text in enumerate(iter(lambda: content.readline(LINE_MAX), b"")):
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                line = None
            if not isinstance(line, dict) or (number == 0 and line.get("format") != standalone.FORMAT):
                raise Refused(
                    "export.no_export",
                    "Line {number} of {file} is not one of an exported ledger. Export it again, or name another file.",
                    number=number + 1,
                    file=file.name,
                )
            yield line


def _is_note(line: dict[str, Any]) -> bool:
    return isinstance(line.get("checkpoint"), str)


def _pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
