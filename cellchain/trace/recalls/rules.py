"""Where each thing of a recall is, what is to be done with it, and how it is told. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from cellchain.kernel.text import T


class State(StrEnum):
    """Where a thing is, the most pressing first."""

    RUNNING = "running"
    UNKNOWN = "unknown"
    UNDER_WAY = "under_way"
    OFFERED = "offered"
    WARD = "ward"
    PACKED = "packed"
    IN_WORK = "in_work"
    STORED = "stored"
    SET_APART = "set_apart"
    GIVEN = "given"
    USED_UP = "used_up"
    DISCARDED = "discarded"
    DESTROYED = "destroyed"


ORDER: Mapping[State, int] = {state: at for at, state in enumerate(State)}
# What the record can answer for without anybody going to look.
GONE = frozenset({State.GIVEN, State.USED_UP, State.DISCARDED, State.DESTROYED})
# For each state its shape, its name, and what is to be done.
WORDS: Mapping[State, tuple[str, T, T]] = {
    State.RUNNING: ("stop", T("Running now"), T("Call the ward now: the physician decides whether it goes on.")),
    State.UNKNOWN: ("warn", T("No place recorded"), T("Find it, set it apart, and scan it.")),
    State.UNDER_WAY: ("now", T("Under way"), T("Call the courier. Whoever receives it sets it apart.")),
    State.OFFERED: ("now", T("Being handed over"), T("Stop the hand-over and set it apart.")),
    State.WARD: ("now", T("At the ward"), T("The ward keeps it apart and sends it back.")),
    State.PACKED: ("now", T("Packed"), T("Unpack it and set it apart.")),
    State.IN_WORK: ("now", T("At the bench"), T("Stop the batch and set it apart.")),
    State.STORED: ("hold", T("In storage"), T("Set it apart where it is kept, and scan it.")),
    State.SET_APART: ("ok", T("Set apart"), T("Nothing. QA decides what becomes of it.")),
    State.GIVEN: ("stop", T("Given to a recipient"), T("The physician follows the recipient up.")),
    State.USED_UP: ("off", T("Used up in the batch"), T("Nothing: it went into what is listed here.")),
    State.DISCARDED: ("off", T("Discarded"), T("Nothing is left.")),
    State.DESTROYED: ("off", T("Destroyed"), T("Nothing is left.")),
}
KINDS: Mapping[str, T] = {
    "infusion_bag": T("Infusion bag"),
    "cryovial": T("Cryovial"),
    "harvest_bag": T("Harvest bag"),
    "vessel": T("Culture vessel"),
    "tube": T("Tube"),
}
