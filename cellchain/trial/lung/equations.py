"""Which equation predicts which outcome. The tables are pyspiro's, and are read when the first value needs them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from cellchain.kernel.values import dataclass
from cellchain.trial.lifecycles import Sex
from cellchain.trial.lung.rules import Judged, Shape, age_on, judged

MM_PER_CM = 10
LIBRARY = "pyspiro"
_SEX = {Sex.FEMALE: 0, Sex.MALE: 1}


@dataclass(frozen=True)
class Equation:
    """A published equation: its name with the year, the ages it covers, and where the library keeps it."""

    name: str
    module: str
    table: str
    parameter: str
    age_least: int
    age_most: int

    @property
    def id(self) -> str:
        """The name with the library's version, as it is kept beside each value that it predicted."""
        return f"{self.name}, {LIBRARY} {_library_version()}"


def _spirometry(parameter: str) -> Equation:
    return Equation("GLI Global 2022", "pyspiro.src.spirometry.BOWERMAN_2022", "BOWERMAN_2022", parameter, 3, 95)


def _transfer(parameter: str) -> Equation:
    return Equation("GLI 2017 TLCO", "pyspiro.src.diffusion.GLI_2017", "GLI_2017", parameter, 5, 85)


# By outcome and unit: the transfer factor has two of them, and a coefficient for each.
EQUATIONS: Mapping[tuple[str, str], Equation] = {
    ("fvc", "L"): _spirometry("FVC"),
    ("fev1", "L"): _spirometry("FEV1"),
    ("dlco", "mmol/min/kPa"): _transfer("TLCO"),
    ("dlco", "mL/min/mmHg"): _transfer("DLCO"),
}


@dataclass(frozen=True)
class Body:
    """What of a person an equation asks."""

    sex: Sex
    born: date
    height_mm: int


@cache
def _library_version() -> str:
    return version(LIBRARY)


@cache
def _table(module: str, name: str) -> Any:
    """One of the library's tables. Reading one takes half a second, and most processes never need it."""
    return getattr(import_module(module), name)()


def shape_of(equation: Equation, sex: Sex, age_years: Decimal, height_mm: int) -> Shape | None:
    """The healthy of this sex, age and height; None outside the ages that the equation covers."""
    if not equation.age_least <= age_years <= equation.age_most:
        return None
    table = _table(equation.module, equation.table)
    parameter = table.Parameters[equation.parameter].value
    found = table.lms(_SEX[sex], float(age_years), height_mm / MM_PER_CM, parameter, None)
    return Shape(*(float(one) for one in found))


def judge(outcome: str, unit: str, value: int, decimals: int, body: Body, on: date) -> Judged | None:
    """A stored value against what is predicted for this person on that day; None where no equation covers it."""
    equation = EQUATIONS.get((outcome, unit))
    if equation is None:
        return None
    age = age_on(body.born, on)
    shape = shape_of(equation, body.sex, age, body.height_mm)
    return None if shape is None else judged(Decimal(value).scaleb(-decimals), shape, equation.id, age, body.height_mm)


def judge_all(values: Mapping[tuple[str, str], int], decimals: int, body: Body, on: date) -> dict[str, Judged]:
    """Values of one day, by outcome and unit, against what is predicted; without those that no equation covers."""
    found = {code: judge(code, unit, value, decimals, body, on) for (code, unit), value in values.items()}
    return {code: one for code, one in found.items() if one is not None}
