"""The parts of a study's definition, each checked for itself. `definition` puts them together and reads the file.

Values are frozen, figures are whole numbers, and units stand last in every name.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cellchain.manufacturing.rules.lifecycles import Content

MINUTES_PER_HOUR = 60
PERCENT = 100
INFUSED = (Content.MSC, Content.SALINE)

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Positive = Annotated[int, Field(gt=0, le=1_000_000_000_000)]
Minutes = Annotated[int, Field(ge=-10_080, le=10_080)]
Days = Annotated[int, Field(ge=0, le=3_660)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Masking(StrEnum):
    """Who does not know the arm. The registry's words."""

    NONE = "none"
    SINGLE = "single"
    DOUBLE = "double"


class Anchor(StrEnum):
    """What the minutes of a vitals point are counted from."""

    START = "start"
    END = "end"


class HospitalWristband(StrEnum):
    """Whether the hospital's own wristband may stand for a recipient once two people have bound it to them.

    none  only the study's wristband counts
    gsrn  one whose symbol is a GS1 service relation number, AI (8018), with its check digit
    any   any symbol of it: the study bears that a hospital prints the same symbol on other things as well
    """

    NONE = "none"
    GSRN = "gsrn"
    ANY = "any"


class Measure(StrEnum):
    """A baseline figure that an eligibility limit may bound. Percentages are compared in tenths of a percent."""

    AGE_YEARS = "age_years"
    FVC_PERCENT = "fvc_percent"
    DLCO_PERCENT = "dlco_percent"
    FVC_DECLINE_PERCENT = "fvc_decline_percent"
    DLCO_DECLINE_PERCENT = "dlco_decline_percent"
    FEV1_FVC_PERCENT = "fev1_fvc_percent"


class DonorChange(StrEnum):
    """Whether one recipient may get the cells of another donor than before. Asked when a bag is assigned."""

    ANY = "any"  # any donor at any infusion
    BETWEEN_COURSES = "between_courses"  # one donor within a course
    NEVER = "never"  # one donor for the whole treatment


class Onward(StrEnum):
    """What an amendment does with those who are in the study already."""

    KEEP = "keep"  # they stay under the version that they are under
    MOVE = "move"  # they go under the new one: at once, or when they have signed its consent form


class Words(Frozen):
    """One text in the languages of the house."""

    en: str = Field(min_length=1, max_length=400)
    ru: str = Field(min_length=1, max_length=400)

    def say(self, language: str) -> str:
        """The text in `language`, English where that is not kept."""
        return self.ru if language == "ru" else self.en


class Site(Frozen):
    """A hospital where recipients are treated."""

    code: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    name: Words
    named_staff: bool = False  # whether only people named for this site do the trial's work there


class Arm(Frozen):
    """One arm: its share in the allocation, and what its bags hold."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,19}$")
    name: Words
    content: Content
    ratio: int = Field(ge=1, le=10)

    @model_validator(mode="after")
    def _infused(self) -> Self:
        if self.content not in INFUSED:
            raise ValueError("an arm's bag holds msc or saline")
        return self


class Schedule(Frozen):
    """When infusions are due: courses, doses in each, days between, and the window around a due day."""

    courses: int = Field(ge=1, le=50)
    doses_in_course: int = Field(ge=1, le=20)
    days_between_courses: Days
    days_between_doses: Days
    window_before_days: Days
    window_after_days: Days

    @property
    def infusions(self) -> int:
        """How many infusions make the whole treatment."""
        return self.courses * self.doses_in_course


class Product(Frozen):
    """One infusion: cells, volume, how long a bag keeps and how cold. The control has the volume and no cells."""

    dose_cells_count: Positive
    dose_tolerance_percent: int = Field(ge=0, le=50)
    volume_ml: Positive
    shelf_life_minutes: Positive
    storage_celsius_least: int = Field(ge=-200, le=40)
    storage_celsius_most: int = Field(ge=-200, le=40)
    donor_change: DonorChange = Field(default=DonorChange.ANY, strict=False)

    @property
    def dose_cells_least(self) -> int:
        """The fewest cells that are still the dose."""
        return self.dose_cells_count * (PERCENT - self.dose_tolerance_percent) // PERCENT

    @property
    def dose_cells_most(self) -> int:
        """The most cells that are still the dose."""
        return self.dose_cells_count * (PERCENT + self.dose_tolerance_percent) // PERCENT


class Weekday(StrEnum):
    """A day of the week, in the order of the calendar."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class PreparationStep(Frozen):
    """One thing that has to be done before an infusion, whichever arm it is for, and how many a day are possible."""

    code: Slug
    title: Words
    days_before: Days
    a_day_most: int | None = Field(default=None, ge=1, le=1_000)


