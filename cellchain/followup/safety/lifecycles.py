"""Words and phases of safety: what an adverse event is, what is judged of it, and the reports it owes. Pure."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T


class Seriousness(StrEnum):
    """What makes an event serious. Grade says how severe it is, which is another question."""

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL = "congenital"
    IMPORTANT = "important"


class Relatedness(StrEnum):
    """How the physician judges that the treatment caused the event."""

    UNRELATED = "unrelated"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"


class Expectedness(StrEnum):
    """Whether the reference safety information names the event at this severity."""

    EXPECTED = "expected"
    UNEXPECTED = "unexpected"


class EventOutcome(StrEnum):
    """How an event ended."""

    RECOVERED = "recovered"
    RECOVERED_WITH_SEQUELAE = "recovered_with_sequelae"
    NOT_RECOVERED = "not_recovered"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class EventPhase(Phase):
    """An event is open while anything about it is still to be said."""

    OPEN = "open"
    CLOSED = "closed"


class ClockKind(StrEnum):
    """Which report a clock counts for."""

    INVESTIGATOR = "investigator_24h"
    FATAL = "fatal_7"
    FULL = "full_15"
    OTHER = "other_15"

    @property
    def label(self) -> T:
        """The report in words."""
        return _CLOCKS[self]


class ClockPhase(Phase):
    """A clock runs until its report is submitted. Nothing else stops it."""

    RUNNING = "running"
    SUBMITTED = "submitted"


class ClockState(StrEnum):
    """How far a running clock is."""

    ON_TIME = "on_time"
    HALF = "half"
    WARN = "warn"
    LATE = "late"


class ActionTaken(StrEnum):
    """What was done with the treatment because of the event (CTCAE leaves that to the report; ICH E2B, G.k.8)."""

    NONE = "none"
    SLOWED = "slowed"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    DISCONTINUED = "discontinued"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> T:
        """The action in words."""
        return _ACTIONS[self]


class Judge(StrEnum):
    """Who judges cause and expectedness. Both judgements are kept; neither replaces the other (ICH E2A, III.A)."""

    INVESTIGATOR = "investigator"
    SPONSOR = "sponsor"


class ReportKind(StrEnum):
    """Which report on an event it is."""

    INITIAL = "initial"
    FOLLOW_UP = "follow_up"
    FINAL = "final"

    @property
    def label(self) -> T:
        """The kind in words."""
        return _REPORTS[self]


_ACTIONS = {
    ActionTaken.NONE: T("nothing changed"),
    ActionTaken.SLOWED: T("infusion slowed"),
    ActionTaken.INTERRUPTED: T("infusion interrupted"),
    ActionTaken.STOPPED: T("infusion stopped"),
    ActionTaken.DISCONTINUED: T("treatment discontinued"),
    ActionTaken.NOT_APPLICABLE: T("not applicable"),
}
_REPORTS = {
    ReportKind.INITIAL: T("Initial report"),
    ReportKind.FOLLOW_UP: T("Follow-up report"),
    ReportKind.FINAL: T("Final report"),
}
_CLOCKS = {
    ClockKind.INVESTIGATOR: T("24-hour report to the sponsor"),
    ClockKind.FATAL: T("7-day report"),
    ClockKind.FULL: T("Full report"),
    ClockKind.OTHER: T("15-day report"),
}
GRADES = {
    1: T("1, mild"),
    2: T("2, moderate"),
    3: T("3, severe"),
    4: T("4, life-threatening"),
    5: T("5, death"),
}
EVENT = Lifecycle(
    "event",
    first=EventPhase.OPEN,
    moves={
        "assess_causality": ([EventPhase.OPEN], EventPhase.OPEN),
        "close_event": ([EventPhase.OPEN], EventPhase.CLOSED),
    },
    final=[EventPhase.CLOSED],
)
CLOCK = Lifecycle(
    "clock",
    first=ClockPhase.RUNNING,
    moves={"submit_report": ([ClockPhase.RUNNING], ClockPhase.SUBMITTED)},
    final=[ClockPhase.SUBMITTED],
)
