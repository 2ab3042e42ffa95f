"""The tables of links, signing PINs, and people whom the directory knows and this house does not yet."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.accounts.directory.rules import ARRIVAL_LENGTH, LinkPhase
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    key,
    moment,
    only_while,
    outside_ledger,
    personal,
    reference,
    secret,
    text,
)
from cellchain.platform.columns import code as identifier

ISSUER_LENGTH = 200
SUBJECT_LENGTH = 255  # OpenID Connect Core, section 2
SHOWN_LENGTH = 80
MARK_LENGTH = 64


class DirectoryLink(Record, table=True):
    """A person is who the directory knows as `subject`. `subject_mark` is a keyed digest, by which it is found."""

    __tablename__ = "accounts_directory_link"
    __table_args__ = (
        chosen("phase", LinkPhase),
        CheckConstraint("(phase = 'ended') = (ended_at IS NOT NULL)", name="ended_has_time"),
        Index("uq_accounts_directory_link_person", "person", unique=True, **only_while("phase <> 'ended'")),
        Index("uq_accounts_directory_link_subject", "subject_mark", unique=True, **only_while("phase <> 'ended'")),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    issuer: str = text(ISSUER_LENGTH)
    subject: str = secret(SUBJECT_LENGTH, encrypted=True)
    subject_mark: str = text(MARK_LENGTH)
    shown: str = personal(SHOWN_LENGTH, encrypted=True)
    phase: LinkPhase = choice(LinkPhase)
    linked_by: str = identifier()
    linked_at: datetime = moment()
    active_at: datetime | None = moment(optional=True)
    ended_by: str | None = identifier(optional=True)
    ended_at: datetime | None = moment(optional=True)


class SigningPin(Record, table=True):
    """What a person of the directory signs with: an argon2 hash, never the PIN. None once the link has ended."""

    __tablename__ = "accounts_signing_pin"

    person: str = reference("accounts_person.code", primary_key=True)
    pin_hash: str | None = secret(200, optional=True)
    set_at: datetime = moment()


class DirectoryArrival(Record, table=True):
    """Somebody who signed in at the directory and is linked to nobody here. They read `code` to an administrator."""

    __tablename__ = "accounts_directory_arrival"
    __table_args__ = outside_ledger("who came from the directory and is not linked yet; a link has its entry")

    code: str = text(ARRIVAL_LENGTH, primary_key=True)
    issuer: str = text(ISSUER_LENGTH)
    subject: str = secret(SUBJECT_LENGTH, encrypted=True)
    subject_mark: str = text(MARK_LENGTH, unique=True)
    shown: str = personal(SHOWN_LENGTH, encrypted=True)
    came_at: datetime = moment(index=True)
