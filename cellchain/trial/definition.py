"""A study as data: what its definition file may say, checked when it is read. No study fact stands in code.

The file is TOML; `parse` gives it as frozen values, whole numbers only. Units stand last in every name.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from cellchain.kernel import canonical
from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.ledger.filekinds import decoded
from cellchain.trial.parts import MINUTES_PER_HOUR, Frozen
from cellchain.trial.parts import Amendment as Amendment
from cellchain.trial.parts import Anchor as Anchor
from cellchain.trial.parts import Arm as Arm
from cellchain.trial.parts import Bedside as Bedside
from cellchain.trial.parts import Criterion as Criterion
from cellchain.trial.parts import DonorChange as DonorChange
from cellchain.trial.parts import Eligibility as Eligibility
from cellchain.trial.parts import EmergencyNumber as EmergencyNumber
from cellchain.trial.parts import Expected as Expected
from cellchain.trial.parts import HospitalWristband as HospitalWristband
from cellchain.trial.parts import Limit as Limit
from cellchain.trial.parts import Masking as Masking
from cellchain.trial.parts import Measure as Measure
from cellchain.trial.parts import Onward as Onward
from cellchain.trial.parts import Outcome as Outcome
from cellchain.trial.parts import Preparation as Preparation
from cellchain.trial.parts import PreparationStep as PreparationStep
from cellchain.trial.parts import Product as Product
from cellchain.trial.parts import RateStep as RateStep
from cellchain.trial.parts import Reporting as Reporting
from cellchain.trial.parts import Running as Running
from cellchain.trial.parts import Safety as Safety
from cellchain.trial.parts import Schedule as Schedule
from cellchain.trial.parts import Site as Site
from cellchain.trial.parts import StoppingRule as StoppingRule
from cellchain.trial.parts import Stratum as Stratum
from cellchain.trial.parts import Visit as Visit
from cellchain.trial.parts import Vitals as Vitals
from cellchain.trial.parts import Weekday as Weekday
from cellchain.trial.parts import Words as Words

TEXT_LENGTH_MAX = 60_000


class StudyDefinition(Frozen):
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


def parse_file(name: str, content: bytes) -> StudyDefinition:
    """Read a definition file as it came. Raises Refused, naming the file and what is wrong with it."""
    text = decoded(content)
    if text is None or len(text) > TEXT_LENGTH_MAX:
        raise Refused(
            "study.definition_too_long",
            "“{name}” is longer than a definition is: {most} characters. Choose the definition file of the study.",
            name=name,
            most=TEXT_LENGTH_MAX,
        )
    try:
        return parse(text.replace("\r\n", "\n").replace("\r", "\n"))
    except Invalid as error:
        raise Refused(
            "study.definition_wrong",
            "“{name}” cannot be used as a definition. Correct it, or choose another file: {fault}",
            name=name,
            fault=error.fields["definition"],
        ) from error


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
