"""The life of a number, and of a package, on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cellchain.labels.licensed import commands
from cellchain.materials import commands as materials
from tests.factories import House, make_tables
from tests.labels.licensed.site import DIN, DONATION, OTHER_DONATION, Site


@pytest.fixture
def anywhere(database_url: str) -> Iterator[House]:
    """A house on either database."""
    make_tables(database_url)
    made = House(database_url)
    yield made
    made.close()


def test_a_number_is_bound_released_and_bound_again(anywhere: House) -> None:
    site = Site(anywhere)
    site.on()
    site.admit()
    site.bind()
    site.do(commands.release_number, by=site.qa, thing=DONATION, reason="Another donation.")
    # Two things without a number are no clash.
    site.bind("=G12341765432200", OTHER_DONATION)
    site.do(commands.release_number, by=site.qa, thing=OTHER_DONATION, reason="Another donation.")
    site.bind(DIN, OTHER_DONATION)
    assert site.found(DIN) == OTHER_DONATION
    site.off()
    site.on()
    assert site.found(DIN) == OTHER_DONATION


def test_a_package_finds_its_lot(anywhere: House) -> None:
    site, gtin = Site(anywhere), "09520000000011"
    number = site.do(materials.register_material, name="Heparin", kind="anticoagulant", gtin=gtin)["material"]
    until = anywhere.clock.now().date() + timedelta(days=90)
    order = {"material": number, "supplier": "Example", "certificate": "C-1", "expires_on": until}
    lots = {
        serial: site.do(materials.receive_lot, supplier_lot="X-1", serial=serial, **order)["lot"] for serial in "AB"
    }
    found = {serial: site.found(f"]d201{gtin}17{until:%y%m%d}10X-1\x1d21{serial}") for serial in "ABC"}
    assert found == {**lots, "C": "material.lot_not_received"}
