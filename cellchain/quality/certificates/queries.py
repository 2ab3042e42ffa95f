"""Certificates that were issued: by their number, or by the file that somebody holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.ledger import queries as ledger
from cellchain.platform.db import ReadTx
from cellchain.quality.certificates.models import Certificate
from cellchain.quality.certificates.rules import CertificateForm, CertificateLanguage

ISSUED = "quality:certificate:issued"
ENTRIES_MAX = 1_000
WITH_DIGEST = select(Certificate).where(col(Certificate.digest) == bindparam("digest"))


@dataclass(frozen=True)
class IssuedFacts:
    """A certificate as the ledger knows it. See `models.Certificate`."""

    number: int
    lot: str
    form: CertificateForm
    language: CertificateLanguage
    digest: str
    size_bytes: int
    facts_hash: str
    entries_count: int
    root: str
    seal: str
    asked_by: str
    issued_at: datetime

    @property
    def names(self) -> tuple[str, str, str]:
        """What it is a certificate of: lot, form, language."""
        return self.lot, self.form.value, self.language.value


def issued(tx: ReadTx, number: int) -> IssuedFacts | None:
    """The certificate with this number; None where none was issued under it."""
    return _facts(tx.find(Certificate, number))


def issued_as(tx: ReadTx, digest: str) -> IssuedFacts | None:
    """The certificate whose file has this SHA-256."""
    return _facts(tx.one(WITH_DIGEST, digest=digest))


def entry_of(tx: ReadTx, one: IssuedFacts) -> int | None:
    """The number of the ledger's entry that issued it; None where it is older than what is looked through."""
    about = ledger.entries_about(tx, one.lot, ENTRIES_MAX)
    return next((entry.seq for entry in about if entry.event == ISSUED and one.digest in entry.body), None)


def _facts(row: Any) -> IssuedFacts | None:
    if row is None:
        return None
    return IssuedFacts(**{name: getattr(row, name) for name in IssuedFacts.__dataclass_fields__})
