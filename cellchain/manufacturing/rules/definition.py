"""A master record as data, read from a TOML text: phases, steps in their order and in parallel branches, with values,
targets and limits, computed values, times, materials, equipment, roles, samples and labels. Pure.

Titles come in English and Russian with the record itself, because a site writes its own records and no catalogue of
ours can know them. Limits are decimals in the unit that a person reads; a value is a whole number of the parameter's
smallest step, so that no float ever stands in a table.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import reduce
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cellchain.accounts.rules import Role
from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.manufacturing.rules.formulas import INPUTS_MAX, OF_TIMES, WANTS, Formula, evaluate
from cellchain.manufacturing.rules.lifecycles import LotKind
from cellchain.manufacturing.rules.remarks import Chosen, StandardRemarks, spelled_out
from cellchain.materials.rules import EquipmentKind, MaterialKind

SOURCE_LENGTH_MAX = 60_000
STEPS_MAX = 40
PARAMETERS_MAX = 20
PHASES_MAX = 12
SAMPLES_MAX = 10
FAULTS_MAX = 12
DECIMALS_MAX = 6
WHOLE_MAX = 10**18

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
MaterialAmount = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=3)]
# A value of the same step by its key, or one of an earlier step as `step.key`.
Input = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}(\.[a-z][a-z0-9_]{1,39})?$")]


class Act(StrEnum):
    """What a step does to cells. Its command is refused unless a step with this act is running."""

    SEPARATE = "separate"
    SEED = "seed"
    CHANGE_MEDIUM = "change_medium"
    PASSAGE = "passage"
    HARVEST = "harvest"
    SPLIT = "split"
    POOL = "pool"
    FREEZE = "freeze"
    THAW = "thaw"
    SUSPEND = "suspend"
    PREPARE_CONTROL = "prepare_control"


CULTURE = frozenset({Act.SEPARATE, Act.SEED, Act.CHANGE_MEDIUM, Act.PASSAGE, Act.HARVEST, Act.SPLIT, Act.POOL})
ACTS_OF_KIND: dict[LotKind, frozenset[Act]] = {
    LotKind.BANK: CULTURE | {Act.FREEZE},
    LotKind.PRODUCT: CULTURE | {Act.THAW, Act.SUSPEND},
    LotKind.CONTROL: frozenset({Act.PREPARE_CONTROL}),
}


class ParameterKind(StrEnum):
    """A number with a unit, or a question answered by yes (1) or no (0)."""

    NUMBER = "number"
    CONFIRM = "confirm"


class LabelDesign(StrEnum):
    """A label that a step makes containers for."""

    TUBE = "tube"
    VESSEL = "vessel"
    CRYOVIAL = "cryovial"
    CONTAINER = "container"
    PARTIAL_BAG = "partial_bag"


class Standing(StrEnum):
    """Where a value lies: within every limit, outside an alert limit, or outside an action limit."""

    WITHIN = "within"
    ALERT = "alert"
    ACTION = "action"


class Part(BaseModel):
    """Base of every part of a definition: frozen, and nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True)


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

    def surrounds(self, inner: "Limits") -> bool:
        """Whether `inner` ends nowhere outside."""
        low_fits = self.low is None or inner.low is None or inner.low >= self.low
        high_fits = self.high is None or inner.high is None or inner.high <= self.high
        return low_fits and high_fits


class Computed(Part):
    """How a value is computed: a formula of the closed list, of which values, and the yield that is expected.

    `minutes_since` names an earlier step and counts from its end to this step's start: a hold time.
    """

    formula: Formula
    of: tuple[Input, ...] = Field((), max_length=INPUTS_MAX)
    expected: Decimal | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wants = WANTS[self.formula]
        if not wants.least <= len(self.of) <= wants.most:
            raise ValueError(f"the formula {self.formula.value} is computed of: {wants.words}")
        if (self.expected is None) == (self.formula == Formula.YIELD):
            raise ValueError("a yield, and nothing else, has something expected")
        return self

    def value(self, inputs: Sequence[Decimal]) -> Decimal | None:
        """What it gives for `inputs`, in the order of `of`; None where there is no answer."""
        return evaluate(self.formula, inputs, self.expected)


