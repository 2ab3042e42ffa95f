"""Reading notices: a person's own, who was told of one, and how the mails get on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts import queries as accounts
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.notices import rules
from cellchain.notices.kinds import BY_KEY, DIGEST, KINDS, kinds_for
from cellchain.notices.models import Address, Mail, Notice, Subscription, Telling
from cellchain.notices.rules import PROBLEMS, Delivery, Kind, MailAbout
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of

SHOWN_MAX = 100
PEOPLE_MAX = 1_000

OPEN_COUNT = (
    select(func.count())
    .select_from(Telling)
    .where(Telling.person == bindparam("person"), col(Telling.ended_at).is_(None))
)
OPEN_OF = (
    select(Telling, Notice)
    .join(Notice, col(Notice.id) == col(Telling.notice))
    .where(Telling.person == bindparam("person"), col(Telling.ended_at).is_(None))
    .order_by(col(Telling.notice).desc())
)
ENDED_OF = Listing(
    select(Telling, Notice)
    .join(Notice, col(Notice.id) == col(Telling.notice), isouter=True)
    .where(Telling.person == bindparam("person"), col(Telling.ended_at).is_not(None)),
    col(Telling.notice),
)
TELLING = select(Telling).where(Telling.notice == bindparam("notice"), Telling.person == bindparam("person"))
TELLINGS = select(Telling).where(Telling.notice == bindparam("notice")).order_by(col(Telling.id))
SAME = select(Notice.id).where(
    Notice.kind == bindparam("kind"), Notice.subject == bindparam("subject"), Notice.raised_at == bindparam("at")
)
RAISED = select(Notice).where(Notice.occasion == bindparam("occasion"))
FIRST_ANSWER = select(func.min(col(Telling.ended_at))).where(Telling.notice == bindparam("notice"))
OCCASION = select(Notice.id).where(Notice.occasion == bindparam("occasion"))
SUBSCRIPTIONS = select(Subscription).where(Subscription.person == bindparam("person")).order_by(col(Subscription.id))
SUBSCRIPTION = select(Subscription).where(
    Subscription.person == bindparam("person"), Subscription.kind == bindparam("kind")
)
ADDRESSES = select(Address).where(col(Address.email).is_not(None)).order_by(col(Address.person))
MAILS_OF = select(Mail).where(Mail.notice == bindparam("notice")).order_by(col(Mail.id))
DIGEST_OF = select(Mail.id).where(Mail.person == bindparam("person"), Mail.day == bindparam("day"))
UNSENT = (
    select(Mail)
    .where(one_of(Mail.delivery, [Delivery.QUEUED, Delivery.SENDING]))
    .order_by(col(Mail.next_at), col(Mail.id))
)
UNSENT_COUNT = select(func.count()).select_from(Mail).where(one_of(Mail.delivery, [Delivery.QUEUED, Delivery.SENDING]))
REFUSED_COUNT = select(func.count()).select_from(Mail).where(Mail.delivery == Delivery.REFUSED)
REFUSED = select(Mail).where(Mail.delivery == Delivery.REFUSED).order_by(col(Mail.id).desc())
# Sent or not needed any more, which is nearly all of them: walked by their numbers, past the few others.
DONE = Listing(
    select(Mail).where(*(col(Mail.delivery) != one for one in (Delivery.QUEUED, Delivery.SENDING, Delivery.REFUSED))),
    col(Mail.id),
)


@dataclass(frozen=True)
class NoticeLine:
    """A notice as its person sees it."""

    number: int
    kind: Kind
    subject: str
    raised_at: datetime
    ended_at: datetime | None

    @property
    def status(self) -> str:
        """Its shape: an alarm that nobody answered stands out."""
        if self.ended_at is not None:
            return "ok"
        return "stop" if self.kind.acknowledged else "now"


@dataclass(frozen=True)
class Told:
    """One of those who were told of a notice; `mail` is where the mail to them stands, if there was one."""

    name: str
    ended_at: datetime | None
    mail: Delivery | None


@dataclass(frozen=True)
class NoticePage:
    """One notice, and everybody who was told."""

    line: NoticeLine
    told: Sequence[Told]


@dataclass(frozen=True)
class Choice:
    """A kind that a person is told of, and whether by mail."""

    key: str
    title: T
    compulsory: bool
    by_mail: bool


@dataclass(frozen=True)
class MailLine:
    """A mail as the administrator sees it: what it is about and how it gets on, and not what it says."""

    number: int
    name: str
    title: T
    delivery: Delivery
    attempts_count: int
    queued_at: datetime
    next_at: datetime
    ended_at: datetime | None
    problem: T | None
    detail: str | None


@dataclass(frozen=True)
class Outbox:
    """The mails that need somebody, or their turn: a hundred of each at most, and how many there are.

    `unreachable` are those who have to be mailed and have no address.
    """

    refused: Sequence[MailLine]
    refused_count: int
    waiting: Sequence[MailLine]
    waiting_count: int
    unreachable: Sequence[tuple[str, str]]


DIGEST_TITLE = T("What is due today")
TEST_TITLE = T("Test of the mail server")


def open_count(tx: ReadTx, person: str) -> int:
    """How many notices wait for a person: one look into an index."""
    return tx.one(OPEN_COUNT, person=person) or 0


def waiting(tx: ReadTx, person: str) -> list[NoticeLine]:
    """What waits for a person; what has to be acknowledged stands first."""
    found = [_line(*row) for row in tx.many(OPEN_OF, limit=SHOWN_MAX, person=person)]
    return sorted(found, key=lambda line: not line.kind.acknowledged)


def ended_lines(rows: Sequence[tuple[Telling, Notice]]) -> list[NoticeLine]:
    """Rows of the list of what a person answered as lines."""
    return [_line(*row) for row in rows]


def notice_page(tx: ReadTx, number: int, person: str) -> NoticePage:
    """One notice for somebody who was told of it. Raises NotFound."""
    telling = tx.one(TELLING, notice=number, person=person)
    if telling is None:
        raise rules.not_told()
    line = _line(telling, tx.get(Notice, number))
    return NoticePage(line, _told(tx, number))


def told_of(tx: ReadTx, occasion: str) -> list[Told]:
    """Who was told of what has this occasion, whether they know, and where the mail to each of them stands."""
    number = tx.one(OCCASION, occasion=occasion)
    return [] if number is None else _told(tx, number)


def _told(tx: ReadTx, number: int) -> list[Told]:
    mails = {mail.person: mail.delivery for mail in tx.many(MAILS_OF, limit=PEOPLE_MAX, notice=number)}
    return [
        Told(accounts.display_name(tx, row.person), row.ended_at, mails.get(row.person))
        for row in tx.many(TELLINGS, limit=PEOPLE_MAX, notice=number)
    ]


def when_told(tx: ReadTx, occasion: str) -> tuple[datetime, datetime | None] | None:
    """When people were told of what the clock brought about, and when the first of them said that they know; None
    where nobody was told yet."""
    row = tx.one(RAISED, occasion=occasion)
    return None if row is None else (row.raised_at, tx.one(FIRST_ANSWER, notice=row.id))


def _line(telling: Telling, notice: Notice) -> NoticeLine:
    return NoticeLine(notice.id or 0, BY_KEY[notice.kind], notice.subject, notice.raised_at, telling.ended_at)


def address_of(tx: ReadTx, person: str) -> Address | None:
    """Where a person is written to."""
    return tx.find(Address, person)


def reachable(tx: ReadTx) -> list[str]:
    """Everybody who may work and has an address."""
    rows = tx.many(ADDRESSES, limit=PEOPLE_MAX)
    return [row.person for row in rows if accounts.active_person(tx, row.person) is not None]


def wants_by_mail(tx: ReadTx, person: str, kind: Kind) -> bool:
    """Whether a person gets this kind by mail as well."""
    row = None if kind.compulsory else tx.one(SUBSCRIPTION, person=person, kind=kind.key)
    return kind.compulsory or (row is not None and row.by_mail)


def wants_digest(tx: ReadTx, person: str) -> bool:
    """Whether a person gets the digest: everybody who did not say no."""
    row = tx.one(SUBSCRIPTION, person=person, kind=DIGEST)
    return row is None or row.by_mail


def choices(tx: ReadTx, person: str, roles: Sequence[str]) -> list[Choice]:
    """The kinds that a person is told of, and the digest."""
    said = {row.kind: row.by_mail for row in tx.many(SUBSCRIPTIONS, limit=SHOWN_MAX, person=person)}
    kinds = [
        Choice(kind.key, kind.title, kind.compulsory, kind.compulsory or said.get(kind.key, False))
        for kind in kinds_for(roles)
    ]
    return [*kinds, Choice(DIGEST, DIGEST_TITLE, compulsory=False, by_mail=said.get(DIGEST, True))]


def unsent_count(tx: ReadTx) -> int:
    """How many mails are in line or being sent."""
    return int(tx.one(UNSENT_COUNT) or 0)


def refused_count(tx: ReadTx) -> int:
    """How many mails the server refused, and nobody sent again."""
    return int(tx.one(REFUSED_COUNT) or 0)


def outbox(tx: ReadTx) -> Outbox:
    """How the mails get on."""
    return Outbox(
        refused=mail_lines(tx, tx.many(REFUSED, limit=SHOWN_MAX)),
        refused_count=refused_count(tx),
        waiting=mail_lines(tx, tx.many(UNSENT, limit=SHOWN_MAX)),
        waiting_count=unsent_count(tx),
        unreachable=_unreachable(tx),
    )


def mail_lines(tx: ReadTx, rows: Iterable[Mail]) -> list[MailLine]:
    """Mails as they are shown."""
    return [
        MailLine(
            number=row.id or 0,
            name=accounts.display_name(tx, row.person),
            title=title_of(tx, row),
            delivery=row.delivery,
            attempts_count=row.attempts_count,
            queued_at=row.queued_at,
            next_at=row.next_at,
            ended_at=row.ended_at,
            problem=None if row.problem is None else PROBLEMS[row.problem],
            detail=row.detail,
        )
        for row in rows
    ]


def title_of(tx: ReadTx, mail: Mail) -> T:
    """What a mail is about, in words."""
    if mail.about is MailAbout.DIGEST:
        return DIGEST_TITLE
    return TEST_TITLE if mail.notice is None else BY_KEY[tx.get(Notice, mail.notice).kind].title


def _unreachable(tx: ReadTx) -> list[tuple[str, str]]:
    """Who holds a role that has to be mailed to, and has no address: name and code."""
    roles = {role for kind in KINDS if kind.compulsory for role in kind.roles}
    people = {person for role in roles for person in accounts.holders(tx, role)}
    known = {row.person for row in tx.many(ADDRESSES, limit=PEOPLE_MAX)}
    return sorted((accounts.display_name(tx, person), person) for person in people - known)
