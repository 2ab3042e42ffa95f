"""A chain with a gap stops the bedside until QA has decided on record."""

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.models import StoredAt
from cellchain.kernel.errors import Forbidden
from cellchain.quality import queries as quality
from tests.custody.conftest import Box, Places, Refuses, at_ward, received
from tests.custody.test_hand_over import codes
from tests.quality.lab import Lab

ACCOUNT = "The logger was lost on the way"


def test_a_journey_without_a_log_is_reported_and_decided(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    received(lab, places, box)
    with lab.house.read() as tx:
        [(code, text)] = queries.custody_problems(tx, places.bag)
    assert code == "custody.chain_broken"
    assert str(text) == (
        "The chain of custody is broken. For 40 min no logger says how warm it was. Report it, and call QA."
    )
    made = lab.do(commands.report_gap, by=lab.nurse, subject=places.bag, account=ACCOUNT)
    assert (made["gap"], made["minutes"]) == ("unlogged", 40)
    assert codes(lab, places.bag) == {"custody.chain_broken", "custody.excursion_open"}
    with lab.house.read() as tx:
        [deviation] = quality.deviations_on(tx, places.bag)
        assert deviation.rule == "custody:excursion:noticed"
    with refuses("chain.reported_already"):
        lab.do(commands.report_gap, by=lab.nurse, subject=places.bag, account=ACCOUNT)
    with refuses("excursion.own"):
        both = lab.house.actor("qa", person=lab.nurse.person, number=9)
        lab.do(commands.assess_excursion, by=both, excursion=1, outcome="usable", assessment=ACCOUNT)
    lab.do(commands.assess_excursion, by=lab.qa, excursion=1, outcome="usable", assessment="The shipper held")
    assert codes(lab, places.bag) == set()


def test_a_gap_that_qa_does_not_excuse_stays(lab: Lab, places: Places, box: Box) -> None:
    received(lab, places, box)
    lab.do(commands.report_gap, by=lab.nurse, subject=places.bag, account=ACCOUNT)
    lab.do(commands.assess_excursion, by=lab.qa, excursion=1, outcome="unusable", assessment="Nobody knows")
    assert codes(lab, places.bag) == {"custody.chain_broken", "custody.unusable"}


def test_a_time_for_which_nobody_answered(lab: Lab, places: Places) -> None:
    at_ward(lab, places)
    lab.seed(lambda tx: tx.change(tx.lock(StoredAt, 2), removed_at=tx.now, removed_by=lab.nurse.person))
    lab.wait(minutes=5)
    assert codes(lab, places.bag) == {"custody.not_at_ward"}
    lab.wait(minutes=1)
    assert codes(lab, places.bag) == {"custody.not_at_ward", "custody.chain_broken"}


def test_a_whole_chain_has_nothing_to_report(lab: Lab, places: Places, refuses: Refuses) -> None:
    at_ward(lab, places)
    with refuses("chain.whole"):
        lab.do(commands.report_gap, by=lab.nurse, subject=places.bag, account=ACCOUNT)


def test_an_analyst_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.report_gap, by=lab.analyst, subject=places.bag, account=ACCOUNT)
