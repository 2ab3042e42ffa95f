"""A failed test investigated: opened by itself, looked into in two phases, and concluded by QA's signature."""

from typing import Annotated

from pydantic import Field

from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality import queries
from cellchain.quality.investigations import queries as reading
from cellchain.quality.investigations import scope
from cellchain.quality.investigations.models import ACCOUNT_LENGTH, Investigation
from cellchain.quality.methods import queries as methods
from cellchain.quality.models import Result
from cellchain.quality.queries.retesting import retests_of
from cellchain.quality.rules import investigations as rules
from cellchain.quality.rules.investigations import (
    CHECKS,
    INVESTIGATION,
    RETESTS_MAX,
    Conclusion,
    ConclusionFacts,
    Finding,
    InvestigationPhase,
    RootCause,
    analysts_of,
)
from cellchain.quality.rules.lifecycles import RESULT, Outcome, ResultPhase

FAILED = "quality:result:failed"

InvestigationField = Annotated[int, Field(ge=1, title="Investigation")]
Account = Annotated[Text, Field(min_length=3, max_length=ACCOUNT_LENGTH)]


class InvestigationResult(CommandResult):
    """An investigation, what people call it, and where it stands. Number 0: a rule found that one is open already."""

    investigation: int
    number: str
    phase: InvestigationPhase


class OpenInvestigation(Order):
    """A failure that a second person has verified."""

    result: Annotated[int, Field(ge=1)]


@command(event="quality:investigation:opened", internal=True)
def open_investigation(tx: CommandTx, by: Actor, order: OpenInvestigation) -> InvestigationResult:
    """Open the investigation of a verified failure; the failure of a retest belongs to the one that is open already."""
    row = tx.get(Result, order.result)
    tx.about(row.sample)
    found = reading.investigations_of(tx, row.lot)
    same = reading.same_test(found, test=row.test, stage=row.stage, sample=row.sample)
    known = next((one for one in same if one.result == row.id or (row.retest and one.is_open)), None)
    if known is not None:
        tx.note(lot=row.lot, investigation=known.id, open_already=True)
        return InvestigationResult(investigation=0, number=known.number, phase=known.phase)
    beside = [
        one.id
        for one in queries.deviations_of(tx, row.lot)
        if one.rule == FAILED and one.facts.get("result") == order.result
    ]
    made = tx.add(
        Investigation(
            result=order.result,
            lot=row.lot,
            sample=row.sample,
            test=row.test,
            stage=row.stage,
            deviation=beside[0] if beside else None,
            analyst=row.entered_by or row.started_by,
            retests_max=methods.method(tx, row.method).retests,
            phase=InvestigationPhase.LABORATORY,
            opened_at=tx.now,
        )
    )
    tx.note(lot=row.lot, investigation=made.id, result=row.id, test=row.test)
    return _result(made)


# ---- the laboratory --------------------------------------------------------------------------------------------------


class InvestigateLaboratory(Order):
    """The laboratory's look at itself: every point of the checklist, and whether one of them explains the value."""

    investigation: InvestigationField
    sample: Annotated[Finding, Field(title="Sample", description="Right one, whole, kept as it must be.")]
    method: Annotated[Finding, Field(title="Method", description="Followed as it is written.")]
    instrument: Annotated[Finding, Field(title="Instrument", description="In order, calibrated, its controls passed.")]
    calculation: Annotated[Finding, Field(title="Calculation", description="Raw data, dilutions, transcription.")]
    reagents: Annotated[Finding, Field(title="Reagents", description="In date, rightly prepared, references passed.")]
    analyst: Annotated[Finding, Field(title="Analyst", description="Trained, asked about what was done.")]
    hypothesis: Annotated[
        Account, Field(title="Hypothesis", description="What may have happened, and how that was tried.")
    ]
    cause: Annotated[bool, Field(title="An assignable cause was found in the laboratory")] = False
    evidence: Annotated[
        Text | None,
        Field(max_length=ACCOUNT_LENGTH, title="Evidence", description="Needed for a cause: what shows it."),
    ] = None


