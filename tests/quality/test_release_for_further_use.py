"""A bank is released for further use, and only then is anything thawed from it."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def thaw(lab: Lab, bank: str) -> None:
    """What the reaction to a thaw asks."""
    vial = lab.containers(bank)[0]
    lab.house.do(commands.require_further_use, by=lab.technician, by_house=True, lot=bank, vial=vial)


def test_a_bank_with_all_its_results(lab: Lab) -> None:
    bank = lab.released("bank")
    assert lab.disposition(bank).phase is DispositionPhase.RELEASED_FOR_FURTHER_USE
    thaw(lab, bank)


def test_nothing_is_thawed_before(lab: Lab, refuses: Refuses) -> None:
    bank = lab.ready("bank")
    with refuses("bank.not_released"):
        thaw(lab, bank)


def test_nor_from_a_bank_on_hold_or_recalled(lab: Lab, refuses: Refuses) -> None:
    donor, donation = lab.donation()
    bank = lab.released("bank", sources=(donation,))
    lab.do(commands.hold, by=lab.qa, subject=donor, reason="Information is awaited")
    with refuses("bank.on_hold"):
        thaw(lab, bank)
    lab.do(commands.recall, by=lab.qa, root=bank, reason="Contaminated medium")
    with refuses("bank.not_released"):
        thaw(lab, bank)


def test_nor_a_vial_that_is_held_or_recalled_itself(lab: Lab, refuses: Refuses) -> None:
    bank = lab.released("bank")
    vial = lab.containers(bank)[0]
    lab.do(commands.hold, by=lab.qa, subject=vial, reason="Its cap is cracked")
    with refuses("vial.on_hold"):
        thaw(lab, bank)
    lab.do(commands.recall, by=lab.qa, root=vial, reason="Its cap is cracked")
    with refuses("vial.recalled"):
        thaw(lab, bank)


def test_a_product_is_not_released_this_way(lab: Lab, refuses: Refuses) -> None:
    with refuses("lot.wrong_kind"):
        lab.do(commands.release_for_further_use, by=lab.qa, lot=lab.lot())


def test_every_result_first(lab: Lab, refuses: Refuses) -> None:
    lab.specify("bank")
    with refuses("lot.tests_open"):
        lab.do(commands.release_for_further_use, by=lab.qa, lot=lab.lot("bank"))


def test_an_analyst_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.release_for_further_use, by=lab.analyst, lot=lab.lot("bank"))
