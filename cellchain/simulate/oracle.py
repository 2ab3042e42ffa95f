"""What must never be (docs/architecture.md), told from the ledger alone: no rule and no query of the house is asked.

Each check looks at one change of one row, with everything that stood before it. Numbers are those of the eight truths:
1 recipient and arm · 2 nothing unfit is infused · 3 sources and amounts · 4 never alone · 5 identifiers and labels ·
6 allocation · 7 nothing is deleted or changed unseen · 8 what was acknowledged stays (`journal.py`).
"""

from collections.abc import Iterator
from typing import Protocol

from cellchain.simulate.flows import CELLS, ArmOf, Flows
from cellchain.simulate.hands import Hands
from cellchain.simulate.told import Change, Row, Tables, Told

REFUSED = ":refused"


class Source(Protocol):
    """Where entries come from: a database file, or a test."""

    def news(self) -> tuple[list[Told], list[str]]:
        """The entries since the last call, and what is wrong with the chain of them."""


class Oracle:
    """Reads along, and says what broke."""

    def __init__(self, source: Source, arm_of: ArmOf, drawn_as: ArmOf | None = None) -> None:
        """`arm_of` opens a recipient's arm, `drawn_as` the arm of a row of the allocation list."""
        self.tables = Tables()
        self.flows = Flows(self.tables, arm_of)
        self.hands = Hands(self.tables, self.flows)
        self._source = source
        self._arm_of, self._drawn_as = arm_of, drawn_as
        self._codes: set[str] = set()
        self.heard: list[Told] = []

    def listen(self) -> list[str]:
        """What the entries since the last call break, a sentence each."""
        self.heard, wrong = self._source.news()
        for entry in self.heard:
            found = [one for change in entry.changes for one in self._before(entry, change)]
            for change in entry.changes:  # one entry may change a row several times
                found += self._seen(change)
                self.tables.take(change)
            found += [one for change in entry.changes for one in self._after(entry, change)]
            if not entry.event.endswith(REFUSED):
                found += self.hands.allowed(entry)
            wrong += [f"entry {entry.seq} {entry.event}: {one}" for one in found]
        return wrong

    def _before(self, entry: Told, change: Change) -> Iterator[str]:
        """What has to hold before the entry is taken in."""
        row = {**self.tables.row(change.table, change.key), **change.after}
        if change.table == "bedside_infusion":
            yield from self.flows.infusion(change, row)
        elif change.table == "trial_allocation_row" and not change.is_new:
            yield from self._allocated(change, row)
        elif change.table == "trial_recipient" and change.after.get("arm") is not None:
            if self.tables.row("trial_recipient", change.key).get("arm") is not None:
                yield f"6: {change.key} is randomised twice"
        elif change.table == "labels_label" and change.is_new:
            yield from self._printed(row)
        elif change.is_new and change.table in self.flows.made:
            yield from self.flows.made[change.table](change.key, row)

    def _after(self, entry: Told, change: Change) -> Iterator[str]:
        """What has to hold once the entry is taken in."""
        row = self.tables.row(change.table, change.key)
        yield from self.hands.told(change, row)
        if change.table == "manufacturing_container_source" and change.is_new:
            yield from self._drawn(row["parent"])
            yield from self._traced(row)
        elif change.table == "manufacturing_container_loss" and change.is_new:
            yield from self._drawn(row["container"])
        elif change.table == "manufacturing_container":
            yield from self._contained(row)
        elif change.table == "trial_allocation_row" and not change.is_new:
            yield from self._as_drawn(change, row)
        elif change.table == "labels_reconciliation":
            yield from self._reconciled(row)
        elif change.table == "ledger_signature" and (row["signer"], row["event"]) != (entry.actor, entry.event):
            yield f"7: signature {change.key} is not of what {entry.actor} did"

    # -- 7 and 5: rows and identifiers --

    def _seen(self, change: Change) -> Iterator[str]:
        known = self.tables.rows[change.table].get(change.key)
        if change.is_new:
            if known is not None:
                yield f"5: {change.table} {change.key} is made a second time"
            if change.after.get("code") == change.key:
                if change.key in self._codes:
                    yield f"5: the identifier {change.key} is given a second time"
                self._codes.add(change.key)
        elif known is None:
            yield f"7: {change.table} {change.key} changes and was never made"
        elif not change.after:
            yield f"7: {change.table} {change.key} is deleted"
        elif any(known.get(name) != value for name, value in (change.before or {}).items()):
            yield f"7: {change.table} {change.key} had changed without an entry"
        elif change.table == "ledger_signature":
            yield f"7: signature {change.key} changes"

    def _printed(self, row: Row) -> Iterator[str]:
        """A second label of one design on one thing replaces the first, and says why."""
        same = [
            one
            for one in self.tables.where("labels_label", "target", row["target"])
            if one["design"] == row["design"] and one["phase"] in ("printed", "confirmed")
        ]
        if same and (row["replaces"] is None or row["reason"] is None):
            yield f"5: {row['code']} is a second {row['design']} of {row['target']} without a reason"

    def _reconciled(self, row: Row) -> Iterator[str]:
        printed = sum(1 for _ in self.tables.where("labels_label", "lot", row["lot"]))
        parts = ("applied_count", "in_record_count", "spoiled_count", "destroyed_count", "difference_count")
        if row["printed_count"] != printed:
            yield f"5: {row['printed_count']} labels of {row['lot']} are counted, {printed} were printed"
        if row["printed_count"] != sum(row[name] for name in parts):
            yield f"5: the labels of {row['lot']} do not add up"

    # -- 6: allocation --

    def _allocated(self, change: Change, row: Row) -> Iterator[str]:
        before = self.tables.row(change.table, change.key)
        if before.get("phase") != "sealed":
            yield f"6: allocation row {change.key} changes after it was revealed"
        rows = self.tables.rows["trial_allocation_row"].values()
        beside = [
            one
            for one in rows
            if one["allocation_list"] == row["allocation_list"] and one.get("level") == row.get("level")
        ]
        if any(one["number"] < row["number"] and one["phase"] == "sealed" for one in beside):
            yield f"6: allocation row {change.key} is revealed before its turn"
        if any(one["recipient"] == row["recipient"] for one in rows if one["recipient"] is not None):
            yield f"6: {row['recipient']} takes a second allocation row"

    def _as_drawn(self, change: Change, row: Row) -> Iterator[str]:
        """The arm that a recipient has is the one that stood sealed in their row."""
        if self._drawn_as is not None and self._arm_of(row["recipient"]) != self._drawn_as(change.key):
            yield f"6: {row['recipient']} has another arm than row {change.key} says"

    # -- 3: sources and amounts --

    def _drawn(self, code: str) -> Iterator[str]:
        """No more is drawn from a container than was ever in it."""
        row = self.tables.row("manufacturing_container", code)
        out = [
            *self.tables.where("manufacturing_container_source", "parent", code),
            *self.tables.where("manufacturing_container_loss", "container", code),
        ]
        volume = sum(one["volume_ul"] or 0 for one in out)
        cells = sum(one["cells_count"] or 0 for one in out)
        if row.get("volume_made_ul") is not None and volume > row["volume_made_ul"]:
            yield f"3: {volume} µL are drawn from {code}, which held {row['volume_made_ul']}"
        made = (row.get("cells_made_count") or 0) + (row.get("cells_grown_count") or 0)
        if row.get("cells_made_count") is not None and cells > made:
            yield f"3: {cells} cells are drawn from {code}, which held {made}"

    def _contained(self, row: Row) -> Iterator[str]:
        if (row["volume_ul"] or 0) < 0 or (row["cells_count"] or 0) < 0:
            yield f"3: {row['code']} holds less than nothing"
        from_somewhere = row["donation"] or row["content"] != CELLS or any(self._parents(row["code"]))
        if not from_somewhere:
            yield f"3: the cells of {row['code']} come from nowhere"

    def _traced(self, row: Row) -> Iterator[str]:
        if not self.tables.row("manufacturing_container", row["parent"]):
            yield f"3: {row['child']} comes from {row['parent']}, which is not known"
        seen, ahead = set(), [row["parent"]]
        while ahead:
            one = ahead.pop()
            if one == row["child"]:
                yield f"3: {one} is its own source"
                return
            if one not in seen:
                seen.add(one)
                ahead += self._parents(one)

    def _parents(self, code: str) -> Iterator[str]:
        return (one["parent"] for one in self.tables.where("manufacturing_container_source", "child", code))
