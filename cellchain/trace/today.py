"""Today: what needs this person, the chain as it is now, and the clocks that run."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from cellchain.bedside.infusions import queries as bedside
from cellchain.donors import queries as donors
from cellchain.donors.rules.lifecycles import DonorPhase
from cellchain.followup import queries as followup
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.describe import sees_content
from cellchain.manufacturing.stations import OpenRecord, record_at
from cellchain.platform.db import ReadTx
from cellchain.trace import queries as traces
from cellchain.trace.needs import gathered
from cellchain.trace.situation import BagClock, Need, Situation, moment_of
from cellchain.trial import queries as trial
from cellchain.web.format import grouped

SHOWN = 7
LATER = 20
CLOCKS_MAX = 4
PASSAGES = 4
COUNTS = (
    T("Nothing needs you now."),
    T("One thing needs you."),
    T("Two things need you."),
    T("Three things need you."),
    T("Four things need you."),
    T("Five things need you."),
    T("Six things need you."),
    T("Seven things need you."),
)


@dataclass(frozen=True)
class Stop:
    """A stop of the chain: how many stand there, what presses there, and whether something there needs this person."""

    key: str
    href: str
    count: int
    name: T
    flag: tuple[str, T] | None = None
    mine: bool = False


@dataclass(frozen=True)
class Clock:
    """A clock that runs. `until` is the moment that counts; `end`, where later, is when the thing itself ends."""

    code: str
    name: T
    words: T
    begin: datetime
    until: datetime
    end: datetime
    href: str


@dataclass(frozen=True)
class Today:
    """Everything on the page. `later` is what does not fit among what needs somebody first, `record` lies open here."""

    date: date
    headline: T
    soft: T | str
    chain: Sequence[Stop]
    material_count: int
    recipients_count: int
    needs: Sequence[Need]
    later: Sequence[Need]
    clocks: Sequence[Clock]
    no_bag_ready: bool
    record: OpenRecord | None


def today(tx: ReadTx, actor: Actor) -> Today:
    """The page of `actor` now."""
    at, needs = gathered(tx, actor)
    stops = tuple(_chain(at, {need.stage for need in needs}))
    return Today(
        date=tx.today,
        headline=COUNTS[len(needs)] if len(needs) < len(COUNTS) else T("{count} things need you.", count=len(needs)),
        soft=_first(tx, needs),
        chain=stops,
        material_count=sum(
            stop.count for stop in stops if stop.key not in ("screening", "infusing", "recipients", "followup")
        ),
        recipients_count=next((stop.count for stop in stops if stop.key == "recipients"), 0),
        needs=needs[:SHOWN],
        later=needs[SHOWN : SHOWN + LATER],
        clocks=tuple(_clocks(at))[:CLOCKS_MAX],
        record=record_at(tx, actor.device) if actor.may("manufacturing.read") else None,
        no_bag_ready=_works_with_bags(actor) and not any(bag.start_by > tx.now for bag in at.bags),
    )


def _first(tx: ReadTx, needs: Sequence[Need]) -> T | str:
    """`The first by 11:04.`; what is late is counted first, and after that nothing else matters."""
    late = sum(need.at is not None and moment_of(tx, need.at) < tx.now for need in needs)
    if late:
        return T("{count} of them late.", count=late) if late < len(needs) else T("All late.")
    for need in needs:
        if need.at is None:
            continue
        if isinstance(need.at, datetime) and tx.day_of(need.at) == tx.today:
            return T("The first by {time}.", time=_clock(tx, need.at))
        return T(
            "The first by {day}.",
            day=tx.day_of(need.at) if isinstance(need.at, datetime) else need.at,
        )
    return ""


def _clock(tx: ReadTx, at: datetime) -> str:
    return f"{at.astimezone(tx.house.zone):%H:%M}"


def _works_with_bags(actor: Actor) -> bool:
    return any(actor.may(permission) for permission in ("bedside.check", "quality.release", "trial.assign_bag"))


# -- the chain -------------------------------------------------------------------------------------------------------


def _chain(at: Situation, mine: set[str]) -> Iterator[Stop]:
    if at.actor.may("donors.read"):
        screened = sum(line.profile.phase is DonorPhase.REGISTERED for line in donors.newest_donors(at.tx))
        yield Stop("screening", "/donors", screened, T("Screening"))
    if at.actor.may("manufacturing.read"):
        yield from _cells(at, mine)
    if at.actor.may("bedside.read"):
        running = bedside.running(at.tx)
        yield Stop(
            "infusing",
            "/bedside/infusions",
            len(running),
            T("Infusing"),
            ("now", T("{count} running", count=len(running))) if running else None,
            "infusing" in mine,
        )
    if at.actor.may("trial.read"):
        phases: dict[str, int] = {}
        for study in trial.studies(at.tx):
            for phase, count in trial.study_page(at.tx, study.code).by_phase.items():
                phases[str(phase)] = phases.get(str(phase), 0) + count
        yield Stop(
            "recipients",
            "/trial",
            phases.get("randomised", 0),
            T("On treatment"),
            _preparing(phases),
            "recipients" in mine,
        )
    if at.actor.may("followup.read") or at.actor.may("followup.read_blind"):
        work = followup.worklist(at.tx, at.actor)
        flag = ("warn", T("{count} overdue", count=len(work.overdue))) if work.overdue else None
        yield Stop("followup", "/followup", len(work.recipients), T("Follow-up"), flag, "followup" in mine)


def _preparing(phases: dict[str, int]) -> tuple[str, T] | None:
    waiting = phases.get("enrolled", 0) + phases.get("eligible", 0)
    return ("pend", T("{count} before it", count=waiting)) if waiting else None


def _cells(at: Situation, mine: set[str]) -> Iterator[Stop]:
    """Marrow, separation, every passage, harvest, bank, bags; what stands empty is shown empty."""
    counts: dict[tuple[str, int | None], int] = {}
    for stage in manufacturing.stages(at.tx):
        counts[stage.key, stage.passage] = stage.containers_count
    flags = {
        "marrow": _start_by(at, [one.process_by for one in at.marrow]),
        "bags": _start_by(at, [bag.start_by for bag in at.bags]),
    }
    passages = max([PASSAGES - 1, *(passage for key, passage in counts if key == "culture" and passage is not None)])
    keys: list[tuple[str, int | None, T]] = [("marrow", None, T("Marrow")), ("separation", None, T("Separation"))]
    keys += [("culture", passage, T("P{passage}", passage=passage)) for passage in range(passages + 1)]
    keys += [("harvest", None, T("Harvest")), ("bank", None, T("Bank")), ("bags", None, T("Bags"))]
    for key, passage, name in keys:
        yield Stop(
            key, "/manufacturing", counts.get((key, passage), 0), name, flags.get(key), key in mine and passage is None
        )


def _start_by(at: Situation, moments: Sequence[datetime]) -> tuple[str, T] | None:
    coming = [moment for moment in moments if moment > at.tx.now]
    return ("now", T("Start by {time}", time=_clock(at.tx, min(coming)))) if coming else None


# -- the clocks ------------------------------------------------------------------------------------------------------


def _clocks(at: Situation) -> Iterator[Clock]:
    if at.actor.may("quality.read") or at.actor.may("bedside.read") or at.actor.may("custody.read"):
        yield from (_bag_clock(at, bag) for bag in at.bags if bag.start_by > at.tx.now)
    if at.actor.may("manufacturing.read") and at.actor.may("donors.read"):
        for donation in at.marrow:
            if donation.process_by > at.tx.now:
                yield Clock(
                    donation.code,
                    T("marrow"),
                    T("left to start separation, by {time}", time=_clock(at.tx, donation.process_by)),
                    donation.ended_at,
                    donation.process_by,
                    donation.process_by,
                    f"/donations/{donation.code}",
                )
    if at.actor.may("followup.read"):
        for clock in followup.worklist(at.tx, at.actor).clocks:
            if clock.starts_at < at.tx.now < clock.due_at:
                yield Clock(
                    clock.recipient,
                    T("safety report"),
                    T("left to send it, by {at}", at=clock.due_at),
                    clock.starts_at,
                    clock.due_at,
                    clock.due_at,
                    f"/followup/{clock.recipient}",
                )


def _bag_clock(at: Situation, bag: BagClock) -> Clock:
    shown = bag.recipient is not None and at.actor.may("trial.read") and sees_content(at.actor)
    name = (
        T("for {recipient}", recipient=grouped(bag.recipient))
        if shown
        else T("released")
        if bag.released
        else T("not released")
    )
    return Clock(
        bag.bag,
        name,
        T("left to start, by {time}", time=_clock(at.tx, bag.start_by)),
        bag.made_at,
        bag.start_by,
        bag.expires_at,
        _way_of_bag(at, bag.bag),
    )


def _way_of_bag(at: Situation, bag: str) -> str:
    """Its trace, where this person may see it; else the page of it that they may open, or none."""
    if traces.allowed(at.tx, bag, at.actor):
        return f"/trace/{bag}"
    return str(at.tx.house.way(at.actor, bag, ""))
