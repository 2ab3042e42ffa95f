"""What a bedside check decides. Pure: facts in, every reason that applies out. No reason means MATCH."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.trial.pauses.rules import AT_BEDSIDE


class Verdict(StrEnum):
    MATCH = "MATCH"
    STOP = "STOP"


class Capture(StrEnum):
    """How a symbol reached us. Typing never proves an identity at the bedside."""

    WEDGE = "wedge"
    CAMERA = "camera"
    TYPED = "typed"


class Identity(StrEnum):
    """Whether the recipient could say name and date of birth."""

    YES = "yes"
    UNABLE = "unable"


class Cause(StrEnum):
    """Why a STOP happened, as the nurse sees it."""

    WRONG_BAG = "wrong_bag"
    WRONG_WRISTBAND = "wrong_wristband"
    LOOK_ALIKE = "look_alike"
    READER = "reader"
    NOT_READY = "not_ready"
    UNKNOWN = "unknown"


class CheckPhase(Phase):
    OPEN = "open"
    STOPPED = "stopped"
    VOID = "void"
    USED = "used"


CHECK = Lifecycle(
    "check",
    first=CheckPhase.OPEN,
    moves={
        "stop": ([CheckPhase.OPEN], CheckPhase.STOPPED),
        "void": ([CheckPhase.OPEN], CheckPhase.VOID),
        "use": ([CheckPhase.OPEN], CheckPhase.USED),
    },
    final=[CheckPhase.STOPPED, CheckPhase.VOID, CheckPhase.USED],
)
UL_PER_ML = 1_000
MINUTES_PER_HOUR = 60
# So far the clocks of two servers over one database may differ.
CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True)
class Reason:
    """One thing that speaks against infusing this bag into this recipient now."""

    code: str
    text: T


@dataclass(frozen=True)
class WristbandRead:
    """What the wristband's symbol turned out to be. `problem` says why it is no live wristband."""

    recipient: str | None
    problem: Reason | None = None


@dataclass(frozen=True)
class BagRead:
    """What the bag's symbol turned out to be. `problem` says why it is no confirmed label of a bag."""

    bag: str | None
    problem: Reason | None = None


@dataclass(frozen=True)
class Inspection:
    """One look at the bag."""

    intact: bool
    no_clumps: bool
    label_legible: bool


SOUND = Inspection(intact=True, no_clumps=True, label_legible=True)


@dataclass(frozen=True)
class BagState:
    """The bag itself: what is in it, until when it may run."""

    filled: bool
    content: str
    volume_ul: int
    expires_at: datetime
    infused_into: str | None
    cells_count: int | None = None


@dataclass(frozen=True)
class Tie:
    """What ties the bag to somebody: the live assignment."""

    recipient: str
    planned_infusion: int
    number: int
    chain: str = ""


@dataclass(frozen=True)
class RecipientState:
    """The recipient whose wristband it is. `content` is what the bag of their arm holds."""

    code: str
    on_treatment: bool
    consent_given: bool
    content: str | None
    due_infusion: int | None
    running_infusion: bool
    study_paused: bool = False
    chain: str = ""


@dataclass(frozen=True)
class Limits:
    """The study's settings for the bedside."""

    check_window_minutes: int = 15
    rate_highest_ml_h: int = 200
    planned_minutes_most: int = 480
    dose_cells_least: int = 0
    dose_cells_most: int | None = None


@dataclass(frozen=True)
class CheckFacts:
    """Everything a verdict rests on. `standing` and `custody` are what quality and custody have against the bag.

    `on_paper`: a downtime left it open what was done with this bag, or with one for this recipient.
    """

    capture: Capture
    inspection: Inspection
    wristband: WristbandRead
    bag: BagRead
    state: BagState | None = None
    tie: Tie | None = None
    recipient: RecipientState | None = None
    limits: Limits = Limits()
    standing: tuple[Reason, ...] = ()
    custody: tuple[Reason, ...] = ()
    on_paper: bool = False


@dataclass(frozen=True)
class PriorCheck:
    """An open check of the same bag and recipient. `saw` is what was scanned: this wristband, this label of the bag."""

    id: int
    by: str
    at: datetime
    saw: str = ""


@dataclass(frozen=True)
class Pair:
    """The checks that count together now."""

    people: int
    valid_until: datetime
    checks: tuple[int, ...] = field(default_factory=tuple)


