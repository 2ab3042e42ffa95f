"""The desk of the laboratory: samples and results. And what a recall would reach."""

from collections.abc import Mapping, Sequence
from datetime import date

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.worn import Worn, on_thing
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.describe import SAMPLE_DESIGN
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.investigations.queries import InvestigationFacts
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.laboratories.queries import TransferFacts
from cellchain.quality.methods import queries as methods
from cellchain.quality.pages.panel import PanelLink, panels_of
from cellchain.quality.pages.samples import Kept, where_is
from cellchain.quality.pages.words import names_of
from cellchain.quality.rules.laboratories import Laboratory
from cellchain.quality.rules.lifecycles import (
    DispositionPhase,
    ResultPhase,
    Stage,
)
from cellchain.quality.rules.limits import Limit
from cellchain.quality.rules.methods import Method
from cellchain.quality.rules.specification_comparison import Change, Pair, compare
from cellchain.quality.stability import queries as stability
from cellchain.web.paging import Listed

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
    """The work of the laboratory: samples to receive, results to verify, cultures to read; and the newest samples."""

    to_verify: Sequence[queries.ResultFacts]
    pending: Sequence[queries.ResultFacts]
    coming: Sequence[TransferFacts]
    samples: Listed
    overdue_count: int
    names: dict[str, str]
    today: date


def samples_page(tx: ReadTx, view: Listed) -> SamplesPage:
    """The desk of an analyst, with one page of the list of samples."""
    open_results = queries.open_results(tx)
    to_verify = [result for result in open_results if result.phase is ResultPhase.ENTERED]
    pending = [result for result in open_results if result.phase is ResultPhase.PENDING]
    samples = queries.sample_lines(view.rows)
    coming = laboratories.on_their_way(tx)
    people = [
        *(result.entered_by for result in to_verify),
        *(result.started_by for result in pending),
        *(sample.taken_by for sample in samples),
        *(transfer.sent_by for transfer in coming),
    ]
    today = tx.today
    overdue = sum(result.is_overdue(today) for result in pending)
    kept = [Kept(sample, where_is(tx, sample)) for sample in samples]
    return SamplesPage(to_verify, pending, coming, view.shown(kept), overdue, names_of(tx, people), today)


@dataclass(frozen=True)
class SamplePage:
    """One sample with its way and its results, and the tests that may still be done.

    `is_out`: its lot was released already. `month`: for which time point it was pulled, if for stability.
    `methods` and `files` are what its results were read with, by number.
    """

    sample: queries.SampleFacts
    where: T
    transfers: Sequence[TransferFacts]
    results: Sequence[queries.ResultFacts]
    methods: Mapping[int, Method]
    laboratories: Mapping[int, Laboratory]
    instruments: Mapping[str, str]
    to_verify: Mapping[int, Sequence[int]]
    open_tests: Sequence[tuple[Stage, Limit]]
    panels: Sequence[PanelLink]
    names: dict[str, str]
    today: date
    is_out: bool
    worn: Worn
    month: int | None
    investigations: Mapping[int, InvestigationFacts]


def sample_page(tx: ReadTx, code: str) -> SamplePage:
    """One sample. Raises NotFound."""
    sample = queries.sample_facts(tx, code)
    results = queries.results_of_sample(tx, code)
    done = {(result.stage, result.test) for result in results if result.is_current}
    open_tests = [
        (stage, limit)
        for stage in Stage
        for limit in queries.asked_of(tx, sample, stage)
        if (stage, limit.test) not in done
    ]
    disposition = queries.disposition_of(tx, sample.lot)
    transfers = laboratories.transfers_of(tx, code)
    return SamplePage(
        sample=sample,
        where=where_is(tx, sample),
        transfers=transfers,
        results=results,
        methods={number: methods.method(tx, number) for number in {result.method for result in results}},
        laboratories={one.id: one for one in laboratories.laboratories(tx)},
        instruments={
            code: materials.equipment_facts(tx, code).name
            for code in {result.instrument for result in results if result.instrument is not None}
        },
        to_verify=_panels_to_verify(results),
        open_tests=open_tests,
        panels=panels_of(tx, open_tests),
        names=names_of(tx, _people(sample, results, transfers)),
        today=tx.today,
        is_out=disposition is not None and disposition.phase in OUT,
        worn=on_thing(tx, code, SAMPLE_DESIGN),
        month=stability.month_of(tx, code),
        investigations=investigations.by_result(tx, sample.lot),
    )


def _panels_to_verify(results: Sequence[queries.ResultFacts]) -> Mapping[int, Sequence[int]]:
    """The results of each panel that wait for a second person, so that one act verifies what one sheet shows."""
    found: dict[int, list[int]] = {}
    for result in results:
        if result.panel is not None and result.phase is ResultPhase.ENTERED:
            found.setdefault(result.panel, []).append(result.id)
    return {panel: numbers for panel, numbers in found.items() if len(numbers) > 1}


def _people(
    sample: queries.SampleFacts, results: Sequence[queries.ResultFacts], transfers: Sequence[TransferFacts]
) -> list[str | None]:
    """Everybody whom the page of a sample names."""
    found: list[str | None] = [sample.taken_by, sample.stored_by]
    for result in results:
        found += [result.started_by, result.entered_by, result.verified_by]
    for transfer in transfers:
        found += [transfer.sent_by, transfer.arrived_by]
    return found


# ---- two versions of a specification ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ComparedPage:
    """Two versions of the limits of one stage, the older one first."""

    before: queries.SpecificationFacts
    after: queries.SpecificationFacts
    pairs: Sequence[Pair]

    @property
    def changed_count(self) -> int:
        """How many limits differ."""
        return sum(pair.change is not Change.SAME for pair in self.pairs)

    @property
    def plan_differs(self) -> bool:
        """Whether the time points of a stability plan, or what they take, differ."""
        return self.before.programme != self.after.programme


def compared_page(tx: ReadTx, number: int, other: int) -> ComparedPage:
    """Two versions side by side. Raises NotFound, Refused `specification.not_comparable`."""
    one, two = queries.specification_facts(tx, number), queries.specification_facts(tx, other)
    if (one.kind, one.stage) != (two.kind, two.stage):
        raise Refused(
            "specification.not_comparable", "These are limits of different stages or lots. Choose two versions of one."
        )
    before, after = sorted((one, two), key=lambda row: row.version)
    return ComparedPage(before, after, compare(before.limits, after.limits))
