"""Predicted values, lower limits, percent and z-scores: against published vectors, and against each other."""

import sys
from datetime import date
from decimal import Decimal
from subprocess import run

import pytest

from cellchain.trial.lifecycles import Sex
from cellchain.trial.lung.equations import EQUATIONS, Body, judge, shape_of
from cellchain.trial.lung.rules import LOWER_LIMIT_Z, Shape, age_on

# Sex, age in years, height in mm; then predicted and lower limit of FVC (L), TLCO (mmol/min/kPa), DLCO (mL/min/mmHg).
# Computed independently from the published coefficients and look-up tables.
VECTORS = [
    (Sex.MALE, 65, 1_750, ("4.022", "3.009"), ("8.667", "6.438"), ("25.889", "19.230")),
    (Sex.FEMALE, 60, 1_620, ("2.956", "2.149"), ("6.579", "5.046"), ("19.652", "15.073")),
    (Sex.MALE, 50, 1_800, ("4.815", "3.663"), ("10.076", "7.704"), ("30.098", "23.011")),
    (Sex.FEMALE, 72, 1_580, ("2.515", "1.772"), ("6.025", "4.519"), ("17.997", "13.498")),
]
KEYS = [("fvc", "L"), ("dlco", "mmol/min/kPa"), ("dlco", "mL/min/mmHg")]


@pytest.mark.parametrize(("sex", "age", "height_mm", "fvc", "tlco", "dlco"), VECTORS)
def test_predicted_and_lower_limit_to_three_decimals(
    sex: Sex, age: int, height_mm: int, fvc: tuple[str, str], tlco: tuple[str, str], dlco: tuple[str, str]
) -> None:
    for key, (predicted, limit) in zip(KEYS, (fvc, tlco, dlco), strict=True):
        shape = shape_of(EQUATIONS[key], sex, Decimal(age), height_mm)
        assert shape is not None
        assert (f"{shape.median:.3f}", f"{shape.lower_limit:.3f}") == (predicted, limit), key


@pytest.mark.parametrize(("sex", "age", "height_mm", "fvc", "tlco", "dlco"), VECTORS)
def test_percent_and_z_follow_from_them(
    sex: Sex, age: int, height_mm: int, fvc: tuple[str, str], tlco: tuple[str, str], dlco: tuple[str, str]
) -> None:
    """The value that is predicted has 100 % and z 0; the lower limit has z -1.645; in between both grow together."""
    on = date(2026, 6, 1)
    body = Body(sex, date(2026 - age, 6, 1), height_mm)
    for (outcome, unit), (predicted, limit) in zip(KEYS, (fvc, tlco, dlco), strict=True):
        most = judge(outcome, unit, int(Decimal(predicted) * 1_000), 3, body, on)
        least = judge(outcome, unit, int(Decimal(limit) * 1_000), 3, body, on)
        assert most is not None
        assert least is not None
        assert (most.percent_predicted_permille, round(most.z_milli, -1)) == (1_000, 0)
        assert least.z_milli == pytest.approx(LOWER_LIMIT_Z * 1_000, abs=3)
        assert least.percent_predicted_permille == round(Decimal(limit) / Decimal(predicted) * 1_000)
        assert most.predicted_milli == pytest.approx(int(Decimal(predicted) * 1_000), abs=1)
        assert most.lower_limit_milli == pytest.approx(int(Decimal(limit) * 1_000), abs=1)


def test_half_of_what_is_predicted_is_50_percent() -> None:
    body = Body(Sex.MALE, date(1961, 6, 1), 1_750)
    half = judge("fvc", "L", 2_011, 3, body, date(2026, 6, 1))
    assert half is not None
    assert half.percent_predicted_permille == 500
    assert half.equation.startswith("GLI Global 2022, pyspiro 1.")
    assert (half.age_years, half.height_mm) == ("65.00", 1_750)


def test_fev1_has_its_own_equation() -> None:
    shape = shape_of(EQUATIONS["fev1", "L"], Sex.MALE, Decimal(45), 1_750)
    assert shape is not None
    assert f"{3.0 / shape.median * 100:.1f} {shape.z(3.0):.2f} {shape.lower_limit:.2f}" == "80.8 -1.33 2.82"


def test_z_and_value_lead_back_to_each_other() -> None:
    for skewness in (0.93, 0.39, -0.5, 0.0):
        shape = Shape(skewness, 4.0, 0.15)
        for z in (-3.0, -1.645, 0.0, 1.2):
            assert shape.z(shape.at(z)) == pytest.approx(z, abs=1e-9)


@pytest.mark.parametrize(("outcome", "unit"), [("six_minute_walk", "m"), ("fvc", "mL"), ("dlco", "L")])
def test_what_no_equation_covers_is_not_judged(outcome: str, unit: str) -> None:
    body = Body(Sex.FEMALE, date(1966, 6, 1), 1_620)
    assert judge(outcome, unit, 300, 2, body, date(2026, 6, 1)) is None


@pytest.mark.parametrize(("outcome", "unit", "born"), [("dlco", "mmol/min/kPa", 1940), ("fvc", "L", 1930)])
def test_nobody_is_judged_beyond_the_ages_of_an_equation(outcome: str, unit: str, born: int) -> None:
    body = Body(Sex.MALE, date(born, 5, 1), 1_750)
    assert judge(outcome, unit, 300, 2, body, date(2026, 6, 1)) is None


def test_age_counts_days_over_leap_years() -> None:
    assert str(age_on(date(1960, 2, 29), date(2028, 2, 29))) == "68.00"
    assert str(age_on(date(1962, 5, 17), date(2026, 6, 15))) == "64.08"


def test_the_tables_are_read_when_they_are_needed() -> None:
    """Starting the program costs nothing of it."""
    said = run(
        [sys.executable, "-c", "import cellchain.main, sys; print('pandas' in sys.modules, 'pyspiro' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.split() == ["False", "False"]
