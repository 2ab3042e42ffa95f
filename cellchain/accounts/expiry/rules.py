"""When a last day may be set, shortened or extended, and what is over. Pure.

A last day is a day of the site, and counts whole. None is no end at all, which lasts longer than any day.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from cellchain.accounts.rules import KEPT_ROLES, Role
from cellchain.kernel.errors import Refused, SignInNeeded
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass

SOON = timedelta(days=30)


class TermPhase(Phase):
    """A last day that was said: it waits for its second signature, counts, or was overtaken before it counted."""

    PROPOSED = "proposed"
    COUNTS = "counts"
    WITHDRAWN = "withdrawn"


TERM = Lifecycle(
    "last_day",
    first=TermPhase.PROPOSED,
    moves={
        "activate": ([TermPhase.PROPOSED], TermPhase.COUNTS),
        "withdraw": ([TermPhase.PROPOSED], TermPhase.WITHDRAWN),
    },
    final=[TermPhase.COUNTS, TermPhase.WITHDRAWN],
)


@dataclass(frozen=True)
class Held:
    """Somebody who holds a role: the last days of the account and of the role."""

    person: str
    account_last_day: date | None
    role_last_day: date | None

    @property
    def last_day(self) -> date | None:
        """The earlier of both."""
        return earlier(self.account_last_day, self.role_last_day)


def earlier(one: date | None, other: date | None) -> date | None:
    """The day that comes first; None comes after every day."""
    return min((day for day in (one, other) if day is not None), default=None)


def is_over(last_day: date | None, today: date) -> bool:
    """Whether the last day has passed."""
    return last_day is not None and last_day < today


def account_stands(last_day: date | None, today: date) -> None:
    """Raises SignInNeeded where an account has ended."""
    if is_over(last_day, today):
        raise SignInNeeded(
            "account.ended", "This account ended after {day}. An administrator can extend it.", day=last_day
        )


def roles_stand(counting: Iterable[str], claimed: frozenset[str]) -> None:
    """Raises Refused where a role that a session was read with counts no more: its permissions went with it."""
    if not claimed <= frozenset(counting):
        raise Refused("role.ended", "A role of yours has just ended. Nothing was done. Load the page again.")


def may_say(person: str, by: str, *, gone: bool) -> None:
    """Whether `by` may say how long `person` works here. Raises Refused."""
    if person == by:
        raise Refused("last_day.own", "Nobody sets their own last day. Ask another administrator.")
    if gone:
        raise Refused("last_day.left", "This person has left. An account that was closed does not open again.")


def may_set(present: date | None, asked: date, today: date) -> None:
    """A first last day, or an earlier one. Raises Refused."""
    _not_past(asked, today)
    if present is not None and asked == present:
        raise Refused("last_day.same", "{day} is the last day already. Nothing was changed.", day=present)
    if present is not None and asked > present:
        raise Refused(
            "last_day.is_extension", "This is later than {day}, which stands. Extend it instead.", day=present
        )


def may_extend(present: date | None, asked: date | None, today: date) -> None:
    """A later last day, or none any more. Raises Refused."""
    if present is None:
        raise Refused("last_day.none", "There is no last day here. Set one if the account or the role is to end.")
    if asked is None:
        return
    _not_past(asked, today)
    if asked <= present:
        raise Refused(
            "last_day.not_later", "This is no later than {day}, which stands. Enter a later day.", day=present
        )


def _not_past(asked: date, today: date) -> None:
    if asked < today:
        raise Refused(
            "last_day.past", "This day has passed. To end something at once, revoke the role or lock the account."
        )


def may_begin(last_day: date | None, today: date) -> None:
    """A role that is given until a day has not ended already. Raises Refused."""
    if last_day is not None:
        _not_past(last_day, today)


def somebody_lasts(role: Role, last_day: date, others: Iterable[Held]) -> None:
    """Raises Refused where nobody else would hold `role` after `last_day`, and it could not be given again."""
    if role not in KEPT_ROLES or any(one.last_day is None or one.last_day > last_day for one in others):
        return
    if role == Role.ADMINISTRATOR:
        raise Refused(
            "last_day.last_administrator",
            "After that day nobody would be administrator here. Give somebody else that role for longer first.",
        )
    raise Refused(
        "last_day.last_qa",
        "After that day nobody would be QA here. Give somebody else that role for longer first.",
    )


def ends_for_good(held: Iterable[Held]) -> date | None:
    """The day after which nobody holds the role any more, or None where somebody holds it without an end."""
    days = [one.last_day for one in held]
    return None if not days or None in days else max(day for day in days if day is not None)
