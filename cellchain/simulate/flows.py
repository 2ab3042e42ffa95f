"""Truths 1 and 2: what flows is this recipient's, of their arm, checked by two, and fit, as is what it is made of."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from cellchain.simulate.told import Change, Row, Tables

RELEASED = ("conditionally_released", "released")
BARRED = ("rejected", "recalled", "quarantined")
WINDOW = timedelta(minutes=15)
CELLS, SALINE, TREATED = "msc", "saline", "MSC"
SCANNED = ("wedge", "camera")
HIGHEST_ML_H = 200
ON_TREATMENT = "randomised"
ArmOf = Callable[[str], str]


class Flows:
    """Looks at what is about to flow. `made` are the tables of which a new row is looked at."""

    def __init__(self, tables: Tables, arm_of: ArmOf) -> None:
        self.tables = tables
        self._arm_of = arm_of
        self.made: dict[str, Callable[[str, Row], Iterator[str]]] = {
            "bedside_rate_step": self._rate,
            "bedside_decision": self._decided,
            "trial_assignment": self._assigned,
            "materials_use": self._used,
            "donors_donation": self._given,
            "manufacturing_container_source": self._thawed,
        }

    def infusion(self, change: Change, row: Row) -> Iterator[str]:
        """One that starts, flows again or ends."""
        if change.after.get("phase") == "running":
            yield from self._flows(change, row)
        given, left = row["volume_given_ul"] or 0, row["volume_left_ul"] or 0
        if left < 0 or given + left > row["volume_ul"]:
            yield f"2: {given} µL of {row['bag']} are given and {left} left, and it held {row['volume_ul']}"

    def _rate(self, _: str, row: Row) -> Iterator[str]:
        if row["rate_ml_h"] > HIGHEST_ML_H:
            yield f"2: infusion {row['infusion']} runs at {row['rate_ml_h']} mL/h"

    def _decided(self, _: str, row: Row) -> Iterator[str]:
        """A physician lets a bag go on over what stands against it, all of it."""
        bag = self.tables.row("bedside_infusion", row["infusion"])["bag"]
        for hold in self._holds(bag) if row["choice"] == "go_on" else ():
            if f"hold:{hold}" not in row["marks"]:
                yield f"2: {bag} is to go on, and hold {hold} was not decided about"

    def _assigned(self, _: str, row: Row) -> Iterator[str]:
        content = self.tables.row("manufacturing_container", row["bag"])["content"]
        if content != self._content_for(row["recipient"]):
            yield f"1: {row['bag']} with {content} becomes {row['recipient']}'s, whose arm it is not"
        yield from self._goes_on(row["recipient"])

    def _goes_on(self, recipient: str) -> Iterator[str]:
        study = self.tables.row("trial_recipient", recipient)["study"]
        if any(one["phase"] == "standing" for one in self.tables.where("trial_study_pause", "study", study)):
            yield f"2: {recipient} is treated while {study} is paused"

    # -- what it is made of --

    def _used(self, _: str, row: Row) -> Iterator[str]:
        lot = self.tables.row("materials_lot", row["lot"])
        if lot["phase"] != "accepted":
            yield f"2: {row['used_for']} takes material {row['lot']}, which is {lot['phase']}"
        if lot["expires_on"] < row["used_at"][:10]:
            yield f"2: {row['used_for']} takes material {row['lot']}, which expired on {lot['expires_on']}"

    def _given(self, code: str, row: Row) -> Iterator[str]:
        """A donation is of somebody whom a physician found eligible for it."""
        donor, at = row["donor"], _moment(row["started_at"])
        found = [*self.tables.where("donors_eligibility", "donor", donor)]
        newest = found[-1] if found else {"outcome": "nobody's finding", "determined_at": row["started_at"]}
        if newest["outcome"] != "eligible" or not _moment(newest["determined_at"]) <= at <= _until(newest):
            yield f"2: {code} is of {donor}, whom nobody found eligible"
        if any(_moment(one["ended_at"]) > _moment(newest["determined_at"]) for one in self._donations(donor)):
            yield f"2: {code} is the second that {donor} gives on one finding"
        if not any(one["phase"] == "given" for one in self.tables.where("donors_consent", "donor", donor)):
            yield f"2: {code} is of {donor}, whose consent does not stand"

    def _donations(self, donor: str) -> Iterator[Row]:
        return self.tables.where("donors_donation", "donor", donor)

    def _thawed(self, _: str, row: Row) -> Iterator[str]:
        """What comes out of a banked vial comes out of a bank that may be used."""
        if row["kind"] != "thawed":
            return
        vial, bank = row["parent"], self.tables.row("manufacturing_container", row["parent"])["lot"]
        phase = self.tables.row("quality_disposition", bank).get("phase")
        if phase != "released_for_further_use":
            yield f"2: {vial} of {bank} is thawed, which is {phase}"
        for hold in self._holds(vial):
            yield f"2: {vial} is thawed under hold {hold}"

    # -- what flows --

    def _flows(self, change: Change, row: Row) -> Iterator[str]:
        bag, recipient = row["bag"], row["recipient"]
        container = self.tables.row("manufacturing_container", bag)
        if not change.is_new:
            if not self._let_go_on(int(change.key)):
                yield from self._unfit(bag, container)
            return
        yield from self._unfit(bag, container)
        yield from self._goes_on(recipient)
        yield from self._meant(bag, recipient, container)
        yield from self._checked(row)
        ends = _moment(row["started_at"]) + timedelta(minutes=row["planned_minutes"])
        if container["expires_at"] is None or _moment(container["expires_at"]) < ends:
            yield f"2: {bag} expires before its end"
        yield from self._carried(bag)
        if any(self.tables.where("bedside_infusion", "bag", bag)):
            yield f"2: {bag} is infused a second time"

    def _let_go_on(self, infusion: int) -> bool:
        """Whether a physician said so; what that rested on was looked at then."""
        said = [*self.tables.where("bedside_decision", "infusion", infusion)]
        return bool(said) and said[-1]["choice"] == "go_on"

    def _content_for(self, recipient: str) -> str:
        return CELLS if self._arm_of(recipient) == TREATED else SALINE

    def _meant(self, bag: str, recipient: str, container: Row) -> Iterator[str]:
        meant = [
            one["recipient"] for one in self.tables.where("trial_assignment", "bag", bag) if one["phase"] == "live"
        ]
        if meant != [recipient]:
            yield f"1: {bag} flows into {recipient}, and is meant for {meant}"
        if (container["kind"], container["content"]) != ("infusion_bag", self._content_for(recipient)):
            yield f"1: {recipient} is given {container['content']}, not the arm of the randomisation"
        if not any(one["phase"] == "given" for one in self._consents(recipient)):
            yield f"1: {recipient} is infused without a consent that stands"
        if self.tables.row("trial_recipient", recipient)["phase"] != ON_TREATMENT:
            yield f"1: {recipient} is infused and not on treatment"

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
            if started - _moment(one["checked_at"]) <= WINDOW and _is_sound(one)
        }
        if not fresh >= set(pair):
            yield f"4: {row['bag']} starts on checks that do not stand"

    def _unfit(self, bag: str, container: Row) -> Iterator[str]:
        lot = container["lot"]
        phase = self.tables.row("quality_disposition", lot).get("phase")
        if phase not in RELEASED:
            yield f"2: {bag} of {lot} flows, which is {phase}"
        for one in sorted({bag, *self._origins(lot)}):
            if any(self._placed_on(one)):
                yield f"2: {bag} flows, and {one} is on hold"
            if any(item["is_stopped"] for item in self.tables.where("quality_recall_item", "subject", one)):
                yield f"2: {bag} flows, and {one} was recalled"
            if self.tables.row("quality_disposition", one).get("phase") in BARRED:
                yield f"2: {bag} flows, and {one} is barred"

    def _placed_on(self, subject: str) -> Iterator[str]:
        """The numbers of the holds that stand on one thing."""
        for key in self.tables.by["quality_hold", "subject", subject]:
            if self.tables.row("quality_hold", key)["phase"] == "placed":
                yield key

    def _holds(self, container: str) -> Iterator[str]:
        """The holds on a container and on everything that it came from."""
        yield from self._placed_on(container)
        yield from self.holds_on_lot(self.tables.row("manufacturing_container", container)["lot"])

    def holds_on_lot(self, lot: str) -> Iterator[str]:
        """The holds on a lot and on everything that it came from."""
        return (hold for one in sorted(self._origins(lot)) for hold in self._placed_on(one))

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


def _is_sound(check: Row) -> bool:
    """Whether both symbols were scanned and nothing was seen to be wrong with the bag."""
    seen = check["intact"] and check["no_clumps"] and check["label_legible"]
    return check["capture"] in SCANNED and bool(seen)


def _until(finding: Row) -> datetime:
    """How long a physician's finding carries a harvest: no day at all where none was found eligible."""
    return _moment(finding["valid_until"] or finding["determined_at"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
