"""What the laboratory found: tests that were started, that passed, that were verified, that still say the same."""

from typing import Any

from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.investigations.queries import InvestigationFacts
from cellchain.quality.queries import testing
from cellchain.quality.queries.exceptions.facts import Batch, Checked, ExceptionFacts, Tie
from cellchain.quality.queries.testing import ResultFacts
from cellchain.quality.rules.investigations import Conclusion
from cellchain.quality.rules.lifecycles import ExceptionKind, LotKind, Outcome, ResultPhase, Stage

CONCLUSIONS = {
    Conclusion.CONFIRMED: T("The failure is confirmed."),
    Conclusion.INVALIDATED: T("The result is invalidated and does not count."),
}


def started(tx: ReadTx, batch: Batch) -> Checked:
    """Tests that the next decision needs. Those that nobody started are one exception a stage, not one a test."""
    found, all_started = [], 0
    for stage in _stages_to_see(batch.kind):
        tests = testing.tests_of(tx, batch.lot, batch.kind, stage)
        missing = tuple(test.limit.name for test in tests if not test.is_started)
        all_started += len(tests) - len(missing)
        if missing:
            found.append(
                ExceptionFacts(
                    key=f"missing:{stage.value}",
                    kind=ExceptionKind.MISSING,
                    title=T("Tests that were not started: {count}", count=len(missing)),
                    tests=missing,
                    href=f"/quality/lots/{batch.lot}#tests",
                )
            )
    return Checked(all_started, tuple(found))


def _stages_to_see(kind: LotKind) -> tuple[Stage, ...]:
    return (Stage.FURTHER_USE,) if kind is LotKind.BANK else (Stage.CONDITIONAL, Stage.FINAL)


def passed(tx: ReadTx, batch: Batch) -> Checked:
    """Results that count now, against the version of the specification that the lot is judged by."""
    beside = {one.result: one for one in investigations.investigations_of(tx, batch.lot)}
    found = tuple(
        _unsettled(result, beside.get(result.id))
        for result in _current(batch)
        if result.phase is ResultPhase.PENDING or result.outcome is Outcome.FAILED
    )
    return Checked(len(_current(batch)) - len(found), found)


def _unsettled(result: ResultFacts, investigation: InvestigationFacts | None) -> ExceptionFacts:
    name = result.limit.name
    if result.phase is ResultPhase.PENDING:
        return ExceptionFacts(
            key=f"pending:{result.id}",
            kind=ExceptionKind.PENDING if result.stage is Stage.FINAL else ExceptionKind.MISSING,
            title=T("{test} is pending", test=name),
            detail=T("Its result is due {day}. Until then the release can only be conditional.", day=result.due_on),
            **_said(result),
        )
    return ExceptionFacts(
        key=f"result:{result.id}",
        kind=ExceptionKind.OUT_OF_LIMIT if result.accepted else ExceptionKind.FAILED,
        title=T("{test} failed and was accepted exceptionally", test=name)
        if result.accepted
        else T("{test} failed", test=name),
        tie=Tie("quality:result:failed", {"result": result.id}),
        **(_said(result) if investigation is None else {**_said(result), "href": _place(investigation)}),
    )


def verified(tx: ReadTx, batch: Batch) -> Checked:
    """Results that a second person verified. Those that wait for one are one exception together."""
    entered = [result for result in _current(batch) if result.phase is ResultPhase.ENTERED]
    done = sum(result.phase is ResultPhase.VERIFIED for result in _current(batch))
    if not entered:
        return Checked(done)
    waiting = ExceptionFacts(
        key="unverified",
        kind=ExceptionKind.UNVERIFIED,
        title=T("Results that wait for a second person: {count}", count=len(entered)),
        tests=tuple(result.limit.name for result in entered),
        href="/quality/samples",
    )
    return Checked(done, (waiting,))


def unchanged(tx: ReadTx, batch: Batch) -> Checked:
    """Results that are what was entered first."""
    originals = {result.id: result for result in batch.results}
    found = []
    for result in _current(batch):
        original = originals.get(result.replaces or 0)
        if original is not None:
            title = T("{test} was changed after entry", test=result.limit.name)
            said = {**_said(result), "before": original.value, "note": result.reason}
            key = f"result_corrected:{result.id}"
            found.append(ExceptionFacts(key=key, kind=ExceptionKind.CORRECTED, title=title, **said))
    return Checked(len(_current(batch)) - len(found), tuple(found))


def investigated(tx: ReadTx, batch: Batch) -> Checked:
    """Failures that were investigated to their end. One that still counts has its line as a failed test already."""
    counting = {result.id for result in _current(batch)}
    every = investigations.investigations_of(tx, batch.lot)
    found = tuple(_investigation(tx, one) for one in every if one.result not in counting)
    return Checked(sum(not one.is_open for one in every if one.result in counting), found)


def _investigation(tx: ReadTx, one: InvestigationFacts) -> ExceptionFacts:
    result = testing.result_facts(tx, one.result)
    kind, title = (
        (ExceptionKind.INVESTIGATION_OPEN, T("{number}, {test} out of specification: open"))
        if one.is_open
        else (ExceptionKind.INVESTIGATION_CONCLUDED, T("{number}, {test} out of specification: concluded"))
    )
    return ExceptionFacts(
        key=f"investigation:{one.id}",
        kind=kind,
        title=T(title.template, number=one.number, test=result.limit.name),
        detail=None if one.conclusion is None else CONCLUSIONS[one.conclusion],
        after=result.value,
        unit=result.limit.unit,
        note=one.reasoning,
        person=one.concluded_by or one.analyst,
        happened_at=one.opened_at,
        entered_at=one.concluded_at or one.opened_at,
        href=_place(one),
    )


def _place(one: InvestigationFacts) -> str:
    return f"/quality/investigations/{one.id}"


def _current(batch: Batch) -> list[ResultFacts]:
    return [result for result in batch.results if result.is_current]


def _said(result: ResultFacts) -> dict[str, Any]:
    return {
        "after": result.value,
        "unit": result.limit.unit,
        "person": result.entered_by or result.started_by,
        "happened_at": result.measured_at,
        "entered_at": result.entered_at,
        "href": f"/quality/samples/{result.sample}",
    }
