"""Failed attempts to sign in or to sign: counted for a name and for an address, and what the next one has to wait."""

import hashlib
import math
import uuid
from dataclasses import replace
from datetime import timedelta

from cellchain.accounts import queries, rules
from cellchain.accounts.sessions.commands import NoteFailedSignIn, note_failed_sign_in
from cellchain.kernel.errors import TooMany
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database


@dataclass(frozen=True)
class Tried:
    """A name that somebody tries, and where. An enrolled station counts by itself: guesses from elsewhere do not keep
    people from their work there, and its own people are no spray. `person` is whose name it turned out to be."""

    name: str
    station: str | None
    address: str | None = None
    known: str | None = None  # the key, where it was told before
    person: str | None = None

    @property
    def key(self) -> str:
        """What it is counted under."""
        if self.known is not None:
            return self.known
        return hashed(self.name if self.station is None else f"{self.station}\n{self.name}")

    @property
    def sprayed_from(self) -> str | None:
        """The address, where somebody may be trying many names from it."""
        return self.address if self.station is None else None

    def of(self, person: str | None) -> "Tried":
        """The same, of somebody who works here."""
        return replace(self, person=person)


class Attempts:
    """Counts failures in the database, so that several processes count together and a start forgets nothing."""

    def __init__(self, database: Database, runner: Runner) -> None:
        self._database = database
        self._runner = runner

    def check_wait(self, tried: Tried) -> int:
        """How often it failed under this name so far. Raises TooMany while somebody has to wait."""
        now = self._database.clock.now()
        since = now - rules.ATTEMPTS_WINDOW
        address = self._address_of(tried)
        with self._database.read() as tx:
            counts = [queries.failures(tx, tried.key, since)]
            if address is not None:
                counts.append(queries.sprayed(tx, address, since))
        ends = [last + rules.wait_after(count) for count, last in counts if last is not None]
        remaining = max(ends, default=now) - now
        if remaining > timedelta(0):
            raise TooMany(seconds=math.ceil(remaining.total_seconds()))
        return counts[0][0]

    def note(self, tried: Tried, method: str) -> None:
        """Write down that it failed. The name is kept as a hash: people type passwords into name fields."""
        order = NoteFailedSignIn(
            tried=tried.key, method=method, sprayed_from=self._address_of(tried), person=tried.person
        )
        call = Call(command_of(note_failed_sign_in), order, SYSTEM_ACTOR, str(uuid.uuid4()), by_house=True)
        self._runner.run(call).result()

    def _address_of(self, tried: Tried) -> str | None:
        """Where a spray would come from, as a keyed digest: there are few enough addresses to try them all."""
        return None if tried.sprayed_from is None else self._database.sealer.fingerprint(tried.sprayed_from)


def hashed(token: str) -> str:
    """What a table knows of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
