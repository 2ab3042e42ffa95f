"""Orders of safety: adverse events, what is judged of them, their reports, and the pause of a study."""

from datetime import timedelta

from cellchain.followup import commands as followup
from cellchain.trial import commands as trial
from tests.bedside.world import World
from tests.races.things import REASON, Builder, first, recipient

EVENT = {"term": "Cough", "grade": 1}
JUDGED = {"relatedness": "unlikely", "expectedness": "unexpected"}
SENT = {"told": "Sponsor", "proof": "Receipt 7"}


def event(world: World, phase: str = "open") -> int:
    """An adverse event."""
    return int(first(world, "followup_adverse_event", phase=phase))


def serious(world: World) -> int:
    """The clock of a serious event that was just reported."""
    began = world.clock.now() - timedelta(hours=1)
    told = {**EVENT, "seriousness": "important", "recipient": recipient(world), "onset_at": began}
    return int(world.do("physician1", followup.report_adverse_event, **told)["clocks"][0])


def reported(world: World) -> int:
    """An adverse event on which a report just went out."""
    return int(world.do("physician1", followup.submit_report, clock=serious(world), **SENT)["event"])


def paused(world: World) -> str:
    """The study, just paused."""
    study = str(world.manifest["study"]["code"])
    world.do("sponsor1", trial.pause_study, study=study, why=REASON)
    return study


SAFETY: dict[str, Builder] = {
    "assess_as_sponsor": lambda w: ("sponsor1", {"event": event(w), **JUDGED}),
    "assess_causality": lambda w: ("physician1", {"event": event(w), **JUDGED}),
    "close_event": lambda w: ("physician1", {"event": event(w), "outcome": "recovered"}),
    "code_event": lambda w: ("coordinator1", {"event": event(w), "coded": "cough"}),
    "report_adverse_event": lambda w: (
        "physician1",
        {"recipient": recipient(w), "onset_at": w.clock.now() - timedelta(hours=1), **EVENT},
    ),
    "submit_follow_up": lambda w: ("sponsor1", {"event": reported(w), "news": REASON, **SENT}),
    "submit_report": lambda w: ("physician1", {"clock": serious(w), **SENT}),
}
PAUSES: dict[str, Builder] = {
    "pause_study": lambda w: ("physician1", {"study": w.manifest["study"]["code"], "why": REASON}),
    "resume_study": lambda w: ("committee1", {"study": paused(w), "grounds": REASON}),
}
