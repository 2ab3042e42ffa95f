"""The tables of second factors."""

from datetime import datetime

from sqlalchemy import Index

from cellchain.accounts.second_factor.rules import FactorPhase, RecoveryPhase
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    key,
    moment,
    number,
    only_while,
    outside_ledger,
    reference,
    secret,
    text,
)

CREDENTIAL_LENGTH = 700
PUBLIC_KEY_LENGTH = 1_200


class Phone(Record, table=True):
    """An application that shows codes. Its secret is encrypted; `last_step` is the half minute last used."""

    __tablename__ = "accounts_phone"
    __table_args__ = (
        chosen("phase", FactorPhase),
        Index("uq_accounts_phone_active", "person", unique=True, **only_while("phase = 'active'")),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    secret: str = secret(64, encrypted=True)
    phase: FactorPhase = choice(FactorPhase)
    last_step: int = number()
    enrolled_at: datetime = moment()
    ended_at: datetime | None = moment(optional=True)


class RecoveryCode(Record, table=True):
    """A code on paper, as a keyed digest. It counts once."""

    __tablename__ = "accounts_recovery_code"
    __table_args__ = (chosen("phase", RecoveryPhase),)

    id: int | None = key()
    person: str = reference("accounts_person.code")
    digest: str = secret(64)
    phase: RecoveryPhase = choice(RecoveryPhase)
    made_at: datetime = moment()
    ended_at: datetime | None = moment(optional=True)


class Passkey(Record, table=True):
    """A key pair of a person's device (WebAuthn). Only its public half is here; `sign_count` is its own counter."""

    __tablename__ = "accounts_passkey"
    __table_args__ = (chosen("phase", FactorPhase),)

    id: int | None = key()
    person: str = reference("accounts_person.code")
    credential: str = text(CREDENTIAL_LENGTH, unique=True)
    public_key: str = text(PUBLIC_KEY_LENGTH)
    sign_count: int = number()
    name: str = text(40)
    phase: FactorPhase = choice(FactorPhase)
    added_at: datetime = moment()
    used_at: datetime | None = moment(optional=True)
    ended_at: datetime | None = moment(optional=True)


class Challenge(Record, table=True):
    """What a browser was asked to prove and has not yet: random, kept as a hash, and taken once.

    `bound` is what it is about: the digest of an order that is to be signed, or the name under which attempts count.
    """

    __tablename__ = "accounts_challenge"
    __table_args__ = outside_ledger("questions to browsers, each for five minutes; what they proved has its entry")

    digest: str = text(64, primary_key=True)
    purpose: str = text(20)
    person: str | None = text(14, optional=True)
    bound: str | None = text(64, optional=True)
    expires_at: datetime = moment(index=True)
