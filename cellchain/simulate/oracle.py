"""What must never be (docs/architecture.md), told from the ledger alone: no rule and no query of the house is asked.

Each check looks at one change of one row, with everything that stood before it. Numbers are those of the eight truths:
1 recipient and arm · 2 nothing unfit is infused · 3 sources and amounts · 4 never alone · 5 identifiers and labels ·
6 allocation · 7 nothing is deleted or changed unseen · 8 what was acknowledged stays (`journal.py`).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from cellchain.simulate.told import Change, Row, Tables, Told

RELEASED = ("conditionally_released", "released")
BARRED = ("rejected", "recalled", "quarantined")
WINDOW = timedelta(minutes=15)
CELLS, SALINE, TREATED = "msc", "saline", "MSC"
ArmOf = Callable[[str], str]


class Source(Protocol):
    """Where entries come from: a database file, or a test."""

    def news(self) -> tuple[list[Told], list[str]]:
        """The entries since the last call, and what is wrong with the chain of them."""


class Oracle:
    """Reads along, and says what broke."""

    def __init__(self, source: Source, arm_of: ArmOf) -> None:
        self.tables = Tables()
        self._source = source
        self._arm_of = arm_of
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
            wrong += [f"entry {entry.seq} {entry.event}: {one}" for one in found]
        return wrong

    def _before(self, entry: Told, change: Change) -> Iterator[str]:
        """What has to hold before the entry is taken in."""
        row = {**self.tables.row(change.table, change.key), **change.after}
        if change.table == "bedside_infusion" and change.after.get("phase") == "running":
            yield from self._flows(entry, row, is_new=change.is_new)
        elif change.table == "trial_allocation_row" and not change.is_new:
            yield from self._allocated(change, row)
        elif change.table == "trial_recipient" and change.after.get("arm") is not None:
            if self.tables.row("trial_recipient", change.key).get("arm") is not None:
                yield f"6: {change.key} is randomised twice"
        elif change.table == "labels_label" and change.is_new:
            yield from self._printed(row)

    def _after(self, entry: Told, change: Change) -> Iterator[str]:
        """What has to hold once the entry is taken in."""
        row = self.tables.row(change.table, change.key)
        if change.table == "manufacturing_container_source" and change.is_new:
            yield from self._drawn(row["parent"])
            yield from self._traced(row)
        elif change.table == "manufacturing_container_loss" and change.is_new:
            yield from self._drawn(row["container"])
        elif change.table == "manufacturing_container":
            yield from self._contained(row)
        elif change.table == "manufacturing_step_record" and change.after.get("verifier"):
            yield from self._verified(change.key, row)
        elif change.table == "quality_decision" and row["phase"] in RELEASED:
            yield from self._released(row)
        elif change.table == "quality_result" and change.after.get("verified_by"):
            if row["verified_by"] in (row["entered_by"], row["started_by"]):
                yield f"4: result {change.key} is verified by who entered it"
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

    # -- 4: never alone --

    def _verified(self, key: str, row: Row) -> Iterator[str]:
        values = self.tables.where("manufacturing_step_value", "step_record", int(key))
        if row["verifier"] in {row["performer"], *(one["entered_by"] for one in values)}:
            yield f"4: step {key} is verified by who did it"

    def _released(self, row: Row) -> Iterator[str]:
        lot = row["lot"]
        steps = self.tables.where("manufacturing_step_record", "lot", lot)
        made = self.tables.where("manufacturing_container", "lot", lot)
        results = self.tables.where("quality_result", "lot", lot)
        hands = {one[name] for one in steps for name in ("performer", "verifier")}
        hands |= {one["made_by"] for one in made}
        hands |= {one[name] for one in results for name in ("started_by", "entered_by", "verified_by")}
        if row["decided_by"] in hands:
            yield f"4: {lot} is released by who made or tested it"

    # -- 1 and 2: what flows --

    def _flows(self, entry: Told, row: Row, *, is_new: bool) -> Iterator[str]:
        bag, recipient = row["bag"], row["recipient"]
        container = self.tables.row("manufacturing_container", bag)
        yield from self._unfit(bag, container)
        if not is_new:
            return
        yield from self._meant(bag, recipient, container)
        yield from self._checked(row)
        ends = _moment(row["started_at"]) + timedelta(minutes=row["planned_minutes"])
        if container["expires_at"] is None or _moment(container["expires_at"]) < ends:
            yield f"2: {bag} expires before its end"
        yield from self._carried(bag)
        if any(self.tables.where("bedside_infusion", "bag", bag)):
            yield f"2: {bag} is infused a second time"

    def _meant(self, bag: str, recipient: str, container: Row) -> Iterator[str]:
        meant = [
            one["recipient"] for one in self.tables.where("trial_assignment", "bag", bag) if one["phase"] == "live"
        ]
        if meant != [recipient]:
            yield f"1: {bag} flows into {recipient}, and is meant for {meant}"
        wanted = CELLS if self._arm_of(recipient) == TREATED else SALINE
        if (container["kind"], container["content"]) != ("infusion_bag", wanted):
            yield f"1: {recipient} is given {container['content']}, not the arm of the randomisation"
        if not any(one["phase"] == "given" for one in self._consents(recipient)):
            yield f"1: {recipient} is infused without a consent that stands"

    def _consents(self, recipient: str) -> Iterator[Row]:
        return self.tables.where("trial_consent", "recipient", recipient)

    def _checked(self, row: Row) -> Iterator[str]:
        pair = (row["first_checker"], row["second_checker"])
        if len(set(pair)) != 2 or row["started_by"] not in pair:
            yield f"4: {row['bag']} is checked and started by {pair}, {row['started_by']}"
        started = _moment(row["started_at"])
        fresh = {
            one["checked_by"]
            for one in self.tables.where("bedside_check", "bag", row["bag"])
            if one["verdict"] == "MATCH" and one["phase"] == "open" and one["recipient"] == row["recipient"]
            if started - _moment(one["checked_at"]) <= WINDOW
        }
        if not fresh >= set(pair):
            yield f"4: {row['bag']} starts on checks that do not stand"

    def _unfit(self, bag: str, container: Row) -> Iterator[str]:
        lot = container["lot"]
        phase = self.tables.row("quality_disposition", lot).get("phase")
        if phase not in RELEASED:
            yield f"2: {bag} of {lot} flows, which is {phase}"
        for one in sorted({bag, *self._origins(lot)}):
            if any(hold["phase"] == "placed" for hold in self.tables.where("quality_hold", "subject", one)):
                yield f"2: {bag} flows, and {one} is on hold"
            if any(item["is_stopped"] for item in self.tables.where("quality_recall_item", "subject", one)):
                yield f"2: {bag} flows, and {one} was recalled"
            if self.tables.row("quality_disposition", one).get("phase") in BARRED:
                yield f"2: {bag} flows, and {one} is barred"

    def _origins(self, lot: str) -> set[str]:
        """A lot and everything that it came from: lots, donations, donors."""
        found, ahead = set(), [lot]
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                ahead += [row["source"] for row in self.tables.where("manufacturing_lot_source", "lot", one)]
                donor = self.tables.row("donors_donation", one).get("donor")
                ahead += [donor] if donor else []
        return found

    def _carried(self, bag: str) -> Iterator[str]:
        """The bag reached the ward by somebody who took it from somebody, and is not on its way."""
        ways = [*self.tables.where("custody_hand_over", "subject", bag)]
        packed = [*self.tables.where("custody_packed", "subject", bag)]
        if any(one["phase"] == "offered" for one in ways) or any(one["taken_out_at"] is None for one in packed):
            yield f"2: {bag} flows, and is on its way"
        arrived = chain(
            (one["to_location"] for one in ways if one["phase"] == "accepted"),
            (
                ship["received_location"]
                for one in packed
                if one["found"]
                and (ship := self.tables.row("custody_shipment", one["shipment"]))["outcome"] == "accepted"
            ),
        )
        wards = {place for place in arrived if self.tables.row("materials_location", place).get("kind") == "ward"}
        if not wards:
            yield f"2: {bag} flows, and never reached a ward"
        if any(one["phase"] != "assessed" for one in self.tables.where("custody_excursion", "subject", bag)):
            yield f"2: {bag} flows, and its excursion is not assessed"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
