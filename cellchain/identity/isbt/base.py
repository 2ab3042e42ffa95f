"""What every ISBT 128 data structure has in common: its identifier, its content, and the walk over a text."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from cellchain.identity.isbt.checks import check_character
from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.identity.isbt.scheme import FACILITY
from cellchain.kernel.values import dataclass

ANY, UPPER = "[0-9A-Za-z]", "[0-9A-Z]"
FIN = f"(?P<facility>{FACILITY})"
YEAR = "(?P<year>[0-9]{2})"
# Three digits of the year tell 1900 to 1999 and 2000 to 2899 apart; no product of this house is of another millennium.
YEAR_FIRST, YEAR_LAST = 1900, 2899


@dataclass(frozen=True, slots=True)
class Structure:
    """One data structure (ISBT 128 Standard Technical Specification, section 2.4), its content taken into named parts.

    Making one checks form, length, dates and check characters together: there is no value that `parse` would not give.
    Subclasses are frozen dataclasses whose fields stand in the order of the content. All of them raise NotIsbt.
    """

    number: ClassVar[str]
    identifier: ClassVar[str]
    length: ClassVar[int]
    form: ClassVar[str]
    # Whether the standard prints a check character in a box beside the text (section 7.5).
    boxed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        found = re.fullmatch(self.form, self.content)
        if found is None or found.groupdict() != self.parts:
            raise NotIsbt(Reason.BAD_FORM)
        self.ensure()

    @classmethod
    def take(cls, content: str) -> Self:
        """Read the content, which stands behind the identifier. Raises NotIsbt."""
        return cls(**cls.texts_of(content))

    @classmethod
    def texts_of(cls, content: str) -> Mapping[str, str]:
        """The content's parts by name, as text. Raises NotIsbt `WRONG_LENGTH` or `BAD_FORM`."""
        if len(content) != cls.size(content):
            raise NotIsbt(Reason.WRONG_LENGTH)
        found = re.fullmatch(cls.form, content)
        if found is None:
            raise NotIsbt(Reason.BAD_FORM)
        return found.groupdict()

    @classmethod
    def size(cls, content: str) -> int:
        """How many characters of `content` belong to this structure."""
        return cls.length

    def ensure(self) -> None:
        """What the form alone does not say. Raises NotIsbt."""

    @property
    def parts(self) -> Mapping[str, str]:
        """The parts as they stand in the symbol, in their order."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def content(self) -> str:
        """What stands behind the identifier."""
        return "".join(self.parts.values())

    @property
    def text(self) -> str:
        """The structure as a symbol carries it."""
        return self.identifier + self.content

    @property
    def issuer(self) -> str | None:
        """The facility that gave the number, where the structure names one (section 2.4.1)."""
        return getattr(self, "facility", None)

    @property
    def checked_text(self) -> str:
        """What the check character in the box is calculated over."""
        return self.content

    @property
    def check(self) -> str | None:
        """The check character for the box beside the text, where the standard has one (section 7.5)."""
        return check_character(self.checked_text) if self.boxed else None

    @property
    def eye_readable(self) -> str:
        """The content as it is printed for eyes, without the check character in its box."""
        return " ".join(part for part in self.parts.values() if part)


def day_of(cyyjjj: str) -> date:
    """Three digits of the year and the day within it (DS004). Raises NotIsbt `BAD_DATE`."""
    century = 1900 if cyyjjj[0] == "9" else 2000 + 100 * int(cyyjjj[0])
    year, ordinal = century + int(cyyjjj[1:3]), int(cyyjjj[3:])
    day = date(year, 1, 1) + timedelta(days=ordinal - 1)
    if day.year != year:
        raise NotIsbt(Reason.BAD_DATE)
    return day


def calendar_day(yyyymmdd: str) -> date:
    """Year, month and day in eight digits (DS024, DS038). Raises NotIsbt `BAD_DATE`."""
    try:
        return date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
    except ValueError as fault:
        raise NotIsbt(Reason.BAD_DATE) from fault


def calendar_text(day: date) -> str:
    """The day as eight digits (DS024, DS038)."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def clock_time(hhmm: str) -> time:
    """Hour and minute, 0000 to 2359 (DS005). Raises NotIsbt `BAD_DATE`."""
    try:
        return time(int(hhmm[:2]), int(hhmm[2:]))
    except ValueError as fault:
        raise NotIsbt(Reason.BAD_DATE) from fault


def whole_minute(at: datetime) -> datetime:
    """A moment that a symbol can carry: a full minute without a zone. Raises NotIsbt `BAD_DATE`."""
    if at.tzinfo is not None or at.second or at.microsecond:
        raise NotIsbt(Reason.BAD_DATE)
    return at


def in_utc(at: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC, if the clock that wrote it stood in `zone`; the symbol itself does not say where."""
    return at.replace(tzinfo=zone).astimezone(UTC)


def ordinal_text(day: date) -> str:
    """The day as six digits, three of the year (DS004). Raises NotIsbt `BAD_DATE` outside 1900 to 2899."""
    if not YEAR_FIRST <= day.year <= YEAR_LAST:
        raise NotIsbt(Reason.BAD_DATE)
    return f"{day.year % 1000:03d}{day.timetuple().tm_yday:03d}"
