"""What stands between a lot and its release. One list of gates serves the rule and the screen alike."""

from collections.abc import Sequence
from datetime import datetime

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.doubts.rules import Doubt
from cellchain.quality.doubts.rules import refusal as doubt_refusal
from cellchain.quality.rules.lifecycles import (
    DispositionPhase,
    ExceptionKind,
    LotKind,
    Outcome,
    ResultPhase,
    Stage,
)
from cellchain.quality.rules.limits import Limit

# Which stages a decision rests on, and which kinds of lot it is for.
RELEASES: dict[str, tuple[frozenset[LotKind], tuple[Stage, ...]]] = {
    "release_for_further_use": (frozenset({LotKind.BANK}), (Stage.FURTHER_USE,)),
    "release_conditionally": (frozenset({LotKind.PRODUCT, LotKind.CONTROL}), (Stage.CONDITIONAL,)),
    "release": (frozenset({LotKind.PRODUCT, LotKind.CONTROL}), (Stage.CONDITIONAL, Stage.FINAL)),
}
# An exception of these kinds is put right, not accepted.
BLOCKING = frozenset(
    {
        ExceptionKind.FAILED,
        ExceptionKind.UNVERIFIED,
        ExceptionKind.MISSING,
        ExceptionKind.DEVIATION_OPEN,
        ExceptionKind.HOLD,
        ExceptionKind.INVESTIGATION_OPEN,
        ExceptionKind.LABELS,
    }
)


@dataclass(frozen=True)
class TestFacts:
    """One test of a stage: its limit, and how far its current results are.

    A test may be done on several samples. `accepted` says that each failure among them was accepted exceptionally.
    """

    limit: Limit
    stage: Stage
    phases: tuple[ResultPhase, ...]
    outcomes: tuple[Outcome, ...]
    accepted: bool = False

    @property
    def is_started(self) -> bool:
        return bool(self.phases)

    @property
    def is_verified(self) -> bool:
        return bool(self.phases) and all(phase is ResultPhase.VERIFIED for phase in self.phases)

    @property
    def is_failed(self) -> bool:
        return self.limit.required and Outcome.FAILED in self.outcomes and not self.accepted

    @property
    def is_settled(self) -> bool:
        return self.is_verified and not self.is_failed


@dataclass(frozen=True)
class ReleaseFacts:
    """Everything that a release is decided on."""

    kind: LotKind
    disposition: DispositionPhase
    batch_complete: bool
    makers: frozenset[str]
    testers: frozenset[str]
    specified: frozenset[Stage]
    tests: tuple[TestFacts, ...]
    reviewed_by: str | None
    review_current: bool
    open_exceptions_count: int
    open_deviations_count: int
    labels_reconciled: bool
    labels_difference: int
    holds_count: int
    expires_at: datetime | None
    doubts: tuple[Doubt, ...] = ()
    qualified: frozenset[str] = frozenset()
    open_investigations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """One condition of a signature: its name, how it stands, and the refusal that it raises while it is shut."""

    name: T
    detail: T
    refusal: Refused | None = None

    @property
    def is_open(self) -> bool:
        return self.refusal is None


def gates(facts: ReleaseFacts, verb: str, by: str, now: datetime) -> tuple[Gate, ...]:
    """The gates of `verb` (release_for_further_use, release_conditionally, release) for the person `by`, in order."""
    stages = RELEASES[verb][1]
    found = [_separate_people(facts, by), _batch(facts), _tests(facts, stages)]
    if verb == "release":
        found.insert(1, _qualified(facts, by))
    if verb == "release_conditionally":
        found += [_running(facts), _siblings(facts), _time(facts, now)]
    found += [_labels(facts), _nothing_open(facts), _review(facts)]
    return tuple(found)


