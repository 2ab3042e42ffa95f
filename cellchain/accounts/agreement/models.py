"""The table of who accepted which version of the agreement on signatures."""

from datetime import datetime

from sqlalchemy import UniqueConstraint

from cellchain.platform.columns import Record, key, moment, number, reference, text


class AgreementAccepted(Record, table=True):
    """Somebody read a version of the agreement and signed that they accept it. `words` is the SHA-256 of its points."""

    __tablename__ = "accounts_agreement"
    __table_args__ = (UniqueConstraint("person", "version", name="once_a_version"),)

    id: int | None = key()
    person: str = reference("accounts_person.code")
    version: int = number()
    words: str = text(64)
    accepted_at: datetime = moment()
