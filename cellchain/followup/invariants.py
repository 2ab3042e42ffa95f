"""What is always true of follow-up."""

from sqlmodel import col, select

from cellchain.followup import rules, statements
from cellchain.followup.lifecycles import VisitPhase
from cellchain.followup.models import Visit
from cellchain.followup.safety import invariants as safety
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import RecipientPhase

VISITS = select(Visit).order_by(col(Visit.id))
_GONE = {"died": RecipientPhase.DIED, "withdrew": RecipientPhase.WITHDRAWN, "lost": RecipientPhase.LOST}


def _measured_at_visits_that_took_place(tx: ReadTx) -> list[str]:
    """What was measured belongs to a visit that took place, and to an outcome that the visit measures."""
    findings = []
    for row in tx.every(statements.ALL_MEASUREMENTS):
        visit = tx.get(Visit, row.visit)
        if visit.phase != VisitPhase.DONE:
            findings.append(f"measurement {row.id} belongs to a visit that did not take place")
        if row.outcome not in rules.visit_of(trial.study_of(tx, visit.recipient), visit.code).measures:
            findings.append(f"measurement {row.id} is of {row.outcome}, which its visit does not measure")
    return findings


def _verified_by_another(tx: ReadTx) -> list[str]:
    """Whoever entered a value did not compare it with its source."""
    return [
        f"measurement {row.id} was entered and verified by {row.entered_by}"
        for row in tx.every(statements.ALL_MEASUREMENTS)
        if row.verified_by == row.entered_by
    ]


def _missing_for_a_true_reason(tx: ReadTx) -> list[str]:
    """Whoever is missing by death, withdrawal or loss is recorded so in the trial."""
    findings = []
    for row in tx.every(VISITS):
        if row.missing_reason in _GONE:
            phase = trial.recipient_facts(tx, row.recipient).phase
            if phase not in (_GONE[row.missing_reason], RecipientPhase.DIED):
                findings.append(f"visit {row.id} is missing as “{row.missing_reason}”, and {row.recipient} is {phase}")
    return findings


INVARIANTS = (
    *safety.INVARIANTS,
    Invariant(
        "followup.measured_at_visits",
        "A measurement belongs to a visit that took place and measures it.",
        _measured_at_visits_that_took_place,
    ),
    Invariant(
        "followup.verified_by_another",
        "A value is compared with its source by somebody else than who entered it.",
        _verified_by_another,
    ),
    Invariant(
        "followup.missing_for_a_true_reason",
        "Who is missing as dead, withdrawn or lost is so in the trial.",
        _missing_for_a_true_reason,
    ),
)
