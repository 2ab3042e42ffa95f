"""What is always true of labels."""

from sqlmodel import col, select

from cellchain.labels.models import Label
from cellchain.labels.rules import LabelPhase
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx

REPRINTED = select(Label).where(col(Label.replaces).is_not(None))
CONFIRMED = select(Label.code).where(Label.phase == LabelPhase.CONFIRMED, col(Label.confirmed_by).is_(None))


def replaced_labels_are_out_of_use(tx: ReadTx) -> list[str]:
    """A label that was replaced is never live."""
    found = []
    for row in tx.every(REPRINTED):
        old = tx.get(Label, row.replaces)
        if old.phase in (LabelPhase.PRINTED, LabelPhase.CONFIRMED):
            found.append(f"label {old.code} was replaced by {row.code} and is still live")
    return found


def confirmed_labels_name_who_scanned(tx: ReadTx) -> list[str]:
    """A confirmed label names the person who scanned it back."""
    return [f"label {code} is confirmed by nobody" for code in tx.every(CONFIRMED)]


INVARIANTS = (
    Invariant("labels.replaced", "A label that was replaced is out of use.", replaced_labels_are_out_of_use),
    Invariant("labels.confirmed", "A confirmed label names who scanned it back.", confirmed_labels_name_who_scanned),
)
