"""A test page: a design with made-up data that stands for nothing."""

from typing import Any

from cellchain.labels import design as designs
from cellchain.labels import render
from cellchain.labels.printing import commands, queries
from cellchain.labels.raster import Resolution
from tests.labels.printing import sink
from tests.labels.printing.shop import Shop
from tests.trial.story import forbids, refuses


def try_out(shop: Shop, **told: Any) -> int:
    """A test page; gives its job."""
    made = shop.house.do(commands.print_test, by=shop.boss, printer="zebra", **told)
    job: int = made["job"]
    return job


def test_it_is_marked_and_no_label(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.configure(port=printer.port, language="en", dpi=300)
        job = try_out(shop, design="wristband")
        shop.work()
    drawn = render.zpl(
        designs.load("wristband"),
        designs.sample("wristband"),
        language="en",
        resolution=Resolution.DPI_300,
        preview=True,
    )
    assert printer.taken == [drawn.encode()]
    assert (shop.delivery(job), shop.job(job).label) == ("sent", None)
    assert shop.house.entries()[-1].event == "labels:test:printed"


def test_the_page_of_printers_says_how_it_went(shop: Shop) -> None:
    def said() -> str:
        with shop.read() as tx:
            return str(queries.printer_lines(tx)[0].test)

    shop.configure(port=sink.closed_port())
    assert said() == "None"
    try_out(shop)
    assert said() == "it waits in line"
    shop.work()
    assert "does not answer" in said()
    assert shop.stuck() == [], "a test page waits for nobody"


def test_there_is_something_to_try(shop: Shop) -> None:
    shop.configure(transport="download")
    with refuses("printer.no_machine"):
        try_out(shop)
    shop.configure()
    with refuses("label.design_unknown"):
        try_out(shop, design="no_such_design")
    with refuses("printer.unknown"):
        shop.house.do(commands.print_test, by=shop.boss, printer="other")
    with forbids():
        shop.house.do(commands.print_test, by=shop.desk.technician, printer="zebra")
