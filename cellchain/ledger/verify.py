"""The chain and its checkpoints, checked entry by entry. No database: it serves an export on another machine as well.

Every body gives its hash, has one spelling, agrees with the columns beside it and names the entry before it. What is
wrong is named once and precisely: an edited body, an edited column, a missing entry, a rewritten link, a cut tail.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cellchain.kernel import canonical
from cellchain.kernel.canonical import INTEGER_MAX, Json
from cellchain.kernel.errors import InvariantBroken
from cellchain.kernel.values import dataclass
from cellchain.ledger import notes
from cellchain.ledger.merkle import RUN, Accumulator

GENESIS = "0" * 64
TABLE = "ledger_entry"
WITNESS_TABLE = "checkpoints"
LOSS_ACKNOWLEDGED = "platform:loss:acknowledged"
KEY_ROTATED = "platform:key:rotated"
# A signed entry with this fact says that the reason of the entry it names was erased on purpose.
REDACTED_ENTRY = "redacted_entry"
# Stands for a reason that was not read: an export leaves the cells out, the body keeps their commitments.
UNREAD = object()
COLUMNS = ("at", "event", "actor", "subject", "request_id")
# Entries that are looked at together. In memory at once: a body has four million characters at most, and few have.
AT_ONCE = 32
FINDINGS_MAX = 1_000
SHOWN_MAX = 60

Body = Mapping[str, Any]
Visit = Callable[[int, Body], None]
Reader = Callable[[Sequence[object]], Sequence[dict[str, Any] | None]]


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
        place: dict[str, Json] = {"entry": self.entry, "table": self.table, "key": self.key, "column": self.column}
        return {**place, "message": self.message}


@dataclass(frozen=True)
class Loss:
    """Entries lost with an older backup, and acknowledged by `entry`: `size` entries with `root` had been witnessed."""

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
    last            number of the last entry; last_hash stands beside it, last_digest is what its body gives
    roots           the root at every size that was asked for and reached
    hashes          the hash at every size that was asked for and reached
    findings        what is wrong, by entry
    unproven        the first entry whose body is missing or not proven: nothing after it can be relied on
    losses          losses of entries that were acknowledged
    keys            the public keys to believe: those that were given, and those that a signed hand-over names
    retired         origin of a key that was handed over, and the entry that did it: it signs nothing later
    """

    entries: int = 0
    root: str = ""
    last: int = 0
    last_hash: str = GENESIS
    last_digest: str = GENESIS
    last_at: str | None = None
    roots: dict[int, str] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unproven: int | None = None
    losses: list[Loss] = field(default_factory=list)
    keys: list[Ed25519PublicKey] = field(default_factory=list)
    retired: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Witness:
    """A checkpoint file: what it says, or what is wrong with it."""

    name: str
    checkpoint: notes.Checkpoint | None
    fault: str = ""


def read_body(text: object) -> dict[str, Any] | None:
    """The object that `text` spells, or None unless it is the one canonical spelling of one."""
    if not isinstance(text, str):
        return None
    try:
        value = _decode(text)
        # What was parsed holds no floats and small integers; keys alone could still lie outside ASCII.
        spelling = _encode(value) if text.isascii() else canonical.dumps(value)
    except (ValueError, RecursionError, InvariantBroken):
        return None
    return value if isinstance(value, dict) and spelling == text else None


def read_bodies(texts: Sequence[object]) -> list[dict[str, Any] | None]:
    """Each of them as `read_body` reads it."""
    return [read_body(text) for text in texts]


