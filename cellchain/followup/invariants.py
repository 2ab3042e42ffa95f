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
from cellchain.trial.setup import queries as setup

VISITS = select(Visit).order_by(col(Visit.id))
_GONE = {"died": RecipientPhase.DIED, "withdrew": RecipientPhase.WITHDRAWN, "lost": RecipientPhase.LOST}


def _measured_at_visits_that_took_place(tx: ReadTx) -> list[str]:
    """What was measured belongs to a visit that took place, and to an outcome that the visit measures, or did."""
    findings = []
    known: dict[str, set[tuple[str, str]]] = {}
    for row in tx.every(statements.ALL_MEASUREMENTS):
        visit = tx.get(Visit, row.visit)
        study = trial.recipient_facts(tx, visit.recipient).study
        if study not in known:
            known[study] = _ever_measured(tx, study)
        if visit.phase != VisitPhase.DONE:
            findings.append(f"measurement {row.id} belongs to a visit that did not take place")
        if (visit.code, row.outcome) not in known[study]:
            findings.append(f"measurement {row.id} is of {row.outcome}, which its visit does not measure")
    return findings


def _ever_measured(tx: ReadTx, study: str) -> set[tuple[str, str]]:
    """Visit and outcome, by every version of the study: an amendment does not undo what was measured before it."""
    versions = [one.known for one in setup.versions(tx, study)]
    return {
        (code, outcome)
        for known in versions
        for code in (rules.UNSCHEDULED, *(visit.code for visit in known.visits))
        for outcome in rules.visit_of(known, code).measures
    }


def _lung_function_is_graded(tx: ReadTx) -> list[str]:
    """No value of lung function stands without its quality grade."""
    return [
        f"measurement {row.id} is of {row.outcome} and has no grade"
        for row in tx.every(statements.ALL_MEASUREMENTS)
        if row.value is not None and row.outcome in rules.GRADED and row.grade is None
    ]


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
        "followup.lung_function_is_graded",
        "A value of lung function has its quality grade.",
        _lung_function_is_graded,
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
