"""IPP over an encrypted connection: only the printer that is meant is spoken to, and its password stays a secret."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from cellchain.labels.printing import commands, rules, worker
from cellchain.labels.printing.rules import Transport
from tests.labels.printing import ippeve, sink, tls
from tests.labels.printing.ippeve import EvePrinter
from tests.labels.printing.shop import Shop
from tests.trial.story import refuses

KNOWN = ("labels", "seven unrelated paper cranes")


@pytest.fixture(scope="module")
def bus() -> Iterator[str]:
    with ippeve.bus() as address:
        yield address


@pytest.fixture
def printer(bus: str, tmp_path: Path) -> Iterator[EvePrinter]:
    """A printer that works."""
    with ippeve.printer(bus, tmp_path) as running:
        yield running


def use(shop: Shop, door: tls.Door, **told: Any) -> None:
    """The station's labels go through this door."""
    given = {"certificate": door.certificate_hash, **told}
    shop.configure(transport="ipps", host="127.0.0.1", port=door.port, paper="pdf", **given)
    shop.assign()


def test_a_label_goes_to_the_printer_whose_certificate_was_set(shop: Shop, printer: EvePrinter, tmp_path: Path) -> None:
    with tls.door(tmp_path, printer.port, KNOWN) as door:
        use(shop, door, user=KNOWN[0], password=KNOWN[1])
        job = shop.print()
        shop.work()
    assert shop.delivery(job) == "sent"
    assert len(printer.documents()) == 1


def test_no_byte_goes_to_another(shop: Shop, printer: EvePrinter, tmp_path: Path) -> None:
    with tls.door(tmp_path, printer.port) as door:
        use(shop, door, certificate="AB" * 32)
        job = shop.print()
        shop.work()
        assert shop.delivery(job) == "queued:untrusted"
        use(shop, door, certificate=None)
        shop.wait(10)
        shop.work()
        assert shop.delivery(job) == "queued:untrusted", "nobody that the system trusts has signed it"
        assert (door.heard, printer.documents()) == ([], [])
        use(shop, door)
        shop.wait(60)
        shop.work()
    assert shop.delivery(job) == "sent"


def test_a_wrong_password_waits_for_an_administrator(shop: Shop, printer: EvePrinter, tmp_path: Path) -> None:
    with tls.door(tmp_path, printer.port, KNOWN) as door:
        use(shop, door, user=KNOWN[0], password="not these words")
        job = shop.print()
        shop.work()
        assert shop.delivery(job) == "queued:locked"
        use(shop, door, user=KNOWN[0], password=KNOWN[1])
        shop.wait(60)
        shop.work()
    assert shop.delivery(job) == "sent"


def test_a_printer_that_speaks_plainly_is_not_spoken_to(shop: Shop) -> None:
    with sink.printing() as plain:
        shop.configure(transport="ipps", host="127.0.0.1", port=plain.port, paper="pdf")
        shop.assign()
        job = shop.print()
        shop.work()
    assert shop.delivery(job) == "queued:away"


# -- the settings --


def stored(shop: Shop) -> str | None:
    return shop.printer().password


def test_a_stored_password_stays_for_the_same_name_and_address(shop: Shop) -> None:
    where: dict[str, Any] = {"transport": "ipps", "host": "printer.example", "port": 631}
    shop.configure(**where, user="labels", password=KNOWN[1])
    shop.configure(**where, user="labels", path="/printers/labels")
    assert stored(shop) == KNOWN[1]
    for other in ({"user": "somebody"}, {"host": "elsewhere.example"}, {"port": 632}):
        with refuses("printer.password_missing"):
            shop.configure(**{**where, "user": "labels", **other})
    shop.configure(**where)
    assert stored(shop) is None
    with refuses("printer.password_missing"):
        shop.configure(**where, user="labels")


def test_a_password_never_travels_in_the_clear(shop: Shop) -> None:
    for transport in ("ipp", "raw"):
        for told in ({"user": "labels", "password": "words"}, {"certificate": "ab" * 32}):
            with refuses("printer.not_encrypted"):
                shop.configure(transport=transport, **told)
    with refuses("printer.no_user"):
        shop.configure(transport="ipps", port=631, password="words")
    rules.may_know(Transport.IPPS, "labels", "words", "ab" * 32)
    rules.may_know(Transport.DOWNLOAD, None, None, None)


@pytest.mark.parametrize("told", [{"certificate": "ab"}, {"certificate": "xy" * 32}, {"user": ""}, {"password": ""}])
def test_what_is_no_setting(shop: Shop, told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shop.configure(transport="ipps", port=631, **told)


def test_the_password_stands_nowhere_but_in_its_sealed_cell(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        shop.configure(transport="ipps", host="127.0.0.1", port=sink.closed_port(), user=KNOWN[0], password=KNOWN[1])
        shop.assign()
        shop.print()
        shop.work()
    assert all(KNOWN[1] not in entry.body for entry in shop.house.entries())
    with shop.house.database.engine.connect() as link:
        tables = link.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        lying = [str(row) for name in tables for row in link.execute(text(f'SELECT * FROM "{name}"'))]
    assert lying
    assert all(KNOWN[1] not in row for row in lying)
    order = commands.ConfigurePrinter.model_validate({"printer": "zebra", "transport": "ipps", "password": KNOWN[1]})
    assert KNOWN[1] not in repr(order)
    assert KNOWN[1] not in repr(worker.address_of(shop.printer()))
    assert KNOWN[1] not in caplog.text