def check_chain(
    entries: Iterable[StoredEntry],
    *,
    sizes: Collection[int] = (),
    end: str | None = None,
    visit: Visit | None = None,
    read: Reader = read_bodies,
    keys: Sequence[Ed25519PublicKey] = (),
) -> ChainResult:
    """Check `entries`, in the order of their numbers, in one pass and constant memory.

    sizes  numbers of entries at which root and hash are wanted (those of the checkpoints)
    end    the hash of the last entry as the head of the chain has it; tells an edited hash from an edited body
    visit  called with the number and the body of every entry that can be read
    read   another reader of bodies, as strict as `read_bodies`
    keys   the site's public keys, one of which signed every acknowledgement of lost entries
    """
    chain = _Chain(frozenset(sizes), visit, read, keys)
    chain.follow(entries)
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
    proven = [0]
    for witness in sorted(witnesses, key=lambda one: one.checkpoint.size if one.checkpoint else 0):
        checkpoint = witness.checkpoint
        if checkpoint is None:
            message = f"this checkpoint proves nothing: {witness.fault}"
            findings.append(Finding(None, WITNESS_TABLE, witness.name, None, message))
        elif checkpoint.size > chain.retired.get(checkpoint.origin, checkpoint.size) and not is_explained(
            checkpoint, chain
        ):
            message = (
                f"this checkpoint proves nothing: its key was handed over by entry {chain.retired[checkpoint.origin]}"
            )
            findings.append(Finding(None, WITNESS_TABLE, witness.name, None, message))
        elif chain.roots.get(checkpoint.size) == checkpoint.root:
            proven.append(checkpoint.size)
        elif not is_explained(checkpoint, chain):
            findings.append(_contradicted(checkpoint, chain, max(size for size in proven if size < checkpoint.size)))
    return findings


def is_explained(checkpoint: notes.Checkpoint, chain: ChainResult) -> bool:
    """Whether a checkpoint differs because of an entry that is named already, or of entries lost and acknowledged."""
    if chain.unproven is not None and chain.unproven <= checkpoint.size:
        return True
    return any(
        loss.entry <= checkpoint.size <= loss.size
        and checkpoint.at <= loss.at
        and (checkpoint.size < loss.size or checkpoint.root == loss.root)
        for loss in chain.losses
    )


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """By entry; what no entry accounts for comes last."""
    return sorted(findings, key=lambda one: (one.entry is None, one.entry or 0))