@command(event="quality:investigation:laboratory_investigated")
def investigate_laboratory(tx: CommandTx, by: Actor, order: InvestigateLaboratory) -> InvestigationResult:
    """Record the first phase. With a cause QA concludes next, without one the full investigation begins.

    Raises NotFound, Refused `investigation.own_test`, `.cause_without_fault`, `.evidence_needed`, `.phase`.
    """
    row = _locked(tx, order.investigation)
    verb = "find_laboratory_cause" if order.cause else "find_no_laboratory_cause"
    phase = INVESTIGATION.move(verb, row.phase)
    rules.may_investigate(by.person, _analysts(tx, row))
    checks = {name: Finding(getattr(order, name)) for name in CHECKS}
    rules.is_whole(checks, cause=order.cause, evidence=order.evidence)
    tx.note(cause=order.cause)
    row = tx.change(
        row,
        phase=phase,
        checks={name: finding.value for name, finding in checks.items()},
        hypothesis=order.hypothesis,
        cause=order.cause,
        evidence=order.evidence,
        laboratory_by=by.person,
        laboratory_at=tx.now,
    )
    return _result(row)


# ---- everything ------------------------------------------------------------------------------------------------------


class ExtendInvestigation(Order):
    """Why what was found so far does not explain the value."""

    investigation: InvestigationField
    extension: Annotated[Account, Field(title="Why it goes on")]


@command(event="quality:investigation:extended")
def extend_investigation(tx: CommandTx, by: Actor, order: ExtendInvestigation) -> InvestigationResult:
    """Send an investigation into its full phase, where QA is not convinced. Raises Refused `investigation.phase`,
    `.own_test`.
    """
    row = _locked(tx, order.investigation)
    phase = INVESTIGATION.move("extend_investigation", row.phase)
    rules.may_investigate(by.person, _analysts(tx, row))
    row = tx.change(row, phase=phase, extension=order.extension, extended_by=by.person, extended_at=tx.now)
    return _result(row)


class PlanRetests(Order):
    """Retests while no cause is known: how many, and what they are to show. They are planned once."""

    investigation: InvestigationField
    count: Annotated[int, Field(ge=1, le=RETESTS_MAX, title="Retests", description="No more than the method permits.")]
    plan: Annotated[Account, Field(title="What they are to show")]


@command(event="quality:investigation:retests_planned")
def plan_retests(tx: CommandTx, by: Actor, order: PlanRetests) -> InvestigationResult:
    """Permit retests before the cause is known. The failure stays, and every result of them counts.

    Raises Refused `investigation.phase`, `.own_test`, `retest.planned_already`, `.over_rule`.
    """
    row = _locked(tx, order.investigation)
    INVESTIGATION.move("plan_retests", row.phase)
    rules.may_investigate(by.person, _analysts(tx, row))
    done = len(retests_of(tx, row.lot, row.test, row.stage, row.sample))
    rules.may_plan(planned=row.retests_planned, count=order.count, allowed=row.retests_max, done=done)
    tx.note(planned=order.count)
    row = tx.change(row, retests_planned=done + order.count, plan=order.plan, planned_by=by.person, planned_at=tx.now)
    return _result(row)


class InvestigateFully(Order):
    """What the review of the whole making brought. The lots that share something are kept as they are found now."""

    investigation: InvestigationField
    manufacturing_review: Annotated[
        Account,
        Field(title="Review of the making", description="Batch record, environment, materials, people, custody."),
    ]
    scope_account: Annotated[
        Account,
        Field(title="Other lots", description="What it means for those that share bank, material or equipment."),
    ]
    root_cause: Annotated[RootCause, Field(title="Root cause lies in")]
    root_account: Annotated[Account, Field(title="Root cause", description="With what shows it.")]