def may_release(facts: ReleaseFacts, verb: str, by: str, now: datetime) -> None:
    """Raises the refusal of the first gate that is shut, or `lot.wrong_kind` where this release is not for the lot."""
    if facts.kind not in RELEASES[verb][0]:
        raise Refused(
            "lot.wrong_kind",
            "A lot of kind “{kind}” is not released this way. Banks are released for further use, bags conditionally "
            "and finally.",
            kind=facts.kind,
        )
    for gate in gates(facts, verb, by, now):
        if gate.refusal is not None:
            raise gate.refusal


def review_gates(facts: ReleaseFacts, open_exceptions: int, by: str) -> tuple[Gate, ...]:
    """The gates of a review by the person `by`: nobody who made or tested the lot, and each exception decided."""
    name = T("Exceptions decided")
    decided = Gate(name, T("Each one was accepted or put right"))
    if open_exceptions:
        refusal = Refused(
            "review.exceptions_open",
            "Exceptions that are not decided or put right: {count}. Settle each one, then sign the review.",
            count=open_exceptions,
        )
        decided = Gate(name, T("Still open: {count}", count=open_exceptions), refusal)
    return _separate_people(facts, by), _batch(facts), decided


def may_review(facts: ReleaseFacts, open_exceptions: int, by: str) -> None:
    """Raises the refusal of the first gate of a review that is shut."""
    for gate in review_gates(facts, open_exceptions, by):
        if gate.refusal is not None:
            raise gate.refusal


def _separate_people(facts: ReleaseFacts, by: str) -> Gate:
    name = T("Separate people")
    if by in facts.makers:
        refusal = Refused("lot.releaser_made_it", "You made or tested this lot. Somebody else has to decide about it.")
        return Gate(name, T("You worked on this batch"), refusal)
    if by in facts.testers:
        refusal = Refused("lot.releaser_tested_it", "You tested this lot. Somebody else has to decide about it.")
        return Gate(name, T("You tested this batch"), refusal)
    return Gate(name, T("You did not make or test this batch"))


def _qualified(facts: ReleaseFacts, by: str) -> Gate:
    name = T("Qualified person")
    if by not in facts.qualified:
        refusal = Refused(
            "lot.not_qualified_person",
            "Only a qualified person certifies a lot. Ask one, or have your own mark entered and countersigned.",
        )
        return Gate(name, T("You do not bear the mark"), refusal)
    return Gate(name, T("You bear the mark"))


def _batch(facts: ReleaseFacts) -> Gate:
    name = T("Batch record complete")
    if not facts.batch_complete:
        return Gate(name, T("The batch is still being worked on"), _not_completed())
    return Gate(name, T("Every step is done and verified"))


def _not_completed() -> Refused:
    return Refused("lot.not_completed", "The batch record is not complete. Complete the batch first.")


def _tests(facts: ReleaseFacts, stages: Sequence[Stage]) -> Gate:
    name = T("Tests complete")
    for stage in stages:
        if stage not in facts.specified:
            refusal = Refused(
                "specification.none_effective",
                "No specification is effective for this kind of lot at stage “{stage}”. Ask QA to approve one.",
                stage=stage,
            )
            return Gate(name, T("No effective specification"), refusal)
    tests = [test for test in facts.tests if test.stage in stages]
    if facts.open_investigations:
        number = facts.open_investigations[0]
        refusal = Refused(
            "lot.investigation_open",
            "Investigation {number} of a failed test is open. It has to be concluded first.",
            number=number,
        )
        return Gate(name, T("{number} is open", number=number), refusal)
    settled = sum(test.is_settled for test in tests)
    detail = T("{settled} of {all} settled", settled=settled, all=len(tests))
    failed = [test.limit.name for test in tests if test.is_failed]
    if failed:
        refusal = Refused(
            "lot.test_failed",
            "{test} failed. Reject the lot. Only the treating physician can ask for its exceptional use.",
            test=failed[0],
        )
        return Gate(name, T("{test} failed", test=failed[0]), refusal)
    missing = [test for test in tests if not test.is_verified]
    if missing:
        refusal = Refused(
            "lot.tests_open",
            "{test} has no verified result, nor have {others} more tests. Enter and verify them first.",
            test=missing[0].limit.name,
            others=len(missing) - 1,
        )
        return Gate(name, detail, refusal)
    return Gate(name, T("{settled} of {all} pass", settled=settled, all=len(tests)))


