"""How a password is judged: by its length, and by what of it nobody guesses."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.accounts.passwords import Passwords
from cellchain.accounts.strength.rules import (
    ALONE_MIN,
    LENGTH_MAX,
    OWN_MIN,
    WITH_SECOND_FACTOR_MIN,
    own_length,
    password_is_fit,
)
from cellchain.demo.stage import CAST
from cellchain.kernel.errors import Refused


def code(password: str, *about: str, least: int = ALONE_MIN) -> str:
    """What the password is refused for; nothing where it is fit."""
    try:
        password_is_fit(password, about=about, least=least)
    except Refused as refused:
        return refused.code
    return ""


def test_how_long_is_long_enough() -> None:
    assert (ALONE_MIN, WITH_SECOND_FACTOR_MIN) == (15, 8)
    assert LENGTH_MAX >= 64
    assert code("kelp zig mot fa") == ""
    assert code("kelp zig mot f") == "password.too_short"
    assert code("kelp zig", least=WITH_SECOND_FACTOR_MIN) == ""
    assert code("kelp zi", least=WITH_SECOND_FACTOR_MIN) == "password.too_short"


def test_no_kind_of_character_is_asked_for() -> None:
    for password in (
        "kelp window orbit ant",
        "келп окно орбита муравей",
        "KELP WINDOW ORBIT",
        "🐟 🪟 🛰 🐜 🧊 🪵 🧲 🪁 🧵",
    ):
        assert code(password) == "", password


@pytest.mark.parametrize(
    ("password", "left"),
    [("Password", 1), ("p@$$w0rd", 1), ("12345678", 1), ("87654321", 1), ("zyxwvu", 1), ("kelpkelpkelp", 4), ("", 0)],
)
def test_what_guessers_try_first_counts_as_one(password: str, left: int) -> None:
    assert own_length(password) == left


def test_what_is_about_the_person_is_no_password() -> None:
    assert code("the marchenko method", "L. Marchenko") == "password.about_you"
    assert code("the m4rch3nko method", "L. Marchenko") == "password.about_you"
    assert code("north clinic and others", "North Clinic") == "password.about_you"
    assert code("an ant of the orchard", "An") == "", "a piece of three letters stands in too many words"


@given(st.text(max_size=80))
def test_any_text_is_judged(password: str) -> None:
    left = own_length(password)
    assert left <= 3 * len(unicodedata.normalize("NFKC", password.casefold())) + len(password)
    assert code(password) in ("", "password.too_short", "password.too_easy")
    assert (code(password, least=0) == "") == (left >= OWN_MIN)


def test_two_keyboards_one_password() -> None:
    """A letter with its accent is one character or two, and half-width letters are letters."""
    hasher = Passwords("cheap")
    kept = hasher.hash("café latté ｗindow orbit")
    assert hasher.matches(kept, unicodedata.normalize("NFD", "café latté window orbit"))


@pytest.mark.parametrize("member", CAST, ids=lambda member: member.username)
def test_the_people_of_the_demonstration_keep_to_it(member: object) -> None:
    assert isinstance(member, type(CAST[0]))
    assert code(member.password, member.username, member.name, member.initials, "cellchain") == ""
