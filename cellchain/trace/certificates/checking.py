"""Whether a signed PDF is, byte for byte, what was signed.

Stricter than a reader of PDFs: such a reader lets a later revision fill in forms or add marks, here anything after the
signature is a change; and the room that the signature was written into has to look as the signer left it.
"""

import logging
import re
from io import BytesIO
from resource import RLIMIT_AS, setrlimit

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel, TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from cellchain.trace.certificates.rules import Finding, Verdict

MEMORY_BYTES = 1_500_000_000
HEADER = b"%PDF-"
# What a signature leaves in a file even where the file can no longer be read.
TRACES = (b"/ByteRange", b"/Contents <30", b"/ETSI.CAdES")
# Digits of one case alone: a letter that was made large or small is a change that no number shows.
_ROOM = re.compile(rb"<([0-9A-F]*|[0-9a-f]*)>")

# What the library says of a file is what its maker wrote: it reaches no log.
for name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def limit_memory() -> None:
    """For a process of its own: a file made to exhaust it takes down that alone."""
    setrlimit(RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def check(content: bytes) -> Finding:
    """What the file shows, whoever signed it. Raises nothing: what cannot be read was not signed like this."""
    if not content.startswith(HEADER):
        return Finding(Verdict.NO_PDF)
    try:
        return _found(content)
    except Exception:  # a file that somebody made up may break a parser in any way
        return _without_signature(content)


def _without_signature(content: bytes) -> Finding:
    was_signed = any(trace in content for trace in TRACES)
    return Finding(Verdict.CHANGED if was_signed else Verdict.UNSIGNED)


def _found(content: bytes) -> Finding:
    reader = PdfFileReader(BytesIO(content), strict=True)
    signatures = reader.embedded_signatures
    if not signatures:
        return _without_signature(content)
    signature = signatures[0]
    trusted = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    status = validate_pdf_signature(signature, trusted, skip_diff=True)
    holds = (
        len(signatures) == 1
        and status.intact
        and status.valid
        and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and _room_is_untouched(content, signature)
    )
    if not holds:
        return Finding(Verdict.CHANGED)
    stamp = _stamp(status)
    return Finding(
        Verdict.INTACT,
        signer=_name(signature.signer_cert),
        fingerprint=signature.signer_cert.sha256.hex(),
        signed_at=signature.self_reported_timestamp,
        stamped_at=None if stamp is None else stamp.timestamp,
        stamped_by="" if stamp is None else _name(stamp.signing_cert),
    )


def _room_is_untouched(content: bytes, signature: EmbeddedPdfSignature) -> bool:
    """No signature covers its own room: it has to hold the signature and nothing but zeros behind it."""
    _, first, second, _ = signature.byte_range
    room = _ROOM.fullmatch(content[first:second])
    if room is None:
        return False
    written = bytes.fromhex(room[1].decode())
    der: bytes = cms.ContentInfo.load(written).dump()
    return written == der + bytes(len(written) - len(der))


def _stamp(status: PdfSignatureStatus) -> TimestampSignatureStatus | None:
    """The timestamp over the signature, if it is sound; whose authority it is, is for the reader to judge."""
    stamp = status.timestamp_validity
    return stamp if stamp is not None and stamp.intact and stamp.valid else None


def _name(certificate: x509.Certificate) -> str:
    """Whose certificate it is: its common name, or all that it says."""
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)
