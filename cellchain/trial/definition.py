"""A study as data: what its definition file may say, checked when it is read. No study fact stands in code.

The file is TOML; `parse` gives it as frozen values, whole numbers only. Units stand last in every name.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cellchain.kernel import canonical
from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.manufacturing.rules.lifecycles import Content

TEXT_LENGTH_MAX = 60_000
MINUTES_PER_HOUR = 60
PERCENT = 100
INFUSED = (Content.MSC, Content.SALINE)

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Positive = Annotated[int, Field(gt=0, le=1_000_000_000_000)]
Minutes = Annotated[int, Field(ge=-10_080, le=10_080)]
Days = Annotated[int, Field(ge=0, le=3_660)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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


class Words(_Frozen):
    """One text in the languages of the house."""

    en: str = Field(min_length=1, max_length=400)
    ru: str = Field(min_length=1, max_length=400)

    def say(self, language: str) -> str:
        """The text in `language`, English where that is not kept."""
        return self.ru if language == "ru" else self.en


class Site(_Frozen):
    """A hospital where recipients are treated."""

    code: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    name: Words
    named_staff: bool = False  # whether only people named for this site do the trial's work there


class Arm(_Frozen):
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


class Schedule(_Frozen):
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


class Product(_Frozen):
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


class PreparationStep(_Frozen):
    """One thing that has to be done before an infusion, whichever arm it is for, and how many a day are possible."""

    code: Slug
    title: Words
    days_before: Days
    a_day_most: int | None = Field(default=None, ge=1, le=1_000)


class Preparation(_Frozen):
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


class Bedside(_Frozen):
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


class RateStep(_Frozen):
    """What the drip is set to, from a minute of running on."""

    from_minutes: int = Field(ge=0, le=1_440)
    rate_ml_h: Positive


class EmergencyNumber(_Frozen):
    """A telephone of the study, and who answers it."""

    title: Words
    number: str = Field(pattern=r"^[+0-9][0-9 ()-]{2,28}$")


class Running(_Frozen):
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


class Vitals(_Frozen):
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


class Visit(_Frozen):
    """One visit of follow-up: weeks after the first infusion day, a window either side, and what is measured."""

    code: Slug
    title: Words
    month: int = Field(ge=0, le=600)
    week: int = Field(ge=0, le=2_600)
    window_weeks: int = Field(ge=0, le=26)
    measures: tuple[Slug, ...] = Field(max_length=40)


class Outcome(_Frozen):
    """What the study counts or measures. A value is kept as a whole number of 10^-decimals of its unit."""

    code: Slug
    title: Words
    unit: str = Field(min_length=1, max_length=20)
    decimals: int = Field(ge=0, le=6)
    primary: bool = False


class Limit(_Frozen):
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


class Criterion(_Frozen):
    """An eligibility question that only a person can answer."""

    code: Slug
    title: Words


class Eligibility(_Frozen):
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


class Stratum(_Frozen):
    """The one stratum that an allocation list may have: a computed baseline figure, below a number or not.

    Each level has a list of its own under the same root. `below` is a whole number of the measure's unit.
    """

    title: Words
    measure: Measure
    below: int

    LEVELS: ClassVar[tuple[str, str]] = ("below", "from")


class Amendment(_Frozen):
    """What a new version of the definition is: its number, what it changes in words, and whom it concerns."""

    number: int = Field(ge=1, le=99)
    summary: Words
    recipients: Onward = Field(strict=False)
    reconsent: bool  # whether everybody in the study has to sign the consent form of this version


class Reporting(_Frozen):
    """Within which time a serious event is told to whom."""

    investigator_to_sponsor_hours: Positive
    fatal_days: Positive
    fatal_full_report_days: Positive
    other_days: Positive


class Expected(_Frozen):
    """A reaction that the reference safety information lists, and the worst CTCAE grade at which it is expected."""

    term: Slug
    grade_most: int = Field(ge=1, le=5)


class StoppingRule(_Frozen):
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


class Safety(_Frozen):
    """The version of the reference safety information with what it lists, and the rules that pause the study."""

    reference: str | None = Field(default=None, min_length=1, max_length=80)
    expected: tuple[Expected, ...] = Field(default=(), max_length=200)
    stopping: tuple[StoppingRule, ...] = Field(default=(), max_length=40)

    def expected_to(self, term: str) -> int:
        """The worst grade at which a term is expected; 0 for one that is not listed."""
        return max((one.grade_most for one in self.expected if one.term == term), default=0)


class StudyDefinition(_Frozen):
    """A whole study. Raises pydantic's ValidationError where the parts do not fit each other."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9-]{1,13}$")
    title: Words
    registry_id: str = Field(pattern=r"^NCT[0-9]{8}$")
    masking: Masking = Field(strict=False)
    enrolment: int = Field(ge=1, le=1_000)
    retention_years: int = Field(ge=1, le=100)
    sites: tuple[Site, ...] = Field(min_length=1, max_length=99)
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=10)
    schedule: Schedule
    preparation: Preparation = Preparation()
    product: Product
    bedside: Bedside
    running: Running = Running()
    vitals: tuple[Vitals, ...] = Field(max_length=40)
    visits: tuple[Visit, ...] = Field(max_length=60)
    outcomes: tuple[Outcome, ...] = Field(max_length=60)
    eligibility: Eligibility
    reporting: Reporting
    stratum: Stratum | None = None
    consent_form: str | None = Field(default=None, min_length=1, max_length=40)  # the form in force, as printed on it
    amendment: Amendment | None = None  # what makes this a later version; the first one has none
    safety: Safety = Safety()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, codes in (
            ("arms", [arm.code for arm in self.arms]),
            ("sites", [site.code for site in self.sites]),
            ("vitals", [point.code for point in self.vitals]),
            ("visits", [visit.code for visit in self.visits]),
            ("outcomes", [outcome.code for outcome in self.outcomes]),
            ("eligibility", self.eligibility.codes),
            ("safety", [rule.code for rule in self.safety.stopping]),
        ):
            if len(set(codes)) != len(codes):
                raise ValueError(f"{name}: a code is used once")
        measured = {measure for visit in self.visits for measure in visit.measures}
        unknown = measured - {outcome.code for outcome in self.outcomes}
        if unknown:
            raise ValueError(f"visits: {', '.join(sorted(unknown))} is no outcome of this study")
        if self.planned_minutes_least > self.bedside.planned_minutes_most:
            raise ValueError("bedside: the volume cannot run in the longest planned time at the highest rate")
        if any(step.rate_ml_h > self.bedside.rate_highest_ml_h for step in self.running.rate_steps):
            raise ValueError("running: a rate lies above the highest rate of the bedside")
        if self.product.shelf_life_minutes <= self.planned_minutes_least:
            raise ValueError("product: a bag keeps longer than its fastest infusion takes")
        if self.amendment is not None and self.amendment.reconsent and self.consent_form is None:
            raise ValueError("amendment: who signs again needs the consent form that they sign")
        return self

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of the stratum, each with rows of its own; one without a name where there is no stratum."""
        return ("",) if self.stratum is None else Stratum.LEVELS

    @property
    def planned_minutes_least(self) -> int:
        """The shortest planned infusion: the volume at the highest rate, in whole minutes, rounded up."""
        rate = self.bedside.rate_highest_ml_h
        return (self.product.volume_ml * MINUTES_PER_HOUR + rate - 1) // rate

    @property
    def document(self) -> dict[str, Any]:
        """The definition as canonical data, as it is stored and hashed."""
        return self.model_dump(mode="json")

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical form, 64 hexadecimal digits."""
        return canonical.digest(self.document)

    def arm(self, code: str) -> Arm:
        """The arm named `code`. Raises KeyError."""
        return {arm.code: arm for arm in self.arms}[code]

    def vitals_point(self, code: str) -> Vitals:
        """The point of the vitals schedule named `code`. Raises KeyError."""
        return {point.code: point for point in self.vitals}[code]

    def visit(self, code: str) -> Visit:
        """The visit named `code`. Raises KeyError."""
        return {visit.code: visit for visit in self.visits}[code]


def parse(text: str) -> StudyDefinition:
    """Read a definition file. Raises Invalid, naming the place in the file and what it should be."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid({"definition": T("This is not TOML: {fault}.", fault=str(error))}) from error
    return from_document(data)


def from_document(data: Mapping[str, Any]) -> StudyDefinition:
    """A definition from stored data. Raises Invalid as `parse` does."""
    try:
        return StudyDefinition.model_validate_json(canonical.dumps(_plain(data)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "definition"
        raise Invalid(
            {"definition": T("{place}: {fault}. Correct the file and open it again.", place=place, fault=first["msg"])}
        ) from error


@lru_cache(maxsize=16)
def stored(document: str) -> StudyDefinition:
    """A definition from its stored canonical text: the same text is read once, since a definition never changes."""
    return StudyDefinition.model_validate_json(document)


def _plain(value: Any) -> Any:
    """TOML values that canonical JSON knows. Raises Invalid for a decimal: every figure is a whole number."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        raise Invalid({"definition": T("{value}: figures are whole numbers. Use a smaller unit.", value=str(value))})
    if isinstance(value, date):
        return value.isoformat()
    return value
