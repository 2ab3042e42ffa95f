"""How a lot grew and what it yielded, beside what the laboratory's other lots of its kind did."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import charts
from cellchain.manufacturing.balances import queries as balances
from cellchain.manufacturing.charts import ControlChart, GrowthChart
from cellchain.manufacturing.facts import ContainerFacts, GrowthFacts, LotFacts
from cellchain.manufacturing.queries import NODES_MAX
from cellchain.manufacturing.rules import balance
from cellchain.manufacturing.rules.balance import Control
from cellchain.manufacturing.rules.definition import Act, Definition, Expected, Step, Title
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.manufacturing.statements import MADE_BY_STEP
from cellchain.platform.db import ReadTx

PERMILLE = 1_000
# Acts whose container is what came out of the cells; a seeding only divides them.
YIELDS = frozenset({Act.SEPARATE, Act.PASSAGE, Act.HARVEST, Act.THAW})


@dataclass(frozen=True)
class Yield:
    """What one step brought, beside what the master record expects of what went in."""

    title: Title
    container: str
    actual_count: int
    expected_count: int

    @property
    def permille(self) -> int:
        """The actual yield in tenths of a percent of the expected one."""
        return int((Decimal(self.actual_count) * PERMILLE / self.expected_count).quantize(Decimal(1), ROUND_HALF_EVEN))


@dataclass(frozen=True)
class GrowthView:
    """Growth and yields of a lot. `control` is None while the laboratory has too few passages to compare with."""

    chart: GrowthChart | None
    rates: ControlChart | None
    control: Control | None
    history_count: int
    history_min: int
    yields: tuple[Yield, ...]


def growth_view(
    tx: ReadTx,
    lot: LotFacts,
    definition: Definition,
    containers: Sequence[ContainerFacts],
    growth: Sequence[GrowthFacts],
) -> GrowthView:
    """A lot's growth as its page shows it; `containers` and `growth` are the lot's."""
    history = balances.rates_elsewhere(tx, lot.code, lot.kind)
    control = balance.control(history, definition.plausible)
    seeded = [row.made_at for row in containers if row.kind == ContainerKind.VESSEL]
    elsewhere = list(balances.curves_elsewhere(tx, lot.code, lot.kind))
    return GrowthView(
        chart=charts.growth_chart(growth, min(seeded), elsewhere) if seeded else None,
        rates=charts.control_chart(history, tuple(_rates(growth)), control),
        control=control,
        history_count=len(history),
        history_min=definition.plausible.history_min,
        yields=tuple(_yields(tx, lot.code, definition, growth)),
    )


def _rates(growth: Sequence[GrowthFacts]) -> Iterator[tuple[int, Decimal]]:
    for row in growth:
        if row.doublings_milli is not None:
            yield row.passage, balance.doublings_per_day(row.doublings_milli, row.minutes)


def _yields(tx: ReadTx, lot: str, definition: Definition, growth: Sequence[GrowthFacts]) -> Iterator[Yield]:
    grown = {row.container: row for row in growth}
    for code, made_count, key in tx.many(MADE_BY_STEP, limit=NODES_MAX, code=lot):
        step = definition.step(key)
        if step is None or step.expected is None or step.act not in YIELDS or made_count is None:
            continue
        expected = _expected(tx, step, step.expected, code, grown.get(code))
        if expected:
            yield Yield(step.title, code, made_count, expected)


def _expected(tx: ReadTx, step: Step, expected: Expected, code: str, grown: GrowthFacts | None) -> int | None:
    """How many cells a container should hold, from what went into it; None where the record does not say."""
    if step.act in (Act.PASSAGE, Act.HARVEST):
        share = None if grown is None else expected.p0 if grown.passage == 0 else expected.fold
        return None if share is None or grown is None else int(share * grown.seeded_count)
    into = balances.drawn_into(tx, code)
    if step.act == Act.SEPARATE:
        return None if expected.per_ml is None else int(expected.per_ml * into.volume_ul / 1_000)
    return None if expected.share is None else int(expected.share * (into.cells_count or 0))
