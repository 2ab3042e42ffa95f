"""Phases of what follow-up keeps, the words it chooses from, and the moves between phases. Pure."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T


class VisitPhase(Phase):
    """A visit is planned until it happened or is known not to happen."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"


class MissingReason(StrEnum):
    """Why there is no value. An analysis treats each reason in its own way; a missing value is never zero."""

    UNABLE = "unable"
    DIED = "died"
    WITHDREW = "withdrew"
    LOST = "lost"
    TRANSPLANT = "transplant"
    SITE_ERROR = "site_error"

    @property
    def label(self) -> T:
        """The reason in few words, as a chart prints it."""
        return _MISSING[self]


class MeasurementPhase(Phase):
    """A value counts until another one replaces it; both stay."""

    CURRENT = "current"
    CORRECTED = "corrected"


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


class QueryPhase(Phase):
    """A question about the data is open until it is answered."""

    OPEN = "open"
    ANSWERED = "answered"


class LockPhase(Phase):
    """Locked data take no change."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"


_MISSING = {
    MissingReason.UNABLE: T("unable"),
    MissingReason.DIED: T("died"),
    MissingReason.WITHDREW: T("withdrew"),
    MissingReason.LOST: T("lost"),
    MissingReason.TRANSPLANT: T("transplant"),
    MissingReason.SITE_ERROR: T("site error"),
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
VISIT = Lifecycle(
    "visit",
    first=VisitPhase.PLANNED,
    moves={
        "record_visit": ([VisitPhase.PLANNED], VisitPhase.DONE),
        "mark_missing": ([VisitPhase.PLANNED], VisitPhase.MISSED),
    },
    final=[VisitPhase.DONE, VisitPhase.MISSED],
)
MEASUREMENT = Lifecycle(
    "measurement",
    first=MeasurementPhase.CURRENT,
    moves={"correct": ([MeasurementPhase.CURRENT], MeasurementPhase.CORRECTED)},
    final=[MeasurementPhase.CORRECTED],
)
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
QUERY = Lifecycle(
    "query",
    first=QueryPhase.OPEN,
    moves={"answer_query": ([QueryPhase.OPEN], QueryPhase.ANSWERED)},
    final=[QueryPhase.ANSWERED],
)
DATA_LOCK = Lifecycle(
    "data_lock",
    first=LockPhase.LOCKED,
    moves={"unlock_data": ([LockPhase.LOCKED], LockPhase.UNLOCKED)},
    final=[LockPhase.UNLOCKED],
)
