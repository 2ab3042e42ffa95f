"""The log of raw scans: every scan once, nothing about a person, bounded lists."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cellchain.identity import scan
from cellchain.identity.codes import Kind, issue
from cellchain.identity.isbt import Scheme
from cellchain.identity.schemes import Schemes
from cellchain.labels.scanning import log, queries, rules
from cellchain.labels.scanning.log import Beep
from cellchain.labels.scanning.models import RawScan
from cellchain.labels.scanning.queries import Asked, ScanLine
from cellchain.ledger.actor import Actor
from cellchain.platform.listing import PAGE_ROWS, Side
from tests.factories import House

UTC = ZoneInfo("UTC")
BAG = issue(Kind.BAG, 1, 2026, 412)
WHO = Actor("PS012600000141", device="bench-1")


def beep(symbol: str = BAG, nonce: str = "", **more: str) -> Beep:
    return Beep.of({"symbol": symbol, "nonce": nonce, **more})


@dataclass
class Log:
    """The first page of what was asked for, and the sums of its day."""

    lines: list[ScanLine]
    total: int
    refused: int
    reasons: tuple[tuple[str, int], ...]


def kept(house: House, station: str = "", problem: str = "", **asked: Any) -> Log:
    with house.read() as tx:
        wanted = Asked(asked.pop("day", house.clock.now().date()), station, problem, **asked)
        sums = queries.sums(tx, wanted, UTC)
        page = queries.scans_of(wanted).page(tx, **queries.scan_values(wanted, UTC))
        return Log(queries.scan_lines(tx, page.rows), sums.total, sums.refused, sums.reasons)


def pages_of(house: House) -> list[list[RawScan]]:
    """Every page of today's scans."""
    wanted = Asked(house.clock.now().date())
    listing, values, found = queries.scans_of(wanted), queries.scan_values(wanted, UTC), list[list[RawScan]]()
    older = ""
    while older or not found:
        with house.read() as tx:
            page = listing.page(tx, listing.place(older, Side.OLDER) if older else None, **values)
        found.append(list(page.rows))
        older = page.older
    return found


def test_a_resent_scan_is_one_row(house: House) -> None:
    for _ in range(3):
        log.keep(house.runner, WHO, beep(nonce="one"), "container")
    log.keep(house.runner, WHO, beep(nonce="two"), "unknown", "scan.wrong_kind")
    view = kept(house)
    assert (view.total, view.refused, len(view.lines)) == (2, 1, 2)
    [line] = [one for one in view.lines if one.problem is None]
    assert (line.symbol, line.is_shape, line.capture, line.answer, line.device) == (
        BAG,
        False,
        "wedge",
        "container",
        "bench-1",
    )


def test_another_scan_under_the_same_number_hides_nothing(house: House) -> None:
    log.keep(house.runner, WHO, beep(nonce="one"), "container")
    log.keep(house.runner, WHO, beep(issue(Kind.BAG, 1, 2026, 413), nonce="one"), "container")
    log.keep(house.runner, Actor("PS012600000238"), beep(nonce="one"), "container")
    assert kept(house).total == 3


def test_a_scan_without_a_number_gets_one(house: House) -> None:
    for _ in range(2):
        log.keep(house.runner, WHO, beep(), "container")
        log.keep(house.runner, WHO, beep(nonce="x" * 65), "container")
    assert kept(house).total == 4


def test_filters_by_station_reason_and_day(house: House) -> None:
    log.keep(house.runner, WHO, beep(), "container")
    log.keep(house.runner, Actor(WHO.person), beep("XX"), "unknown", "identity.wrong_length")
    log.keep(house.runner, WHO, beep("BG01260004"), "unknown", "scan.cut")
    assert kept(house).total == 3
    assert kept(house, station="bench-1").total == 2
    assert kept(house, station="-").total == 1
    assert [one.problem for one in kept(house, problem="scan.cut").lines] == ["scan.cut"]
    assert len(kept(house, refused_only=True).lines) == 2
    assert dict(kept(house).reasons) == {"scan.cut": 1, "identity.wrong_length": 1}
    assert kept(house, day=house.clock.now().date() + timedelta(days=1)).total == 0


