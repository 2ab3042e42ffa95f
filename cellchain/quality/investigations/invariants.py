"""What is always true of investigations and exceptional uses."""

from sqlmodel import col, select

from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx
from cellchain.quality.investigations import queries as reading
from cellchain.quality.investigations.models import ExceptionalUse, Investigation
from cellchain.quality.models import Decision, Result
from cellchain.quality.rules.investigations import Conclusion
from cellchain.quality.rules.lifecycles import DispositionPhase, Outcome, ResultPhase

RELEASES = (
    DispositionPhase.RELEASED_FOR_FURTHER_USE,
    DispositionPhase.CONDITIONALLY_RELEASED,
    DispositionPhase.RELEASED,
)

_FAILED = (
    select(Result)
    .where(col(Result.outcome) == Outcome.FAILED, col(Result.phase) == ResultPhase.VERIFIED)
    .order_by(col(Result.id))
)
_INVALIDATED = select(Result).where(col(Result.phase) == ResultPhase.INVALIDATED).order_by(col(Result.id))
_RETESTS = select(Result).where(col(Result.retest) > 0).order_by(col(Result.id))
_INVESTIGATIONS = select(Investigation).order_by(col(Investigation.id))
_DECISIONS = select(Decision).order_by(col(Decision.id))
_ACCEPTED = select(ExceptionalUse).where(col(ExceptionalUse.accepted_at).is_not(None)).order_by(col(ExceptionalUse.id))


def _every_failure_is_investigated(tx: ReadTx) -> list[str]:
    """A verified failure has its investigation; a retest's belongs to the one that it was done under."""
    return [
        f"result {row.id} of lot {row.lot} failed, was verified and is not investigated"
        for row in tx.every(_FAILED)
        if not row.retest and reading.investigation_of(tx, row.id or 0) is None
    ]


def _invalidated_for_a_conclusion(tx: ReadTx) -> list[str]:
    wrong = []
    for row in tx.every(_INVALIDATED):
        found = reading.investigation_of(tx, row.id or 0)
        if found is None or found.conclusion is not Conclusion.INVALIDATED:
            wrong.append(f"result {row.id} is invalidated without a conclusion that says so")
    return wrong


def _retests_within_the_rule(tx: ReadTx) -> list[str]:
    wrong = []
    for row in tx.every(_RETESTS):
        of_lot = reading.investigations_of(tx, row.lot)
        found = reading.same_test(of_lot, test=row.test, stage=row.stage, sample=row.sample)
        if not found or row.retest > min(one.retests_max for one in found):
            wrong.append(f"result {row.id} is retest {row.retest} of lot {row.lot}, more than its method permits")
        before = [one for one in found if one.result < (row.id or 0)]
        if any(one.analyst in (row.started_by, row.entered_by) for one in before):
            wrong.append(f"result {row.id} is a retest by the analyst of the test that failed")
    return wrong


def _no_release_while_investigated(tx: ReadTx) -> list[str]:
    return [
        f"decision {row.id}: lot {row.lot} was released while {one.number} was open"
        for row in tx.every(_DECISIONS)
        if row.phase in RELEASES
        for one in reading.investigations_of(tx, row.lot)
        if one.opened_at < row.decided_at and (one.concluded_at is None or one.concluded_at > row.decided_at)
    ]


def _concluded_by_somebody_else(tx: ReadTx) -> list[str]:
    return [
        f"investigation {row.id} was concluded by somebody who did the test or investigated it"
        for row in tx.every(_INVESTIGATIONS)
        if row.concluded_by is not None and row.concluded_by in (row.analyst, row.laboratory_by, row.full_by)
    ]


def _every_act_before_the_acceptance(tx: ReadTx) -> list[str]:
    wrong = []
    for row in tx.every(_ACCEPTED):
        acts = [row.requested_at, row.evaluated_at, row.taken_on_at, row.accepted_at]
        signed = [at for at in acts if at is not None]
        told = row.told_signed_at is not None and row.accepted_at is not None and row.told_signed_at <= row.accepted_at
        if len(signed) < len(acts) or signed != sorted(signed) or not told:
            wrong.append(f"exceptional use {row.id} was accepted before one of its acts")
    return wrong


INVARIANTS = (
    Invariant("quality.failures", "A verified failure is investigated.", _every_failure_is_investigated),
    Invariant("quality.invalidated", "A result is invalidated by a conclusion.", _invalidated_for_a_conclusion),
    Invariant("quality.retests", "Retests are those that the method permits.", _retests_within_the_rule),
    Invariant("quality.investigated", "No release while a failure is investigated.", _no_release_while_investigated),
    Invariant("quality.conclusions", "Nobody concludes what they investigated.", _concluded_by_somebody_else),
    Invariant("quality.exceptional", "An exceptional use has every act.", _every_act_before_the_acceptance),
)
