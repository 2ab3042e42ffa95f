"""Holds: placed by QA and by rules, lifted by a signature."""

import pytest

from cellchain.donors import commands as donors
from cellchain.donors.models import DonorConsent
from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import HoldPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.workshop import row


def test_a_hold_anywhere_above_stops_the_bag(lab: Lab) -> None:
    donor, donation = lab.donation()
    bank = lab.released("bank", sources=(donation,))
    lot = lab.released(sources=(bank,))
    bag, other = lab.containers(lot)
    lab.attach_tag(bag)
    assert lab.codes(bag) == set()
    for subject, code in [
        (bag, "bag.on_hold"),
        (lot, "lot.on_hold"),
        (bank, "bank.on_hold"),
        (donation, "donation.on_hold"),
        (donor, "donor.on_hold"),
    ]:
        made = lab.do(commands.hold, by=lab.qa, subject=subject, reason="In doubt")
        assert lab.codes(bag) == {code}
        lab.do(commands.lift_hold, by=lab.qa, hold=made["hold"], reason="Cleared")
        assert lab.codes(bag) == set()
    assert lab.codes(other) == {"bag.issue_tag_missing"}


def test_every_reason_is_given(lab: Lab) -> None:
    _, donation = lab.donation()
    lot = lab.lot(sources=(donation,))
    bag = lab.containers(lot)[0]
    for subject in (bag, lot):
        lab.do(commands.hold, by=lab.qa, subject=subject, reason="In doubt")
    assert lab.codes(bag) == {"lot.not_released", "bag.on_hold", "lot.on_hold", "bag.issue_tag_missing"}


def test_a_bank_that_was_turned_down(lab: Lab) -> None:
    bank = lab.lot("bank")
    bag = lab.containers(lab.released(sources=(bank,)))[0]
    assert "bank.not_released" in lab.codes(bag)
    lab.do(commands.reject, by=lab.qa, lot=bank, reason="Karyotype")
    assert "bank.rejected" in lab.codes(bag)


def test_one_of_a_cause_at_a_time(lab: Lab, refuses: Refuses) -> None:
    lot = lab.lot()
    lab.do(commands.hold, by=lab.qa, subject=lot, reason="In doubt")
    with refuses("hold.placed_already"):
        lab.do(commands.hold, by=lab.qa, subject=lot, reason="In doubt again")
    lab.do(commands.hold, by=lab.qa, subject=lot, cause="material", reason="Another cause")


def test_only_what_is_known(lab: Lab) -> None:
    from cellchain.identity.codes import Kind, issue

    for kind in (Kind.LOT, Kind.BAG, Kind.DONOR, Kind.DONATION):
        with pytest.raises(NotFound):
            lab.do(commands.hold, by=lab.qa, subject=issue(kind, 1, 2026, 999), reason="In doubt")


def test_a_hold_is_lifted_once(lab: Lab, refuses: Refuses) -> None:
    made = lab.do(commands.hold, by=lab.qa, subject=lab.lot(), reason="In doubt")
    lab.do(commands.lift_hold, by=lab.second_qa, hold=made["hold"], reason="Cleared")
    with lab.house.read() as tx:
        facts = queries.hold_facts(tx, made["hold"])
    assert (facts.phase, facts.lifted_by, facts.lift_reason) == (HoldPhase.LIFTED, lab.second_qa.person, "Cleared")
    with refuses("hold.phase"):
        lab.do(commands.lift_hold, by=lab.second_qa, hold=made["hold"], reason="Cleared")


def test_a_donor_who_withdraws_is_held_at_once(lab: Lab) -> None:
    donor, donation = lab.donation()
    bag = lab.containers(lab.released(sources=(donation,)))[0]
    consent = row(
        DonorConsent,
        donor=donor,
        scope="donation",
        version="1.0",
        given_at=lab.house.clock.now(),
        phase="given",
        recorded_by="PS01",
    )
    lab.seed(lambda tx: tx.add(consent))
    coordinator = lab.house.actor("coordinator")
    lab.do(donors.withdraw_consent, by=coordinator, donor=donor)
    assert "donor.on_hold" in lab.codes(bag)
    with lab.house.read() as tx:
        (held,) = queries.holds_on(tx, donor)
    assert (held.cause, held.placed_by) == ("withdrawal", coordinator.person)


def test_information_after_a_donation_holds_too_and_once(lab: Lab) -> None:
    donor, donation = lab.donation()
    bag = lab.containers(lab.released(sources=(donation,)))[0]
    for _ in range(2):
        lab.do(
            donors.report_post_donation_information,
            by=lab.house.actor("coordinator"),
            donor=donor,
            information="A rash a week later",
            learnt_from="The donor",
        )
    assert "donor.on_hold" in lab.codes(bag)
    with lab.house.read() as tx:
        assert len(queries.holds_on(tx, donor)) == 1
        assert queries.held_above(tx, queries.standing(tx, bag, lab.house.clock.now()).lot or "") == [donor]


def test_who_may_not(lab: Lab) -> None:
    lot = lab.lot()
    with pytest.raises(Forbidden):
        lab.do(commands.hold, by=lab.technician, subject=lot, reason="In doubt")
    with pytest.raises(Forbidden):
        lab.do(commands.lift_hold, by=lab.analyst, hold=1, reason="Cleared")