def reasons(facts: CheckFacts, now: datetime) -> list[Reason]:
    """Every reason to stop, most important first. An empty list is a MATCH."""
    found: list[Reason] = []
    if facts.capture == Capture.TYPED:
        found.append(
            Reason(
                "check.typed",
                T("An identity was typed. Only a scan of the wristband and of the bag's own label counts. Scan both."),
            )
        )
    found += [problem for problem in (facts.wristband.problem, facts.bag.problem) if problem is not None]
    found += _identity(facts)
    if facts.on_paper:
        found.append(
            Reason(
                "check.paper_open",
                T(
                    "The ward worked on paper, and nobody has said yet what was given. Enter the paper first: this may"
                    " have been given already."
                ),
            )
        )
    found += _recipient(facts)
    found += _bag(facts, now)
    found += facts.standing
    found += facts.custody
    found += _inspection(facts.inspection)
    return found


def misfits(wristband: WristbandRead, bag: BagRead, recipient: str, running: str) -> list[Reason]:
    """What speaks against one more scan at an infusion under way: both have to be those of this infusion."""
    found = [problem for problem in (wristband.problem, bag.problem) if problem is not None]
    if wristband.recipient not in (None, recipient):
        text = T("This wristband is not the one of this infusion's recipient. Do not reconnect. Scan both again.")
        found.append(Reason("infusion.other_recipient", text))
    if bag.bag not in (None, running):
        text = T("This is not the bag of this infusion. Do not reconnect. Scan both again.")
        found.append(Reason("infusion.other_bag", text))
    return found


def _identity(facts: CheckFacts) -> list[Reason]:
    """Is this bag this recipient's?"""
    if facts.bag.bag is None:
        return []
    if facts.tie is None:
        if facts.state is not None and facts.state.infused_into is not None:
            return _for_another(facts.state.infused_into, facts.wristband)
        return [
            Reason(
                "check.bag_unassigned",
                T("This bag is assigned to nobody. Do not use it. Send it back to the laboratory."),
            )
        ]
    return _for_another(facts.tie.recipient, facts.wristband)


def _for_another(meant_for: str, wristband: WristbandRead) -> list[Reason]:
    if wristband.recipient in (None, meant_for):
        return []
    return [Reason("check.wrong_recipient", T("Wrong bag: it is for another recipient. Do not spike the bag."))]


def _recipient(facts: CheckFacts) -> list[Reason]:
    """May this recipient have this infusion now?"""
    who = facts.recipient
    if who is None:
        return []
    found = []
    if not who.on_treatment:
        found.append(
            Reason("check.not_on_treatment", T("This recipient is not on treatment any more. Ask the physician."))
        )
    if not who.consent_given:
        found.append(Reason("check.no_consent", T("This recipient's consent does not stand. Ask the physician.")))
    if who.study_paused:
        found.append(Reason("check.study_paused", AT_BEDSIDE))
    if who.running_infusion:
        found.append(
            Reason("check.infusion_running", T("An infusion of this recipient is running. Finish that one first."))
        )
    if facts.state is not None and who.content is not None and facts.state.content != who.content:
        found.append(
            Reason(
                "check.wrong_content",
                T("This bag's content is not what this recipient was allocated. Do not use it. Call the laboratory."),
            )
        )
    ours = facts.tie is not None and facts.tie.recipient == who.code
    if ours and facts.tie is not None and facts.tie.chain != who.chain:
        found.append(
            Reason(
                "check.other_chain",
                T("This bag's chain of identity is not the recipient's. Do not use it. Call the laboratory."),
            )
        )
    if ours and facts.tie is not None and facts.tie.planned_infusion != who.due_infusion:
        found.append(
            Reason(
                "check.not_due",
                T(
                    "Infusion {number} is not the one due now. Ask the physician for the order.",
                    number=facts.tie.number,
                ),
            )
        )
    return found


def _bag(facts: CheckFacts, now: datetime) -> list[Reason]:
    """Can this bag run to its end?"""
    state = facts.state
    if state is None:
        return []
    found = []
    if state.infused_into is not None:
        found.append(
            Reason(
                "check.already_infused",
                T("This bag was started before. A bag is used once. Call the laboratory for another."),
            )
        )
    elif not state.filled:
        found.append(
            Reason("check.bag_not_usable", T("This bag is not in use any more. Call the laboratory for another."))
        )
    if state.filled and not _holds_dose(state, facts.limits):
        found.append(
            Reason(
                "check.wrong_dose",
                T("This bag does not hold the dose of the study. Do not use it. Call the laboratory."),
            )
        )
    if now >= state.expires_at:
        found.append(
            Reason("check.expired", T("This bag has expired. Do not use it. Call the laboratory for another."))
        )
    elif now + timedelta(minutes=least_minutes(state.volume_ul, facts.limits)) > state.expires_at:
        found.append(
            Reason(
                "check.expires_too_soon",
                T("This bag expires before its infusion could end. Do not use it. Call the laboratory."),
            )
        )
    return found


