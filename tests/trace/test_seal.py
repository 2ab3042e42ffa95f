"""The site's certificate for documents, and what it shows: a file that was changed in any way is told from one that was
not."""

import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen.canvas import Canvas

from cellchain.kernel.errors import Refused
from cellchain.platform.files import DataDir
from cellchain.trace.certificates import checking, rules, seal, signing
from cellchain.trace.certificates.rules import Verdict
from cellchain.trace.certificates.seal import Seal, Signing

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
NAME = "Пример: клиника"
PASSWORD = b"right horse"
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path)


def a_pdf(text: str = "hello") -> bytes:
    kept = BytesIO()
    canvas = Canvas(kept, invariant=1)
    canvas.drawString(100, 700, text)
    canvas.save()
    return kept.getvalue()


def signed(own: Seal, content: bytes | None = None, **more: Any) -> bytes:
    return signing.sign(content or a_pdf(), Signing(own.pem, NOW, "Example Clinic", "release LT 1", **more))


def certificate(
    key: Any, name: str = "Example authority", *, begin: datetime = NOW - DAY, end: datetime = NOW + DAY, **more: Any
) -> x509.Certificate:
    """A certificate that names its own key; `usage` are key usages, `purpose` an extended one."""
    owner = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder().subject_name(owner).issuer_name(owner).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
    if "usage" in more:
        built = built.add_extension(more["usage"], critical=True)
    if "purpose" in more:
        built = built.add_extension(x509.ExtendedKeyUsage([more["purpose"]]), critical=True)
    return built.sign(key, hashes.SHA256())


def package(key: Any, made: x509.Certificate | None, password: bytes = PASSWORD) -> bytes:
    return pkcs12.serialize_key_and_certificates(b"site", key, made, None, BestAvailableEncryption(password))


# -- the certificate itself ------------------------------------------------------------------------------------------


def test_a_site_makes_its_own(folder: DataDir) -> None:
    assert seal.held(folder) is None
    assert seal.known(folder) == frozenset()
    made = seal.make(folder, NAME, NOW)
    held = seal.held(folder)
    assert held is not None
    assert (held.fingerprint, held.common_name, held.until) == (made.fingerprint, NAME, NOW + seal.VALID_FOR)
    assert seal.known(folder) == {made.fingerprint}
    secret, public = folder.keys_folder / seal.SECRET, folder.keys_folder / seal.PUBLIC
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in secret.read_bytes()
    assert b"PRIVATE KEY" not in public.read_bytes()
    assert "PRIVATE" not in repr(held)
    assert "PRIVATE" not in repr(Signing(held.pem, NOW, "Example Clinic", "release"))


def test_another_takes_its_place_and_the_first_stays_known(folder: DataDir) -> None:
    first = seal.make(folder, NAME, NOW)
    paper = signed(first)
    with pytest.raises(Refused) as caught:
        seal.make(folder, NAME, NOW)
    assert caught.value.code == "seal.exists"
    assert seal.held(folder) == first
    second = seal.make(folder, NAME, NOW, replace=True)
    held = seal.held(folder)
    assert held is not None
    assert held.fingerprint == second.fingerprint != first.fingerprint
    assert seal.known(folder) == {first.fingerprint, second.fingerprint}
    assert rules.of_this_site(checking.check(paper), seal.known(folder)) is Verdict.INTACT


@pytest.mark.parametrize("name", ["", "   ", "x" * 65])
def test_it_names_somebody(folder: DataDir, name: str) -> None:
    with pytest.raises(Refused) as caught:
        seal.make(folder, name, NOW)
    assert caught.value.code == "seal.no_name"
    assert seal.held(folder) is None


