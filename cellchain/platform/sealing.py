"""Cells: how a personal or secret value lies in its table, and what the ledger says of it.

A cell is one text that carries its own salt: `s1:<salt>:<value>`, or `e1:<nonce and ciphertext>` when it is encrypted
with the field key. The ledger holds SHA-256 of the cell, a salted commitment: replay proves the cell, nobody learns the
value, and erasing the cell leaves nothing behind while the chain stays whole.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

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


def commitment_of(cell_text: str) -> str:
    """SHA-256 over a stored cell, marked as such."""
    return "sha256:" + hashlib.sha256(cell_text.encode()).hexdigest()


class Sealer:
    """Makes and opens cells with the site's field key. `entropy(n)` gives n random bytes."""

    def __init__(self, field_key: bytes, entropy: Callable[[int], bytes]) -> None:
        ensure(len(field_key) == 32, "the field key has 256 bits")
        self._cipher = AESGCM(field_key)
        self._entropy = entropy
        self._fingerprint_key = hashlib.sha256(b"cellchain fingerprint" + field_key).digest()

    def random(self, size: int) -> bytes:
        """`size` random bytes from the same source as the salts."""
        return self._entropy(size)

    def fingerprint(self, text: str) -> str:
        """A keyed digest: tells whether two texts are equal, and nobody without the key can try values against it."""
        return hmac.new(self._fingerprint_key, text.encode(), hashlib.sha256).hexdigest()

    def salted(self, value: str) -> Cell:
        """A cell that hides its value from the ledger, not from the table."""
        return Cell(f"s1:{self._entropy(SALT_BYTES).hex()}:{value}")

    def encrypted(self, value: str) -> Cell:
        """A cell that hides its value from whoever has the database without the field key."""
        nonce = self._entropy(NONCE_BYTES)
        return Cell("e1:" + base64.b64encode(nonce + self._cipher.encrypt(nonce, value.encode(), None)).decode())

    def open(self, text: str) -> str:
        """The value in a stored cell. Raises ValueError for a text that is no cell of ours or was altered."""
        if text.startswith("s1:"):
            return text.split(":", 2)[2]
        if not text.startswith("e1:"):
            raise ValueError("not a cell")
        try:
            raw = base64.b64decode(text[3:], validate=True)
            # The last digit of base64 has bits that decode to nothing: a text altered there is altered all the same.
            ensure(base64.b64encode(raw).decode() == text[3:], "a cell is written in one way")
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
        except Exception as error:
            raise ValueError("a cell does not open with this key") from error
