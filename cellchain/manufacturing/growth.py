"""How a lot grew and what it yielded, beside what the laboratory's other lots of its kind did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from cellchain.manufacturing import charts, queries
from cellchain.manufacturing.balances import queries as balances
from cellchain.manufacturing.batch_record import LotPage, StepView
from cellchain.manufacturing.charts import ControlChart, GrowthChart
from cellchain.manufacturing.facts import GrowthFacts
from cellchain.manufacturing.rules import balance
from cellchain.manufacturing.rules.balance import Control
from cellchain.manufacturing.rules.definition import Act, Expected, Title
from cellchain.manufacturing.rules.lifecycles import ContainerKind
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


def growth_view(tx: ReadTx, page: LotPage) -> GrowthView:
    """A lot's growth as its page shows it."""
    kind, plausible = page.lot.kind, page.definition.plausible
    history = balances.rates_elsewhere(tx, page.lot.code, kind)
    control = balance.control(history, plausible)
    seeded = [row.made_at for row in page.containers if row.kind == ContainerKind.VESSEL]
    elsewhere = list(balances.curves_elsewhere(tx, page.lot.code, kind))
    return GrowthView(
        chart=charts.growth_chart(page.growth, min(seeded), elsewhere) if seeded else None,
        rates=charts.control_chart(history, tuple(_rates(page.growth)), control),
        control=control,
        history_count=len(history),
        history_min=plausible.history_min,
        yields=tuple(_yields(tx, page)),
    )


def _rates(growth: Sequence[GrowthFacts]) -> Iterator[tuple[int, Decimal]]:
    for row in growth:
        if row.doublings_milli is not None:
            yield row.passage, balance.doublings_per_day(row.doublings_milli, row.minutes)


def _yields(tx: ReadTx, page: LotPage) -> Iterator[Yield]:
    grown = {row.container: row for row in page.growth}
    for view in page.steps:
        if view.step.expected is None or view.step.act not in YIELDS:
            continue
        for code in view.containers:
            expected = _expected(tx, view, view.step.expected, code, grown.get(code))
            made = queries.container_facts(tx, code).cells_made_count
            if expected and made is not None:
                yield Yield(view.step.title, code, made, expected)


def _expected(tx: ReadTx, view: StepView, expected: Expected, code: str, grown: GrowthFacts | None) -> int | None:
    """How many cells a container should hold, from what went into it; None where the record does not say."""
    if view.step.act in (Act.PASSAGE, Act.HARVEST):
        share = None if grown is None else expected.p0 if grown.passage == 0 else expected.fold
        return None if share is None or grown is None else int(share * grown.seeded_count)
    into = balances.drawn_into(tx, code)
    if view.step.act == Act.SEPARATE:
        return None if expected.per_ml is None else int(expected.per_ml * into.volume_ul / 1_000)
    return None if expected.share is None else int(expected.share * (into.cells_count or 0))
