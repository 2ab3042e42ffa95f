"""Out of specification: who investigates a failed test, when it is done again, what a conclusion rests on. Pure.

A failure is explained, never averaged away: every result stands for itself, those that were invalidated stay readable,
and how often a test may be done again was fixed in the approved method before anything failed.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.lifecycles import Stage

RETESTS_DEFAULT, RETESTS_MAX = 1, 3
NUMBER_DIGITS = 3


class InvestigationPhase(Phase):
    """The laboratory looks at itself first; without a cause there, everything is looked at; then QA concludes."""

    LABORATORY = "laboratory"
    FULL = "full"
    REPORTED = "reported"
    CONCLUDED = "concluded"


class Finding(StrEnum):
    """What a look at one point of the laboratory's checklist brought."""

    IN_ORDER = "in_order"
    NOT_IN_ORDER = "not_in_order"
    NOT_APPLICABLE = "not_applicable"


class RootCause(StrEnum):
    """Where the full investigation found the cause."""

    LABORATORY = "laboratory"
    SAMPLING = "sampling"
    MANUFACTURING = "manufacturing"
    MATERIAL = "material"
    NOT_FOUND = "not_found"


class Conclusion(StrEnum):
    """The product is out of its specification, or the measurement was wrong."""

    CONFIRMED = "confirmed"
    INVALIDATED = "invalidated"


# The points of the laboratory's checklist, in the order in which they are looked at.
CHECKS = ("sample", "method", "instrument", "calculation", "reagents", "analyst")
# Where the cause lies in the measurement, the value says nothing about the product.
OF_THE_MEASUREMENT = frozenset({RootCause.LABORATORY, RootCause.SAMPLING})

INVESTIGATION = Lifecycle(
    "investigation",
    first=InvestigationPhase.LABORATORY,
    moves={
        "find_laboratory_cause": ([InvestigationPhase.LABORATORY], InvestigationPhase.REPORTED),
        "find_no_laboratory_cause": ([InvestigationPhase.LABORATORY], InvestigationPhase.FULL),
        "investigate_fully": ([InvestigationPhase.FULL], InvestigationPhase.REPORTED),
        "extend_investigation": ([InvestigationPhase.REPORTED], InvestigationPhase.FULL),
        "plan_retests": ([InvestigationPhase.FULL], InvestigationPhase.FULL),
        "conclude_investigation": ([InvestigationPhase.REPORTED], InvestigationPhase.CONCLUDED),
    },
    final=[InvestigationPhase.CONCLUDED],
)


def investigation_number(investigation: int, year: int) -> str:
    """`OOS-26-007`: how people call an investigation. Its key in the table is the number itself."""
    return f"OOS-{year % 100:02d}-{investigation:0{NUMBER_DIGITS}d}"


# ---- who, and with what ----------------------------------------------------------------------------------------------


def may_investigate(by: str, analysts: frozenset[str]) -> None:
    """Whoever read the test does not look into it."""
    if by in analysts:
        raise Refused("investigation.own_test", "You did this test yourself. Somebody else has to investigate it.")


def is_whole(checks: Mapping[str, Finding], *, cause: bool, evidence: str | None) -> None:
    """A cause in the laboratory is a point that was not in order, with what shows it."""
    if not cause:
        return
    if Finding.NOT_IN_ORDER not in checks.values():
        raise Refused(
            "investigation.cause_without_fault",
            "Every point of the checklist is in order, so there is no cause in the laboratory. Mark what is not in "
            "order, or say that no cause was found.",
        )
    if not evidence:
        raise Refused(
            "investigation.evidence_needed", "A cause in the laboratory needs its evidence. Write down what shows it."
        )


@dataclass(frozen=True)
class ConclusionFacts:
    """What a conclusion rests on.

    `analysts` read the test, `investigators` looked into it. `retests_open_count` are retests without a verified value,
    `retests_failed_count` those that failed as well.
    """

    analysts: frozenset[str]
    investigators: frozenset[str]
    has_cause: bool
    retests_open_count: int
    retests_failed_count: int


