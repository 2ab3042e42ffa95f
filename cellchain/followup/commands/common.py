"""What the verbs of follow-up share: fields of orders, rows held while the data are open, what is measured."""

from typing import Annotated, Any

from pydantic import Field

from cellchain.followup import queries, rules, statements
from cellchain.followup.lifecycles import MEASUREMENT, Grade, MeasurementPhase, MissingReason, VisitPhase
from cellchain.followup.models import NOTE_LENGTH, Measurement, Visit
from cellchain.identity.codes import RecipientCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Text
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import Outcome, StudyDefinition
from cellchain.trial.lung import equations

VisitId = Annotated[int, Field(ge=1, title="Visit")]
OutcomeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="What was measured")]
Note = Annotated[Text, Field(min_length=3, max_length=NOTE_LENGTH)]
Recipient = Annotated[RecipientCode, Field(title="Recipient")]


def open_to_change(tx: CommandTx, recipient: str) -> StudyDefinition:
    """The recipient's study. Raises Refused while its data are locked."""
    study = trial.study_of(tx, recipient)
    rules.may_change(locked=queries.is_locked(tx, study.code))
    return study


def visit_to_change(tx: CommandTx, number: int) -> Visit:
    """A visit, held until commit. Raises NotFound, and Refused while its data are locked."""
    row = tx.lock(Visit, number)
    tx.about(row.recipient)
    open_to_change(tx, row.recipient)
    return row


def measure(
    tx: CommandTx,
    by: Actor,
    visit: Visit,
    outcome: str,
    *,
    value: int | None = None,
    missing: MissingReason | None = None,
    grade: Grade | None = None,
    haemoglobin_g_l: int | None = None,
    why: str | None = None,
) -> Measurement:
    """Put a value, or the reason why there is none, in the place of whatever stands for this outcome at this visit."""
    if visit.phase != VisitPhase.DONE:
        raise Refused("measurement.no_visit", "This visit is not recorded as done. Record the visit first.")
    known = rules.outcome_of(trial.study_of(tx, visit.recipient), visit.code, outcome)
    standing = tx.one(statements.CURRENT, visit=visit.id, outcome=outcome)
    rules.may_replace(exists=standing is not None, why=why)
    if standing is not None:
        held = tx.lock(Measurement, standing.id)
        tx.change(held, phase=MEASUREMENT.move("correct", held.phase))
    return tx.add(
        Measurement(
            visit=visit.id or 0,
            outcome=outcome,
            value=value,
            unit=known.unit,
            missing_reason=missing,
            grade=grade,
            haemoglobin_g_l=haemoglobin_g_l,
            entered_by=by.person,
            entered_at=tx.now,
            replaces=None if standing is None else standing.id,
            reason=why,
            phase=MeasurementPhase.CURRENT,
            **_against_predicted(tx, visit, known, value),
        )
    )


def _against_predicted(tx: CommandTx, visit: Visit, outcome: Outcome, value: int | None) -> dict[str, Any]:
    """What an equation says of a value, with the age on the day of the visit; nothing where none covers it."""
    if value is None or visit.visited_on is None or (outcome.code, outcome.unit) not in equations.EQUATIONS:
        return {}
    facts = trial.recipient_facts(tx, visit.recipient)
    body = equations.Body(facts.sex, trial.born_on(tx, visit.recipient), facts.height_mm)
    found = equations.judge(outcome.code, outcome.unit, value, outcome.decimals, body, visit.visited_on)
    return {} if found is None else found.columns
