"""What is always true of tests, deviations and dispositions (architecture.md section 5, 2 and 4)."""

from typing import Any

from sqlmodel import col, select

from cellchain.accounts.qualified.queries import mark_at
from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.actions import invariants as actions
from cellchain.quality.investigations import queries as reading
from cellchain.quality.investigations.invariants import INVARIANTS as OF_INVESTIGATIONS
from cellchain.quality.models import Decision, Deviation, Disposition, Hold, IssueTag, Recall, RecallItem, Result
from cellchain.quality.rules.lifecycles import (
    DispositionPhase,
    Outcome,
    ResultPhase,
    TagPhase,
)
from cellchain.quality.stability import queries as stability

RELEASED = (
    DispositionPhase.RELEASED_FOR_FURTHER_USE,
    DispositionPhase.CONDITIONALLY_RELEASED,
    DispositionPhase.RELEASED,
)

_DISPOSITIONS = select(Disposition).order_by(col(Disposition.lot))
_DECISIONS = select(Decision).order_by(col(Decision.id))
_SELF_VERIFIED = select(Result.id).where(col(Result.verified_by) == col(Result.entered_by))
_SELF_CLOSED = select(Deviation.id).where(
    (col(Deviation.closed_by) == col(Deviation.opened_by)) | (col(Deviation.closed_by) == col(Deviation.assessed_by))
)
_REPLACED: Any = select(Result.id, Result.replaces).where(col(Result.replaces).is_not(None)).order_by(col(Result.id))
_ITEMS = select(RecallItem.subject).where(
    col(RecallItem.is_stopped).is_(True), col(RecallItem.subject) < "M", col(RecallItem.subject) > "LT"
)
_STOPPED_BY_NOTHING = (
    select(RecallItem.subject)
    .join(Recall, col(Recall.id) == col(RecallItem.recall))
    .where(col(RecallItem.is_stopped).is_(True), col(Recall.placed_at).is_(None))
)
_ATTACHED = select(IssueTag).where(col(IssueTag.phase) == TagPhase.ATTACHED)
_LIFTED_EARLY = select(Hold.id).where(col(Hold.lifted_at) < col(Hold.placed_at))


def _every_lot_has_a_disposition(tx: ReadTx) -> list[str]:
    return [
        f"lot {lot.code} has no disposition"
        for lot in manufacturing.lots(tx)
        if queries.disposition_of(tx, lot.code) is None
    ]


def _a_release_was_decided(tx: ReadTx) -> list[str]:
    """The present disposition is the last decision, apart from a recall, which is an act of its own."""
    wrong = []
    for row in tx.every(_DISPOSITIONS):
        decisions = queries.decisions_on(tx, row.lot)
        if row.phase in RELEASED and (not decisions or decisions[0].phase != row.phase):
            wrong.append(f"lot {row.lot} is {row.phase} without a decision that says so")
    return wrong


def _nobody_releases_their_own(tx: ReadTx) -> list[str]:
    """Only who had made or tested a lot before the decision counts: later hands cannot undo it."""
    wrong = []
    for row in tx.every(_DECISIONS):
        if row.phase not in RELEASED:
            continue
        if row.decided_by in manufacturing.people_who_made(tx, row.lot):
            wrong.append(f"decision {row.id}: lot {row.lot} was released by somebody who made it")
        rested = [tx.get(Result, number) for number in row.results]
        if any(row.decided_by in (result.entered_by, result.verified_by, result.started_by) for result in rested):
            wrong.append(f"decision {row.id}: lot {row.lot} was released by somebody who tested it")
    return wrong


def _a_qualified_person_certified(tx: ReadTx) -> list[str]:
    """Whoever certified a lot bore the mark at that moment, whatever became of it since."""
    return [
        f"decision {row.id}: lot {row.lot} was certified by {row.decided_by}, who was no qualified person then"
        for row in tx.every(_DECISIONS)
        if row.phase is DispositionPhase.RELEASED and mark_at(tx, row.decided_by, row.decided_at) is None
    ]


def _a_release_rests_on_passes(tx: ReadTx) -> list[str]:
    """Every result that a release rests on was verified, and passed or was accepted exceptionally."""
    wrong = []
    for row in tx.every(_DECISIONS):
        for number in row.results if row.phase in RELEASED else ():
            result = queries.result_facts(tx, number)
            failed = result.outcome is Outcome.FAILED and result.limit.required
            if result.phase not in (ResultPhase.VERIFIED, ResultPhase.CORRECTED) or (
                failed and not _stood_accepted(tx, row, number)
            ):
                wrong.append(f"decision {row.id} on {row.lot} rests on result {number}, which is {result.outcome}")
    return wrong


