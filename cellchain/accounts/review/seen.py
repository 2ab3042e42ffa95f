"""The facts of a line as values again: what was stored as plain data when the review was opened."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from cellchain.accounts.expiry.rules import is_over
from cellchain.accounts.rules import GrantPhase, PersonPhase, Role
from cellchain.kernel.values import dataclass


@dataclass(frozen=True)
class SeenRole:
    """A role as it stood: who gave it, who countersigned it, until when."""

    role: Role
    phase: GrantPhase
    since: datetime
    granted_by: str
    countersigned_by: str | None
    last_day: date | None


@dataclass(frozen=True)
class SeenTraining:
    """What somebody was trained in last, by topic."""

    topic: str
    trained_on: date
    valid_until: date | None


@dataclass(frozen=True)
class Seen:
    """An account as it stood."""

    phase: PersonPhase
    since: datetime
    last_day: date | None
    roles: Sequence[SeenRole]
    last_sign_in: datetime | None
    phone: bool
    passkeys_count: int
    badge: bool
    directory: bool
    trainings: Sequence[SeenTraining]

    def is_over(self, today: date) -> bool:
        """Whether the account had ended by a day."""
        return is_over(self.last_day, today)


def seen(facts: Mapping[str, Any]) -> Seen:
    """The facts of a line."""
    return Seen(
        PersonPhase(facts["phase"]),
        datetime.fromisoformat(facts["since"]),
        _day(facts["last_day"]),
        [_role(one) for one in facts["roles"]],
        None if facts["last_sign_in"] is None else datetime.fromisoformat(facts["last_sign_in"]),
        facts["phone"],
        facts["passkeys"],
        facts["badge"],
        facts["directory"],
        [_training(one) for one in facts["trainings"]],
    )


def _role(one: Mapping[str, Any]) -> SeenRole:
    return SeenRole(
        Role(one["role"]),
        GrantPhase(one["phase"]),
        datetime.fromisoformat(one["since"]),
        one["granted_by"],
        one["countersigned_by"],
        _day(one["last_day"]),
    )


def _training(one: Mapping[str, Any]) -> SeenTraining:
    return SeenTraining(one["topic"], date.fromisoformat(one["trained_on"]), _day(one["valid_until"]))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
