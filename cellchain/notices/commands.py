"""The verbs of notices: to tell people, to say that one knows, and to be reached."""

from typing import Annotated, Any

from pydantic import Field

from cellchain.accounts import queries as accounts
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.notices import queries, queue, rules
from cellchain.notices.kinds import DIGEST, kind_of
from cellchain.notices.models import EMAIL_LENGTH, Address, Mail, Notice, Subscription, Telling
from cellchain.notices.rules import Kind, MailAbout, NoticeLanguage

SETS_OTHERS = "accounts.register_person"
NUMBER_MAX = 2**53 - 1
PEOPLE_MAX = 500
NoticeNumber = Annotated[int, Field(ge=1, le=NUMBER_MAX, title="Notice")]
MailNumber = Annotated[int, Field(ge=1, le=NUMBER_MAX, title="Mail")]
# As mail servers take it: ASCII, one @, nothing that could end a header.
Email = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
        r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$",
        max_length=EMAIL_LENGTH,
        title="E-mail address",
    ),
]


class NoticeResult(CommandResult):
    """A notice, by its number, and how many people were told."""

    notice: int
    told: int


class MailResult(CommandResult):
    """A mail, by its number."""

    mail: int
    delivery: str


class Notify(Order):
    """Something that people have to be told of."""

    kind: Annotated[str, Field(max_length=40)]
    subject: Annotated[str, Field(max_length=40)]
    occasion: Annotated[str | None, Field(max_length=120)] = None
    people: Annotated[list[PersonCode] | None, Field(max_length=PEOPLE_MAX, description="These alone of them.")] = None


@command(event="notices:notice:raised", subject="subject", internal=True)
def notify(tx: CommandTx, by: Actor, order: Notify) -> NoticeResult:
    """Tell everybody whom it concerns, in the worklist, and by mail where there is a server; who did it knows already,
    unless it is about themselves. What is for somebody by name is told to them alone, as long as they hold one of its
    roles.

    What the clock raises is raised once, and so is what one act brings about several times of one thing.
    """
    kind = kind_of(order.kind)
    if _is_known(tx, order):
        tx.note(kind=kind.key, told_already=True)
        return NoticeResult(notice=0, told=0)
    holders = {person for role in kind.roles for person in accounts.holders(tx, role)}
    told = holders if order.people is None else holders & set(order.people)
    people = sorted(told if kind.tells_doer else told - {by.person})
    row = tx.add(
        Notice(kind=kind.key, subject=order.subject, occasion=order.occasion, told_count=len(people), raised_at=tx.now)
    )
    for person in people:
        _tell(tx, kind, row.id or 0, person)
    tx.note(notice=row.id, kind=kind.key, told=len(people))
    return NoticeResult(notice=row.id or 0, told=len(people))


def _is_known(tx: CommandTx, order: Notify) -> bool:
    if order.occasion is not None:
        return tx.one(queries.OCCASION, occasion=order.occasion) is not None
    return tx.one(queries.SAME, kind=order.kind, subject=order.subject, at=tx.now) is not None


def _tell(tx: CommandTx, kind: Kind, notice: int, person: str) -> None:
    tx.add(Telling(notice=notice, person=person))
    address = queries.address_of(tx, person)
    is_reached = address is not None and address.email is not None
    if tx.house.sends_mail and is_reached and queries.wants_by_mail(tx, person, kind):
        queue.enter(tx, MailAbout.NOTICE, person, notice=notice)


class Acknowledge(Order):
    notice: NoticeNumber


@command(event="notices:notice:acknowledged", permission="notices.answer")
def acknowledge(tx: CommandTx, by: Actor, order: Acknowledge) -> NoResult:
    """Say that one knows of it. Raises NotFound, Refused `notice.ended_already`."""
    _end(tx, by, order.notice)
    return NoResult()


class SeeOff(Order):
    """Everything that was shown up to this number and wants no acknowledging."""

    notice: Annotated[NoticeNumber, Field(title="Up to notice")]


