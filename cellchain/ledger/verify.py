"""The chain and its checkpoints, checked entry by entry. No database: it serves an export on another machine as well.

Every body gives its hash, has one spelling, agrees with the columns beside it and names the entry before it. What is
wrong is named once and precisely: an edited body, an edited column, a missing entry, a rewritten link, a cut tail.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cellchain.kernel import canonical
from cellchain.kernel.canonical import INTEGER_MAX, Json
from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger import notes
from cellchain.ledger.merkle import Accumulator

GENESIS = "0" * 64
TABLE = "ledger_entry"
WITNESS_TABLE = "checkpoints"
LOSS_ACKNOWLEDGED = "platform:loss:acknowledged"
# A signed entry with this fact says that the reason of the entry it names was erased on purpose.
REDACTED_ENTRY = "redacted_entry"
# Stands for a reason that was not read: an export leaves the cells out, the body keeps their commitments.
UNREAD = object()
COLUMNS = ("at", "event", "actor", "subject", "request_id")
FINDINGS_MAX = 1_000

Body = Mapping[str, Any]
Visit = Callable[[int, Body], None]


class StoredEntry(NamedTuple):
    """An entry as it lies in the table or in an export. Any value may be anything: somebody may have edited it."""

    seq: object
    at: object
    event: object
    actor: object
    subject: object
    request_id: object
    body: object
    hash: object
    reason: object = UNREAD


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the entry it concerns (None if no entry does), and where it lies."""

    entry: int | None
    table: str
    key: Json
    column: str | None
    message: str

    def data(self) -> dict[str, Json]:
        """The finding for `--json`."""
        return {"entry": self.entry, "table": self.table, "key": self.key, "column": self.column, "message": self.message}


@dataclass(frozen=True)
class Loss:
    """Entries lost with an older backup and acknowledged: `entry` says that `size` entries with `root` were witnessed."""

    entry: int
    at: str
    size: int
    root: str

    @property
    def lost(self) -> int:
        """How many entries are gone."""
        return self.size - (self.entry - 1)


@dataclass
class ChainResult:
    """What a pass over the chain found.

    entries, root   number of entries and the Merkle root over them, hexadecimal
    roots           the root at every size that was asked for and reached
    hashes          the hash at every size that was asked for and reached
    findings        what is wrong, by entry
    unproven        the first entry whose body is missing or not proven: nothing after it can be relied on
    """

    entries: int = 0
    root: str = ""
    last_hash: str = GENESIS
    last_at: str | None = None
    roots: dict[int, str] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unproven: int | None = None
    losses: list[Loss] = field(default_factory=list)


@dataclass(frozen=True)
class Witness:
    """A checkpoint file: what it says, or what is wrong with it."""

    name: str
    checkpoint: notes.Checkpoint | None
    fault: str = ""


def check_chain(
    entries: Iterable[StoredEntry], *, sizes: Collection[int] = (), end: str | None = None, visit: Visit | None = None
) -> ChainResult:
    """Check `entries`, in the order of their numbers, in one pass and constant memory.

    sizes  numbers of entries at which root and hash are wanted (those of the checkpoints)
    end    the hash of the last entry as the head of the chain has it; tells an edited hash from an edited body
    visit  called with the number and the body of every entry that can be read
    """
    chain = _Chain(frozenset(sizes), visit)
    for entry in entries:
        chain.take(entry)
    return chain.finish(end)


def read_witnesses(files: Iterable[tuple[str, str]], keys: Sequence[Ed25519PublicKey]) -> list[Witness]:
    """Checkpoint files (name, text), each with what it says once a signature of one of `keys` is proven."""
    found = []
    for name, text in files:
        try:
            found.append(Witness(name, notes.check(text, keys)))
        except ValueError as error:
            found.append(Witness(name, None, str(error)))
    return found


def check_witnesses(witnesses: Iterable[Witness], chain: ChainResult) -> list[Finding]:
    """What the checkpoints say against the chain. `chain` was checked with their sizes."""
    findings = []
    proven = 0
    for witness in sorted(witnesses, key=lambda one: one.checkpoint.size if one.checkpoint else 0):
        checkpoint = witness.checkpoint
        if checkpoint is None:
            message = f"this checkpoint proves nothing: {witness.fault}"
            findings.append(Finding(None, WITNESS_TABLE, witness.name, None, message))
        elif chain.roots.get(checkpoint.size) == checkpoint.root:
            proven = checkpoint.size
        elif not _explained(checkpoint, chain):
            findings.append(_contradicted(checkpoint, chain, proven))
    return findings


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """By entry; what no entry accounts for comes last."""
    return sorted(findings, key=lambda one: (one.entry is None, one.entry or 0))


class _Chain:
    """The state of one pass. A fault is attributed when the next entry shows which side of it is the odd one."""

    def __init__(self, sizes: frozenset[int], visit: Visit | None) -> None:
        self.result = ChainResult()
        self._sizes = sizes
        self._visit = visit
        self._tree = Accumulator()
        self._seq = 0
        self._stored: object = GENESIS
        self._digest = GENESIS
        self._link_broken = False
        self._erased: list[int] = []
        self._redacted: set[int] = set()

    def take(self, entry: StoredEntry) -> None:
        seq = entry.seq
        if type(seq) is not int or seq <= self._seq:
            self._wrong(seq if type(seq) is int else None, "seq", "this entry has no place in the chain")
            return
        follows = seq == self._seq + 1
        if not follows:
            self._missing(self._seq + 1, seq - 1)
        content = _bytes(entry.body)
        digest = sha256(content).hexdigest() if content is not None else ""
        body = _read(entry.body)
        before = None if body is None else body.get("prev_hash")
        self._settle(before if follows else None)
        self._seq = seq
        if digest == entry.hash:
            if body is None:
                self._wrong(seq, "body", "the body is not canonical JSON")
            else:
                self._columns(entry, seq, body)
                self._link(seq, linked=not follows or before == self._previous)
        self._stored, self._digest, self._previous = entry.hash, digest, entry.hash
        self._tree.add(bytes.fromhex(digest) if digest else bytes(32))
        self._measure(seq, body)
        if body is not None:
            self._note(seq, body)
            if self._visit is not None:
                self._visit(seq, body)
