"""When a specification takes effect, a sample is taken, and a result is entered, verified or corrected."""

from collections.abc import Sequence
from datetime import date, datetime

from cellchain.kernel.errors import Refused
from cellchain.quality.rules.lifecycles import LotKind, Purpose, ResultPhase, Stage
from cellchain.quality.rules.limits import Limit

STAGES_OF: dict[LotKind, frozenset[Stage]] = {
    LotKind.BANK: frozenset({Stage.IN_PROCESS, Stage.FURTHER_USE, Stage.STABILITY}),
    LotKind.PRODUCT: frozenset({Stage.IN_PROCESS, Stage.CONDITIONAL, Stage.FINAL}),
    LotKind.CONTROL: frozenset({Stage.IN_PROCESS, Stage.CONDITIONAL, Stage.FINAL}),
}

# What no release waits for: recorded on the way, or long after it.
BESIDE_RELEASE = frozenset({Stage.IN_PROCESS, Stage.STABILITY})


def may_draft(kind: LotKind, stage: Stage) -> None:
    """A bank is released for further use and followed afterwards, everything else conditionally and finally."""
    if stage not in STAGES_OF[kind]:
        raise Refused(
            "specification.stage",
            "A lot of kind “{kind}” has no stage “{stage}”. Choose another stage.",
            kind=kind,
            stage=stage,
        )


def may_approve(drafted_by: str, by: str) -> None:
    """Whoever wrote a specification neither approves it nor countersigns its approval."""
    if by == drafted_by:
        raise Refused("specification.own_draft", "You drafted this specification. Another person has to approve it.")


def may_take_sample(*, lot: str | None, lot_open: bool) -> str:
    """The lot that a sample belongs to: a sample comes out of a container of an open lot."""
    if lot is None:
        raise Refused("sample.no_lot", "This container belongs to no lot yet. Scan a container of an open lot.")
    if not lot_open:
        raise Refused("sample.lot_not_open", "This lot is not open any more. Samples are taken while it is worked on.")
    return lot


def limit_for(limits: tuple[Limit, ...] | None, test: str, stage: Stage) -> Limit:
    """The limit of `test`, where an effective specification of the stage has one."""
    if limits is None:
        raise Refused(
            "specification.none_effective",
            "No specification is effective for this kind of lot at stage “{stage}”. Ask QA to approve one.",
            stage=stage,
        )
    for limit in limits:
        if limit.test == test:
            return limit
    raise Refused(
        "specification.no_such_test",
        "The effective specification has no test “{test}” at stage “{stage}”. Choose one of its tests.",
        test=test.replace("_", " "),
        stage=stage,
    )


def may_record(
    *,
    limit: Limit,
    value: str | None,
    known: ResultPhase | None,
    taken_at: datetime,
    measured_at: datetime,
    now: datetime,
) -> None:
    """A test is started without its value once, and its value is entered once."""
    if measured_at < taken_at:
        raise Refused("result.before_sample", "The sample was taken after this time. Check when the test was read.")
    if measured_at > now:
        raise Refused("result.in_future", "This time has not come yet. Check when the test was read.")
    if known is not None and known is not ResultPhase.PENDING:
        raise Refused(
            "result.exists", "This test has its result already. Correct that result, with a reason, if it is wrong."
        )
    if value is None and known is ResultPhase.PENDING:
        raise Refused("result.pending_already", "This test is running already. Enter its value when it is known.")
    if value is None and limit.due_days is None:
        raise Refused("result.value_needed", "This test has its value at once. Enter the value.")


def may_keep(purpose: Purpose, keep_until: date | None, today: date) -> None:
    """A retained sample says until when it is kept, and no other does. Raises Refused `sample.keep_until_*`."""
    if purpose is Purpose.RETENTION and (keep_until is None or keep_until <= today):
        raise Refused("sample.keep_until_needed", "A retained sample is kept for some time. Enter its last day.")
    if purpose is not Purpose.RETENTION and keep_until is not None:
        raise Refused("sample.keep_until_odd", "Only a retained sample has a last day. Leave it out.")


def may_discard(keep_until: date | None, today: date) -> None:
    """A retained sample is there through its last day. Raises Refused `sample.retained`."""
    if keep_until is not None and today <= keep_until:
        raise Refused(
            "sample.retained", "This sample is retained until {day}. It is discarded after that day.", day=keep_until
        )


def may_verify(entered_by: str | None, by: str) -> None:
    """Nobody verifies their own result."""
    if by == entered_by:
        raise Refused("result.verifier_entered", "You entered this result. Another person has to verify it.")


def each_once(results: Sequence[int]) -> None:
    """One act verifies a result once. Raises Refused `result.named_twice`."""
    if len(set(results)) < len(results):
        raise Refused("result.named_twice", "A result stands twice in this list. Name each of them once.")


def may_correct(value: str | None, corrected: str, reason: str | None) -> None:
    """A correction changes something and says why. The original stays readable."""
    if value == corrected:
        raise Refused("result.unchanged", "This is the value that stands already. Nothing was changed.")
    if not reason:
        raise Refused("result.reason_needed", "A correction needs a reason. The original value stays readable.")
