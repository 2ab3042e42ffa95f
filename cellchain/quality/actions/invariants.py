"""What is always true of deviations as stories, of actions and of changes."""

from sqlmodel import col, select

from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.actions import queries
from cellchain.quality.actions.models import Action
from cellchain.quality.actions.rules import ActionPhase
from cellchain.quality.changes.models import Change
from cellchain.quality.changes.rules import ChangePhase
from cellchain.quality.deviations import queries as deviations
from cellchain.quality.deviations.rules import missing
from cellchain.quality.models import Deviation
from cellchain.quality.rules.lifecycles import DeviationPhase

_CLOSED = select(Deviation.id).where(col(Deviation.phase) == DeviationPhase.CLOSED).order_by(col(Deviation.id))
_FAILED = select(Action).where(col(Action.phase) == ActionPhase.NOT_EFFECTIVE).order_by(col(Action.id))
_CHANGES = select(Change).order_by(col(Change.id))


def _closed_by_another(tx: ReadTx) -> list[str]:
    """Nobody who had a hand in a deviation closed it, and nothing was missing that its class asks for."""
    wrong = []
    for number in tx.every(_CLOSED):
        row = quality.deviation_facts(tx, number)
        planned = queries.actions_of(tx, number)
        if row.closed_by in deviations.concerned(tx, row, planned).people:
            wrong.append(f"deviation {number} was closed by somebody who had a hand in it")
        wrong += [
            f"deviation {number} is closed: {refusal.code}"
            for refusal in missing(deviations.findings_of(tx, row, planned))
        ]
    return wrong


def _a_failure_asks_for_more(tx: ReadTx) -> list[str]:
    """The deviation of an action that did not help is open, or another action follows it."""
    wrong = []
    for row in tx.every(_FAILED):
        followed = tx.one(queries.FOLLOWER, action=row.id) is not None
        if not followed and quality.deviation_facts(tx, row.deviation).phase is DeviationPhase.CLOSED:
            wrong.append(f"action {row.id} did not help, and its deviation is closed")
    return wrong


def _changes_by_two(tx: ReadTx) -> list[str]:
    """A change that may be made was approved by two people, neither of whom asked for it or makes it."""
    wrong = []
    for row in tx.every(_CHANGES):
        if row.phase in (ChangePhase.REQUESTED, ChangePhase.SIGNED, ChangePhase.REJECTED):
            continue
        signed = {row.approved_by, row.countersigned_by}
        if None in signed or len(signed) < 2 or signed & {row.requested_by, row.owner}:
            wrong.append(f"change {row.id} is {row.phase} without two signatures of others")
    return wrong


INVARIANTS = (
    Invariant(
        "quality.closed_deviations", "A deviation is closed by another, with nothing missing.", _closed_by_another
    ),
    Invariant("quality.failed_actions", "An action that did not help asks for another.", _a_failure_asks_for_more),
    Invariant("quality.changes", "A change is approved by two others.", _changes_by_two),
)
