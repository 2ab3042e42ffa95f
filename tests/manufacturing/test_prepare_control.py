"""The control's bag."""

from datetime import timedelta

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused


def at_the_bench(plant: Plant) -> str:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    return lot


def test_it_is_saline_with_the_same_shelf_life(plant: Plant) -> None:
    lot = at_the_bench(plant)
    made = plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])
    bag = plant.container(made["bag"])
    assert (bag.content, bag.cells_count, bag.kind, bag.product_code) == ("saline", None, "infusion_bag", "SAL-400")
    assert bag.expires_at == bag.made_at + timedelta(hours=6)
    assert plant.events()[-1] == "manufacturing:control:prepared"


def test_several_bags_of_a_lot_have_their_divisions(plant: Plant) -> None:
    lot = plant.open("control")
    bags = [
        plant.step(
            lot,
            "control",
            "preparation",
            lambda: plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"]),
            clear=1,
        )["bag"]
        for _ in range(2)
    ]
    assert [plant.container(bag).division for bag in bags] == [1, 2]


def test_the_saline_is_saline(plant: Plant) -> None:
    lot = at_the_bench(plant)
    with refused("material.wrong_kind"):
        plant.do(commands.prepare_control, lot=lot, saline=plant.lots["medium"])


def test_a_control_lot_does_nothing_else(plant: Plant) -> None:
    lot, _ = plant.separated("product")
    plant.start(lot, "seeding")
    with refused("step.wrong_act"):
        plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.prepare_control, lot=at_the_bench(plant), saline=plant.lots["saline"])
