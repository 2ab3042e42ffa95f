"""The table of issued certificates: what is needed to know a file in somebody's hands again."""

from datetime import datetime

from cellchain.platform.columns import Record, choice, chosen, moment, number_key, reference, text
from cellchain.platform.columns import code as identifier
from cellchain.platform.columns import number as whole
from cellchain.quality.certificates.rules import CertificateForm, CertificateLanguage


class Certificate(Record, table=True):
    """A certificate that was signed and lies in the data folder. One number is one file for ever.

    number         as printed on it
    digest         SHA-256 of the file, `size_bytes` how long it is
    facts_hash     fingerprint of what it was made from
    entries_count  how far the ledger was when it was read, and `root` the Merkle root over these entries
    seal           SHA-256 of the site's certificate that it was signed with
    """

    __tablename__ = "quality_certificate"
    __table_args__ = (chosen("form", CertificateForm), chosen("language", CertificateLanguage))

    number: int = number_key()
    lot: str = reference("manufacturing_lot.code")
    form: CertificateForm = choice(CertificateForm)
    language: CertificateLanguage = choice(CertificateLanguage)
    digest: str = text(64, unique=True)
    size_bytes: int = whole()
    facts_hash: str = text(64)
    entries_count: int = whole()
    root: str = text(64)
    seal: str = text(64)
    asked_by: str = identifier()
    issued_at: datetime = moment()
