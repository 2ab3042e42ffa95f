"""What became of the letters of a recall: sent or not, how, and whether whoever was told knows of it."""

from collections.abc import Sequence

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.materials import queries as materials
from cellchain.notices import queries as notices
from cellchain.notices.queries import Told
from cellchain.notices.rules import Delivery
from cellchain.platform.db import ReadTx
from cellchain.quality.letters import queries
from cellchain.quality.letters.queries import LetterFacts
from cellchain.quality.letters.rules import AUTHORITY, SPONSOR, UNKNOWN, LetterWay
from cellchain.web.format import grouped

DELIVERIES = {
    Delivery.QUEUED: ("pend", T("Mail in line")),
    Delivery.SENDING: ("now", T("Mail being sent")),
    Delivery.SENT: ("ok", T("Mail sent")),
    Delivery.REFUSED: ("stop", T("Mail refused")),
    Delivery.CANCELLED: ("off", T("Mail not needed any more")),
}
NO_MAIL = ("pend", T("No mail: in the list of notices alone"))
WORDS = {SPONSOR: T("Sponsor"), UNKNOWN: T("Everybody who stores or carries something"), AUTHORITY: T("Authority")}


@dataclass(frozen=True)
class Sent:
    """A letter that went out. `told` are those of the house that it went to, each with the mail to them."""

    facts: LetterFacts
    to: T
    by: str
    told: Sequence[Told]

    @property
    def is_outside(self) -> bool:
        """Whether it went another way than through the house."""
        return self.facts.way is LetterWay.OUTSIDE


def sent(tx: ReadTx, recall: int) -> list[Sent]:
    """The letters of a recall that went out, and the tellings of the authority, the oldest first."""
    return [
        Sent(one, _name(tx, one.to), display_name(tx, one.recorded_by), notices.told_of(tx, one.occasion))
        for one in queries.letters_of(tx, recall)
    ]


def delivery(one: Told) -> tuple[str, T]:
    """How the mail to somebody stands: its shape and its words."""
    return NO_MAIL if one.mail is None else DELIVERIES[one.mail]


def may_read(actor: Actor, key: str, found: Sequence[Sent]) -> bool:
    """Whether somebody reads this letter: QA and inspectors each, others their own once it was sent."""
    if actor.may("trace.recall_preview"):
        return True
    is_theirs = key == actor.person or (key == SPONSOR and SPONSOR in actor.roles)
    return is_theirs and any(one.facts.to == key and not one.is_outside for one in found)


def own_letters(actor: Actor, found: Sequence[Sent]) -> list[str]:
    """The letters that went to somebody, by their keys."""
    return list(dict.fromkeys(one.facts.to for one in found if may_read(actor, one.facts.to, [one])))


def _name(tx: ReadTx, to: str) -> T:
    if to in WORDS:
        return WORDS[to]
    if to.startswith("PS"):
        return T("{name}", name=display_name(tx, to))
    if to.startswith("LC"):
        return T("{name}", name=materials.location_facts(tx, to).name)
    return T("Shipment {shipment}", shipment=grouped(to))
