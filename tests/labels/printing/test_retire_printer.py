"""Taking a printer out of use: its stations download, and what waits in its line waits for a person."""

from cellchain.labels.printing import commands
from tests.labels.printing import sink
from tests.labels.printing.shop import Shop
from tests.trial.story import forbids, refuses


def test_nothing_in_its_line_is_lost(shop: Shop) -> None:
    shop.configure(port=sink.closed_port())
    shop.assign()
    job = shop.print()
    shop.house.do(commands.retire_printer, by=shop.boss, printer="zebra")
    assert (shop.house.entries()[-1].event, shop.house.entries()[-1].subject) == ("labels:printer:retired", "zebra")
    assert shop.job(shop.print()).delivery == "offered"
    shop.work()
    assert shop.delivery(job) == "blocked:retired"
    assert shop.stuck() == [(job, "blocked")]
    with refuses("print_job.no_printer"):
        shop.retry(job)
    with sink.printing() as other:
        shop.configure("other", port=other.port)
        shop.retry(job, printer="other")
        shop.work()
    assert (shop.delivery(job), len(other.taken)) == ("sent", 1)


def test_it_is_retired_once_and_may_come_back(shop: Shop) -> None:
    shop.configure()
    shop.assign()
    with forbids():
        shop.house.do(commands.retire_printer, by=shop.desk.technician, printer="zebra")
    with refuses("record.not_found"):
        shop.house.do(commands.retire_printer, by=shop.boss, printer="other")
    shop.house.do(commands.retire_printer, by=shop.boss, printer="zebra")
    with refuses("printer.phase"):
        shop.house.do(commands.retire_printer, by=shop.boss, printer="zebra")
    shop.configure()
    assert shop.job(shop.print()).printer == "zebra", "its stations get it back"
