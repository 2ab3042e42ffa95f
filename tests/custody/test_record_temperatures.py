"""What a logger wrote down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cellchain.custody import commands, queries, rules
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from tests.custody.conftest import Places, Refuses
from tests.quality.lab import Lab


def readings(lab: Lab, *temperatures_mc: int) -> list[dict[str, Any]]:
    now = lab.house.clock.now()
    return [
        {"at": now - timedelta(minutes=5 * at), "temperature_mc": value} for at, value in enumerate(temperatures_mc)
    ]


def record(lab: Lab, places: Places, *temperatures_mc: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"readings": readings(lab, *temperatures_mc), "logger": "L-7"}
    return lab.do(commands.record_temperatures, by=lab.technician, subject=places.bag, **fields)


def test_readings_within_the_range(lab: Lab, places: Places) -> None:
    made = record(lab, places, 3_000, 4_000, 5_000)
    assert (made["readings"], made["excursion"]) == (3, False)
    with lab.house.read() as tx:
        assert [row.temperature_mc for row in queries.readings_of(tx, places.bag)] == [5_000, 4_000, 3_000]


def test_one_excursion_with_the_worst_of_them(lab: Lab, places: Places) -> None:
    assert record(lab, places, 9_000, 12_500, 1_000, 4_000)["excursion"]
    with lab.house.read() as tx:
        (found,) = queries.open_excursions(tx)
    assert found.temperature_mc == 12_500


def test_times_that_cannot_be(lab: Lab, places: Places, refuses: Refuses) -> None:
    now = lab.house.clock.now()
    for code, times in [("temperature.in_future", [now + timedelta(minutes=1)]), ("temperature.twice", [now, now])]:
        with refuses(code):
            values = [{"at": at, "temperature_mc": 4_000} for at in times]
            lab.do(commands.record_temperatures, by=lab.technician, subject=places.bag, readings=values)


@pytest.mark.parametrize(
    ("kind", "temperature_mc", "outside"),
    [
        (ContainerKind.INFUSION_BAG, 2_000, False),
        (ContainerKind.INFUSION_BAG, -1, True),
        (ContainerKind.CRYOVIAL, -150_000, False),
        (ContainerKind.CRYOVIAL, -80_000, True),
        (ContainerKind.HARVEST_BAG, 8_000, False),
        (ContainerKind.HARVEST_BAG, 20_500, True),
        (ContainerKind.TUBE, 22_000, False),
    ],
)
def test_each_kind_has_its_range(kind: ContainerKind, temperature_mc: int, outside: bool) -> None:
    assert rules.is_outside(kind, temperature_mc) is outside
    assert (rules.worst_of(kind, [temperature_mc]) is not None) is outside


def test_only_marrow_arrives_late() -> None:
    at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert not rules.arrives_late(ContainerKind.HARVEST_BAG, at, at)
    assert rules.arrives_late(ContainerKind.HARVEST_BAG, at, at + timedelta(minutes=1))
    assert not rules.arrives_late(ContainerKind.INFUSION_BAG, at, at + timedelta(days=1))
    assert not rules.arrives_late(ContainerKind.HARVEST_BAG, None, at)
