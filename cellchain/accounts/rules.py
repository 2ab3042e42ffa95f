"""Roles, what each may do, and the rules of signing in. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused, SignInNeeded
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass


class Role(StrEnum):
    """The roles: who works here, and who watches over it.

    The committee watches over safety, and sees arms. The monitor compares data with their sources, and sees none.
    """

    TECHNICIAN = "technician"
    ANALYST = "analyst"
    QA = "qa"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    COORDINATOR = "coordinator"
    ASSESSOR = "assessor"
    STATISTICIAN = "statistician"
    SPONSOR = "sponsor"
    MONITOR = "monitor"
    COMMITTEE = "committee"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"


class PersonPhase(Phase):
    ACTIVE = "active"
    LOCKED = "locked"
    LEFT = "left"


class GrantPhase(Phase):
    PROPOSED = "proposed"
    ACTIVE = "active"
    REVOKED = "revoked"


class BadgePhase(Phase):
    LIVE = "live"
    REVOKED = "revoked"


class DecisionPhase(Phase):
    OPEN = "open"
    GIVEN = "given"


class MarkPhase(Phase):
    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"


class StationKind(StrEnum):
    BENCH = "bench"
    BEDSIDE = "bedside"
    OFFICE = "office"


PERSON = Lifecycle(
    "person",
    first=PersonPhase.ACTIVE,
    moves={
        "lock": ([PersonPhase.ACTIVE], PersonPhase.LOCKED),
        "unlock": ([PersonPhase.LOCKED], PersonPhase.ACTIVE),
        "leave": ([PersonPhase.ACTIVE, PersonPhase.LOCKED], PersonPhase.LEFT),
    },
    final=[PersonPhase.LEFT],
)
GRANT = Lifecycle(
    "grant",
    first=GrantPhase.PROPOSED,
    moves={
        "activate": ([GrantPhase.PROPOSED], GrantPhase.ACTIVE),
        "revoke": ([GrantPhase.PROPOSED, GrantPhase.ACTIVE], GrantPhase.REVOKED),
    },
    final=[GrantPhase.REVOKED],
)
BADGE = Lifecycle(
    "badge",
    first=BadgePhase.LIVE,
    moves={"revoke": ([BadgePhase.LIVE], BadgePhase.REVOKED)},
    final=[BadgePhase.REVOKED],
)
DECISION = Lifecycle(
    "decision",
    first=DecisionPhase.OPEN,
    moves={"countersign": ([DecisionPhase.OPEN], DecisionPhase.GIVEN)},
    final=[DecisionPhase.GIVEN],
)
MARK = Lifecycle(
    "qualified_mark",
    first=MarkPhase.PROPOSED,
    moves={
        "activate": ([MarkPhase.PROPOSED], MarkPhase.ACTIVE),
        "end": ([MarkPhase.PROPOSED, MarkPhase.ACTIVE], MarkPhase.ENDED),
    },
    final=[MarkPhase.ENDED],
)

# Roles that guard lives: granting one takes a second person's signature.
# A physician determines donors eligible, orders, and lets a held bag run on, each alone (docs/decisions/0040).
GUARDED_ROLES = frozenset({Role.QA, Role.NURSE, Role.STATISTICIAN, Role.PHYSICIAN})

# Where nobody is QA yet, nobody could countersign the first: another administrator does.
FIRST_QA = "accounts.countersign_first_qa"

# Roles that cannot be given again once nobody holds them.
KEPT_ROLES = (Role.ADMINISTRATOR, Role.QA)

PIN_LENGTH_MIN = 6
ATTEMPTS_FREE = 5
ATTEMPTS_ALARMING = 10  # more than a slip of the finger: administrators are told
ATTEMPTS_WINDOW = timedelta(minutes=15)
# Asked for after the right password: whoever guesses here knows that one.
SECOND_STEP = "code"


@dataclass(frozen=True)
class SessionFacts:
    """What a session's standing depends on."""

    seen_at: datetime
    expires_at: datetime
    person_phase: str


def session_holds(facts: SessionFacts, now: datetime, idle: timedelta) -> None:
    """Raises SignInNeeded where a session has ended, was idle too long, or its person may not work any more."""
    session_stands(facts.expires_at, facts.person_phase, now)
    if now - facts.seen_at > idle:
        raise SignInNeeded("session.idle", "The session was idle for too long and is locked. Sign in again.")


