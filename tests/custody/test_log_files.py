"""Loggers' files: whatever the layout, the same readings come out; whatever is unclear is refused by name."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.custody.rules.climate import Climate, climate_of
from cellchain.custody.rules.logs import (
    FILE_BYTES_MAX,
    READINGS_MAX,
    DateOrder,
    Reading,
    judged,
    log_of,
    text_of,
)
from cellchain.kernel.errors import Refused
from cellchain.manufacturing.rules.lifecycles import ContainerKind

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BAG = climate_of(ContainerKind.INFUSION_BAG) or Climate(0, 0, 0, 0, 0, 0, 0)
ZONES = [ZoneInfo(name) for name in ("Europe/Moscow", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")]
LAYOUTS = {
    "iso": ("Date/Time", "%Y-%m-%d %H:%M:%S"),
    "iso_t": ("Timestamp", "%Y-%m-%dT%H:%M:%S"),
    "dotted": ("Дата и время", "%d.%m.%Y %H:%M:%S"),
    "two": ("Date{0}Time", "%Y-%m-%d{0}%H:%M:%S"),
    "two_dotted": ("Дата{0}Время", "%d.%m.%Y{0}%H:%M:%S"),
}


@st.composite
def logs(draw: st.DrawFn) -> list[Reading]:
    """Readings in order, from seconds to hours apart."""
    steps = draw(st.lists(st.integers(1, 20_000), min_size=1, max_size=40))
    values = draw(st.lists(st.integers(-200_000, 60_000), min_size=len(steps), max_size=len(steps)))
    found, when = [], datetime(2026, draw(st.integers(1, 12)), draw(st.integers(1, 28)), tzinfo=UTC)
    for step, value in zip(steps, values, strict=True):
        when += timedelta(seconds=step)
        found.append(Reading(when, value))
    return found


def written(readings: list[Reading], layout: str, separator: str, comma: bool, zone: ZoneInfo) -> str:
    head, pattern = LAYOUTS[layout]
    lines = ["Logger;DEMO-7", "", f"No.{separator}{head.format(separator)}{separator}Temperature (°C)"]
    for number, one in enumerate(readings, 1):
        sign, (whole, part) = "-" if one.temperature_mc < 0 else "", divmod(abs(one.temperature_mc), 1_000)
        value = f"{sign}{whole}{',' if comma else '.'}{part:03d}"
        value = f'"{value}"' if comma and separator == "," else value
        when = one.at.astimezone(zone).strftime(pattern.format(separator))
        lines.append(f"{number}{separator}{when}{separator}{value}")
    return "\r\n".join(lines) + "\r\n"


@given(
    logs(),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from([";", ",", "\t"]),
    st.booleans(),
    st.sampled_from(ZONES),
)
def test_every_layout_gives_the_same_readings(
    readings: list[Reading], layout: str, separator: str, comma: bool, zone: ZoneInfo
) -> None:
    local = [one.at.astimezone(zone).replace(tzinfo=None) for one in readings]
    if sorted(set(local)) != local:
        return  # across the hour that comes twice a wall clock alone does not tell; it has a test of its own
    found = log_of(written(readings, layout, separator, comma, zone), zone)
    if all(one.at.astimezone(zone).fold == 0 for one in readings):
        assert (list(found.readings), found.duplicates_count) == (readings, 0)


def refusal_of(content: bytes) -> str:
    """Why a file is not read; anything but a refusal fails."""
    try:
        log_of(text_of(content), ZONES[0])
    except Refused as refused:
        return refused.code
    return "log.read"


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert refusal_of(content).startswith("log.")


@given(st.text(max_size=200))
def test_any_lines_under_headings_are_read_or_refused(lines: str) -> None:
    assert refusal_of(f"Date;Time;Temp\n{lines}".encode()).startswith("log.")


def one(text: str, zone: ZoneInfo | None = ZONES[0], dates: DateOrder | None = None) -> Reading:
    [found] = log_of(text, zone, dates).readings
    return found


def test_a_time_that_names_its_zone_needs_no_other() -> None:
    assert one("Time,Temp\n2026-03-02T11:00:00+03:00,4.2", None) == Reading(START, 4_200)
    assert one("Time,Temp\n2026-03-02T08:00Z,4.2", ZONES[3]) == Reading(START, 4_200)
    assert one("Time,Temp\n2026-03-02 13:45:00+0545,-0.5", None) == Reading(START, -500)


def test_which_number_is_the_day_is_said() -> None:
    file = "Date\tTime\tTemperature °C\n03/02/2026\t11:00\t4,25"
    assert one(file, dates=DateOrder.MONTH_FIRST).at == START
    assert one(file, dates=DateOrder.DAY_FIRST).at == datetime(2026, 2, 3, 8, tzinfo=UTC)


def test_the_hour_that_comes_twice_goes_on() -> None:
    zone = ZoneInfo("Europe/Berlin")
    times = ["25.10.2026 02:30", "25.10.2026 02:45", "25.10.2026 02:00", "25.10.2026 02:15", "25.10.2026 03:00"]
    file = "Date/Time;Temp\n" + "\n".join(f"{when};4,0" for when in times)
    found = [reading.at for reading in log_of(file, zone).readings]
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=15 * n) for n in (0, 1, 2, 3, 6)]


def test_a_line_that_says_it_again_is_counted() -> None:
    file = "Time;Temp\n2026-03-02 11:00;4.2\n2026-03-02 11:00;4.2\n2026-03-02 10:55;4.0"
    found = log_of(file, ZONES[0])
    assert [reading.temperature_mc for reading in found.readings] == [4_000, 4_200]
    assert found.duplicates_count == 1


HEAD = "Time;Temp\n"
FAULTS = [
    ("log.empty", " \n"),
    ("log.not_text", "\x01\x02Time;Temp"),
    ("log.no_columns", "11:00;4.2"),
    ("log.no_columns", "Time;Humidity\n2026-03-02 11:00;4.2"),
    ("log.no_readings", HEAD),
    ("log.bad_line", f"{HEAD}2026-03-02 11:00;warm"),
    ("log.bad_line", f"{HEAD}2026-03-02;4.2"),
    ("log.bad_line", f"{HEAD}2026-02-30 11:00;4.2"),
    ("log.bad_line", f"{HEAD}2026-03-02 11:00"),
    ("log.bad_line", f"{HEAD}2026-03-02 25:00;4.2"),
    ("log.unit", "Time;Temp (°F)\n2026-03-02 11:00;40"),
    ("log.dates_ambiguous", f"{HEAD}03/02/2026 11:00;4.2"),
    ("log.contradicts", f"{HEAD}2026-03-02 11:00;4.2\n2026-03-02 11:00;4.3"),
    ("log.too_many", HEAD + "2026-03-02 11:00;4.2\n" * (READINGS_MAX + 1)),
    ("log.too_many", "x\n" * 7_000),
]


@pytest.mark.parametrize(("code", "file"), FAULTS)
def test_what_is_unclear_is_refused(code: str, file: str) -> None:
    with pytest.raises(Refused) as refused:
        log_of(text_of(file.encode()), ZONES[0])
    assert refused.value.code == code


def test_a_zone_is_needed_and_has_the_time() -> None:
    with pytest.raises(Refused) as refused:
        log_of(f"{HEAD}2026-03-02 11:00;4.2")
    assert refused.value.code == "log.zone_needed"
    with pytest.raises(Refused) as refused:
        log_of(f"{HEAD}29.03.2026 02:30;4.2", ZoneInfo("Europe/Berlin"))
    assert refused.value.code == "log.no_such_time"
    with pytest.raises(Refused) as refused:
        text_of(b"x" * (FILE_BYTES_MAX + 1))
    assert refused.value.code == "log.too_large"


def test_files_of_windows_and_of_spreadsheets_are_text() -> None:
    file = "Дата;Время;Температура, °C\r\n02.03.2026;11:00;4,2\r\n"
    for encoding in ("utf-8", "utf-8-sig", "cp1251", "utf-16"):
        assert one(text_of(file.encode(encoding))) == Reading(START, 4_200)


# ---- held against a container ----------------------------------------------------------------------------------------


@given(logs(), st.integers(0, 90_000), st.integers(1, 90_000))
def test_warm_and_silent_lie_apart_within_the_window(readings: list[Reading], lead: int, length: int) -> None:
    began = readings[0].at - timedelta(seconds=3_000) + timedelta(seconds=lead)
    ended = began + timedelta(seconds=length)
    found = judged(readings, BAG, began, ended)
    stretches = sorted([*found.warm, *found.silent])
    assert all(began <= first < last <= ended for first, last in stretches)
    assert all(before[1] <= after[0] for before, after in pairwise(stretches))
    warm = sum((last - first for first, last in found.warm), timedelta())
    assert warm <= ended - began
    inside = [one for one in readings if began <= one.at <= ended]
    assert found.inside_count == len(inside)
    if all(BAG.holds(one.temperature_mc) for one in inside):
        assert found.warm == ()
    for reading in inside:
        if not BAG.holds(reading.temperature_mc) and began < ended:
            assert any(first <= reading.at <= last for first, last in stretches)


def every(minutes: int, *values: int) -> list[Reading]:
    return [Reading(START + timedelta(minutes=minutes * place), value) for place, value in enumerate(values)]


def test_time_beside_a_warm_reading_is_warm() -> None:
    found = judged(every(5, 4_000, 4_500, 9_000, 8_000, 5_000), BAG, START, START + timedelta(minutes=20))
    assert found.warm == ((START + timedelta(minutes=5), START + timedelta(minutes=15)),)
    assert (found.silent, found.worst, found.lowest_mc, found.highest_mc) == ((), None, 4_000, 9_000)


def test_a_silent_logger_is_known_inside_and_at_both_ends() -> None:
    ended = START + timedelta(minutes=90)
    readings = [Reading(START + timedelta(minutes=minute), 4_000) for minute in (20, 30, 50, 60)]
    found = judged(readings, BAG, START, ended)
    silent = [(int((a - START).total_seconds() // 60), int((b - START).total_seconds() // 60)) for a, b in found.silent]
    assert silent == [(0, 20), (30, 50), (60, 90)]
    assert judged([], BAG, START, ended).silent == ((START, ended),)


def test_no_minutes_excuse_ice() -> None:
    found = judged(every(5, 4_000, -100, 26_000, 4_000), BAG, START, START + timedelta(minutes=15))
    assert found.worst is not None
    assert found.worst.temperature_mc == 26_000
