"""The ISBT 128 structures that say when."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from cellchain.identity.isbt import base
from cellchain.identity.isbt.base import UPPER, Structure
from cellchain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class _Day(Structure):
    """A calendar day, `cyyjjj`, in the place that wrote it."""

    on: date

    length = 6
    form = "(?P<day>[0-9]{6})"

    @classmethod
    def take(cls, content: str) -> Self:
        return cls(on=base.day_of(cls.texts_of(content)["day"]))

    @property
    def parts(self) -> Mapping[str, str]:
        return {"day": base.ordinal_text(self.on)}

    @property
    def eye_readable(self) -> str:
        """ISO 8601."""
        return self.on.isoformat()


@dataclass(frozen=True, slots=True)
class _Moment(Structure):
    """A day and a time, `cyyjjjhhmm`, by the clock of the place that wrote it. An unspecified time is 23:59."""

    at: datetime

    length = 10
    form = "(?P<day>[0-9]{6})(?P<minute>[0-9]{4})"

    @classmethod
    def take(cls, content: str) -> Self:
        parts = cls.texts_of(content)
        return cls(at=datetime.combine(base.day_of(parts["day"]), base.clock_time(parts["minute"])))

    @classmethod
    def end_of(cls, day: date) -> Self:
        """The day with no time stated, which the standard writes as its last minute."""
        return cls(at=datetime.combine(day, base.clock_time("2359")))

    @property
    def parts(self) -> Mapping[str, str]:
        at = base.whole_minute(self.at)
        return {"day": base.ordinal_text(at), "minute": f"{at:%H%M}"}

    def utc(self, zone: ZoneInfo) -> datetime:
        """The moment in UTC, if its clock stood in `zone`; the symbol does not say where."""
        return base.in_utc(self.at, zone)

    @property
    def eye_readable(self) -> str:
        """ISO 8601, to the minute."""
        return self.at.isoformat(" ", "minutes")


class ExpiryDay(_Day):
    """DS004, section 2.4.4. For devices and supplies."""

    __slots__ = ()
    number = "004"
    identifier = "=>"


class ExpiryMoment(_Moment):
    """DS005, section 2.4.5. The one for cellular therapy."""

    __slots__ = ()
    number = "005"
    identifier = "&>"


class CollectionDay(_Day):
    """DS006, section 2.4.6."""

    __slots__ = ()
    number = "006"
    identifier = "=*"


class CollectionMoment(_Moment):
    """DS007, section 2.4.7."""

    __slots__ = ()
    number = "007"
    identifier = "&*"


class ProductionDay(_Day):
    """DS008, section 2.4.8."""

    __slots__ = ()
    number = "008"
    identifier = "=}"


class ProductionMoment(_Moment):
    """DS009, section 2.4.9."""

    __slots__ = ()
    number = "009"
    identifier = "&}"


@dataclass(frozen=True, slots=True)
class RecipientBirthDay(Structure):
    """DS024, section 2.4.24: where it was read, and the day of birth."""

    location: str
    born_on: date

    number = "024"
    identifier = "=#"
    length = 10
    form = f"(?P<location>{UPPER}{{2}})(?P<day>[0-9]{{8}})"

    @classmethod
    def take(cls, content: str) -> Self:
        parts = cls.texts_of(content)
        return cls(location=parts["location"], born_on=base.calendar_day(parts["day"]))

    @property
    def parts(self) -> Mapping[str, str]:
        return {"location": self.location, "day": base.calendar_text(self.born_on)}


@dataclass(frozen=True, slots=True)
class FlexibleMoment(Structure):
    """DS031, section 2.4.31: `ZUTTYYYYMMDDhhmm`.

    `zone` (Z) tells whether the clock is local or UTC; which character says which, and what `u` and `tt` say, stands
    in the licensed text. So the clock is given as it was written, and nothing is concluded from it here.
    """

    zone: str
    u: str
    tt: str
    at: datetime

    number = "031"
    identifier = "=("
    length = 16
    form = f"(?P<zone>{UPPER})(?P<u>{UPPER})(?P<tt>{UPPER}{{2}})(?P<day>[0-9]{{8}})(?P<minute>[0-9]{{4}})"

    @classmethod
    def take(cls, content: str) -> Self:
        parts = cls.texts_of(content)
        at = datetime.combine(base.calendar_day(parts["day"]), base.clock_time(parts["minute"]))
        return cls(parts["zone"], parts["u"], parts["tt"], at)

    @property
    def parts(self) -> Mapping[str, str]:
        at = base.whole_minute(self.at)
        return {
            "zone": self.zone, "u": self.u, "tt": self.tt, "day": base.calendar_text(at), "minute": f"{at:%H%M}"
        }  # fmt: skip

    @property
    def eye_readable(self) -> str:
        """ISO 8601, to the minute, by the clock that the zone names."""
        return self.at.isoformat(" ", "minutes")
