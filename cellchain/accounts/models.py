"""People and what they hold."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy import text as sql

from cellchain.accounts.agreement.models import AgreementAccepted as AgreementAccepted
from cellchain.accounts.directory.models import DirectoryArrival as DirectoryArrival
from cellchain.accounts.directory.models import DirectoryLink as DirectoryLink
from cellchain.accounts.directory.models import SigningPin as SigningPin
from cellchain.accounts.emergency.models import EmergencyAccess as EmergencyAccess
from cellchain.accounts.expiry.models import LastDay as LastDay
from cellchain.accounts.moves.models import Move as Move
from cellchain.accounts.one_time.models import OneTimeCode as OneTimeCode
from cellchain.accounts.qualified.models import QualifiedMark as QualifiedMark  # the table of the room inside this one
from cellchain.accounts.review.models import AccessReview as AccessReview
from cellchain.accounts.review.models import ReviewLine as ReviewLine
from cellchain.accounts.rules import BadgePhase, DecisionPhase, GrantPhase, PersonPhase, Role, StationKind
from cellchain.accounts.second_factor.models import Challenge as Challenge
from cellchain.accounts.second_factor.models import Passkey as Passkey
from cellchain.accounts.second_factor.models import Phone as Phone
from cellchain.accounts.second_factor.models import RecoveryCode as RecoveryCode
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    code,
    day,
    flag,
    key,
    moment,
    outside_ledger,
    personal,
    reference,
    secret,
    text,
)


class Person(Record, table=True):
    """Somebody who works here. The code stands in the ledger; the name only in this table, encrypted.

    The account counts through `last_day`, a day of the site, where there is one.
    """

    __tablename__ = "accounts_person"
    __table_args__ = (chosen("phase", PersonPhase),)

    code: str = code(primary_key=True)
    username: str = text(40, unique=True)
    name: str = personal(80, encrypted=True)
    initials: str = text(24)
    phase: PersonPhase = choice(PersonPhase)
    registered_at: datetime = moment()
    last_day: date | None = day(optional=True)


class Credential(Record, table=True):
    """What a person proves themselves with: argon2 hashes, never the secret itself."""

    __tablename__ = "accounts_credential"

    person: str = reference("accounts_person.code", primary_key=True)
    password_hash: str | None = secret(200, optional=True)
    pin_hash: str | None = secret(200, optional=True)
    set_at: datetime = moment()
    # The password is short: it was fit beside a second factor, and counts beside one alone.
    needs_second_factor: bool = flag(default=False)


class Grant(Record, table=True):
    """A role given to a person, until `last_day` where there is one. Guarded roles wait for a second person's
    signature."""

    __tablename__ = "accounts_grant"
    __table_args__ = (
        chosen("phase", GrantPhase),
        chosen("role", Role),
        Index(
            "uq_accounts_grant_live",
            "person",
            "role",
            unique=True,
            sqlite_where=sql("phase <> 'revoked'"),
            postgresql_where=sql("phase <> 'revoked'"),
        ),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    role: Role = choice(Role)
    phase: GrantPhase = choice(GrantPhase)
    granted_by: str = text(14)
    granted_at: datetime = moment()
    ended_at: datetime | None = moment(optional=True)
    last_day: date | None = day(optional=True)


class Badge(Record, table=True):
    """A card with a code of its own that names a person and proves nothing alone."""

    __tablename__ = "accounts_badge"
    __table_args__ = (
        chosen("phase", BadgePhase),
        Index(
            "uq_accounts_badge_live",
            "person",
            unique=True,
            sqlite_where=sql("phase = 'live'"),
            postgresql_where=sql("phase = 'live'"),
        ),
    )

    code: str = code(primary_key=True)
    person: str = reference("accounts_person.code")
    phase: BadgePhase = choice(BadgePhase)
    issued_at: datetime = moment()
    ended_at: datetime | None = moment(optional=True)


class Station(Record, table=True):
    """A place with a screen and a scanner that an administrator enrolled; its cookie names it in every entry."""

    __tablename__ = "accounts_station"
    __table_args__ = (chosen("kind", StationKind),)

    name: str = text(40, primary_key=True)
    kind: StationKind = choice(StationKind)
    token_hash: str = secret(64)
    enrolled_at: datetime = moment()
    in_use: bool = flag()


class Training(Record, table=True):
    """What a person was trained in, and until when it counts."""

    __tablename__ = "accounts_training"

    id: int | None = key()
    person: str = reference("accounts_person.code")
    topic: str = text(120)
    trained_on: date = day()
    valid_until: date | None = day(optional=True)


class Decision(Record, table=True):
    """A decision that waits for, or has, its second person's signature."""

    __tablename__ = "accounts_decision"
    __table_args__ = (chosen("phase", DecisionPhase),)

    id: int | None = key()
    event: str = text(80)
    subject: str = text(40, index=True)
    permission: str = text(80)
    phase: DecisionPhase = choice(DecisionPhase)
    asked_by: str = text(14)
    asked_at: datetime = moment()
    given_by: str | None = text(14, optional=True)
    given_at: datetime | None = moment(optional=True)


class WebSession(Record, table=True):
    """A signed-in person at a browser or a script. The table holds a hash of the token."""

    __tablename__ = "accounts_web_session"
    __table_args__ = outside_ledger("who is signed in now; each opening and closing has its entry")

    token_hash: str = text(64, primary_key=True)
    person: str = text(14, index=True)
    device: str | None = text(40, optional=True)
    method: str = text(20)
    csrf: str = text(64)
    opened_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment()


class FailedSignIn(Record, table=True):
    """A failed attempt, counted against the name that was tried, and against the address it came from.

    `sprayed_from` is a keyed digest of that address; None at an enrolled station, whose people are no spray.
    """

    __tablename__ = "accounts_failed_sign_in"
    __table_args__ = outside_ledger("counts failed sign-ins for a quarter of an hour; each has its entry")

    id: int | None = key()
    tried: str = text(64, index=True)
    sprayed_from: str | None = text(64, optional=True, index=True)
    at: datetime = moment(index=True)
