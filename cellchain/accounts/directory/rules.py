"""Who may be linked to an account of the directory, and what a signing PIN is. Pure."""

from datetime import datetime, timedelta
from itertools import pairwise

from cellchain.accounts.rules import Role
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase


class LinkPhase(Phase):
    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"


LINK = Lifecycle(
    "directory_link",
    first=LinkPhase.PROPOSED,
    moves={
        "activate": ([LinkPhase.PROPOSED], LinkPhase.ACTIVE),
        "end": ([LinkPhase.PROPOSED, LinkPhase.ACTIVE], LinkPhase.ENDED),
    },
    final=[LinkPhase.ENDED],
)

# Words that stand beside a signature: how its signer proved who they are.
BY_HOUSE = "password"  # the one that this house keeps
BY_SIGNING_PIN = "signing PIN"
# How a session was opened: the directory may have remembered somebody, or have asked for the password again.
BY_DIRECTORY = "directory"
BY_DIRECTORY_ANEW = "directory anew"

PIN_DIGITS_MIN = 8
PHRASE_LENGTH_MIN = 12
FRESH_FOR = timedelta(minutes=5)
# What an unknown person reads out to an administrator: no 0 and O, no 1, I and L.
ARRIVAL_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
ARRIVAL_LENGTH = 8
ARRIVAL_COUNTS_FOR = timedelta(hours=24)


def may_link(person: str, by: str, *, gone: bool, linked: bool, taken: bool) -> None:
    """Whether `by` may link `person` to an account of the directory. Raises Refused."""
    if person == by:
        raise Refused("directory_link.own", "Nobody links their own account. Ask another administrator.")
    if gone:
        raise Refused("directory_link.gone", "This person has left. Nobody signs in with this account any more.")
    if linked:
        raise Refused(
            "directory_link.linked_already",
            "This person is linked already, or the link waits for its second signature. End that link first.",
        )
    if taken:
        raise Refused(
            "directory_link.taken",
            "This account of the directory belongs to somebody else here. End that link first.",
        )


def may_leave_password(*, others: int) -> None:
    """Whether an administrator may give up the password here, where so many `others` sign in with one. Raises Refused
    for the last."""
    if others == 0:
        raise Refused(
            "directory_link.last_local_administrator",
            "This is the last administrator who signs in with a password. Keep one of them for the day on which the "
            "directory does not answer.",
        )


def proves_afresh(method: str, opened_at: datetime, now: datetime) -> bool:
    """Whether a session began with a password that the directory asked for a moment ago."""
    return method == BY_DIRECTORY_ANEW and now - opened_at <= FRESH_FOR


def may_enrol_pin(method: str, opened_at: datetime, now: datetime) -> None:
    """Whether a session is proof enough to set a signing PIN. Raises Refused `signing_pin.not_fresh`.

    Whoever finds an unlocked screen must not be able to sign in somebody's name from then on.
    """
    if not proves_afresh(method, opened_at, now):
        raise Refused(
            "signing_pin.not_fresh",
            "Setting a PIN takes a sign-in at the directory not older than {minutes} minutes. Confirm there that it is "
            "you.",
            minutes=int(FRESH_FOR.total_seconds() // 60),
        )


def came_from_directory(method: str) -> None:
    """Whether a session began at the directory at all: a code alone, at a station left open, sets no PIN.

    Raises Refused `signing_pin.not_there`.
    """
    if method not in (BY_DIRECTORY, BY_DIRECTORY_ANEW):
        raise Refused(
            "signing_pin.not_there",
            "You came in by another way. Sign in at the directory, then enter the one-time code.",
        )


def signing_pin_is_fit(pin: str, username: str, badge_pin: str | None) -> None:
    """Eight digits, or a phrase as long as a password. Raises Refused."""
    least = PIN_DIGITS_MIN if pin.isdigit() else PHRASE_LENGTH_MIN
    if len(pin) < least:
        raise Refused(
            "signing_pin.too_short",
            "A signing PIN has at least {digits} digits, or is a phrase of at least {letters} characters. Choose a "
            "longer one.",
            digits=PIN_DIGITS_MIN,
            letters=PHRASE_LENGTH_MIN,
        )
    if len(set(pin)) < 4 or _is_a_row(pin) or username.lower() in pin.lower():
        raise Refused(
            "signing_pin.too_easy",
            "This signing PIN is too easy to guess. Use at least four different characters, and no row like 12345678.",
        )
    if pin == badge_pin:
        raise Refused(
            "signing_pin.same_as_badge",
            "The PIN of the badge is typed where others stand by. Choose another one for signing.",
        )


def _is_a_row(pin: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and abs(next(iter(steps))) <= 1


def waits_for_qa(roles: frozenset[str], guarded: frozenset[Role]) -> bool:
    """Whether a link of somebody with these roles takes QA's signature too: it opens what those roles open."""
    return not roles.isdisjoint(guarded)