def session_stands(expires_at: datetime, person_phase: str, now: datetime) -> None:
    """Raises SignInNeeded where a session has ended, or its person may not work any more."""
    if person_phase != PersonPhase.ACTIVE:
        raise SignInNeeded("session.person_locked", "This account is locked. Ask an administrator.")
    if now >= expires_at:
        raise SignInNeeded("session.ended", "Your session has ended. Sign in again.")


def wait_after(failures_count: int) -> timedelta:
    """How long to wait after so many failed sign-ins: the first five in the window cost nothing, then it doubles."""
    extra = failures_count - ATTEMPTS_FREE
    return timedelta(0) if extra < 0 else min(timedelta(seconds=2**extra), ATTEMPTS_WINDOW)


def alarming_after(method: str) -> int:
    """After how many failures the person is told, and administrators with them."""
    return ATTEMPTS_FREE if method == SECOND_STEP else ATTEMPTS_ALARMING


def may_close(person: str, by: str) -> None:
    """Raises Refused for one's own account."""
    if person == by:
        raise Refused("person.own_account", "Nobody locks or closes their own account. Ask another administrator.")


def may_lose(role: Role, *, others: int) -> None:
    """Whether somebody may lose `role` where so many `others` who may work hold it. Raises Refused for the last one.

    Without an administrator nobody grants a role, and without QA nobody countersigns one: neither comes back by itself.
    """
    if others > 0:
        return
    if role == Role.ADMINISTRATOR:
        raise Refused(
            "person.last_administrator",
            "This is the last administrator who may work. Give somebody else that role first.",
        )
    if role == Role.QA:
        raise Refused(
            "person.last_qa",
            "This is the last person of QA who may work. Give somebody else that role and have it countersigned first.",
        )


def keeps_way_in(*, has_password: bool, others_with_password: int) -> None:
    """Whether somebody may stop being an administrator, or being here, where so many `others_with_password` get in
    without the directory. Raises Refused for the last: a directory that is away must not lock the house out of itself.
    """
    if has_password and others_with_password == 0:
        raise Refused(
            "person.last_local_administrator",
            "This is the last administrator who signs in with a password. Let another one have a password first, for "
            "the day on which the directory does not answer.",
        )


def may_activate(person: str, signed_by: str | None, *, qa_at_work: bool) -> None:
    """Whether `signed_by` may make a role of `person` effective. Raises Refused for one's own role, and where somebody
    stands in for QA although QA is at work by now."""
    if signed_by == person:
        raise Refused("role.own_countersignature", "This role would be your own. Somebody else has to countersign it.")
    if qa_at_work:
        raise Refused("role.qa_at_work", "Somebody of QA is at work here by now. Ask them to countersign.")


def may_mark(person: str, by: str, *, named: bool, valid_from: date, valid_until: date | None) -> None:
    """Whether `by` may name `person` as a qualified person. Raises Refused."""
    if person == by:
        raise Refused("qualified_person.own", "Nobody names themselves as a qualified person. Ask somebody else.")
    if named:
        raise Refused(
            "qualified_person.named_already",
            "This person bears the mark already, or it waits for its second signature. End that one first.",
        )
    if valid_until is not None and valid_until < valid_from:
        raise Refused("qualified_person.days", "The mark would end before it begins. Check both days.")


def mark_counts(
    at: datetime,
    day: date,
    *,
    active_at: datetime | None,
    ended_at: datetime | None,
    in_days: tuple[date, date | None],
) -> bool:
    """Whether a mark counts at a moment: countersigned by then, not ended yet, and the site's `day` among its own."""
    first, last = in_days
    if active_at is None or at < active_at or (ended_at is not None and at >= ended_at):
        return False
    return first <= day and (last is None or day <= last)


def may_register_administrator(working: Sequence[str]) -> None:
    """The command line makes the first administrator, or one where all are locked. Raises Refused."""
    if working:
        raise Refused(
            "administrator.exists",
            "An administrator is at work here already. Ask them to register people and grant roles.",
        )


def pin_is_fit(pin: str) -> None:
    """A PIN opens a shift together with a badge. Raises Refused."""
    if not pin.isdigit() or len(pin) < PIN_LENGTH_MIN:
        raise Refused("pin.malformed", "A PIN has at least {least} digits.", least=PIN_LENGTH_MIN)
    if len(set(pin)) < 3:
        raise Refused("pin.too_easy", "This PIN is too easy to guess. Use at least three different digits.")
