"""The verifier over chains in memory, as over an export: each way to damage one is found and named."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.kernel import canonical
from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger import merkle, notes, stored, verify
from cellchain.ledger.verify import GENESIS, StoredEntry
from tests.ledger.conftest import START

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NUMBERS = st.integers(-(2**65), 2**65) | st.integers(-100, 100) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)
AT = canonical.moment(START)


def entry(seq: int, before: object, **more: Any) -> StoredEntry:
    body = {
        "seq": seq,
        "at": AT,
        "event": "toy:bag:filled",
        "actor": "PS1",
        "subject": None,
        "request_id": f"request {seq}",
        "reason": None,
        "facts": {},
        "signature": None,
        "changes": [],
        "prev_hash": before,
        **more,
    }
    return of_body(seq, canonical.dumps(body), body)


def of_body(seq: int, text: str, body: dict[str, Any]) -> StoredEntry:
    columns = [body[name] for name in ("at", "event", "actor", "subject", "request_id")]
    return StoredEntry._make([seq, *columns, text, sha256(text.encode()).hexdigest(), verify.UNREAD])


def chain(size: int, **more: Any) -> list[StoredEntry]:
    found: list[StoredEntry] = []
    for seq in range(1, size + 1):
        found.append(entry(seq, found[-1].hash if found else GENESIS, **(more if seq == size else {})))
    return found


def first(entries: list[StoredEntry], **more: Any) -> tuple[int | None, str | None, int, int | None]:
    result = verify.check_chain(entries, **more)
    assert result.findings
    assert all(one.table == "ledger_entry" for one in result.findings)
    return result.findings[0].entry, result.findings[0].column, len(result.findings), result.unproven


def test_a_whole_chain_gives_its_root() -> None:
    entries = chain(20)
    seen = []
    result = verify.check_chain(entries, sizes={3, 20, 21}, visit=lambda seq, body: seen.append((seq, body["seq"])))
    leaves = [bytes.fromhex(str(one.hash)) for one in entries]
    assert (result.findings, result.unproven, result.entries, result.last) == ([], None, 20, 20)
    assert result.root == merkle.root(leaves).hex()
    assert result.roots == {3: merkle.root(leaves[:3]).hex(), 20: result.root}
    assert result.hashes == {3: entries[2].hash, 20: entries[19].hash}
    assert seen == [(seq, seq) for seq in range(1, 21)]


@pytest.mark.parametrize("place", [1, 31, 32, 33, 64, 65, 100])
@pytest.mark.parametrize("size", [31, 32, 33, 100])
def test_a_fault_is_named_wherever_it_lies_in_what_is_read_at_once(place: int, size: int) -> None:
    """Each kind of edit at the ends and in the middle of a batch: the same findings as entry by entry."""
    entries = chain(size)
    if place > size:
        return
    edited, end = entries[place - 1], str(entries[-1].hash)
    for other in (
        edited._replace(actor="PS2"),
        edited._replace(at="2026-03-02T08:00:00.000001Z"),
        edited._replace(hash="0" * 64),
        edited._replace(body=str(edited.body).replace("PS1", "PS2")),
        edited._replace(seq=float(place)),
        edited._replace(reason="sha256:1"),
        entry(place, "f" * 64),
    ):
        changed = [*entries[: place - 1], other, *entries[place:]]
        result, slow = verify.check_chain(changed, end=end), one_by_one(changed, end)
        assert result.findings
        assert result == slow
    assert verify.check_chain(entries, sizes=range(size)) == one_by_one(entries, None, sizes=range(size))


def one_by_one(entries: list[StoredEntry], end: str | None, sizes: Iterable[int] = ()) -> verify.ChainResult:
    """The result where no entry is taken as one of many that agree."""
    state = verify._Chain(frozenset(sizes), None, verify.read_bodies, ())
    for one in entries:
        state.take(one, verify.read_body(one.body))
    return state.finish(end)


def test_an_empty_chain_is_whole() -> None:
    result = verify.check_chain([])
    assert (result.entries, result.findings, result.root) == (0, [], merkle.EMPTY_ROOT.hex())


@pytest.mark.parametrize("place", [1, 5, 10])
def test_an_edited_body_is_named(place: int) -> None:
    entries = chain(10)
    body = str(entries[place - 1].body).replace("PS1", "PS2")
    entries[place - 1] = entries[place - 1]._replace(body=body)
    assert first(entries, end=entries[-1].hash) == (place, "body", 1, place)


@pytest.mark.parametrize("body", [None, 7, b"{}", "", "{", "[]", "null", "\ud800", '{"a":1.5}'])
def test_a_body_that_is_none_is_named(body: Any) -> None:
    entries = chain(10)
    entries[4] = entries[4]._replace(body=body)
    assert first(entries) == (5, "body", 1, 5)


@pytest.mark.parametrize("place", [1, 5, 10])
def test_an_edited_hash_is_told_from_an_edited_body(place: int) -> None:
    entries = chain(10)
    end = entries[-1].hash
    entries[place - 1] = entries[place - 1]._replace(hash="0" * 64)
    assert first(entries, end=end) == (place, "hash", 1, None)


@pytest.mark.parametrize("column", ["at", "event", "actor", "subject", "request_id"])
@pytest.mark.parametrize("value", ["other", None, 7, b"\xff"])
def test_an_edited_column_is_named(column: Any, value: Any) -> None:
    entries = chain(10)
    if getattr(entries[4], column) == value:
        value = "something"
    entries[4] = entries[4]._replace(**{column: value})
    assert first(entries) == (5, column, 1, None)


def test_an_edited_reason_is_named() -> None:
    entries = chain(10, reason="sha256:1")
    assert verify.check_chain(entries).findings == []
    assert first([*entries[:9], entries[9]._replace(reason="sha256:2")]) == (10, "reason", 1, None)
    assert first([*entries[:9], entries[9]._replace(reason=None)]) == (10, "reason", 1, None)
    assert first([*entries[:8], entries[8]._replace(reason="sha256:2"), entries[9]]) == (9, "reason", 1, None)


def test_a_signed_redaction_accounts_for_an_erased_reason() -> None:
    entries = chain(10, reason="sha256:1")
    erased = [*entries[:9], entries[9]._replace(reason=None)]
    signed = entry(11, entries[9].hash, facts={"redacted_entry": 10}, signature={"signer": "PS1"})
    assert verify.check_chain([*erased, signed]).findings == []
    unsigned = entry(11, entries[9].hash, facts={"redacted_entry": 10})
    assert first([*erased, unsigned])[:2] == (10, "reason")


@pytest.mark.parametrize("place", [1, 5, 9])
def test_a_missing_entry_is_named(place: int) -> None:
    entries = chain(10)
    del entries[place - 1]
    assert first(entries) == (place, None, 1, place)


def test_missing_entries_are_named_together() -> None:
    result = verify.check_chain(chain(10)[:3] + chain(10)[6:])
    assert [(one.entry, one.message) for one in result.findings] == [(4, "the entries 4 to 6 are missing")]


@pytest.mark.parametrize("place", [1, 5, 9])
def test_a_rewritten_entry_is_named(place: int) -> None:
    """Somebody wrote another body and the hash that fits it."""
    entries = chain(10)
    before = entries[place - 2].hash if place > 1 else GENESIS
    entries[place - 1] = entry(place, before, actor="PS2")
    assert first(entries) == (place, "body", 1, place)


@pytest.mark.parametrize("place", [2, 5, 9])
def test_an_entry_that_names_another_before_it_is_the_odd_one(place: int) -> None:
    entries = chain(10)
    entries[place - 1] = entry(place, "f" * 64, actor="PS2")
    assert first(entries) == (place, "body", 1, place)


def test_two_rewritten_entries_are_both_found() -> None:
    entries = chain(10)
    entries[3] = entry(4, entries[2].hash, actor="PS2")
    entries[6] = entry(7, entries[5].hash, actor="PS2")
    assert [one.entry for one in verify.check_chain(entries).findings] == [4, 7]


@pytest.mark.parametrize("seq", [0, -3, 5, None, "5", 5.5])
def test_an_entry_without_a_place_is_named(seq: Any) -> None:
    entries = chain(10)
    extra = entry(5, entries[3].hash, actor="PS2")._replace(seq=seq)
    result = verify.check_chain([*entries[:5], extra, *entries[5:]])
    assert len(result.findings) == 1
    assert result.findings[0].column == "seq"


def test_a_body_under_another_number_is_named() -> None:
    entries = chain(10)
    body = json.loads(str(entries[4].body)) | {"seq": 6}
    entries[4] = of_body(5, canonical.dumps(body), body)
    assert (5, "seq") in [(one.entry, one.column) for one in verify.check_chain(entries).findings]


@pytest.mark.parametrize("read", [verify.read_bodies, stored.read_bodies])
@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text.replace(":", ": ", 1),
        lambda text: text.replace('"PS1"', '"\\u0050S1"'),
        lambda text: " " + text,
        lambda text: text.replace('"seq":5', '"seq":5,"seq":5'),
        lambda text: text.replace('"seq":5', '"seq":5.0'),
        lambda text: text.replace('"facts":{}', '"facts":{"n":9007199254740993}'),
        lambda text: text.replace('"facts":{}', '"facts":{"ü":1}'),
        lambda text: text.replace('"facts":{}', '"facts":{"n":-0}'),
        lambda text: text.replace('"facts":{}', '"facts":{"n":NaN}'),
        lambda text: text.replace('"facts":{}', '"facts":' + "[" * 100_000),
        lambda text: f"[{text}]",
    ],
)
def test_one_body_has_one_spelling(spelling: Callable[[str], str], read: verify.Reader) -> None:
    entries = chain(5)
    text = spelling(str(entries[4].body))
    assert text != entries[4].body
    entries[4] = entries[4]._replace(body=text, hash=sha256(text.encode()).hexdigest())
    assert first(entries, read=read)[:3] == (5, "body", 1)


def test_cyrillic_has_one_spelling_too() -> None:
    for read in (verify.read_bodies, stored.read_bodies):
        assert verify.check_chain(chain(5, subject="Мешок №1"), read=read).findings == []


@settings(max_examples=300)
@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_two_readers_read_alike(value: dict[str, Any]) -> None:
    texts = [json.dumps(value, ensure_ascii=plain, sort_keys=True, separators=(",", ":")) for plain in (True, False)]
    with suppress(InvariantBroken):
        texts.append(canonical.dumps(value))
        assert verify.read_body(texts[-1]) == value
    for text in texts:
        assert stored.read_bodies([text]) == verify.read_bodies([text])
    assert stored.read_bodies(texts) == verify.read_bodies(texts)


@settings(max_examples=300)
@given(st.text(alphabet='{}[]:,"-+.0123456789eEaNZ\\u \ud800ü', max_size=20))
def test_two_readers_refuse_alike(text: str) -> None:
    bodies = [text, '{"a":' + text + "}", '{"a":"' + text + '"}']
    for body in bodies:
        assert stored.read_bodies([body]) == verify.read_bodies([body])
    assert stored.read_bodies(bodies) == verify.read_bodies(bodies)


@pytest.mark.parametrize(
    "bodies",
    [
        ['{"a":1},{"b":2}', '{"c":[{}', "{}]}"],
        ['{"a":1', '"b":2}'],
        ['{"a":1}', ' {"b":2}'],
        ['{"a":1} ', '{"b":2}'],
        ['{"a":"', '"}'],
        ["", "{}"],
        ["{}", b"{}"],
        ["{}", None, "{}"],
        ["{}", "[]"],
        ['{"a":[1', "2]}"],
    ],
)
def test_what_is_read_together_is_read_each_for_itself(bodies: list[Any]) -> None:
    """Texts that only together spell something, or of which one makes up for what another lacks."""
    assert stored.read_bodies(bodies) == verify.read_bodies(bodies) == [verify.read_body(body) for body in bodies]


@pytest.mark.parametrize("form", ['{"a":%s}', '{"a":[%s]}', '{"a":[0,%s]}', '{"a":[%s,0]}', '{"a":{"b":%s},"c":0}'])
def test_no_number_with_a_fraction_or_an_exponent_passes(form: str) -> None:
    """However orjson spells it: the fast reader looks for the signs of just that spelling."""
    for power in range(-323, 309):
        for mantissa in (1.0, -1.0, 5.0, 1.5, -9.75, 1.7976931348623157, 12.0, 123456.0):
            number = orjson.dumps(mantissa * 10.0**power).decode()
            if number != "null":  # what is beyond every float
                assert stored.read_bodies([form % number]) == [None], number


@settings(max_examples=300)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_float_passes(number: float) -> None:
    assert stored.read_bodies([orjson.dumps({"a": number}).decode()]) == [None]


def test_a_note_says_what_was_signed() -> None:
    note = notes.sign(7, b"\x01" * 32, START, KEY)
    lines = note.split("\n")
    assert lines[1:5] == ["7", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", f"time {AT}", ""]
    assert lines[5].startswith(f"— {lines[0]} ")
    found = notes.check(note, KEY.public_key())
    assert (found.size, found.root, found.at) == (7, "01" * 32, AT)
    assert notes.parse(note) == found


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("AQEB", "AgEB", 1),
        lambda note: note.replace("08:00", "09:00"),
        lambda note: note.replace("cellchain/", "cellchain/x"),
        lambda note: note[:-6] + note[-5:],
        lambda note: note.split("\n\n")[0] + "\n\n",
        lambda note: "",
        lambda note: note + "x" * 5_000,
        lambda note: note.replace("\n7\n", "\nseven\n"),
        lambda note: note.replace("AQEB", "!!!!", 1),
    ],
)
def test_a_changed_note_proves_nothing(change: Callable[[str], str]) -> None:
    note = notes.sign(7, b"\x01" * 32, START, KEY)
    assert change(note) != note
    with pytest.raises(ValueError, match=r"."):
        notes.check(change(note), [KEY.public_key()])


def test_another_key_signs_another_log() -> None:
    other = Ed25519PrivateKey.generate()
    note = notes.sign(7, b"\x01" * 32, START, other)
    with pytest.raises(ValueError, match="no known key"):
        notes.check(note, [KEY.public_key()])
    assert notes.check(note, [KEY.public_key(), other.public_key()]).size == 7


def witnessed(entries: list[StoredEntry], *sizes: int, key: Ed25519PrivateKey = KEY) -> list[verify.Witness]:
    leaves = [bytes.fromhex(str(one.hash)) for one in entries]
    files = [(f"{size}.txt", notes.sign(size, merkle.root(leaves[:size]), START, key)) for size in sizes]
    return verify.read_witnesses(files, [KEY.public_key()])


def against(witnesses: list[verify.Witness], entries: list[StoredEntry]) -> tuple[list[Any], verify.ChainResult]:
    sizes = [witness.checkpoint.size for witness in witnesses if witness.checkpoint]
    result = verify.check_chain(entries, sizes=sizes, keys=[KEY.public_key()])
    return [(one.entry, one.table, one.key) for one in verify.check_witnesses(witnesses, result)], result


def test_checkpoints_hold_for_the_chain_they_were_made_of() -> None:
    entries = chain(10)
    assert against(witnessed(entries, 1, 4, 10), entries)[0] == []


def test_a_cut_tail_is_found() -> None:
    entries = chain(10)
    found, result = against(witnessed(entries, 4, 10), entries[:7])
    assert result.findings == []
    assert found == [(8, "ledger_entry", 8)]


def test_a_rebuilt_chain_is_found() -> None:
    entries = chain(10)
    rebuilt = entries[:5]
    for seq in range(6, 11):
        rebuilt.append(entry(seq, rebuilt[-1].hash, actor="PS2"))
    found, result = against(witnessed(entries, 4, 8, 10), rebuilt)
    assert result.findings == []
    assert found[0] == (5, "ledger_entry", 5)  # the first that no checkpoint vouches for


def test_a_damaged_entry_is_named_before_the_checkpoint_it_breaks() -> None:
    entries = chain(10)
    broken = [*entries]
    broken[5] = broken[5]._replace(body="{}")
    found, result = against(witnessed(entries, 4, 10), broken)
    assert (result.findings[0].entry, found) == (6, [])


def test_a_forged_checkpoint_is_named_by_its_file() -> None:
    entries = chain(10)
    found, _ = against(witnessed(entries, 4, key=Ed25519PrivateKey.generate()), entries)
    assert found == [(None, "checkpoints", "4.txt")]


def test_an_acknowledged_loss_accounts_for_its_checkpoints_alone() -> None:
    entries = chain(10)
    root = merkle.root([bytes.fromhex(str(one.hash)) for one in entries]).hex()
    kept = entries[:6]
    facts = notes.sign_loss(10, root, 6, KEY)
    kept.append(entry(7, kept[-1].hash, event=verify.LOSS_ACKNOWLEDGED, facts=facts))
    kept.append(entry(8, kept[-1].hash))
    found, result = against(witnessed(entries, 4, 8, 10), kept)
    assert (found, result.losses[0].lost) == ([], 4)
    other = chain(10, actor="PS2")
    assert against(witnessed(other, 10), kept)[0] == [(9, "ledger_entry", 9)]


@pytest.mark.parametrize(
    "facts",
    [
        notes.sign_loss(10, "00" * 32, 5, KEY),
        notes.sign_loss(10, "00" * 32, 6, Ed25519PrivateKey.generate()),
        {**notes.sign_loss(10, "00" * 32, 6, KEY), "witnessed_size": 11},
        {"witnessed_size": 10, "witnessed_root": "00" * 32, "kept_entries": 6},
        {"witnessed_size": "10", "signature": "zz"},
    ],
)
def test_only_the_site_acknowledges_a_loss(facts: dict[str, Any]) -> None:
    entries = chain(6)
    entries.append(entry(7, entries[-1].hash, event=verify.LOSS_ACKNOWLEDGED, facts=facts))
    result = verify.check_chain(entries, keys=[KEY.public_key()])
    assert result.losses == []
    assert [(one.entry, one.column) for one in result.findings] == [(7, "body")]


def test_the_verifier_needs_no_database_and_no_web() -> None:
    forbidden = [
        "sqlalchemy",
        "sqlmodel",
        "sqlite3",
        "psycopg",
        "alembic",
        "fastapi",
        "starlette",
        "jinja2",
        "pydantic",
    ]
    program = f"import sys, cellchain.ledger.verify; print([name for name in {forbidden!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