class Parameter(Part):
    """A value of a step: asked for, or `computed` from others. `remarks`: standard words for one outside its alert."""

    key: Key
    title: Title
    kind: ParameterKind = ParameterKind.NUMBER
    unit: str = Field("", max_length=20)
    decimals: int = Field(0, ge=0, le=DECIMALS_MAX)
    required: bool = True
    computed: Computed | None = None
    target: Decimal | None = None
    alert: Limits | None = None
    action: Limits | None = None
    remarks: Chosen = ()

    @model_validator(mode="after")
    def _limits_nest(self) -> Self:
        if self.alert is not None and self.action is not None and not self.action.surrounds(self.alert):
            raise ValueError("the alert limits lie inside the action limits")
        limits = [limit for limit in (self.alert, self.action) if limit is not None]
        if self.target is not None and not all(limit.holds(self.target) for limit in limits):
            raise ValueError("the target lies inside the limits")
        if self.computed is not None and self.kind != ParameterKind.NUMBER:
            raise ValueError("what is computed is a number")
        return self

    @property
    def is_asked(self) -> bool:
        """Whether a person or an act brings the value, and the record does not compute it."""
        return self.computed is None

    @property
    def is_time(self) -> bool:
        """Whether it counts minutes of the batch record itself."""
        return self.computed is not None and self.computed.formula in OF_TIMES

    def rounded(self, value: Decimal) -> int | None:
        """`value` in the smallest step of this parameter, rounded half to even; None where no table could hold it."""
        whole = int(value.scaleb(self.decimals).to_integral_value(ROUND_HALF_EVEN))
        return whole if abs(whole) <= WHOLE_MAX else None

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

    Where `required`, the step's act takes its numbers from the count, and no person enters them. `remarks` are the
    standard words for counting once more.
    """

    runs: int = Field(2, ge=1, le=12)
    cv_limit: Percent
    required: bool = False
    remarks: Chosen = ()


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


# The labels of what each act makes: no step asks for another, because it could never be completed.
_BAG = frozenset({LabelDesign.CONTAINER, LabelDesign.PARTIAL_BAG})
LABELS_OF: dict[Act, frozenset[LabelDesign]] = {
    Act.SEPARATE: frozenset({LabelDesign.TUBE}),
    Act.SEED: frozenset({LabelDesign.VESSEL}),
    Act.PASSAGE: frozenset({LabelDesign.VESSEL, LabelDesign.TUBE}),
    Act.HARVEST: frozenset({LabelDesign.TUBE}),
    Act.SPLIT: frozenset({LabelDesign.TUBE}),
    Act.POOL: frozenset({LabelDesign.TUBE}),
    Act.FREEZE: frozenset({LabelDesign.CRYOVIAL}),
    Act.THAW: frozenset({LabelDesign.TUBE}),
    Act.SUSPEND: _BAG,
    Act.PREPARE_CONTROL: _BAG,
}


class Sampling(Part):
    """A sampling point: what is drawn in each doing of a step, how much at least, and for which tests.

    One with `keep_days` is retained for so many days instead of being tested. `vessel` is what it goes into; without it
    whoever takes the sample says so.
    """

    key: Key
    title: Title
    tests: tuple[Key, ...] = Field((), max_length=SAMPLES_MAX)
    volume_ul: int = Field(ge=1, le=1_000_000)
    vessel: Literal["tube", "cryovial", "culture_bottle", "slide"] | None = None
    keep_days: int | None = Field(None, ge=1, le=36_500)

    @model_validator(mode="after")
    def _is_for_something(self) -> Self:
        if bool(self.tests) == (self.keep_days is not None):
            raise ValueError("a sample is tested, or it is kept")
        return self


class Stage(Part):
    """A phase of the process: the steps that name it belong together."""

    key: Key
    title: Title


class Step(Part):
    """One step: what it asks for, who performs it, whether a second person verifies it, and in which role.

    A step with `labels` or `samples` is completed when each container that it made wears those labels, scanned back,
    and each sample was taken, or somebody wrote down why not.
    A step follows every required step above it. Steps of two branches do not wait for each other; a step without a
    branch waits for all. A step that `repeats` may be done again until a later required step was started; an `optional`
    one may be left out.
    `amounts` is what a scan books of a material, in the unit in which it is counted; 0 where the act of the step books
    it itself. `open_minutes` is how long the cells may lie open, from the start of the step to its completion.
    """

    key: Key
    title: Title
    phase: Key | None = None
    branch: Key | None = None
    performer: Role = Role.TECHNICIAN
    verified: bool = True
    verifier: Role = Role.TECHNICIAN
    repeats: bool = False
    optional: bool = False
    act: Act | None = None
    materials: tuple[MaterialKind, ...] = Field((), max_length=PARAMETERS_MAX)
    equipment: tuple[EquipmentKind, ...] = Field((), max_length=PARAMETERS_MAX)
    amounts: dict[MaterialKind, MaterialAmount] = Field({}, max_length=PARAMETERS_MAX)
    open_minutes: int | None = Field(None, ge=1, le=1_440)
    labels: tuple[LabelDesign, ...] = Field((), max_length=PARAMETERS_MAX)
    samples: tuple[Sampling, ...] = Field((), max_length=SAMPLES_MAX)
    parameters: tuple[Parameter, ...] = Field((), max_length=PARAMETERS_MAX)
    count: CountPlan | None = None
    expected: Expected | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({parameter.key for parameter in self.parameters}) < len(self.parameters):
            raise ValueError("each parameter of a step has a key of its own")
        if len({point.key for point in self.samples}) < len(self.samples):
            raise ValueError("each sampling point of a step has a key of its own")
        made = LABELS_OF.get(self.act, frozenset()) if self.act else frozenset()
        odd = [design.value for design in self.labels if design not in made]
        if odd:
            raise ValueError(f"a step prints the labels of what its act makes, not: {', '.join(odd)}")
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

    def point(self, key: str) -> Sampling | None:
        """The sampling point `key`, or None."""
        return next((point for point in self.samples if point.key == key), None)

    def waits_for(self, earlier: "Step") -> bool:
        """Whether this step stands behind one that is above it: not so in another branch."""
        return self.branch is None or earlier.branch is None or self.branch == earlier.branch


class Definition(Part):
    """A whole master record. The shelf life runs from suspension; the alert passage warns, the limit is refused.
    `remarks` are its standard words; whatever asks for words names its own by code, `discards` where one is given up.

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
    remarks: StandardRemarks = ()
    discards: Chosen = ()
    phases: tuple[Stage, ...] = Field((), max_length=PHASES_MAX)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=STEPS_MAX)

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, data: Any) -> Any:
        return spelled_out(data)

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

    @model_validator(mode="after")
    def _phased(self) -> Self:
        keys = [stage.key for stage in self.phases]
        if len(set(keys)) < len(keys):
            raise ValueError("each phase has a key of its own")
        for step in self.steps:
            if bool(keys) != (step.phase is not None) or (keys and step.phase not in keys):
                raise ValueError(f"step {step.key} names one of the phases: {', '.join(keys) or 'there is none'}")
        places = [keys.index(step.phase) for step in self.steps if step.phase is not None]
        if places != sorted(places):
            raise ValueError("the steps stand in the order of their phases")
        return self

    @model_validator(mode="after")
    def _computable(self) -> Self:
        for place, step in enumerate(self.steps):
            earlier = {other.key: other for other in self.steps[:place]}
            for parameter in step.parameters:
                if parameter.computed is not None:
                    _must_be_there(step, parameter, parameter.computed, earlier)
        return self

    def step(self, key: str) -> Step | None:
        """The step `key`, or None."""
        return next((step for step in self.steps if step.key == key), None)

    def document(self) -> dict[str, Any]:
        """The definition as it is stored and approved: JSON without floats."""
        return self.model_dump(mode="json")


