"""A station's reader: who sets it up, and what every page of that station then expects."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cellchain.labels import setup
from cellchain.labels.scanning import commands, queries, rules
from cellchain.labels.scanning.commands import ConfigureScanner
from cellchain.labels.scanning.queries import Reader
from cellchain.web.html import UsualReader
from tests.factories import House
from tests.labels.scanning.conftest import BOSS, STATION
from tests.trial.story import forbids, refuses

SLOW: dict[str, Any] = {"gap_ms": 200, "span_ms": 9_000, "prefix": "~", "suffix": "#"}


def reader_at(house: House, station: str | None) -> Reader:
    with house.read() as tx:
        return queries.reader_of(tx, station)


def test_a_station_without_settings_has_what_most_readers_need(stationed: House) -> None:
    usual, expected = UsualReader(), Reader(100, 1_500, "", "")
    assert reader_at(stationed, STATION) == reader_at(stationed, None) == expected
    assert (usual.gap_ms, usual.span_ms, usual.prefix, usual.suffix) == (100, 1_500, "", "")


def test_an_administrator_sets_up_any_station_and_changes_it(stationed: House) -> None:
    stationed.do(commands.configure_scanner, by=BOSS, station=STATION, **SLOW)
    assert reader_at(stationed, STATION) == Reader(200, 9_000, "~", "#")
    assert reader_at(stationed, "ward-3") == Reader()
    stationed.do(commands.configure_scanner, by=BOSS, station=STATION)
    assert reader_at(stationed, STATION) == Reader()
    assert [entry.event for entry in stationed.entries()][-2:] == ["labels:scanner:configured"] * 2


def test_separators_are_trusted_where_the_station_was_set_up_so(stationed: House) -> None:
    def separator(station: str | None) -> str | None:
        with stationed.read() as tx:
            return queries.gs1_reader_of(tx, station).separator

    assert [separator(STATION), separator(None)] == [None, None]
    stationed.do(commands.configure_scanner, by=BOSS, station=STATION, sends_separators=True)
    assert [separator(STATION), separator("ward-3")] == ["\x1d", None]
    stationed.do(commands.configure_scanner, by=BOSS, station=STATION)
    assert separator(STATION) is None


def test_a_technician_sets_up_their_own_station_alone(stationed: House) -> None:
    here = replace(stationed.actor("technician"), device=STATION)
    stationed.do(commands.configure_scanner, by=here, station=STATION, **SLOW)
    assert reader_at(stationed, STATION).gap_ms == 200
    with refuses("scanner.other_station"):
        stationed.do(commands.configure_scanner, by=here, station="ward-3", **SLOW)
    with refuses("scanner.other_station"):
        stationed.do(commands.configure_scanner, by=replace(here, device=None), station=STATION)


def test_it_is_forbidden_to_others(stationed: House) -> None:
    with forbids():
        stationed.do(commands.configure_scanner, by=stationed.actor("nurse"), station=STATION)


def test_the_station_is_there(stationed: House) -> None:
    with refuses("station.unknown"):
        stationed.do(commands.configure_scanner, by=BOSS, station="nowhere")


@pytest.mark.parametrize(
    "wrong", [{"gap_ms": 19}, {"gap_ms": 501}, {"span_ms": 499}, {"span_ms": 15_001}, {"prefix": "x" * 21}]
)
def test_waits_and_affixes_are_bounded(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ConfigureScanner.model_validate({"station": STATION, **wrong})


@given(st.integers(0, 120), st.text("~#*", max_size=4))
def test_whatever_the_setup_page_finds_can_be_set(pause_ms: int, prefix: str) -> None:
    """And a symbol of 64 characters from that very reader fits into it."""
    keys = [setup.Key(key=sign, at_ms=0, character=sign) for sign in f"{prefix}{setup.CARD['qr']}"]
    timed = [key.model_copy(update={"at_ms": at * pause_ms}) for at, key in enumerate(keys)]
    end = setup.Key(key="Enter", at_ms=len(keys) * pause_ms, ends=True)
    found = setup.diagnose([setup.Recording(keys=(*timed, end))]).settings
    order = ConfigureScanner(
        station=STATION, gap_ms=found.gap_ms, span_ms=found.span_ms, prefix=found.prefix, suffix=found.suffix
    )
    assert order.gap_ms > pause_ms
    assert order.span_ms >= 64 * pause_ms
    assert order.prefix == prefix


def test_what_is_set_is_within_what_a_reader_may_have() -> None:
    assert rules.GAP_MS.least <= rules.GAP_MS.usual <= rules.GAP_MS.most == setup.GAP_MS_MOST
    assert rules.SPAN_MS.least <= rules.SPAN_MS.usual <= rules.SPAN_MS.most == setup.SPAN_MS_MOST
