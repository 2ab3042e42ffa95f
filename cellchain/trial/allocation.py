"""The allocation list: how it is made, sealed, committed to and opened again. Pure; randomness is handed in.

A row's arm and its salt are encrypted under the list's key, which comes from the house's list key, kept apart from the
database, before anything is written; the statistician has a copy of it under a passphrase. What stands in the open is a
leaf a row, SHA-256 over salt, study, row and arm (and the stratum's level, where the list has one), and the Merkle root
over the leaves. The salt has 128 bits because twenty rows of two arms are few: without it the list is found by trying
(domain.md 6.4). Every sealed row has the same length, so its size tells nothing either.
"""

import base64
import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cellchain.kernel import canonical
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle

SALT_BYTES = 16
NONCE_BYTES = 12
KEY_BYTES = 32
SEALED_TEXT_BYTES = 160
ROWS_MAX = 400
# How the passphrase becomes a key: scrypt, 32 MiB, about a tenth of a second for each guess.
SCRYPT = {"n": 2**15, "r": 8, "p": 1}
CSV_COLUMNS = ("number", "arm")
IMPORTED_BLOCK = 0  # an imported list does not say its blocks
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
    level: str = ""  # of the stratum; the one thing of a row that stands in the open


@dataclass(frozen=True)
class SealedRow:
    """One row as it is stored: the encrypted text and the leaf that commits to it."""

    number: int
    sealed: str
    leaf: bytes
    level: str = ""


def check_blocks(sizes: Sequence[int], ratio_sum: int, enrolment: int, levels_count: int = 1) -> None:
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
    if length * levels_count > ROWS_MAX:
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


def strata(sizes: Sequence[int], arms: Sequence[tuple[str, int]], levels: Sequence[str], entropy: Entropy) -> list[Row]:
    """A list of its own for each level, one after the other under one numbering; `levels` is ("",) without strata."""
    made: list[Row] = []
    for level in levels:
        first = len(made)
        made += [replace(row, number=first + row.number, level=level) for row in make(sizes, arms, entropy)]
    return made


def read_csv(text: str, arms: Sequence[str], levels: Sequence[str], enrolment: int, entropy: Entropy) -> list[Row]:
    """The rows of a list that was made elsewhere: columns number and arm, and stratum where the study has one.

    Raises Refused, naming a line and never what stands in it: the refusal is stored, and an arm is nobody's to read.
    """
    columns = CSV_COLUMNS if levels == ("",) else (*CSV_COLUMNS, "stratum")
    lines = [[cell.strip() for cell in line] for line in csv.reader(text.strip().splitlines())]
    if not lines or tuple(lines[0]) != columns:
        raise Refused(
            "allocation.csv_head", "The first line names the columns: {columns}. Add it.", columns=",".join(columns)
        )
    rows = []
    for at, line in enumerate(lines[1:], start=1):
        rows.append(_row_of(line, at, len(columns), arms, levels, entropy))
    if len(rows) > ROWS_MAX:
        raise Refused("allocation.too_long", "A list has at most {count} rows. Leave blocks out.", count=ROWS_MAX)
    if any(sum(row.level == level for row in rows) < enrolment for level in levels):
        raise Refused(
            "allocation.too_short", "The list is shorter than the enrolment of {count}. Add blocks.", count=enrolment
        )
    if {row.arm for row in rows} != set(arms):
        raise Refused("allocation.csv_arms", "Not every arm of the study stands in this list. Check the file.")
    return rows


def _row_of(
    line: Sequence[str], at: int, width: int, arms: Sequence[str], levels: Sequence[str], entropy: Entropy
) -> Row:
    level = line[2] if width > len(CSV_COLUMNS) and len(line) == width else ""
    if len(line) != width or line[0] != str(at) or line[1] not in arms or level not in levels:
        raise Refused(
            "allocation.csv_line",
            "Line {line} is not the row that stands there: its number in order, an arm of the study, and its stratum "
            "where there is one. Correct the file.",
            line=at + 1,
        )
    return Row(at, line[1], entropy(SALT_BYTES), IMPORTED_BLOCK, level)


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


