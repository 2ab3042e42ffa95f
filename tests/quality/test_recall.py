"""Recall: everything that came out of something, in one signed act."""

import pytest

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def test_from_a_donor_down_to_every_bag(lab: Lab) -> None:
    donor, donation = lab.donation()
    bank = lab.released("bank", sources=(donation,))
    lots = [lab.released(sources=(bank,)), lab.lot(sources=(bank,))]
    untouched = lab.released("control")
    made = lab.do(commands.recall, by=lab.qa, root=donor, reason="A late positive marker")
    assert sorted(made["lots"]) == sorted([bank, *lots])
    assert sorted(made["bags"]) == sorted(bag for lot in lots for bag in lab.containers(lot))
    for lot in (bank, *lots):
        assert lab.disposition(lot).phase is DispositionPhase.RECALLED
    assert lab.codes(lab.containers(lots[0])[0]) >= {"lot.recalled", "bank.recalled", "bag.recalled"}
    assert lab.disposition(untouched).phase is DispositionPhase.CONDITIONALLY_RELEASED
    entry = next(one for one in lab.house.entries() if one.event == "quality:recall:placed")
    assert entry.subject == donor
    assert '"meaning":"I recall everything that came out of this"' in entry.body


def test_from_one_bag(lab: Lab) -> None:
    lot = lab.released()
    bag, other = lab.containers(lot)
    lab.do(commands.recall, by=lab.qa, root=bag, reason="Leaking")
    assert "bag.recalled" in lab.codes(bag)
    assert lab.codes(other) == {"bag.issue_tag_missing"}
    assert lab.disposition(lot).phase is DispositionPhase.CONDITIONALLY_RELEASED


def test_from_a_person_who_worked_on_it(lab: Lab) -> None:
    from tests.quality.test_review_batch import _performed_by
    from tests.quality.workshop import person

    lot, other = lab.lot(), lab.lot("control")
    lab.seed(lambda tx: _performed_by(tx, lot, person(5)))
    made = lab.do(commands.recall, by=lab.qa, root=person(5), reason="Gloves were perforated")
    assert made["lots"] == [lot]
    assert other not in made["lots"]


def test_what_was_shown_is_what_is_signed(lab: Lab, refuses: Refuses) -> None:
    _, donation = lab.donation()
    first = lab.lot(sources=(donation,))
    with lab.house.read() as tx:
        scope = queries.scope_of(tx, donation)
    assert (scope.lots, len(scope.bags), len(scope.unused)) == ((first,), 2, 2)
    lab.lot(sources=(donation,))
    with refuses("recall.scope_changed"):
        lab.do(commands.recall, by=lab.qa, root=donation, reason="In doubt", seen=scope.fingerprint)


def test_nothing_to_recall_and_nothing_twice(lab: Lab, refuses: Refuses) -> None:
    _, donation = lab.donation()
    with refuses("recall.nothing"):
        lab.do(commands.recall, by=lab.qa, root=donation, reason="In doubt")
    with refuses("recall.nothing"):
        lab.do(commands.recall, by=lab.qa, root=issue(Kind.EQUIPMENT, 1, 2026, 9), reason="In doubt")
    lot = lab.lot(sources=(donation,))
    made = lab.do(commands.recall, by=lab.qa, root=donation, reason="In doubt")
    with refuses("recall.done_already"):
        lab.do(commands.recall, by=lab.qa, root=lot, reason="In doubt")
    with lab.house.read() as tx:
        assert queries.recall_facts(tx, made["recall"]).root == donation
        assert len(queries.recalls(tx)) == 1


def test_an_analyst_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.recall, by=lab.analyst, root=lab.lot(), reason="In doubt")
