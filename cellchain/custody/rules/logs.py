"""A temperature logger's export file read: its times, its degrees, and what is wrong with them. Pure.

Two layouts are known: one column for date and time, or one for each; in any order, after any number of lines about the
logger, with a semicolon, a comma or a tab between, a decimal point or a comma. What cannot be read without guessing is
refused by name, and nothing of such a file is taken.
"""

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from cellchain.custody.rules.climate import Climate
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import decoded

FILE_BYTES_MAX = 400_000
READINGS_MAX = 5_000
LINES_MAX = 6_000
CELLS_MAX = 50
HEADINGS_WITHIN = 60
SEPARATORS = ("\t", ";", ",")
MOMENT_NAMES = frozenset(
    {"date/time", "date / time", "date time", "datetime", "timestamp", "time stamp", "time", "дата/время"}
    | {"дата / время", "дата и время", "дата время", "время"}
)
DATE_NAMES = frozenset({"date", "дата"})
TIME_NAMES = frozenset({"time", "время"})
TEMPERATURE_NAMES = ("temp", "темп")
_UNIT = re.compile(r"\s*[(\[].*?[)\]]|\s*,?\s*°\s*[cfс]\.?$", re.IGNORECASE)
_FAHRENHEIT = re.compile(r"(?:°\s*|[(\[]\s*)f\b|fahrenheit", re.IGNORECASE)
_DEGREES = re.compile(r"([+-]?\d{1,3}(?:[.,]\d{1,6})?)\s*(?:°?\s*[CС])?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})\.(\d{2})\.(\d{4})|(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,6})?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII)


class DateOrder(StrEnum):
    """Which of two numbers with a slash between is the day."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True)
class Reading:
    """How warm it was at one time, in thousandths of a degree."""

    at: datetime
    temperature_mc: int


@dataclass(frozen=True)
class Log:
    """What a logger wrote, each time once and in order; and how many lines said again what another had said."""

    readings: tuple[Reading, ...]
    duplicates_count: int = 0


def text_of(content: bytes) -> str:
    """A file as text: UTF-8 or UTF-16 by its mark, UTF-8, else Windows-1251.

    Raises Refused `log.empty`, `.too_large`, `.not_text`.
    """
    if len(content) > FILE_BYTES_MAX:
        raise Refused(
            "log.too_large",
            "This file is larger than {most} kB. Export the readings of this journey alone.",
            most=FILE_BYTES_MAX // 1_000,
        )
    if not content.strip():
        raise Refused("log.empty", "This file is empty. Export it from the logger again.")
    text = decoded(content)
    if text is None:
        raise Refused("log.not_text", "This file is no text. Export the readings from the logger as CSV.")
    return text


def log_of(text: str, zone: ZoneInfo | None = None, dates: DateOrder | None = None) -> Log:
    """The readings in a file. `zone` is where the logger's clock was set, for times that do not say it themselves.

    Raises Refused `log.no_columns`, `.no_readings`, `.too_many`, `.bad_line`, `.unit`, `.zone_needed`,
    `.dates_ambiguous`, `.no_such_time`, `.contradicts`.
    """
    table, columns, start = _table(text)
    found: list[Reading] = []
    for number, cells in enumerate(table[start:], start + 1):
        if not any(cells):
            continue
        previous = found[-1].at if found else None
        found.append(_reading(cells, columns, number, (zone, dates), previous))
    if not found:
        raise Refused("log.no_readings", "There is no reading under the headings of this file. Export it again.")
    if len(found) > READINGS_MAX:
        raise Refused(
            "log.too_many",
            "The file holds {count} readings, {most} at most are taken. Export the readings of this journey alone.",
            count=len(found),
            most=READINGS_MAX,
        )
    return _once(found)


def _once(found: Sequence[Reading]) -> Log:
    known: dict[datetime, Reading] = {}
    for reading in found:
        before = known.setdefault(reading.at, reading)
        if before.temperature_mc != reading.temperature_mc:
            raise Refused(
                "log.contradicts",
                "Two readings of {at} differ. Export the file again; if they still do, report it to QA.",
                at=reading.at,
            )
    return Log(tuple(known[at] for at in sorted(known)), len(found) - len(known))


@dataclass(frozen=True)
class _Columns:
    """Where the columns stand; `time` is None where `date` holds both."""

    date: int
    time: int | None
    temperature: int

    @property
    def last(self) -> int:
        return max(self.date, self.time or 0, self.temperature)


def _table(text: str) -> tuple[list[list[str]], _Columns, int]:
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise Refused(
            "log.too_many",
            "The file holds {count} readings, {most} at most are taken. Export the readings of this journey alone.",
            count=len(lines),
            most=READINGS_MAX,
        )
    for separator in SEPARATORS:
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, strict=True))
        except csv.Error:
            continue
        table = [[cell.strip() for cell in row[:CELLS_MAX]] for row in rows]
        for place, row in enumerate(table[:HEADINGS_WITHIN]):
            columns = _headings(row)
            if columns is not None:
                return table, columns, place + 1
    raise Refused(
        "log.no_columns",
        "No line of this file names a column for the time and one for the temperature. Export it with its headings.",
    )


def _headings(row: Sequence[str]) -> _Columns | None:
    names = [_UNIT.sub("", cell).strip().casefold() for cell in row]
    temperature = next((at for at, name in enumerate(names) if name.startswith(TEMPERATURE_NAMES)), None)
    date = next((at for at, name in enumerate(names) if name in DATE_NAMES), None)
    time = next((at for at, name in enumerate(names) if name in TIME_NAMES), None)
    moment = next((at for at, name in enumerate(names) if name in MOMENT_NAMES), None)
    if temperature is None or (date is None and moment is None):
        return None
    if _FAHRENHEIT.search(row[temperature]):
        raise Refused("log.unit", "The temperatures of this file are in Fahrenheit. Export them in degrees Celsius.")
    if date is not None:
        return _Columns(date, time, temperature)
    return _Columns(moment or 0, None, temperature)


def _reading(
    cells: Sequence[str],
    columns: _Columns,
    line: int,
    how: tuple[ZoneInfo | None, DateOrder | None],
    previous: datetime | None,
) -> Reading:
    if len(cells) <= columns.last:
        raise _bad(line)
    said = cells[columns.date] if columns.time is None else f"{cells[columns.date]} {cells[columns.time]}"
    degrees = _DEGREES.fullmatch(cells[columns.temperature].replace("\u2212", "-"))
    if degrees is None:
        raise _bad(line)
    value = Decimal(degrees[1].replace(",", ".")) * 1_000
    return Reading(_moment(said, line, how, previous), int(value.to_integral_value(ROUND_HALF_EVEN)))


def _moment(said: str, line: int, how: tuple[ZoneInfo | None, DateOrder | None], previous: datetime | None) -> datetime:
    zone, dates = how
    date = _DATE.match(said)
    time = _TIME.fullmatch(said[date.end() :].lstrip(" T,")) if date else None
    if date is None or time is None:
        raise _bad(line)
    try:
        naive = datetime(*_day(date, dates), int(time[1]), int(time[2]), int(time[3] or 0))  # noqa: DTZ001
    except ValueError as error:
        raise _bad(line) from error
    if time[4]:
        return datetime.fromisoformat(f"{naive.isoformat()}{_offset(time[4])}").astimezone(UTC)
    if zone is None:
        raise Refused(
            "log.zone_needed", "The times of this file name no time zone. State where the logger's clock was set."
        )
    return _in_zone(naive, zone, line, previous)


def _offset(said: str) -> str:
    return "+00:00" if said == "Z" else f"{said[:3]}:{said[-2:]}"


def _day(date: re.Match[str], dates: DateOrder | None) -> tuple[int, int, int]:
    if date[1]:
        return int(date[1]), int(date[2]), int(date[3])
    if date[4]:
        return int(date[6]), int(date[5]), int(date[4])
    if dates is None:
        raise Refused(
            "log.dates_ambiguous", "Day and month of this file cannot be told apart. State which of them comes first."
        )
    day, month = (date[7], date[8]) if dates is DateOrder.DAY_FIRST else (date[8], date[7])
    return int(date[9]), int(month), int(day)


def _in_zone(naive: datetime, zone: ZoneInfo, line: int, previous: datetime | None) -> datetime:
    """A wall clock's time. In the hour that comes twice, a reading that would lie before the last one is the second."""
    first = naive.replace(tzinfo=zone, fold=0)
    at = first.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != naive:
        raise Refused(
            "log.no_such_time",
            "Line {line} names a time that this time zone never had. State the zone of the logger's clock.",
            line=line,
        )
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return second if previous is not None and at < previous <= second else at


def _bad(line: int) -> Refused:
    return Refused(
        "log.bad_line",
        "Line {line} holds no time with a temperature. Export the file again, without changing it.",
        line=line,
    )


# ---- what a log says about one container -----------------------------------------------------------------------------

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Judged:
    """What a log says about a container in one window: when it was out of its range, and when nobody knows."""

    warm: tuple[Stretch, ...]
    silent: tuple[Stretch, ...]
    worst: Reading | None
    lowest_mc: int | None
    highest_mc: int | None
    inside_count: int


def judged(readings: Sequence[Reading], climate: Climate, began: datetime, ended: datetime) -> Judged:
    """Readings held against what a kind bears, from `began` to `ended`.

    The time between two readings counts as out of range where one of them is; the logger is silent where two of them,
    or an end of the window and the next one, lie further apart than it may be silent. `worst` is the reading that no
    minutes excuse.
    """
    inside = [reading for reading in readings if began <= reading.at <= ended]
    if not inside:
        return Judged((), ((began, ended),) if ended > began else (), None, None, None, 0)
    most = timedelta(minutes=climate.log_minutes)
    points = [
        (began, climate.holds(inside[0].temperature_mc)),
        *((reading.at, climate.holds(reading.temperature_mc)) for reading in inside),
        (ended, climate.holds(inside[-1].temperature_mc)),
    ]
    silent = [(a, b) for (a, _), (b, _) in pairwise(points) if b - a > most]
    warm = [(a, b) for (a, fits), (b, also) in pairwise(points) if a < b and b - a <= most and not (fits and also)]
    beyond = [reading for reading in inside if not climate.bears(reading.temperature_mc)]
    worst = max(
        beyond,
        key=lambda one: max(climate.low_mc - one.temperature_mc, one.temperature_mc - climate.high_mc),
        default=None,
    )
    values = [reading.temperature_mc for reading in inside]
    return Judged(_joined(warm), tuple(silent), worst, min(values), max(values), len(inside))


def _joined(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for began, ended in stretches:
        if found and found[-1][1] == began:
            found[-1] = (found[-1][0], ended)
        else:
            found.append((began, ended))
    return tuple(found)
