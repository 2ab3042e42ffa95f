"""Setting a printer up: reached over the network or by a person, and changed without losing what waits."""

from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.labels.printing import commands
from tests.labels.printing import sink
from tests.labels.printing.shop import Shop
from tests.trial.story import forbids, refuses


def test_a_printer_is_known_by_its_name_and_may_change(shop: Shop) -> None:
    assert shop.configure("bench-zebra", host="zebra.example", port=9100) == {
        "printer": "bench-zebra",
        "phase": "in_use",
    }
    shop.configure("bench-zebra", transport="ipp", host="10.0.0.7", port=631, path="/printers/labels", dpi=300)
    held = shop.printer("bench-zebra")
    assert (held.transport, held.host, held.port, held.path) == ("ipp", "10.0.0.7", 631, "/printers/labels")
    assert (held.paper, held.dpi, held.language) == ("zpl", 300, "ru")
    last = shop.house.entries()[-1]
    assert (last.event, last.subject) == ("labels:printer:configured", "bench-zebra")


def test_one_on_the_network_has_an_address(shop: Shop) -> None:
    for transport in ("raw", "ipp"):
        with refuses("printer.no_address"):
            shop.configure(transport=transport, host=None)
        with refuses("printer.no_address"):
            shop.configure(transport=transport, port=None)
    shop.configure(transport="download", host=None, port=None)


@pytest.mark.parametrize(
    "told",
    [
        {"printer": "Has Blanks"},
        {"host": "a b"},
        {"host": "-x"},
        {"host": "evil/path"},
        {"port": 0},
        {"port": 65_536},
        {"path": "no-slash"},
        {"path": "/a b"},
        {"dpi": 600},
        {"paper": "epl"},
        {"transport": "lpd"},
    ],
)
def test_what_is_no_printer(shop: Shop, told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shop.configure(**told)


def test_what_waits_goes_the_new_way(shop: Shop) -> None:
    shop.configure(port=sink.closed_port())
    shop.assign()
    job = shop.print()
    shop.work()
    assert shop.delivery(job) == "queued:away"
    with sink.printing() as printer:
        shop.configure(port=printer.port)
        shop.wait(5)
        shop.work()
    assert shop.delivery(job) == "sent"


def test_it_is_the_administrators(shop: Shop) -> None:
    given: dict[str, Any] = {"printer": "zebra", "transport": "download"}
    for role in ("technician", "qa", "inspector"):
        with forbids():
            shop.house.do(commands.configure_printer, by=shop.house.actor(role), **given)
