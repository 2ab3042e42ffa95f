"""Which role may be taken in an emergency, by whom, and how it is looked at afterwards. Pure.

Nothing that keeps a recipient safe is taken with it: both symbols, both people and both signatures stay what they are.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from cellchain.accounts.rules import Role
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass

# So many that QA has not reviewed, and nobody takes another.
UNREVIEWED_MAX = 2


class EmergencyRole(StrEnum):
    """The roles whose absence can cost a bag, a batch or a recipient within the hour. No other is ever taken."""

    NURSE = "nurse"
    TECHNICIAN = "technician"
    ANALYST = "analyst"


class EmergencyCause(StrEnum):
    """Why the role was taken."""

    NOBODY_ON_DUTY = "nobody_on_duty"
    CANNOT_SIGN_IN = "cannot_sign_in"
    SECOND_PERSON_MISSING = "second_person_missing"
    OTHER = "other"


class EmergencyPhase(Phase):
    RUNNING = "running"
    ENDED = "ended"
    REVIEWED = "reviewed"


class Finding(StrEnum):
    """What QA says of it."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


EMERGENCY = Lifecycle(
    "emergency",
    first=EmergencyPhase.RUNNING,
    moves={
        "end": ([EmergencyPhase.RUNNING], EmergencyPhase.ENDED),
        "review": ([EmergencyPhase.ENDED], EmergencyPhase.REVIEWED),
    },
    final=[EmergencyPhase.REVIEWED],
)

# Whose own work lies next to a role's: they were trained beside it, and see no more of a recipient by taking it.
FROM: Mapping[EmergencyRole, frozenset[Role]] = {
    EmergencyRole.NURSE: frozenset({Role.PHYSICIAN, Role.COORDINATOR}),
    EmergencyRole.TECHNICIAN: frozenset({Role.ANALYST}),
    EmergencyRole.ANALYST: frozenset({Role.TECHNICIAN}),
}
# Roles that are kept apart from it on other days too: who judges blind, who made the bag, who releases it.
APART: Mapping[EmergencyRole, frozenset[Role]] = {
    EmergencyRole.NURSE: frozenset({Role.ASSESSOR, Role.TECHNICIAN, Role.QA, Role.STATISTICIAN}),
    EmergencyRole.TECHNICIAN: frozenset({Role.ASSESSOR, Role.NURSE, Role.QA, Role.STATISTICIAN}),
    EmergencyRole.ANALYST: frozenset({Role.ASSESSOR, Role.QA, Role.STATISTICIAN}),
}


@dataclass(frozen=True)
class Asking:
    """Who asks for a role: `held` are the roles given to them, `running` that they took one already, `taken` that
    somebody else took this one, `unreviewed` how many of theirs nobody has reviewed, `proved` that their session meets
    what the role asks of a sign-in."""

    held: frozenset[Role]
    running: bool
    taken: bool
    unreviewed: int
    proved: bool


def offered(held: frozenset[Role]) -> list[EmergencyRole]:
    """The roles that somebody with these may take at all."""
    return [
        role for role in EmergencyRole if FROM[role] & held and not APART[role] & held and Role(role.value) not in held
    ]


def may_take(role: EmergencyRole, asking: Asking) -> None:
    """Whether somebody may take `role` now. Raises Refused."""
    if Role(role.value) in asking.held:
        raise Refused("emergency.held", "You hold this role. Go on without emergency access.")
    if not FROM[role] & asking.held:
        raise Refused(
            "emergency.not_yours",
            "Your own roles do not lead to this one, not even in an emergency. Call somebody of QA, or go on by paper.",
        )
    if APART[role] & asking.held:
        raise Refused(
            "emergency.kept_apart",
            "One of your roles is kept apart from this one, in an emergency too. Call somebody else.",
        )
    if asking.running:
        raise Refused("emergency.running", "You took a role already. End that emergency access first.")
    if asking.taken:
        raise Refused(
            "emergency.taken",
            "Somebody else took this role in an emergency. Of the two people of a check, one has to hold it on every "
            "other day. Wait until it ends, or go on by paper.",
        )
    if asking.unreviewed >= UNREVIEWED_MAX:
        raise Refused(
            "emergency.unreviewed",
            "QA has not reviewed your last {count}. Ask QA to review them first.",
            count=asking.unreviewed,
        )
    if not asking.proved:
        raise Refused(
            "emergency.second_factor",
            "This role asks for a second factor. Sign in at a station with badge and PIN, or with a passkey, then ask "
            "again.",
        )


def in_force(phase: EmergencyPhase, ends_at: datetime, now: datetime) -> bool:
    """Whether the role counts now: not ended by anybody, nor by the clock."""
    return phase is EmergencyPhase.RUNNING and now < ends_at


def may_end(person: str, by: str, *, ends_others: bool) -> None:
    """Whether `by` may end what `person` took. Raises Refused."""
    if person != by and not ends_others:
        raise Refused(
            "emergency.anothers", "This is somebody else's. Ask QA or an administrator to end it, or let them end it."
        )


def may_review(person: str, by: str, *, running: bool) -> None:
    """Whether `by` may review what `person` did. Raises Refused."""
    if person == by:
        raise Refused("emergency.own_review", "Nobody reviews their own emergency access. Somebody else of QA does.")
    if running:
        raise Refused("emergency.not_over", "This emergency access is not over. End it first, then review it.")
