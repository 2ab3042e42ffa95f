"""Handing over from one signing key to the next: an entry that both signed says so, and the old one ends with it.

Field and list key hand over too: from then on the new one seals, and the old one opens what it sealed (decision 0033).
Whenever the process dies, calling it again goes on: the new key lies in `keys/*.next` until it took over.
"""

import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.ledger import checkpoints, notes
from cellchain.ledger.append import last_position
from cellchain.ledger.foundation import ensure_founded
from cellchain.ledger.models import Entry
from cellchain.ledger.run import Runner
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.verify import KEY_ROTATED
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.files import DataDir
from cellchain.platform.sealing import name_of

# Of the two secret keys the ledger knows the names alone; what each opens tells which it is.
FIELD, LIST = "field", "list"
EVENTS = {FIELD: "platform:field_key:rotated", LIST: "platform:list_key:rotated"}
SECRETS = tuple(EVENTS)

_LAST = select(Entry).where(Entry.event == KEY_ROTATED).order_by(col(Entry.seq).desc())
_LAST_OF = select(Entry).where(Entry.event == bindparam("event")).order_by(col(Entry.seq).desc())


@dataclass(frozen=True)
class Rotated:
    """The names of the old and the new key (as checkpoints bear them), and the entry that says so."""

    old: str
    new: str
    entry: int


def rotate(database: Database, runner: Runner, data_dir: DataDir) -> Rotated:
    """Take a new signing key into use. Nobody else may use the folder meanwhile: hold its claim.

    Checkpoints that the old key signed hold as before; its last one covers the entry of the hand-over.
    Raises Refused `database.not_founded`.
    """
    ensure_founded(database)
    old, new = data_dir.keys().signing, data_dir.next_signing_key()
    names = notes.origin_of(old.public_key()), notes.origin_of(new.public_key())
    entry = _hand_over(database, runner, old, new)
    checkpoints.make(database, data_dir)
    data_dir.take_next_signing_key()
    return Rotated(*names, entry)


def rotate_secret(database: Database, runner: Runner, data_dir: DataDir, kind: str) -> Rotated:
    """Take a new field or list key (`kind`) into use. Nobody else may use the folder meanwhile: hold its claim.

    What the one before sealed it goes on opening; who opened the installation before this writes with the old one
    still, so open it anew. The entry comes first: while the new key waits, the old one is in use and the ledger knows
    of the other. Raises Refused `database.not_founded`.
    """
    ensure_founded(database)
    keys = data_dir.keys()
    old = name_of(keys.field if kind == FIELD else keys.list)
    new = name_of(data_dir.next_secret(kind))
    with database.read() as tx:
        last = last_secret(tx, kind)
        entry = last_position(tx).seq + 1 if last is None or last.new != new else last.entry
    if last is None or last.new != new:
        runner.record_system(EVENTS[kind], f"{kind}-{new}", lambda tx: tx.note(old_key=old, new_key=new))
    data_dir.take_next_secret(kind)
    return Rotated(old, new, entry)


def last_secret(tx: ReadTx, kind: str) -> Rotated | None:
    """What the ledger says of the last new key of a kind; None where the first one was never followed by another."""
    row = tx.one(_LAST_OF, event=EVENTS[kind])
    if row is None:
        return None
    facts = json.loads(row.body)["facts"]
    return Rotated(facts["old_key"], facts["new_key"], row.seq)


def _hand_over(database: Database, runner: Runner, old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> int:
    """Write the entry, unless a call that died after it wrote it."""
    with database.read() as tx:
        size, written = last_position(tx).seq, _written(tx, new)
    if written is not None:
        return written
    facts = notes.sign_hand_over(size, old, new)

    def work(tx: CommandTx) -> None:
        tx.note(**facts)

    runner.record_system(KEY_ROTATED, f"key-{facts['new_key']}"[:36], work)
    return size + 1


def _written(tx: ReadTx, new: Ed25519PrivateKey) -> int | None:
    row = tx.one(_LAST)
    return row.seq if row is not None and new.public_key().public_bytes_raw().hex() in row.body else None
