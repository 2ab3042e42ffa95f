"""Checkpoints are what C2SP's `tlog-checkpoint` and `signed-note` say, byte for byte."""

import base64
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellchain.ledger import notes, standalone

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROOT = sha256(b"a root").digest()
# The example of the signed-note format that implementations share.
VERIFIER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
THEIRS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_example_of_the_format_is_read_by_our_own_rules() -> None:
    name, key_id, encoded = VERIFIER_KEY.split("+", 2)
    kind, raw = base64.b64decode(encoded)[:1], base64.b64decode(encoded)[1:]
    key = Ed25519PublicKey.from_public_bytes(raw)
    assert kind == notes.ED25519
    assert notes._key_id(name, key).hex() == key_id
    text, _, signature = THEIRS.partition("\n\n")
    blob = base64.b64decode(signature.strip().rpartition(" ")[2])
    assert blob[:4].hex() == key_id
    key.verify(blob[4:], (text + "\n").encode())


def test_our_checkpoint_is_made_as_the_format_says() -> None:
    """Each line built by hand from the text of the specifications, with a key of known bytes."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key().public_bytes_raw()
    name = "cellchain/" + sha256(public).hexdigest()[:8]
    body = f"{name}\n12345\n{base64.b64encode(ROOT).decode()}\ntime 2026-03-02T08:00:00.000000Z\n"
    key_id = sha256(name.encode() + b"\x0a" + b"\x01" + public).digest()[:4]
    line = base64.b64encode(key_id + key.sign(body.encode())).decode()
    assert notes.sign(12345, ROOT, AT, key) == f"{body}\n\u2014 {name} {line}\n"


def test_the_whole_note_is_known_beforehand() -> None:
    """A vector that fixes every byte, so that a change of the format cannot slip through both sides at once."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert sha256(notes.sign(12345, ROOT, AT, key).encode()).hexdigest() == VECTOR


def test_a_note_with_signatures_of_others_is_read() -> None:
    """A witness may add a signature of its own, of any kind; what we do not know is passed over."""
    key = Ed25519PrivateKey.generate()
    note = notes.sign(3, ROOT, AT, key)
    text, _, signature = note.partition("\n\n")
    other = f"{notes.SIGNED_BY}witness.example/one {base64.b64encode(b'1234' + bytes(72)).decode()}\n"
    for both in (f"{text}\n\n{other}{signature}", f"{text}\n\n{signature}{other}"):
        assert notes.check(both, key.public_key()).size == 3
        assert standalone.Keys([key.public_key()]).read(both) == (3, ROOT)


@pytest.mark.parametrize("place", range(0, 217, 7))
def test_one_letter_changed_proves_nothing(place: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    note = notes.sign(12345, ROOT, AT, key)
    other = note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
    with pytest.raises(ValueError, match=r"checkpoint|known key|size|root"):
        notes.check(other, key.public_key())
    with pytest.raises((standalone.Broken, ValueError)):
        standalone.Keys([key.public_key()]).read(other)


VECTOR = "3a19b08dbc31e2627dd7573927467ac03a5a20341d0d0c385275adaeda94e450"