class Preparation(Frozen):
    """What leads to an infusion, counted backwards from its day, and the days on which nobody works."""

    steps: tuple[PreparationStep, ...] = Field(default=(), max_length=20)
    closed_weekdays: tuple[Weekday, ...] = Field(default=(), max_length=6, strict=False)
    closed_days: tuple[date, ...] = Field(default=(), max_length=400, strict=False)

    @model_validator(mode="after")
    def _backwards(self) -> Self:
        if len({step.code for step in self.steps}) != len(self.steps):
            raise ValueError("a step's code is used once")
        before = [step.days_before for step in self.steps]
        if before != sorted(before, reverse=True):
            raise ValueError("the steps stand in the order in which they are done")
        return self


class Bedside(Frozen):
    """The rules at the bedside: how long two checks hold, how fast and how long a bag may run, and how light somebody
    may be: limits that depend on weight are computed for that where no bag is anybody's yet.

    A bag that a ward took over is to be verified within `unverified_minutes`; after that ward, laboratory and QA are
    told, one after the other, `unverified_step_minutes` apart.
    """

    check_window_minutes: int = Field(ge=1, le=120)
    checks_needed: int = Field(ge=2, le=2)
    rate_highest_ml_h: Positive
    planned_minutes_most: int = Field(ge=1, le=1_440)
    weight_lowest_kg: int = Field(default=25, ge=1, le=300)
    hospital_wristband: HospitalWristband = Field(default=HospitalWristband.NONE, strict=False)
    unverified_minutes: int = Field(default=60, ge=5, le=1_440)
    unverified_step_minutes: int = Field(default=30, ge=5, le=1_440)


class RateStep(Frozen):
    """What the drip is set to, from a minute of running on."""

    from_minutes: int = Field(ge=0, le=1_440)
    rate_ml_h: Positive


class EmergencyNumber(Frozen):
    """A telephone of the study, and who answers it."""

    title: Words
    number: str = Field(pattern=r"^[+0-9][0-9 ()-]{2,28}$")


class Running(Frozen):
    """How a bag runs: its rates, when an entry is late, when what was given is told as differing, and what an emergency
    card says. A reaction of `siblings_held_from_grade` holds every bag of the same lot; without it none does."""

    rate_steps: tuple[RateStep, ...] = Field(default=(), max_length=10)
    drops_per_ml: int = Field(default=20, ge=10, le=60)
    late_after_minutes: int = Field(default=15, ge=1, le=240)
    volume_tolerance_percent: int = Field(default=10, ge=1, le=50)
    siblings_held_from_grade: int | None = Field(default=None, ge=1, le=5)
    emergency_steps: tuple[Words, ...] = Field(default=(), max_length=12)
    emergency_numbers: tuple[EmergencyNumber, ...] = Field(default=(), max_length=8)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        minutes = [step.from_minutes for step in self.rate_steps]
        if minutes and (minutes[0] != 0 or sorted(set(minutes)) != minutes):
            raise ValueError("running: the first rate begins at minute 0, and each later one after the one before")
        return self


class Vitals(Frozen):
    """One point of the vitals schedule: a window of minutes from the start or the end of the infusion.

    With `repeat_minutes` the window comes again at that distance while the infusion runs.
    """

    code: Slug
    title: Words
    anchor: Anchor
    from_minutes: Minutes
    until_minutes: Minutes
    repeat_minutes: int | None = Field(default=None, ge=5, le=240)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_minutes >= self.until_minutes:
            raise ValueError("a vitals window ends after it begins")
        return self


