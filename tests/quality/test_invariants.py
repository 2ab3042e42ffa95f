"""The invariants hold over a whole story, and each one sees its own damage."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.quality import commands, queries
from cellchain.quality.invariants import INVARIANTS
from cellchain.quality.models import Decision, Disposition, Hold, IssueTag, RecallItem, Result
from tests.quality.lab import Lab
from tests.quality.test_release import certify


def broken(lab: Lab) -> dict[str, list[str]]:
    with lab.house.read() as tx:
        return {item.name: found for item in INVARIANTS if (found := item.check(tx))}


@pytest.fixture
def lot(lab: Lab) -> str:
    """Much has happened, and nothing wrong."""
    _, donation = lab.donation()
    lot = lab.released(sources=(donation,))
    lab.attach_tag(lab.containers(lot)[0])
    certify(lab, lot)
    rejected, recalled = lab.lot(), lab.released("bank")
    lab.do(commands.reject, by=lab.qa, lot=rejected, reason="Growth")
    lab.do(commands.recall, by=lab.qa, root=recalled, reason="In doubt")
    made = lab.do(commands.hold, by=lab.qa, subject=lot, reason="In doubt")
    lab.wait(minutes=5)
    lab.do(commands.lift_hold, by=lab.qa, hold=made["hold"], reason="Cleared")
    return lot


def test_they_hold(lab: Lab, lot: str) -> None:
    assert broken(lab) == {}


def decision_of(tx: Any, lot: str) -> Decision:
    return tx.lock(Decision, queries.decisions_on(tx, lot)[0].id)


def test_each_sees_its_damage(lab: Lab, lot: str) -> None:
    now = lab.house.clock.now()
    person = lab.technician.person

    order = {"kind": "exercise", "root": lot, "reason": "To practise"}
    exercise = lab.do(commands.start_recall, by=lab.qa, **order)["recall"]

    def damage(tx: Any) -> None:
        first, second = queries.results_of(tx, lot)[:2]
        tx.change(decision_of(tx, lot), decided_by=person, decided_at=now + timedelta(hours=1))
        tx.change(tx.lock(Result, first.id), outcome="fail")
        tx.add(Result(**_copy(tx.get(Result, second.id), test="x", replaces=second.id)))
        tx.change(tx.lock(Hold, 1), lifted_at=now - timedelta(days=30))
        tag = tx.lock(IssueTag, 1)
        tx.change(tag, scanned_at=now - timedelta(days=60))
        tx.add(RecallItem(recall=exercise, subject=first.sample, is_stopped=True))
        recalled = tx.get(RecallItem, 1).subject
        tx.change(tx.lock(Disposition, recalled), phase="released_for_further_use")

    lab.seed(damage)
    assert set(broken(lab)) == {
        "quality.separation",
        "quality.results",
        "quality.corrections",
        "quality.holds",
        "quality.issue_tags",
        "quality.recalls",
        "quality.exercises",
        "quality.qualified_person",
        "quality.failures",
    }


def test_a_lot_without_a_disposition_or_a_decision(lab: Lab) -> None:
    lot = lab.lot()
    lab.seed(lambda tx: tx.change(tx.lock(Disposition, lot), phase="released", decided_by="PS01", decided_at=tx.now))
    assert set(broken(lab)) == {"quality.decisions"}


def _copy(row: Any, **changes: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in type(row).model_fields}
    return {**values, "id": None, **changes}
