"""The sealed file: what goes in comes out, and nothing else ever does."""

import io
import random
from collections.abc import Callable

import pytest

from cellchain.kernel.errors import Refused
from cellchain.safekeeping.sealed import CHEAP, MAGIC, TAG_BYTES, Cost, SealedReader, SealingWriter, cost_of

WORDS = "plum granite otter"
CHUNK = 64
HEAD_LINES = 2


def sealed(content: bytes, *, purpose: str = "a test", passphrase: str = WORDS, piece: int = 23) -> bytes:
    target = io.BytesIO()
    writer = SealingWriter(target, passphrase, purpose, CHEAP, chunk=CHUNK)
    for start in range(0, len(content), piece):
        writer.write(content[start : start + piece])
    writer.finish()
    return target.getvalue()


def read(file: bytes, *, purpose: str = "a test", passphrase: str = WORDS) -> bytes:
    return SealedReader(io.BytesIO(file), passphrase, purpose).readall() or b""


def refusal(file: bytes, **more: str) -> str:
    with pytest.raises(Refused) as caught:
        read(file, **more)
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 10 * CHUNK + 7])
def test_what_goes_in_comes_out(size: int) -> None:
    content = random.Random(size).randbytes(size)
    file = sealed(content)
    assert read(file) == content
    assert size < CHUNK or content[:CHUNK] not in file


def test_no_two_files_are_alike() -> None:
    assert sealed(b"the same") != sealed(b"the same")


def test_another_passphrase_opens_nothing() -> None:
    assert refusal(sealed(b"x"), passphrase="plum granite ottet") == "sealed.wrong_passphrase"


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Refused, match=r"sealed\.short_passphrase"):
        sealed(b"x", passphrase="short")


def test_one_passphrase_typed_on_two_keyboards_is_one() -> None:
    assert read(sealed(b"x", passphrase="Vizár Vizár Vizár"), passphrase="Vizár Vizár Vizár") == b"x"


def test_a_file_of_another_purpose_is_named() -> None:
    assert refusal(sealed(b"x"), purpose="another") == "sealed.other_purpose"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", MAGIC + b"1\n", MAGIC + b"1\n[]\n", MAGIC + b"1\n{\n"])
def test_another_file_is_named(content: bytes) -> None:
    assert refusal(content) == "sealed.not_sealed"


def test_a_newer_file_is_named() -> None:
    assert refusal(sealed(b"x").replace(b"file 1", b"file 2", 1)) == "sealed.newer"


def test_a_head_cannot_ask_for_all_memory() -> None:
    file = sealed(b"x").replace(b'"memory_kib":32', b'"memory_kib":99999999')
    assert refusal(file) == "sealed.not_sealed"


def test_every_single_bit_counts() -> None:
    """Each bit of a short file, flipped: refused, whatever the place."""
    file = sealed(bytes(range(150)))
    for bit in range(8 * len(file)):
        broken = bytearray(file)
        broken[bit // 8] ^= 1 << bit % 8
        assert refusal(bytes(broken)).startswith("sealed."), bit


def test_no_cut_file_is_read() -> None:
    file = sealed(bytes(5 * CHUNK))
    for size in range(len(file)):
        assert refusal(file[:size]).startswith("sealed."), size
    assert refusal(file + b"x") == "sealed.damaged"


@pytest.mark.parametrize(
    "moved",
    [
        lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
        lambda chunks: chunks[1:],
        lambda chunks: [chunks[0], chunks[0], *chunks[2:]],
        lambda chunks: chunks[:-1],
        lambda chunks: [*chunks, chunks[-1]],
    ],
)
def test_chunks_keep_their_order_and_their_number(moved: Callable[[list[bytes]], list[bytes]]) -> None:
    file = sealed(bytes(range(256)))
    start = sum(map(len, file.split(b"\n")[:HEAD_LINES])) + HEAD_LINES + TAG_BYTES
    sealed_chunk = CHUNK + TAG_BYTES
    chunks = [file[at : at + sealed_chunk] for at in range(start, len(file), sealed_chunk)]
    assert len(chunks) == 4
    assert refusal(file[:start] + b"".join(moved(chunks))) == "sealed.damaged"


def test_a_chunk_of_another_file_is_refused() -> None:
    one, other = sealed(b"a" * 200), sealed(b"b" * 200)
    assert refusal(one[:-100] + other[-100:]) == "sealed.damaged"


def test_a_guess_is_expensive() -> None:
    assert cost_of("standard") == Cost(memory_kib=65_536, passes=3, lanes=4)
    assert cost_of("cheap") == CHEAP