class _Chain:
    """The state of one pass. A fault is named when the next entry shows which side of it is the odd one."""

    def __init__(
        self, sizes: frozenset[int], visit: Visit | None, read: Reader, keys: Sequence[Ed25519PublicKey]
    ) -> None:
        self.result = ChainResult(keys=list(keys))
        self._read = read
        self._sizes = sizes
        self._visit = visit
        self._tree = Accumulator()
        self._seq = 0
        self._stored: object = GENESIS
        self._digest = GENESIS
        self._torn = False  # the last entry's body and hash do not belong together
        self._loose = False  # the last entry does not name the one before it
        self._hashes: list[bytes] = []  # of entries that are not in the tree yet
        self._at: object = None
        self._erased: list[int] = []
        self._redacted: set[int] = set()

    def follow(self, entries: Iterable[StoredEntry]) -> None:
        """Check all of them, some at once: those in which all agrees, nearly all, need none of what names a fault."""
        source = iter(entries)
        while batch := list(islice(source, AT_ONCE)):
            bodies = self._read([entry.body for entry in batch])
            readable = [body for body in bodies if body is not None]
            if self._torn or self._loose or len(readable) < len(batch) or not self._took_plain(batch, readable):
                for entry, body in zip(batch, bodies, strict=True):
                    self.take(entry, body)

    def _took_plain(self, batch: Sequence[StoredEntry], bodies: Sequence[Body]) -> bool:
        """Take entries in which everything agrees, after others of which this can be said; otherwise leave them all.

        What is compared here is what `take` compares, a column of all entries at a time and not entry by entry.
        """
        seqs, ats, events, actors, subjects, requests, texts, named, reasons = zip(*batch, strict=True)
        first = self._seq + 1
        if seqs != tuple(range(first, first + len(batch))) or set(map(type, seqs)) != {int}:
            return False
        digests = [sha256(text.encode()).digest() for text in texts]  # of a body that was read, so it is a text
        hashes = [digest.hex() for digest in digests]
        if list(named) != hashes:
            return False
        before = [self._stored, *hashes[:-1]]
        try:
            said = list(map(_agreeing, bodies))
        except KeyError:
            return False
        if said != list(zip(seqs, ats, events, actors, subjects, requests, before, strict=True)):
            return False
        if reasons.count(UNREAD) < len(batch) and list(reasons) != [body.get("reason") for body in bodies]:
            return False
        self._keep(seqs, digests, hashes)
        self._at = ats[-1]
        telling = LOSS_ACKNOWLEDGED in events or KEY_ROTATED in events
        for seq, body in zip(seqs, bodies, strict=True):
            facts = body.get("facts")
            if telling or (type(facts) is dict and REDACTED_ENTRY in facts):
                self._remember_facts(seq, body)
            if self._visit is not None:
                self._visit(seq, body)
        return True

    def _keep(self, seqs: Sequence[int], digests: Sequence[bytes], hashes: Sequence[str]) -> None:
        """Go on behind entries that are proven, and note what was asked for at a size among them."""
        if self._sizes.isdisjoint(seqs):
            self._hashes += digests
        else:
            for self._seq, digest, self._stored in zip(seqs, digests, hashes, strict=True):
                self._hashes.append(digest)
                if self._seq in self._sizes:
                    self._grow(self._seq)
        self._seq, self._stored, self._digest = seqs[-1], hashes[-1], hashes[-1]
        if len(self._hashes) >= RUN:
            self._grow(self._seq)

    def take(self, entry: StoredEntry, body: Body | None) -> None:
        """Check one more entry, whose text was read as `body`."""
        seq = entry.seq
        if type(seq) is not int or seq <= self._seq:
            self._wrong(seq if type(seq) is int else None, "seq", "this entry has no place in the chain")
            return
        follows = seq == self._seq + 1
        digest = _digest(entry.body)
        whole = digest == entry.hash
        before = body.get("prev_hash") if body is not None and whole else None
        self._settle(before if follows else None)
        if follows:
            self._link(before, readable=whole and body is not None)
        else:
            self._missing(self._seq + 1, seq - 1)
        self._seq, self._stored, self._digest, self._torn = seq, entry.hash, digest, not whole
        if whole:
            self._agree(entry, seq, body)
        self._measure(seq, digest)
        if body is not None:
            self._remember(seq, body)

    def finish(self, end: str | None) -> ChainResult:
        """The result, once every entry was taken."""
        self._settle(end)
        if self._loose:
            self._rewritten(self._seq - 1 if end is None or end == self._stored else self._seq)
        for seq in sorted(set(self._erased) - self._redacted):
            self._wrong(seq, "reason", "the reason was erased, and no signed redaction says so")
        self._tree.extend(self._hashes)
        result = self.result
        result.last_at = None if self._at is None else str(self._at)
        result.entries = self._tree.size
        result.root = self._tree.root().hex()
        result.last, result.last_hash, result.last_digest = self._seq, str(self._stored), self._digest
        result.findings = ordered(result.findings)
        return result

    def _settle(self, named: object) -> None:
        """Say which half of a torn entry was edited: whoever follows names the hash that the entry had."""
        if not self._torn:
            return
        if named == self._digest:
            self._wrong(self._seq, "hash", "the hash is not that of the body, which the next entry confirms")
        else:
            self._wrong(self._seq, "body", "the body does not give the hash: it was edited")
            self._doubt(self._seq)
        self._torn = False

    def _link(self, before: object, *, readable: bool) -> None:
        """Compare with the entry before. The odd entry lies between two broken links, or else before the broken one."""
        broken = readable and before not in (self._stored, self._digest)
        if self._loose:
            self._rewritten(self._seq if broken else self._seq - 1)
        self._loose = broken and not self._loose

    def _rewritten(self, seq: int) -> None:
        where = max(seq, 1)
        self._wrong(where, "body", "this entry is not the one that its neighbours in the chain name: it was rewritten")
        self._doubt(where)

    def _missing(self, first: int, last: int) -> None:
        message = f"entry {first} is missing" if first == last else f"the entries {first} to {last} are missing"
        if self._loose:
            self._rewritten(self._seq - 1)
            self._loose = False
        self._wrong(first, None, message)
        self._doubt(first)

    def _agree(self, entry: StoredEntry, seq: int, body: Body | None) -> None:
        """Compare the columns beside the body with it."""
        if body is None:
            self._wrong(seq, "body", "the body is not the canonical text of an entry")
            self._doubt(seq)
            return
        if body.get("seq") != seq:
            self._wrong(seq, "seq", f"the body says that this is entry {body.get('seq')}")
            self._doubt(seq)
        beside, inside = entry[1:6], tuple(map(body.get, COLUMNS))
        if beside != inside:
            for name, column, said in zip(COLUMNS, beside, inside, strict=True):
                if column != said:
                    self._wrong(seq, name, f"the column says {_shown(column)}, the body {_shown(said)}")
        if entry.reason is UNREAD or entry.reason == body.get("reason"):
            return
        if entry.reason is None:
            self._erased.append(seq)
        else:
            self._wrong(seq, "reason", "the reason is not the one that the body commits to")

    def _measure(self, seq: int, digest: str) -> None:
        self._hashes.append(bytes.fromhex(digest))
        self._grow(seq)

    def _grow(self, seq: int) -> None:
        """Take the hashes so far into the tree, and note what was asked for at this size."""
        self._tree.extend(self._hashes)
        self._hashes.clear()
        if seq in self._sizes:
            self.result.hashes[seq] = str(self._stored)
            if seq == self._tree.size:
                self.result.roots[seq] = self._tree.root().hex()

    def _remember(self, seq: int, body: Body) -> None:
        """Take from a body what later findings depend on, and show it to the visitor."""
        self._at = body.get("at")
        self._remember_facts(seq, body)
        if self._visit is not None:
            self._visit(seq, body)

    def _remember_facts(self, seq: int, body: Body) -> None:
        facts = body.get("facts")
        if isinstance(facts, dict) and facts:
            redacted = facts.get(REDACTED_ENTRY)
            if type(redacted) is int and body.get("signature"):
                self._redacted.add(redacted)
            if body.get("event") == LOSS_ACKNOWLEDGED:
                self._acknowledge(seq, str(body.get("at")), facts)
            elif body.get("event") == KEY_ROTATED:
                self._hand_over(seq, facts)

    def _acknowledge(self, seq: int, at: str, facts: Mapping[str, Any]) -> None:
        """Believe that a loss was acknowledged if the site's key says so, for this very place in the chain."""
        size, root, kept = map(facts.get, ("witnessed_size", "witnessed_root", "kept_entries"))
        if type(size) is int and kept == seq - 1 and notes.loss_is_signed(facts, self.result.keys):
            self.result.losses.append(Loss(seq, at, size, str(root)))
        else:
            self._wrong(seq, "body", "it acknowledges a loss of entries, and no known key signed that")

    def _hand_over(self, seq: int, facts: Mapping[str, Any]) -> None:
        """Believe the other key of a hand-over that both signed, where one of them is known."""
        known = {key.public_bytes_raw() for key in self.result.keys}
        pair = notes.handed_over(facts, seq - 1)
        if pair is None or not known & {key.public_bytes_raw() for key in pair}:
            self._wrong(seq, "body", "it hands over to another signing key, and no known key signed that")
            return
        self.result.keys += [key for key in pair if key.public_bytes_raw() not in known]
        self.result.retired[notes.origin_of(pair[0])] = seq

    def _doubt(self, seq: int) -> None:
        known = self.result.unproven
        self.result.unproven = seq if known is None else min(known, seq)

    def _wrong(self, seq: int | None, column: str | None, message: str) -> None:
        if len(self.result.findings) < FINDINGS_MAX:
            self.result.findings.append(Finding(seq, TABLE, seq, column, message))


