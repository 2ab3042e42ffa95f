"""What a kind of notice is, who may do what with one, and the life of a mail. Pure.

A mail is sent until a server has taken it: nobody can know whether one that broke off arrived, and a second copy, known
by its Message-ID, does less harm than none.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cellchain.accounts.rules import Role
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
DOUBLINGS_MAX = 10
# Local time at which the digest of a day may go out.
DIGEST_FROM = time(7)
# The kinds of code that a mail may name: things of the house. A donor, a recipient, an infusion or a bag is a person's.
NAMED_IN_MAIL = frozenset({"CT", "CV", "EQ", "LC", "LT", "ML", "SH", "SM"})


class NoticeLanguage(StrEnum):
    """The language in which a person is written to."""

    EN = "en"
    RU = "ru"

    @property
    def label(self) -> str:
        return {"en": "English", "ru": "Русский"}[self.value]


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    event         what the ledger says, or a command records, when it happens; none where only the clock says so
    when          facts that have to agree
    tells_doer    it is about the person, who is told even of what they did themselves: it may not have been they
    compulsory    it is mailed to everybody who is told; else to those who chose so
    acknowledged  each person says that they know of it; else seeing it is enough
    """

    key: str
    event: str
    title: T
    sentence: T
    roles: frozenset[Role]
    compulsory: bool = False
    acknowledged: bool = False
    when: Mapping[str, object] = field(default_factory=dict)
    tells_doer: bool = False

    def fits(self, facts: Mapping[str, object]) -> bool:
        """Whether what was recorded is of this kind."""
        return all(facts.get(name) == value for name, value in self.when.items())


class MailAbout(StrEnum):
    """What a mail tells: one notice, what is due on a day, or that mail arrives at all."""

    NOTICE = "notice"
    DIGEST = "digest"
    TEST = "test"


class Delivery(Phase):
    """Where a mail stands.

    queued     waits for its turn, or for the next try
    sending    an attempt is recorded; the server may have it from here on
    sent       the server has taken it
    refused    the server will never take it as it is: a person decides
    cancelled  its person left, or has no address any more
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"


MAIL = Lifecycle(
    "mail",
    first=Delivery.QUEUED,
    moves={
        "begin": ([Delivery.QUEUED], Delivery.SENDING),
        "finish": ([Delivery.SENDING], Delivery.SENT),
        "put_back": ([Delivery.SENDING], Delivery.QUEUED),
        "refuse": ([Delivery.SENDING], Delivery.REFUSED),
        "cancel": ([Delivery.QUEUED], Delivery.CANCELLED),
        "retry": ([Delivery.REFUSED], Delivery.QUEUED),
    },
    final=[Delivery.SENT, Delivery.CANCELLED],
)

PROBLEMS = {
    "away": T("The mail server cannot be reached"),
    "not_let_in": T("The mail server does not let us in"),
    "not_now": T("The mail server does not take it now"),
    "broke_off": T("The connection broke off"),
    "never": T("The mail server refuses it"),
    "ended": T("The process ended while it was sent"),
    "fault": T("It could not be written"),
}


def wait_after(attempts_count: int) -> timedelta:
    """How long a mail waits after so many attempts: it doubles, up to an hour, and never gives up."""
    doublings: int = 2 ** min(max(attempts_count - 1, 0), DOUBLINGS_MAX)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


def is_digest_time(now: datetime, zone: ZoneInfo) -> bool:
    """Whether the digest of the site's day may go out."""
    return now.astimezone(zone).time() >= DIGEST_FROM


def may_set_address(person: str, by: str, *, sets_others: bool) -> None:
    """Raises Refused where somebody sets another's address without being trusted with people."""
    if person != by and not sets_others:
        raise Refused("notice.address_of_another", "You set your own address alone. Ask an administrator for others.")


def may_choose(kind: Kind, *, by_mail: bool) -> None:
    """Raises Refused where somebody turns off what they have to be told."""
    if kind.compulsory and not by_mail:
        raise Refused("notice.compulsory", "This kind is mailed to everybody whom it concerns. Nothing was changed.")


def not_told() -> NotFound:
    """For a notice that was not for this person: they learn no more of it."""
    return NotFound("notice.unknown", "There is no such notice for you. Open the list of your notices.")


def may_end(*, ended: bool) -> None:
    """Raises Refused where somebody answered their notice already."""
    if ended:
        raise Refused("notice.ended_already", "You answered this notice already. Nothing was changed.")


def may_see_off(kind: Kind) -> None:
    """Raises Refused for a notice that wants to be acknowledged by itself."""
    if kind.acknowledged:
        raise Refused("notice.needs_acknowledging", "This notice has to be acknowledged by itself. Open it.")


def may_send_test(*, sends_mail: bool, has_address: bool) -> None:
    """Raises Refused where there is no server to send with, or no address to send to."""
    if not sends_mail:
        raise Refused("mail.no_server", "No mail server is set up here. Set CELLCHAIN_SMTP_HOST and start again.")
    if not has_address:
        raise Refused("mail.no_address", "You have no address yet. Enter it under your notices first.")
