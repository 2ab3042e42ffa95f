"""Signing a PDF: PAdES-B-B with the site's certificate, B-T where a timestamp authority is named.

Only a process beside the application imports this module: loading pyHanko takes half a second, and neither it nor the
network of a timestamp authority is to hold up anybody.
"""

from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import keys, pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from cellchain.trace.certificates.seal import Signing

FIELD = "Site"
TIMESTAMP_S = 10


class _AtGivenTime(PdfSigner):
    """A signer whose time is the application's clock, not that of the process it happens to run in."""

    def __init__(self, at: datetime, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.at = at

    def init_signing_session(self, *given: Any, **more: Any) -> Any:
        """As the library does it, at the given time."""
        session = super().init_signing_session(*given, **more)
        session.system_time = self.at
        return session


def sign(content: bytes, how: Signing) -> bytes:
    """The PDF with its signature. Raises pyHanko's TimestampRequestError where no timestamp is to be had."""
    key, certificates = _opened(how.seal)
    chain: Any = SimpleCertificateStore
    signer = SimpleSigner(certificates[0], key, chain.from_certs(certificates[1:]))
    meaning = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=how.reason,
        location=how.site,
        name=certificates[0].subject.native.get("common_name"),
        subfilter=SigSeedSubFilter.PADES,
    )
    authority = None
    if how.timestamp_url is not None:
        authority = HTTPTimeStamper(how.timestamp_url, timeout=TIMESTAMP_S)
    made = _AtGivenTime(how.at, meaning, signer, timestamper=authority)
    return bytes(made.sign_pdf(IncrementalPdfFileWriter(BytesIO(content))).getvalue())


def _opened(seal: bytes) -> tuple[keys.PrivateKeyInfo, list[x509.Certificate]]:
    blocks = [(kind, der) for kind, _, der in pem.unarmor(seal, multiple=True)]
    [key] = [keys.PrivateKeyInfo.load(der) for kind, der in blocks if kind == "PRIVATE KEY"]
    return key, [x509.Certificate.load(der) for kind, der in blocks if kind == "CERTIFICATE"]
