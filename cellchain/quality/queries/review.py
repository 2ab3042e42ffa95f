"""What a release is decided on, the review that it rests on, and the record that its signature binds."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts import queries as people
from cellchain.accounts.qualified.queries import qualified_people
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.values import dataclass
from cellchain.labels import queries as labels
from cellchain.ledger.queries import Standing as Signed
from cellchain.ledger.queries import signature_standing
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase
from cellchain.platform.db import ReadTx
from cellchain.quality.doubts import queries as doubts
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.models import Decision, Result, Review
from cellchain.quality.queries import deciding, testing
from cellchain.quality.queries.exceptions import Findings, findings_of
from cellchain.quality.rules.lifecycles import (
    DispositionPhase,
    LotKind,
    Stage,
)
from cellchain.quality.rules.release import ReleaseFacts, TestFacts
from cellchain.quality.rules.testing import BESIDE_RELEASE, STAGES_OF

LATEST_REVIEW = select(Review).where(col(Review.lot) == bindparam("lot")).order_by(col(Review.id).desc())
DECISION_AT = select(Decision).where(
    col(Decision.lot) == bindparam("lot"), col(Decision.decided_at) == bindparam("decided_at")
)
RELEASE_EVENTS = {
    DispositionPhase.RELEASED_FOR_FURTHER_USE: "quality:lot:released_for_further_use",
    DispositionPhase.CONDITIONALLY_RELEASED: "quality:lot:conditionally_released",
    DispositionPhase.RELEASED: "quality:lot:released",
    DispositionPhase.REJECTED: "quality:lot:rejected",
}


class Signature(Protocol):
    """A row of the ledger's signatures, as far as it is read here."""

    subject: str
    event: str
    signed_at: datetime
    record_hash: str


@dataclass(frozen=True)
class ReviewFacts:
    """The last signed review of a lot."""

    id: int
    reviewer: str
    reviewed_at: datetime
    exceptions_hash: str
    entries_seen: int


# ---- release facts ---------------------------------------------------------------------------------------------------


def review_of(tx: ReadTx, lot: str) -> ReviewFacts | None:
    """The last review of a lot."""
    row = tx.one(LATEST_REVIEW, lot=lot)
    if row is None:
        return None
    return ReviewFacts(row.id or 0, row.reviewer, row.reviewed_at, row.exceptions_hash, row.entries_seen)


def release_facts(tx: ReadTx, lot: str, found: Findings | None = None) -> ReleaseFacts:
    """Everything that a decision on a lot rests on. `found` saves making the checks twice."""
    findings = findings_of(tx, lot) if found is None else found
    facts = manufacturing.lot_facts(tx, lot)
    kind = LotKind(facts.kind.value)
    disposition = deciding.disposition_of(tx, lot)
    review = review_of(tx, lot)
    stages = [stage for stage in Stage if stage in STAGES_OF[kind] - BESIDE_RELEASE]
    tests: list[TestFacts] = []
    specified: set[Stage] = set()
    for stage in stages:
        if testing.specification_for(tx, lot, kind, stage) is not None:
            specified.add(stage)
            tests += testing.tests_of(tx, lot, kind, stage)
    bags = [bag for bag in manufacturing.containers_of(tx, lot) if bag.kind is ContainerKind.INFUSION_BAG]
    expiries = [bag.expires_at for bag in bags if bag.expires_at is not None and bag.phase is ContainerPhase.FILLED]
    return ReleaseFacts(
        kind=kind,
        disposition=DispositionPhase.QUARANTINED if disposition is None else disposition.phase,
        batch_complete=facts.phase in (LotPhase.COMPLETED, LotPhase.CLOSED),
        makers=manufacturing.people_who_made(tx, lot),
        testers=testing.testers_of(tx, lot),
        specified=frozenset(specified),
        tests=tuple(tests),
        reviewed_by=None if review is None else people.display_name(tx, review.reviewer),
        review_current=review is not None and review.exceptions_hash == findings.digest,
        open_exceptions_count=sum(item.is_open for item in findings.exceptions),
        open_deviations_count=deciding.open_deviations_count(tx, lot),
        labels_reconciled=labels.is_reconciled(tx, lot),
        labels_difference=labels.label_sum(tx, lot).difference,
        holds_count=len(deciding.held_above(tx, lot)),
        doubts=doubts.standing_doubts(tx, lot),
        expires_at=max(expiries, default=None),
        qualified=qualified_people(tx, tx.now),
        open_investigations=tuple(one.number for one in investigations.investigations_of(tx, lot) if one.is_open),
    )


