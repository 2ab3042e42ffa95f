"""What a capability tells the rest of the house about its things: handed to scan, labels and trace by `main.py`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any, NoReturn, Protocol
from zoneinfo import ZoneInfo

from cellchain.identity import scan, typed
from cellchain.identity.scan import Scan, System
from cellchain.identity.schemes import NATIVE, Schemes
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import InvariantBroken, Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx


@dataclass(frozen=True)
class Action:
    """One thing that can be done next: the command's path, its words, and the page that does it."""

    path: str
    label: T
    href: str


@dataclass(frozen=True)
class Description:
    """What a code stands for, as one person may see it. No `href`: there is no page of it for this person."""

    kind: str
    code: str
    title: T
    phase: str | None
    href: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class LabelData:
    """What a label of this thing says. `symbol` None: the label's own serial goes into its symbols.

    `group` is the lot under which the label is reconciled.
    """

    fields: Mapping[str, str]
    symbol: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Contact:
    """A thing, a machine or a person had to do with `target` from `began` to `ended`; None where it still goes on."""

    target: str
    began: datetime
    ended: datetime | None

    def within(self, since: datetime | None, until: datetime | None) -> bool:
        """Whether any of it fell between two times; either may be left open."""
        return (until is None or self.began <= until) and (since is None or self.ended is None or self.ended >= since)


class Describer(Protocol):
    """A module `describe` of a capability."""

    def describe(self, tx: ReadTx, code: str, actor: Actor) -> Description | None:
        """What `code` is, or None where this capability does not know it or the person may not."""


class Sketcher(Protocol):
    """A module `describe` of a capability whose things come in hundreds."""

    def sketch(self, tx: ReadTx, codes: Sequence[str], actor: Actor) -> Mapping[str, Description]:
        """What each of many codes is, as `describe` tells it but for what can be done with it, in a few questions.

        Codes that are not known, or not for this person, are left out.
        """


class Labeller(Protocol):
    """A `describe` module whose things wear labels."""

    def label(self, tx: ReadTx, code: str, design: str) -> LabelData:
        """What a label of `design` on `code` says. Raises Refused where it may not be printed."""


class StandIn(Protocol):
    """A module whose symbols are worn by things of another code: a label, a badge, a wristband."""

    def thing_of(self, tx: ReadTx, code: str) -> str:
        """The code of what wears this symbol. Raises Refused or NotFound where it stands for nothing (any more)."""


class Finder(Protocol):
    """A module that knows things of ours by the numbers of another code system."""

    def find(self, tx: ReadTx, read: Scan) -> str:
        """Our code for what a symbol names. Raises Refused or NotFound, saying what the symbol is."""

    def parts(self, tx: ReadTx, read: Scan, wanted: frozenset[str]) -> Mapping[str, str]:
        """What the symbol says for the fields of a form that want a part of it, by their tokens (`gs1:lot`).

        Raises Refused or NotFound where one of the wanted parts cannot be told.
        """

    def offer(self, tx: ReadTx, read: Scan, actor: Actor) -> Action | None:
        """What this person can do about a symbol that names nothing here yet."""


class Batches(Protocol):
    """What labels ask of the batches, which come later in the chain."""

    def open_at(self, tx: ReadTx, station: str) -> str | None:
        """The lot whose batch record is open at a station, or None."""

    def step_done_since(self, tx: ReadTx, lot: str, at: datetime) -> bool:
        """Whether a step of a lot was completed after `at`."""


class NoBatches:
    """Where nothing is made: no record is open anywhere, and no step was ever done."""

    def open_at(self, tx: ReadTx, station: str) -> str | None:
        """None."""
        return None

    def step_done_since(self, tx: ReadTx, lot: str, at: datetime) -> bool:
        """Never."""
        return False


def same_way(actor: Actor, code: str, href: str) -> str:
    """Every page to everybody: where nobody handed down who may open what."""
    return href


def native_alone(tx: ReadTx, station: str | None) -> Schemes:
    """No code system but our own."""
    return NATIVE


class Giving(Protocol):
    """How the bags of a lot are given at their worst. `is_assigned`: the weight is of somebody whose bag it is."""

    @property
    def volume_ul(self) -> int: ...
    @property
    def minutes(self) -> int: ...
    @property
    def weight_g(self) -> int: ...
    @property
    def is_assigned(self) -> bool: ...


def given_to_nobody(tx: ReadTx, lot: str) -> Giving | None:
    """Where nobody is treated: nothing is known of how a bag is given."""
    return None


class Worded(Protocol):
    """Words that a document brings along in each language."""

    def words(self, language: str) -> str: ...


def leads_nowhere(tx: ReadTx, code: str) -> Sequence[str]:
    """Where nothing comes later in the chain."""
    return ()


def in_nobodys_hands(tx: ReadTx, person: str, limit: int) -> Sequence[Contact]:
    """Where nothing is handed over, nobody had anything in their hands."""
    return ()


def treated_by_nobody(tx: ReadTx, recipient: str) -> str | None:
    """Where nobody is treated, nobody is anybody's physician."""
    return None


# What a field may be chosen from: each one's value and its name.
Listing = Callable[[ReadTx], Sequence[tuple[str, str | Worded]]]


def no_folder(_what: object) -> NoReturn:
    """Where nobody handed down a data folder, nothing is kept. Raises InvariantBroken."""
    raise InvariantBroken("this house has no data folder")