@command(event="quality:investigation:fully_investigated")
def investigate_fully(tx: CommandTx, by: Actor, order: InvestigateFully) -> InvestigationResult:
    """Record the full phase, with the lots beside this one by trace. Raises Refused `investigation.phase`,
    `.own_test`.
    """
    row = _locked(tx, order.investigation)
    phase = INVESTIGATION.move("investigate_fully", row.phase)
    rules.may_investigate(by.person, _analysts(tx, row))
    beside = scope.lots_beside(tx, row.lot, row.result)
    tx.note(root_cause=order.root_cause.value, lots=sorted(beside))
    row = tx.change(
        row,
        phase=phase,
        manufacturing_review=order.manufacturing_review,
        scope=[{"lot": lot, "shares": shares} for lot, shares in sorted(beside.items())],
        scope_account=order.scope_account,
        root_cause=order.root_cause,
        root_account=order.root_account,
        full_by=by.person,
        full_at=tx.now,
    )
    return _result(row)


# ---- the conclusion --------------------------------------------------------------------------------------------------


class ConcludeInvestigation(Order):
    """What the failure means for the product."""

    investigation: InvestigationField
    conclusion: Annotated[Conclusion, Field(title="Conclusion")]
    reasoning: Annotated[Account, Field(title="Reasoning")]


def _signed_record(tx: CommandTx, order: ConcludeInvestigation) -> Json:
    row = tx.get(Investigation, order.investigation)
    result = tx.get(Result, row.result)
    retests = retests_of(tx, row.lot, row.test, row.stage, row.sample)
    return {
        "number": rules.investigation_number(row.id or 0, row.opened_at.year),
        "lot": row.lot,
        "test": row.test,
        "value": result.value,
        "retests": [[retest.id, retest.value, retest.outcome.value] for retest in retests],
        "checks": row.checks,
        "cause": row.cause,
        "root_cause": None if row.root_cause is None else row.root_cause.value,
        "laboratory_by": row.laboratory_by,
        "full_by": row.full_by,
        "conclusion": order.conclusion.value,
    }


@command(
    event="quality:investigation:concluded",
    signature="I have judged this investigation and every result of it, and conclude it so",
    signs=_signed_record,
)
def conclude_investigation(tx: CommandTx, by: Actor, order: ConcludeInvestigation) -> InvestigationResult:
    """Conclude. An invalidated result does not count any more and stays readable; a confirmed one stands.

    Raises Refused `investigation.phase`, `.concluder_involved`, `.retest_open`, `.no_cause`, `.retest_failed`.
    """
    row = _locked(tx, order.investigation)
    phase = INVESTIGATION.move("conclude_investigation", row.phase)
    rules.may_conclude(_conclusion_facts(tx, row), order.conclusion, by.person)
    if order.conclusion is Conclusion.INVALIDATED:
        result = tx.lock(Result, row.result)
        tx.change(result, phase=RESULT.move("invalidate_result", result.phase))
    tx.note(conclusion=order.conclusion.value, result=row.result)
    row = tx.change(
        row,
        phase=phase,
        conclusion=order.conclusion,
        reasoning=order.reasoning,
        concluded_by=by.person,
        concluded_at=tx.now,
    )
    return _result(row)


def _conclusion_facts(tx: CommandTx, row: Investigation) -> ConclusionFacts:
    facts = reading.investigation_facts(tx, row.id or 0)
    retests = retests_of(tx, row.lot, row.test, row.stage, row.sample)
    return ConclusionFacts(
        analysts=_analysts(tx, row),
        investigators=facts.investigators,
        has_cause=facts.has_cause,
        retests_open_count=sum(one.phase is not ResultPhase.VERIFIED for one in retests),
        retests_failed_count=sum(one.outcome is Outcome.FAILED and one.id != row.result for one in retests),
    )


# ---- shared ----------------------------------------------------------------------------------------------------------


def _locked(tx: CommandTx, investigation: int) -> Investigation:
    row = tx.lock(Investigation, investigation)
    tx.about(row.lot)
    tx.note(investigation=row.id)
    return row


def _analysts(tx: CommandTx, row: Investigation) -> frozenset[str]:
    return analysts_of(row.analyst, tx.get(Result, row.result).started_by)


def _result(row: Investigation) -> InvestigationResult:
    number = rules.investigation_number(row.id or 0, row.opened_at.year)
    return InvestigationResult(investigation=row.id or 0, number=number, phase=row.phase)
