"""Master records and training in a real browser: nothing that axe finds, nothing that scrolls sideways."""

from collections.abc import Callable

from playwright.sync_api import Page

from cellchain.manufacturing import commands
from tests.e2e.screens import assert_sound
from tests.manufacturing.conftest import CONTROL_RECORD, Plant
from tests.manufacturing.pages import served


def test_the_pages_of_master_records_and_training_are_sound(plant: Plant, open_page: Callable[..., Page]) -> None:
    changed = CONTROL_RECORD.replace("shelf_life_minutes = 360", "shelf_life_minutes = 300")
    new = plant.do(commands.draft_master_record, by=plant.technician, source=changed)["master_record"]
    old, bank = plant.records["control"], plant.records["bank"]
    page = open_page(bypass_csp=True, locale="en")
    with served(plant, plant.qa) as address:
        for path in (
            f"/manufacturing/master-records/{bank}",
            f"/manufacturing/master-records/{old}/compare/{new}",
            "/manufacturing/training",
        ):
            page.goto(address + path)
            assert_sound(page)


def test_the_bench_of_somebody_untrained_is_sound(plant: Plant, open_page: Callable[..., Page]) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    page = open_page(bypass_csp=True, locale="en")
    with served(plant, plant.house.actor("technician", number=3)) as address:
        page.goto(f"{address}/bench/{lot}")
        assert_sound(page)