class Visit(Frozen):
    """One visit of follow-up: weeks after the first infusion day, a window either side, and what is measured."""

    code: Slug
    title: Words
    month: int = Field(ge=0, le=600)
    week: int = Field(ge=0, le=2_600)
    window_weeks: int = Field(ge=0, le=26)
    measures: tuple[Slug, ...] = Field(max_length=40)


class Outcome(Frozen):
    """What the study counts or measures. A value is kept as a whole number of 10^-decimals of its unit."""

    code: Slug
    title: Words
    unit: str = Field(min_length=1, max_length=20)
    decimals: int = Field(ge=0, le=6)
    primary: bool = False


class Limit(Frozen):
    """A computed eligibility rule: `measure` is at least, at most, or above a whole number of its unit."""

    code: Slug
    title: Words
    measure: Measure
    at_least: int | None = None
    at_most: int | None = None
    above: int | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None and self.above is None:
            raise ValueError("a limit bounds its measure")
        return self


class Criterion(Frozen):
    """An eligibility question that only a person can answer."""

    code: Slug
    title: Words


class Eligibility(Frozen):
    """Who may be randomised: computed limits, what must hold, and what must not."""

    limits: tuple[Limit, ...] = Field(max_length=40)
    inclusions: tuple[Criterion, ...] = Field(max_length=40)
    exclusions: tuple[Criterion, ...] = Field(max_length=40)

    @property
    def questions(self) -> tuple[Criterion, ...]:
        """Everything a person answers, in the order of the file."""
        return (*self.inclusions, *self.exclusions)

    @property
    def codes(self) -> list[str]:
        """The codes of every limit and every question."""
        return [*(limit.code for limit in self.limits), *(question.code for question in self.questions)]


class Stratum(Frozen):
    """The one stratum that an allocation list may have: a computed baseline figure, below a number or not.

    Each level has a list of its own under the same root. `below` is a whole number of the measure's unit.
    """

    title: Words
    measure: Measure
    below: int

    LEVELS: ClassVar[tuple[str, str]] = ("below", "from")


class Amendment(Frozen):
    """What a new version of the definition is: its number, what it changes in words, and whom it concerns."""

    number: int = Field(ge=1, le=99)
    summary: Words
    recipients: Onward = Field(strict=False)
    reconsent: bool  # whether everybody in the study has to sign the consent form of this version


class Reporting(Frozen):
    """Within which time a serious event is told to whom."""

    investigator_to_sponsor_hours: Positive
    fatal_days: Positive
    fatal_full_report_days: Positive
    other_days: Positive


class Expected(Frozen):
    """A reaction that the reference safety information lists, and the worst CTCAE grade at which it is expected."""

    term: Slug
    grade_most: int = Field(ge=1, le=5)


class StoppingRule(Frozen):
    """How many adverse events of which sort pause the study.

    related            only those that somebody suspects the treatment of; `counts_unassessed`: until judged, too
    counts_recipients  several events of one recipient count once
    days_of_infusion   only those that begin within so many days after an infusion begins
    """

    code: Slug
    title: Words
    count: int = Field(ge=1, le=1_000)
    grade_least: int = Field(default=1, ge=1, le=5)
    serious: bool = True
    related: bool = True
    counts_unassessed: bool = False
    counts_recipients: bool = False
    days_of_infusion: int | None = Field(default=None, ge=1, le=3_660)


class Safety(Frozen):
    """The version of the reference safety information with what it lists, and the rules that pause the study."""

    reference: str | None = Field(default=None, min_length=1, max_length=80)
    expected: tuple[Expected, ...] = Field(default=(), max_length=200)
    stopping: tuple[StoppingRule, ...] = Field(default=(), max_length=40)

    def expected_to(self, term: str) -> int:
        """The worst grade at which a term is expected; 0 for one that is not listed."""
        return max((one.grade_most for one in self.expected if one.term == term), default=0)