def test_a_long_day_is_shown_in_pages(house: House) -> None:
    count = PAGE_ROWS + 5
    for place in range(count):
        log.keep(house.runner, WHO, beep(), "container")
        if place % 3 == 0:  # several at one moment, as from a burst of a reader
            house.clock.advance(timedelta(milliseconds=1))
    first, second = pages_of(house)
    assert (len(first), len(second)) == (PAGE_ROWS, 5)
    assert len({one.nonce for one in (*first, *second)}) == count


def test_a_day_is_the_sites_own() -> None:
    begins, ends = Asked(date(2026, 3, 29)).span(ZoneInfo("Europe/Berlin"))
    assert (ends.timestamp() - begins.timestamp()) == 23 * 3600


@pytest.mark.parametrize(
    ("symbol", "whole"),
    [
        (BAG, True),
        (f"]d1{BAG}\r", True),
        ("BG01260004", True),
        ("BG012600041299", True),
        ("Ivanov Ivan 1957-03-02", False),
        ("correct horse battery", False),
        ("Seven-Lanterns9", False),
        ("4510123456", False),
        ("]d20104600000000015", False),
        ("", False),
    ],
)
def test_what_may_be_about_a_person_is_kept_as_its_shape(symbol: str, whole: bool) -> None:
    text, is_shape = rules.kept(symbol, scan.read(symbol))
    assert is_shape is not whole
    assert text == (symbol if whole else rules.shape(symbol))


def test_a_message_of_isbt_that_says_who_is_kept_as_its_shape() -> None:
    """A recipient's number elsewhere and a day of birth are read and not kept; a donation's number names no person."""
    schemes = Schemes(isbt=Scheme.of_demonstration())
    for symbol, is_shape in (
        ("=A99991712345600", False),
        ("=#0119570302", True),
        ("&#0105ABC12", True),
        ("=+02000=A99991712345600=#0119570302", True),
    ):
        read = scan.read(symbol, schemes)
        assert read.problem is None
        text, shaped = rules.kept(symbol, read)
        assert (shaped, text == symbol) == (is_shape, not is_shape)


def test_a_shape_tells_how_a_text_was_made_up() -> None:
    assert rules.shape("Ivanov 1957-03-02") == "Aaaaaa 9999·99·99"
    assert rules.shape("Иванов\x1dИ.") == "ЖЖЖЖЖЖ␝Ж·"


@given(st.text(max_size=300))
@example("\x00")
def test_a_shape_holds_nothing_of_the_text(text: str) -> None:
    shaped, is_shape = rules.kept(text, scan.read(text))
    if is_shape:
        assert set(shaped) <= set("Aa9Ж␝· ")
    assert len(shaped) <= 256
    assert "\x00" not in shaped


def test_scans_of_one_request_in_their_order() -> None:
    items = [("csrf", "x"), ("symbol", "a"), ("nonce", "1"), ("capture", "camera"), ("typed_because", "")]
    items += [("symbol", "b"), ("nonce", "2"), ("capture", "typed"), ("typed_because", "no_symbol")]
    assert [(one.symbol, one.nonce, str(one.capture), one.typed_because) for one in Beep.each(items)] == [
        ("a", "1", "camera", ""),
        ("b", "2", "typed", "no_symbol"),
    ]
    assert len(Beep.each([("symbol", "a")] * 50)) == log.TOGETHER_MOST
    [alone] = Beep.each([])
    assert alone.symbol == ""


def test_nonsense_becomes_nothing() -> None:
    odd = beep("x" * 400, capture="guess", typed_because="just so")
    assert (len(odd.symbol), str(odd.capture), odd.typed_because) == (257, "wedge", "")
    assert scan.read(odd.symbol).problem == "scan.too_long"
