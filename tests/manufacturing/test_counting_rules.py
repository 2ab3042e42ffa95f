"""Cells counted, by hand-computed cases: concentration, viability, scatter, and who may count again."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel.units import doubling_time_minutes, population_doublings_milli
from cellchain.manufacturing.rules import counting
from cellchain.manufacturing.rules.counting import Numbers, Run
from cellchain.manufacturing.rules.definition import Act, CountPlan, Step
from tests.manufacturing.conftest import refused

PLAN = CountPlan(runs=2, cv_limit=Decimal(20))
TITLE = {"en": "Harvest", "ru": "Снять"}


def a_step(act: Act | None = Act.HARVEST, *, counts: bool = True, required: bool = False) -> Step:
    plan = CountPlan(runs=2, cv_limit=Decimal(20), required=required) if counts else None
    return Step.model_validate({"key": "one", "title": TITLE, "act": act, "equipment": ["counter"], "count": plan})


@pytest.mark.parametrize(
    ("seen", "dilution_milli", "chamber_nl", "per_ml"),
    [
        # A Neubauer chamber's large square is 1 mm x 1 mm x 0.1 mm = 0.1 uL: 10^4 squares make a millilitre.
        (100, 1_000, 100, 1_000_000),
        (100, 2_000, 100, 2_000_000),
        # Four squares, one in ten: 317 x 10 / 0.4 uL.
        (317, 10_000, 400, 7_925_000),
        (1, 1_000, 3, 333_333),
        (0, 1_000, 100, 0),
    ],
)
def test_a_chamber_makes_a_concentration(seen: int, dilution_milli: int, chamber_nl: int, per_ml: int) -> None:
    assert counting.run_of(seen, 0, dilution_milli, chamber_nl).live_per_ml == per_ml


def test_runs_make_a_mean_a_viability_and_a_scatter() -> None:
    # Means 5.0e5 and 5.5e5; sample deviation of 4, 5, 6 (e5) is 1 (e5), a fifth of the mean.
    counted = counting.summed([Run(400_000, 60_000), Run(500_000, 50_000), Run(600_000, 40_000)])
    assert (counted.live_per_ml, counted.total_per_ml) == (500_000, 550_000)
    assert counted.viability_permille == 909  # 15 of 16.5
    assert counted.scatter_permille == 200
    assert not counting.is_scattered(PLAN, 200)
    assert counting.is_scattered(PLAN, 201)


def test_one_run_has_no_scatter() -> None:
    assert counting.summed([Run(400_000, 0)]).scatter_permille is None
    assert counting.scatter_permille([0, 0]) is None
    assert not counting.is_scattered(PLAN, None)


def test_a_chamber_without_cells_is_no_count() -> None:
    with refused("count.no_cells"):
        counting.summed([Run(0, 0), Run(0, 0)])


@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=12), st.integers(2, 9))
def test_scatter_knows_no_unit(values: list[int], factor: int) -> None:
    assert counting.scatter_permille(values) == counting.scatter_permille([value * factor for value in values])
    assert counting.scatter_permille([values[0], values[0]]) == 0


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1_000, 1_000_000), st.integers(1, 10**6))
def test_viability_does_not_depend_on_dilution(live: int, dead: int, dilution_milli: int, chamber_nl: int) -> None:
    run = Run(live * 1_000, dead * 1_000)
    if live + dead:
        assert 0 <= counting.summed([run, run]).viability_permille <= 1000


def test_more_cells_than_there_can_be() -> None:
    with refused("count.too_many"):
        counting.run_of(1_000_000, 0, 1_000_000, 1)
    with refused("count.too_many"):
        counting.cells_in(10**13, 2_000_000)


def test_cells_in_a_volume() -> None:
    assert counting.cells_in(1_250_000, 20_000) == 25_000_000
    assert counting.cells_in(333, 1_500) == 500  # 499.5, half to even
    assert counting.cells_in(331, 1_500) == 496  # 496.5


def test_the_vectors_of_growth() -> None:
    assert population_doublings_milli(1_000_000, 8_000_000) == 3_000
    assert population_doublings_milli(1_000_000, 200_000_000) == 7_644
    assert population_doublings_milli(8_000_000, 1_000_000) == -3_000
    assert doubling_time_minutes(3_000, 72 * 60) == 24 * 60


def test_a_step_that_counts_nothing() -> None:
    with refused("count.not_here"):
        counting.plan_of(a_step(counts=False))
    assert counting.plan_of(a_step()).runs == 2


def test_too_few_and_too_many_runs() -> None:
    counting.enough_runs(PLAN, 2)
    with refused("count.too_few_runs"):
        counting.enough_runs(PLAN, 1)
    with refused("count.too_many_runs"):
        counting.enough_runs(PLAN, 13)


def test_counting_again_needs_a_reason_and_ends_after_the_second() -> None:
    counting.may_count(0, None, PLAN, used=False)
    counting.may_count(1, "A bubble in the chamber.", PLAN, used=False)
    with refused("count.reason_needed"):
        counting.may_count(1, None, PLAN, used=False)
    with refused("count.done_twice"):
        counting.may_count(2, "Once more.", PLAN, used=False)
    with refused("count.used"):
        counting.may_count(1, "Too late.", PLAN, used=True)


def test_the_count_is_what_the_act_goes_by() -> None:
    found = Numbers(25_000_000, 950)
    assert counting.numbers(a_step(), None, None, found) == found
    assert counting.numbers(a_step(), 25_000_000, 950, found) == found
    with refused("count.differs"):
        counting.numbers(a_step(), 26_000_000, None, found)
    with refused("count.differs"):
        counting.numbers(a_step(), None, 951, found)


def test_numbers_by_hand_stand_where_the_record_does_not_ask_for_a_count() -> None:
    assert counting.numbers(a_step(), 1, 900, None) == Numbers(1, 900)
    with refused("count.missing"):
        counting.numbers(a_step(), 1, None, None)
    with refused("count.missing"):
        counting.numbers(a_step(required=True), 1, 900, None)


def test_dead_cells_alone_make_nothing() -> None:
    with refused("count.none_alive"):
        counting.numbers(a_step(), None, None, Numbers(0, 0))


def test_marrow_is_counted_by_nuclei_and_everything_else_by_life() -> None:
    assert [act for act in Act if counting.is_total(act)] == [Act.SEPARATE]


def test_a_record_that_counts_without_a_counter_is_no_record() -> None:
    with pytest.raises(ValueError, match="uses a counter"):
        Step.model_validate({"key": "one", "title": TITLE, "act": "harvest", "count": {"cv_limit": 20}})
    with pytest.raises(ValueError, match="does something to cells"):
        a_step(Act.SEED, required=True)