@pytest.mark.parametrize("key", [rsa.generate_private_key(65_537, 2048), ec.generate_private_key(ec.SECP384R1())])
def test_one_of_an_authority_is_brought_in(folder: DataDir, key: Any) -> None:
    made = certificate(key)
    own = seal.bring_in(folder, package(key, made), PASSWORD, NOW)
    assert own.fingerprint == seal.fingerprint_of(made)
    finding = checking.check(signed(own))
    assert (finding.verdict, finding.signer, finding.signed_at) == (Verdict.INTACT, "Example authority", NOW)


KEY = ec.generate_private_key(ec.SECP256R1())
NO_SIGNING = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=True,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@pytest.mark.parametrize(
    ("content", "password", "code"),
    [
        (package(KEY, certificate(KEY)), b"wrong", "seal.unreadable"),
        (b"nothing", PASSWORD, "seal.unreadable"),
        (b"", b"", "seal.unreadable"),
        (package(None, certificate(KEY)), PASSWORD, "seal.incomplete"),
        (package(KEY, certificate(KEY, end=NOW)), PASSWORD, "seal.expired"),
        (package(KEY, certificate(KEY, begin=NOW + DAY / 2)), PASSWORD, "seal.expired"),
        (package(KEY, certificate(KEY, usage=NO_SIGNING)), PASSWORD, "seal.not_for_signing"),
    ],
)
def test_what_cannot_sign_is_refused(folder: DataDir, content: bytes, password: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        seal.bring_in(folder, content, password, NOW)
    assert caught.value.code == code
    assert seal.held(folder) is None


def test_a_weak_key_is_refused(folder: DataDir) -> None:
    weak = rsa.generate_private_key(65_537, 1024)
    with pytest.raises(Refused) as caught:
        seal.bring_in(folder, package(weak, certificate(weak)), PASSWORD, NOW)
    assert caught.value.code == "seal.weak"


def test_a_damaged_file_says_so(folder: DataDir) -> None:
    seal.make(folder, NAME, NOW)
    (folder.keys_folder / seal.SECRET).write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(Refused) as caught:
        seal.held(folder)
    assert caught.value.code == "seal.damaged"
    with pytest.raises(Refused) as caught:
        seal.read_certificates(b"nothing")
    assert caught.value.code == "seal.no_certificate"


# -- what a signature shows ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    return seal.make(DataDir(tmp_path_factory.mktemp("seal")), NAME, NOW)


@pytest.fixture(scope="module")
def paper(own: Seal) -> bytes:
    return signed(own)


def test_an_unchanged_file_is_said_to_be_so(own: Seal, paper: bytes) -> None:
    finding = checking.check(paper)
    assert finding == rules.Finding(Verdict.INTACT, NAME, own.fingerprint, NOW)
    assert rules.of_this_site(finding, {own.fingerprint}) is Verdict.INTACT
    assert rules.of_this_site(finding, {"0" * 64}) is Verdict.FOREIGN
    assert rules.of_this_site(finding, set()) is Verdict.FOREIGN


def test_no_changed_byte_goes_unnoticed(paper: bytes) -> None:
    """Every byte around the signature's room and a sample of all others, each with one bit of it turned."""
    room = paper.index(b"/Contents <")
    end = paper.index(b">", room)
    places = {*range(room, room + 40), *range(end - 20, min(end + 60, len(paper))), *range(5), len(paper) - 1}
    random = Random(5)
    places |= {random.randrange(len(paper)) for _ in range(120)}
    unnoticed = []
    for place in sorted(places):
        changed = bytearray(paper)
        changed[place] ^= 1 << random.randrange(7)
        if checking.check(bytes(changed)).verdict is Verdict.INTACT:
            unnoticed.append(place)
    assert unnoticed == []


def test_a_letter_of_the_signature_made_small_is_a_change(paper: bytes) -> None:
    room = paper.index(b"/Contents <") + len(b"/Contents <")
    place = next(at for at in range(room, len(paper)) if paper[at : at + 1] in b"ABCDEF")
    changed = paper[:place] + paper[place : place + 1].lower() + paper[place + 1 :]
    assert checking.check(changed).verdict is Verdict.CHANGED


@pytest.mark.parametrize("more", [b"\n", b"%", b"x" * 5000])
def test_anything_added_is_a_change(paper: bytes, more: bytes) -> None:
    assert checking.check(paper + more).verdict is Verdict.CHANGED


def test_a_cut_file_is_changed(paper: bytes) -> None:
    for cut in (1, 7, 300):
        assert checking.check(paper[:-cut]).verdict is Verdict.CHANGED


def test_a_later_revision_is_a_change_even_one_that_readers_allow(paper: bytes) -> None:
    """An update that adds nothing visible: a reader of PDFs may still call the signature valid."""
    writer: Any = IncrementalPdfFileWriter(BytesIO(paper))
    writer.root["/Lang"] = writer.root.raw_get("/Type")
    writer.update_root()
    kept = BytesIO()
    writer.write(kept)
    assert kept.getvalue().startswith(paper)
    assert checking.check(kept.getvalue()).verdict is Verdict.CHANGED


def test_a_second_signature_over_it_is_a_change(paper: bytes, tmp_path: Path) -> None:
    other = seal.make(DataDir(tmp_path), "Somebody else", NOW)
    again = IncrementalPdfFileWriter(BytesIO(paper))
    key, [own] = signing._opened(other.pem)
    how = PdfSignatureMetadata(field_name="Other", md_algorithm="sha256")
    chain: Any = SimpleCertificateStore
    made = PdfSigner(how, SimpleSigner(own, key, chain())).sign_pdf(again).getvalue()
    assert checking.check(made).verdict is Verdict.CHANGED


def test_what_was_never_signed_is_told_apart(paper: bytes) -> None:
    assert checking.check(a_pdf()).verdict is Verdict.UNSIGNED
    assert checking.check(b"").verdict is Verdict.NO_PDF
    assert checking.check(b"PK\x03\x04").verdict is Verdict.NO_PDF
    assert checking.check(b"%PDF-1.4\n").verdict is Verdict.UNSIGNED
    assert checking.check(paper[: len(paper) // 2]).verdict is Verdict.CHANGED


def test_the_same_words_signed_by_another_are_foreign(own: Seal, tmp_path: Path) -> None:
    forged = signed(seal.make(DataDir(tmp_path), NAME, NOW))
    finding = checking.check(forged)
    assert (finding.verdict, finding.signer) == (Verdict.INTACT, NAME)
    assert rules.of_this_site(finding, {own.fingerprint}) is Verdict.FOREIGN


# -- a timestamp of another ------------------------------------------------------------------------------------------


@pytest.fixture
def authority() -> Iterator[str]:
    """A timestamp authority on this machine; gives its address."""
    key = rsa.generate_private_key(65_537, 2048)
    made = certificate(key, "Example TSA", purpose=ExtendedKeyUsageOID.TIME_STAMPING)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    stamper = DummyTimeStamper(
        asn1.Certificate.load(made.public_bytes(serialization.Encoding.DER)),
        keys.PrivateKeyInfo.load(der),
        fixed_dt=NOW + timedelta(seconds=3),
    )

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["content-length"])))
            body = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_timestamp_is_part_of_it(own: Seal, authority: str) -> None:
    stamped = signed(own, timestamp_url=authority)
    finding = checking.check(stamped)
    assert (finding.verdict, finding.stamped_by) == (Verdict.INTACT, "Example TSA")
    assert finding.stamped_at == NOW + timedelta(seconds=3)
    changed = stamped.replace(b"hello", b"jello") if b"hello" in stamped else stamped[:300] + b"x" + stamped[301:]
    assert checking.check(changed).verdict is Verdict.CHANGED


def test_no_answer_means_no_signature(own: Seal) -> None:
    with pytest.raises(TimestampRequestError):
        signed(own, timestamp_url="http://127.0.0.1:9/")
