"""What the parts of an infusion are called on its pages."""

from collections.abc import Mapping

from cellchain.bedside.infusions.rules import Choice, PauseKind, RateCause, ReactionAction
from cellchain.kernel.text import T

# CTCAE version 5 names the grades; what each means is said in the words of a ward.
GRADES: Mapping[int, tuple[T, T]] = {
    1: (T("Mild"), T("No treatment, observation only")),
    2: (T("Moderate"), T("Little treatment; daily life is limited")),
    3: (T("Severe"), T("Hospital treatment; self-care is limited")),
    4: (T("Life-threatening"), T("Urgent treatment")),
    5: (T("Death"), T("Death related to the reaction")),
}
ACTIONS: Mapping[ReactionAction, tuple[T, T]] = {
    ReactionAction.OBSERVED: (T("Observed"), T("It runs on as it is")),
    ReactionAction.SLOWED: (T("Slowed"), T("The lower rate is recorded")),
    ReactionAction.PAUSED: (T("Paused"), T("The infusion is paused")),
    ReactionAction.STOPPED: (T("Stopped for good"), T("The infusion ends; a bag is used once")),
}
PAUSES: Mapping[PauseKind, T] = {
    PauseKind.CLAMPED: T("The clamp is closed"),
    PauseKind.DISCONNECTED: T("The line is disconnected"),
    PauseKind.TRANSFER: T("Transfer to another ward"),
}
CAUSES: Mapping[RateCause, T] = {
    RateCause.START: T("at the start"),
    RateCause.PRESCRIBED: T("as the study prescribes"),
    RateCause.REACTION: T("because of a reaction"),
    RateCause.PHYSICIAN: T("set by hand"),
}
CHOICES: Mapping[Choice, T] = {
    Choice.GO_ON: T("The physician decided: it goes on."),
    Choice.STOP: T("The physician decided: it stops."),
}
