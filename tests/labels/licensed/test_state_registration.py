"""ISBT 128 is off until an administrator states, and signs, that the facility is registered."""

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select

from cellchain.identity.isbt import OFF
from cellchain.labels.licensed import commands, queries
from cellchain.labels.licensed.models import IsbtScheme
from cellchain.ledger.foundation import FOUNDED
from cellchain.ledger.models import Entry, Installation
from cellchain.ledger.tx import CommandTx
from tests.factories import House
from tests.labels.licensed.site import DIN, OURS, Site
from tests.trial.story import forbids, refuses


def test_off_by_default_says_who_can_switch_it_on(site: Site) -> None:
    assert site.found(DIN) == "isbt.off"
    with site.house.read() as tx:
        assert queries.scheme_of(tx) == OFF
        read = tx.house.read(tx, DIN)
    assert (read.problem, read.isbt) == ("isbt.off", None)


def test_on_with_a_signed_entry(site: Site) -> None:
    assert site.on() == {"phase": "switched_on", "facility": OURS}
    entry: Entry = site.house.entries()[-1]
    assert (entry.event, entry.subject, entry.actor) == (
        "labels:isbt:registration_stated",
        OURS,
        site.administrator.person,
    )
    assert "registered with ICCBBA" in entry.body
    with site.house.read() as tx:
        assert queries.scheme_of(tx).facilities == {OURS}
    assert site.found(DIN) == "isbt.number_unknown"


def test_it_is_stated_once(site: Site) -> None:
    site.on()
    with refuses("isbt_scheme.phase"):
        site.on()


def test_a_registration_of_the_future_is_none(site: Site) -> None:
    with refuses("isbt.registered_later"):
        site.on(registered_on=date(2026, 3, 3))


@pytest.mark.parametrize("facility", ["A9999", "A9998", "A9997"])
def test_the_examples_of_the_standard_are_no_site(site: Site, facility: str) -> None:
    with refuses("isbt.demonstration_number"):
        site.on(facility)


def test_a_demonstration_knows_the_examples_alone(site: Site) -> None:
    site.house.runner.record_system(FOUNDED, "foundation", _as_a_demonstration)
    with refuses("isbt.real_number"):
        site.on()
    site.on("A9999")
    assert site.found("=A99991712345600") == "isbt.number_unknown"
    assert site.found(DIN) == "isbt.real_number"


def _as_a_demonstration(tx: CommandTx) -> None:
    tx.add(Installation(demonstration=True, site_number=1, created_at=tx.now))


def test_nobody_else_states_it(site: Site, house: House) -> None:
    for who in (site.technician, site.qa, house.actor("physician")):
        with forbids():
            site.do(
                commands.state_registration, by=who, facility=OURS, registration="X", registered_on=date(2026, 1, 1)
            )
    assert not any(verb.startswith("labels.bind") for verb in replace(site.administrator).permissions)


def test_one_row_says_it(site: Site) -> None:
    site.on()
    site.off()
    site.on(registration="LIC-2027-1")
    with site.house.read() as tx:
        assert len(tx.every(select(IsbtScheme))) == 1
