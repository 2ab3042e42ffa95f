"""A lot out of its specification, used for one recipient by five acts, and not without one of them."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.invariants import INVARIANTS
from cellchain.quality.investigations import exceptional
from cellchain.quality.rules.exceptional import ExceptionalPhase
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.oos import OTHER, RECIPIENT, Failed


@pytest.fixture
def failed(lab: Lab) -> Failed:
    return Failed(lab).confirmed()


def test_only_the_whole_path_releases(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    use = failed.ask()
    for act in (failed.evaluate, failed.take_on, failed.tell, failed.accept):
        with refuses("lot.test_failed"):
            failed.release()
        act(use)
    failed.settle()
    failed.release()
    assert lab.disposition(failed.lot).phase is DispositionPhase.CONDITIONALLY_RELEASED
    with lab.house.read() as tx:
        assert [item.name for item in INVARIANTS if item.check(tx)] == []
    entries = [entry for entry in lab.house.entries() if "exceptional_use" in entry.event]
    signed = [entry.event for entry in entries if '"meaning":"' in entry.body]
    acts = ("requested", "evaluated", "taken_on", "sponsor_told", "accepted")
    assert signed == [f"quality:exceptional_use:{act}" for act in acts]


def test_the_acts_come_in_their_order(failed: Failed, refuses: Refuses) -> None:
    use = failed.ask()
    for act in (failed.take_on, failed.accept):
        with refuses("exceptional_use.phase"):
            act(use)
    failed.evaluate(use)
    with refuses("exceptional_use.phase"):
        failed.evaluate(use)
    failed.take_on(use)
    with refuses("exceptional.sponsor_not_told"):
        failed.accept(use)
    failed.tell(use)
    with refuses("exceptional.told_already"):
        failed.tell(use)
    failed.accept(use)
    with refuses("exceptional_use.phase"):
        failed.accept(use)


def test_each_act_is_somebodys(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    ask: dict[str, Any] = {"investigation": failed.number, "recipient": RECIPIENT, "request": "No other bag in time"}
    with pytest.raises(Forbidden):
        lab.do(exceptional.request_exceptional_use, by=lab.qa, **ask)
    with refuses("exceptional.not_treating"):
        lab.do(exceptional.request_exceptional_use, by=lab.house.actor("physician", number=2), **ask)
    with refuses("exceptional.not_treating"):
        failed.ask(OTHER)
    use = failed.ask()
    with pytest.raises(Forbidden):
        lab.do(exceptional.evaluate_exceptional_use, by=failed.physician, use=use, evaluation="Small, I think")
    failed.evaluate(use)
    with pytest.raises(Forbidden):
        lab.do(exceptional.take_on_exceptional_use, by=lab.qa, use=use)
    with refuses("exceptional.not_treating"):
        lab.do(exceptional.take_on_exceptional_use, by=lab.house.actor("physician", number=2), use=use)
    failed.take_on(use)
    told: dict[str, Any] = {"use": use, "told": "S. Example", "told_at": lab.house.clock.now()}
    with pytest.raises(Forbidden):
        lab.do(exceptional.record_sponsor_told, by=lab.qa, **told)
    with refuses("exceptional.told_when"):
        late: dict[str, Any] = {**told, "told_at": lab.house.clock.now() + timedelta(hours=1)}
        lab.do(exceptional.record_sponsor_told, by=failed.coordinator, **late)
    lab.do(exceptional.record_sponsor_told, by=lab.house.actor("sponsor"), **told)
    with refuses("exceptional.own_evaluation"):
        lab.do(exceptional.accept_exceptional_use, by=lab.qa, use=use)
    failed.accept(use)


def test_what_is_not_asked_for(lab: Lab, refuses: Refuses) -> None:
    failed = Failed(lab)
    with refuses("exceptional.not_confirmed"):
        failed.ask()
    failed.confirmed()
    use = failed.ask()
    with refuses("exceptional.asked_already"):
        failed.ask()
    failed.withdraw(use)
    failed.ask()
    lab.do(commands.reject, by=lab.qa, lot=failed.lot, reason="No longer needed")
    failed.withdraw(2)
    with refuses("exceptional.lot_gone"):
        failed.ask()


def test_a_withdrawal_stops_the_bag_at_once(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    use = failed.accepted()
    failed.settle()
    failed.release()
    bag = lab.containers(failed.lot)[0]
    lab.attach_tag(bag)
    standing = lab.standing(bag)
    assert standing.reasons == ()
    assert standing.exceptional is not None
    assert standing.exceptional.recipients == {RECIPIENT}
    assert [str(test) for test in standing.exceptional.tests] == ["Viability"]
    failed.withdraw(use)
    assert lab.codes(bag) == {"lot.out_of_specification"}
    assert failed.uses()[0].phase is ExceptionalPhase.WITHDRAWN
    with refuses("exceptional_use.phase"):
        failed.withdraw(use)
    with lab.house.read() as tx:
        assert [item.name for item in INVARIANTS if item.check(tx)] == [], "the release rested on it when it was signed"


def test_another_failure_of_the_test_is_not_covered(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    failed.accepted()
    with lab.house.read() as tx:
        other = next(one for one in queries.results_of(tx, failed.lot) if one.test == "volume")
    from cellchain.quality.models import Result

    lab.seed(lambda tx: tx.change(tx.lock(Result, other.id), outcome="fail", value="20"))
    assert "lot.out_of_specification" in lab.codes(lab.containers(failed.lot)[0])
    with refuses("lot.test_failed"):
        failed.release()


def test_the_issue_tag_says_it_and_is_printed_for_nobody_else(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    failed.accepted()
    failed.settle()
    failed.release()
    bag = lab.containers(failed.lot)[0]
    with lab.house.read() as tx:
        fields = queries.issue_tag_fields(tx, bag, RECIPIENT)
        with refuses("issue_tag.not_named"):
            queries.issue_tag_fields(tx, bag, OTHER)
    assert fields["exception.en"] == "Viability"
    assert fields["exception.ru"] == "Жизнеспособность"
    with lab.house.read() as tx:
        plain = queries.issue_tag_fields(tx, lab.containers(lab.released())[0], OTHER)
    assert not [name for name in plain if name.startswith("exception")]


def test_the_ledger_does_not_say_for_whom(lab: Lab, failed: Failed) -> None:
    failed.accepted()
    assert not [entry.seq for entry in lab.house.entries() if RECIPIENT in entry.body]
