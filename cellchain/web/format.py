"""How times, quantities and identifiers look to a person, in a language and a time zone.

Pure: no request, no clock, no database, so that screens, labels and reports write alike: no-break spaces before units,
a true minus sign, a decimal comma in Russian.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from cellchain.kernel.units import MILLI, UL_PER_ML
from cellchain.kernel.values import dataclass

SPACE = "\u00a0"  # no-break space: a number never parts from its unit at the end of a line
MINUS = "\u2212"
MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
}
UNITS: dict[str, dict[str, str]] = {
    "en": {},
    "ru": {
        "d": "сут",
        "h": "ч",
        "min": "мин",
        "s": "с",
        "L": "л",
        "mL": "мл",
        "µL": "мкл",
        "nL": "нл",
        "mL/h": "мл/ч",
        "kg": "кг",
    }
    | {"g": "г", "m": "м", "cm": "см", "cm²": "см²", "mm": "мм", "g/mL": "г/мл", "mmHg": "мм рт. ст."}
    | {"EU/mL": "ЕЭ/мл", "EU/kg": "ЕЭ/кг", "mmol/min/kPa": "ммоль/мин/кПа", "events": "явления"}
    | {"B": "Б", "kB": "кБ", "MB": "МБ"}
    | {"pcs": "шт.", "IU": "МЕ", "CFU": "КОЕ", "Pa": "Па", "/m³": "/м³"},
}
ZONES_RU = {"MSK": "МСК"}
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SCIENTIFIC_FROM = 10_000

# Kind, site, year, sequence, check digits (identity/codes.py). A scheme with other groups adds its pattern here.
_NATIVE = re.compile(r"([A-Z]{2})([0-9]{2})([0-9]{2})([0-9]{6})([0-9]{2})")


@dataclass(frozen=True)
class Piece:
    """A part of an identifier: `kind` is plain, mark (differs from the other one) or check (its check digits)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Format:
    """Writes values for one language (`en`, `ru`) in one time zone. Times carry a zone, quantities are integers."""

    language: str
    zone: ZoneInfo

    # Times

    def local(self, at: datetime) -> str:
        """`24 Nov 2026, 13:34 MSK`, Russian `24.11.2026, 13:34 МСК`."""
        return f"{self.local_date(at)}, {self.local_time(at)}"

    def local_time(self, at: datetime) -> str:
        """`13:34 MSK`."""
        here = self.here(at)
        return f"{here:%H:%M}{SPACE}{self.zone_name(here)}"

    def clock(self, at: datetime) -> str:
        """`13:34`, for where the zone stands beside it once."""
        return f"{self.here(at):%H:%M}"

    def local_date(self, at: datetime | date) -> str:
        """`24 Nov 2026`, Russian `24.11.2026`. A plain date is taken as it is; a time by the site's zone."""
        day = self.here(at).date() if isinstance(at, datetime) else at
        if self.language == "ru":
            return f"{day:%d.%m.%Y}"
        return f"{day.day}{SPACE}{MONTHS['en'][day.month - 1]}{SPACE}{day.year}"

    def long_date(self, at: datetime | date) -> str:
        """`Tuesday, 24 Nov 2026`, the headline of a day."""
        day = self.here(at).date() if isinstance(at, datetime) else at
        return f"{WEEKDAYS[self.language][day.weekday()]}, {self.local_date(day)}"

    def label_date(self, at: datetime | date) -> str:
        """`24 NOV 2026`, Russian `24 НОЯ 2026`, as labels print it."""
        day = self.here(at).date() if isinstance(at, datetime) else at
        return f"{day.day:02d}{SPACE}{MONTHS[self.language][day.month - 1].upper()}{SPACE}{day.year}"

    def utc(self, at: datetime) -> str:
        """`12:34 UTC`, and with its date where that differs from the local one: `23 Nov 2026, 22:10 UTC`."""
        there = _aware(at).astimezone(UTC)
        time = f"{there:%H:%M}{SPACE}UTC"
        return time if there.date() == self.here(at).date() else f"{self.local_date(there.date())}, {time}"

    def iso(self, at: datetime) -> str:
        """For `<time datetime>`: local time with its offset, to the second."""
        return self.here(at).isoformat(timespec="seconds")

    def start_of_count(self, at: datetime) -> str:
        """What a page counts on from: to the millisecond and rounded up, so that its clock is never behind ours."""
        return self.here(at + timedelta(microseconds=999)).isoformat(timespec="milliseconds")

    def day(self, at: datetime) -> date:
        """The site's day of a moment, to be compared with other days."""
        return self.here(at).date()

    def here(self, at: datetime) -> datetime:
        """The same moment in the site's zone. Raises ValueError for a time without a zone."""
        return _aware(at).astimezone(self.zone)

    def zone_name(self, at: datetime) -> str:
        """`MSK`, Russian `МСК`; zones without letters are written by their distance, `UTC+7`."""
        name = self.here(at).tzname() or "UTC"
        if name[0] in "+-":
            hours, rest = int(name[1:3]), name[3:5]
            return f"UTC{'+' if name[0] == '+' else MINUS}{hours}{':' + rest if rest not in ('', '00') else ''}"
        return ZONES_RU.get(name, name) if self.language == "ru" else name

    def minutes(self, span: int | timedelta) -> str:
        """`2 h 08 min`, `22 min`. Cut, never rounded up: a clock must not promise more than there is."""
        total = int(span.total_seconds() // 60) if isinstance(span, timedelta) else span
        sign, total = (MINUS, -total) if total < 0 else ("", total)
        hours, rest = divmod(total, 60)
        h, m = self.unit("h"), self.unit("min")
        if not hours:
            return f"{sign}{rest}{SPACE}{m}"
        return f"{sign}{hours}{SPACE}{h}{SPACE}{rest:02d}{SPACE}{m}"

    # Quantities

    def cells(self, count: int, decimals: int = 2) -> str:
        """`2.04 × 10⁸` (Russian `2,04 × 10⁸`); small counts in full."""
        if abs(count) < SCIENTIFIC_FROM:
            return self.number(count)
        mantissa, exponent = self.scientific(count, decimals)
        return f"{mantissa}{SPACE}×{SPACE}10{exponent}"

    def scientific(self, count: int, decimals: int = 2) -> tuple[str, str]:
        """Mantissa and raised exponent of `count`, apart, for where the mantissa is drawn large: ("2.04", "⁸")."""
        exponent = max(0, len(str(abs(count))) - 1)
        mantissa = _rounded(Decimal(count).scaleb(-exponent), decimals)
        if abs(mantissa) >= 10:  # rounding carried, as 9.996 to 10.00
            mantissa, exponent = _rounded(mantissa / 10, decimals), exponent + 1
        return self.decimal(mantissa, decimals), str(exponent).translate(SUPERSCRIPTS)

    def millilitres(self, volume_ul: int) -> str:
        """Integer microlitres as `400 mL`, `1.5 mL`."""
        return f"{self._scaled(volume_ul, UL_PER_ML)}{SPACE}{self.unit('mL')}"

    def amount(self, milli: int, unit: str) -> str:
        """Thousandths of a unit as `2.5 mL`, `12 pcs`."""
        whole = Decimal(milli) / MILLI
        is_whole = whole == whole.to_integral_value()
        return f"{self.number(int(whole)) if is_whole else self.decimal(whole.normalize())}{SPACE}{self.unit(unit)}"

    def percent_tenths(self, permille: int) -> str:
        """Tenths of a percent as `91.4 %`; one decimal always, since it was measured to one."""
        return f"{self.decimal(Decimal(permille) / 10, 1)}{SPACE}%"

    def file_size(self, size_bytes: int) -> str:
        """`340 B`, `12 kB`, `1.3 MB`, in thousands."""
        if size_bytes < 1_000:
            return f"{size_bytes}{SPACE}{self.unit('B')}"
        if size_bytes < 1_000_000:
            return f"{self.decimal(Decimal(size_bytes) / 1_000, 0)}{SPACE}{self.unit('kB')}"
        return f"{self.decimal(Decimal(size_bytes) / 1_000_000, 1)}{SPACE}{self.unit('MB')}"

    def celsius(self, temperature_mc: int) -> str:
        """Thousandths of a degree as `−80.5 °C`."""
        return f"{self._scaled(temperature_mc, MILLI)}{SPACE}°C"

    def doublings(self, milli: int) -> str:
        """Thousandths of a population doubling as `3.00`."""
        return self.decimal(Decimal(milli) / MILLI, 2)

    def number(self, value: int | Decimal) -> str:
        """A plain number, grouped by thousands from five digits on, with a true minus sign."""
        if isinstance(value, Decimal):
            return self.decimal(value)
        if abs(value) < SCIENTIFIC_FROM:
            return str(value).replace("-", MINUS)
        return format_decimal(value, locale=self.language).replace("-", MINUS).replace("\u202f", SPACE)

    def decimal(self, value: Decimal, decimals: int | None = None) -> str:
        """`2.5`, Russian `2,5`; `decimals` fixes how many, otherwise as many as the value has."""
        text = f"{value if decimals is None else _rounded(value, decimals):f}".replace("-", MINUS)
        return text.replace(".", ",") if self.language == "ru" else text

    def signed(self, value: int | Decimal, decimals: int | None = None) -> str:
        """A change: `+0.10`, `−5`, `0`."""
        text = self.decimal(Decimal(value), decimals)
        return f"+{text}" if value > 0 else text

    def unit(self, name: str) -> str:
        """The unit as this language writes it; one it does not know stays as it is."""
        return UNITS[self.language].get(name, name)

    def _scaled(self, value: int, parts: int) -> str:
        whole = Decimal(value) / parts
        return self.decimal(whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole.normalize())


def grouped(identifier: object) -> str:
    """An identifier in groups for eyes, `BG 01 26 000412 57`; another text stays as it is. Never for a symbol."""
    text = str(identifier)
    groups = _groups(text)
    return SPACE.join(groups) if groups else text


def pieces(identifier: object, other: object = None) -> tuple[Piece, ...]:
    """The parts of an identifier as they are drawn: grouped, check digits apart, what differs from `other` marked.

    Check digits are never marked: they differ whenever anything does, and would hide where.
    """
    text = str(identifier)
    groups = _groups(text)
    *body, check = groups or (text, "")
    out: list[Piece] = []
    if other is None:  # nothing to hold it against, as in a list of a thousand
        if text:
            out.append(Piece(SPACE.join(body), "plain"))
        return (*out, Piece(check, "check")) if check else tuple(out)
    against = str(other)
    at = 0
    for number, group in enumerate(body):
        if number:
            _extend(out, SPACE, "plain")
        for character in group:
            _extend(out, character, "plain" if character == against[at : at + 1] else "mark")
            at += 1
    return (*out, Piece(check, "check")) if check else tuple(out)


def _groups(text: str) -> tuple[str, ...]:
    """The groups of a native identifier, its check digits last; empty for any other text."""
    match = _NATIVE.fullmatch(text)
    return match.groups() if match else ()


def _extend(out: list[Piece], text: str, kind: str) -> None:
    """Append to the last piece where it is of the same kind, so that a run is marked as one."""
    if out and out[-1].kind == kind:
        out[-1] = Piece(out[-1].text + text, kind)
    else:
        out.append(Piece(text, kind))


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a shown time has a zone")
    return at


def local_moment(text: str, zone: ZoneInfo) -> datetime:
    """The UTC moment of a wall-clock text `2026-11-24T13:34` in `zone`.

    Raises ValueError where the text is no such time, or where clocks were put forward and that time never was. A time
    that happened twice (clocks put back) is the first of the two. A text with its own offset is taken by that offset.
    """
    wall = datetime.fromisoformat(text)
    try:
        if wall.tzinfo is not None:
            return wall.astimezone(UTC)
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time lies within the calendar") from error
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        raise ValueError("clocks were put forward over this time")
    return moment
