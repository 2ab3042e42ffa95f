"""A downtime, the bags of which nobody knows yet what was done with them, and what is entered late. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.bedside.infusions.rules import InfusionPhase
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass

# Longer than a bag keeps; a time further back is a slip of the pen.
LONGEST = timedelta(days=7)


class DowntimePhase(Phase):
    """open: the ward works on paper. ended: the system is back, and paper waits to be entered. closed: all is in."""

    OPEN = "open"
    ENDED = "ended"
    CLOSED = "closed"


class BagFate(Phase):
    """What was done with a bag that the ward had while the system was away."""

    TO_ENTER = "to_enter"
    GIVEN = "given"
    NOT_GIVEN = "not_given"


DOWNTIME = Lifecycle(
    "downtime",
    first=DowntimePhase.OPEN,
    moves={
        "end_downtime": ([DowntimePhase.OPEN], DowntimePhase.ENDED),
        "close": ([DowntimePhase.ENDED], DowntimePhase.CLOSED),
    },
    final=[DowntimePhase.CLOSED],
)
FATE = Lifecycle(
    "bag on paper",
    first=BagFate.TO_ENTER,
    moves={
        "enter_paper_infusion": ([BagFate.TO_ENTER], BagFate.GIVEN),
        "settle_bag": ([BagFate.TO_ENTER], BagFate.NOT_GIVEN),
    },
    final=[BagFate.GIVEN, BagFate.NOT_GIVEN],
)


class How(StrEnum):
    """How the infusion on paper stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"

    @property
    def phase(self) -> InfusionPhase:
        """The same, of an infusion in the system."""
        return {
            How.RUNNING: InfusionPhase.RUNNING,
            How.COMPLETE: InfusionPhase.COMPLETED,
            How.STOPPED: InfusionPhase.STOPPED,
        }[self]


@dataclass(frozen=True, slots=True)
class PaperTimes:
    """The times on a paper form. `ended_at` is None while it runs."""

    checked_at: datetime
    started_at: datetime
    ended_at: datetime | None


def must_be_ward(name: str, *, is_ward: bool) -> None:
    """Raises Refused `downtime.not_a_ward`."""
    if not is_ward:
        raise Refused(
            "downtime.not_a_ward",
            "{name} is no ward. Choose the ward that worked on paper, or leave it open: then it was every ward.",
            name=name,
        )


def concerns(ward: str | None, location: str) -> bool:
    """Whether a downtime of `ward` (None: of every ward) is one of the ward at `location`."""
    return ward is None or ward == location


def may_end(began_at: datetime, ended_at: datetime, now: datetime) -> None:
    """Raises Refused `downtime.times` where a downtime would end before it began, or in the future."""
    if not began_at <= ended_at <= now or ended_at - began_at > LONGEST:
        raise Refused(
            "downtime.times",
            "A downtime ends after it began, within a week, and not in the future. Enter both times again.",
        )


def two_people(by: str, witness: str | None) -> str:
    """The second person of a late entry. Raises Refused `paper.unknown_witness`, `paper.same_person`."""
    if witness is None:
        raise Refused(
            "paper.unknown_witness",
            "This is no live badge of somebody whose work this is. Let another nurse scan theirs.",
        )
    if witness == by:
        raise Refused("paper.same_person", "Two people enter what is on paper. Let the other one scan their badge.")
    return witness


def against(*, compared: bool, checkers: set[str]) -> list[str]:
    """What the form itself says against how it was done. It is recorded all the same: what happened, happened."""
    found = [] if compared else ["paper.not_compared"]
    return found if len(checkers) > 1 else [*found, "paper.one_checker"]


def must_wait(bag_waits: bool) -> None:
    """Raises Refused `paper.not_awaited` for a bag that no downtime left open."""
    if not bag_waits:
        raise Refused(
            "paper.not_awaited",
            "No downtime left this bag open. Declare the downtime and its end first, then enter the paper.",
        )


def times_fit(times: PaperTimes, how: How, began_at: datetime, ended_at: datetime, now: datetime) -> None:
    """The times on the form fit each other, and the infusion began while the system was away.

    Raises Refused `paper.order`, `paper.outside`, `paper.end`.
    """
    if (times.ended_at is None) != (how is How.RUNNING):
        raise Refused(
            "paper.end", "An infusion that ended has a time of its end, and one that runs has none. Enter it."
        )
    end = times.ended_at or now
    if not times.checked_at <= times.started_at <= end <= now:
        raise Refused(
            "paper.order", "The times on the form do not follow each other: check, start, end. Read the form again."
        )
    if not began_at <= times.started_at <= ended_at:
        raise Refused(
            "paper.outside",
            "This infusion did not begin while the system was away. Check the time of the start, or call QA.",
        )


def volume_fits(how: How, given_ul: int | None, bag_ul: int, why: str | None) -> None:
    """Raises Refused `paper.volume`, `infusion.stop_needs_reason` as the end of any infusion does."""
    if how is How.RUNNING:
        return
    if given_ul is None or given_ul > bag_ul:
        raise Refused(
            "paper.volume", "The volume is missing, or it is more than the bag held. Read the form again, and enter it."
        )
    if how is How.COMPLETE and given_ul < bag_ul * 9 // 10:
        raise Refused(
            "infusion.not_complete", "Less than nine tenths was given: this is an early stop. Give the reason."
        )
    if how is How.STOPPED and not why:
        raise Refused("infusion.stop_needs_reason", "An early stop needs a reason. Give it and repeat.")


def is_all_in(fates: Sequence[BagFate]) -> bool:
    """Whether it is known of every bag what was done with it."""
    return BagFate.TO_ENTER not in fates
