"""The review by exception: a table of checks. Each gives how many things it found in order, and each that is not.

Capabilities later in the chain hand theirs down (`House.checks`). What stands on the screen as in order is what these
checks counted: a check that was not made is not in the list.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger import remarks
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing import reviewing
from cellchain.platform.db import ReadTx
from cellchain.quality.models import AcceptedException
from cellchain.quality.queries import deciding, testing
from cellchain.quality.queries.exceptions import around, means, record, tested, trail
from cellchain.quality.queries.exceptions.facts import (
    Acceptance,
    Batch,
    Check,
    Checked,
    ExceptionFacts,
    Made,
)
from cellchain.quality.rules.lifecycles import ExceptionKind, Stage
from cellchain.quality.rules.review import RANK

ACCEPTED = select(AcceptedException).where(col(AcceptedException.lot) == bindparam("lot"))

ATTEMPTS = "attempts"
CHECKS: Sequence[Check] = (
    Check("limits", T("Values within their limits"), record.within_limits),
    Check("changes", T("Values and counts as they were first entered"), record.unchanged),
    Check("lateness", T("Values entered when they were seen"), record.on_time),
    Check("verification", T("Steps verified by a second person"), record.verified),
    Check("undo", T("Scans and values that were not taken back"), record.kept),
    Check("comments", T("Steps without a comment"), record.uncommented),
    Check("materials", T("Material lots accepted and in date when used"), means.materials_in_order),
    Check("equipment", T("Equipment calibrated and qualified when used"), means.equipment_in_order),
    Check("room", T("Readings of the room within their limits"), means.room_in_order),
    Check("training", T("People trained in this version of the master record"), means.hands_trained),
    Check("balances", T("Volumes and cells that agree with the record"), means.balances_in_order),
    Check("tests_started", T("Tests started"), tested.started),
    Check("tests_passed", T("Results that pass"), tested.passed),
    Check("tests_verified", T("Results verified by a second person"), tested.verified),
    Check("tests_changed", T("Results as they were first entered"), tested.unchanged),
    Check("investigations", T("Failed tests investigated to the end"), tested.investigated),
    Check("labels", T("Labels accounted for"), around.labels_reconciled),
    Check("reprints", T("Labels printed once and still in use"), around.labels_printed_once),
    Check("holds", T("The lot and its origins without a hold"), around.nothing_held),
    Check(ATTEMPTS, T("Refused attempts of no consequence"), trail.attempts),
    Check("acts", T("Acts entered when they were done"), trail.acts_on_time),
    Check("scans", T("Acts with their codes scanned"), trail.scanned),
)
# Comes last: a deviation that an exception tells already is not told twice.
DEVIATIONS = T("Deviations that stand for themselves")


@dataclass(frozen=True)
class Findings:
    """Everything that a review of a lot found: each check that was made, in the order of the table."""

    made: tuple[Made, ...]

    @property
    def exceptions(self) -> tuple[ExceptionFacts, ...]:
        """What is not plainly as it should be, the gravest kind first."""
        every = [item for one in self.made for item in one.found.exceptions]
        return tuple(sorted(every, key=lambda item: RANK[item.kind]))

    @property
    def to_look_at(self) -> tuple[ExceptionFacts, ...]:
        """Those that somebody has to look at: a running final test waits for its day alone."""
        return tuple(item for item in self.exceptions if item.kind is not ExceptionKind.PENDING)

    @property
    def unsettled_count(self) -> int:
        """How many wait for a decision or for being put right."""
        return sum(item.is_open or item.is_blocking for item in self.exceptions)

    @property
    def digest(self) -> str:
        """What a review was about. It changes with everything new: an exception that comes, goes or becomes another,
        and one thing more or less that was found in order. Refused attempts of no consequence are of none here."""
        counted: list[Json] = [
            [one.check.key, one.found.in_order_count] for one in self.made if one.check.key != ATTEMPTS
        ]
        said: list[Json] = [
            [item.key, item.kind.value, item.after, list[Json]([one.id, one.phase.value] for one in item.deviations)]
            for item in self.exceptions
        ]
        return canonical.digest({"checks": counted, "exceptions": said})


def findings_of(tx: ReadTx, lot: str) -> Findings:
    """Make every check on a lot. Raises NotFound."""
    batch = _batch(tx, lot)
    accepted = {
        row.exception: Acceptance(row.accepted_by, row.accepted_at, row.note) for row in tx.every(ACCEPTED, lot=lot)
    }
    made = [Made(check, _tied(batch, check.run(tx, batch))) for check in (*CHECKS, *tx.house.checks)]
    told = {one.id for each in made for item in each.found.exceptions for one in item.deviations}
    last = Check("deviations", DEVIATIONS, lambda _tx, about: around.deviations_closed(about, told))
    made.append(Made(last, last.run(tx, batch)))
    return Findings(tuple(_decided(one, accepted) for one in made))


def exceptions_of(tx: ReadTx, lot: str) -> tuple[ExceptionFacts, ...]:
    """Everything about a lot that is not plainly as it should be, the gravest kind first."""
    return findings_of(tx, lot).exceptions


def _batch(tx: ReadTx, lot: str) -> Batch:
    doings = reviewing.doings_of(tx, lot)
    containers = tuple(row.code for row in manufacturing.containers_of(tx, lot))
    return Batch(
        lot=lot,
        kind=testing.kind_of(tx, lot),
        facts=manufacturing.lot_facts(tx, lot),
        doings=doings,
        values=tuple(reviewing.notable_values(tx, lot, doings)),
        values_count=reviewing.values_count(tx, lot),
        containers=containers,
        # What a stability programme finds later is no matter of the release that was reviewed.
        results=tuple(row for row in testing.results_of(tx, lot) if row.stage is not Stage.STABILITY),
        deviations=tuple(deciding.deviations_of(tx, lot)),
        remarks=tuple(remarks.remarks_on(tx, [lot, *containers])),
    )


def _tied(batch: Batch, found: Checked) -> Checked:
    """The exceptions of a check, each with the deviations that a rule opened about it."""
    items = tuple(
        item
        if item.tie is None
        else replace(item, deviations=tuple(one for one in batch.deviations if item.tie.holds(one)))
        for item in found.exceptions
    )
    return replace(found, exceptions=items)


def _decided(made: Made, accepted: dict[str, Acceptance]) -> Made:
    items = tuple(replace(item, accepted=accepted.get(item.key)) for item in made.found.exceptions)
    return replace(made, found=replace(made.found, exceptions=items))
