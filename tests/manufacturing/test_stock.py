"""What a step takes of its material lots: the amount of the master record, counted down; the next lot to take first."""

from typing import Any

from cellchain.kernel.errors import Refused
from cellchain.manufacturing import commands
from cellchain.materials import commands as materials
from cellchain.materials import queries
from tests.manufacturing.conftest import Plant, refused
from tests.manufacturing.pages import client, words
from tests.manufacturing.test_bench_scans import scans


def counted(plant: Plant, kind: str, amount: str, days: int = 200) -> str:
    """A lot of the plant's own material of this kind, of which so much arrived, accepted."""
    with plant.house.read() as tx:
        material = queries.lot_facts(tx, plant.lots[kind]).material
    until = plant.house.clock.now().date().fromordinal(plant.house.clock.now().date().toordinal() + days)
    order: dict[str, Any] = {"supplier": "Example Supply", "supplier_lot": "X2", "certificate": "C-2"}
    lot = plant.do(materials.receive_lot, material=material, expires_on=until, amount=amount, **order)["lot"]
    plant.do(materials.accept_lot, by=plant.qa, lot=lot)
    return str(lot)


def left(plant: Plant, lot: str) -> int | None:
    with plant.house.read() as tx:
        return queries.lot_facts(tx, lot).left_milli


def test_a_scan_books_what_the_master_record_says(plant: Plant) -> None:
    medium = counted(plant, "medium", "500")
    lot, _ = plant.separated()
    plant.start(lot, "seeding")
    plant.do(commands.use_material, lot=lot, material=medium)
    assert left(plant, medium) == 260_000
    plant.do(commands.undo, entry=plant.house.entries()[-1].seq)
    assert left(plant, medium) == 500_000
    plant.do(commands.use_material, lot=lot, material=medium, amount="480.5")
    assert left(plant, medium) == 19_500
    with refused("material.not_enough"):
        plant.do(commands.use_material, lot=lot, material=medium)


def test_a_bag_takes_its_saline_and_a_scan_takes_one_piece(plant: Plant) -> None:
    saline, bag = counted(plant, "saline", "1000"), counted(plant, "bag", "2")
    lot = plant.open("control")
    plant.start(lot, "preparation")
    for code in (saline, bag):
        plant.do(commands.use_material, lot=lot, material=code)
    assert (left(plant, saline), left(plant, bag)) == (1_000_000, 1_000)
    plant.do(commands.prepare_control, lot=lot, saline=saline)
    assert left(plant, saline) == 600_000


def test_a_record_that_says_nothing_asks_for_the_amount(plant: Plant) -> None:
    text = (commands_text("bank")).replace("amounts = { gradient = 15 }\n", "")
    plant.record("bank", text)
    gradient = counted(plant, "gradient", "100")
    donation = plant.donation()
    lot = plant.open("bank", donation["donation"])
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    plant.start(lot, "separation")
    with refused("material.amount_needed"):
        plant.do(commands.use_material, lot=lot, material=gradient)
    plant.do(commands.use_material, lot=lot, material=gradient, amount="12.5")
    assert left(plant, gradient) == 87_500


def commands_text(kind: str) -> str:
    from tests.manufacturing.conftest import RECORDS

    return (RECORDS / f"{kind}.toml").read_text()


def test_the_bench_names_the_lot_that_ends_first(plant: Plant) -> None:
    soon, late = counted(plant, "bag", "5", days=50), counted(plant, "bag", "5", days=250)
    lot = plant.open("control")
    plant.start(lot, "preparation")
    browser = client(plant)
    plant.do(commands.use_material, lot=lot, material=plant.lots["saline"])
    page = words(browser.get(f"/bench/{lot}").text)
    assert "first, it ends on" in page
    assert "5 pcs left" in page
    answer = scans(browser, lot, late)
    assert answer.status_code == 200
    assert "ends sooner" in words(answer.text)
    assert "ends sooner" not in words(scans(browser, lot, soon).text)


def test_everything_that_may_not_be_used_is_refused_into_a_step(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    recalled, rejected, quarantined = (counted(plant, "bag", "5") for _ in range(3))
    plant.do(materials.recall_lot, by=plant.qa, lot=recalled, reason="The supplier's letter")
    plant.do(materials.quarantine_lot, by=plant.qa, lot=quarantined, reason="Particles")
    plant.do(materials.quarantine_lot, by=plant.qa, lot=rejected, reason="Particles")
    plant.do(materials.reject_lot, by=plant.qa, lot=rejected, reason="Particles")
    expired = counted(plant, "bag", "5", days=1)
    plant.wait(days=2)
    answers = {}
    for name, code in {
        "recalled": recalled,
        "rejected": rejected,
        "quarantined": quarantined,
        "expired": expired,
        "wrong": plant.lots["medium"],
    }.items():
        try:
            plant.do(commands.use_material, lot=lot, material=code)
        except Refused as refusal:
            answers[name] = refusal.code
    assert answers == {
        "recalled": "material.recalled",
        "rejected": "material.rejected",
        "quarantined": "material.quarantined",
        "expired": "material.expired",
        "wrong": "step.not_needed",
    }
