"""Reading actions, and days as they were moved."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import col, select

from cellchain.accounts import queries as people
from cellchain.accounts.permissions import permissions_of
from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import FileKind
from cellchain.platform.db import ReadTx
from cellchain.quality.actions.models import Action, Extension
from cellchain.quality.actions.rules import ActionKind, ActionPhase, Dated, Due, Outcome

OWNERS = "action_owners"  # the list that forms choose from
COMPLETE = "quality.complete_action"
ROWS_MAX = 500
NUMBER_DIGITS = 3
OPEN = (ActionPhase.PLANNED, ActionPhase.DONE)

OF_DEVIATION = select(Action).where(col(Action.deviation) == bindparam("deviation")).order_by(col(Action.id))
FOLLOWER: Any = select(Action.id).where(col(Action.follows) == bindparam("action"))
UNDER_WAY = (
    select(Action)
    .where(or_(*(col(Action.phase) == phase for phase in OPEN)))
    .order_by(col(Action.due_on), col(Action.id))
)
ALL = select(Action).order_by(col(Action.id).desc())
EXTENSIONS = (
    select(Extension)
    .where(col(Extension.dated) == bindparam("dated"), col(Extension.thing) == bindparam("thing"))
    .order_by(col(Extension.id))
)


@dataclass(frozen=True)
class ExtensionFacts:
    """A day that was moved, by whom and why."""

    before: date
    until: date
    reason: str
    given_by: str
    given_at: datetime


@dataclass(frozen=True)
class ActionFacts:
    """An action as it stands. `due_on` and `check_due_on` count every extension; the days before are in those."""

    id: int
    number: str
    deviation: int
    kind: ActionKind
    what: str
    owner: str
    due_on: date
    check_due_on: date | None
    criterion: str | None
    follows: str | None
    followed_by: str | None
    phase: ActionPhase
    planned_by: str
    planned_at: datetime
    done_at: datetime | None
    account: str | None
    evidence: str | None
    evidence_kind: FileKind | None
    evidence_name: str | None
    judged_by: str | None
    judged_at: datetime | None
    judgement: str | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawal: str | None
    extensions: Sequence[ExtensionFacts]
    check_extensions: Sequence[ExtensionFacts]

    @property
    def next_due_on(self) -> date | None:
        """The day by which something is due here: the action, then its check; None where nothing waits."""
        if self.phase is ActionPhase.PLANNED:
            return self.due_on
        return self.check_due_on if self.phase is ActionPhase.DONE else None

    def due_of(self, dated: Dated) -> Due:
        """The day of the action, or of its check, as far as it is still to come."""
        if dated is Dated.ACTION:
            return Due(self.due_on if self.phase is ActionPhase.PLANNED else None, self.owner, self.check_due_on)
        return Due(self.check_due_on if self.phase in OPEN else None, self.owner)

    @property
    def is_finished(self) -> bool:
        """Nothing waits any more: judged, withdrawn, or done without a check."""
        return self.next_due_on is None

    @property
    def outcome(self) -> Outcome:
        """As the closing of its deviation sees it."""
        return Outcome(self.number, self.owner, self.phase, self.followed_by is not None)


def action_number(action: int, planned_at: datetime) -> str:
    """`CA-26-007`: how people call an action. Its key in the table is the number itself."""
    return f"CA-{planned_at.year % 100:02d}-{action:0{NUMBER_DIGITS}d}"


def action_facts(tx: ReadTx, action: int) -> ActionFacts:
    """One action. Raises NotFound."""
    return _action(tx, tx.get(Action, action))


def actions_of(tx: ReadTx, deviation: int) -> list[ActionFacts]:
    """The actions on a deviation, in the order they were planned."""
    return [_action(tx, row) for row in tx.many(OF_DEVIATION, limit=ROWS_MAX, deviation=deviation)]


def actions(tx: ReadTx) -> list[ActionFacts]:
    """The actions planned last."""
    return [_action(tx, row) for row in tx.many(ALL, limit=ROWS_MAX)]


def under_way(tx: ReadTx) -> list[ActionFacts]:
    """Actions that wait to be done, or to be checked; what is due first at the top."""
    found = [_action(tx, row) for row in tx.many(UNDER_WAY, limit=ROWS_MAX)]
    return sorted((one for one in found if not one.is_finished), key=lambda one: (one.next_due_on or date.max, one.id))


def extensions_of(tx: ReadTx, dated: Dated, number: int) -> list[ExtensionFacts]:
    """How often a day was moved, the first time first."""
    return [
        ExtensionFacts(row.before, row.until, row.reason, row.given_by, row.given_at)
        for row in tx.many(EXTENSIONS, limit=ROWS_MAX, dated=dated, thing=number)
    ]


def may_own(tx: ReadTx, person: str) -> bool:
    """Whether somebody works here and may complete an action."""
    return people.active_person(tx, person) is not None and COMPLETE in permissions_of(people.roles_of(tx, person))


def owners(tx: ReadTx) -> list[tuple[str, str]]:
    """Everybody who may own an action or a change, for a form to choose from."""
    return [
        (one.code, one.initials)
        for one in people.people(tx)
        if one.phase == "active" and COMPLETE in permissions_of(one.roles)
    ]


def _action(tx: ReadTx, row: Action) -> ActionFacts:
    number = row.id or 0
    given = extensions_of(tx, Dated.ACTION, number)
    given_check = extensions_of(tx, Dated.CHECK, number)
    follower = tx.one(FOLLOWER, action=number)
    same = ActionFacts.__dataclass_fields__.keys() - {
        *("number", "due_on", "check_due_on", "follows", "followed_by", "extensions", "check_extensions")
    }
    return ActionFacts(
        number=action_number(number, row.planned_at),
        due_on=given[-1].until if given else row.due_on,
        check_due_on=given_check[-1].until if given_check else row.check_due_on,
        follows=None if row.follows is None else _number_of(tx, row.follows),
        followed_by=None if follower is None else _number_of(tx, follower),
        extensions=given,
        check_extensions=given_check,
        **{name: getattr(row, name) for name in same},
    )


def _number_of(tx: ReadTx, action: int) -> str:
    row = tx.get(Action, action)
    return action_number(row.id or 0, row.planned_at)
