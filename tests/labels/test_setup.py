"""Every fault of a reader is found, named, and made good by what the page proposes; a good reader is left alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cellchain.identity import scan
from cellchain.labels import render, setup, setup_card
from cellchain.labels.setup import CARD, GS, Diagnosis, Key, Recording

LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?@#$^&'
RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю." + 'ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"№;:?'
GERMAN = str.maketrans("yzYZ", "zyZY")
SAYS_NOTHING = {
    "setup.aim",
    "setup.no_aim",
    "setup.enter",
    "setup.tab",
    "setup.control_end",
    "setup.gs_kept",
    "setup.fast",
}
AFFIXES = st.text("#$%*+~(){}ABCxyz019", max_size=6)


@dataclass
class Reader:
    """A reader and the computer it types into, as the browser and static/js/keys.js see them."""

    prefix: str = ""
    suffix: str = ""
    aim: str = "]d1"
    separator: str = GS
    end: Sequence[tuple[str, str]] = (("Enter", "Enter"),)
    gap_ms: int = 4
    layout: str = "en"
    with_codes: bool = True
    caps: bool = False
    language: str = "en"
    lost: int | None = None
    slow_at: int = field(default=3)

    def scan(self, symbology: str = "datamatrix", **more: Any) -> Recording:
        """The keydowns of one scan."""
        content = CARD[symbology].replace(GS, self.separator)
        text = f"{self.prefix}{self.aim}{content}{self.suffix}"
        if self.lost is not None:
            place = len(text) - len(content) + self.lost % len(content)
            text = text[:place] + text[place + 1 :]
        keys, at = [], 1_000
        for number, character in enumerate(text):
            at += self.gap_ms if number == self.slow_at else min(self.gap_ms, 4)
            keys.append(self._key(character, at))
        for key, code in self.end:
            at += 4
            keys.append(Key(key=key, code=code, at_ms=at, ends=True, ctrl=key == "m"))
        return Recording(keys=tuple(keys), **more)

    def _key(self, character: str, at: int) -> Key:
        if character == GS:
            return Key(key="F8", code="F8" if self.with_codes else "", at_ms=at, character=GS, caps=self.caps)
        # Where the reader and the computer speak German alike, the letter is right and its place is not.
        place = character.translate(GERMAN) if self.language == "de" else character
        key = character.swapcase() if self.caps else character
        if self.layout == "ru" and key in LATIN:
            key = RUSSIAN[LATIN.index(key)]
        taken = place if self.with_codes else key
        return Key(key=key, code="KeyA" if self.with_codes else "", at_ms=at, character=taken, caps=self.caps)


def codes(found: Diagnosis) -> set[str]:
    """What was found, but for what is said of every good reader."""
    return {one.code for one in found.findings} - SAYS_NOTHING


def understood(reader: Reader, found: Diagnosis, symbology: str) -> str:
    """What the server reads of a scan after the station was set as proposed."""
    raw = "".join(key.character for key in reader.scan(symbology).keys)
    text = raw if reader.layout == "en" or reader.with_codes else raw.translate(str.maketrans(RUSSIAN, LATIN))
    kept = text.removeprefix(found.settings.prefix)
    return scan.read(kept[: len(kept) - len(found.settings.suffix)]).text


# -- the card ----------------------------------------------------------------------------------------------------------


def test_the_card_says_what_it_should_on_paper_and_on_the_screen() -> None:
    picture = Image.open(BytesIO(render.png(setup_card.document("Карта", "Сканируйте"), 300)))
    read = {code.bytes.decode() for code in zxingcpp.read_barcodes(picture)}
    assert read == set(CARD.values())
    assert setup_card.document("a", "b") == setup_card.document("a", "b")
    assert [one.symbology for one in setup_card.shown()] == list(CARD)


def test_the_card_holds_what_readers_get_wrong() -> None:
    for content in CARD.values():
        assert content.count(GS) == 1
        assert all(sign in content for sign in "=&]09")
        assert content not in (content.lower(), content.upper())
        assert scan.read(content).code is None


# -- good readers ------------------------------------------------------------------------------------------------------


def test_a_good_reader_is_left_alone() -> None:
    found = setup.diagnose([Reader().scan(symbology) for symbology in CARD])
    assert codes(found) == set()
    assert found.worst == "ok"
    assert found.missing == ()
    assert found.settings.is_plain
    assert [one.shown for one in found.last][-6:] == ["GS", "M", "x", "2", "7", "Enter"]


def test_what_was_not_scanned_is_still_asked_for() -> None:
    found = setup.diagnose([Reader().scan("qr"), Reader().scan("qr")])
    assert (found.seen, found.missing) == (("qr",), ("datamatrix", "code128"))


@pytest.mark.parametrize(
    ("reader", "code"),
    [
        (Reader(end=[("Tab", "Tab")]), "setup.tab"),
        (Reader(end=[("m", "KeyM")]), "setup.control_end"),
        (Reader(layout="ru"), "setup.russian"),
        (Reader(layout="ru", with_codes=False), "setup.russian"),
        (Reader(aim=""), "setup.no_aim"),
        (Reader(caps=True), "setup.caps_harmless"),
        (Reader(with_codes=False), "setup.no_places"),
    ],
)
def test_what_does_no_harm_is_said_and_changes_nothing(reader: Reader, code: str) -> None:
    found = setup.diagnose([reader.scan()])
    assert code in {one.code for one in found.findings}
    assert found.worst == "ok"
    assert found.settings.is_plain


# -- each fault --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "code", "worst"),
    [
        (Reader(end=[]), "setup.no_end", "stop"),
        (Reader(end=[("Enter", "Enter"), ("Enter", "Enter")]), "setup.two_ends", "warn"),
        (Reader(separator=""), "setup.gs_lost", "warn"),
        (Reader(separator="|"), "setup.gs_changed", "warn"),
        (Reader(separator="^]"), "setup.gs_changed", "warn"),
        (Reader(caps=True, with_codes=False), "setup.caps_lock", "stop"),
        (Reader(language="de"), "setup.reader_keyboard", "stop"),
        (Reader(gap_ms=900), "setup.too_slow", "stop"),
        (Reader(prefix="#"), "setup.prefix", "warn"),
        (Reader(suffix="$$"), "setup.suffix", "warn"),
    ],
)
def test_each_fault_is_the_only_one_found(reader: Reader, code: str, worst: str) -> None:
    found = setup.diagnose([reader.scan(symbology) for symbology in CARD])
    assert codes(found) - {"setup.no_places"} == {code}
    assert found.worst == worst


@pytest.mark.parametrize(("convert", "case"), [(str.upper, "upper"), (str.lower, "lower")])
def test_a_changed_case_is_found(convert: Any, case: str) -> None:
    keys = Reader().scan().keys
    changed = tuple(key.model_copy(update={"character": convert(key.character)}) for key in keys)
    assert codes(setup.diagnose([Recording(keys=changed)])) == {"setup.case_changed"}


def test_the_sentences_of_the_brief() -> None:
    said = {str(one.text) for one in setup.diagnose([Reader(gap_ms=140, end=[("Tab", "Tab")]).scan()]).findings}
    assert "Gaps reach 140 ms: set this station's threshold to 200 ms." in said
    assert "The reader sends Tab instead of Enter: fine." in said


def test_characters_after_the_end_are_found() -> None:
    keys = Reader().scan().keys
    late = Key(key="x", code="KeyX", at_ms=keys[-1].at_ms + 5, character="x")
    assert codes(setup.diagnose([Recording(keys=(*keys, late))])) == {"setup.after_end"}


def test_text_without_keys_is_found() -> None:
    silent = tuple(Key(key="Unidentified", at_ms=at) for at in range(20))
    for recording in (Recording(keys=silent, inserted=CARD["qr"]), Recording(keys=(), inserted=CARD["qr"])):
        found = setup.diagnose([recording])
        assert codes(found) == {"setup.text_without_keys"}
        assert found.worst == "stop"


def test_alt_codes_and_a_held_key_are_found() -> None:
    typed = tuple(Key(key="6", code="Numpad6", at_ms=at, alt=True) for at in range(40))
    assert codes(setup.diagnose([Recording(keys=typed)])) == {"setup.alt_codes"}
    held = tuple(Key(key="a", code="KeyA", at_ms=at * 30, character="a", repeat=at > 0) for at in range(9))
    assert codes(setup.diagnose([Recording(keys=held)])) == {"setup.held_key"}


def test_another_symbol_is_not_the_card() -> None:
    keys = tuple(Key(key=c, code="KeyA", at_ms=at, character=c) for at, c in enumerate("LB012600041234"))
    end = Key(key="Enter", code="Enter", at_ms=20, ends=True)
    assert codes(setup.diagnose([Recording(keys=(*keys, end))])) == {"setup.not_the_card"}


def test_a_prefix_of_one_symbol_alone_cannot_be_set() -> None:
    found = setup.diagnose([Reader(prefix="A").scan("qr"), Reader(prefix="B").scan("datamatrix")])
    assert codes(found) == {"setup.affixes_differ"}
    assert found.worst == "stop"


# -- properties --------------------------------------------------------------------------------------------------------


@given(
    prefix=AFFIXES,
    suffix=AFFIXES,
    aim=st.sampled_from(["", "]d1", "]C1", "]Q1"]),
    gap_ms=st.integers(1, 340),
    tab=st.booleans(),
    machine=st.sampled_from([("en", True), ("en", False), ("ru", True), ("ru", False)]),
)
def test_what_is_proposed_makes_the_reader_good(
    prefix: str, suffix: str, aim: str, gap_ms: int, tab: bool, machine: tuple[str, bool]
) -> None:
    layout, with_codes = machine
    end = [("Tab", "Tab")] if tab else [("Enter", "Enter")]
    reader = Reader(prefix, suffix, aim, end=end, gap_ms=gap_ms, layout=layout, with_codes=with_codes)
    found = setup.diagnose([reader.scan(symbology) for symbology in CARD])
    assert found.worst in ("ok", "warn")
    assert found.missing == ()
    assert (found.settings.prefix, found.settings.suffix) == (prefix, suffix)
    assert gap_ms < found.settings.gap_ms <= setup.GAP_MS_MOST
    assert ("setup.prefix" in codes(found)) == bool(prefix)
    assert ("setup.suffix" in codes(found)) == bool(suffix)
    for symbology in CARD:
        assert understood(reader, found, symbology) == CARD[symbology]


@pytest.mark.parametrize(("separator", "sends"), [(GS, True), ("", False), ("|", False)])
def test_a_station_learns_whether_separators_arrive(separator: str, sends: bool) -> None:
    """One symbol that lost its separator is enough not to trust the reader."""
    found = setup.diagnose([Reader(separator=separator).scan(symbology) for symbology in CARD])
    assert found.settings.sends_separators is sends
    mixed = [Reader().scan("datamatrix"), Reader(separator=separator).scan("code128")]
    assert setup.diagnose(mixed).settings.sends_separators is sends


@given(symbology=st.sampled_from(list(CARD)), lost=st.integers(0, 19))
def test_a_lost_character_is_never_taken_for_a_good_scan(symbology: str, lost: int) -> None:
    found = setup.diagnose([Reader(lost=lost).scan(symbology)])
    is_separator = CARD[symbology][lost % len(CARD[symbology])] == GS
    assert codes(found) == ({"setup.gs_lost"} if is_separator else {"setup.changed"})


@given(
    st.lists(
        st.builds(
            Key,
            key=st.text(max_size=3),
            code=st.text(max_size=3),
            at_ms=st.integers(-(10**12), 10**12),
            character=st.text(max_size=2),
            ends=st.booleans(),
            ctrl=st.booleans(),
            alt=st.booleans(),
            caps=st.booleans(),
            repeat=st.booleans(),
        ),
        max_size=40,
    )
)
def test_any_keys_give_a_diagnosis(keys: list[Key]) -> None:
    found = setup.diagnose([Recording(keys=tuple(keys))])
    assert found.findings
    assert setup.GAP_MS <= found.settings.gap_ms <= setup.GAP_MS_MOST
    assert setup.SPAN_MS <= found.settings.span_ms <= setup.SPAN_MS_MOST
    assert all(str(one.text) for one in found.findings)
