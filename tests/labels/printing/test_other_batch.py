"""Where the record of another lot lies open, nothing of a label comes out: no job sent again, no file opened."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cellchain.identity.codes import Kind, issue
from cellchain.labels.printing import downloads
from cellchain.labels.rules import may_print_here
from cellchain.ledger.describe import NoBatches
from cellchain.platform.db import ReadTx
from tests.labels.printing.shop import STATION, Shop
from tests.labels.story import LOT
from tests.trial.story import refuses

OTHER_LOT = issue(Kind.LOT, 1, 2026, 99)


class Records(NoBatches):
    """The records that lie open, by station."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}

    def open_at(self, tx: ReadTx, station: str) -> str | None:
        return self.open.get(station)


@pytest.fixture
def records(shop: Shop) -> Iterator[Records]:
    made = Records()
    shop.house.database.house = replace(shop.house.database.house, batches=made)
    yield made
    made.open.clear()


def test_the_rule() -> None:
    for lot, here in ((LOT, None), (LOT, LOT), (None, LOT), (None, None)):
        may_print_here(lot, here)
    with refuses("label.other_batch"):
        may_print_here(LOT, OTHER_LOT)


def test_no_label_is_printed(shop: Shop, records: Records) -> None:
    records.open[STATION] = OTHER_LOT
    with refuses("label.other_batch"):
        shop.print()
    records.open[STATION] = LOT
    assert shop.delivery(shop.print()) == "offered"


def test_no_job_is_sent_again(shop: Shop, records: Records) -> None:
    shop.configure(port=9)
    shop.assign()
    job = shop.print()
    records.open[STATION] = OTHER_LOT
    with refuses("label.other_batch"):
        shop.retry(job)
    records.open.clear()
    shop.retry(job)


def test_no_file_is_opened(shop: Shop, records: Records) -> None:
    label = shop.desk.label(shop.label(shop.print()))
    records.open[STATION] = OTHER_LOT
    with shop.read() as tx:
        with refuses("label.other_batch"):
            downloads.check(tx, label, STATION)
        downloads.check(tx, label, None)
        downloads.check(tx, label, "office-1")