def leaf_of(study: str, number: int, arm: str, salt: bytes, level: str = "") -> bytes:
    """The commitment to one row: SHA-256 over the canonical list of salt, study, row, arm, and the level if any."""
    said: list[canonical.Json] = [salt.hex(), study, number, arm, *([level] if level else [])]
    return hashlib.sha256(canonical.dumps(said).encode()).digest()


def key_of(list_key: bytes, study: str) -> bytes:
    """The key of one study's list. Raises Refused where the house's list key is not at hand."""
    if len(list_key) != KEY_BYTES:
        raise Refused("allocation.no_key", "The list key is not at hand here. Ask an administrator to put it in place.")
    return _derived(list_key, f"cellchain allocation key {study}")


def seal(row: Row, study: str, list_key: bytes, entropy: Entropy) -> SealedRow:
    """`row` encrypted under the list's key and bound to its place, so that two rows cannot be exchanged."""
    text = canonical.dumps({"arm": row.arm, "salt": row.salt.hex(), "block": row.block}).encode()
    ensure(len(text) <= SEALED_TEXT_BYTES, "a row fits its envelope")
    nonce = entropy(NONCE_BYTES)
    box = AESGCM(key_of(list_key, study)).encrypt(nonce, text.ljust(SEALED_TEXT_BYTES), _place(study, row.number))
    leaf = leaf_of(study, row.number, row.arm, row.salt, row.level)
    return SealedRow(row.number, base64.b64encode(nonce + box).decode(), leaf, row.level)


def unseal(sealed: str, study: str, number: int, list_key: bytes, level: str = "") -> Row:
    """The row that stands sealed at `number`. Raises Refused where the key is another one or the row was altered."""
    raw, key = base64.b64decode(sealed), key_of(list_key, study)
    try:
        text = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(study, number))
    except InvalidTag as error:
        raise Refused(
            "allocation.does_not_open",
            "This row does not open with the list key of this installation. Ask an administrator.",
        ) from error
    data = json.loads(text)
    return Row(number, data["arm"], bytes.fromhex(data["salt"]), data["block"], level)


def open_row(sealed: str, study: str, number: int, list_keys: Sequence[bytes], level: str = "") -> Row:
    """As `unseal`, with the first of the keys that opens it: a list stays under the one that it was sealed with."""
    for list_key in list_keys[:-1]:
        with suppress(Refused):
            return unseal(sealed, study, number, list_key, level)
    return unseal(sealed, study, number, list_keys[-1], level)


def passphrase_key(passphrase: str, list_key: bytes, study: str) -> bytes:
    """What a passphrase comes to, slow on purpose. Its salt is the study's, and known to nobody without the key."""
    return hashlib.scrypt(
        passphrase.encode(), salt=passphrase_salt(list_key, study), maxmem=2**26, dklen=KEY_BYTES, **SCRYPT
    )


def passphrase_salt(list_key: bytes, study: str) -> bytes:
    """128 bits that make one passphrase two keys for two studies."""
    return _derived(key_of(list_key, study), "cellchain allocation passphrase")[:SALT_BYTES]


def key_copy(list_key: bytes, study: str, wrapping: bytes, entropy: Entropy) -> str:
    """The list's key under a passphrase, as text that says how to open it."""
    nonce = entropy(NONCE_BYTES)
    box = AESGCM(wrapping).encrypt(nonce, key_of(list_key, study), study.encode())
    salt = passphrase_salt(list_key, study).hex()
    return canonical.dumps({"kdf": "scrypt", **SCRYPT, "salt": salt, "box": base64.b64encode(nonce + box).decode()})


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


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def _place(study: str, number: int) -> bytes:
    return f"cellchain allocation {study} {number}".encode()
