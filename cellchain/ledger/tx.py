"""What a command is given: the write transaction, and what the runner knows about this call."""

from datetime import datetime
from typing import Any

from cellchain.kernel.canonical import Json
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import Database, Link
from cellchain.platform.write import WriteTx


@dataclass(frozen=True)
class Recorded:
    """Something a command noticed and wrote down, that another package may have to answer."""

    event: str
    subject: str
    facts: dict[str, Any]


class CommandTx(WriteTx):
    """A WriteTx inside a command.

    now          time of the entry, UTC
    happened_at  time of the event: `now`, or earlier for a late entry
    by, reason   who acts, and why where a reason was given
    site         two digits that every identifier of this installation bears
    """

    def __init__(
        self,
        database: Database,
        link: Link,
        *,
        now: datetime,
        by: Actor,
        site: int,
        happened_at: datetime | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(database, link, now=now)
        self.by = by
        self.site = site
        self.reason = reason
        self.happened_at = happened_at or now
        self.subject: str | None = None
        self.recorded: list[Recorded] = []
        self.facts: dict[str, Json] = {}
        self.prepared: Any = None

    def about(self, subject: str) -> None:
        """Name what this entry is about, where the order does not."""
        self.subject = subject

    def note(self, **facts: Json) -> None:
        """Add open facts to the entry (never anything about a person)."""
        self.facts.update(facts)

    def record(self, event: str, subject: str, **facts: Any) -> None:
        """Write down that something happened, for the reactions table to answer."""
        self.recorded.append(Recorded(event, subject, {"subject": subject, **facts}))
