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
    NOT_DUE = "not_due"

    @property
    def label(self) -> T:
        """The reason in few words, as a chart prints it."""
        return _MISSING[self]


class MeasurementPhase(Phase):
    """A value counts until another one replaces it; both stay."""

    CURRENT = "current"
    CORRECTED = "corrected"


class Grade(StrEnum):
    """The quality of lung function as its report grades it: A is the best, F has no acceptable try, U a usable one.

    ATS/ERS technical standards for spirometry (2019) and for the transfer factor (2017).
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    U = "U"


class QueryPhase(Phase):
    """A question about the data is open until the site answers, and settled when who asks closes it."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


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
    MissingReason.NOT_DUE: T("not due"),
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
QUERY = Lifecycle(
    "query",
    first=QueryPhase.OPEN,
    moves={
        "answer_query": ([QueryPhase.OPEN], QueryPhase.ANSWERED),
        "close_query": ([QueryPhase.OPEN, QueryPhase.ANSWERED], QueryPhase.CLOSED),
    },
    final=[QueryPhase.CLOSED],
)
DATA_LOCK = Lifecycle(
    "data_lock",
    first=LockPhase.LOCKED,
    moves={"unlock_data": ([LockPhase.LOCKED], LockPhase.UNLOCKED)},
    final=[LockPhase.UNLOCKED],
)
