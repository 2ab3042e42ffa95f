"""When an action is planned, done, withdrawn, judged, and when a day may be moved. Pure."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass
from cellchain.quality.deviations.rules import INVESTIGATED
from cellchain.quality.rules.lifecycles import Severity


class ActionKind(StrEnum):
    """Corrective: it shall not happen again here. Preventive: it shall not happen elsewhere."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"


class ActionPhase(Phase):
    PLANNED = "planned"
    DONE = "done"
    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"
    WITHDRAWN = "withdrawn"


class Dated(StrEnum):
    """What has a day by which it is due, and may be given more time."""

    DEVIATION = "deviation"
    ACTION = "action"
    CHECK = "check"
    CHANGE = "change"
    CHANGE_CHECK = "change_check"


ACTION = Lifecycle(
    "action",
    first=ActionPhase.PLANNED,
    moves={
        "complete_action": ([ActionPhase.PLANNED], ActionPhase.DONE),
        "withdraw_action": ([ActionPhase.PLANNED], ActionPhase.WITHDRAWN),
        "find_effective": ([ActionPhase.DONE], ActionPhase.EFFECTIVE),
        "find_not_effective": ([ActionPhase.DONE], ActionPhase.NOT_EFFECTIVE),
    },
    final=[ActionPhase.EFFECTIVE, ActionPhase.NOT_EFFECTIVE, ActionPhase.WITHDRAWN],
)


@dataclass(frozen=True)
class Plan:
    """What somebody plans: by when it is done, and by when and by what it is seen whether it helped."""

    due_on: date
    check_due_on: date | None
    criterion: str | None


def may_own(*, owner_may: bool) -> None:
    """Who owns something is somebody who may complete it. Raises Refused `action.owner_cannot`."""
    if not owner_may:
        raise Refused("action.owner_cannot", "This person cannot complete an action. Choose another owner.")


def may_plan(plan: Plan, severity: Severity | None, today: date, *, owner_may: bool) -> None:
    """An action has an owner who may do it, days that lie ahead, and a check that is whole or not there at all.

    Raises Refused `action.owner_cannot`, `.due_in_past`, `.check_incomplete`, `.check_needed`, `.check_too_early`.
    """
    may_own(owner_may=owner_may)
    if plan.due_on < today:
        raise Refused("action.due_in_past", "This day is over. Choose a day from today on.")
    if (plan.check_due_on is None) != (plan.criterion is None):
        raise Refused("action.check_incomplete", "An effectiveness check has a day and a criterion. Enter both.")
    if severity in INVESTIGATED and plan.check_due_on is None:
        raise Refused(
            "action.check_needed",
            "An action on a major or critical deviation is checked for its effect. Enter a day and a criterion.",
        )
    if plan.check_due_on is not None and plan.check_due_on <= plan.due_on:
        raise Refused(
            "action.check_too_early", "The effect shows after the action is done. Choose a later day for the check."
        )


def may_follow(phase: ActionPhase, *, same_deviation: bool, followed: bool) -> None:
    """A new action follows one of the same deviation that did not help. Raises Refused `action.follows_other`."""
    if phase is not ActionPhase.NOT_EFFECTIVE or not same_deviation or followed:
        raise Refused(
            "action.follows_other",
            "An action follows one of its own deviation that was not effective and that none follows yet. "
            "Choose that one, or none.",
        )


def may_complete(owner: str, by: str) -> None:
    """Who owns an action says that it is done. Raises Refused `action.not_yours`."""
    if by != owner:
        raise Refused("action.not_yours", "This action has another owner. The owner completes it, with the evidence.")


def may_withdraw(owner: str, by: str) -> None:
    """Nobody frees themselves of what they own. Raises Refused `action.withdraws_own`."""
    if by == owner:
        raise Refused("action.withdraws_own", "You own this action. Another person of QA withdraws it.")


def may_judge(owner: str, by: str, *, has_check: bool) -> None:
    """Somebody else than the owner says whether it helped. Raises Refused `action.no_check`, `action.judge_owns_it`."""
    if not has_check:
        raise Refused("action.no_check", "No effectiveness check was planned for this. There is nothing to judge.")
    if by == owner:
        raise Refused("action.judge_owns_it", "You own this. Another person judges whether it was effective.")


@dataclass(frozen=True)
class Due:
    """By when something is due, whom that binds, and the day of the check that has to come after it."""

    on: date | None
    owner: str | None = None
    checked_on: date | None = None


def may_extend(due: Due, until: date, by: str) -> date:
    """The day that is moved: later, before the check, and not by whom it binds.

    Raises Refused `extension.nothing_due`, `.not_later`, `.after_check`, `.own`.
    """
    if due.on is None:
        raise Refused("extension.nothing_due", "Nothing is due here any more. Reload the page.")
    if until <= due.on:
        raise Refused("extension.not_later", "It is due {day}. Choose a later day.", day=due.on)
    if due.checked_on is not None and until >= due.checked_on:
        raise Refused(
            "extension.after_check", "Its effect is checked by {day}. Move that day first.", day=due.checked_on
        )
    if by == due.owner:
        raise Refused("extension.own", "You own this. Another person of QA gives you more time.")
    return due.on


@dataclass(frozen=True)
class Outcome:
    """One action as the closing of its deviation sees it."""

    number: str
    owner: str
    phase: ActionPhase
    is_followed: bool


def undone(actions: Sequence[Outcome]) -> list[str]:
    """Numbers of the actions that wait to be done."""
    return [one.number for one in actions if one.phase is ActionPhase.PLANNED]


def unanswered(actions: Sequence[Outcome]) -> list[str]:
    """Numbers of the actions that did not help and that no other one follows."""
    return [one.number for one in actions if one.phase is ActionPhase.NOT_EFFECTIVE and not one.is_followed]
