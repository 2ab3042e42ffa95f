"""A master record as data: steps with their values, limits, materials and equipment, read from a TOML text. Pure.

Titles come in English and Russian with the record itself, because a site writes its own records and no catalogue of
ours can know them. Limits are decimals in the unit that a person reads; a value is a whole number of the parameter's
smallest step, so that no float ever stands in a table.
"""

import hashlib
import tomllib
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.manufacturing.rules.lifecycles import LotKind
from cellchain.materials.rules import EquipmentKind, MaterialKind

SOURCE_LENGTH_MAX = 60_000
STEPS_MAX = 40
PARAMETERS_MAX = 20
DECIMALS_MAX = 6

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
MaterialAmount = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=3)]


class Act(StrEnum):
    """What a step does to cells. Its command is refused unless a step with this act is running."""

    SEPARATE = "separate"
    SEED = "seed"
    CHANGE_MEDIUM = "change_medium"
    PASSAGE = "passage"
    HARVEST = "harvest"
    POOL = "pool"
    FREEZE = "freeze"
    THAW = "thaw"
    SUSPEND = "suspend"
    PREPARE_CONTROL = "prepare_control"


CULTURE = frozenset({Act.SEPARATE, Act.SEED, Act.CHANGE_MEDIUM, Act.PASSAGE, Act.HARVEST, Act.POOL})
ACTS_OF_KIND: dict[LotKind, frozenset[Act]] = {
    LotKind.BANK: CULTURE | {Act.FREEZE},
    LotKind.PRODUCT: CULTURE | {Act.THAW, Act.SUSPEND},
    LotKind.CONTROL: frozenset({Act.PREPARE_CONTROL}),
}


class ParameterKind(StrEnum):
    """A number with a unit, or a question answered by yes (1) or no (0)."""

    NUMBER = "number"
    CONFIRM = "confirm"


class Standing(StrEnum):
    """Where a value lies: within every limit, outside an alert limit, or outside an action limit."""

    WITHIN = "within"
    ALERT = "alert"
    ACTION = "action"


class Part(BaseModel):
    """Base of every part of a definition: frozen, and nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Title(Part):
    """The same words in both languages."""

    en: str = Field(min_length=1, max_length=120)
    ru: str = Field(min_length=1, max_length=120)

    def words(self, language: str) -> str:
        """The title as a reader of `language` sees it; English where the language is not ours."""
        return self.ru if language == "ru" else self.en


class Limits(Part):
    """A range, open at one end or closed at both. Its bounds belong to it."""

    low: Decimal | None = None
    high: Decimal | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("a limit has a low or a high end")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the low end of a limit lies below the high end")
        return self

    def holds(self, value: Decimal) -> bool:
        """Whether `value` lies inside."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Parameter(Part):
    """A value that a step asks for, in `unit` with `decimals` places."""

    key: Key
    title: Title
    kind: ParameterKind = ParameterKind.NUMBER
    unit: str = Field("", max_length=20)
    decimals: int = Field(0, ge=0, le=DECIMALS_MAX)
    required: bool = True
    alert: Limits | None = None
    action: Limits | None = None

    def whole(self, value: Decimal) -> int | None:
        """`value` in the smallest step of this parameter, or None where it is finer than that."""
        scaled = value.scaleb(self.decimals)
        return int(scaled) if scaled == scaled.to_integral_value() else None

    def standing(self, whole: int) -> Standing:
        """Where a stored value lies."""
        value = Decimal(whole).scaleb(-self.decimals)
        if self.action is not None and not self.action.holds(value):
            return Standing.ACTION
        if self.alert is not None and not self.alert.holds(value):
            return Standing.ALERT
        return Standing.WITHIN


Percent = Annotated[Decimal, Field(gt=0, le=1000)]


class CountPlan(Part):
    """How the cells of a step are counted: at least `runs` chambers, which scatter by no more than `cv_limit` percent.

    Where `required`, the step's act takes its numbers from the count, and no person enters them.
    """

    runs: int = Field(2, ge=1, le=12)
    cv_limit: Percent
    required: bool = False


class Expected(Part):
    """What a step should yield for one of what goes in; each site knows its own process.

    per_ml  nucleated cells from a millilitre of marrow
    p0      cells harvested for a nucleated cell seeded
    fold    cells harvested for a cultured cell seeded
    share   cells recovered for a cell thawed
    """

    per_ml: Decimal | None = Field(None, gt=0)
    p0: Decimal | None = Field(None, gt=0)
    fold: Decimal | None = Field(None, gt=0)
    share: Decimal | None = Field(None, gt=0, le=1)


class Balance(Part):
    """How far what is found may lie from what the record says is there, in percent of it: the measuring error."""

    volume_error: Percent = Decimal(10)
    cells_error: Percent = Decimal(30)