@dataclass(frozen=True)
class House:
    """The tables that `main.py` hands down: describers by the two letters of an identifier's kind."""

    describers: Mapping[str, Describer] = field(default_factory=dict)
    labellers: Mapping[str, Labeller] = field(default_factory=dict)
    list_key: bytes = b""  # the key of the allocation list; held apart from the database
    zone: ZoneInfo = ZoneInfo("UTC")  # the site's, for times that labels print
    site_name: str = ""
    stand_ins: Mapping[str, StandIn] = field(default_factory=dict)
    schemes: Callable[[ReadTx, str | None], Schemes] = (
        native_alone  # the code systems here, as a station's reader sends
    )
    finders: Mapping[System, Finder] = field(default_factory=dict)
    way: Callable[[Actor, str, str], str] = same_way  # the page of a thing that a person may open, `href` before others
    lists: Mapping[str, Listing] = field(default_factory=dict)  # what forms let a person choose from, by name
    sketchers: Mapping[str, Sketcher] = field(default_factory=dict)  # of things that come in hundreds
    batches: Batches = field(default_factory=NoBatches)  # which batch record is open where
    giving_of: Callable[[ReadTx, str], Giving | None] = given_to_nobody  # how a lot's bags are given at their worst
    # What a thing leads to in the packages that come later: a bag to its recipients, a shipment to what lies in it.
    onward: Callable[[ReadTx, str], Sequence[str]] = leads_nowhere
    # The containers that a person gave to another or took from one, and when: at most so many.
    in_hands_of: Callable[[ReadTx, str, int], Sequence[Contact]] = in_nobodys_hands
    checks: Sequence[Any] = ()  # what capabilities later in the chain look at when a batch is reviewed
    alert_hours: int = 24  # within so many hours an alert about a recall or a late positive is acknowledged
    access_review_days: int = 180  # so many days lie between two reviews of who may do what
    physician_of: Callable[[ReadTx, str], str | None] = treated_by_nobody  # the treating physician of a recipient
    is_stolen: Callable[[str], bool] = lambda _: False  # whether others have lost this password already
    sessions_a_person_max: int = 20  # so many sessions of one person stand at a time
    emergency_minutes: int = 60  # for so long a role that was taken in an emergency counts
    emergency_review_hours: int = 72  # within so many hours QA reviews it
    second_factor_roles: frozenset[str] = frozenset()  # roles that a password alone does not open
    fetch: Callable[[str], bytes] = no_folder  # the file with a SHA-256; raises NotFound, Refused `file.damaged`
    sends_mail: bool = False  # whether a mail server is set up
    public_url: str = "http://localhost:8000"  # the address at which people reach this house
    older_list_keys: tuple[bytes, ...] = ()  # those before it: the lists that were sealed with one stay under it
    witnesses: Callable[[], Sequence[Any]] = tuple  # how it stands with each witness of the ledger, without waiting

    @property
    def list_keys(self) -> tuple[bytes, ...]:
        """The keys under which a list may lie, the one in use first."""
        return (self.list_key, *self.older_list_keys[::-1])

    def describe(self, tx: ReadTx, code: str, actor: Actor) -> Description | None:
        """Ask the capability that owns the code's kind."""
        describer = self.describers.get(code[:2])
        found = None if describer is None else describer.describe(tx, code, actor)
        return None if found is None else replace(found, href=self.way(actor, found.code, found.href))

    def sketch(self, tx: ReadTx, codes: Sequence[str], actor: Actor) -> dict[str, Description]:
        """What each of many codes is, in a few questions for each kind. What is left out is not known here."""
        by_kind: dict[str, list[str]] = {}
        for code in codes:
            by_kind.setdefault(code[:2], []).append(code)
        found: dict[str, Description] = {}
        for kind, alike in by_kind.items():
            sketcher = self.sketchers.get(kind)
            if sketcher is not None:
                found.update(self._on_their_way(actor, sketcher.sketch(tx, alike, actor)))
            else:
                told = ((code, self.describe(tx, code, actor)) for code in alike)
                found.update((code, replace(one, actions=())) for code, one in told if one is not None)
        return found

    def _on_their_way(self, actor: Actor, found: Mapping[str, Description]) -> Iterator[tuple[str, Description]]:
        """The same with the page that this person may open: asked once for all whose addresses differ by code alone."""
        ways: dict[str, str] = {}
        for code, one in found.items():
            place = one.href.removesuffix(code)
            if place not in ways:
                opened = self.way(actor, code, one.href)
                ensure(not opened or opened.endswith(code), "the page of one of many things is known by its code")
                ways[place] = opened.removesuffix(code)
            yield code, one if ways[place] == place else replace(one, href=ways[place] and ways[place] + code)

    def read(self, tx: ReadTx, raw: str, *, by_hand: bool = False, station: str | None = None) -> Scan:
        """What the scanner of a station sent, or a person typed, in every code system that is on here. Never raises."""
        if by_hand:
            return typed.read(raw, self.schemes(tx, station))
        # Our own codes mean the same whatever else is read here, and are most of what is scanned: nothing is asked.
        own = scan.read(raw)
        return own if own.code is not None else scan.read(raw, self.schemes(tx, station))

    def named_by(self, tx: ReadTx, read: Scan) -> str:
        """Our code for what a symbol of any code system names; a native one is taken at its word.

        Raises Refused for a symbol that says nothing here, or not one thing; NotFound for an unknown number.
        """
        if read.problem is not None:
            raise Refused(str(read.problem), scan.explain(read.problem).template)
        if read.code is not None:
            return read.code.text
        return self.finders[read.system].find(tx, read)

    def thing_of(self, tx: ReadTx, symbol: str) -> str:
        """What a symbol stands for; most codes stand for themselves. Raises Refused, NotFound."""
        stand_in = self.stand_ins.get(symbol[:2])
        if stand_in is not None:
            return stand_in.thing_of(tx, symbol)
        # A code of ours begins with two letters, and no symbol of another system does.
        return symbol if symbol[:2].isalpha() else self.named_by(tx, self.read(tx, symbol))
