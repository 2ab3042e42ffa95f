"""Command cards, numbers in gloves and UNDO at the bench, in a real browser under a keyboard-wedge reader."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from cellchain.labels.cards import CARDS
from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import commands
from tests.e2e.scan_sink_reader import Reader
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import served
from tests.manufacturing.test_bench_scans import kept

CODES = {card.command: card.code for card in CARDS}
KEY_PX = 76
FAR_PX = 56


@contextmanager
def at_bench(plant: Plant, page: Page, lot: str) -> Iterator["Bench"]:
    with served(plant) as address:
        page.goto(f"{address}/bench/{lot}")
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        yield Bench(page, Reader(page))


class Bench:
    """Somebody in gloves: cards and things are scanned, nothing is typed."""

    def __init__(self, page: Page, reader: Reader) -> None:
        self.page = page
        self.reader = reader
        self.told = page.locator("#told")
        self.keypad = page.locator("dialog.numbers")

    def scan(self, *cards: str) -> None:
        for card in cards:
            self.reader.scan(CODES.get(card, card))

    def reads(self, text: str) -> None:
        expect(self.keypad.locator("[data-number=read]")).to_have_text(text)


def receipt(plant: Plant) -> str:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    return lot


def preparing(plant: Plant) -> str:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    return lot


def value(plant: Plant, lot: str, key: str) -> Any:
    running = plant.page(lot).running
    assert running is not None
    found = running.current(key)
    return None if found is None else found.value


def test_digit_cards_enter_a_number_that_is_read_back_large(plant: Plant, page: Page) -> None:
    lot = receipt(plant)
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    with at_bench(plant, page, lot) as bench:
        bench.scan("6", "6", "CLEAR", "6", "1", "POINT", "5")
        bench.reads("61.5")
        read = bench.keypad.locator("[data-number=read]")
        assert float(read.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")) >= FAR_PX
        assert value(plant, lot, "marrow_volume") is None
        bench.scan("CONFIRM")
        expect(page.locator(".limits")).to_contain_text("61.5")
        expect(bench.keypad).to_be_hidden()
    assert value(plant, lot, "marrow_volume") == Decimal("61.5")


def test_the_keys_of_the_keypad_are_for_gloves(plant: Plant, page: Page) -> None:
    lot = receipt(plant)
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    with at_bench(plant, page, lot) as bench:
        page.get_by_role("button", name="Keypad").click()
        for key in bench.keypad.locator("button:visible").all():
            box = key.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= KEY_PX, key.inner_text()
        bench.keypad.get_by_role("button", name="7", exact=True).click()
        bench.keypad.get_by_role("button", name="0", exact=True).click()
        bench.reads("70")
        bench.keypad.get_by_role("button", name="Go back").click()
        assert value(plant, lot, "marrow_volume") is None
        page.get_by_role("button", name="Keypad").click()
        bench.reads("–")
        bench.scan("7", "2")
        bench.keypad.get_by_role("button", name="Confirm").click()
        expect(page.locator(".limits")).to_contain_text("72.0")
    assert value(plant, lot, "marrow_volume") == 72


def test_a_card_presses_the_one_button_or_says_why_not(plant: Plant, page: Page) -> None:
    lot = receipt(plant)
    with at_bench(plant, page, lot) as bench:
        bench.scan("CONFIRM")
        expect(bench.told).to_contain_text("More than one button does this: CONFIRM.")
        bench.scan("NEXT")
        expect(bench.told).to_contain_text("This button waits: NEXT.")
        bench.scan("PRINT")
        expect(bench.told).to_contain_text("No button on this page does this: PRINT.")
        bench.scan("UNDO")
        expect(bench.told).to_contain_text("There is nothing to undo here.")
        bench.told.get_by_role("button").click()
        expect(bench.told).to_be_hidden()
    assert plant.events()[-1] == "manufacturing:step:started"


def test_a_confirmation_of_nothing_sends_nothing(plant: Plant, page: Page) -> None:
    lot = receipt(plant)
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    with at_bench(plant, page, lot) as bench:
        bench.scan("CONFIRM")
        expect(bench.told).to_contain_text("Something is not filled in or chosen yet.")
    assert plant.events()[-1] == "manufacturing:value:recorded"


def test_start_and_next_lead_through_a_step(plant: Plant, page: Page) -> None:
    lot = plant.open("control")
    with at_bench(plant, page, lot) as bench:
        bench.scan("START")
        expect(page.get_by_role("heading", level=1)).to_have_text("Prepare the saline bag")
        plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])
        page.reload()
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        bench.scan(plant.lots["bag"], plant.equipment["cabinet"], "CONFIRM")
        expect(page.get_by_text("Label 1 container")).to_be_visible()
        plant.label(lot)
        plant.leave_out_samples(lot)
        page.reload()
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        expect(page.get_by_text("Everything is recorded. Complete the step.")).to_be_visible()
        bench.scan("NEXT")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Next:")
    assert plant.events()[-7:] == [
        "manufacturing:material:used",
        "manufacturing:equipment:used",
        "manufacturing:value:recorded",
        "labels:labels:printed",
        "labels:label:confirmed",
        "manufacturing:sample:left_out",
        "manufacturing:step:completed",
    ]


def test_undo_takes_the_last_scan_back(plant: Plant, page: Page) -> None:
    lot = preparing(plant)
    with at_bench(plant, page, lot) as bench:
        # In one burst: each card acts on what the screen says after what was scanned before it.
        bench.scan(plant.lots["bag"], plant.equipment["cabinet"], "UNDO", "UNDO", plant.equipment["cabinet"], "UNDO")
        expect(page.get_by_label("What the step needs")).to_contain_text("Materials 0 of 2")
        expect(page.get_by_label("What the step needs")).to_contain_text("Scan: Cabinet")
        bench.scan("UNDO")
        expect(bench.told).to_contain_text("There is nothing to undo here.")
        expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert plant.events()[-6:] == [
        "manufacturing:material:used",
        "manufacturing:equipment:used",
        "manufacturing:entry:undone",
        "manufacturing:entry:undone",
        "manufacturing:equipment:used",
        "manufacturing:entry:undone",
    ]


def test_a_recount_is_counted_in_gloves_and_once(plant: Plant, page: Page) -> None:
    plant.house.runner._reactions["manufacturing:limit:breached"] = [
        Reaction("manufacturing:limit:breached", commands.close_batch, lambda facts: None)
    ]
    lot = receipt(plant)
    plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=3)
    with at_bench(plant, page, lot) as bench:
        bench.scan("RECOUNT")
        bench.reads("–")
        bench.scan("6", "1", "CONFIRM")
        expect(page.locator("summary[data-command=RECOUNT]")).to_have_count(0)
    assert plant.events()[-1] == "manufacturing:value:corrected"
    running = plant.page(lot).running
    assert running is not None
    assert [one.value for one in running.corrected(running.values[-1])] == [3], "the first count stays"


def test_cards_are_kept_like_every_scan(plant: Plant, page: Page) -> None:
    lot = preparing(plant)
    with at_bench(plant, page, lot) as bench:
        with page.expect_response("**/scans"):
            bench.scan("PRINT")
        with page.expect_response("**/scans"):
            bench.scan("RECOUNT")
    assert [(row.answer, row.problem) for row in kept(plant)] == [("command", "scan.no_button")] * 2


def test_a_typed_code_at_the_bench(plant: Plant, page: Page) -> None:
    lot = preparing(plant)
    with at_bench(plant, page, lot) as bench:
        bench.page.get_by_role("button", name="Cannot scan").click()
        bench.page.get_by_label("Code", exact=True).fill(plant.lots["bag"])
        bench.page.get_by_label("The label is damaged").check()
        bench.page.get_by_role("button", name="Use this code").click()
        expect(page.get_by_label("What the step needs")).to_contain_text("1 of 2")
    assert '"capture":"typed"' in plant.house.entries()[-1].body


def test_next_goes_on_to_a_number_that_may_stay_empty(plant: Plant, page: Page) -> None:
    lot, _ = plant.seeded()
    plant.start(lot, "harvest")
    with at_bench(plant, page, lot) as bench:
        bench.scan("START")
        expect(page).to_have_url(re.compile("/do/manufacturing/harvest"))
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        name = bench.keypad.locator("[data-number=name]")
        bench.scan("8")
        expect(name).to_have_text("Confluence")
        bench.scan("NEXT")
        expect(bench.told).to_contain_text("This button waits: NEXT.")
        bench.scan("0", "CONFIRM")
        expect(page.locator("#field-confluence_permille")).to_have_value("80")
        bench.scan("2", "0", "CONFIRM", "NEXT")
        expect(name).to_have_text("Viable cells harvested")
        bench.scan("9", "0", "0", "0", "0", "0", "0", "CONFIRM", "9", "5", "CONFIRM")
        expect(page.locator("#field-viability_permille")).to_have_value("95")
        bench.scan("NEXT", "NEXT")
        expect(name).to_have_text("Viability")
        expect(bench.keypad.locator("[data-number=limit]")).to_have_text("95 %")
        bench.keypad.get_by_role("button", name="Go back").click()
        bench.scan("CONFIRM")
        # The form's own address ends with the bench too, as the page to go back to.
        page.wait_for_url(lambda url: "?" not in url and url.endswith(f"/bench/{lot}"))
    assert [value(plant, lot, key) for key in ("confluence", "harvested_count", "viability")] == [80, 9_000_000, 95]


def test_chambers_are_counted_by_cards(plant: Plant, page: Page) -> None:
    lot, _ = plant.seeded()
    plant.start(lot, "harvest")
    plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["counter"])
    with at_bench(plant, page, lot) as bench:
        bench.scan("COUNT")
        expect(page).to_have_url(re.compile("/do/manufacturing/record_count"))
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        bench.scan("2", "CONFIRM", "1", "0", "0", "CONFIRM", "4", "5", "CONFIRM", "3", "CONFIRM", "5")
        expect(bench.keypad.locator("[data-number=name]")).to_have_text("Chambers 2: Live cells")
        bench.scan("1", "CONFIRM", "0", "CONFIRM", "CONFIRM")
        page.wait_for_url(f"**/bench/{lot}")
    running = plant.page(lot).running
    assert running is not None
    (count,) = running.counts
    assert [(run.live_count, run.dead_count) for run in count.runs] == [(45, 3), (51, 0)]
