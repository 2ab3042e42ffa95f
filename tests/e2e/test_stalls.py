"""A reader that stalls inside a scan: whatever the stalls, the page takes exactly that scan or refuses it, and never
another code. The modules run in the browser as they are; time is what each key says."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page

from cellchain.identity.codes import Kind, issue
from tests.e2e.scan_sink_app import Bench
from tests.e2e.scan_sink_reader import GS, Reader
from tests.e2e.sink_gallery import BAG, answered
from tests.e2e.sink_gallery import bench as bench
from tests.e2e.sink_gallery import gallery as gallery
from tests.e2e.sink_gallery import served as served
from tests.support.campaign import times

KEY_MS, LIFT_MS = 3, 60
LONG_MS = 700  # longer than any stall: silence has ended what came before
# What readers send, with and without the prefix that names the kind of symbol.
NATIVE = [issue(Kind.BAG, 1, 2026, number) for number in (1, 412, 99_999)]
CODES = [
    *NATIVE,
    f"]C0{NATIVE[1]}",
    f"]d1{NATIVE[0]}",
    f"]d20104600000000015102345678{GS}17270331{GS}21AB",
    f"]C10104600000000015{GS}21{NATIVE[2]}",
    "]d2=A99991712345600=%6200=<S1234100&>0271472359",
    "=A99991712345600",
    "=A99991712345600&>0271472359",
    "&>0271472359",
    "4006381333931",
    "]E04006381333931",
    "SEAL-0012/77 A",
    "0104600000000015102345678",
]
RUN = """async ([runs, place, limits]) => {
  const { Burst } = await import("/static/js/burst.js");
  return runs.map((keys) => {
    const burst = new Burst(limits);
    const seen = [];
    let last = -Infinity;
    for (const [key, at] of keys) {
      if (burst.pending && at - last > 560) seen.push(burst.lull());
      seen.push(burst.take({ key, code: "", timeStamp: at, repeat: false }, place));
      last = at;
    }
    return seen.filter((one) => ["end", "cut", "slow"].includes(one.is)).map(({ is, text }) => [is, text]);
  });
}"""
Keys = list[tuple[str, float]]


def keys_of(code: str, stalls: dict[int, float], at: float = 0, end: bool = True) -> Keys:
    """One scan: before the character of each number in `stalls` (its length is the terminator) the link stalls."""
    keys: Keys = []
    for number, key in enumerate([*code, *(["Enter"] if end else [])]):
        at += KEY_MS + stalls.get(number, 0)
        keys.append((key, at))
    return keys


def all_told(page: Page, runs: list[Keys], place: str, **limits: Any) -> list[list[list[str]]]:
    """What the page made of each of these runs of keys: the scans that it took, and those that it refused."""
    found: list[list[list[str]]] = page.evaluate(RUN, [runs, place, limits])
    return found


def told(page: Page, keys: Keys, place: str, **limits: Any) -> list[list[str]]:
    """The same of one run."""
    return all_told(page, [keys], place, **limits)[0]


def taken(seen: list[list[str]]) -> list[str]:
    """The scans that were taken."""
    return [text for how, text in seen if how == "end"]


def splits(code: str, dice: random.Random) -> Iterator[dict[int, float]]:
    """Every place for one stall, and as many again with two to five."""
    yield from ({at: 101.0} for at in range(1, len(code) + 1))
    for _ in range(len(code)):
        where = dice.sample(range(1, len(code) + 1), min(len(code), dice.randint(2, 5)))
        yield {at: dice.choice([101.0, 250.0, 480.0, LONG_MS]) for at in where}


@pytest.mark.parametrize("place", ["nowhere", "field"])
@pytest.mark.parametrize("code", CODES, ids=range(len(CODES)))
def test_however_it_stalls_it_is_that_scan_or_none(gallery: Page, code: str, place: str) -> None:
    dice = random.Random(code)
    tried = [stalls for _ in range(times(1)) for stalls in splits(code, dice)]
    seen = all_told(gallery, [keys_of(code, stalls) for stalls in tried], place)
    assert [one for one, now in zip(tried, seen, strict=True) if taken(now) not in ([], [code])] == []


@pytest.mark.parametrize("place", ["nowhere", "field"])
@pytest.mark.parametrize("code", [NATIVE[1], CODES[3], CODES[4], CODES[5], "]E04006381333931"])
def test_up_to_three_stalls_lose_no_scan_that_says_what_it_is(gallery: Page, code: str, place: str) -> None:
    """That is what the pieces are kept for: a native code, and whatever has its AIM prefix."""
    dice = random.Random(code)
    tried = [
        {at: dice.uniform(101, 480) for at in dice.sample(range(1, len(code) + 1), count)}
        for count in (1, 2, 3)
        for _ in range(times(10))
    ]
    seen = all_told(gallery, [keys_of(code, stalls) for stalls in tried], place)
    assert [one for one, now in zip(tried, seen, strict=True) if now != [["end", code]]] == []


@pytest.mark.parametrize("place", ["nowhere", "field"])
def test_two_scans_never_become_one(gallery: Page, place: str) -> None:
    """The first lost its end, or all but its start, and the second comes within a stall of it. Of one reader either all
    scans have an AIM prefix or none."""
    dice = random.Random(place)
    pairs = [
        (first[: dice.randint(1, len(first))], second)
        for first in CODES
        for second in CODES
        for _ in range(times(2))
        if first.startswith("]") == second.startswith("]")
    ]
    runs = []
    for first, second in pairs:
        keys = keys_of(first, {}, end=False)
        runs.append(keys + keys_of(second, {0: dice.choice([101.0, 300.0, 480.0, LONG_MS])}, at=keys[-1][1]))
    seen = all_told(gallery, runs, place)
    # What the two together spell may be a code by itself: the first was cut where the second one begins.
    fine = [([], [second], *([[first + second]] if first + second in CODES else [])) for first, second in pairs]
    assert [pair for pair, now, good in zip(pairs, seen, fine, strict=True) if taken(now) not in good] == []


@pytest.mark.parametrize("place", ["nowhere", "field"])
@pytest.mark.parametrize("code", ["4006381333931", NATIVE[0], CODES[5]], ids=["plain", "native", "GS1"])
def test_what_the_station_says_of_its_reader_tells_where_a_scan_begins(gallery: Page, code: str, place: str) -> None:
    """With a prefix of its own even a plain number survives its stalls; without its end it is refused."""
    sent, limits = f"~{code}#", {"prefix": "~", "suffix": "#"}
    for at in range(1, len(sent) + 1):
        assert told(gallery, keys_of(sent, {at: 200.0}), place, **limits) == [["end", sent]], at
    assert taken(told(gallery, keys_of(sent[:-4], {5: 200.0}), place, **limits)) == []


def test_a_plain_number_that_stalled_is_refused_and_said(gallery: Page) -> None:
    """Its second half is a number as well, and nothing tells that it was one half."""
    assert told(gallery, keys_of("4006381333931", {7: 200.0}), "nowhere") == [["cut", "4006381333931"]]
    assert told(gallery, keys_of("4006381333931", {1: 200.0}), "field") == [["cut", "4006381333931"]]


@pytest.mark.parametrize("typed_ms", [120, 180, 400])
@pytest.mark.parametrize("text", ["sokolova", "BG 12", "0123456789012", "=A9999", "]C0BG"])
def test_what_a_person_types_is_theirs(gallery: Page, text: str, typed_ms: float) -> None:
    """Their Enter does what Enter does: nothing is taken and nothing is told."""
    keys = keys_of(text, dict.fromkeys(range(1, len(text) + 1), typed_ms))
    assert told(gallery, keys, "field") == []


@pytest.mark.parametrize("head", ["x", "no", "abc"])
@pytest.mark.parametrize("code", [NATIVE[1], CODES[3], CODES[5]])
def test_a_person_who_types_and_scans_at_once_loses_neither(gallery: Page, code: str, head: str) -> None:
    typed = keys_of(head, dict.fromkeys(range(len(head)), 150.0), end=False)
    keys = typed + keys_of(code, {0: 300.0}, at=typed[-1][1])
    assert told(gallery, keys, "field") == [["end", code]]


def test_a_field_for_a_secret_is_never_read_together(gallery: Page) -> None:
    assert told(gallery, keys_of(NATIVE[0], {4: 200.0, 9: 200.0}), "secret") == []


def pressed(reader: Reader, code: str, after: Sequence[int], stall_s: float = 0.3) -> None:
    """A scan with a stall after so many characters, each time."""
    for begin, end in zip((0, *after), (*after, len(code)), strict=True):
        reader.at += stall_s if begin else 0
        reader.page.wait_for_timeout(1000 * stall_s if begin else 0)
        reader.type(code[begin:end])
    reader.press("Enter", "Enter", "\r")


@pytest.mark.parametrize("field", [None, "#sign-username"], ids=["anywhere", "in a field"])
def test_two_stalls_in_the_page_itself(gallery: Page, bench: Bench, field: str | None) -> None:
    """The scan arrives whole, and the field is as it was."""
    if field is not None:
        gallery.locator(field).fill("as it was")
        gallery.locator(field).focus()
        gallery.wait_for_timeout(600)
    reader = Reader(gallery)
    pressed(reader, BAG, (4, 9))
    answered(gallery, 1)
    assert bench.symbols == [BAG]
    if field is not None:
        assert gallery.locator(field).input_value() == "as it was"


def test_a_refused_scan_leaves_nothing_in_the_field(gallery: Page, bench: Bench) -> None:
    """A number of which only a part would stay there could be sent by the next press."""
    gallery.locator("#sign-username").fill("as it was")
    gallery.locator("#sign-username").focus()
    gallery.wait_for_timeout(600)
    pressed(Reader(gallery), "4006381333931", (6,))
    gallery.locator("#told").get_by_text("The scan was cut off").wait_for()
    assert bench.symbols == []
    assert gallery.locator("#sign-username").input_value() == "as it was"
