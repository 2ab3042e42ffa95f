"""Which labels of a station come from which printer; where none does, they are downloaded."""

from cellchain.accounts import commands as accounts
from cellchain.labels import commands as labels
from cellchain.labels.printing import commands
from tests.labels.printing.shop import STATION, Shop
from tests.labels.story import BAG
from tests.trial.story import forbids, refuses


def queued_at(shop: Shop) -> str | None:
    """The printer that the next label goes to."""
    return shop.job(shop.print()).printer


def test_a_design_of_its_own_before_every_design(shop: Shop) -> None:
    shop.configure("zebra")
    shop.configure("small")
    assert queued_at(shop) is None
    shop.assign("zebra")
    assert queued_at(shop) == "zebra"
    shop.assign("small", design="container")
    assert queued_at(shop) == "small"
    shop.assign("zebra", design="container")
    assert queued_at(shop) == "zebra"
    shop.assign(None, design="container")
    assert queued_at(shop) is None, "these are downloaded, although the others have a printer"
    assert {entry.event for entry in shop.house.entries()[-1:]} == {"labels:label:printed"}


def test_another_station_has_another_printer(shop: Shop) -> None:
    shop.house.do(accounts.enrol_station, by=shop.boss, station="office-2", kind="office", token_hash="1" * 64)
    shop.configure()
    shop.assign(station="office-2")
    assert queued_at(shop) is None


def test_a_person_at_no_station_downloads(shop: Shop) -> None:
    from dataclasses import replace

    shop.configure()
    shop.assign()
    made = shop.desk.print(BAG, by=replace(shop.desk.technician, device=None))
    job = shop.job(shop.job_of(made["label"]))
    assert (job.delivery, job.printer, job.station) == ("offered", None, None)


def test_the_language_is_the_printers_where_nobody_chooses(shop: Shop) -> None:
    shop.configure(language="en")
    assert shop.desk.label(shop.label(shop.print())).language == "ru"
    shop.assign()
    assert shop.desk.label(shop.label(shop.print())).language == "en"
    made = shop.desk.do(labels.print_label, target=BAG, design="container", language="both")
    assert shop.desk.label(made["label"]).language == "both"


def test_station_design_and_printer_are_known(shop: Shop) -> None:
    shop.configure()
    with refuses("station.unknown"):
        shop.assign(station="nowhere")
    with refuses("printer.unknown"):
        shop.assign("other")
    with refuses("label.design_unknown"):
        shop.assign(design="no_such_design")
    shop.house.do(commands.retire_printer, by=shop.boss, printer="zebra")
    with refuses("printer.retired"):
        shop.assign()
    with forbids():
        shop.house.do(commands.assign_printer, by=shop.desk.technician, station=STATION)


def test_it_leaves_its_entry(shop: Shop) -> None:
    shop.configure()
    shop.assign()
    last = shop.house.entries()[-1]
    assert (last.event, last.subject) == ("labels:printer:assigned", STATION)
