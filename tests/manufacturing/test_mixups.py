"""Growth and viability that cannot be: two batches may have been mixed up."""

from decimal import Decimal

import pytest

from cellchain.manufacturing import commands
from cellchain.manufacturing.rules import balance
from cellchain.manufacturing.rules.balance import Doubt, Grown, Quantity
from cellchain.manufacturing.rules.definition import Balance, Plausible
from tests.manufacturing.conftest import Plant

PLAUSIBLE = Plausible(spread_min=Decimal(0))
DAY = 24 * 60


def why(grown: Grown, history: list[Decimal] | None = None) -> list[Doubt]:
    return [one.why for one in balance.suspicions(PLAUSIBLE, grown, history or [])]


@pytest.mark.parametrize(
    ("grown", "doubts"),
    [
        (Grown(2_000, DAY, 950, 950), []),  # a doubling in twelve hours, no faster
        (Grown(2_001, DAY, 950, 950), [Doubt.GREW_TOO_FAST]),
        (Grown(-500, DAY, 950, 950), []),
        (Grown(None, DAY, 950, None), []),
        (Grown(None, DAY, 750, 950), []),
        (Grown(None, DAY, 749, 950), [Doubt.VIABILITY_JUMPED]),
        (Grown(None, DAY, 951, 750), [Doubt.VIABILITY_JUMPED]),
        (Grown(9_000, DAY, 500, 950), [Doubt.GREW_TOO_FAST, Doubt.VIABILITY_JUMPED]),
    ],
)
def test_what_cannot_be(grown: Grown, doubts: list[Doubt]) -> None:
    assert why(grown) == doubts


def test_the_laboratorys_own_history_has_limits_once_it_is_long_enough() -> None:
    history = [Decimal(rate) / 100 for rate in (48, 50, 52, 49, 51, 50, 50, 50)]
    limits = balance.control(history, PLAUSIBLE)
    assert limits is not None
    # Squares of the deviations add to 10 (e-4); sample deviation 0.01195.
    assert limits.mean == Decimal("0.5")
    assert (limits.low.quantize(Decimal("0.0001")), limits.high.quantize(Decimal("0.0001"))) == (
        Decimal("0.4641"),
        Decimal("0.5359"),
    )
    assert why(Grown(530, DAY, 950, None), history) == []
    assert why(Grown(540, DAY, 950, None), history) == [Doubt.UNLIKE_HISTORY]
    assert why(Grown(460, DAY, 950, None), history) == [Doubt.UNLIKE_HISTORY]
    assert why(Grown(540, DAY, 950, None), history[1:]) == []


def test_lots_that_all_grew_alike_leave_room_for_the_error_of_counting() -> None:
    limits = balance.control([Decimal("0.5")] * 8, Plausible())
    assert limits is not None
    assert (limits.low, limits.high) == (Decimal("0.45"), Decimal("0.55"))


@pytest.mark.parametrize(
    ("expected", "found", "off"),
    [(1_000, 900, False), (1_000, 899, True), (1_000, 1_100, False), (1_000, 1_101, True), (0, 0, False), (0, 1, True)],
)
def test_the_measuring_error(expected: int, found: int, off: bool) -> None:
    assert balance.is_off(expected, found, balance.error_of(Balance(), Quantity.VOLUME)) is off


def test_doublings_that_cannot_be(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.passage(lot, 20_000_000, 300_000, days=12)
    told = plant.listen("manufacturing:mixup:suspected")
    # 600 000 to 24 000 000 in two days: 5.32 doublings, 2.66 a day.
    found = plant.harvest(lot, "bank", 24_000_000, days=2)
    assert found["warnings"] == ["growth.implausible"]
    [facts] = told
    assert (facts["subject"], facts["why"]) == (lot, "grew_too_fast")
    assert (Decimal(facts["per_day"]), facts["most"]) == (Decimal("2.66"), "2")


def test_growth_as_usual(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.passage(lot, 20_000_000, 300_000, days=12)
    told = plant.listen("manufacturing:mixup:suspected")
    assert plant.harvest(lot, "bank", 4_800_000, days=3)["warnings"] == []
    assert told == []


def test_viability_that_jumps(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.wait(days=12)
    told = plant.listen("manufacturing:mixup:suspected")
    plant.start(lot, "harvest")
    seen = {"harvested_count": 4_000_000, "viability_permille": 740, "confluence_permille": 800, "volume_ul": 20_000}
    plant.do(commands.harvest, lot=lot, reason="Counted once more: it is so.", **seen)
    [facts] = told
    assert (facts["why"], facts["points"], facts["most_points"]) == ("viability_jumped", "21", "20")


def test_viability_that_jumps_at_the_bag(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    told = plant.listen("manufacturing:mixup:suspected")
    plant.start(lot, "suspension")
    bag = {"dose_count": 200_000_000, "viability_permille": 700, "saline": plant.lots["saline"]}
    plant.do(commands.suspend, lot=lot, container=tube, **bag)
    assert [facts["why"] for facts in told] == ["viability_jumped"]
