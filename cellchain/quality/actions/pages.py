"""What the pages of actions show; and everything of quality that is due, by age and by owner."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.actions import queries
from cellchain.quality.actions.queries import ActionFacts
from cellchain.quality.actions.rules import ActionKind, ActionPhase, Dated
from cellchain.quality.changes import queries as changes
from cellchain.quality.changes.queries import ChangeFacts
from cellchain.quality.changes.rules import ChangePhase
from cellchain.quality.deviations import queries as deviations
from cellchain.quality.pages.words import names_of
from cellchain.quality.queries import DeviationFacts
from cellchain.quality.rules.lifecycles import DeviationPhase

SOON = timedelta(days=14)
KINDS: Mapping[ActionKind, T] = {ActionKind.CORRECTIVE: T("Corrective"), ActionKind.PREVENTIVE: T("Preventive")}
PHASES: Mapping[ActionPhase, tuple[str, T]] = {
    ActionPhase.PLANNED: ("now", T("To be done")),
    ActionPhase.DONE: ("pend", T("Done")),
    ActionPhase.EFFECTIVE: ("ok", T("Effective")),
    ActionPhase.NOT_EFFECTIVE: ("stop", T("Not effective")),
    ActionPhase.WITHDRAWN: ("off", T("Withdrawn")),
}


@dataclass(frozen=True)
class ActionPage:
    """One action with its deviation."""

    row: ActionFacts
    deviation: DeviationFacts
    names: Mapping[str, str]
    today: date

    @property
    def dated(self) -> Dated:
        """Which of its days is the next one."""
        return Dated.ACTION if self.row.phase is ActionPhase.PLANNED else Dated.CHECK


def action_page(tx: ReadTx, number: int) -> ActionPage:
    """One action. Raises NotFound."""
    row = queries.action_facts(tx, number)
    people = [row.owner, row.planned_by, row.judged_by, row.withdrawn_by]
    people += [one.given_by for one in (*row.extensions, *row.check_extensions)]
    return ActionPage(row, quality.deviation_facts(tx, row.deviation), names_of(tx, people), tx.today)


def status_of(row: ActionFacts) -> tuple[str, T]:
    """How an action stands in one word; one that is done waits for its check where it has one."""
    if row.phase is ActionPhase.DONE and row.check_due_on is None:
        return "ok", T("Done")
    return ("pend", T("Done, to be checked")) if row.phase is ActionPhase.DONE else PHASES[row.phase]


# ---- what is due -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """One thing that is due. `owner` None: it is QA's."""

    kind: T
    number: str
    href: str
    title: T | str
    owner: str | None
    on: date
    late_days: int


@dataclass(frozen=True)
class DuePage:
    """Everything that is due, the longest overdue first; `owners` are how much of each is overdue."""

    overdue: Sequence[Due]
    soon: Sequence[Due]
    owners: Sequence[tuple[str | None, int]]
    chosen: str | None
    names: Mapping[str, str]

    @property
    def oldest_days(self) -> int:
        """How late the oldest of them is."""
        return max((one.late_days for one in self.overdue), default=0)


def due_page(tx: ReadTx, owner: str | None) -> DuePage:
    """What is overdue, and what is due within two weeks; with `owner`, of one person, or of "qa"."""
    today = tx.today
    every = sorted(due(tx, today), key=lambda one: (one.on, one.number))
    late = [one for one in every if one.late_days > 0]
    counts: dict[str | None, int] = {}
    for one in late:
        counts[one.owner] = counts.get(one.owner, 0) + 1
    wanted = [one for one in every if owner is None or (one.owner or "qa") == owner]
    return DuePage(
        overdue=[one for one in wanted if one.late_days > 0],
        soon=[one for one in wanted if one.late_days <= 0 and one.on <= today + SOON],
        owners=sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] or "")),
        chosen=owner,
        names=names_of(tx, [one.owner for one in every]),
    )


def due(tx: ReadTx, today: date) -> Iterable[Due]:
    """Everything of quality that has a day: deviations, actions and their checks, changes and theirs."""
    for deviation in deviations.under_way(tx):
        on = deviations.due_on(tx, deviation)
        if on is not None:
            yield _deviation(deviation, on, today)
    for action in queries.under_way(tx):
        if action.next_due_on is not None:
            yield _action(action, action.next_due_on, today)
    for change in changes.under_way(tx):
        if change.next_due_on is not None:
            yield _change(change, change.next_due_on, today)


def _deviation(row: DeviationFacts, on: date, today: date) -> Due:
    kind = T("Deviation to assess") if row.phase is DeviationPhase.OPEN else T("Deviation to close")
    return Due(kind, row.number, f"/quality/deviations/{row.id}", row.title, None, on, (today - on).days)


def _action(row: ActionFacts, on: date, today: date) -> Due:
    waits = row.phase is ActionPhase.PLANNED
    kind = T("Action") if waits else T("Effectiveness check")
    owner = row.owner if waits else None
    return Due(kind, row.number, f"/quality/actions/{row.id}", row.what, owner, on, (today - on).days)


def _change(row: ChangeFacts, on: date, today: date) -> Due:
    is_check = row.phase is ChangePhase.IMPLEMENTED
    is_owners = row.phase is ChangePhase.APPROVED
    kind = T("Check of a change") if is_check else T("Change") if is_owners else T("Change to approve")
    owner = row.owner if is_owners else None
    return Due(kind, row.number, f"/quality/changes/{row.id}", row.title, owner, on, (today - on).days)