def _stood_accepted(tx: ReadTx, decision: Decision, result: int) -> bool:
    """Whether a failure was accepted for somebody when a decision rested on it, whatever was withdrawn since."""
    at = decision.decided_at
    return any(
        result in use.results
        and use.accepted_at is not None
        and use.accepted_at <= at
        and (use.withdrawn_at is None or use.withdrawn_at >= at)
        for use in reading.uses_of_lot(tx, decision.lot)
    )


def _nobody_verifies_their_own(tx: ReadTx) -> list[str]:
    return [f"result {number} was verified by who entered it" for number in tx.every(_SELF_VERIFIED)] + [
        f"deviation {number} was closed by who opened or assessed it" for number in tx.every(_SELF_CLOSED)
    ]


def _corrections_keep_the_original(tx: ReadTx) -> list[str]:
    wrong = []
    for number, replaced in tx.every(_REPLACED):
        original = tx.find(Result, replaced)
        if original is None or original.phase is not ResultPhase.CORRECTED:
            wrong.append(f"result {number} replaces {replaced}, which is not marked as corrected")
    return wrong


def _what_was_recalled_stays_recalled(tx: ReadTx) -> list[str]:
    wrong = []
    for code in tx.every(_ITEMS):
        disposition = queries.disposition_of(tx, code) if code.startswith("LT") else None
        if disposition is not None and disposition.phase is not DispositionPhase.RECALLED:
            wrong.append(f"lot {code} was recalled and is {disposition.phase}")
    return wrong


def _a_signature_stops(tx: ReadTx) -> list[str]:
    return [f"{code} is stopped by a recall that nobody signed" for code in tx.every(_STOPPED_BY_NOTHING)]


def _a_tag_follows_a_release(tx: ReadTx) -> list[str]:
    wrong = []
    for tag in tx.every(_ATTACHED):
        bag = manufacturing.bag_facts(tx, tag.bag)
        decisions = [] if bag is None else queries.decisions_on(tx, bag.lot)
        if not any(row.phase in RELEASED and row.decided_at <= (tag.scanned_at or tag.printed_at) for row in decisions):
            wrong.append(f"bag {tag.bag} wears an issue tag from before any release")
    return wrong


def _holds_in_order(tx: ReadTx) -> list[str]:
    return [f"hold {number} was lifted before it was placed" for number in tx.every(_LIFTED_EARLY)]


def _what_was_pulled_is_used_up(tx: ReadTx) -> list[str]:
    """A vial that was pulled for stability is a sample of its own bank, and nothing else can be made of it."""
    wrong = []
    for study in stability.studies(tx):
        programme = queries.specification_facts(tx, study.specification).programme
        for pull in stability.pulls_of(tx, study.lot):
            if pull.vial is None or pull.sample is None or programme is None:
                continue
            vial, sample = manufacturing.container_facts(tx, pull.vial), queries.sample_facts(tx, pull.sample)
            if vial.lot != study.lot or vial.phase is not ContainerPhase.SPENT or sample.container != pull.vial:
                wrong.append(f"vial {pull.vial} was pulled from {study.lot} and is {vial.phase} of {vial.lot}")
            if pull.month not in programme.months:
                wrong.append(f"vial {pull.vial} was pulled for {pull.month} months, which is no time point")
    return wrong


INVARIANTS = (
    *actions.INVARIANTS,
    Invariant("quality.dispositions", "Every lot has a disposition.", _every_lot_has_a_disposition),
    Invariant("quality.decisions", "Every release has its decision.", _a_release_was_decided),
    Invariant("quality.separation", "Nobody releases what they made or tested.", _nobody_releases_their_own),
    Invariant("quality.qualified_person", "A qualified person certifies.", _a_qualified_person_certified),
    Invariant("quality.results", "A release rests on verified results that pass.", _a_release_rests_on_passes),
    Invariant("quality.second_person", "Nobody verifies or closes their own.", _nobody_verifies_their_own),
    Invariant("quality.corrections", "A corrected result stays readable.", _corrections_keep_the_original),
    Invariant("quality.recalls", "What was recalled stays recalled.", _what_was_recalled_stays_recalled),
    Invariant("quality.exercises", "Only a signed recall stops anything.", _a_signature_stops),
    Invariant("quality.issue_tags", "An issue tag follows a release.", _a_tag_follows_a_release),
    Invariant("quality.stability", "What was pulled for stability is used up.", _what_was_pulled_is_used_up),
    Invariant("quality.holds", "A hold ends after it began.", _holds_in_order),
    *OF_INVESTIGATIONS,
)