def _holds_dose(state: BagState, limits: Limits) -> bool:
    """Whether the cells are the study's dose. A control bag holds none, and has no count."""
    count, most = state.cells_count, limits.dose_cells_most
    return count is None or (limits.dose_cells_least <= count and (most is None or count <= most))


def _inspection(seen: Inspection) -> list[Reason]:
    found = []
    if not (seen.intact or seen.no_clumps or seen.label_legible):
        # The screen asks one question with two answers: "something is wrong" denies all three at once.
        return [
            Reason(
                "check.looks_wrong",
                T("Something about the bag looks wrong. Do not use it. Keep it and call the laboratory."),
            )
        ]
    if not seen.intact:
        found.append(
            Reason(
                "check.bag_damaged", T("The bag is damaged or leaks. Do not use it. Keep it and call the laboratory.")
            )
        )
    if not seen.no_clumps:
        found.append(
            Reason(
                "check.clumps",
                T("There are clumps or a colour that should not be. Do not use the bag. Call the laboratory."),
            )
        )
    if not seen.label_legible:
        found.append(
            Reason("check.label_illegible", T("The label cannot be read. Do not use the bag. Call the laboratory."))
        )
    return found


def least_minutes(volume_ul: int, limits: Limits) -> int:
    """The shortest time a volume may run at the highest rate, rounded up: 400 mL at 200 mL/h take 120 minutes."""
    return -(-volume_ul * MINUTES_PER_HOUR // (limits.rate_highest_ml_h * UL_PER_ML))


def pair_of(checks: list[PriorCheck], now: datetime, limits: Limits, saw: str | None = None) -> Pair:
    """The fresh checks that count together: the newest of each person within the window, all of the same symbols.

    `saw` is what they have to have seen, left open: what the newest of them saw. A bag that got a new label in between
    is checked anew. A check out of the future, made before the clock was put back, counts no longer than any other.
    """
    window = timedelta(minutes=limits.check_window_minutes)
    fresh = sorted((check for check in checks if -CLOCKS_APART <= now - check.at <= window), key=lambda one: one.at)
    wanted = saw if saw is not None or not fresh else fresh[-1].saw
    newest = {check.by: check for check in fresh if check.saw == wanted}
    if not newest:
        return Pair(0, now)
    return Pair(
        len(newest),
        min(check.at for check in newest.values()) + window,
        tuple(sorted(check.id for check in newest.values())),
    )


def the_two(checks: list[PriorCheck], by: str) -> tuple[PriorCheck, PriorCheck]:
    """Whose checks an infusion rests on, the earlier one first: the starter's own, and the newest of anybody else.

    More than two may have checked. `checks` holds one of each person, `by` among them, and somebody else.
    """
    own = next(check for check in checks if check.by == by)
    other = max((check for check in checks if check.by != by), key=lambda one: (one.at, one.id))
    first, second = sorted((own, other), key=lambda one: (one.at, one.id))
    return first, second


def may_start(
    pair: Pair,
    by: str,
    checkers: frozenset[str],
    found: list[Reason],
    planned_minutes: int,
    state: BagState,
    now: datetime,
    limits: Limits,
) -> None:
    """Raises Refused unless two people's fresh checks stand, one of them starts, and nothing has changed since."""
    if pair.people < 2:
        raise two_checks_needed(limits)
    if by not in checkers:
        raise Refused("infusion.starter_did_not_check", "One of the two who checked has to start the infusion.")
    if found:
        raise Refused(
            "infusion.changed_since_check",
            "Something changed since the check: {reason} Check again.",
            reason=found[0].text,
        )
    least = least_minutes(state.volume_ul, limits)
    if not least <= planned_minutes <= limits.planned_minutes_most:
        raise Refused(
            "infusion.duration",
            "The planned duration has to lie between {least} and {most} minutes.",
            least=least,
            most=limits.planned_minutes_most,
        )
    if now + timedelta(minutes=planned_minutes) > state.expires_at:
        raise Refused(
            "infusion.expires_before_end",
            "The bag expires before this infusion would end. Plan it shorter or call the laboratory.",
        )


def somebody_is_regular(in_emergency: Sequence[bool]) -> None:
    """Raises Refused where both who checked had taken their role in an emergency, one after the other: of the two, one
    holds it on every other day (docs/decisions/0041)."""
    if all(in_emergency):
        raise Refused(
            "infusion.both_in_emergency",
            "Both who checked had taken the nurse's role in an emergency. One of the two has to hold it on every other "
            "day. Have a nurse check as well, or go on by paper.",
        )


def two_checks_needed(limits: Limits) -> Refused:
    """What stands in the way while two people's fresh checks do not stand."""
    return Refused(
        "infusion.needs_two_checks",
        "Two people have to check wristband and bag, each alone, within {minutes} minutes. Check again.",
        minutes=limits.check_window_minutes,
    )
