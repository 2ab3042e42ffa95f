"""When a change is asked for, approved, made, judged and closed, and when a new version may refer to it. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

NUMBER = re.compile(r"CC-\d{2}-(\d{3,9})")


class ChangeClass(StrEnum):
    """How much a change may matter."""

    MINOR = "minor"
    MAJOR = "major"


CRITERIA: Mapping[ChangeClass, T] = {
    ChangeClass.MINOR: T(
        "Like for like, or words alone: no limit, no step and no material that touches cells changes."
    ),
    ChangeClass.MAJOR: T(
        "A limit, a step, a material, a machine or a place changes that can affect the cells or what the records "
        "prove. Its effect is checked."
    ),
}


class ChangePhase(Phase):
    REQUESTED = "requested"
    SIGNED = "signed"
    APPROVED = "approved"
    IMPLEMENTED = "implemented"
    EFFECTIVE = "effective"
    CLOSED = "closed"
    REJECTED = "rejected"


CHANGE = Lifecycle(
    "change",
    first=ChangePhase.REQUESTED,
    moves={
        "approve_change": ([ChangePhase.REQUESTED], ChangePhase.SIGNED),
        "reject_change": ([ChangePhase.REQUESTED], ChangePhase.REJECTED),
        "make_change_approved": ([ChangePhase.SIGNED], ChangePhase.APPROVED),
        "implement_change": ([ChangePhase.APPROVED], ChangePhase.IMPLEMENTED),
        "find_effective": ([ChangePhase.IMPLEMENTED], ChangePhase.EFFECTIVE),
        # A change that did not bring what it was for is made again, under the same approval.
        "find_not_effective": ([ChangePhase.IMPLEMENTED], ChangePhase.APPROVED),
        "close_change": ([ChangePhase.IMPLEMENTED, ChangePhase.EFFECTIVE], ChangePhase.CLOSED),
    },
    final=[ChangePhase.CLOSED, ChangePhase.REJECTED],
)
# A new version may be drafted under a change from its approval until it is closed.
UNDER_WAY = frozenset({ChangePhase.APPROVED, ChangePhase.IMPLEMENTED, ChangePhase.EFFECTIVE})


@dataclass(frozen=True)
class Request:
    """What somebody asks for: its class, by when it is made, and by when and by what its effect is seen."""

    kind: ChangeClass
    due_on: date
    check_due_on: date | None
    criterion: str | None
    affects_anything: bool


def may_request(request: Request, today: date) -> None:
    """A change says what it touches, by when it is made, and, where it is major, how its effect is seen.

    Raises Refused `change.nothing_affected`, `.due_in_past`, `.check_incomplete`, `.check_needed`, `.check_too_early`.
    """
    if not request.affects_anything:
        raise Refused(
            "change.nothing_affected",
            "A change touches something. Name a document, a master record or a specification.",
        )
    if request.due_on < today:
        raise Refused("change.due_in_past", "This day is over. Choose a day from today on.")
    if (request.check_due_on is None) != (request.criterion is None):
        raise Refused("change.check_incomplete", "A check of the effect has a day and a criterion. Enter both.")
    if request.kind is ChangeClass.MAJOR and request.check_due_on is None:
        raise Refused("change.check_needed", "A major change is checked for its effect. Enter a day and a criterion.")
    if request.check_due_on is not None and request.check_due_on <= request.due_on:
        raise Refused(
            "change.check_too_early", "The effect shows after the change is made. Choose a later day for the check."
        )


def may_stem_from(*, same_deviation: bool) -> None:
    """An action and a deviation that a change names belong together. Raises Refused `change.other_deviation`."""
    if not same_deviation:
        raise Refused(
            "change.other_deviation", "This action belongs to another deviation. Name the one that it belongs to."
        )


def may_decide(requested_by: str, owner: str, by: str) -> None:
    """Who asked for a change, or makes it, neither approves nor rejects it. Raises Refused `change.own`."""
    if by in (requested_by, owner):
        raise Refused("change.own", "You asked for this change or own it. Another person of QA decides about it.")


def may_implement(owner: str, by: str) -> None:
    """Who owns a change says that it is made. Raises Refused `change.not_yours`."""
    if by != owner:
        raise Refused("change.not_yours", "This change has another owner. The owner says when it is made.")


def may_judge(owner: str, by: str, *, has_check: bool) -> None:
    """Somebody else than the owner says whether it helped. Raises Refused `change.no_check`, `change.judge_owns_it`."""
    if not has_check:
        raise Refused("change.no_check", "No check of the effect was planned for this change. Close it as it is.")
    if by == owner:
        raise Refused("change.judge_owns_it", "You own this change. Another person judges whether it was effective.")


def may_close(phase: ChangePhase, requested_by: str, owner: str, by: str, *, has_check: bool) -> None:
    """A change whose effect is checked is closed after that, by somebody who neither asked for it nor made it.

    Raises Refused `change.not_judged`, `change.closer_involved`.
    """
    if has_check and phase is ChangePhase.IMPLEMENTED:
        raise Refused("change.not_judged", "The effect of this change was not judged yet. Judge it, then close it.")
    if by in (requested_by, owner):
        raise Refused("change.closer_involved", "You asked for this change or own it. Another person has to close it.")


def may_refer(phase: ChangePhase | None, number: str) -> None:
    """A new version is drafted under a change that is approved and not closed.

    Raises Refused `change.unknown`, `change.not_approved`.
    """
    if phase is None:
        raise Refused("change.unknown", "There is no change {number}. Check its number.", number=number)
    if phase not in UNDER_WAY:
        raise Refused(
            "change.not_approved",
            "Change {number} is not under way: it was not approved by two people, or is closed already. "
            "Name another one, or none.",
            number=number,
        )


def key_of(number: str) -> int | None:
    """The key of the change that people call so: `CC-26-007`. None for anything else."""
    found = NUMBER.fullmatch(number)
    return None if found is None else int(found.group(1))
