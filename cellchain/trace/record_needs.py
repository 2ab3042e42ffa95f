"""What of master records and training waits for somebody: a review, the first signature, a gap in who is trained."""

from collections.abc import Iterator
from typing import Any

from cellchain.kernel.text import T
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing import training
from cellchain.manufacturing.rules.lifecycles import MasterRecordPhase
from cellchain.trace.situation import Need, Situation, since


def to_review(at: Situation) -> Iterator[Need]:
    """Drafts of others."""
    for row in _waiting(at, MasterRecordPhase.DRAFT):
        yield _need(at, row, T("Review the master record {name}.", name=row.name), T("Read and review"))


def to_approve(at: Situation) -> Iterator[Need]:
    """What others drafted and somebody reviewed. Its second signature waits among the decisions."""
    for row in _waiting(at, MasterRecordPhase.REVIEWED):
        yield _need(at, row, T("Approve the master record {name}.", name=row.name), T("Read and approve"))


def gaps(at: Situation) -> Iterator[Need]:
    """Who works by a master record without training in it, and whose training ends soon."""
    found = training.matrix(at.tx)
    if found.gaps_count or found.soon_count:
        yield Need(
            "warn" if found.gaps_count else "pend",
            None,
            T("waits for you"),
            T(
                "Trainings missing: {gaps}. Ending within 30 days: {soon}.",
                gaps=found.gaps_count,
                soon=found.soon_count,
            ),
            "/manufacturing/training",
            T("Open training"),
        )


def _waiting(at: Situation, phase: MasterRecordPhase) -> Iterator[Any]:
    for row in manufacturing.master_records(at.tx):
        if row.phase == phase and row.drafted_by != at.actor.person:
            yield row


def _need(at: Situation, row: Any, sentence: T, action: T) -> Need:
    began = row.reviewed_at or row.drafted_at
    status, words = since(at.tx, began, "pend")
    href = f"/manufacturing/master-records/{row.id}"
    return Need(status, began, words, sentence, href, action, T("Version {version}.", version=row.version))
