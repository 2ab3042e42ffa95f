"""A broken chain of custody and too much time out of the cold stop a bag at the bedside, with a sentence."""

from datetime import timedelta
from typing import Any

from cellchain.custody import commands as custody
from tests.bedside.world import World
from tests.races.things import rows_of


def codes_and_texts(world: World, number: int) -> dict[str, str]:
    """What the check of a ready pair says now."""
    _, symbol, _, band = world.ready(number)
    answer = world.check("nurse1", band, symbol)
    return {reason["code"]: reason["message"] for reason in answer["reasons"]}


def test_a_journey_whose_logger_was_not_read_out(world: World) -> None:
    code, symbol, _, _ = world.ready(0)
    first = rows_of(world, "custody_shipment")[-1]
    world.do("technician1", custody.pack, shipper=first["shipper"], label=symbol)
    courier = next(row["code"] for row in rows_of(world, "materials_location") if row["kind"] == "courier")
    sent: dict[str, Any] = {"to_location": courier, "courier": "Example Couriers", "courier_code": "C-1"}
    sent |= {"seal": "S-1", "temperature_mc": 4_000, "logger": first["logger"]}
    shipment = world.do("technician1", custody.ship, shipper=first["shipper"], **sent)["shipment"]
    assert "custody.under_way" in codes_and_texts(world, 0)
    world.wait(minutes=20)
    seen: dict[str, Any] = dict.fromkeys(("seal_intact", "packaging_intact", "labels_legible"), True)
    seen |= {"labels": (symbol,), "seal": "S-1", "temperature_mc": 4_000, "outcome": "accepted"}
    world.do("technician2", custody.receive, shipment=shipment, **seen)
    said = codes_and_texts(world, 0)
    assert said["custody.chain_broken"] == (
        "The chain of custody is broken. For 20 min no logger says how warm it was. Report it, and call QA."
    )
    world.do("nurse1", custody.report_gap, subject=code, account="The logger was lost.")
    assert "custody.excursion_open" in codes_and_texts(world, 0)


def test_too_long_out_of_the_cold(world: World) -> None:
    code = world.ready(1)[0]
    assert codes_and_texts(world, 1) == {}
    now = world.clock.now()
    out: dict[str, Any] = {"taken_out_at": now - timedelta(minutes=31), "put_back_at": now, "reason": "Left on a table"}
    world.do("nurse1", custody.record_time_out, subject=code, **out)
    said = codes_and_texts(world, 1)
    assert set(said) == {"custody.budget_spent", "custody.excursion_open"}
    assert "out of controlled temperature for 3" in said["custody.budget_spent"]
