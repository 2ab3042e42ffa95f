"""A file under a passphrase, written and read in one pass and constant memory (docs/operations/sealed-files.md).

    cellchain sealed file 1
    {"chunk":262144,"cipher":"AES-256-GCM","kdf":"argon2id","lanes":4,"memory_kib":65536,"passes":3,...}
    <chunks>

Argon2id makes the key of the passphrase and a salt that no other file has. Each chunk is sealed with AES-256-GCM; its
nonce is its number and whether it is the last one, and both lines of the head go along. So no chunk can be changed,
moved, left out or taken from another file, and no file can be cut (the STREAM construction of Hoang and others,
2015). Chunk 0 seals nothing: it tells a wrong passphrase from a damaged file.
"""

import io
import json
import os
import unicodedata
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass

MAGIC = b"cellchain sealed file "
VERSION = 1
HEAD_BYTES_MAX = 1_000
SALT_BYTES, KEY_BYTES, TAG_BYTES, COUNTER_BYTES = 16, 32, 16, 11
CHUNK_BYTES = 262_144
PASSPHRASE_LENGTH_MIN = 12
# What a head may ask of whoever opens the file: it is read before anything is proven.
MEMORY_KIB_MAX, PASSES_MAX, LANES_MAX, CHUNK_BYTES_MAX = 1_048_576, 16, 16, 4_194_304


@dataclass(frozen=True)
class Cost:
    """What one guess of the passphrase costs (RFC 9106, the second recommended choice)."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 4


CHEAP = Cost(memory_kib=32, passes=1, lanes=1)


def cost_of(name: str) -> Cost:
    """The cost by the name that the settings give it: `cheap` is for tests alone."""
    return CHEAP if name == "cheap" else Cost()


def must_be_strong(passphrase: str) -> None:
    """Raises Refused `sealed.short_passphrase`: whoever finds the file guesses without anybody to stop them."""
    if len(unicodedata.normalize("NFC", passphrase)) < PASSPHRASE_LENGTH_MIN:
        raise Refused(
            "sealed.short_passphrase",
            "The passphrase has less than {least} characters. Take several words that nobody would put together.",
            least=PASSPHRASE_LENGTH_MIN,
        )


class SealingWriter(io.RawIOBase):
    """Seals what is written to it into `target`. It is whole once `finish` was called, and not before."""

    def __init__(
        self, target: BinaryIO, passphrase: str, purpose: str, cost: Cost, *, chunk: int = CHUNK_BYTES
    ) -> None:
        super().__init__()
        must_be_strong(passphrase)
        salt = os.urandom(SALT_BYTES)
        told = {
            **asdict(cost),
            "chunk": chunk,
            "cipher": "AES-256-GCM",
            "kdf": "argon2id",
            "purpose": purpose,
            "salt": salt.hex(),
        }
        self._head = _head(told)
        self._cipher = AESGCM(_key(passphrase, salt, cost))
        self._target = target
        self._chunk = chunk
        self._waiting = bytearray()
        self._number = 0
        target.write(self._head)
        self._seal(b"", last=False)

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        """Take `content`; whole chunks go out, and one is held back, because the last one is marked as such."""
        self._waiting += content
        while len(self._waiting) > self._chunk:
            self._seal(bytes(self._waiting[: self._chunk]), last=False)
            del self._waiting[: self._chunk]
        return len(content)

    def finish(self) -> None:
        """Write the last chunk, which may be empty."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, content: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last=last), content, self._head))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads what was sealed into `source`.

    Raises Refused `sealed.not_sealed`, `sealed.newer`, `sealed.other_purpose`, `sealed.wrong_passphrase`, and at any
    later time `sealed.damaged`. Nothing is given out that is not proven.
    """

    def __init__(self, source: BinaryIO, passphrase: str, purpose: str) -> None:
        super().__init__()
        self._source = source
        self._head, told = _read_head(source)
        if told.get("purpose") != purpose:
            raise Refused(
                "sealed.other_purpose",
                "This file holds {other}, and {wanted} is asked for. Name the other file.",
                other=str(told.get("purpose"))[:40],
                wanted=purpose,
            )
        cost, self._chunk, salt = _asked(told)
        self._cipher = AESGCM(_key(passphrase, salt, cost))
        self._number = 0
        self._ready = b""
        self._done = False
        try:
            self._open(source.read(TAG_BYTES), last=False)
        except InvalidTag as error:
            raise Refused(
                "sealed.wrong_passphrase",
                "The passphrase does not open this file, or its beginning is damaged. Try again, or take another copy.",
            ) from error
        self._next = source.read(self._chunk + TAG_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer` with what is proven; 0 at the end, which is proven too."""
        while not self._ready and not self._done:
            self._advance()
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def drain(self) -> None:
        """Read to the proven end."""
        while self.read(CHUNK_BYTES):
            pass

    def _advance(self) -> None:
        sealed, self._next = self._next, self._source.read(self._chunk + TAG_BYTES)
        last = not self._next
        try:
            self._ready = self._open(sealed, last=last)
        except InvalidTag as error:
            raise Refused(
                "sealed.damaged",
                "This file is damaged or cut after {count} bytes. Nothing was taken from it. Take another copy.",
                count=max(self._number - 1, 0) * self._chunk,
            ) from error
        self._done = last

    def _open(self, sealed: bytes, *, last: bool) -> bytes:
        if len(sealed) < TAG_BYTES:
            raise InvalidTag
        opened = self._cipher.decrypt(_nonce(self._number, last=last), sealed, self._head)
        self._number += 1
        return opened


