"""Which part of the work a near miss came from. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from cellchain.bedside.rules import Cause
from cellchain.kernel.text import T


class Source(StrEnum):
    """Where checks at the bedside are known to go wrong: people, readers, the system, wristbands."""

    HUMAN = "human"
    READER = "reader"
    SYSTEM = "system"
    WRISTBAND = "wristband"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """As a table's head says it."""
        return SOURCES[self]


SOURCES: Mapping[Source, T] = {
    Source.HUMAN: T("People"),
    Source.READER: T("Readers"),
    Source.SYSTEM: T("The system"),
    Source.WRISTBAND: T("Wristbands"),
    Source.UNKNOWN: T("Not known"),
}
CAUSES: Mapping[Cause, T] = {
    Cause.WRONG_BAG: T("Wrong bag brought"),
    Cause.WRONG_WRISTBAND: T("Wrong wristband"),
    Cause.LOOK_ALIKE: T("Labels look alike"),
    Cause.READER: T("The reader misread"),
    Cause.NOT_READY: T("Release or papers not ready"),
    Cause.UNKNOWN: T("I do not know"),
}
NOT_SAID = T("Nobody has said why")
# From a reason alone, where nobody has said why.
_BY_REASON: Mapping[str, Source] = {
    "check.typed": Source.READER,
    "check.bag_unreadable": Source.READER,
    "check.wristband_unreadable": Source.WRISTBAND,
    "check.wristband_unknown": Source.WRISTBAND,
    "check.wristband_void": Source.WRISTBAND,
    "check.wristband_unbound": Source.WRISTBAND,
    "check.wristband_unconfirmed": Source.WRISTBAND,
    "check.not_a_wristband": Source.HUMAN,
    "check.not_a_bag_label": Source.HUMAN,
    "check.preview": Source.HUMAN,
    "check.wrong_recipient": Source.HUMAN,
    "check.bag_unassigned": Source.HUMAN,
    "infusion.other_bag": Source.HUMAN,
    "infusion.other_recipient": Source.HUMAN,
}
_BY_CAUSE: Mapping[Cause, Source] = {
    Cause.WRONG_BAG: Source.HUMAN,
    Cause.LOOK_ALIKE: Source.HUMAN,
    Cause.WRONG_WRISTBAND: Source.WRISTBAND,
    Cause.READER: Source.READER,
    Cause.NOT_READY: Source.SYSTEM,
}
_SYSTEM = ("lot.", "bank.", "bag.", "donation.", "donor.", "custody.")


def cause_words(cause: Cause | None) -> T:
    """What the nurse said, or that nobody has said it."""
    return NOT_SAID if cause is None else CAUSES[cause]


def source_of(cause: Cause | None, reason: str) -> Source:
    """What the nurse said goes first; else the reason tells it as far as it can."""
    if cause is not None and cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    return Source.SYSTEM if reason.startswith(_SYSTEM) else _BY_REASON.get(reason, Source.UNKNOWN)


def permille(part: int, whole: int) -> int | None:
    """A share in tenths of a percent, rounded down; None of nothing."""
    return None if whole == 0 else part * 1_000 // whole
