"""What became of the sampling points of a step."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.models import StepRecord
from cellchain.manufacturing.rules.definition import Title
from cellchain.manufacturing.sampling.models import StepSample
from cellchain.platform.db import ReadTx

IN_STEP: Any = (
    select(StepSample).where(col(StepSample.step_record) == bindparam("step_record")).order_by(col(StepSample.id))
)
CATALOGUE = "sampling_points"  # the list that forms choose from

OF_LEAF: Any = (
    select(StepSample)
    .join(StepRecord, col(StepRecord.id) == col(StepSample.step_record))
    .where(
        col(StepRecord.lot) == bindparam("lot"),
        col(StepRecord.sequence) >= bindparam("first"),
        col(StepRecord.sequence) < bindparam("end"),
    )
    .order_by(col(StepSample.id))
)


OF_LOT: Any = (
    select(StepSample, StepRecord.step)
    .join(StepRecord, col(StepRecord.id) == col(StepSample.step_record))
    .where(col(StepSample.lot) == bindparam("lot"))
    .order_by(col(StepSample.id))
)


@dataclass(frozen=True)
class SampleFacts:
    """A sample that was taken at a sampling point, or the reason why none was; volume in microlitres."""

    point: str
    sample: str | None
    container: str | None
    volume_ul: int | None
    at: datetime
    by: str
    reason: str | None

    @property
    def is_taken(self) -> bool:
        """Whether there is something to test."""
        return self.sample is not None


def in_step(tx: ReadTx, step_record: int | None) -> list[SampleFacts]:
    """What was taken and left out in one doing of a step, in that order."""
    return [_facts(row) for row in tx.every(IN_STEP, step_record=step_record)]


def of_leaf(tx: ReadTx, lot: str, first: int, end: int) -> Mapping[int, list[SampleFacts]]:
    """The same for the steps of a lot from number `first` to the one before `end`, by step record."""
    found: dict[int, list[SampleFacts]] = defaultdict(list)
    for row in tx.every(OF_LEAF, lot=lot, first=first, end=end):
        found[row.step_record].append(_facts(row))
    return found


def of_lot(tx: ReadTx, lot: str) -> Mapping[tuple[str, str], list[SampleFacts]]:
    """The same for a whole lot, by the keys of the step and of the sampling point."""
    found: dict[tuple[str, str], list[SampleFacts]] = defaultdict(list)
    for row, step in tx.every(OF_LOT, lot=lot):
        found[step, row.point].append(_facts(row))
    return found


def choices(tx: ReadTx) -> list[tuple[str, Title]]:
    """The sampling points of everything that is worked on, by key and title, for a form to choose from."""
    found = {
        point.key: point.title
        for lot in manufacturing.open_lots(tx)
        for step in manufacturing.definition_of(tx, lot.code).steps
        for point in step.samples
    }
    return sorted(found.items(), key=lambda point: point[1].en)


def served(samples: Iterable[SampleFacts]) -> frozenset[str]:
    """The sampling points at which nothing is due any more."""
    return frozenset(sample.point for sample in samples)


def _facts(row: StepSample) -> SampleFacts:
    return SampleFacts(**{name: getattr(row, name) for name in SampleFacts.__dataclass_fields__})
