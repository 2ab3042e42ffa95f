"""What a certificate is called in the ledger, and that its number is given once. Pure."""

from enum import StrEnum

from cellchain.kernel.errors import Refused


class CertificateForm(StrEnum):
    ANALYSIS = "analysis"
    RELEASE = "release"


class CertificateLanguage(StrEnum):
    EN = "en"
    RU = "ru"


def may_issue(number: int, *, known: bool) -> None:
    """A number is given to one file. Raises Refused `certificate.issued_already`."""
    if known:
        raise Refused(
            "certificate.issued_already",
            "Certificate {number} was issued already. Take the file that there is.",
            number=number,
        )
