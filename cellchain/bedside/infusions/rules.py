"""How a bag runs: its phases, its rates, what was given by them, and what has to be said. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

UL_PER_ML = 1_000
MINUTES_PER_HOUR = 60
SECONDS_PER_HOUR = 3_600
PERCENT = 100
COMPLETE_PERCENT = 90


class InfusionPhase(Phase):
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"


INFUSION = Lifecycle(
    "infusion",
    first=InfusionPhase.RUNNING,
    moves={
        "pause": ([InfusionPhase.RUNNING], InfusionPhase.PAUSED),
        "resume": ([InfusionPhase.PAUSED], InfusionPhase.RUNNING),
        "complete": ([InfusionPhase.RUNNING, InfusionPhase.PAUSED], InfusionPhase.COMPLETED),
        "stop": ([InfusionPhase.RUNNING, InfusionPhase.PAUSED], InfusionPhase.STOPPED),
    },
    final=[InfusionPhase.COMPLETED, InfusionPhase.STOPPED],
)


class PauseKind(StrEnum):
    """Why nothing runs: the clamp is closed, the line is off, or the recipient goes to another ward."""

    CLAMPED = "clamped"
    DISCONNECTED = "disconnected"
    TRANSFER = "transfer"


class RateCause(StrEnum):
    """Why a rate was set."""

    START = "start"
    PRESCRIBED = "prescribed"
    REACTION = "reaction"
    PHYSICIAN = "physician"


class ReactionAction(StrEnum):
    SLOWED = "slowed"
    PAUSED = "paused"
    STOPPED = "stopped"
    OBSERVED = "observed"


class Choice(StrEnum):
    """What a physician decides about a bag that something turned against while it runs."""

    GO_ON = "go_on"
    STOP = "stop"


# -- what ran --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """From `at` on the drip was set to so much."""

    at: datetime
    ml_h: int
    cause: RateCause = RateCause.PRESCRIBED


@dataclass(frozen=True)
class Halt:
    """Nothing ran from `since` until `until`, or until now."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Step:
    """A rate that the study prescribes from a minute of running on."""

    from_minutes: int
    rate_ml_h: int


def ran_seconds(started: datetime, until: datetime, halts: Sequence[Halt]) -> int:
    """Seconds in which the bag ran. Times of one zone are as far apart as their instants, summer time or not."""
    stood = sum(_seconds(halt.since, min(halt.until or until, until, key=_instant)) for halt in halts)
    return max(0, _seconds(started, until) - stood)


def given_ul(rates: Sequence[Rate], halts: Sequence[Halt], until: datetime, volume_ul: int) -> int:
    """What ran out of the bag by its rates, in microlitres, and never more than it held."""
    ran_ul = 0
    for at, rate in enumerate(rates):
        ends = min(until, rates[at + 1].at, key=_instant) if at + 1 < len(rates) else until
        within = [
            Halt(max(halt.since, rate.at, key=_instant), min(halt.until or ends, ends, key=_instant)) for halt in halts
        ]
        ran_ul += ran_seconds(rate.at, ends, within) * rate.ml_h * UL_PER_ML // SECONDS_PER_HOUR
    return min(volume_ul, ran_ul)


def _instant(at: datetime) -> float:
    """Seconds since 1970: two times of one zone are compared by it, since the wall's clock comes by 02:30 twice."""
    return at.timestamp()


def _seconds(since: datetime, until: datetime) -> int:
    return max(0, int(_instant(until) - _instant(since)))


