"""What somebody signs in and signs with, as it was changed: what, when, and by whom. Read from the ledger itself."""

from collections.abc import Sequence
from datetime import datetime

from cellchain.kernel.values import dataclass
from cellchain.ledger.queries import of_events
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
_CHANGES = of_events([*BY_THEMSELVES, *BY_OTHERS, *FIRST])


@dataclass(frozen=True)
class Change:
    """One change: the event of the ledger, when, and who did it."""

    at: datetime
    event: str
    by: str


def changes_of(tx: ReadTx, person: str) -> list[Change]:
    """The last changes of somebody's passwords, PINs, phones, passkeys and codes, the newest first."""
    return [Change(row.at, row.event, row.actor) for row in tx.many(_CHANGES, limit=SHOWN_MAX, subject=person)]
