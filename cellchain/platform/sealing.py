"""Cells: how a personal or secret value lies in its table, and what the ledger says of it.

A cell is one text that carries its own salt: `s1:<salt>:<value>`, or `e1:<nonce and ciphertext>` when it is encrypted
with the first field key of the house, `e2:<name of the key>:<nonce and ciphertext>` with one that came later. The
ledger holds SHA-256 of the cell, a salted commitment: replay proves the cell, nobody learns the value, and erasing the
cell leaves nothing behind while the chain stays whole.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cellchain.kernel.ensure import ensure
from cellchain.kernel.values import dataclass

SALT_BYTES = 16
NONCE_BYTES = 12


# What stands where a personal value was erased: a cell like any other, with nothing in it.
ERASED = "s1::█████"


@dataclass(frozen=True)
class Cell:
    """The stored form of one personal or secret value."""

    text: str

    @property
    def commitment(self) -> str:
        """What the ledger holds in place of the value."""
        return commitment_of(self.text)


def name_of(key: bytes) -> str:
    """What a secret key is called, in a cell and in the ledger: 64 bits of a digest, which tell nothing of the key."""
    return hashlib.sha256(b"cellchain key name" + key).hexdigest()[:16]


def commitment_of(cell_text: str) -> str:
    """SHA-256 over a stored cell, marked as such."""
    return "sha256:" + hashlib.sha256(cell_text.encode()).hexdigest()


def is_encrypted(text: str) -> bool:
    """Whether a stored cell needs a key."""
    return text.startswith(("e1:", "e2:"))


class Sealer:
    """Makes cells with the site's field key, and opens them with that one and those before it.

    entropy  gives so many random bytes
    older    the keys that were in use before `field_key`, the first one first

    Keyed digests stay with the first key: what is found by one was written down by nobody, and cannot be made anew.
    """

    def __init__(self, field_key: bytes, entropy: Callable[[int], bytes], older: Sequence[bytes] = ()) -> None:
        ensure(all(len(key) == 32 for key in (field_key, *older)), "the field key has 256 bits")
        first = [*older, field_key][0]
        self._prefixes = {key: "e1:" if key == first else f"e2:{name_of(key)}:" for key in (*older, field_key)}
        self._ciphers = {prefix: AESGCM(key) for key, prefix in self._prefixes.items()}
        self.prefix = self._prefixes[field_key]
        self._entropy = entropy
        self._fingerprint_key = hashlib.sha256(b"cellchain fingerprint" + first).digest()

    def random(self, size: int) -> bytes:
        """`size` random bytes from the same source as the salts."""
        return self._entropy(size)

    def fingerprint(self, text: str) -> str:
        """A keyed digest: tells whether two texts are equal, and nobody without the key can try values against it."""
        return hmac.digest(self._fingerprint_key, text.encode(), "sha256").hex()

    def salted(self, value: str) -> Cell:
        """A cell that hides its value from the ledger, not from the table."""
        return Cell(f"s1:{self._entropy(SALT_BYTES).hex()}:{value}")

    def encrypted(self, value: str) -> Cell:
        """A cell that hides its value from whoever has the database without the field key."""
        nonce = self._entropy(NONCE_BYTES)
        box = nonce + self._ciphers[self.prefix].encrypt(nonce, value.encode(), None)
        return Cell(self.prefix + base64.b64encode(box).decode())

    def resealed(self, cell: Cell) -> Cell | None:
        """The value of a cell under the key in use, or None where it lies under that one or is not encrypted.

        Raises ValueError as `open`.
        """
        if not is_encrypted(cell.text) or cell.text.startswith(self.prefix):
            return None
        return self.encrypted(self.open(cell.text))

    def open(self, text: str) -> str:
        """The value in a stored cell. Raises ValueError for a text that is no cell of ours or was altered."""
        if text.startswith("s1:"):
            return text.split(":", 2)[2]
        if not is_encrypted(text):
            raise ValueError("not a cell")
        try:
            box = text[text.rindex(":") + 1 :]
            cipher = self._ciphers[text.removesuffix(box)]
            raw = base64.b64decode(box, validate=True)
            # The last digit of base64 has bits that decode to nothing: a text altered there is altered all the same.
            ensure(base64.b64encode(raw).decode() == box, "a cell is written in one way")
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
        except Exception as error:
            raise ValueError("a cell does not open with this key") from error
