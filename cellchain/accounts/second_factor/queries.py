"""Reading what people have beside their passwords."""

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts.second_factor.models import Challenge, Passkey, Phone, RecoveryCode
from cellchain.accounts.second_factor.rules import FactorPhase, Factors, RecoveryPhase
from cellchain.platform.db import ReadTx

PASSKEYS_MAX = 20

PHONE = select(Phone).where(col(Phone.person) == bindparam("person"), col(Phone.phase) == FactorPhase.ACTIVE)
RECOVERY_LIVE = (
    select(RecoveryCode)
    .where(col(RecoveryCode.person) == bindparam("person"), col(RecoveryCode.phase) == RecoveryPhase.LIVE)
    .order_by(col(RecoveryCode.id))
)
PASSKEYS = (
    select(Passkey)
    .where(col(Passkey.person) == bindparam("person"), col(Passkey.phase) == FactorPhase.ACTIVE)
    .order_by(col(Passkey.id))
)
PASSKEY = select(Passkey).where(
    col(Passkey.credential) == bindparam("credential"), col(Passkey.phase) == FactorPhase.ACTIVE
)
HAS_PHONE = (
    select(func.count())
    .select_from(Phone)
    .where(col(Phone.person) == bindparam("person"), col(Phone.phase) == FactorPhase.ACTIVE)
)
HAS_PASSKEYS = (
    select(func.count())
    .select_from(Passkey)
    .where(col(Passkey.person) == bindparam("person"), col(Passkey.phase) == FactorPhase.ACTIVE)
)
EXPIRED = select(Challenge).where(col(Challenge.expires_at) <= bindparam("now"))


def factors_of(tx: ReadTx, person: str) -> Factors:
    """What this person has beside the password."""
    return Factors(bool(tx.one(HAS_PHONE, person=person)), tx.one(HAS_PASSKEYS, person=person) or 0)


def passkeys_of(tx: ReadTx, person: str) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    return tx.many(PASSKEYS, limit=PASSKEYS_MAX, person=person)


def phone_of(tx: ReadTx, person: str) -> Phone | None:
    """The application that shows this person's codes."""
    return tx.one(PHONE, person=person)


def recovery_left(tx: ReadTx, person: str) -> int:
    """How many codes on paper a person has left."""
    return len(tx.every(RECOVERY_LIVE, person=person))
