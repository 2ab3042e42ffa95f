"""A place is divided into cells; each takes one thing."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from cellchain.custody import boxes, commands, queries
from cellchain.custody.boxes import BoxMap
from cellchain.custody.rules import positions
from cellchain.kernel.errors import Forbidden, NotFound, Refused
from tests.custody.conftest import Box, Places, Refuses, equipment, ship
from tests.quality.app import app_for
from tests.quality.lab import Lab
from tests.quality.test_pages import Desk


def box(lab: Lab, rows: int = 3, columns: int = 4) -> str:
    location = lab.location("Box 7", "store")
    order: dict[str, Any] = {
        "location": location,
        "rows_count": rows,
        "columns_count": columns,
        "shelf": "2",
        "rack": "1",
    }
    lab.do(commands.lay_out_box, by=lab.technician, **order)
    return location


def seen(lab: Lab, location: str) -> BoxMap:
    with lab.house.read() as tx:
        found = boxes.box_map(tx, location)
    assert isinstance(found, BoxMap)
    return found


def put(lab: Lab, subject: str, location: str, cell: str | None) -> dict[str, Any]:
    return lab.do(commands.store, by=lab.technician, subject=subject, location=location, position=cell)


def test_it_has_every_cell_and_all_are_free(lab: Lab) -> None:
    found = seen(lab, box(lab))
    assert [(letter, [cell.name for cell in row]) for letter, row in found.rows][-1] == ("C", ["C1", "C2", "C3", "C4"])
    assert (found.line.cells_count, found.line.free_count, found.next_free) == (12, 12, "A1")
    assert lab.last_event() == "custody:box:laid_out"


def test_a_cell_is_written_one_way_and_takes_one_thing(lab: Lab, refuses: Refuses) -> None:
    location, (first, second) = box(lab), lab.containers(lab.lot("bank"))
    assert put(lab, first, location, " a01")["position"] == "A1"
    with refuses("custody.position_taken"):
        put(lab, second, location, "A1")
    with refuses("custody.cell_needed"):
        put(lab, second, location, None)
    for wrong in ("D1", "A5", "A0", "1A", "AA", "A1; B1"):
        with refuses("custody.no_such_cell"):
            put(lab, second, location, wrong)
    put(lab, second, location, "A2")
    found = seen(lab, location)
    assert (found.next_free, found.line.free_count, found.rows[0][1][0].subject) == ("A3", 10, first)
    lab.do(commands.move, by=lab.technician, subject=first, location=location, position="C4")
    assert seen(lab, location).next_free == "A1"


def test_it_is_divided_once_while_it_is_empty(lab: Lab, places: Places, refuses: Refuses) -> None:
    location = box(lab)
    with refuses("custody.box_already"):
        lab.do(commands.lay_out_box, by=lab.technician, location=location, rows_count=2, columns_count=2)
    with refuses("custody.place_in_use"):
        lab.do(commands.lay_out_box, by=lab.technician, location=places.store, rows_count=2, columns_count=2)
    with pytest.raises(NotFound):
        lab.do(
            commands.lay_out_box,
            by=lab.technician,
            location=places.courier,
            rows_count=2,
            columns_count=2,
            equipment="EQ012600007735",
        )


def test_what_changes_hands_does_not_go_into_a_cell(lab: Lab, places: Places, refuses: Refuses) -> None:
    location, equipped = box(lab), Box(equipment(lab, "shipper"), equipment(lab, "logger"))
    order: dict[str, Any] = {"to_location": location, "temperature_mc": 4_000, "seal": "S-1"}
    with refuses("custody.box_takes_cells"):
        lab.do(commands.hand_over, by=lab.technician, label=places.label, **order)
    with refuses("custody.box_takes_cells"):
        ship(lab, places, equipped, to_location=location)


def test_a_nurse_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.lay_out_box, by=lab.nurse, location=lab.location(), rows_count=2, columns_count=2)


def test_cells_are_named_by_row_and_column() -> None:
    assert positions.cells(2, 3) == ("A1", "A2", "A3", "B1", "B2", "B3")
    assert positions.cell_of("b 3", 2, 3) == "B3"
    with pytest.raises(Refused):
        positions.cell_of("B10", 2, 9)


@pytest.fixture
def desk(lab: Lab) -> Iterator[Desk]:
    made = Desk(lab)
    with TestClient(app_for(lab.house, lambda: made.actor), base_url="https://testserver") as client:
        made.client = client
        yield made


def test_scans_fill_the_box_cell_by_cell(lab: Lab, desk: Desk) -> None:
    location, vials = box(lab, 1, 2), lab.containers(lab.lot("bank", bags=3))
    technician = desk.as_(lab.technician)
    assert "Next free: A1." in technician.get(f"/custody/places/{location}")

    def scan(symbol: str, nonce: str | None = None) -> Any:
        fields = {"csrf": "token", "symbol": symbol, "nonce": nonce or str(uuid4()), "capture": "wedge"}
        where = f"/custody/places/{location}/scan"
        return desk.client.post(where, data=fields, headers={"hx-request": "true", "origin": "https://testserver"})

    nonce = str(uuid4())
    first = scan(vials[0], nonce)
    assert (first.status_code, "Cell A1" in first.text) == (200, True)
    again = scan(vials[0], nonce)
    assert (again.status_code, "stands here already, at A1" in again.text) == (409, True)
    assert "Cell A2" in scan(vials[1]).text
    assert "Every cell of this box is taken." in scan(vials[2]).text
    assert "This is no container." in scan(location).text
    assert scan("nonsense").status_code == 409
    with lab.house.read() as tx:
        assert [row.position for row in queries.stored_in(tx, location)] == ["A1", "A2"]
    page = technician.get("/custody/places")
    assert "0 cells are free." in page
    assert "2 of 2" in page
    assert "Cold" not in desk.as_(lab.qa).get(f"/custody/places/{location}")
