"""Taking data out at the machine itself, where nobody is signed in. The ledger says that it was done."""

import uuid

from cellchain.followup.commands.exports import recorded
from cellchain.followup.outcomes import package, reading, rules
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import SYSTEM
from cellchain.ledger.run import Runner
from cellchain.ledger.tx import CommandTx
from cellchain.platform.db import Database

EVENT = "followup:data:exported"


@dataclass(frozen=True)
class Taken:
    """An archive, the entry that it tells the data up to, and the root over the ledger so far."""

    content: bytes
    entry: int
    root: str


def take(database: Database, runner: Runner, study: str, as_of: int | None, *, with_arms: bool) -> Taken:
    """The data of a study as of an entry, or of now. Raises NotFound, Refused `export.no_such_entry`.

    Whoever works at the machine holds its keys and can read every arm; so arms are asked for, and the entry says so.
    """
    with database.read() as tx:
        last = reading.last_entry(tx)
        entry = last if as_of is None else as_of
        rules.may_export(entry, last)
        source, stand = reading.as_of(tx, study, entry, with_arms=with_arms)
        content = package.package(source, stand)

    def record(tx: CommandTx) -> None:
        tx.about(study)
        recorded(tx, study, entry, SYSTEM, with_arms=with_arms)

    runner.record_system(EVENT, str(uuid.uuid4()), record)
    return Taken(content, stand.entry, stand.root)
