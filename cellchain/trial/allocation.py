"""The allocation list: how it is made, sealed, committed to and opened again. Pure; randomness is handed in.

A row's arm and its salt are encrypted under the list key, which is kept apart from the database, before anything is
written. What stands in the open is a leaf a row, SHA-256 over salt, study, row and arm, and the Merkle root over the
leaves. The salt has 128 bits because twenty rows of two arms are few: without it the list is found by trying
(domain.md 6.4). Every sealed row has the same length, so its size tells nothing either.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cellchain.kernel import canonical
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger import merkle

SALT_BYTES = 16
NONCE_BYTES = 12
KEY_BYTES = 32
SEALED_TEXT_BYTES = 160
ROWS_MAX = 400
# Never two: in an open trial the second of a pair is known (domain.md 6.4). Which sizes a list uses stands in no file.
BLOCK_SIZES = (4, 6)

Entropy = Callable[[int], bytes]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Row:
    """One row in the clear. It exists in memory alone, while a list is made or a row is revealed."""

    number: int
    arm: str
    salt: bytes
    block: int


@dataclass(frozen=True)
class SealedRow:
    """One row as it is stored: the encrypted text and the leaf that commits to it."""

    number: int
    sealed: str
    leaf: bytes


def check_blocks(sizes: Sequence[int], ratio_sum: int, enrolment: int) -> None:
    """Raises Refused where a block has a wrong size, the list is too short or too long, or one size stands alone.

    The messages name no size: they would be the one place where it could be read.
    """
    if any(size not in BLOCK_SIZES or size % ratio_sum for size in sizes):
        raise Refused("allocation.block_size", "A block has a size that is not allowed. Choose the sizes again.")
    length = sum(sizes)
    if length < enrolment:
        raise Refused(
            "allocation.too_short", "The list is shorter than the enrolment of {count}. Add blocks.", count=enrolment
        )
    if length > ROWS_MAX:
        raise Refused("allocation.too_long", "A list has at most {count} rows. Leave blocks out.", count=ROWS_MAX)
    if len(set(sizes)) < len(BLOCK_SIZES) and _can_mix(length):
        raise Refused("allocation.not_mixed", "The blocks have all one size, so they could be guessed. Mix the sizes.")


def make(sizes: Sequence[int], arms: Sequence[tuple[str, int]], entropy: Entropy) -> list[Row]:
    """A list of permuted blocks in random order: `arms` are (code, share), `sizes` multiples of the shares' sum."""
    share_sum = sum(share for _, share in arms)
    ensure(sizes and all(size % share_sum == 0 for size in sizes), "a block holds each arm by its share")
    rows: list[Row] = []
    for block, size in enumerate(shuffled(sizes, entropy), start=1):
        drawn = [code for code, share in arms for _ in range(size // share_sum * share)]
        for arm in shuffled(drawn, entropy):
            rows.append(Row(len(rows) + 1, arm, entropy(SALT_BYTES), block))
    return rows


def shuffled(items: Sequence[Item], entropy: Entropy) -> list[Item]:
    """`items` in random order, every order equally likely (Fisher and Yates)."""
    out = list(items)
    for last in range(len(out) - 1, 0, -1):
        other = below(last + 1, entropy)
        out[last], out[other] = out[other], out[last]
    return out


def below(bound: int, entropy: Entropy) -> int:
    """A number from 0 to `bound` - 1, each equally likely: draws beyond a multiple of `bound` are thrown away."""
    ensure(0 < bound <= 256, "one byte is enough for the choice")
    fair = 256 - 256 % bound
    while True:
        drawn = entropy(1)[0]
        if drawn < fair:
            return drawn % bound


def leaf_of(study: str, number: int, arm: str, salt: bytes) -> bytes:
    """The commitment to one row: SHA-256 over the canonical list of salt, study, row and arm."""
    return hashlib.sha256(canonical.dumps([salt.hex(), study, number, arm]).encode()).digest()


def seal(row: Row, study: str, list_key: bytes, entropy: Entropy) -> SealedRow:
    """`row` encrypted under the list key and bound to its place, so that two rows cannot be exchanged."""
    text = canonical.dumps({"arm": row.arm, "salt": row.salt.hex(), "block": row.block}).encode()
    ensure(len(text) <= SEALED_TEXT_BYTES, "a row fits its envelope")
    nonce = entropy(NONCE_BYTES)
    box = _cipher(list_key).encrypt(nonce, text.ljust(SEALED_TEXT_BYTES), _place(study, row.number))
    return SealedRow(row.number, base64.b64encode(nonce + box).decode(), leaf_of(study, row.number, row.arm, row.salt))


def unseal(sealed: str, study: str, number: int, list_key: bytes) -> Row:
    """The row that stands sealed at `number`. Raises Refused where the key is another one or the row was altered."""
    raw = base64.b64decode(sealed)
    try:
        text = _cipher(list_key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(study, number))
    except InvalidTag as error:
        raise Refused(
            "allocation.does_not_open",
            "This row does not open with the list key of this installation. Ask an administrator.",
        ) from error
    data = json.loads(text)
    return Row(number, data["arm"], bytes.fromhex(data["salt"]), data["block"])


def root_of(leaves: Sequence[bytes]) -> str:
    """The Merkle root over the leaves (RFC 6962), 64 hexadecimal digits."""
    return merkle.root(leaves).hex()


def path_of(leaves: Sequence[bytes], number: int) -> list[str]:
    """The hashes that lead from row `number` to the root."""
    return [node.hex() for node in merkle.inclusion_proof(leaves, number - 1)]


def proves(leaf: bytes, number: int, length: int, path: Sequence[str], root: str) -> bool:
    """Whether `path` shows that `leaf` is row `number` of the list of `length` rows with `root`."""
    return merkle.verify_inclusion(
        leaf, number - 1, length, [bytes.fromhex(node) for node in path], bytes.fromhex(root)
    )


def _can_mix(length: int) -> bool:
    small, large = BLOCK_SIZES
    return any(
        (length - large * count) >= small and (length - large * count) % small == 0
        for count in range(1, length // large + 1)
    )


def _cipher(list_key: bytes) -> AESGCM:
    if len(list_key) != KEY_BYTES:
        raise Refused("allocation.no_key", "The list key is not at hand here. Ask an administrator to put it in place.")
    return AESGCM(list_key)


def _place(study: str, number: int) -> bytes:
    return f"cellchain allocation {study} {number}".encode()
