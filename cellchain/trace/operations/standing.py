"""What is known about the house from inside: once for the page, once for the monitoring system."""

import shutil
from datetime import datetime, timedelta
from typing import Any

from cellchain.kernel.clock import ClockStep
from cellchain.kernel.values import dataclass
from cellchain.labels.printing import queries as printing
from cellchain.ledger import checkpoints
from cellchain.ledger.append import last_position
from cellchain.notices import queries as notices


@dataclass(frozen=True)
class Standing:
    """Counts, spans and sizes; nothing of it tells of a person or of cells.

    checkpoint_age  since the newest checkpoint was signed, and `unsigned` entries came after it; None before the first
    """

    now: datetime
    entries: int
    checkpoint_age: timedelta | None
    unsigned: int
    witnesses: int
    witnesses_away: int
    mails_waiting: int
    mails_refused: int
    labels_moving: int
    labels_stuck: int
    clock_step: ClockStep | None
    free_bytes: int


def standing_of(state: Any) -> Standing:
    """How it stands now; `state` is the application's. Raises what reading the database raises."""
    witnesses = state.witnesses.standing()
    free = shutil.disk_usage(state.folder.path).free
    with state.database.read() as tx:
        head = last_position(tx)
        signed = checkpoints.newest(state.folder.checkpoints)
        return Standing(
            now=tx.now,
            entries=head.seq,
            checkpoint_age=None if signed is None else tx.now - datetime.fromisoformat(signed.at),
            unsigned=head.seq - (0 if signed is None else signed.size),
            witnesses=len(witnesses),
            witnesses_away=sum(one.is_away for one in witnesses),
            mails_waiting=notices.unsent_count(tx),
            mails_refused=notices.refused_count(tx),
            labels_moving=printing.moving_count(tx),
            labels_stuck=printing.stuck_count(tx),
            clock_step=tx.clock_step,
            free_bytes=free,
        )