class Plausible(Part):
    """What a culture can do. Beyond it, two batches may have been mixed up.

    doubling_hours_min  cells double no faster
    viability_jump      percentage points between two counts of one lot
    sigmas              distance from the mean of the laboratory's own passages, once there are `history_min` of them
    spread_min          percent of that mean: the limits lie no closer to it, since counting itself is no more exact
    """

    doubling_hours_min: Decimal = Field(Decimal(12), gt=0, le=1000)
    viability_jump: Percent = Decimal(20)
    sigmas: Decimal = Field(Decimal(3), gt=0, le=10)
    history_min: int = Field(8, ge=3, le=200)
    spread_min: Decimal = Field(Decimal(10), ge=0, le=100)


# An act whose number of cells a count can give.
COUNTED = frozenset({Act.SEPARATE, Act.PASSAGE, Act.HARVEST, Act.POOL, Act.FREEZE, Act.THAW, Act.SUSPEND})


class Step(Part):
    """One step: what it asks for, who performs it, whether a second person verifies it.

    A step that `repeats` may be done again until a later required step was started; an `optional` one may be left out.
    `amounts` is what a scan books of a material, in the unit in which it is counted; 0 where the act of the step books
    it itself. `open_minutes` is how long the cells may lie open, from the start of the step to its completion.
    """

    key: Key
    title: Title
    performer: str = Field("technician", max_length=40)
    verified: bool = True
    repeats: bool = False
    optional: bool = False
    act: Act | None = None
    materials: tuple[MaterialKind, ...] = Field((), max_length=PARAMETERS_MAX)
    equipment: tuple[EquipmentKind, ...] = Field((), max_length=PARAMETERS_MAX)
    amounts: dict[MaterialKind, MaterialAmount] = Field({}, max_length=PARAMETERS_MAX)
    open_minutes: int | None = Field(None, ge=1, le=1_440)
    parameters: tuple[Parameter, ...] = Field((), max_length=PARAMETERS_MAX)
    count: CountPlan | None = None
    expected: Expected | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({parameter.key for parameter in self.parameters}) < len(self.parameters):
            raise ValueError("each parameter of a step has a key of its own")
        if self.count is not None and EquipmentKind.COUNTER not in self.equipment:
            raise ValueError("a step that counts cells uses a counter")
        if self.count is not None and self.count.required and self.act not in COUNTED:
            raise ValueError("a count gives its numbers to a step that does something to cells")
        strange = [kind.value for kind in self.amounts if kind not in self.materials]
        if strange:
            raise ValueError(f"a step gives the amount of materials that it needs, not of: {', '.join(strange)}")
        return self

    def parameter(self, key: str) -> Parameter | None:
        """The parameter `key`, or None."""
        return next((parameter for parameter in self.parameters if parameter.key == key), None)


class Definition(Part):
    """A whole master record. The shelf life runs from suspension; the alert passage warns, the limit is refused.

    Clocks of a culture, in hours: `medium_hours` from one medium to the next, `primary_hours` from seeding P0 to its
    harvest, `culture_hours` from any later seeding to its harvest.
    """

    name: str = Field(min_length=3, max_length=80)
    kind: LotKind
    product_code: str = Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,19}$")
    shelf_life_minutes: int | None = Field(None, ge=10, le=10_080)
    passage_alert: int = Field(4, ge=1, le=20)
    passage_limit: int = Field(6, ge=1, le=20)
    balance: Balance = Balance()
    plausible: Plausible = Plausible()
    medium_hours: int = Field(72, ge=1, le=1_000)
    primary_hours: int = Field(336, ge=1, le=5_000)
    culture_hours: int = Field(240, ge=1, le=5_000)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=STEPS_MAX)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({step.key for step in self.steps}) < len(self.steps):
            raise ValueError("each step has a key of its own")
        strange = [step.act.value for step in self.steps if step.act and step.act not in ACTS_OF_KIND[self.kind]]
        if strange:
            raise ValueError(f"a lot of kind {self.kind.value} has no step that does: {', '.join(strange)}")
        if self.kind != LotKind.BANK and self.shelf_life_minutes is None:
            raise ValueError("what is infused has a shelf life")
        if self.passage_alert > self.passage_limit:
            raise ValueError("the passage that warns comes before the passage that is refused")
        return self

    def step(self, key: str) -> Step | None:
        """The step `key`, or None."""
        return next((step for step in self.steps if step.key == key), None)

    def document(self) -> dict[str, Any]:
        """The definition as it is stored and approved: JSON without floats."""
        return self.model_dump(mode="json")


def parse(source: str) -> Definition:
    """The definition that a TOML text gives. Raises Invalid for its field `source`, naming the place of the fault."""
    try:
        return Definition.model_validate(tomllib.loads(source, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise Invalid({"source": T("This is no TOML text: {fault}.", fault=str(error))}) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "master record"
        raise Invalid({"source": T("At {place}: {fault}.", place=place, fault=first["msg"])}) from error


def load(document: dict[str, Any]) -> Definition:
    """The definition back from its stored form."""
    return Definition.model_validate(document)


def source_hash(source: str) -> str:
    """SHA-256 of the text that was drafted, 64 hexadecimal digits."""
    return hashlib.sha256(source.encode()).hexdigest()
