"""What ends with somebody who leaves, beside roles, badge, factors and sessions: whatever would open the account again
or keep an account of the directory from a successor."""

from cellchain.accounts.directory.models import DirectoryLink, SigningPin
from cellchain.accounts.directory.queries import STANDING_OF
from cellchain.accounts.directory.rules import LINK
from cellchain.accounts.expiry.models import LastDay
from cellchain.accounts.expiry.queries import WAITING_OF
from cellchain.accounts.expiry.rules import TERM
from cellchain.accounts.models import Credential
from cellchain.accounts.qualified.models import QualifiedMark
from cellchain.accounts.qualified.queries import LIVE_OF
from cellchain.accounts.rules import MARK
from cellchain.ledger.actor import Actor
from cellchain.ledger.tx import CommandTx


def end_what_is_left(tx: CommandTx, by: Actor, person: str) -> None:
    """End password and PINs, the link to the directory, the mark of a qualified person, and what waits for a signature
    about a last day. What was signed and certified stays."""
    credential = tx.lock(Credential, person)
    if credential.password_hash is not None or credential.pin_hash is not None:
        tx.change(credential, password_hash=None, pin_hash=None, set_at=tx.now)
    pin = tx.find(SigningPin, person)
    if pin is not None and pin.pin_hash is not None:
        tx.change(tx.lock(SigningPin, person), pin_hash=None, set_at=tx.now)
    link = tx.one(STANDING_OF, person=person)
    if link is not None:
        row = tx.lock(DirectoryLink, link.id)
        tx.change(row, phase=LINK.move("end", row.phase), ended_by=by.person, ended_at=tx.now)
    mark = tx.one(LIVE_OF, person=person)
    if mark is not None:
        held = tx.lock(QualifiedMark, mark.id)
        tx.change(held, phase=MARK.move("end", held.phase), ended_by=by.person, ended_at=tx.now)
    for said in tx.every(WAITING_OF, person=person):
        waiting = tx.lock(LastDay, said.id)
        tx.change(waiting, phase=TERM.move("withdraw", waiting.phase))
