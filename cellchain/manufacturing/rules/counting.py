"""Cells counted: chambers and counter runs to concentration, viability and scatter; and when one may count again. Pure.

Concentrations are viable or dead cells per millilitre, dilutions thousandths, chamber volumes nanolitres. All sums are
made in decimals and rounded half to even, once, at their end.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from cellchain.kernel.errors import Refused
from cellchain.kernel.units import percent_permille
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.definition import Act, CountPlan, Step
from cellchain.manufacturing.rules.remarks import must_be_whole, offered

NL_PER_ML = 1_000_000
UL_PER_ML = 1_000
RUNS_MAX = 12
COUNTS_MAX = 2  # the first count, and one recount
COUNT_MAX = 10**13


@dataclass(frozen=True)
class Run:
    """One chamber or one run of a counter, as cells in a millilitre of what was sampled, before its dilution."""

    live_per_ml: int
    dead_per_ml: int


@dataclass(frozen=True)
class Counted:
    """What a count says. `scatter_permille` is the coefficient of variation of the runs' viable cells, None for one."""

    live_per_ml: int
    total_per_ml: int
    viability_permille: int
    scatter_permille: int | None


def run_of(live_count: int, dead_count: int, dilution_milli: int, chamber_nl: int) -> Run:
    """Cells in a chamber to cells in a millilitre: count times dilution by volume. Raises Refused `count.too_many`."""
    return Run(*(_per_ml(count, dilution_milli, chamber_nl) for count in (live_count, dead_count)))


def _per_ml(count: int, dilution_milli: int, chamber_nl: int) -> int:
    found = Decimal(count) * dilution_milli * NL_PER_ML / (1_000 * chamber_nl)
    return bounded(_whole(found))


def bounded(count: int) -> int:
    """A number of cells that there can be. Raises Refused `count.too_many`."""
    if count > COUNT_MAX:
        raise Refused(
            "count.too_many",
            "This makes {count} cells, more than there can be. Check dilution and chamber volume, and enter it again.",
            count=count,
        )
    return count


def summed(runs: Sequence[Run]) -> Counted:
    """The mean of the runs, their common viability, and how far they scatter (sample standard deviation by mean).

    Raises Refused `count.no_cells` where no run saw a cell.
    """
    live = sum(run.live_per_ml for run in runs)
    total = live + sum(run.dead_per_ml for run in runs)
    if total == 0:
        raise Refused("count.no_cells", "No cell was counted. Mix the suspension, and count again.")
    return Counted(
        live_per_ml=_whole(Decimal(live) / len(runs)),
        total_per_ml=_whole(Decimal(total) / len(runs)),
        viability_permille=percent_permille(live, total),
        scatter_permille=scatter_permille([run.live_per_ml for run in runs]),
    )


def scatter_permille(values: Sequence[int]) -> int | None:
    """The coefficient of variation in tenths of a percent; None for fewer than two values, or where all are zero."""
    if len(values) < 2 or not any(values):
        return None
    mean = Decimal(sum(values)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values), Decimal(0)) / (len(values) - 1)
    return _whole(variance.sqrt() * 1000 / mean)


def cells_in(per_ml: int, volume_ul: int) -> int:
    """How many cells a volume holds."""
    return bounded(_whole(Decimal(per_ml) * volume_ul / UL_PER_ML))


def is_scattered(plan: CountPlan, scatter: int | None) -> bool:
    """Whether the runs lie further apart than the master record allows."""
    return scatter is not None and Decimal(scatter) / 10 > plan.cv_limit


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def plan_of(step: Step) -> CountPlan:
    """How the running step counts its cells. Raises Refused `count.not_here`."""
    if step.count is None:
        raise Refused(
            "count.not_here", "This step counts no cells. Start the step that does, or enter its values by hand."
        )
    return step.count


def enough_runs(plan: CountPlan, runs: int) -> None:
    """A count has as many runs as the master record asks for. Raises Refused `count.too_few_runs`, `.too_many_runs`."""
    if runs < plan.runs:
        raise Refused(
            "count.too_few_runs",
            "This step asks for {wanted} chambers or runs, and {runs} came. Count the others too.",
            wanted=plan.runs,
            runs=runs,
        )
    if runs > RUNS_MAX:
        raise Refused(
            "count.too_many_runs",
            "{runs} runs came, and a count has {most} at most. Send the runs of this sample alone.",
            runs=runs,
            most=RUNS_MAX,
        )


def may_count(done: int, reason: str | None, plan: CountPlan, *, used: bool) -> None:
    """A step is counted once, and once more for a reason; never after its numbers were used.

    Whoever counts until the number fits tests into compliance. Raises Refused `count.used`, `.done_twice`,
    `.reason_needed`, `remark.altered`.
    """
    if used:
        raise Refused("count.used", "The step has taken its numbers already. Open a deviation, and say what is wrong.")
    if done >= COUNTS_MAX:
        raise Refused("count.done_twice", "This step was counted twice: both counts stand. QA decides.")
    if done and not reason:
        needed = Refused(
            "count.reason_needed", "This step was counted already. Give the reason for counting once more."
        )
        needed.remarks = offered(plan.remarks)
        raise needed
    must_be_whole(plan.remarks, reason)


@dataclass(frozen=True)
class Numbers:
    """The cells that an act works with, and their viability."""

    cells_count: int
    viability_permille: int


def numbers(step: Step, said: int | None, said_viability: int | None, counted: Numbers | None) -> Numbers:
    """What an act goes by: the step's count where there is one, else what a person entered.

    Raises Refused `count.missing` where there is neither or the record asks for a count, `count.differs` where a person
    entered something else than was counted, `count.none_alive`.
    """
    required = step.count is not None and step.count.required
    if counted is None:
        if required or said is None or said_viability is None:
            raise Refused("count.missing", "There is no count in this step. Count the cells first, then record this.")
        return Numbers(said, said_viability)
    if counted.cells_count == 0:
        raise Refused("count.none_alive", "No live cell was counted. Count once more, or discard the cells.")
    for entered, found in ((said, counted.cells_count), (said_viability, counted.viability_permille)):
        if entered is not None and entered != found:
            raise Refused(
                "count.differs",
                "You entered {entered}, and the count of this step says {found}. Leave the field empty.",
                entered=entered,
                found=found,
            )
    return counted


def one_sample(*, used: bool) -> None:
    """A count says something about one suspension alone. Raises Refused `count.of_another`."""
    if used:
        raise Refused(
            "count.of_another",
            "The count of this step was of what is made already. Complete the step, start it again and count anew.",
        )


def is_total(act: Act | None) -> bool:
    """Whether an act goes by all nucleated cells; every other goes by viable cells."""
    return act == Act.SEPARATE
