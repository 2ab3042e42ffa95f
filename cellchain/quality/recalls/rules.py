"""What a recall goes by, how far it is, and what was found of it. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.lifecycles import DispositionPhase, Outcome

WINDOW_MAX = timedelta(days=366)


class RecallKind(StrEnum):
    """A recall stops what it reaches. An exercise stops nothing: it shows whether a recall would find everything."""

    RECALL = "recall"
    EXERCISE = "exercise"


class RecallPhase(Phase):
    STARTED = "started"
    LISTED = "listed"
    SIGNED = "signed"
    CLOSED = "closed"


class Audience(StrEnum):
    """Who is told, and has to say that they have read it."""

    QA = "qa"
    PHYSICIAN = "physician"
    SPONSOR = "sponsor"


class AlertPhase(Phase):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"


RECALL = Lifecycle(
    "recall",
    first=RecallPhase.STARTED,
    moves={
        "list_recall": ([RecallPhase.STARTED, RecallPhase.LISTED], RecallPhase.LISTED),
        "recall": ([RecallPhase.LISTED], RecallPhase.SIGNED),
        "close_recall": ([RecallPhase.LISTED, RecallPhase.SIGNED], RecallPhase.CLOSED),
    },
    final=[RecallPhase.CLOSED],
)
ALERT = Lifecycle(
    "alert",
    first=AlertPhase.RAISED,
    moves={"acknowledge_alert": ([AlertPhase.RAISED], AlertPhase.ACKNOWLEDGED)},
    final=[AlertPhase.ACKNOWLEDGED],
)


@dataclass(frozen=True)
class Criteria:
    """Where the fault lies. What is named together narrows: an incubator and a window, a person and a material lot.

    root, also    things, machines or people: everything that came out of both of them
    deviation     the lot and the thing that a deviation is about
    since, until  only what they had to do with in this time; alone, everything that was worked on in it
    origin        go back to the donors of what is named first, and take everything of theirs
    """

    root: str | None = None
    also: str | None = None
    deviation: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    origin: bool = False

    @property
    def subject(self) -> str:
        """What the ledger says that it is about."""
        return self.root or self.also or (f"DV{self.deviation}" if self.deviation is not None else "WINDOW")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was named."""
        return all(part is None for part in (self.root, self.also, self.deviation, self.since, self.until))


def may_search(criteria: Criteria) -> None:
    """Raises Refused `recall.no_criterion`, Invalid for a window that is none or has one end alone."""
    if criteria.is_empty:
        raise Refused(
            "recall.no_criterion", "Nothing says where the fault lies. Name a thing, a person, a deviation or a time."
        )
    since, until = criteria.since, criteria.until
    if since is not None and until is not None and since > until:
        raise Invalid({"until": T("The window ends before it begins. Correct one of the two times.")})
    if criteria.root is None and criteria.also is None and criteria.deviation is None:
        if since is None or until is None:
            raise Invalid({"until": T("A window alone needs both ends. Enter from when and until when.")})
        if until - since > WINDOW_MAX:
            raise Invalid({"until": T("A window alone spans a year at most. Name a thing or a person as well.")})


def may_recall(*, found: int, recalled: bool) -> None:
    """A recall calls something back, and calls it back once."""
    if not found:
        raise Refused("recall.nothing", "No lot and no bag came out of this. There is nothing to recall.")
    if recalled:
        raise Refused("recall.done_already", "Everything that came out of this was recalled already.")


def may_sign(kind: RecallKind) -> None:
    """An exercise is never turned into a recall: what was practised stays what it was."""
    if kind is RecallKind.EXERCISE:
        raise Refused("recall.is_exercise", "This is an exercise: nothing of it is stopped. Start a recall instead.")


def may_show(*, seen: str | None, found: str) -> None:
    """What was on the screen is what is signed."""
    if seen is not None and seen != found:
        raise Refused(
            "recall.scope_changed", "What a recall would reach changed meanwhile. Look at it again, then sign."
        )


def may_account(kind: RecallKind, phase: RecallPhase, *, known: bool, subject: str) -> None:
    """What is accounted for was listed, and by a recall that stands: signed, or an exercise with its list."""
    open_phase = RecallPhase.LISTED if kind is RecallKind.EXERCISE else RecallPhase.SIGNED
    if phase is not open_phase:
        raise Refused(
            "recall.not_open",
            "Things are counted between the signature and the end of a recall. This one is not there.",
        )
    if not known:
        raise Refused(
            "recall.not_an_item", "{subject} is not on the list of this recall. Scan the label again.", subject=subject
        )


def may_close(kind: RecallKind, phase: RecallPhase, *, unread: int) -> None:
    """A recall ends when it was signed and everybody who was told has read it."""
    if kind is RecallKind.RECALL and phase is RecallPhase.LISTED:
        raise Refused("recall.not_signed", "This recall was not signed: nothing is stopped. Sign it, then close it.")
    if unread:
        raise Refused(
            "recall.unread", "Alerts that nobody has acknowledged: {count}. Call these people first.", count=unread
        )


def may_acknowledge(audience: Audience, roles: Collection[str], *, raised_by: str, by: str) -> None:
    """An alert is read by whom it was raised for, and never by whoever raised it."""
    if audience.value not in roles:
        raise Refused(
            "alert.not_for_you",
            "This alert is for somebody of the role “{role}”. They have to acknowledge it themselves.",
            role=audience.value,
        )
    if raised_by == by:
        raise Refused("alert.own", "You raised this alert yourself. Somebody else has to acknowledge it.")


def may_report_late(*, outcome: Outcome, phase: DispositionPhase, reported: bool) -> None:
    """A late positive is a failed test of a lot that was released before the test was known."""
    if outcome is not Outcome.FAILED:
        raise Refused("result.not_failed", "This result did not fail. Enter the positive result first.")
    if phase not in (
        DispositionPhase.CONDITIONALLY_RELEASED,
        DispositionPhase.RELEASED,
        DispositionPhase.RELEASED_FOR_FURTHER_USE,
    ):
        raise Refused("late_positive.not_released", "This lot was not released. Reject it: nothing has left the house.")
    if reported:
        raise Refused("late_positive.reported_already", "This result was reported already. See its deviation.")


@dataclass(frozen=True)
class Tally:
    """What a recall found, and how much of it somebody or the record can answer for.

    gone      given, used up, destroyed or thrown away: the record says where it ended
    set_apart found by somebody and put aside under this recall
    sought    still somewhere, and not set apart yet
    """

    gone: int
    set_apart: int
    sought: int

    @property
    def found(self) -> int:
        """Everything on the list."""
        return self.gone + self.set_apart + self.sought

    @property
    def accounted(self) -> int:
        """What is answered for."""
        return self.gone + self.set_apart

    @property
    def effectiveness_permille(self) -> int:
        """Accounted for out of found, rounded down: 1000 is said only when nothing is missing."""
        return 1000 if not self.found else self.accounted * 1000 // self.found


def minutes_between(begin: datetime, end: datetime) -> int:
    """Whole minutes that a stopwatch shows, rounded up: nothing takes no time."""
    return -int(-(end - begin).total_seconds() // 60)
