"""Personal and secret values: sealed in the table, committed to in the image, unreadable without the key."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel import canonical
from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.errors import InvariantBroken
from cellchain.platform.db import Database
from cellchain.platform.sealing import Sealer, commitment_of
from tests.platform.conftest import KEY, START, Writing
from tests.platform.tables import Parcel, parcel

VALUES = {"sender": "Anna Example", "receiver": "Boris Example", "word": "sesame street"}
OTHER_KEY = bytes(range(1, 33))


def raw(database: Database, name: str) -> str:
    """A column as it lies in the table."""
    with database.engine.connect() as link:
        return str(link.exec_driver_sql(f"SELECT {name} FROM shelf_parcel WHERE id = 1").scalar_one())


def test_no_image_shows_a_personal_or_secret_value(database: Database, writing: Writing) -> None:
    with writing() as tx:
        made = tx.add(parcel(**VALUES))
        tx.change(made, sender="Clara Example", receiver="Dora Example", word="another word")
        changes = list(tx.changes)
    text = canonical.dumps(changes)
    for value in (*VALUES.values(), "Clara Example", "Dora Example", "another word"):
        assert value not in text
    first, second = changes
    added: Any = first["after"]
    before: Any = second["before"]
    after: Any = second["after"]
    assert all(str(added[name]).startswith("sha256:") for name in VALUES)
    assert {name: before[name] for name in VALUES} == {name: added[name] for name in VALUES}
    assert after["sender"] == commitment_of(raw(database, "sender"))


def test_a_change_commits_to_the_cell_that_lay_there(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel(**VALUES))
    lay = raw(database, "receiver")
    with writing() as tx:
        tx.change(tx.lock(Parcel, 1), receiver="Dora Example")
        before: Any = tx.changes[0]["before"]
    assert before["receiver"] == commitment_of(lay)


def test_the_table_hides_an_encrypted_value_and_salts_the_others(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel(**VALUES))
    assert raw(database, "receiver").startswith("e1:")
    assert "Boris" not in raw(database, "receiver")
    assert raw(database, "sender").startswith("s1:")
    assert raw(database, "sender").endswith(":Anna Example")


def test_equal_values_have_different_commitments(writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel(**VALUES))
        tx.add(parcel(**VALUES))
        first, second = (change["after"] for change in tx.changes)
    one: Any = first
    other: Any = second
    assert all(one[name] != other[name] for name in VALUES)


def test_another_key_opens_nothing(database: Database, writing: Writing, database_url: str) -> None:
    with writing() as tx:
        tx.add(parcel(**VALUES))
    other = Database(database_url, clock=SimulatedClock(START), sealer=Sealer(OTHER_KEY, random.Random(2).randbytes))
    try:
        with other.read() as tx, pytest.raises(ValueError, match="does not open"):
            tx.get(Parcel, 1)
    finally:
        other.close()


def test_nothing_is_no_cell(database: Database, writing: Writing) -> None:
    with writing() as tx:
        made = tx.add(parcel(sender="Anna"))
        assert tx.change(made, sender=None).sender is None
    with database.read() as tx:
        assert tx.get(Parcel, 1).sender is None


def test_a_value_has_its_length(writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel(sender="x" * 80))
        with pytest.raises(InvariantBroken):
            tx.add(parcel(sender="x" * 81))


# -- the sealer itself -----------------------------------------------------------------------------------------------

SEALER = Sealer(KEY, random.Random(3).randbytes)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS)
def test_what_was_sealed_opens_again(value: str) -> None:
    for cell in (SEALER.salted(value), SEALER.encrypted(value)):
        assert SEALER.open(cell.text) == value
        assert cell.commitment == commitment_of(cell.text)
    assert SEALER.salted(value) != SEALER.salted(value)


@given(TEXTS, st.integers(0, 10_000))
def test_an_altered_cell_does_not_open(value: str, place: int) -> None:
    text = SEALER.encrypted(value).text
    at = 3 + place % (len(text) - 5)
    altered = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    with pytest.raises(ValueError, match="cell"):
        SEALER.open(altered)


def test_a_cell_altered_in_bits_that_base64_ignores_does_not_open() -> None:
    """Found by the property above (value='000', place=461): the last digit before the padding carries idle bits."""
    text = SEALER.encrypted("000").text
    assert text.endswith("=")
    last = len(text.rstrip("=")) - 1
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    idle = digits[digits.index(text[last]) ^ 1]
    with pytest.raises(ValueError, match="cell"):
        SEALER.open(text[:last] + idle + text[last + 1 :])


@pytest.mark.parametrize("text", ["", "Anna", "x1:00:Anna"])
def test_what_is_no_cell(text: str) -> None:
    with pytest.raises(ValueError, match="not a cell"):
        SEALER.open(text)


def test_fingerprints_need_the_key() -> None:
    other = Sealer(OTHER_KEY, random.Random(3).randbytes)
    assert SEALER.fingerprint("a") == SEALER.fingerprint("a")
    assert SEALER.fingerprint("a") != SEALER.fingerprint("b")
    assert SEALER.fingerprint("a") != other.fingerprint("a")


def test_a_key_has_256_bits() -> None:
    with pytest.raises(InvariantBroken):
        Sealer(b"short", random.Random(1).randbytes)
