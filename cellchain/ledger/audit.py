"""`cellchain verify`: chain, checkpoints, attachments, replay against the tables, triggers, counters and invariants.

All of it over one snapshot.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from cellchain.kernel.errors import CellchainError, InvariantBroken, Unavailable
from cellchain.kernel.values import dataclass
from cellchain.ledger import replay, stored, verify
from cellchain.ledger.counters import check_counters
from cellchain.ledger.foundation import ensure_founded
from cellchain.ledger.invariants import Invariant
from cellchain.ledger.triggers import check_triggers
from cellchain.ledger.verify import ChainResult, Finding, Witness, ordered
from cellchain.ledger.witnesses import read_everywhere
from cellchain.platform import pages
from cellchain.platform.away import in_words
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
    pages_looked_at  whether the pages of the file were, one by one: those of PostgreSQL and of a large file are not
    """

    entries: int
    root: str
    findings: tuple[Finding, ...]
    not_covered: tuple[dict[str, str], ...]
    checkpoints: int
    invariants: int
    lost: int = 0
    away: tuple[str, ...] = ()
    pages_looked_at: bool = True

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
            unseen = "" if self.pages_looked_at else "pages: not looked at one by one; cellchain doctor does that\n"
            return f"{unheard}{unseen}{held}\n{what}: {self.entries} entries, root {self.root}"
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
            "pages_looked_at": self.pages_looked_at,
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
            guarded = [*_guarded(database, link), *_counted(database, link)]
            held = [finding for one in invariants for finding in _held(database, link, one)]
    except (*stored.DriverError, DBAPIError, Unavailable) as error:
        chain, proven, guarded, held = ChainResult(), [_unreadable(error, None)], [], []
    torn, aside, looked = _pages(database, suspect=bool(proven or guarded or held))
    damaged = [
        Finding(None, FILES_TABLE, name, None, "the content is not what its name says")
        for name in data_dir.damaged_files()
    ]
    return Report(
        entries=chain.entries,
        root=chain.root,
        findings=(*torn, *proven, *damaged, *guarded, *held, *aside),
        not_covered=not_covered(),
        checkpoints=len(witnesses),
        invariants=len(invariants),
        lost=sum(loss.lost for loss in chain.losses),
        away=tuple(map(str, away)),
        pages_looked_at=looked,
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
    try:
        with stored.attempt(link):
            return _follow(database, link, witnesses, keys)
    except stored.DriverError as error:
        return ChainResult(), [_unreadable(error, stored.last_readable(database, link)), *_unread(database, link)]


def _follow(
    database: Database, link: Link, witnesses: Sequence[Witness], keys: Sequence[Ed25519PublicKey]
) -> tuple[ChainResult, list[Finding]]:
    """The chain, and the tables as its entries say that they are. Raises what the driver does about a damaged one."""
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


def _guarded(database: Database, link: Link) -> list[Finding]:
    try:
        with stored.attempt(link):
            return check_triggers(database, link)
    except stored.DriverError as error:
        return [Finding(None, "triggers", None, None, f"they cannot be checked: {in_words(error)}")]


def _counted(database: Database, link: Link) -> list[Finding]:
    try:
        with stored.attempt(link):
            return check_counters(database, link)
    except stored.DriverError as error:
        return [Finding(None, "platform_counter", None, None, f"the counters cannot be checked: {in_words(error)}")]


def _unread(database: Database, link: Link) -> list[Finding]:
    """The other tables that cannot be read to their end, where no ledger can be held against them."""
    found = []
    for table in replay.audited_tables():
        try:
            with stored.attempt(link):
                for _ in stored.raw_rows(database, link, table):
                    pass
        except stored.DriverError as error:
            if table.name != verify.TABLE:
                message = f"the table cannot be read: {in_words(error)}"
                found.append(Finding(None, table.name, None, None, message))
    return found


def _pages(database: Database, *, suspect: bool) -> tuple[list[Finding], list[Finding], bool]:
    """Damaged pages, indexes that say other than their tables, and whether the pages were looked at.

    A large file is looked through where something else is wrong with it; the check takes longer than all others.
    """
    file = Path(database.engine.url.database or "")
    if not database.is_sqlite or not file.is_file():
        return [], [], True
    if file.stat().st_size > pages.CHECKED_BYTES_MAX and not suspect:
        return [], [], False
    found = sorted(pages.look(file), key=lambda one: (one.table != pages.FILE, one.table != verify.TABLE, one.table))
    torn, aside = (
        [Finding(None, one.table, None, None, one.message) for one in found if one.torn is torn]
        for torn in (True, False)
    )
    return torn, aside, True


def _unreadable(error: Exception, last: int | None) -> Finding:
    """The ledger cannot be read to its end; `last` is the last entry that can, if there is one."""
    if not last:
        return Finding(None, verify.TABLE, None, None, f"the ledger cannot be read: {in_words(error)}")
    message = f"the ledger cannot be read from entry {last + 1} on: {in_words(error)}"
    return Finding(last + 1, verify.TABLE, last + 1, None, message)


def _place(finding: Finding) -> str:
    entry, key, column = ("none" if part is None else part for part in (finding.entry, finding.key, finding.column))
    return f"entry {entry}, table {finding.table}, key {key}, column {column}"