def _must_be_there(step: Step, parameter: Parameter, computed: Computed, earlier: Mapping[str, Step]) -> None:
    """Every input of a computed value is a number that is entered here or in an earlier step, or an earlier step."""
    for name in computed.of:
        if computed.formula == Formula.MINUTES_SINCE:
            found = name in earlier
        else:
            where, _, key = name.rpartition(".")
            holder = earlier.get(where) if where else step
            value = None if holder is None else holder.parameter(key)
            found = value is not None and value.is_asked and value.kind == ParameterKind.NUMBER
        if not found:
            raise ValueError(f"step {step.key}, {parameter.key}: nothing called {name} is entered here or before")


def parse(source: str) -> Definition:
    """The definition that a TOML text gives. Raises Invalid for its field `source`, naming the place of each fault."""
    try:
        return Definition.model_validate(tomllib.loads(source, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise Invalid({"source": T("This is no TOML text: {fault}.", fault=str(error))}) from error
    except ValidationError as error:
        raise Invalid({"source": _told(error)}) from error


def _told(error: ValidationError) -> T:
    """Every fault with its place, one sentence each. A list with a fault inside is told of once, by the inner place."""
    found = error.errors(include_url=False)
    inner = [one for one in found if not any(_holds(one["loc"], other["loc"]) for other in found)]
    faults = [
        T("At {place}: {fault}.", place=".".join(str(part) for part in one["loc"]) or "master record", fault=one["msg"])
        for one in inner[:FAULTS_MAX]
    ]
    return reduce(lambda first, then: T("{first} {then}", first=first, then=then), faults)


def _holds(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(outer) < len(inner) and inner[: len(outer)] == outer


def load(document: dict[str, Any]) -> Definition:
    """The definition back from its stored form."""
    return Definition.model_validate(document)


def source_hash(source: str) -> str:
    """SHA-256 of the text that was drafted, 64 hexadecimal digits."""
    return hashlib.sha256(source.encode()).hexdigest()
