"""When a donor is looked after following a harvest: which visit is due on which day, and what a visit may say. Pure.

Days are the site's calendar days. The plan is data; what is due follows from it and the day of the harvest, so nothing
is planned by hand and nothing can be forgotten.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from cellchain.donors.rules.lifecycles import Contact
from cellchain.donors.rules.words import Days, Part, Slug
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass


class VisitPlan(Part):
    """One visit: so many days after the harvest, and how far before and after that it still counts as in time."""

    code: Slug
    name: str = Field(min_length=1, max_length=80)
    day: Days
    before: Days
    after: Days

    @model_validator(mode="after")
    def _after_the_harvest(self) -> Self:
        if self.before > self.day:
            raise ValueError("a window opens before the harvest")
        return self


class Aftercare(Part):
    """All visits after one harvest, in their order."""

    version: int = Field(ge=1)
    visits: tuple[VisitPlan, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _planned_once(self) -> Self:
        codes = [visit.code for visit in self.visits]
        if len(set(codes)) < len(codes):
            raise ValueError("a visit stands twice")
        return self


class VisitStanding(StrEnum):
    """Where a planned visit stands today."""

    AHEAD = "ahead"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    DONE_LATE = "done_late"
    MISSED = "missed"


@dataclass(frozen=True)
class Planned:
    """One visit after one harvest, with the days of its window."""

    plan: VisitPlan
    opens_on: date
    due_on: date
    closes_on: date

    def standing(self, today: date, made: tuple[Contact, date] | None) -> VisitStanding:
        """Where it stands today; `made`: how the donor was reached, and on which day."""
        if made is not None:
            contact, on = made
            if contact is Contact.NOT_REACHED:
                return VisitStanding.MISSED
            return VisitStanding.DONE if on <= self.closes_on else VisitStanding.DONE_LATE
        if today < self.opens_on:
            return VisitStanding.AHEAD
        return VisitStanding.DUE if today <= self.closes_on else VisitStanding.OVERDUE


def planned(aftercare: Aftercare, harvested_on: date) -> tuple[Planned, ...]:
    """Every visit after a harvest of this day."""

    def on(days: int) -> date:
        return harvested_on + timedelta(days=days)

    return tuple(
        Planned(visit, on(visit.day - visit.before), on(visit.day), on(visit.day + visit.after))
        for visit in aftercare.visits
    )


def may_record(
    visits: Mapping[str, Planned],
    visit: str,
    contact: Contact,
    on: date,
    *,
    is_recorded: bool,
    has_words: bool,
    bears_on_donation: bool,
    complications_count: int,
) -> None:
    """Whether a visit may be recorded so.

    Raises Refused `donor_visit.unknown`, `.recorded_already`, `.too_early`, `.still_open`, `.nobody_seen`,
    `.needs_findings` or `.needs_cause`.
    """
    found = visits.get(visit)
    if found is None:
        raise Refused("donor_visit.unknown", "No such visit is planned after a harvest. Open the donation and choose.")
    if is_recorded:
        raise Refused("donor_visit.recorded_already", "This visit is recorded already. Nothing was changed.")
    if on < found.opens_on:
        raise Refused(
            "donor_visit.too_early",
            "This visit may be made from {day} on. Until then, report what you hear as a complication or information.",
            day=found.opens_on,
        )
    if contact is not Contact.NOT_REACHED:
        if bears_on_donation and not has_words:
            raise Refused(
                "donor_visit.needs_findings",
                "Something found may matter to whoever gets these cells. Write down what it is.",
            )
        return
    if on <= found.closes_on:
        raise Refused(
            "donor_visit.still_open", "The donor may still be reached until {day}. Try again.", day=found.closes_on
        )
    if bears_on_donation or complications_count:
        raise Refused("donor_visit.nobody_seen", "Nobody was reached, so nothing can have been found. Check the entry.")
    if not has_words:
        raise Refused(
            "donor_visit.needs_cause", "The donor was not reached, and nothing says why. Write down what was tried."
        )
