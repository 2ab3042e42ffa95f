"""ISO/IEC 7064 MOD 37-2 against the published values and an independent implementation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2

from cellchain.identity import isbt

PUBLISHED = {
    "G123498654321": "H",
    "G123417654321": "A",
    "ABCDE27000069": "C",
    "A999917123456": "9",
    "A999818123456": "N",
    "A999820123456": "E",
    "A999917123654": "Y",
    "A999917345628": "*",
    "A999917345658": "O",
    "A999915000001": "M",
    "A999918000001": "8",
}


@pytest.mark.parametrize(("number", "character"), PUBLISHED.items())
def test_published_check_characters(number: str, character: str) -> None:
    assert isbt.check_character(number) == character


def test_published_flags() -> None:
    assert isbt.flag("G123498654321") == "77"
    assert isbt.flag("G123417654321") == "70"


def test_chain_of_identity_content_is_taken_whole() -> None:
    assert isbt.check_character("CHA999926000001") == "*"


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20))
def test_equals_an_independent_implementation(text: str) -> None:
    assert isbt.check_character(text) == mod_37_2.calc_check_digit(text)
    assert 60 <= int(isbt.flag(text)) <= 96


@pytest.mark.parametrize("text", ["", "a999917123456", "A9999 17", "A9999*", "\u0410999917123456"])
def test_other_characters_have_none(text: str) -> None:
    with pytest.raises(ValueError, match="check character"):
        isbt.check_character(text)
