"""What the page of a change shows."""

from collections.abc import Mapping, Sequence
from datetime import date

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.actions import queries as actions
from cellchain.quality.actions.rules import Dated
from cellchain.quality.changes import queries
from cellchain.quality.changes.queries import UNMADE, ChangeFacts
from cellchain.quality.changes.rules import ChangeClass, ChangePhase
from cellchain.quality.pages.words import names_of

CLASSES: Mapping[ChangeClass, tuple[str, T]] = {
    ChangeClass.MINOR: ("ok", T("Minor")),
    ChangeClass.MAJOR: ("warn", T("Major")),
}
PHASES: Mapping[ChangePhase, tuple[str, T]] = {
    ChangePhase.REQUESTED: ("now", T("Asked for")),
    ChangePhase.SIGNED: ("pend", T("Waits for the second signature")),
    ChangePhase.APPROVED: ("now", T("To be made")),
    ChangePhase.IMPLEMENTED: ("pend", T("Made")),
    ChangePhase.EFFECTIVE: ("ok", T("Effective")),
    ChangePhase.CLOSED: ("ok", T("Closed")),
    ChangePhase.REJECTED: ("off", T("Rejected")),
}


@dataclass(frozen=True)
class Link:
    """Something a change belongs to or brought: its name and its page."""

    name: str
    href: str


@dataclass(frozen=True)
class ChangePage:
    """One change, from what somebody asked for to what came of it."""

    row: ChangeFacts
    affects: Sequence[Link]
    stems_from: Sequence[Link]
    brought: Sequence[Link]
    names: Mapping[str, str]
    today: date

    @property
    def dated(self) -> Dated:
        """Which of its days is the next one."""
        return Dated.CHANGE if self.row.phase in UNMADE else Dated.CHANGE_CHECK


def status_of(row: ChangeFacts) -> tuple[str, T]:
    """How a change stands in one word."""
    return PHASES[row.phase]


def change_page(tx: ReadTx, number: int) -> ChangePage:
    """One change. Raises NotFound."""
    row = queries.change_facts(tx, number)
    people = [row.owner, row.requested_by, row.approved_by, row.countersigned_by, row.rejected_by, row.closed_by]
    for one in row.made:
        people += [one.made_by, one.judged_by]
    people += [one.given_by for one in (*row.extensions, *row.check_extensions)]
    return ChangePage(row, _affects(tx, row), _stems_from(tx, row), _brought(tx, row), names_of(tx, people), tx.today)


def _affects(tx: ReadTx, row: ChangeFacts) -> list[Link]:
    found = []
    if row.master_record is not None:
        record = manufacturing.master_record(tx, row.master_record)
        found.append(Link(f"{record.name}, v{record.version}", f"/manufacturing/master-records/{record.id}"))
    if row.specification is not None:
        limits = quality.specification_facts(tx, row.specification)
        found.append(Link(f"{limits.name}, v{limits.version}", f"/quality/specifications/{limits.id}"))
    return found


def _stems_from(tx: ReadTx, row: ChangeFacts) -> list[Link]:
    found = []
    if row.deviation is not None:
        found.append(Link(quality.deviation_facts(tx, row.deviation).number, f"/quality/deviations/{row.deviation}"))
    if row.action is not None:
        found.append(Link(actions.action_facts(tx, row.action).number, f"/quality/actions/{row.action}"))
    return found


def _brought(tx: ReadTx, row: ChangeFacts) -> list[Link]:
    records = [
        Link(f"{name}, v{version}", f"/manufacturing/master-records/{key}")
        for key, name, version in queries.drafted_records(tx, row.number)
    ]
    limits = [
        Link(f"{name}, v{version}", f"/quality/specifications/{key}")
        for key, name, version in queries.drafted_specifications(tx, row.id)
    ]
    return [*records, *limits]
