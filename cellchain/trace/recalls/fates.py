"""What became of each thing that a recall reaches: read from every room at once, a set of codes in one question."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cellchain.bedside.given import Given, given
from cellchain.custody.places import Place, places
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing.lineage import Item
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ReadTx
from cellchain.trace.recalls.rules import ORDER, State
from cellchain.trial import queries as trial
from cellchain.trial.treating import Tie, ties

_ENDED = {ContainerPhase.SPENT: State.USED_UP, ContainerPhase.DISCARDED: State.DISCARDED}


@dataclass(frozen=True, slots=True)
class Fate:
    """A container of a recall: where it is since when, and whose it is or was."""

    item: Item
    state: State
    since: datetime | None
    place: Place | None
    tie: Tie | None
    given: Given | None
    put_aside: str = ""

    @property
    def code(self) -> str:
        """Its code."""
        return self.item.code

    @property
    def recipient(self) -> str | None:
        """Who got it, or for whom it is meant."""
        if self.given is not None:
            return self.given.recipient
        return None if self.tie is None else self.tie.recipient

    @property
    def where(self) -> str:
        """The place and the position in it, as far as anybody recorded them."""
        if self.put_aside:
            return self.put_aside
        if self.place is None:
            return ""
        return " ".join(part for part in (self.place.location_name, self.place.position or "") if part)


@dataclass(frozen=True, slots=True)
class Affected:
    """A recipient with everything of a recall that they got or were about to get; `got` are the bags begun."""

    recipient: str
    study: str
    site: str
    physician: str
    bags: tuple[str, ...]
    got: tuple[str, ...]
    infusions: tuple[int, ...]
    first_given_at: datetime | None
    runs: bool


def fates(tx: ReadTx, items: Sequence[Item], put_aside: Mapping[str, str]) -> list[Fate]:
    """The fate of each thing, the most pressing first. `put_aside`: where things were set apart, by code."""
    codes = [item.code for item in items]
    bags = [code for code in codes if code.startswith("BG")]
    at = places(tx, codes)
    by_bag = {one.bag: one for one in given(tx, bags)}
    tied = {one.bag: one for one in ties(tx, bags)}
    found = [
        _fate(item, at.get(item.code), tied.get(item.code), by_bag.get(item.code), put_aside.get(item.code, ""))
        for item in items
    ]
    return sorted(found, key=lambda fate: (ORDER[fate.state], fate.code))


def _fate(item: Item, place: Place | None, tie: Tie | None, one: Given | None, put_aside: str) -> Fate:
    if one is not None:
        state, since = (State.RUNNING, one.started_at) if one.runs else (State.GIVEN, one.ended_at)
    elif place is not None and place.state == "destroyed":
        state, since = State.DESTROYED, place.since
    elif item.phase in _ENDED:
        state, since = _ENDED[item.phase], None
    elif put_aside:
        state, since = State.SET_APART, None
    elif place is not None:
        state, since = State(place.state), place.since
    elif item.phase is ContainerPhase.IN_USE:
        state, since = State.IN_WORK, None
    else:
        state, since = State.UNKNOWN, None
    return Fate(item, state, since, place, tie, one, put_aside)


def counted(found: Sequence[Fate]) -> dict[State, int]:
    """How many things are where, the most pressing first."""
    counts: dict[State, int] = {}
    for fate in found:
        counts[fate.state] = counts.get(fate.state, 0) + 1
    return counts


def recipients(found: Sequence[Fate]) -> list[Affected]:
    """Everybody who got something of it or was about to, by code."""
    theirs: dict[str, list[Fate]] = {}
    for fate in found:
        if fate.recipient is not None:
            theirs.setdefault(fate.recipient, []).append(fate)
    return [_affected(code, theirs[code]) for code in sorted(theirs)]


def _affected(recipient: str, those: Sequence[Fate]) -> Affected:
    tie = next((fate.tie for fate in those if fate.tie is not None), None)
    starts = [fate.given.started_at for fate in those if fate.given is not None]
    return Affected(
        recipient=recipient,
        study="" if tie is None else tie.study,
        site="" if tie is None else tie.site,
        physician="" if tie is None else tie.physician,
        bags=tuple(fate.code for fate in those),
        got=tuple(fate.code for fate in those if fate.given is not None),
        infusions=tuple(sorted(fate.tie.number for fate in those if fate.tie is not None)),
        first_given_at=min(starts, default=None),
        runs=any(fate.state is State.RUNNING for fate in those),
    )


def sees_recipients(actor: Actor) -> bool:
    """Whether this person may know whose a bag is: a bag beside a recipient tells the arm. An assessor never may."""
    return actor.may("trial.read") and actor.may(trial.SEE_ARM)


def sees_all(actor: Actor) -> bool:
    """Whether this person reads everything of a recall, and not what concerns their own recipients alone."""
    return actor.may("quality.read")


def visible(found: Sequence[Fate], actor: Actor) -> list[Fate]:
    """What of it this person may see: a physician, their own recipients' bags alone."""
    if sees_all(actor):
        return list(found)
    return [fate for fate in found if fate.tie is not None and fate.tie.physician == actor.person]
