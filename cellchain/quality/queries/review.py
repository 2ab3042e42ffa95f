"""What a review by exception brings up, what a release is decided on, and the record that its signature binds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts import queries as people
from cellchain.accounts.qualified.queries import qualified_people
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.ledger.queries import Standing as Signed
from cellchain.ledger.queries import signature_standing
from cellchain.manufacturing import batch_record
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.record_views import LotPage, StepView, ValueView
from cellchain.manufacturing.rules.definition import Standing as Place
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase, StepPhase, ValuePhase
from cellchain.platform.db import ReadTx
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.models import AcceptedException, Decision, Result, Review
from cellchain.quality.queries import deciding, testing
from cellchain.quality.queries.testing import ResultFacts
from cellchain.quality.rules import release as rules
from cellchain.quality.rules.investigations import Conclusion
from cellchain.quality.rules.lifecycles import (
    DeviationPhase,
    DispositionPhase,
    ExceptionKind,
    LotKind,
    Outcome,
    ResultPhase,
    Stage,
)
from cellchain.quality.rules.release import ReleaseFacts, TestFacts
from cellchain.quality.rules.testing import STAGES_OF

STAGES_MAX = 4
CONCLUSIONS = {
    Conclusion.CONFIRMED: T("The failure is confirmed."),
    Conclusion.INVALIDATED: T("The result is invalidated and does not count."),
}

LATEST_REVIEW = select(Review).where(col(Review.lot) == bindparam("lot")).order_by(col(Review.id).desc())
ACCEPTED = select(AcceptedException).where(col(AcceptedException.lot) == bindparam("lot"))
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
class Acceptance:
    """Who accepted an exception, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class ExceptionFacts:
    """One thing that a reviewer has to look at. `key` names it for ever; `step` and `parameter` have words in both
    languages; `before` and `after` are a value as it was entered and as it stands."""

    key: str
    kind: ExceptionKind
    title: T
    step: Any = None
    parameter: Any = None
    before: str | None = None
    after: str | None = None
    unit: str = ""
    note: str | None = None
    detail: T | None = None
    tests: tuple[T, ...] = ()
    person: str | None = None
    happened_at: datetime | None = None
    entered_at: datetime | None = None
    href: str = ""
    accepted: Acceptance | None = None

    @property
    def is_blocking(self) -> bool:
        """Whether it has to be put right before anything is signed."""
        return self.kind in rules.BLOCKING

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision. A running final test waits for its day, not for a reviewer."""
        return self.accepted is None and self.kind is not ExceptionKind.PENDING and not self.is_blocking


@dataclass(frozen=True)
class ReviewFacts:
    """The last signed review of a lot."""

    id: int
    reviewer: str
    reviewed_at: datetime
    exceptions_hash: str
    entries_seen: int


# ---- exceptions ------------------------------------------------------------------------------------------------------


def exceptions_of(tx: ReadTx, lot: str) -> tuple[ExceptionFacts, ...]:
    """Everything about a lot that is not plainly as it should be, in a stable order."""
    page = batch_record.lot_page(tx, lot)
    accepted = {
        row.exception: Acceptance(row.accepted_by, row.accepted_at) for row in tx.many(ACCEPTED, limit=500, lot=lot)
    }
    found = [
        *_of_steps(page),
        *_of_tests(tx, lot),
        *_of_results(testing.results_of(tx, lot)),
        *_of_investigations(tx, lot),
        *_of_deviations(tx, lot),
        *_of_labels(tx, lot),
    ]
    return tuple(_with(item, accepted.get(item.key)) for item in found)


def within_limits_count(tx: ReadTx, lot: str) -> int:
    """How many values and results of a lot are as they should be."""
    values = [value for value in batch_record.values_of(tx, lot) if value.phase is ValuePhase.CURRENT]
    results = [result for result in testing.results_of(tx, lot) if result.is_current]
    return sum(value.standing is Place.WITHIN for value in values) + sum(
        result.outcome is Outcome.PASSED for result in results
    )


def exceptions_hash(found: tuple[ExceptionFacts, ...]) -> str:
    """What a review was about: changes as soon as an exception comes, goes, or becomes one of another kind."""
    return canonical.digest([[item.key, item.kind.value] for item in found])


def _with(item: ExceptionFacts, accepted: Acceptance | None) -> ExceptionFacts:
    return item if accepted is None else ExceptionFacts(**{**vars(item), "accepted": accepted})


def _of_steps(page: LotPage) -> Iterator[ExceptionFacts]:
    for view in page.steps:
        if view.step.verified and view.phase is not StepPhase.VERIFIED:
            yield ExceptionFacts(
                key=f"step:{view.id}",
                kind=ExceptionKind.UNVERIFIED,
                title=T("A step was not verified by a second person"),
                step=view.step.title,
                person=view.performer,
                happened_at=view.completed_at or view.started_at,
                href=f"/code/{page.lot.code}",
            )
        for value in view.values:
            if value.phase is ValuePhase.CURRENT:
                yield from _of_value(page.lot.code, view, value)


def _of_value(lot: str, view: StepView, value: ValueView) -> Iterator[ExceptionFacts]:
    common: dict[str, Any] = {
        "step": view.step.title,
        "parameter": None if value.title is None else value.title.title,
        "after": f"{value.value:f}",
        "unit": value.unit,
        "note": value.reason,
        "person": value.entered_by,
        "happened_at": value.event_at,
        "entered_at": value.entered_at,
        "href": f"/code/{lot}",
    }
    if value.standing is not Place.WITHIN:
        title = T("A value is outside its limit")
        yield ExceptionFacts(key=f"value:{value.id}", kind=ExceptionKind.OUT_OF_LIMIT, title=title, **common)
    replaced = view.corrected(value)
    if replaced:
        title = T("A value was changed after entry")
        before = f"{replaced[-1].value:f}"
        yield ExceptionFacts(
            key=f"corrected:{value.id}", kind=ExceptionKind.CORRECTED, title=title, **{**common, "before": before}
        )
    elif value.is_late:
        title = T("A value was entered late")
        yield ExceptionFacts(key=f"late:{value.id}", kind=ExceptionKind.LATE_ENTRY, title=title, **common)


def _of_tests(tx: ReadTx, lot: str) -> Iterator[ExceptionFacts]:
    """Tests that the next decision needs and that nobody started: one exception a stage, not one a test."""
    for stage in _stages_to_see(tx, lot):
        tests = testing.tests_of(tx, lot, testing.kind_of(tx, lot), stage)
        missing = tuple(test.limit.name for test in tests if not test.is_started)
        if missing:
            yield ExceptionFacts(
                key=f"missing:{stage.value}",
                kind=ExceptionKind.MISSING,
                title=T("Tests that were not started: {count}", count=len(missing)),
                tests=missing,
                href=f"/quality/lots/{lot}#tests",
            )


def _stages_to_see(tx: ReadTx, lot: str) -> tuple[Stage, ...]:
    if testing.kind_of(tx, lot) is LotKind.BANK:
        return (Stage.FURTHER_USE,)
    return (Stage.CONDITIONAL, Stage.FINAL)


def _of_results(results: list[ResultFacts]) -> Iterator[ExceptionFacts]:
    originals = {result.id: result for result in results}
    entered = [result for result in results if result.phase is ResultPhase.ENTERED]
    if entered:
        yield ExceptionFacts(
            key="unverified",
            kind=ExceptionKind.UNVERIFIED,
            title=T("Results that wait for a second person: {count}", count=len(entered)),
            tests=tuple(result.limit.name for result in entered),
            href="/quality/samples",
        )
    for result in results:
        if result.is_current:
            yield from _of_result(result, originals.get(result.replaces or 0))


def _of_result(result: ResultFacts, original: ResultFacts | None) -> Iterator[ExceptionFacts]:
    name = result.limit.name
    common: dict[str, Any] = {
        "after": result.value,
        "unit": result.limit.unit,
        "person": result.entered_by or result.started_by,
        "happened_at": result.measured_at,
        "entered_at": result.entered_at,
        "href": f"/quality/samples/{result.sample}",
    }
    if result.phase is ResultPhase.PENDING:
        title = T("{test} is pending", test=name)
        detail = T("Its result is due {day}. Until then the release can only be conditional.", day=result.due_on)
        kind = ExceptionKind.PENDING if result.stage is Stage.FINAL else ExceptionKind.MISSING
        yield ExceptionFacts(key=f"pending:{result.id}", kind=kind, title=title, detail=detail, **common)
        return
    if result.outcome is Outcome.FAILED:
        kind = ExceptionKind.OUT_OF_LIMIT if result.accepted else ExceptionKind.FAILED
        title = (
            T("{test} failed and was accepted exceptionally", test=name)
            if result.accepted
            else T("{test} failed", test=name)
        )
        yield ExceptionFacts(key=f"result:{result.id}", kind=kind, title=title, **common)
    if original is not None:
        title = T("{test} was changed after entry", test=name)
        yield ExceptionFacts(
            key=f"result_corrected:{result.id}",
            kind=ExceptionKind.CORRECTED,
            title=title,
            **{**common, "before": original.value, "note": result.reason},
        )


def _of_investigations(tx: ReadTx, lot: str) -> Iterator[ExceptionFacts]:
    for one in investigations.investigations_of(tx, lot):
        result = testing.result_facts(tx, one.result)
        if one.is_open:
            kind = ExceptionKind.INVESTIGATION_OPEN
            title = T("{number}, {test} out of specification: open", number=one.number, test=result.limit.name)
        else:
            kind = ExceptionKind.INVESTIGATION_CONCLUDED
            title = T("{number}, {test} out of specification: concluded", number=one.number, test=result.limit.name)
        yield ExceptionFacts(
            key=f"investigation:{one.id}",
            kind=kind,
            title=title,
            detail=None if one.conclusion is None else CONCLUSIONS[one.conclusion],
            after=result.value,
            unit=result.limit.unit,
            note=one.reasoning,
            person=one.concluded_by or one.analyst,
            happened_at=one.opened_at,
            entered_at=one.concluded_at or one.opened_at,
            href=f"/quality/investigations/{one.id}",
        )


def _of_deviations(tx: ReadTx, lot: str) -> Iterator[ExceptionFacts]:
    for deviation in deciding.deviations_of(tx, lot):
        closed = deviation.phase is DeviationPhase.CLOSED
        title = T("Deviation {number}: {title}", number=deviation.number, title=deviation.title)
        yield ExceptionFacts(
            key=f"deviation:{deviation.id}",
            kind=ExceptionKind.DEVIATION_CLOSED if closed else ExceptionKind.DEVIATION_OPEN,
            title=title,
            note=deviation.conclusion if closed else None,
            detail=deviation.account,
            person=deviation.closed_by or deviation.opened_by,
            happened_at=deviation.happened_at,
            entered_at=deviation.closed_at or deviation.opened_at,
            href=f"/quality/deviations/{deviation.id}",
        )


def _of_labels(tx: ReadTx, lot: str) -> Iterator[ExceptionFacts]:
    if not labels.is_reconciled(tx, lot):
        yield ExceptionFacts(
            key="labels",
            kind=ExceptionKind.LABELS,
            title=T("Labels are not reconciled"),
            detail=T("Count them once everything is scanned back, void or destroyed."),
            href=f"/do/labels/reconcile?lot={lot}&next=/quality/lots/{lot}",
        )


# ---- release facts ---------------------------------------------------------------------------------------------------


def review_of(tx: ReadTx, lot: str) -> ReviewFacts | None:
    """The last review of a lot."""
    row = tx.one(LATEST_REVIEW, lot=lot)
    if row is None:
        return None
    return ReviewFacts(row.id or 0, row.reviewer, row.reviewed_at, row.exceptions_hash, row.entries_seen)


def release_facts(tx: ReadTx, lot: str, found: tuple[ExceptionFacts, ...] | None = None) -> ReleaseFacts:
    """Everything that a decision on a lot rests on. `found` saves reading the exceptions twice."""
    exceptions = exceptions_of(tx, lot) if found is None else found
    facts = manufacturing.lot_facts(tx, lot)
    kind = LotKind(facts.kind.value)
    disposition = deciding.disposition_of(tx, lot)
    review = review_of(tx, lot)
    stages = [stage for stage in Stage if stage in STAGES_OF[kind] and stage is not Stage.IN_PROCESS]
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
        review_current=review is not None and review.exceptions_hash == exceptions_hash(exceptions),
        open_exceptions_count=sum(item.is_open for item in exceptions),
        open_deviations_count=deciding.open_deviations_count(tx, lot),
        labels_reconciled=labels.is_reconciled(tx, lot),
        labels_difference=labels.label_sum(tx, lot).difference,
        holds_count=len(deciding.held_above(tx, lot)),
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
