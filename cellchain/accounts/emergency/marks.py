"""The sign that stands beside what somebody did under emergency access, wherever their acts are shown or printed.

An act is told by its person and its moment: every entry that they left meanwhile bears the number, so an act counts as
done under it where one of those entries was made, or tells of something, at that very moment.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from cellchain.accounts.emergency.queries import ENTRIES_MAX, EmergencyView, listed
from cellchain.accounts.emergency.rules import Finding
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.queries import entries_by
from cellchain.platform.db import ReadTx


@dataclass(frozen=True)
class Marks:
    """Which acts were done under which emergency access, and what is known of each of those, in order."""

    acts: Mapping[tuple[str, datetime], int] = field(default_factory=dict)
    views: tuple[EmergencyView, ...] = ()

    def of(self, person: str | None, *moments: datetime | None) -> int | None:
        """The number under which this person did what bears one of these moments; None for an act like any other."""
        if person is None:
            return None
        return next((self.acts[person, at] for at in moments if at is not None and (person, at) in self.acts), None)

    def among(self, done: Iterable[tuple[str, datetime]]) -> "Marks":
        """Those of `done` alone, and only what has an act among them."""
        kept = {act: self.acts[act] for act in done if act in self.acts}
        return Marks(kept, tuple(view for view in self.views if view.number in kept.values()))


NONE = Marks()


def marks_of(tx: ReadTx, people: Iterable[str]) -> Marks:
    """Everything that these people did under emergency access."""
    views = sorted((view for person in sorted(set(people)) for view in listed(tx, person)), key=lambda one: one.number)
    acts: dict[tuple[str, datetime], int] = {}
    for view in views:
        for entry in entries_by(tx, view.person, view.begun_at, view.over_at, ENTRIES_MAX):
            body = json.loads(entry.body)
            if body["facts"].get("emergency") == view.number:
                for at in (entry.at, datetime.fromisoformat(body["happened_at"])):
                    acts[view.person, at] = view.number
    return Marks(acts, tuple(views))


def standing(view: EmergencyView) -> T:
    """How the review of one stands, in words."""
    if view.finding is None:
        return T("Runs, not reviewed") if view.runs else T("Not reviewed yet")
    return T("Reviewed: justified") if view.finding == Finding.JUSTIFIED else T("Reviewed: not justified")
