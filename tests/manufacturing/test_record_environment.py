"""Readings of the clean room: judged by its class, for the time and the batch that they speak about."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import NotFound
from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import commands, environment
from cellchain.manufacturing.environment import Room
from cellchain.materials import commands as materials
from cellchain.web.i18n import Voice
from tests.manufacturing.conftest import Plant, forbidden, refused
from tests.manufacturing.pages import ZONE, client

VOICE = Voice("en", ZONE)


def bench(plant: Plant, room_class: str | None = "B") -> str:
    fields = {"name": f"Room {len(plant.house.entries())}", "kind": "bench", "room_class": room_class}
    return str(plant.do(materials.register_location, **fields)["location"])


def read(plant: Plant, place: str, kind: str = "temperature", value: object = "20.5", **more: Any) -> dict[str, Any]:
    fields = {"location": place, "kind": kind, "value": value, **more}
    return plant.do(commands.record_environment, **fields)


def plate(plant: Plant, place: str, value: int, hours: float = 4, ago: float = 0, **more: Any) -> dict[str, Any]:
    """A settle plate that was closed so many hours ago."""
    closed = plant.house.clock.now() - timedelta(hours=ago)
    window = {"open_from": closed - timedelta(hours=hours), "open_until": closed}
    return read(plant, place, "settle_plate", value, **window, **more)


def room(plant: Plant, place: str) -> Room:
    with plant.house.read() as tx:
        return environment.room(tx, place, VOICE)


def told_of(plant: Plant) -> list[dict[str, object]]:
    """What the reactions table hears of breaches from now on."""
    told: list[dict[str, object]] = []
    event = "manufacturing:environment:breached"
    plant.house.runner._reactions[event] = [
        Reaction(event, commands.close_batch, lambda facts: told.append(dict(facts)))
    ]
    return told


def test_it_is_kept_in_tenths(plant: Plant) -> None:
    answer = read(plant, plant.location())
    assert (answer["standing"], answer["lot"]) == ("within", None)
    assert plant.events()[-1] == "manufacturing:environment:recorded"
    assert '"value":205' in plant.house.entries()[-1].body


def test_a_location_is_known_and_a_value_is_bounded(plant: Plant) -> None:
    with pytest.raises(NotFound):
        read(plant, issue(Kind.LOCATION, 1, 2026, 9999), value=20)
    with pytest.raises(ValidationError):
        read(plant, plant.location(), value="20.55")


@pytest.mark.parametrize(
    ("room_class", "kind", "value", "standing"),
    [
        ("A", "particles", "1760", "within"),
        ("A", "particles", "1760.1", "alert"),
        ("A", "particles", "3520", "alert"),
        ("A", "particles", "3520.1", "action"),
        ("B", "particles", "352000", "alert"),
        ("B", "particles", "352000.1", "action"),
        ("C", "particles", "3520000.1", "action"),
        ("D", "particles", "99000000", "alert"),
        ("B", "pressure", "12", "within"),
        ("B", "pressure", "11.9", "alert"),
        ("B", "pressure", "9.9", "action"),
        ("C", "temperature", "27.1", "action"),
        ("C", "humidity", "66", "alert"),
        (None, "pressure", "-40", "within"),
    ],
)
def test_it_is_judged_by_the_class_of_the_room(
    plant: Plant, room_class: str | None, kind: str, value: str, standing: str
) -> None:
    told = told_of(plant)
    answer = read(plant, bench(plant, room_class), kind, value, reason="The door stood open.")
    assert answer["standing"] == standing
    assert len(told) == (standing == "action")


@pytest.mark.parametrize(("room_class", "most"), [("A", 0), ("B", 5), ("C", 50), ("D", 100)])
def test_colonies_on_a_plate(plant: Plant, room_class: str, most: int) -> None:
    place = bench(plant, room_class)
    assert plate(plant, place, most, reason="Seen.")["standing"] in ("within", "alert")
    assert plate(plant, place, most + 1, reason="Seen.")["standing"] == "action"


def test_outside_a_limit_it_needs_a_comment(plant: Plant) -> None:
    place = bench(plant)
    for value in ("11", "9"):
        with refused("environment.comment_needed"):
            read(plant, place, "pressure", value)
    read(plant, place, "pressure", "11", reason="The <door> stood open.")
    found = room(plant, place).readings[0]
    assert (found.comment, found.status, found.text) == ("The <door> stood open.", "warn", "11\u00a0Pa")


def test_out_of_its_limit_it_is_told(plant: Plant) -> None:
    told = told_of(plant)
    lot = plant.open("control", location=bench(plant))
    with plant.house.read() as tx:
        from cellchain.manufacturing import queries

        place = queries.lot_facts(tx, lot).location
    read(plant, place, "pressure", "9.5", reason="The fan stopped.")
    [facts] = told
    facts.pop("reading")
    assert facts == {
        "subject": place,
        "lot": lot,
        "kind": "pressure",
        "value": "9.5",
        "unit": "Pa",
        "low": "10",
        "high": None,
    }


def test_a_plate_counts_for_the_time_it_lay_open(plant: Plant) -> None:
    place = bench(plant)
    with refused("environment.window_needed"):
        read(plant, place, "settle_plate", 1)
    with refused("environment.plate_too_long"):
        plate(plant, place, 1, hours=4.1)
    now = plant.house.clock.now()
    for window in ({"open_from": now, "open_until": now}, {"open_from": now, "open_until": now + timedelta(hours=1)}):
        with refused("environment.window_wrong"):
            read(plant, place, "settle_plate", 1, **window)
    plate(plant, place, 1, hours=4)
    found = room(plant, place).readings[0]
    assert found.end - found.start == timedelta(hours=4)


def test_it_speaks_about_the_batch_that_was_worked_on_then(plant: Plant) -> None:
    place = bench(plant)
    lot = plant.open("control", location=place)
    plant.wait(hours=5)
    assert read(plant, place)["lot"] == lot
    assert plate(plant, place, 0, hours=2, ago=1)["lot"] == lot
    assert plate(plant, place, 0, hours=2, ago=9)["lot"] is None
    with plant.house.read() as tx:
        from cellchain.manufacturing import queries

        during = environment.readings_during(tx, queries.lot_facts(tx, lot), VOICE)
    assert len(during) == 2
    with refused("environment.other_place"):
        read(plant, bench(plant), lot=lot)


def test_the_pages_show_it(plant: Plant) -> None:
    place = bench(plant)
    lot = plant.open("control", location=place)
    browser = client(plant)
    assert "nothing was read yet." in browser.get(f"/manufacturing/rooms/{place}").text
    read(plant, place, "temperature", "20.5")
    read(plant, place, "pressure", "11", reason="The <door> stood open.")
    page = browser.get(f"/manufacturing/rooms/{place}").text
    assert "outside an alert limit." in page
    assert "The &lt;door&gt; stood open." in page
    assert '<svg class="trend"' in page
    assert "Grade B" in browser.get("/manufacturing/rooms").text
    assert f'href="/manufacturing/rooms/{place}"' in browser.get(f"/bench/{lot}").text
    assert "Outside the alert limit" in browser.get(f"/manufacturing/lots/{lot}").text
    assert browser.get(f"/manufacturing/rooms/{issue(Kind.LOCATION, 1, 2026, 9999)}").status_code == 404


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.record_environment, location=plant.location(), kind="humidity", value=40)