def is_sealed(head: bytes) -> bool:
    """Whether a file that begins with `head` is one of ours."""
    return head.startswith(MAGIC)


def _head(told: dict[str, Any]) -> bytes:
    line = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    head = MAGIC + str(VERSION).encode() + b"\n" + line + b"\n"
    ensure(len(head) <= HEAD_BYTES_MAX, "the head of a sealed file is short")
    return head


def _read_head(source: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    first = source.readline(len(MAGIC) + 12)
    if not is_sealed(first):
        raise _not_sealed()
    if first != MAGIC + str(VERSION).encode() + b"\n":
        raise Refused(
            "sealed.newer", "A newer cellchain wrote this file, or its beginning is damaged. Use that version."
        )
    second = source.readline(HEAD_BYTES_MAX)
    try:
        told = json.loads(second)
    except ValueError as error:
        raise _not_sealed() from error
    if not isinstance(told, dict) or not second.endswith(b"\n"):
        raise _not_sealed()
    return first + second, cast(dict[str, Any], told)


def _asked(told: dict[str, Any]) -> tuple[Cost, int, bytes]:
    """The cost, the size of a chunk and the salt that a head names, within bounds."""
    numbers = [told.get(name) for name in ("memory_kib", "passes", "lanes", "chunk")]
    bounds = (MEMORY_KIB_MAX, PASSES_MAX, LANES_MAX, CHUNK_BYTES_MAX)
    salt = told.get("salt")
    known = told.get("cipher") == "AES-256-GCM" and told.get("kdf") == "argon2id"
    if not known or not isinstance(salt, str) or len(salt) != 2 * SALT_BYTES:
        raise _not_sealed()
    for number, most in zip(numbers, bounds, strict=True):
        if type(number) is not int or not 0 < number <= most:
            raise _not_sealed()
    memory, passes, lanes, chunk = cast(list[int], numbers)
    try:
        return Cost(max(memory, 8 * lanes), passes, lanes), chunk, bytes.fromhex(salt)
    except ValueError as error:
        raise _not_sealed() from error


def _not_sealed() -> Refused:
    return Refused(
        "sealed.not_sealed", "This is no file that cellchain sealed, or its beginning is damaged. Name another file."
    )


def _key(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    plain = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib)
    return kdf.derive(plain)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(COUNTER_BYTES, "big") + bytes([last])
