"""Reading who accepted which version of the agreement on signatures."""

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts.agreement.models import AgreementAccepted
from cellchain.platform.db import ReadTx

PEOPLE_MAX = 2_000
ACCEPTED_BY = select(func.max(AgreementAccepted.version)).where(col(AgreementAccepted.person) == bindparam("person"))
OF_PERSON = (
    select(AgreementAccepted)
    .where(col(AgreementAccepted.person) == bindparam("person"))
    .order_by(col(AgreementAccepted.version).desc())
)
OF_VERSION = select(AgreementAccepted.person).where(col(AgreementAccepted.version) == bindparam("version"))


def accepted_by(tx: ReadTx, person: str) -> int | None:
    """The version that somebody accepted last, or None."""
    found: int | None = tx.one(ACCEPTED_BY, person=person)
    return found


def acceptances_of(tx: ReadTx, person: str) -> list[AgreementAccepted]:
    """Every version that somebody accepted, the last one first."""
    return tx.many(OF_PERSON, limit=100, person=person)