def _running(facts: ReleaseFacts) -> Gate:
    """A conditional release leaves obligations open: each needs its culture to run and its day to be known."""
    name = T("Final tests running")
    final = [test for test in facts.tests if test.stage is Stage.FINAL]
    waiting = [test for test in final if not test.is_started]
    if Stage.FINAL not in facts.specified or waiting:
        test = waiting[0].limit.name if waiting else T("The final test")
        refusal = Refused(
            "lot.final_test_not_started",
            "{test} was not started. Start it, so that the day of its result is known, then release.",
            test=test,
        )
        return Gate(name, T("Not every final test was started"), refusal)
    failed = [test for test in final if test.is_failed]
    if failed:
        refusal = Refused(
            "lot.test_failed",
            "{test} failed. Reject the lot. Only the treating physician can ask for its exceptional use.",
            test=failed[0].limit.name,
        )
        return Gate(name, T("A final test failed"), refusal)
    return Gate(name, T("{count} started, with their due days", count=len(final)))


def _siblings(facts: ReleaseFacts) -> Gate:
    """What became of the lots of the same bank or passage says something about this one."""
    name = T("Lots of the same origin")
    if facts.doubts:
        doubt = facts.doubts[0]
        return Gate(name, T("{test} of lot {lot}", test=doubt.test, lot=doubt.lot), doubt_refusal(doubt))
    return Gate(name, T("No final result of theirs failed or is overdue"))


def _time(facts: ReleaseFacts, now: datetime) -> Gate:
    name = T("Still in time")
    if facts.expires_at is not None and now >= facts.expires_at:
        refusal = Refused(
            "lot.expired",
            "Every bag of this lot expired by {at}. It cannot be used any more: reject it.",
            at=facts.expires_at,
        )
        return Gate(name, T("Expired {at}", at=facts.expires_at), refusal)
    if facts.expires_at is None:
        return Gate(name, T("No bag with an expiry"))
    return Gate(name, T("Expires {at}", at=facts.expires_at))


def _review(facts: ReleaseFacts) -> Gate:
    name = T("Audit trail reviewed")
    if facts.reviewed_by is None:
        refusal = Refused(
            "lot.not_reviewed", "The audit trail was not reviewed. Decide the exceptions and sign the review."
        )
        return Gate(name, T("Not reviewed yet"), refusal)
    if not facts.review_current or facts.open_exceptions_count:
        refusal = Refused(
            "lot.review_outdated", "Something changed after the review. Look at the exceptions and review again."
        )
        return Gate(name, T("Something changed since"), refusal)
    return Gate(name, T("By {name}", name=facts.reviewed_by))


def _labels(facts: ReleaseFacts) -> Gate:
    name = T("Labels reconciled")
    if not facts.labels_reconciled:
        refusal = Refused(
            "lot.labels_unreconciled",
            "The labels of this lot are not reconciled. Scan back, void or destroy what is missing, then count them.",
        )
        if facts.labels_difference == 0:
            return Gate(name, T("Not counted yet"), refusal)
        return Gate(name, T("Not accounted for: {count}", count=facts.labels_difference), refusal)
    return Gate(name, T("Difference 0"))


def _nothing_open(facts: ReleaseFacts) -> Gate:
    name = T("Nothing open, nothing held")
    if facts.open_deviations_count:
        refusal = Refused(
            "lot.deviation_open",
            "Open deviations: {count}. Assess and close them first.",
            count=facts.open_deviations_count,
        )
        return Gate(name, T("Open deviations: {count}", count=facts.open_deviations_count), refusal)
    if facts.holds_count:
        refusal = Refused("lot.on_hold", "The lot or something it came from is on hold. Lift the hold first.")
        return Gate(name, T("On hold"), refusal)
    return Gate(name, T("No deviation, no hold"))
