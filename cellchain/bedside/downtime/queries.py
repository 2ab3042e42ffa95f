"""Downtimes with what is still to be entered, and what was entered late."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.bedside.downtime.models import Downtime, PaperBag, PaperEntry
from cellchain.bedside.downtime.rules import BagFate, DowntimePhase, concerns, must_be_ward
from cellchain.kernel.values import dataclass
from cellchain.materials import queries as materials
from cellchain.materials.rules import LocationKind, LocationPhase
from cellchain.platform.db import ReadTx

WARDS = "wards"  # the list that forms choose from
SHOWN_MAX = 50
BAGS_MAX = 500

DOWNTIMES = select(Downtime).order_by(col(Downtime.id).desc())
UNDER_WAY = select(Downtime).where(Downtime.phase == DowntimePhase.OPEN).order_by(col(Downtime.id))
BAGS_OF = select(PaperBag).where(PaperBag.downtime == bindparam("downtime")).order_by(col(PaperBag.id))
WAITING = select(PaperBag).where(PaperBag.fate == BagFate.TO_ENTER).order_by(col(PaperBag.id))
WAITING_OF_BAG = select(PaperBag).where(PaperBag.fate == BagFate.TO_ENTER, PaperBag.bag == bindparam("bag"))
WAITING_ID = select(PaperBag.id).where(PaperBag.fate == BagFate.TO_ENTER, PaperBag.bag == bindparam("bag"))
WAITING_FOR = select(PaperBag.id).where(PaperBag.fate == BagFate.TO_ENTER, PaperBag.recipient == bindparam("recipient"))
ENTRY_OF = select(PaperEntry).where(PaperEntry.paper_bag == bindparam("paper_bag"))
ENTRIES = select(PaperEntry).order_by(col(PaperEntry.id).desc())
OF_INFUSION = select(PaperEntry).where(PaperEntry.infusion == bindparam("infusion"))


@dataclass(frozen=True)
class PaperLine:
    """A bag that a downtime left open, and what was entered of it; `entry` is None while nothing was."""

    row: PaperBag
    entry: PaperEntry | None


@dataclass(frozen=True)
class DowntimeView:
    """A downtime with its bags."""

    row: Downtime
    lines: Sequence[PaperLine]

    @property
    def waiting(self) -> Sequence[PaperLine]:
        """What is still to be entered."""
        return [line for line in self.lines if line.row.fate is BagFate.TO_ENTER]


def downtimes(tx: ReadTx) -> list[DowntimeView]:
    """The latest downtimes, newest first."""
    return [downtime_view(tx, row) for row in tx.many(DOWNTIMES, limit=SHOWN_MAX)]


def downtime_view(tx: ReadTx, row: Downtime) -> DowntimeView:
    """One downtime with what it left open."""
    rows = tx.many(BAGS_OF, limit=BAGS_MAX, downtime=row.id)
    return DowntimeView(row, [PaperLine(one, tx.one(ENTRY_OF, paper_bag=one.id)) for one in rows])


def under_way(tx: ReadTx) -> list[Downtime]:
    """The downtimes that were declared and not ended."""
    return tx.many(UNDER_WAY, limit=SHOWN_MAX)


def on_paper(tx: ReadTx, location: str) -> bool:
    """Whether the ward at `location` works on paper now."""
    return any(concerns(row.ward, location) for row in under_way(tx))


def ward(tx: ReadTx, location: str) -> materials.LocationFacts:
    """A ward, closed ones included: its paper may be older. Raises NotFound, Refused `downtime.not_a_ward`."""
    facts = materials.location_facts(tx, location)
    must_be_ward(facts.name, is_ward=facts.kind is LocationKind.WARD)
    return facts


def wards(tx: ReadTx) -> list[materials.LocationFacts]:
    """The wards that are open, by name."""
    return [
        one
        for one in materials.locations(tx)
        if one.kind is LocationKind.WARD and one.phase is not LocationPhase.CLOSED
    ]


def listed_wards(tx: ReadTx) -> list[tuple[str, str]]:
    """The same for a form to choose from."""
    return [(one.code, one.name) for one in wards(tx)]


def waits(tx: ReadTx, bag: str | None, recipient: str | None) -> bool:
    """Whether nobody has said yet what was done on paper with this bag, or with one that was meant for them."""
    of_bag = bag is not None and tx.one(WAITING_ID, bag=bag) is not None
    return of_bag or (recipient is not None and tx.one(WAITING_FOR, recipient=recipient) is not None)


def waiting(tx: ReadTx) -> list[PaperBag]:
    """Every bag of which nobody has said yet what was done with it."""
    return tx.many(WAITING, limit=BAGS_MAX)


def entry_of_infusion(tx: ReadTx, infusion: int) -> PaperEntry | None:
    """What an infusion was entered from, where that was paper."""
    return tx.one(OF_INFUSION, infusion=infusion)


def entries(tx: ReadTx, limit: int = SHOWN_MAX) -> list[PaperEntry]:
    """What was entered from paper, the latest first."""
    return tx.many(ENTRIES, limit=limit)