def _contradicted(checkpoint: notes.Checkpoint, chain: ChainResult, proven: int) -> Finding:
    """Name the first entry that a checkpoint contradicts; `proven` entries are as a smaller checkpoint has them."""
    signed = f"the checkpoint of {checkpoint.at} over {checkpoint.size} entries"
    missing = checkpoint.size > chain.entries
    first = chain.entries + 1 if missing else proven + 1
    fault = "these entries are missing" if missing else "the entries here are others"
    return Finding(first, TABLE, first, None, f"{signed} knows entries {first} to {checkpoint.size}: {fault}")


def _digest(body: object) -> str:
    """SHA-256 over the stored bytes; over nothing where no text is stored, which is no entry's hash either."""
    if not isinstance(body, str):
        return GENESIS
    try:
        return sha256(body.encode()).hexdigest()
    except UnicodeEncodeError:
        return GENESIS


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} has no canonical form")


def _integer(text: str) -> int:
    value = int(text) if len(text) < 18 else INTEGER_MAX
    return value if -INTEGER_MAX < value < INTEGER_MAX else _refuse(text)


_agreeing = itemgetter("seq", *COLUMNS, "prev_hash")
_decode = json.JSONDecoder(parse_float=_refuse, parse_int=_integer, parse_constant=_refuse).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
