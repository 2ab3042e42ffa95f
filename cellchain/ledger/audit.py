"""`cellchain verify`: chain, checkpoints, attachments, replay against the tables, triggers, counters and invariants.

All of it over one snapshot.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from cellchain.kernel.errors import CellchainError, InvariantBroken, Unavailable
from cellchain.ledger import replay, stored, verify
from cellchain.ledger.counters import check_counters
from cellchain.ledger.foundation import ensure_founded
from cellchain.ledger.invariants import Invariant
from cellchain.ledger.triggers import check_triggers
from cellchain.ledger.verify import ChainResult, Finding, Witness, ordered
from cellchain.ledger.witnesses import read_everywhere
from cellchain.platform.columns import OUTSIDE
from cellchain.platform.db import Database, Link, ReadTx
from cellchain.platform.files import DataDir

REPORTED_MAX = 100
FILES_TABLE = "files"
INVARIANTS_TABLE = "invariants"
REVISION_TABLE = "alembic_version"
# What reading a damaged value may raise: a phase that is none, a cell that does not open, a text where a number was.
UNCHECKABLE = (ValueError, TypeError, LookupError, AttributeError, CellchainError, InvariantBroken)


@dataclass(frozen=True)
class Report:
    """What `verify` found.

    entries, root  length of the chain and the Merkle root over it, hexadecimal
    findings       what is wrong, the first wrong entry first
    not_covered    tables that replay does not follow, each with the reason
    lost           entries lost with an older backup, and acknowledged
    away           witnesses that could not be read, and were not held against it
    """

    entries: int
    root: str
    findings: tuple[Finding, ...]
    not_covered: tuple[dict[str, str], ...]
    checkpoints: int
    invariants: int
    lost: int = 0
    away: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def text(self) -> str:
        """For people. The last line says `intact: N entries, root HEX`, or names the first thing that is wrong."""
        if self.intact:
            what = f"intact, after an acknowledged loss of {self.lost} entries" if self.lost else "intact"
            held = f"checkpoints: {self.checkpoints} hold; invariants: {self.invariants} hold"
            unheard = "".join(f"away, so not held against it: witness {folder}\n" for folder in self.away)
            return f"{unheard}{held}\n{what}: {self.entries} entries, root {self.root}"
        shown = self.findings[:REPORTED_MAX]
        lines = [f"{_place(one)}: {one.message}" for one in reversed(shown)]
        if len(shown) < len(self.findings):
            lines.insert(0, f"{len(self.findings) - len(shown)} more, and the first {len(shown)}, the very first last:")
        return "\n".join([*lines, f"broken: {_place(self.findings[0])}"])

    def json(self) -> str:
        """For machines: `text`'s facts and the first findings as one JSON object."""
        first = self.findings[0].data() if self.findings else {}
        data: dict[str, Any] = {
            "intact": self.intact,
            "entries": self.entries,
            "root": self.root,
            "lost": self.lost,
            "checkpoints": self.checkpoints,
            "witnesses_away": list(self.away),
            "invariants": self.invariants,
            **first,
            "findings": [one.data() for one in self.findings[:REPORTED_MAX]],
            "not_covered": list(self.not_covered),
        }
        return json.dumps(data, ensure_ascii=False, indent=2)


def run_verify(
    database: Database, data_dir: DataDir, invariants: Sequence[Invariant] = (), folders: Sequence[Path] = ()
) -> Report:
    """Verify everything; `folders` are the witnesses beside the data folder's own.

    Raises Refused `database.not_founded` where there is nothing to verify.
    """
    # Read before the snapshot is taken: a server may write a checkpoint of entries that the snapshot does not know.
    keys = data_dir.public_keys()
    files, away = read_everywhere(data_dir, folders)
    witnesses = verify.read_witnesses(files, keys)
    try:
        ensure_founded(database)
        with stored.snapshot(database) as link:
            chain, proven = _check_ledger(database, link, witnesses, keys)
            guarded = [*check_triggers(database, link), *check_counters(database, link)]
            held = [finding for one in invariants for finding in _held(database, link, one)]
    except (*stored.DriverError, DBAPIError, Unavailable) as error:
        chain, proven, guarded, held = ChainResult(), [_unreadable(error)], [], []
    damaged = [
        Finding(None, FILES_TABLE, name, None, "the content is not what its name says")
        for name in data_dir.damaged_files()
    ]
    return Report(
        entries=chain.entries,
        root=chain.root,
        findings=(*proven, *damaged, *guarded, *held),
        not_covered=not_covered(),
        checkpoints=len(witnesses),
        invariants=len(invariants),
        lost=sum(loss.lost for loss in chain.losses),
        away=tuple(map(str, away)),
    )


def not_covered() -> tuple[dict[str, str], ...]:
    """The tables that replay does not follow, each with the reason."""
    tables = SQLModel.metadata.tables
    outside = [{"table": name, "reason": tables[name].info[OUTSIDE]} for name in tables if OUTSIDE in tables[name].info]
    revision = {"table": REVISION_TABLE, "reason": "names the revision of the tables; every migration is an entry"}
    return tuple(sorted([*outside, revision], key=lambda one: one["table"]))


def _check_ledger(
    database: Database, link: Link, witnesses: Sequence[Witness], keys: Sequence[Ed25519PublicKey]
) -> tuple[ChainResult, list[Finding]]:
    fold = replay.Fold()
    try:
        head = stored.head(database, link)
        sizes = {witness.checkpoint.size for witness in witnesses if witness.checkpoint is not None}
        if head is not None and isinstance(head["seq"], int):
            sizes.add(head["seq"])
        end = str(head["hash"]) if head is not None else None
        entries = stored.entries(database, link)
        read = stored.read_bodies
        chain = verify.check_chain(entries, sizes=sizes, end=end, visit=fold.visit, read=read, keys=keys)
        differences = replay.compare(database, link, fold.images)
        replayed = [*fold.findings, *replay.attributed(differences, stored.entries(database, link))]
    except stored.DriverError as error:
        return ChainResult(), [_unreadable(error)]
    finally:
        fold.images.close()
    chained = [*chain.findings, *replay.check_head(head, chain), *verify.check_witnesses(witnesses, chain)]
    missing = any(one.table == verify.TABLE and one.column is None for one in chained)
    if chain.unproven is None and not missing:
        return chain, ordered([*chained, *replayed])
    # What a missing or an unproven entry wrote is not known, and a table may differ because of it: it is named first.
    return chain, [*ordered(chained), *ordered(replayed)]


def _held(database: Database, link: Link, invariant: Invariant) -> list[Finding]:
    """What breaks one invariant. Damaged values may make it impossible to check, which is a finding too."""
    try:
        with stored.attempt(link):
            broken = invariant.check(ReadTx(database, link))
    except (*stored.DriverError, *UNCHECKABLE) as error:
        broken = [f"it cannot be checked: {type(error).__name__}"]
    return [
        Finding(None, INVARIANTS_TABLE, invariant.name, None, f"{invariant.statement} But: {message}")
        for message in broken
    ]


def _unreadable(error: Exception) -> Finding:
    return Finding(None, verify.TABLE, None, None, f"the ledger cannot be read: {str(error).splitlines()[0]}")


def _place(finding: Finding) -> str:
    entry, key, column = ("none" if part is None else part for part in (finding.entry, finding.key, finding.column))
    return f"entry {entry}, table {finding.table}, key {key}, column {column}"
