"""How deviations are classified, traced, answered and closed, and by when. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.lifecycles import DeviationKind, DeviationPhase, Severity

Complaint = TypeVar("Complaint")

# A new deviation is assessed within days, so that what it reaches is held while it still can be.
DAYS_TO_ASSESS = 3
DAYS_TO_CLOSE: Mapping[Severity, int] = {Severity.CRITICAL: 15, Severity.MAJOR: 30, Severity.MINOR: 30}
# What a class asks for before its deviation is closed (ICH Q9 and Q10: effort follows the risk).
INVESTIGATED = frozenset({Severity.MAJOR, Severity.CRITICAL})

CRITERIA: Mapping[Severity, T] = {
    Severity.MINOR: T("No effect on the quality of the cells, on a recipient or on what the records prove."),
    Severity.MAJOR: T(
        "It may affect the quality of the cells or what the records prove, or a minor one keeps coming back. "
        "Cause and actions are needed."
    ),
    Severity.CRITICAL: T(
        "It harmed or can harm a recipient, or cells may have been mixed up or contaminated. "
        "Cause and actions are needed, and what it reaches is held."
    ),
}
# What a deviation is by the rule that opened it; everything else is a deviation.
KIND_OF_RULE: Mapping[str, DeviationKind] = {"custody:bag:returned": DeviationKind.RETURNED_PRODUCT}


class Reach(StrEnum):
    """How far the trace goes from the thing that a deviation is about."""

    THING = "thing"
    LOT = "lot"
    ORIGIN = "origin"


class CauseKind(StrEnum):
    """Where a cause lies: the six branches of a cause-and-effect diagram (Ishikawa)."""

    METHOD = "method"
    MATERIAL = "material"
    MACHINE = "machine"
    PERSON = "person"
    MEASUREMENT = "measurement"
    ENVIRONMENT = "environment"


def kind_of(rule: str | None) -> DeviationKind:
    """The kind of a deviation that a rule of the house, or somebody, opened."""
    return KIND_OF_RULE.get(rule or "", DeviationKind.DEVIATION)


# ---- by when ---------------------------------------------------------------------------------------------------------


def due_on(phase: DeviationPhase, severity: Severity | None, opened_on: date, extended: date | None) -> date | None:
    """The day by which a deviation has to be assessed, or closed; None where it is closed.

    An extension moves the day of closing alone.
    """
    if phase is DeviationPhase.CLOSED:
        return None
    if phase is DeviationPhase.OPEN or severity is None:
        return opened_on + timedelta(days=DAYS_TO_ASSESS)
    return extended or opened_on + timedelta(days=DAYS_TO_CLOSE[severity])


# ---- assessed, contained, explained ----------------------------------------------------------------------------------


def may_assess(latest: int | None, replaces: int | None) -> None:
    """A later assessment names the one that it takes the place of, so that nobody writes over what they did not read.

    Raises Refused `deviation.assessed_meanwhile`.
    """
    if latest != replaces:
        raise Refused(
            "deviation.assessed_meanwhile",
            "Somebody assessed this deviation meanwhile. Read the assessment, then assess it again if it is wrong.",
        )


def must_be_under_way(phase: DeviationPhase) -> None:
    """Causes, actions and answers belong to a deviation that is not closed. Raises Refused `deviation.closed`."""
    if phase is DeviationPhase.CLOSED:
        raise Refused("deviation.closed", "This deviation is closed. Open a new one about what was found since.")


def must_be_assessed(phase: DeviationPhase) -> None:
    """The class decides what is asked for. Raises Refused `deviation.not_assessed`, `deviation.closed`."""
    must_be_under_way(phase)
    if phase is DeviationPhase.OPEN:
        raise Refused("deviation.not_assessed", "This deviation has no class yet. Assess it first.")


def may_contain(found: Collection[str], fresh: Collection[str]) -> None:
    """A containment holds something that is not held by it yet. Raises Refused `deviation.nothing_to_hold`, `.held`."""
    if not found:
        raise Refused(
            "deviation.nothing_to_hold", "The trace finds no lot, bag or vial. Hold what is concerned by itself."
        )
    if not fresh:
        raise Refused("deviation.held_already", "All of this is held for this deviation already. Nothing was changed.")


def may_determine(kind: object, account: str, before: tuple[object, str] | None) -> None:
    """A cause that is found again says something else. Raises Refused `deviation.cause_unchanged`."""
    if before == (kind, account):
        raise Refused("deviation.cause_unchanged", "This is the cause that stands already. Nothing was changed.")


# ---- complaints ------------------------------------------------------------------------------------------------------


def may_receive(received_at: datetime, now: datetime) -> None:
    """A complaint came in before it is entered. Raises Refused `complaint.in_future`."""
    if received_at > now:
        raise Refused("complaint.in_future", "This time has not come yet. Check when the complaint came in.")


def may_answer(complaint: Complaint | None, *, is_answered: bool) -> Complaint:
    """The complaint that is answered, once. Raises Refused `complaint.not_one`, `complaint.answered_already`."""
    if complaint is None:
        raise Refused("complaint.not_one", "This deviation is no complaint. There is nobody to answer.")
    if is_answered:
        raise Refused("complaint.answered_already", "This complaint was answered already. Nothing was changed.")
    return complaint


# ---- closed ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Concerned:
    """Everybody who had a hand in a deviation."""

    opened_by: str
    assessors: frozenset[str] = frozenset()
    investigators: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()

    @property
    def people(self) -> frozenset[str]:
        """Those who do not close it."""
        return frozenset({self.opened_by}) | self.assessors | self.investigators | self.owners


@dataclass(frozen=True)
class Findings:
    """How far a deviation is: what its class, its kind and its actions still ask for.

    `undone` are the numbers of actions that wait to be done, `unanswered` of those that did not help and that no other
    action follows. `is_there`: the bag that came back has not been destroyed. `investigation` is the number of the one
    about the failed test that is not concluded.
    """

    kind: DeviationKind
    severity: Severity | None
    has_cause: bool
    undone: Sequence[str] = ()
    unanswered: Sequence[str] = ()
    is_answered: bool = True
    is_there: bool = False
    investigation: str | None = None


def missing(found: Findings) -> list[Refused]:
    """Everything that keeps a deviation from being closed, as its closing is refused with it."""
    wanting: list[tuple[bool, Refused]] = [
        (
            found.severity in INVESTIGATED and not found.has_cause,
            Refused(
                "deviation.cause_missing",
                "The root cause is not determined. A major or critical deviation is closed with its cause.",
            ),
        ),
        (
            found.investigation is not None,
            Refused(
                "deviation.investigation_open",
                "Investigation {number} of the failed test is open. Conclude it first.",
                number=found.investigation,
            ),
        ),
        (
            bool(found.undone),
            Refused(
                "deviation.action_undone",
                "Not done yet: {actions}. Wait for them, or withdraw with a reason.",
                actions=", ".join(found.undone),
            ),
        ),
        (
            bool(found.unanswered),
            Refused(
                "deviation.action_not_effective",
                "Not effective: {actions}. Plan another action that follows.",
                actions=", ".join(found.unanswered),
            ),
        ),
        (
            found.kind is DeviationKind.COMPLAINT and not found.is_answered,
            Refused("deviation.complaint_unanswered", "Whoever complained has no answer yet. Record the answer first."),
        ),
        (
            found.kind is DeviationKind.RETURNED_PRODUCT and found.is_there,
            Refused(
                "deviation.returned_not_destroyed",
                "The bag that came back is still there. Destroy it before a second person first.",
            ),
        ),
    ]
    return [refusal for holds, refusal in wanting if holds]


def may_close(who: Concerned, found: Findings, by: str) -> None:
    """A deviation is closed by somebody who had no hand in it, once nothing is missing.

    Raises Refused `deviation.closer_involved` and as `missing` names them.
    """
    if by in who.people:
        raise Refused(
            "deviation.closer_involved",
            "You opened or assessed this deviation, found its cause or own one of its actions. "
            "Another person has to close it.",
        )
    for refusal in missing(found):
        raise refusal
