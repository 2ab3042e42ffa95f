"""The site's registration for ISBT 128, the facilities whose numbers arrive, and the numbers bound to things."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint

from cellchain.labels.licensed.rules import SchemePhase
from cellchain.platform.columns import Record, choice, chosen, day, moment, personal, text

THE_SCHEME = "isbt128"
NUMBER_MAX, SHOWN_MAX = 40, 60


class IsbtScheme(Record, table=True):
    """What an administrator stated about the registration; one row, and none before the first statement."""

    __tablename__ = "labels_isbt_scheme"
    __table_args__ = (chosen("phase", SchemePhase), CheckConstraint(f"name = '{THE_SCHEME}'", name="one"))

    name: str = text(10, primary_key=True)
    phase: SchemePhase = choice(SchemePhase)
    facility: str = text(5)
    registration: str = text(40)
    registered_on: date = day()
    stated_at: datetime = moment()
    stated_by: str = text(14)
    off_reason: str | None = personal(300, optional=True)


class IsbtFacility(Record, table=True):
    """Another facility, whose donations or products arrive here; one that was removed is kept, and may come back."""

    __tablename__ = "labels_isbt_facility"

    facility: str = text(5, primary_key=True)
    name: str = text(120)
    admitted_at: datetime = moment()
    admitted_by: str = text(14)
    removed_at: datetime | None = moment(optional=True)
    removed_reason: str | None = personal(300, optional=True)


class IsbtNumber(Record, table=True):
    """A number and the thing of ours that it stands for; none any more once it was released."""

    __tablename__ = "labels_isbt_number"

    number: str = text(NUMBER_MAX, primary_key=True)
    shown: str = text(SHOWN_MAX)
    thing: str | None = text(14, optional=True, unique=True)
    bound_at: datetime = moment()
    bound_by: str = text(14)
    released_reason: str | None = personal(300, optional=True)
