"""A label as a file: handed out where no printer serves the station, and never while a printer may be holding it."""

from hashlib import sha256
from uuid import uuid4

from cellchain.identity.codes import LabelCode
from cellchain.labels import queries as labels
from cellchain.labels.models import Label
from cellchain.labels.printing import queries
from cellchain.labels.printing.commands import HandOutCopy, hand_out_copy
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import ReadTx


def check(tx: ReadTx, label: Label, station: str | None) -> None:
    """Raises Refused `label.*` where opening the label as a file could make a second one, or belongs elsewhere."""
    labels.must_print_here(tx, station, label.lot)
    queries.may_hand_out(label, queries.job_of(tx, label.code), tx.now)


def note(runner: Runner, actor: Actor, label: str, document: bytes) -> None:
    """Write down the copy that is handed out. Equal labels give equal bytes, however often they are opened.

    Raises Refused `label.*` where a printer was given the label, or somebody scanned it back, since `check`.
    """
    order = HandOutCopy(label=LabelCode(label), bytes_hash=sha256(document).hexdigest())
    runner.run(Call(command_of(hand_out_copy), order, actor, str(uuid4()), by_house=True)).result()
