"""Whether checkpoints know of entries that the database does not hold: an older copy was put in place of it.

Asked at each start, before an entry is written. One that followed would stand where another one had been, and the two
could never be told apart from a forgery. It reads only the checkpoints that are named for more entries than there are.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Refused
from cellchain.ledger import notes, verify
from cellchain.ledger.append import last_position
from cellchain.ledger.models import Entry
from cellchain.ledger.witnesses import read_everywhere
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.files import DataDir

_OF_EVENT = select(Entry.seq, Entry.body).where(col(Entry.event) == bindparam("event"))
LOSSES_MAX = 1_000
# A start does not wait longer for a witness: verify and the doctor ask it with more patience.
PATIENCE_S = 2.0


def ensure_newest(database: Database, data_dir: DataDir, folders: Sequence[Path] = ()) -> None:
    """Raises Refused `database.older` where a proven checkpoint knows more entries, and no entry acknowledges that.

    folders  the witnesses beside the data folder's own; one that is away is passed over
    """
    newer = newest_ahead(database, data_dir, folders)
    if newer is not None:
        kept = _size(database)
        raise Refused(
            "database.older",
            "This database ends with entry {kept}, and {size} entries had been witnessed at {at}: it is an older one, "
            "and {lost} entries are missing. Nothing was done. Put the newer one back; if there is none, tell QA, and "
            "run cellchain acknowledge-loss, which says so in the ledger for ever.",
            kept=kept,
            size=newer.size,
            at=newer.at,
            lost=newer.size - kept,
        )


def newest_ahead(database: Database, data_dir: DataDir, folders: Sequence[Path] = ()) -> notes.Checkpoint | None:
    """The proven checkpoint over the most entries, where these are more than there are and no loss explains it."""
    files, _ = read_everywhere(data_dir, folders, over=_size(database), within_s=PATIENCE_S)
    keys = data_dir.public_keys()
    proven = [one.checkpoint for one in verify.read_witnesses(files, keys) if one.checkpoint is not None]
    if not proven:
        return None
    # Asked again: where several servers share a database, another one may have written, and witnessed, meanwhile.
    with database.read() as tx:
        kept = last_position(tx).seq
        losses = [loss for loss in _losses(tx) if notes.loss_is_signed(loss[1], keys)]
    chain = verify.ChainResult(losses=[loss for loss, _ in losses])
    ahead = [one for one in proven if one.size > kept and not verify.is_explained(one, chain)]
    return max(ahead, key=lambda one: one.size, default=None)


def _size(database: Database) -> int:
    with database.read() as tx:
        return last_position(tx).seq


def _losses(tx: ReadTx) -> list[tuple[verify.Loss, dict[str, Json]]]:
    """The losses that entries acknowledge, each with what was signed."""
    found = []
    for seq, text in tx.many(_OF_EVENT, event=verify.LOSS_ACKNOWLEDGED, limit=LOSSES_MAX):
        body = json.loads(text)
        facts = body["facts"]
        found.append((verify.Loss(seq, body["at"], facts["witnessed_size"], facts["witnessed_root"]), facts))
    return found
