"""What is always true of the trial. No finding tells an arm."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.kernel.errors import Refused
from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.trial import allocation, queries
from cellchain.trial.lifecycles import AssignmentPhase, InfusionPhase, RowPhase, WristbandPhase
from cellchain.trial.models import AllocationList, AllocationRow, Assignment, PlannedInfusion, Recipient, Wristband

LISTS = select(AllocationList).order_by(col(AllocationList.id))
ROWS = select(AllocationRow).order_by(col(AllocationRow.allocation_list), col(AllocationRow.number))
LIVE_BANDS = select(Wristband.recipient).where(Wristband.phase == WristbandPhase.LIVE)
RANDOMISED: Any = columns(
    col(Recipient.code), col(Recipient.study), col(Recipient.chain_of_identity), col(Recipient.arm)
).where(col(Recipient.randomised_at).is_not(None))
LIVE_ASSIGNMENTS = select(Assignment).where(Assignment.phase == AssignmentPhase.LIVE)
NOT_RELEASED = select(Assignment).where(Assignment.phase != AssignmentPhase.RELEASED)
ASSIGNED_INFUSIONS = select(PlannedInfusion.id).where(PlannedInfusion.phase == InfusionPhase.ASSIGNED)


def _one_live_wristband(tx: ReadTx) -> list[str]:
    live = Counter(tx.every(LIVE_BANDS))
    randomised = {row[0] for row in tx.every(RANDOMISED)}
    return [
        f"{recipient} has {live[recipient]} live wristbands"
        for recipient in sorted(randomised | set(live))
        if live[recipient] != (recipient in randomised)
    ]


def _rows_revealed_in_order(tx: ReadTx) -> list[str]:
    findings = []
    randomised: dict[str, set[str]] = defaultdict(set)
    for recipient, study, _, _ in tx.every(RANDOMISED):
        randomised[study].add(recipient)
    for known, rows in _lists(tx):
        revealed = [row for row in rows if row.phase == RowPhase.REVEALED]
        if any(not _first_ones(rows, level) for level in {row.level for row in rows}):
            findings.append(f"list {known.id}: the revealed rows are not the first {len(revealed)}")
        if {row.recipient for row in revealed} != randomised.pop(known.study, set()):
            findings.append(f"list {known.id}: the revealed rows and the randomised recipients differ")
    return findings + [f"study {study} has randomised recipients and no list" for study in sorted(randomised)]


def _first_ones(rows: list[AllocationRow], level: str) -> bool:
    """Whether no row of a level was passed over."""
    phases = [row.phase for row in rows if row.level == level]
    return RowPhase.REVEALED not in phases[phases.count(RowPhase.REVEALED) :]


def _rows_match_their_commitment(tx: ReadTx) -> list[str]:
    findings = []
    arms = {recipient: arm for recipient, _, _, arm in tx.every(RANDOMISED)}
    for known, rows in _lists(tx):
        if len(rows) != known.length or allocation.root_of([bytes.fromhex(row.leaf) for row in rows]) != known.root:
            findings.append(f"list {known.id}: its rows do not make its root")
        if tx.house is None or len(tx.house.list_key) != allocation.KEY_BYTES:
            continue
        findings += [
            f"list {known.id}: row {row.number} is not what was committed to"
            for row in rows
            if not _opens(row, known.study, tx.house.list_keys, arms)
        ]
    return findings


def _opens(row: AllocationRow, study: str, list_keys: Sequence[bytes], arms: dict[str, str]) -> bool:
    try:
        opened = allocation.open_row(row.sealed, study, row.number, list_keys, row.level)
    except Refused:
        return False
    if allocation.leaf_of(study, row.number, opened.arm, opened.salt, row.level).hex() != row.leaf:
        return False
    return row.recipient is None or arms.get(row.recipient) == opened.arm


def _one_live_assignment(tx: ReadTx) -> list[str]:
    live = tx.every(LIVE_ASSIGNMENTS)
    findings = [f"bag {bag} has {count} live assignments" for bag, count in _twice(row.bag for row in live)]
    assigned = {infusion or 0 for infusion in tx.every(ASSIGNED_INFUSIONS)}
    tied = Counter(row.planned_infusion for row in live)
    findings += [
        f"planned infusion {infusion} has {tied[infusion]} live assignments"
        for infusion in sorted(assigned | set(tied))
        if tied[infusion] != (infusion in assigned)
    ]
    return findings


def _bags_fit_their_recipients(tx: ReadTx) -> list[str]:
    known = {recipient: (study, chain, arm) for recipient, study, chain, arm in tx.every(RANDOMISED)}
    findings = []
    for row in tx.every(NOT_RELEASED):
        study, chain, arm = known.get(row.recipient, ("", "", ""))
        bag = manufacturing.bag_facts(tx, row.bag)
        if row.chain_of_identity != chain:
            findings.append(f"assignment {row.id} bears another chain of identity than its recipient")
        elif bag is None or bag.content != queries.study_definition(tx, study).arm(arm).content:
            findings.append(f"assignment {row.id} ties a bag to a recipient whom it does not fit")
    return findings


def _lists(tx: ReadTx) -> list[tuple[AllocationList, list[AllocationRow]]]:
    rows: dict[int, list[AllocationRow]] = defaultdict(list)
    for row in tx.every(ROWS):
        rows[row.allocation_list].append(row)
    return [(known, rows[known.id or 0]) for known in tx.every(LISTS)]


def _twice(things: Any) -> list[tuple[str, int]]:
    return sorted((thing, count) for thing, count in Counter(things).items() if count > 1)


INVARIANTS = (
    Invariant(
        "trial.one_live_wristband",
        "Every randomised recipient has one wristband that counts, and nobody else has any.",
        _one_live_wristband,
    ),
    Invariant(
        "trial.rows_revealed_in_order",
        "The revealed rows of a list are its first ones, one for each randomised recipient of the study.",
        _rows_revealed_in_order,
    ),
    Invariant(
        "trial.rows_match_their_commitment",
        "The leaves make the root; with the list key at hand, each row opens to its leaf, a revealed one to its arm.",
        _rows_match_their_commitment,
    ),
    Invariant(
        "trial.one_live_assignment",
        "A bag is one recipient's at most, and an infusion is assigned exactly while it has a bag.",
        _one_live_assignment,
    ),
    Invariant(
        "trial.bags_fit_their_recipients",
        "An assigned bag holds what its recipient's arm calls for, under that recipient's chain of identity.",
        _bags_fit_their_recipients,
    ),
)
