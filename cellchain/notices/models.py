"""Where people are reached, what they were told, and the mails on their way."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint

from cellchain.notices.rules import Delivery, MailAbout, NoticeLanguage
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    flag,
    key,
    moment,
    number,
    only_while,
    outside_ledger,
    personal,
    reference,
    text,
)

KIND_LENGTH = 40
SUBJECT_LENGTH = 40
EMAIL_LENGTH = 254
SENTENCE_LENGTH = 300


class Address(Record, table=True):
    """Where and in which language a person is written to; without an e-mail address, in the worklist alone."""

    __tablename__ = "notices_address"
    __table_args__ = (chosen("language", NoticeLanguage),)

    person: str = reference("accounts_person.code", primary_key=True)
    email: str | None = personal(EMAIL_LENGTH, optional=True, encrypted=True)
    language: NoticeLanguage = choice(NoticeLanguage)
    set_at: datetime = moment()


class Subscription(Record, table=True):
    """Whether a person wants a kind that is not compulsory by mail as well."""

    __tablename__ = "notices_subscription"
    __table_args__ = (UniqueConstraint("person", "kind", name="uq_notices_subscription_kind"),)

    id: int | None = key()
    person: str = reference("accounts_person.code")
    kind: str = text(KIND_LENGTH)
    by_mail: bool = flag()
    chosen_at: datetime = moment()


class Notice(Record, table=True):
    """Something that people are told of.

    occasion    what makes one that the clock raises the only one: it is raised once, however often the clock looks
    told_count  how many people were told; none is a finding of its own
    """

    __tablename__ = "notices_notice"

    id: int | None = key()
    kind: str = text(KIND_LENGTH)
    subject: str = text(SUBJECT_LENGTH, index=True)
    occasion: str | None = text(120, optional=True, unique=True)
    told_count: int = number()
    raised_at: datetime = moment()


class Telling(Record, table=True):
    """That a person was told, and since when they know."""

    __tablename__ = "notices_telling"
    __table_args__ = (
        UniqueConstraint("notice", "person", name="uq_notices_telling_once"),
        # What the bell of every page counts.
        Index("ix_notices_telling_open", "person", "notice", **only_while("ended_at IS NULL")),
        Index("ix_notices_telling_ended", "person", "notice", **only_while("ended_at IS NOT NULL")),
    )

    id: int | None = key()
    notice: int = number(references="notices_notice.id")
    person: str = reference("accounts_person.code", index=False)
    ended_at: datetime | None = moment(optional=True)


class Mail(Record, table=True):
    """One mail to one person. What it says is written when it is sent: nothing of it lies here.

    day                     the site's day that a digest tells of; a person gets one a day
    late_count, due_count   what that digest counts
    message_id              given at the first attempt and kept: by it two copies are known as one
    detail                  what the server said, word for word
    """

    __tablename__ = "notices_mail"
    __table_args__ = (
        chosen("about", MailAbout),
        chosen("delivery", Delivery),
        UniqueConstraint("person", "day", name="uq_notices_mail_day"),
        Index("ix_notices_mail_line", "next_at", **only_while("delivery = 'queued'")),
        outside_ledger("delivery of mails; each notice and each decision about a mail has its entry"),
    )

    id: int | None = key()
    about: MailAbout = choice(MailAbout)
    notice: int | None = number(optional=True, index=True)
    person: str = text(14)
    day: date | None = day(optional=True)
    late_count: int | None = number(optional=True)
    due_count: int | None = number(optional=True)
    delivery: Delivery = choice(Delivery, index=True)
    attempts_count: int = number()
    queued_at: datetime = moment()
    next_at: datetime = moment()
    started_at: datetime | None = moment(optional=True)
    ended_at: datetime | None = moment(optional=True)
    message_id: str | None = text(255, optional=True)
    problem: str | None = text(20, optional=True)
    detail: str | None = personal(SENTENCE_LENGTH, optional=True, encrypted=True)