def may_conclude(facts: ConclusionFacts, conclusion: Conclusion, by: str) -> None:
    """Somebody of QA who did neither concludes; a result is invalidated for a cause and never against a retest."""
    if by in facts.analysts | facts.investigators:
        raise Refused(
            "investigation.concluder_involved",
            "You did this test or investigated it. Another person of QA has to conclude.",
        )
    if facts.retests_open_count:
        raise Refused(
            "investigation.retest_open",
            "Retests without a verified value: {count}. Enter and verify each of them first: all results count.",
            count=facts.retests_open_count,
        )
    if conclusion is Conclusion.CONFIRMED:
        return
    if not facts.has_cause:
        raise Refused(
            "investigation.no_cause",
            "No cause in the measurement was found. The result stands: conclude it as confirmed, or investigate on.",
        )
    if facts.retests_failed_count:
        raise Refused(
            "investigation.retest_failed",
            "A retest failed as well. The result stands: conclude it as confirmed.",
        )


# ---- testing again ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PriorInvestigation:
    """One investigation of the same test, as far as testing again depends on it."""

    number: str
    phase: InvestigationPhase
    conclusion: Conclusion | None
    retests_max: int
    retests_planned: int | None
    analysts: frozenset[str]


@dataclass(frozen=True)
class RetestFacts:
    """What came before a test: `failed_open` is a failure that nobody verified yet, `done_count` the retests so far."""

    failed_open: bool
    investigations: tuple[PriorInvestigation, ...]
    done_count: int


def next_retest(facts: RetestFacts) -> int:
    """0 where nothing failed before; else the number of the retest that the rule permits now. Raises Refused."""
    if not facts.investigations:
        if facts.failed_open:
            raise Refused(
                "retest.not_verified",
                "This test failed on this lot, and nobody has verified that yet. It is done again only under its "
                "investigation.",
            )
        return 0
    if any(one.conclusion is Conclusion.CONFIRMED for one in facts.investigations):
        raise Refused(
            "retest.confirmed",
            "This failure was confirmed. The test is not done again: reject the lot, or ask for its exceptional use.",
        )
    allowed = min(one.retests_max for one in facts.investigations)
    for one in facts.investigations:
        if one.phase is InvestigationPhase.CONCLUDED:
            continue
        if one.retests_planned is None:
            raise Refused(
                "retest.not_permitted",
                "{number} is open. The test is done again only after a cause was found, or as QA plans it there.",
                number=one.number,
            )
        allowed = min(allowed, one.retests_planned)
    if facts.done_count >= allowed:
        raise Refused(
            "retest.limit_reached",
            "The method permits so many retests of a failed test: {allowed}. They are done: the results stand.",
            allowed=allowed,
        )
    return facts.done_count + 1


def may_read_again(retest: int, facts: RetestFacts, by: str) -> None:
    """A retest is another analyst's."""
    if retest and any(by in one.analysts for one in facts.investigations):
        raise Refused("retest.same_analyst", "You did the test that failed. Another analyst has to do the retest.")


def may_plan(*, planned: int | None, count: int, allowed: int, done: int) -> None:
    """Retests without a cause are planned once, before the first of them, and no more than the method permits."""
    if planned is not None:
        raise Refused("retest.planned_already", "Retests were planned already. A plan is not changed once it stands.")
    if count > allowed - done:
        raise Refused(
            "retest.over_rule",
            "The method permits so many retests of a failed test: {allowed}, and done are {done}. Plan no more.",
            allowed=allowed,
            done=done,
        )


def concerns(stage: Stage, sample: str, other: str) -> bool:
    """Whether an earlier test of the lot is the same test: on the way each sample stands for its own moment."""
    return stage is not Stage.IN_PROCESS or sample == other


def may_correct(*, investigated: bool) -> None:
    """A verified failure is not corrected away."""
    if investigated:
        raise Refused(
            "result.under_investigation",
            "This result failed and is investigated. A wrong entry is a cause in the laboratory: record it there.",
        )


def analysts_of(*people: str | None) -> frozenset[str]:
    """Who had the test in hand."""
    return frozenset(person for person in people if person is not None)


def lots_beside(found: Sequence[tuple[str, Sequence[str]]], lot: str) -> dict[str, list[str]]:
    """For each other lot what it shares with `lot`, out of what each shared thing went into."""
    shared: dict[str, list[str]] = {}
    for root, lots in found:
        for other in lots:
            if other not in (lot, root):
                shared.setdefault(other, []).append(root)
    return shared
