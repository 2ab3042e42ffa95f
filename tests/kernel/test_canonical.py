"""One text for one value: what another encoder of the same rules writes, and nothing that has no such text."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel import canonical
from cellchain.kernel.errors import InvariantBroken

LIMIT = 2**53
KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.none() | st.booleans() | st.integers(-LIMIT + 1, LIMIT - 1) | TEXTS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(VALUES)
def test_another_encoder_writes_the_same(value: Any) -> None:
    assert canonical.dumps(value).encode() == orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(VALUES)
def test_it_reads_back(value: Any) -> None:
    assert json.loads(canonical.dumps(value)) == value


@given(st.dictionaries(KEYS, PLAIN, max_size=6))
def test_the_order_of_writing_does_not_matter(value: dict[str, Any]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical.dumps(turned) == canonical.dumps(value)
    assert canonical.digest(turned) == canonical.digest(value)


def test_a_tuple_is_a_list() -> None:
    assert canonical.dumps({"a": (1, (2,))}) == '{"a":[1,[2]]}'


def test_letters_are_not_escaped_and_control_characters_are() -> None:
    assert canonical.dumps("Ёж\n\x01\u2028🧬") == '"Ёж\\n\\u0001\u2028🧬"'


def test_the_digest_is_sha_256_over_the_text() -> None:
    assert canonical.digest({"a": "ё"}) == hashlib.sha256('{"a":"ё"}'.encode()).hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        float("inf"),
        "\ud800",
        {"ключ": 1},
        {1: "a"},
        {None: 1},
        {"a": 2**53},
        -(2**53),
        10**30,
        b"bytes",
        {1, 2},
        datetime(2026, 3, 2, tzinfo=UTC),
        Ellipsis,
        [[{"deep": 1.5}]],
        {"a": "\udfff"},
    ],
    ids=repr,
)
def test_what_has_no_text(value: Any) -> None:
    with pytest.raises(InvariantBroken):
        canonical.dumps(value)


def test_a_key_with_a_lone_surrogate_is_not_ascii() -> None:
    with pytest.raises(InvariantBroken):
        canonical.dumps({"\ud800": 1})


def test_the_largest_integers_that_every_reader_keeps() -> None:
    for number in (LIMIT - 1, -LIMIT + 1):
        assert json.loads(canonical.dumps(number)) == number == int(float(number))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "2026-03-02T08:00:00.000000Z"),
        (datetime(2026, 3, 2, 11, 0, 0, 7, tzinfo=timezone(timedelta(hours=3))), "2026-03-02T08:00:00.000007Z"),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=3))), "2025-12-31T22:00:00.000000Z"),
    ],
)
def test_a_moment(at: datetime, text: str) -> None:
    assert canonical.moment(at) == text
    assert datetime.fromisoformat(text) == at


def test_a_moment_has_a_zone() -> None:
    with pytest.raises(InvariantBroken):
        canonical.moment(datetime.fromisoformat("2026-03-02T08:00:00"))


@given(
    st.datetimes(
        min_value=datetime.fromisoformat("1000-01-01"),
        max_value=datetime.fromisoformat("9998-01-01"),
        timezones=st.just(UTC),
    )
)
def test_moments_sort_as_their_texts(at: datetime) -> None:
    later = at + timedelta(microseconds=1)
    assert canonical.moment(at) < canonical.moment(later)
