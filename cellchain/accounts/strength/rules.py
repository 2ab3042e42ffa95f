"""Length over composition: no rule asks for kinds of characters, none for a change every so often. Pure.

A password counts by what is its own: a piece that guessers try first (`common.txt`) and a run of the alphabet or of
digits count as one character each, and what is repeated counts once.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from cellchain.kernel.errors import Refused

ALONE_MIN = 15  # where the password is all that proves who somebody is
WITH_SECOND_FACTOR_MIN = 8
LENGTH_MAX = 200
OWN_MIN = 8  # characters that are no guess
NAME_PIECE_MIN = 4  # a shorter piece of a name stands in too many other words
RUN_MIN = 3

COMMON = Path(__file__).with_name("common.txt")
# How digits and signs stand in for letters; nobody is fooled by them.
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_REPEATED = re.compile(r"(.{1,6}?)\1{2,}|(.{3,}?)\2+", re.DOTALL)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_FILLED = "\x00"  # stands for one piece that counts as one character


def normalised(password: str) -> str:
    """The one form of a password (NFKC): what looks alike on two keyboards is the same."""
    return unicodedata.normalize("NFKC", password)


def password_is_fit(password: str, *, about: Sequence[str], least: int = ALONE_MIN) -> None:
    """Whether nobody guesses it who knows this person and this house: `about` are their names and its own.

    `least` is the length in characters. Raises Refused `password.too_short`, `.about_you`, `.too_easy`.
    """
    text = normalised(password)
    if len(text) < least:
        raise Refused(
            "password.too_short",
            "A password has at least {least} characters. A few words do well.",
            least=least,
        )
    if _names(text, about):
        raise Refused(
            "password.about_you",
            "This password holds a name, the user name or the name of this house. Choose words that nobody expects.",
        )
    if own_length(text) < OWN_MIN:
        raise Refused(
            "password.too_easy",
            "This password is too easy to guess: it is made of common words, runs or repetitions. "
            "Choose a few unrelated words.",
        )


def is_not_stolen(*, stolen: bool) -> None:
    """Raises Refused `password.stolen` where the site's list of stolen passwords has it: guessers begin with those."""
    if stolen:
        raise Refused(
            "password.stolen",
            "This password stands in a list of stolen ones, which guessers try first. Choose a few unrelated words.",
        )


def own_length(password: str) -> int:
    """How many characters are left where every piece that guessers try first counts as one."""
    folded = normalised(password).casefold()
    return min(_counted(folded), _counted(folded.translate(_LEET)))


def _counted(text: str) -> int:
    for piece in _common():
        text = text.replace(piece, _FILLED)
    text = _YEAR.sub(_FILLED, text)
    text = _without_runs(text)
    previous = None
    while previous != text:
        previous, text = text, _REPEATED.sub(lambda found: found[1] or found[2], text, count=1)
    return len(text)


def _without_runs(text: str) -> str:
    """Neighbours in the order of their codes, up or down, count as one: 12345, cba."""
    kept, at = "", 0
    while at < len(text):
        end = at + 1
        step = ord(text[end]) - ord(text[at]) if end < len(text) else 0
        while abs(step) == 1 and end < len(text) and ord(text[end]) - ord(text[end - 1]) == step:
            end += 1
        is_run = end - at >= RUN_MIN
        kept += _FILLED if is_run else text[at]
        at = end if is_run else at + 1
    return kept


def _names(password: str, about: Iterable[str]) -> bool:
    folded = password.casefold()
    pieces = {piece.casefold() for name in about for piece in (name, *re.split(r"[\W_]+", name))}
    texts = (folded, folded.translate(_LEET))
    return any(len(piece) >= NAME_PIECE_MIN and piece in text for piece in pieces for text in texts)


@cache
def _common() -> tuple[str, ...]:
    """The pieces of `common.txt`, the longest first."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return tuple(sorted((line for line in lines if line and not line.startswith("#")), key=len, reverse=True))
