"""The desk of the laboratory: samples and results. And what a recall would reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cellchain.kernel.text import T
from cellchain.labels.worn import Worn, on_thing
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import ContainerFacts, LotFacts
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.describe import SAMPLE_DESIGN
from cellchain.quality.pages.words import names_of
from cellchain.quality.rules.lifecycles import (
    DispositionPhase,
    ResultPhase,
    Stage,
)
from cellchain.quality.rules.limits import Limit

LINES_MAX = 60
# A lot that somebody may use or has used: a failure that comes to light now is a late one.
OUT = (
    DispositionPhase.CONDITIONALLY_RELEASED,
    DispositionPhase.RELEASED,
    DispositionPhase.RELEASED_FOR_FURTHER_USE,
)
# ---- samples ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SamplesPage:
    """What the laboratory has to do: results to verify, cultures to read, and the samples taken last."""

    to_verify: Sequence[queries.ResultFacts]
    pending: Sequence[queries.ResultFacts]
    samples: Sequence[queries.SampleFacts]
    overdue_count: int
    names: dict[str, str]
    today: date


def samples_page(tx: ReadTx) -> SamplesPage:
    """The desk of an analyst."""
    open_results = queries.open_results(tx)
    to_verify = [result for result in open_results if result.phase is ResultPhase.ENTERED]
    pending = [result for result in open_results if result.phase is ResultPhase.PENDING]
    samples = queries.samples(tx, LINES_MAX)
    people = [
        *(result.entered_by for result in to_verify),
        *(result.started_by for result in pending),
        *(sample.taken_by for sample in samples),
    ]
    today = tx.now.date()
    overdue = sum(result.is_overdue(today) for result in pending)
    return SamplesPage(to_verify, pending, samples, overdue, names_of(tx, people), today)


@dataclass(frozen=True)
class SamplePage:
    """One sample with its results, and the tests that may still be done. `is_out`: its lot was released already."""

    sample: queries.SampleFacts
    results: Sequence[queries.ResultFacts]
    open_tests: Sequence[tuple[Stage, Limit]]
    names: dict[str, str]
    today: date
    is_out: bool
    worn: Worn


def sample_page(tx: ReadTx, code: str) -> SamplePage:
    """One sample. Raises NotFound."""
    sample = queries.sample_facts(tx, code)
    results = queries.results_of_sample(tx, code)
    kind = queries.kind_of(tx, sample.lot)
    done = {(result.stage, result.test) for result in results if result.is_current}
    open_tests = []
    for stage in Stage:
        specification = queries.specification_for(tx, sample.lot, kind, stage)
        limits = () if specification is None else specification.limits
        open_tests += [(stage, limit) for limit in limits if (stage, limit.test) not in done]
    people = [sample.taken_by]
    for result in results:
        people += [person for person in (result.started_by, result.entered_by, result.verified_by) if person]
    disposition = queries.disposition_of(tx, sample.lot)
    is_out = disposition is not None and disposition.phase in OUT
    worn = on_thing(tx, code, SAMPLE_DESIGN)
    return SamplePage(sample, results, open_tests, names_of(tx, people), tx.now.date(), is_out, worn)


# ---- recall ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RecallPreview:
    """What a recall would reach, before anybody signs it."""

    scope: queries.Scope
    title: T
    lots: Sequence[tuple[LotFacts, DispositionPhase | None]]
    bags: Sequence[ContainerFacts]
    recalled_count: int


def recall_preview(tx: ReadTx, root: str, actor: Actor) -> RecallPreview:
    """What came out of a thing, with what each of it is now."""
    scope = queries.scope_of(tx, root)
    found = tx.house.describe(tx, root, actor) if tx.house is not None else None
    lots = []
    for code in scope.lots:
        disposition = queries.disposition_of(tx, code)
        lots.append((manufacturing.lot_facts(tx, code), None if disposition is None else disposition.phase))
    return RecallPreview(
        scope=scope,
        title=T("{code}", code=root) if found is None else found.title,
        lots=lots,
        bags=[manufacturing.container_facts(tx, code) for code in scope.bags],
        recalled_count=sum(queries.is_recalled(tx, code) for code in scope.items),
    )
