"""What an infusion came from: its bag, lot, passage and donors, read from the record. Nobody types any of it."""

from collections.abc import Sequence
from datetime import datetime

from cellchain.bedside.given import Given, given_to
from cellchain.bedside.given import infusion as given_as
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx


@dataclass(frozen=True)
class Origin:
    """One infusion and where its bag came from. It tells the arm: only for who may see arms, or counted over many."""

    infusion: int
    started_at: datetime
    ended_at: datetime | None
    bag: str
    lot: str | None
    passage: int | None
    donors: tuple[str, ...]


def origin(tx: ReadTx, infusion: int) -> Origin:
    """Where one infusion came from. Raises NotFound."""
    return traced(tx, [given_as(tx, infusion)])[0]


def traced(tx: ReadTx, infusions: Sequence[Given]) -> list[Origin]:
    """Where infusions came from, each lot asked for its donors once."""
    donors: dict[str, tuple[str, ...]] = {}
    found = []
    for row in infusions:
        bag = manufacturing.bag_facts(tx, row.bag)
        lot = None if bag is None else bag.lot
        if lot is not None and lot not in donors:
            donors[lot] = manufacturing.donors_of(tx, lot)
        found.append(
            Origin(
                infusion=row.infusion,
                started_at=row.started_at,
                ended_at=row.ended_at,
                bag=row.bag,
                lot=lot,
                passage=None if bag is None else bag.passage,
                donors=() if lot is None else donors[lot],
            )
        )
    return found


def last_before(tx: ReadTx, recipient: str, onset_at: datetime) -> Given | None:
    """The last infusion of a recipient that began before something did."""
    begun = [row for row in given_to(tx, recipient) if row.started_at <= onset_at]
    return begun[-1] if begun else None
