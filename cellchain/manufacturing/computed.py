"""What the computed values of a step come to now: from its own values, from those of earlier steps, from the times."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cellchain.kernel.values import dataclass
from cellchain.manufacturing.models import StepRecord, StepValue
from cellchain.manufacturing.rules.definition import Computed, Parameter, Step
from cellchain.manufacturing.rules.formulas import Formula
from cellchain.manufacturing.statements import CURRENT_VALUE, ENDED_BEFORE, VALUE_BEFORE
from cellchain.platform.db import ReadTx

SECONDS = 60


@dataclass(frozen=True)
class Due:
    """A computed value that is not yet what it comes to: the stored one, and the whole number that it should be."""

    parameter: Parameter
    stored: StepValue | None
    whole: int | None


def due(tx: ReadTx, record: StepRecord, step: Step) -> list[Due]:
    """The computed values of one doing of a step that have to be stored, replaced or taken back."""
    found = []
    for parameter in step.parameters:
        if parameter.computed is not None:
            whole = _whole(tx, record, parameter, parameter.computed)
            stored = tx.one(CURRENT_VALUE, step_record=record.id, parameter=parameter.key)
            if (None if stored is None else stored.value) != whole:
                found.append(Due(parameter, stored, whole))
    return found


def depends_on(step: Step, other: str) -> bool:
    """Whether a value of `step` is computed from values of the step called `other`."""
    inputs = [name for parameter in step.parameters if parameter.computed for name in parameter.computed.of]
    return any(name.startswith(f"{other}.") for name in inputs)


def _whole(tx: ReadTx, record: StepRecord, parameter: Parameter, computed: Computed) -> int | None:
    inputs = _inputs(tx, record, computed)
    value = None if inputs is None else computed.value(inputs)
    return None if value is None else parameter.rounded(value)


def _inputs(tx: ReadTx, record: StepRecord, computed: Computed) -> Sequence[Decimal] | None:
    """The inputs in their order, or None while one of them is missing."""
    if computed.formula == Formula.MINUTES_SINCE:
        ended = tx.one(ENDED_BEFORE, lot=record.lot, step=computed.of[0], sequence=record.sequence)
        return None if ended is None else [_minutes(ended, record.started_at)]
    rows = [_input(tx, record, name) for name in computed.of]
    found = [Decimal(row.value).scaleb(-row.decimals) for row in rows if row is not None]
    return found if len(found) == len(rows) else None


def _input(tx: ReadTx, record: StepRecord, name: str) -> StepValue | None:
    step, _, key = name.rpartition(".")
    if not step:
        return tx.one(CURRENT_VALUE, step_record=record.id, parameter=key)
    return tx.one(VALUE_BEFORE, lot=record.lot, step=step, parameter=key, sequence=record.sequence)


def _minutes(began: datetime, ended: datetime) -> Decimal:
    """Full minutes between two moments. A late entry may name them in another order: nothing was waited then."""
    return Decimal(max(0, int((ended - began).total_seconds()) // SECONDS))
