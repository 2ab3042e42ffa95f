"""What the page of downtimes shows."""

from collections.abc import Mapping, Sequence

from cellchain.accounts import queries as accounts
from cellchain.bedside.downtime import queries
from cellchain.bedside.downtime.models import Downtime, PaperBag
from cellchain.bedside.downtime.queries import DowntimeView
from cellchain.bedside.words import name_of
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx

ON_FORM: Mapping[str, T] = {
    "paper.not_compared": T("Wristband and bag not compared"),
    "paper.one_checker": T("Checked by one person alone"),
}


@dataclass(frozen=True)
class DowntimePage:
    """`open` are under way, `waiting` the bags of which nobody has said what was done with them.

    wards   the open wards, whose packs are printed
    places  the names of the wards that a downtime was of
    """

    open: Sequence[Downtime]
    waiting: Sequence[PaperBag]
    all: Sequence[DowntimeView]
    names: Mapping[str, str]
    wards: Sequence[materials.LocationFacts]
    places: Mapping[str, str]

    def against(self, found: Sequence[str]) -> list[T]:
        """What spoke against an infusion on paper, as a list says it."""
        return [ON_FORM.get(code) or name_of(code) for code in found]


def downtime_page(tx: ReadTx) -> DowntimePage:
    """The page. A name is shown for everybody who declared, checked or entered."""
    views = queries.downtimes(tx)
    people = {view.row.declared_by for view in views} | {view.row.end_told_by for view in views}
    wards = {view.row.ward for view in views} | {row.ward for row in queries.under_way(tx)}
    for line in (line for view in views for line in view.lines):
        people |= {line.row.settled_by, line.row.witness}
        if line.entry is not None:
            people |= {line.entry.started_by, line.entry.other_checker}
    return DowntimePage(
        open=queries.under_way(tx),
        waiting=queries.waiting(tx),
        all=views,
        names={person: accounts.display_name(tx, person) for person in people if person is not None},
        wards=queries.wards(tx),
        places={ward: materials.location_facts(tx, ward).name for ward in wards if ward is not None},
    )
