"""Who read a name, and when. A name is shown in few places, and each showing of it is written down."""

from cellchain.ledger.actor import Actor
from cellchain.ledger.run import Runner
from cellchain.platform.write import WriteTx
from cellchain.trial.models import NameReading


def note_reading(runner: Runner, actor: Actor, recipient: str, place: str) -> None:
    """Write down that `actor` was shown the name of `recipient` at `place`, before it is shown."""

    def write(tx: WriteTx) -> None:
        tx.add_outside(
            NameReading,
            {
                "id": tx.next_value(str(NameReading.__tablename__)),
                "recipient": recipient,
                "person": actor.person,
                "device": actor.device,
                "place": place,
                "read_at": tx.now,
            },
        )

    runner.outside(write)