@command(event="notices:notices:seen", permission="notices.answer")
def see_off(tx: CommandTx, by: Actor, order: SeeOff) -> NoResult:
    """Clear one's list of what was only news. Raises NotFound, Refused `notice.needs_acknowledging` where there is
    none up to that number."""
    tx.about(by.person)
    waiting = queries.waiting(tx, by.person)
    shown = [line for line in waiting if line.number <= order.notice]
    news = [line.number for line in shown if not line.kind.acknowledged]
    if not shown:
        raise rules.not_told()
    if not news:
        rules.may_see_off(shown[0].kind)
    for number in news:
        _end(tx, by, number)
    tx.about(by.person)
    tx.note(count=len(news))
    return NoResult()


def _end(tx: CommandTx, by: Actor, number: int) -> None:
    found = tx.one(queries.TELLING, notice=number, person=by.person)
    if found is None:
        raise rules.not_told()
    telling = tx.lock(Telling, found.id)
    rules.may_end(ended=telling.ended_at is not None)
    notice = tx.get(Notice, number)
    tx.about(notice.subject)
    tx.note(notice=number, kind=notice.kind)
    tx.change(telling, ended_at=tx.now)


class SetAddress(Order):
    person: Annotated[PersonCode, Field(title="Person")]
    email: Annotated[
        Email | None, Field(title="E-mail address", description="Left empty: no mail is sent to this person.")
    ] = None
    language: Annotated[NoticeLanguage, Field(title="Language of the mails")] = NoticeLanguage.RU


@command(event="notices:address:set", subject="person", permission="notices.answer")
def set_address(tx: CommandTx, by: Actor, order: SetAddress) -> NoResult:
    """Say where and in which language a person is written to. Raises Refused `notice.address_of_another`."""
    rules.may_set_address(order.person, by.person, sets_others=by.may(SETS_OTHERS))
    if accounts.active_person(tx, order.person) is None:
        raise NotFound("person.unknown", "Nobody who works here has this code. Scan the badge again.")
    values: dict[str, Any] = {"email": order.email, "language": order.language, "set_at": tx.now}
    if queries.address_of(tx, order.person) is None:
        tx.add(Address(person=order.person, **values))
    else:
        tx.change(tx.lock(Address, order.person), **values)
    return NoResult()


class Subscribe(Order):
    kind: Annotated[str, Field(pattern="^[a-z_]{2,40}$", title="Kind of notice")]
    by_mail: Annotated[bool, Field(title="By mail as well")] = False


@command(event="notices:subscription:chosen", permission="notices.answer")
def subscribe(tx: CommandTx, by: Actor, order: Subscribe) -> NoResult:
    """Choose whether a kind comes by mail as well. Raises NotFound, Refused `notice.compulsory`."""
    tx.about(by.person)
    tx.note(kind=order.kind, by_mail=order.by_mail)
    if order.kind != DIGEST:
        rules.may_choose(kind_of(order.kind), by_mail=order.by_mail)
    known = tx.one(queries.SUBSCRIPTION, person=by.person, kind=order.kind)
    if known is None:
        tx.add(Subscription(person=by.person, kind=order.kind, by_mail=order.by_mail, chosen_at=tx.now))
    else:
        tx.change(tx.lock(Subscription, known.id), by_mail=order.by_mail, chosen_at=tx.now)
    return NoResult()


class RetryMail(Order):
    mail: MailNumber


@command(event="notices:mail:retried")
def retry_mail(tx: CommandTx, by: Actor, order: RetryMail) -> MailResult:
    """Send a mail again that the server refused. Raises Refused `mail.phase`, NotFound."""
    held = tx.lock(Mail, order.mail)
    tx.about(held.person)
    tx.note(mail=held.id, attempts=held.attempts_count)
    row = queue.retry(tx, held)
    return MailResult(mail=order.mail, delivery=row.delivery)


class SendTestMail(Order):
    pass


@command(event="notices:test:sent")
def send_test_mail(tx: CommandTx, by: Actor, order: SendTestMail) -> MailResult:
    """Send oneself a mail, to see that mail arrives. Raises Refused `mail.no_server`, `mail.no_address`."""
    tx.about(by.person)
    address = queries.address_of(tx, by.person)
    rules.may_send_test(sends_mail=tx.house.sends_mail, has_address=address is not None and address.email is not None)
    row = queue.enter(tx, MailAbout.TEST, by.person)
    tx.note(mail=row.id)
    return MailResult(mail=row.id or 0, delivery=row.delivery)
