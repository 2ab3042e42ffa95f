"""Labels at the bench of their lot: a card prints them, and each is scanned back from the thing that wears it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cellchain.labels import commands as labels
from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import client, words
from tests.manufacturing.test_bench_scans import kept, scans
from tests.manufacturing.test_cards_browser import at_bench
from tests.manufacturing.test_open_record import bench as bench  # the fixture: a plant whose containers wear labels


@pytest.fixture
def printed(bench: Plant) -> tuple[str, list[Any]]:
    """A lot that is being seeded, and the labels of its two vessels."""
    lot, vessels, _ = bench.seeding()
    bench.do(commands.open_record, lot=lot)
    made = bench.do(labels.print_labels, targets=tuple(vessels), design="vessel")["labels"]
    return lot, made


def test_labels_that_wait_are_scanned_back_together(bench: Plant, printed: tuple[str, list[Any]]) -> None:
    lot, (first, second) = printed
    browser = client(bench)
    both = scans(browser, lot, first["symbol"], second["symbol"])
    assert (both.status_code, both.headers["x-scans"]) == (200, "2")
    assert "The label is scanned back" in words(both.text)
    assert bench.events()[-2:] == ["labels:label:confirmed"] * 2
    assert [(row.answer, row.problem) for row in kept(bench)] == [("label", None)] * 2


def test_a_typed_code_proves_no_label(bench: Plant, printed: tuple[str, list[Any]]) -> None:
    lot, (first, _) = printed
    scans(client(bench), lot, first["symbol"], capture="typed", typed_because="label_damaged")
    assert bench.events()[-1] != "labels:label:confirmed"


def test_a_label_of_another_lot_is_not_scanned_back_here(bench: Plant, printed: tuple[str, list[Any]]) -> None:
    _, (first, _) = printed
    other = bench.open("control")
    bench.start(other, "preparation")
    answer = scans(client(bench), other, first["symbol"])
    assert answer.status_code == 409
    assert bench.events()[-1] != "labels:label:confirmed"


def test_a_card_prints_every_label_of_a_kind(bench: Plant, page: Page) -> None:
    lot, vessels, _ = bench.seeding()
    bench.do(commands.open_record, lot=lot)
    with at_bench(bench, page, lot) as hands:
        hands.scan("PRINT")
        expect(page.get_by_label("What the step needs")).to_contain_text(f"{len(vessels)} to scan back")
