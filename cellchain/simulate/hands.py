"""Truth 4, never alone and never by just anybody: who did one half, who the other, and whether it was theirs to do."""

from collections.abc import Iterator

from cellchain.simulate.flows import RELEASED, Flows
from cellchain.simulate.told import Change, Row, Tables, Told

# Of rows with two people in them: the column of the first and of the second.
PAIRS = {
    "manufacturing_line_clearance": ("cleared_by", "verified_by"),
    "custody_hand_over": ("giver", "taker"),
    "custody_excursion": ("noticed_by", "assessed_by"),
    "accounts_decision": ("asked_by", "given_by"),
    "quality_redaction": ("asked_by", "erased_by"),
    "trial_study_pause": ("resume_signed_by", "lifted_by"),
}
# Who may do what decides about somebody. Told from the guide of roles (docs/guide), not from the house's permissions.
OWNERS = {
    "bedside:bag:checked": {"nurse"},
    "bedside:infusion:started": {"nurse"},
    "bedside:running:decided": {"physician"},
    "quality:lot:released": {"qa"},
    "quality:lot:conditionally_released": {"qa"},
    "quality:lot:released_for_further_use": {"qa"},
    "quality:lot:rejected": {"qa"},
    "quality:hold:placed": {"qa"},
    "quality:hold:lifted": {"qa"},
    "quality:batch:reviewed": {"qa"},
    "quality:value:redacted": {"qa"},
    "quality:result:verified": {"analyst"},
    "custody:excursion:assessed": {"qa"},
    "materials:lot:accepted": {"qa"},
    "manufacturing:step:started": {"technician"},
    "manufacturing:step:verified": {"technician", "qa"},
    "manufacturing:cells:thawed": {"technician"},
    "manufacturing:cells:suspended": {"technician"},
    "trial:bag:assigned": {"technician"},
    "trial:recipient:randomised": {"coordinator"},
    "trial:eligibility:confirmed": {"physician"},
    "trial:infusion:ordered": {"physician"},
    "donors:eligibility:determined": {"physician"},
    "donors:donation:harvested": {"physician", "coordinator"},
}
DECIDED = (*RELEASED, "released_for_further_use")
# Which results a release rests on.
RESTS_ON = {
    "conditionally_released": ("conditional",),
    "released": ("conditional", "final"),
    "released_for_further_use": ("further_use",),
}
GONE = ("corrected", "invalidated")


class Hands:
    """Looks at whose hands were in it."""

    def __init__(self, tables: Tables, flows: Flows) -> None:
        self.tables = tables
        self._flows = flows

    def allowed(self, entry: Told) -> Iterator[str]:
        """What was done is the work of a role that the person holds; what followed by a rule is nobody's."""
        owners = OWNERS.get(entry.event)
        if owners is None or entry.on_behalf is not None:
            return
        held = {one["role"] for one in self.tables.where("accounts_grant", "person", entry.actor) if _counts(one)}
        taken = {one["role"] for one in self.tables.where("accounts_emergency", "person", entry.actor)}
        if not owners & (held | taken):
            yield f"4: {entry.actor} does this and is none of {sorted(owners)}"

    def told(self, change: Change, row: Row) -> Iterator[str]:
        """What a row says once its entry is taken in."""
        if change.table in PAIRS:
            first, second = PAIRS[change.table]
            if change.after.get(second) is not None and row.get(first) == row[second]:
                yield f"4: {change.table} {change.key} has {row[second]} on both sides"
        elif change.table == "manufacturing_step_record" and change.after.get("verifier"):
            yield from self._verified(change.key, row)
        elif change.table == "quality_result" and change.after.get("verified_by"):
            if row["verified_by"] in (row["entered_by"], row["started_by"]):
                yield f"4: result {change.key} is verified by who entered it"
        elif change.table == "quality_decision" and row["phase"] in DECIDED:
            yield from self._released(row)
            yield from self._settled(row)

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

    def _settled(self, row: Row) -> Iterator[str]:
        """A lot is released once its batch is done, its tests are read twice, its record is reviewed and nothing holds
        it."""
        lot, phase = row["lot"], row["phase"]
        if self.tables.row("manufacturing_lot", lot)["phase"] == "open":
            yield f"2: {lot} is {phase} while it is being made"
        results = [one for one in self.tables.where("quality_result", "lot", lot) if one["stage"] in RESTS_ON[phase]]
        standing = [one for one in results if one["phase"] not in GONE]
        if not standing or any(one["phase"] != "verified" for one in standing):
            yield f"2: {lot} is {phase} before its tests are read and verified"
        if row["review"] is None:
            yield f"2: {lot} is {phase} without a review"
        for hold in self._flows.holds_on_lot(lot):
            yield f"2: {lot} is {phase} under hold {hold}"


def _counts(grant: Row) -> bool:
    return bool(grant["phase"] == "active")
