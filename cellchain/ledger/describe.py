"""What a capability tells the rest of the house about its things: handed to scan, labels and trace by `main.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from cellchain.kernel.text import T
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
    """What a code stands for, as one person may see it."""

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
class Edge:
    """One step of the way the cells took: from `source` into `target`."""

    source: str
    target: str
    kind: str
    at: datetime


class Describer(Protocol):
    """A module `describe` of a capability."""

    def describe(self, tx: ReadTx, code: str, actor: Actor) -> Description | None:
        """What `code` is, or None where this capability does not know it or the person may not."""


class Labeller(Protocol):
    """A `describe` module whose things wear labels."""

    def label(self, tx: ReadTx, code: str, design: str) -> LabelData:
        """What a label of `design` on `code` says. Raises Refused where it may not be printed."""


@dataclass(frozen=True)
class House:
    """The tables that `main.py` hands down: describers by the two letters of an identifier's kind."""

    describers: Mapping[str, Describer] = field(default_factory=dict)
    labellers: Mapping[str, Labeller] = field(default_factory=dict)
    list_key: bytes = b""  # the key of the allocation list; held apart from the database
    zone: ZoneInfo = ZoneInfo("UTC")  # the site's, for times that labels print
    site_name: str = ""

    def describe(self, tx: ReadTx, code: str, actor: Actor) -> Description | None:
        """Ask the capability that owns the code's kind."""
        describer = self.describers.get(code[:2])
        return None if describer is None else describer.describe(tx, code, actor)