# ---- the signed record -----------------------------------------------------------------------------------------------


def release_record(tx: ReadTx, lot: str) -> Json:
    """The canonical facts that the newest decision's signature binds. None where nothing was decided yet."""
    decisions = deciding.decisions_on(tx, lot)
    return decision_record(tx, decisions[0]) if decisions else None


def decision_record(tx: ReadTx, decision: Decision) -> Json:
    """The facts behind one decision, read from the tables as they are now: whatever was altered since shows."""
    lot = manufacturing.lot_facts(tx, decision.lot)
    results = [tx.get(Result, number) for number in decision.results]
    review = None if decision.review is None else tx.get(Review, decision.review)
    return {
        "lot": lot.code,
        "kind": lot.kind.value,
        "product_code": lot.product_code,
        "master_record": f"{lot.record_name} {lot.record_version}",
        "decision": decision.phase.value,
        "decided_by": decision.decided_by,
        "decided_at": canonical.moment(decision.decided_at),
        "obligations": decision.obligations,
        "specifications": [
            _specification_record(tx, number) for number in sorted({row.specification for row in results})
        ],
        "results": [_result_record(row) for row in results],
        "review": None if review is None else _review_record(review),
        "containers": _containers_record(tx, lot.code),
    }


def signature_intact(tx: ReadTx, signature: Signature) -> bool | None:
    """Whether what a decision's signature bound is still so. None for a signature over something else."""
    if signature.event not in RELEASE_EVENTS.values():
        return None
    decision = tx.one(DECISION_AT, lot=signature.subject, decided_at=signature.signed_at)
    return decision is not None and canonical.digest(decision_record(tx, decision)) == signature.record_hash


def signed_decision(tx: ReadTx, decision: Decision) -> Signed | None:
    """The signature under one decision, and whether it still holds."""
    event = RELEASE_EVENTS.get(decision.phase)
    return None if event is None else signature_standing(tx, decision.lot, event, decision_record(tx, decision))


def record_hash(tx: ReadTx, decision: Decision) -> str:
    """The fingerprint of a decision's record as it stands now."""
    return canonical.digest(decision_record(tx, decision))


def _specification_record(tx: ReadTx, number: int) -> Json:
    specification = testing.specification_facts(tx, number)
    return {
        "name": specification.name,
        "stage": specification.stage.value,
        "version": specification.version,
        "limits_hash": specification.limits_hash,
    }


def _result_record(row: Result) -> Json:
    return {
        "id": row.id,
        "sample": row.sample,
        "test": row.test,
        "stage": row.stage.value,
        "value": row.value,
        "unit": row.unit,
        "outcome": row.outcome.value,
        "entered_by": row.entered_by,
        "verified_by": row.verified_by,
        "phase": row.phase.value,
    }


def _review_record(row: Review) -> Json:
    return {
        "reviewer": row.reviewer,
        "reviewed_at": canonical.moment(row.reviewed_at),
        "exceptions_hash": row.exceptions_hash,
        "entries_seen": row.entries_seen,
    }


def _containers_record(tx: ReadTx, lot: str) -> Json:
    """What was in the product as it was made: what is left of it later changes with its use."""
    made = [
        row
        for row in manufacturing.containers_of(tx, lot)
        if row.kind in (ContainerKind.INFUSION_BAG, ContainerKind.CRYOVIAL)
    ]
    return [
        {
            "code": row.code,
            "content": row.content.value,
            "cells_made_count": row.cells_made_count,
            "volume_made_ul": row.volume_made_ul,
            "expires_at": None if row.expires_at is None else canonical.moment(row.expires_at),
        }
        for row in made
    ]