def first_rate(steps: Sequence[Step], volume_ul: int, planned_minutes: int) -> int:
    """What the drip is set to at the start, mL/h: the study's first step, or the plan's even rate, rounded up."""
    if steps:
        return steps[0].rate_ml_h
    return max(1, -(-volume_ul * MINUTES_PER_HOUR // (planned_minutes * UL_PER_ML)))


def prescribed_at(steps: Sequence[Step], ran_minutes: int) -> Step | None:
    """The step that the study prescribes after so many minutes of running."""
    return next((step for step in reversed(steps) if step.from_minutes <= ran_minutes), None)


@dataclass(frozen=True)
class NextRate:
    """The rate that comes next by the study. Due in so many minutes of running; 0 means now."""

    rate_ml_h: int
    in_minutes: int


def next_rate(steps: Sequence[Step], rates: Sequence[Rate], ran_minutes: int) -> NextRate | None:
    """What the drip is to be set to next. A rate that a reaction or a physician set stays until somebody changes it."""
    if not rates or rates[-1].cause in (RateCause.REACTION, RateCause.PHYSICIAN):
        return None
    now = prescribed_at(steps, ran_minutes)
    if now is not None and now.rate_ml_h != rates[-1].ml_h:
        return NextRate(now.rate_ml_h, 0)
    ahead = next((step for step in steps if step.from_minutes > ran_minutes), None)
    return None if ahead is None else NextRate(ahead.rate_ml_h, ahead.from_minutes - ran_minutes)


def minutes_left(left_ul: int, rate_ml_h: int, steps: Sequence[Step], ran_minutes: int, *, follows: bool) -> int:
    """How long the rest takes, rounded up: at this rate, and where it `follows` the study, at the steps to come."""
    ahead = [step for step in steps if step.from_minutes > ran_minutes] if follows else []
    minutes = 0
    for step in ahead:
        stretch = step.from_minutes - ran_minutes - minutes
        flows_ul = rate_ml_h * UL_PER_ML * stretch // MINUTES_PER_HOUR
        if flows_ul >= left_ul:
            break
        left_ul, minutes, rate_ml_h = left_ul - flows_ul, minutes + stretch, step.rate_ml_h
    return minutes - (-left_ul * MINUTES_PER_HOUR // (rate_ml_h * UL_PER_ML))


def prescribed_minutes(steps: Sequence[Step], volume_ul: int, least: int) -> int:
    """How long a volume takes at the rates of a study, rounded up; without any, `least`."""
    return minutes_left(volume_ul, steps[0].rate_ml_h, steps, 0, follows=True) if steps else least


def drops_per_minute(rate_ml_h: int, drops_per_ml: int) -> int:
    """The drip rate that makes so many mL/h, to the nearest drop."""
    return (rate_ml_h * drops_per_ml + MINUTES_PER_HOUR // 2) // MINUTES_PER_HOUR


def slower(rates: Sequence[Rate], steps: Sequence[Step]) -> int:
    """What "slowed" sets where nobody says a rate: the study's first rate, or half of what runs."""
    now = rates[-1].ml_h
    first = steps[0].rate_ml_h if steps else now
    return first if first < now else max(1, now // 2)


# -- what may be done ------------------------------------------------------------------------------------------------


def may_follow(at: datetime, earlier: datetime) -> None:
    """Raises Refused where something would have happened before what it follows."""
    if _instant(at) < _instant(earlier):
        raise Refused(
            "infusion.before_its_time",
            "This would have happened before what it follows. Check the time, and enter it again.",
        )


def may_set_rate(rate_ml_h: int, now_ml_h: int, highest_ml_h: int) -> None:
    """Raises Refused where a rate is above the study's highest, or is what the drip is set to already."""
    if rate_ml_h > highest_ml_h:
        raise Refused(
            "infusion.rate_too_high",
            "The study allows {highest} mL/h at most. Set the drip no faster, and enter what it runs at.",
            highest=highest_ml_h,
        )
    if rate_ml_h == now_ml_h:
        raise Refused(
            "infusion.rate_unchanged",
            "The drip is set to {rate} mL/h already. Nothing was changed.",
            rate=now_ml_h,
        )


def may_slow(rate_ml_h: int, now_ml_h: int) -> None:
    """Raises Refused where a "slower" rate is not slower."""
    if rate_ml_h >= now_ml_h:
        raise Refused(
            "reaction.not_slower",
            "{rate} mL/h is not slower than the {now} mL/h that run. Enter a lower rate, or another action.",
            rate=rate_ml_h,
            now=now_ml_h,
        )


def may_flow_again(reasons: Sequence[tuple[str, T]], *, allowed: bool) -> None:
    """Raises Refused where something speaks against this bag by now and no physician has said that it goes on."""
    if reasons and not allowed:
        raise Refused(
            "infusion.stopped_meanwhile",
            "{reason} Do not reconnect the bag. Call the physician, who decides whether it goes on.",
            reason=reasons[0][1],
        )


def may_go_on_here(device: str | None, here: str | None) -> None:
    """Raises Refused where the infusion is another tablet's, and nobody has scanned wristband and bag at this one."""
    if device is not None and here is not None and device != here:
        raise Refused(
            "infusion.other_station",
            "This infusion is in the care of {station}. Scan wristband and bag here to take it over, then repeat.",
            station=device,
        )


def may_decide(marks: frozenset[str], seen: frozenset[str]) -> None:
    """Raises Refused where nothing speaks against the bag, or more than the physician was shown."""
    if not marks:
        raise Refused(
            "infusion.nothing_to_decide", "Nothing speaks against this bag now. There is nothing to decide; open it."
        )
    if not marks <= seen:
        raise Refused(
            "infusion.decision_stale",
            "Something more turned against this bag since the page was opened. Read it, then decide.",
        )


def may_stop(volume_given_ul: int, bag_volume_ul: int, complete: bool, reason: str | None) -> None:
    """Raises Refused where the volume cannot be, or an early end has no reason."""
    may_state(volume_given_ul, None, bag_volume_ul)
    if complete and volume_given_ul < bag_volume_ul * COMPLETE_PERCENT // PERCENT:
        raise Refused(
            "infusion.not_complete", "Less than nine tenths was given: this is an early stop. Give the reason."
        )
    if not complete and not reason:
        raise Refused("infusion.stop_needs_reason", "An early stop needs a reason. Give it and repeat.")


def may_return(*, ended: bool, given_ul: int | None, gone: bool) -> None:
    """Raises Refused unless an infusion ended before anything of its bag had flowed, and the bag is still there."""
    if not ended:
        raise Refused("return.not_ended", "The infusion has not ended. End it first: nothing was given.")
    if gone:
        raise Refused("infusion.disposed", "This bag is already disposed of. Nothing was changed.")
    if given_ul != 0:
        raise Refused(
            "return.has_flowed", "Something of this bag was given, so it is no unused one. Dispose of it instead."
        )


def may_state(volume_given_ul: int, volume_left_ul: int | None, bag_volume_ul: int) -> None:
    """Raises Refused where given and left together are more than the bag held."""
    if volume_given_ul > bag_volume_ul:
        raise Refused("infusion.more_than_bag", "More was given than the bag held. Read the volume again.")
    if volume_left_ul is not None and volume_given_ul + volume_left_ul > bag_volume_ul:
        raise Refused(
            "infusion.volumes_disagree",
            "What was given and what is left make more than the bag held. Read both volumes again.",
        )


def differs(stated_ul: int, computed_ul: int, bag_volume_ul: int, tolerance_percent: int) -> bool:
    """Whether what a person stated lies further from what the rates give than the study tolerates."""
    return abs(stated_ul - computed_ul) * PERCENT > bag_volume_ul * tolerance_percent


def is_late(happened: datetime, entered: datetime, tolerance_minutes: int) -> bool:
    """Whether something was entered later after it happened than the study tolerates."""
    return _seconds(happened, entered) > timedelta(minutes=tolerance_minutes).total_seconds()
