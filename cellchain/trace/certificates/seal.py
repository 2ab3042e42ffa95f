"""The site's certificate for documents: made here for a demonstration, or brought in as PKCS#12 from an authority.

It lies in the `keys/` folder as the other keys do: `documents.pem` holds key and certificates and is the owner's alone,
`documents.crt` the certificate for everybody. One that was replaced stays as `retired-….crt`, for what it signed.
"""

import hashlib
from dataclasses import field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.platform.files import READABLE, DataDir, write_atomically, write_once

SECRET, PUBLIC, RETIRED = "documents.pem", "documents.crt", "retired-*.crt"
NAME_MAX = 64  # X.520
VALID_FOR = timedelta(days=3 * 365)
# Clocks of readers differ a little; a certificate that begins this moment may look not begun.
BACKDATED = timedelta(minutes=5)
RSA_BITS_MIN = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


@dataclass(frozen=True)
class Seal:
    """The site's certificate with its key. `pem` holds both, and is never shown, logged or stored elsewhere."""

    certificate: x509.Certificate
    pem: bytes

    def __repr__(self) -> str:
        return f"Seal({self.fingerprint[:12]})"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return fingerprint_of(self.certificate)

    @property
    def common_name(self) -> str:
        """Whose certificate it is, in short."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else self.certificate.subject.rfc4514_string()

    @property
    def until(self) -> datetime:
        """When it ends (UTC)."""
        return self.certificate.not_valid_after_utc


@dataclass(frozen=True)
class Signing:
    """How a file is to be signed. `seal` is the PEM of the site's key and certificates, the site's own first."""

    seal: bytes = field(repr=False)
    at: datetime
    site: str
    reason: str
    timestamp_url: str | None = None


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def held(folder: DataDir) -> Seal | None:
    """The site's certificate, or None where it has none. Raises Refused `seal.damaged`."""
    place = folder.keys_folder / SECRET
    if not place.exists():
        return None
    pem = place.read_bytes()
    try:
        return Seal(x509.load_pem_x509_certificates(pem)[0], pem)
    except (ValueError, IndexError) as error:
        raise Refused(
            "seal.damaged", "The site's certificate in {place} is damaged. Import it again.", place=str(place)
        ) from error


def known(folder: DataDir) -> frozenset[str]:
    """The fingerprints of the certificates that this site signs or signed documents with."""
    return frozenset(
        fingerprint_of(certificate)
        for file in sorted((*folder.keys_folder.glob(PUBLIC), *folder.keys_folder.glob(RETIRED)))
        for certificate in read_certificates(file.read_bytes())[:1]
    )


def read_certificates(content: bytes) -> list[x509.Certificate]:
    """Certificates out of PEM or DER. Raises Refused `seal.no_certificate`."""
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise Refused("seal.no_certificate", "This file holds no X.509 certificate. Name a PEM or DER file.") from error


def make(folder: DataDir, name: str, now: datetime, *, replace: bool = False) -> Seal:
    """A certificate that the site signs itself, for three years: a change shows, but nobody else vouches for the name.

    Raises Refused `seal.exists`, `seal.no_name`.
    """
    if not 0 < len(name.strip()) <= NAME_MAX:
        raise Refused(
            "seal.no_name",
            "A certificate names its owner in 1 to {most} characters. Give such a name with --name.",
            most=NAME_MAX,
        )
    key = ec.generate_private_key(ec.SECP256R1())
    owner = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name.strip())])
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(owner)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _keep(folder, key, [certificate], replace=replace)


def bring_in(folder: DataDir, content: bytes, password: bytes, now: datetime, *, replace: bool = False) -> Seal:
    """Take over the key and certificates of a PKCS#12 file.

    Raises Refused `seal.exists`, `.unreadable`, `.incomplete`, `.weak`, `.expired`, `.not_for_signing`.
    """
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password or None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused(
            "seal.unreadable", "This is no PKCS#12 file, or its password is another one. Check both, then repeat."
        ) from error
    if key is None or certificate is None:
        raise Refused("seal.incomplete", "The file needs the key and its certificate. Export both together.")
    if not _is_strong(key):
        raise Refused(
            "seal.weak",
            "Documents are signed with RSA of {bits} bits or more, or a NIST curve. Get such a certificate.",
            bits=RSA_BITS_MIN,
        )
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise Refused(
            "seal.expired",
            "This certificate counts from {begin} to {end}. Import one that counts now.",
            begin=certificate.not_valid_before_utc,
            end=certificate.not_valid_after_utc,
        )
    if not _may_sign(certificate):
        raise Refused("seal.not_for_signing", "This certificate may not sign documents. Get one that may.")
    return _keep(folder, key, [certificate, *others], replace=replace)


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether its uses, if it names any, have signatures among them."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _is_strong(key: PrivateKeyTypes) -> bool:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.key_size >= RSA_BITS_MIN
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, CURVES)


def _keep(folder: DataDir, key: PrivateKeyTypes, certificates: list[x509.Certificate], *, replace: bool) -> Seal:
    """Write both files: the public one first, so that whatever is signed can be checked."""
    before = held(folder)
    if before is not None and not replace:
        raise Refused(
            "seal.exists",
            "This site has a certificate already, {name}. Add --replace to put another in its place; what it signed "
            "stays good.",
            name=before.common_name,
        )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)
    folder.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if before is not None:
        kept = before.certificate.public_bytes(serialization.Encoding.PEM)
        name = f"retired-{hashlib.sha256(kept).hexdigest()[:8]}.crt"
        write_once(folder.keys_folder / name, kept, mode=READABLE)
    write_atomically(folder.keys_folder / PUBLIC, public, mode=READABLE)
    write_atomically(folder.keys_folder / SECRET, secret + public)
    return Seal(certificates[0], secret + public)
