"""What somebody signs in and signs with, as it was changed: what, when, and by whom. Read from the ledger itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cellchain.kernel.values import dataclass
from cellchain.ledger.queries import of_events, of_events_since
from cellchain.platform.db import ReadTx

SHOWN_MAX = 20
# Done by the person themselves, who is asked for the present password or the directory's.
BY_THEMSELVES: Sequence[str] = (
    "accounts:password:set",
    "accounts:password:chosen",
    "accounts:signing_pin:set",
    "accounts:second_factor:enrolled",
    "accounts:second_factor:ended",
    "accounts:recovery_codes:renewed",
    "accounts:passkey:added",
    "accounts:passkey:ended",
)
BY_OTHERS: Sequence[str] = (
    "accounts:password:reset",
    "accounts:second_factor:reset",
    "accounts:directory_link:activated",
    "accounts:directory_link:ended",
)
# Known to the person by the act itself.
FIRST: Sequence[str] = ("accounts:password:given", "accounts:directory_link:made")
# What somebody can sign in with now who could not before: others look at it, for a while.
NEW_WAYS: Sequence[str] = (
    *("accounts:password:reset", "accounts:second_factor:reset", "accounts:directory_link:activated"),
    *("accounts:password:chosen", "accounts:signing_pin:set", "accounts:second_factor:enrolled"),
    "accounts:passkey:added",
)
LOOKED_AT_FOR = timedelta(days=7)
NEW_MAX = 200
_NEW_WAYS = of_events_since(NEW_WAYS)
_CHANGES = of_events([*BY_THEMSELVES, *BY_OTHERS, *FIRST])


@dataclass(frozen=True)
class Change:
    """One change: the event of the ledger, when, and who did it."""

    at: datetime
    event: str
    by: str


@dataclass(frozen=True)
class NewWay:
    """The last of the new ways in of somebody, how many there were, and whether one was made by anybody but them."""

    person: str
    at: datetime
    event: str
    count: int
    by_others: bool


def changes_of(tx: ReadTx, person: str) -> list[Change]:
    """The last changes of somebody's passwords, PINs, phones, passkeys and codes, the newest first."""
    return [Change(row.at, row.event, row.actor) for row in tx.many(_CHANGES, limit=SHOWN_MAX, subject=person)]


def new_ways(tx: ReadTx) -> list[NewWay]:
    """Who got a new password, PIN, phone, passkey or link in the last days, the newest first."""
    found: dict[str, NewWay] = {}
    for row in tx.many(_NEW_WAYS, limit=NEW_MAX, since=tx.now - LOOKED_AT_FOR):
        person, by_others = row.subject or "", row.actor != row.subject
        last = found.get(person)
        found[person] = (
            NewWay(person, row.at, row.event, 1, by_others)
            if last is None
            else replace(last, count=last.count + 1, by_others=last.by_others or by_others)
        )
    return list(found.values())
