"""Where the data of a study are read: from the tables as they stand, or from the ledger up to one of its entries."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import queries
from cellchain.followup import statements as find
from cellchain.followup.lifecycles import LockPhase
from cellchain.followup.outcomes.dataset import Image, Source
from cellchain.kernel import canonical
from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle
from cellchain.ledger import queries as ledger
from cellchain.ledger.replay import Fold
from cellchain.platform.db import ReadTx
from cellchain.trial import definition
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import VersionPhase
from cellchain.trial.lung.queries import compared as baselines_compared

AT_ONCE = 1_000
EFFECTIVE = VersionPhase.EFFECTIVE


@dataclass(frozen=True)
class Stand:
    """How far the ledger is told: its last entry, that entry's time, and the root over all up to it (RFC 6962, hex)."""

    entry: int
    at: datetime
    root: str
    locked: bool


def now(tx: ReadTx, study: str, *, with_arms: bool) -> Source:
    """The data as the tables have them. Raises NotFound."""
    known = trial.study_definition(tx, study)
    people = trial.recipients(tx, study)
    codes = [one.code for one in people]
    baselines = [trial.baseline_of(tx, code) for code in codes]
    limit = queries.ROWS_MAX
    return Source(
        study=known,
        recipients=[_image(vars(one)) for one in people],
        baselines=[_image(vars(one)) for one in baselines if one is not None],
        infusions=_images(row for code in codes for row in bedside.infusions_of(tx, code)),
        visits=_images(row for code in codes for row in queries.visits_of(tx, code)),
        measurements=_images(row for code in codes for row in queries.measurements_of(tx, code)),
        walks=_images(row for code in codes for row in tx.many(find.WALKS_OF, limit=limit, recipient=code)),
        arms=trial.arms_of(tx, study) if with_arms else {},
        today=tx.today,
        zone=tx.zone,
    )


def _images(rows: Iterable[Any]) -> list[Image]:
    return [_image(vars(row)) for row in rows]


def _image(columns: dict[str, Any]) -> Image:
    """A row as the ledger tells it: times and days as text."""
    return {name: _told(value) for name, value in columns.items()}


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return canonical.moment(value)
    return value.isoformat() if isinstance(value, date) else value


def as_of(tx: ReadTx, study: str, entry: int, *, with_arms: bool) -> tuple[Source, Stand]:
    """The data as the first `entry` entries of the ledger tell them, whatever was changed after that. Raises NotFound.

    An arm, and what a value is of predicted, are personal: the ledger holds commitments to them. They are read from
    their tables, where they stay what they were when written (`cellchain verify` holds both against each other).
    """
    leaves = ledger.hashes(tx, upto=entry)
    if len(leaves) != entry:
        raise NotFound(
            "ledger.no_such_entry", "There is no entry {key} among the first {size}.", key=entry, size=len(leaves)
        )
    fold, at = Fold(), tx.now
    for first in range(0, entry, AT_ONCE):
        for row in ledger.entries_after(tx, first, min(AT_ONCE, entry - first)):
            fold.visit(row.seq, json.loads(row.body))
            at = row.at
    studies = dict(fold.images.of("trial_study"))
    if study not in studies:
        raise NotFound("study.unknown", "There is no study “{study}” here. Check its code.", study=study)
    [version] = (one for one in _of(fold, "trial_study_version", "study", {study}) if one["phase"] == EFFECTIVE)
    theirs = _of(fold, "trial_recipient", "study", {study})
    codes = {one["code"] for one in theirs}
    visits = _of(fold, "followup_visit", "recipient", codes)
    judged = {row.id: row.judged for row in tx.every(find.ALL_MEASUREMENTS)}
    measurements = [
        {**image, "judged": judged.get(image["id"])}
        for image in _of(fold, "followup_measurement", "visit", {one["id"] for one in visits})
    ]
    compared = baselines_compared(tx)
    baselines = [
        {**image, "judged": compared.get(image["id"])} for image in _of(fold, "trial_baseline", "recipient", codes)
    ]
    arms = trial.arms_of(tx, study) if with_arms else {}
    source = Source(
        study=definition.stored(str(version["definition"])),
        recipients=theirs,
        baselines=baselines,
        infusions=_of(fold, "bedside_infusion", "recipient", codes),
        visits=visits,
        measurements=measurements,
        walks=_of(fold, "followup_walk", "measurement", {one["id"] for one in measurements}),
        arms={code: arm for code, arm in arms.items() if code in codes},
        today=tx.day_of(at),
        zone=tx.zone,
    )
    locks = _of(fold, "followup_data_lock", "study", {study})
    locked = any(one["phase"] == LockPhase.LOCKED for one in locks)
    return source, Stand(entry, at, merkle.root(leaves).hex(), locked)


def _of(fold: Fold, table: str, column: str, among: set[Any]) -> list[Image]:
    return [image for _, image in fold.images.of(table) if image[column] in among]


def last_entry(tx: ReadTx) -> int:
    """The number of the newest entry."""
    found = ledger.latest_entries(tx, 1)
    return found[0].seq if found else 0
