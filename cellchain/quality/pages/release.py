"""The list of what waits for QA, and the page on which a lot is reviewed and released."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from cellchain.accounts.queries import display_name
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import queries as labels
from cellchain.labels.rules import LabelSum
from cellchain.ledger.actor import Actor
from cellchain.ledger.queries import Standing as Signed
from cellchain.ledger.registry import REGISTRY
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import ContainerFacts, LotFacts
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.doubts.rules import Doubt
from cellchain.quality.pages.review import ReviewPage, review_page
from cellchain.quality.pages.words import RESULTS
from cellchain.quality.rules import release as rules
from cellchain.quality.rules.lifecycles import (
    DispositionPhase,
    HoldPhase,
    LotKind,
    ResultPhase,
    Stage,
)
from cellchain.quality.rules.limits import Limit
from cellchain.quality.rules.release import ReleaseFacts
from cellchain.web.paging import Listed
from cellchain.web.panels import Gate, Meaning, Signature

LINES_MAX = 60
FIRST_RELEASE = {
    LotKind.BANK: "release_for_further_use",
    LotKind.PRODUCT: "release_conditionally",
    LotKind.CONTROL: "release_conditionally",
}
TITLES = {
    "review_batch": (T("Sign the review"), T("Sign review")),
    "release_for_further_use": (T("Sign the release for further use"), T("Sign release for further use")),
    "release_conditionally": (T("Sign the release"), T("Sign conditional release")),
    "release": (T("Certify the lot"), T("Sign final release")),
}
MEANINGS = {
    "review_batch": T("Review by exception"),
    "release_for_further_use": T("Release for further use"),
    "release_conditionally": T("Conditional release"),
    "release": T("Final release"),
}
BINDS = {
    "review_batch": T("Your signature binds this list of exceptions, and prints your name, the time and its meaning."),
    "release_for_further_use": T(
        "Your signature binds the results, the review and the vials as they stand, and prints your name and the time."
    ),
    "release_conditionally": T(
        "Your signature binds the results, the review and the bags as they stand, and prints your name and the time."
    ),
    "release": T(
        "Your signature binds every result, the review and the bags as they stand, and prints your name and the time."
    ),
}
# ---- the list of what waits ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A lot that waits for its release: what stands in the way first, and until when its bags can be used."""

    lot: LotFacts
    gate: rules.Gate | None
    exceptions_count: int
    until: datetime | None
    bags_count: int


@dataclass(frozen=True)
class Decided:
    """A lot that was decided on."""

    lot: LotFacts
    disposition: queries.DispositionFacts
    by: str
    overdue: bool


@dataclass(frozen=True)
class ReleaseList:
    """What waits for QA: releases by their clocks, final tests by their days, and what is being made."""

    waiting: Sequence[Waiting]
    obliged: Sequence[Decided]
    lots: Listed
    making_count: int
    overdue_count: int


def release_list(tx: ReadTx, actor: Actor, page: Listed) -> ReleaseList:
    """Everything that waits for a release, what expires first on top, and a page of the list of lots."""
    waiting: list[Waiting] = []
    making = 0
    for disposition in queries.quarantined(tx):
        lot = manufacturing.lot_facts(tx, disposition.lot)
        if lot.phase is LotPhase.OPEN:
            making += 1
        elif lot.phase is not LotPhase.DISCARDED and len(waiting) < LINES_MAX:
            waiting.append(_waiting(tx, lot, actor))
    far = datetime.max.replace(tzinfo=tx.now.tzinfo)
    obliged = _decisions(tx, queries.obliged(tx))
    return ReleaseList(
        waiting=sorted(waiting, key=lambda line: (line.until is None, line.until or far)),
        obliged=sorted(
            obliged, key=lambda line: min((item.due_on for item in line.disposition.obligations), default=date.max)
        ),
        lots=page.shown(_decisions(tx, queries.disposition_lines(page.rows))),
        making_count=making,
        overdue_count=sum(line.overdue for line in obliged),
    )


def _waiting(tx: ReadTx, lot: LotFacts, actor: Actor) -> Waiting:
    found = queries.findings_of(tx, lot.code)
    facts = queries.release_facts(tx, lot.code, found)
    shut = [gate for gate in rules.gates(facts, FIRST_RELEASE[facts.kind], actor.person, tx.now) if not gate.is_open]
    bags = [row for row in manufacturing.containers_of(tx, lot.code) if row.kind is ContainerKind.INFUSION_BAG]
    return Waiting(lot, shut[0] if shut else None, found.unsettled_count, facts.expires_at, len(bags))


def _decisions(tx: ReadTx, rows: Sequence[queries.DispositionFacts]) -> list[Decided]:
    return [_decided(tx, manufacturing.lot_facts(tx, row.lot), row) for row in rows]


def _decided(tx: ReadTx, lot: LotFacts, disposition: queries.DispositionFacts) -> Decided:
    by = "" if disposition.decided_by is None else display_name(tx, disposition.decided_by)
    overdue = any(item.due_on < tx.today for item in disposition.obligations)
    return Decided(lot, disposition, by, overdue)


# ---- one lot ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TestRow:
    """One test of a stage with its result; without one it was not started."""

    limit: Limit
    result: queries.ResultFacts | None
    before: queries.ResultFacts | None

    @property
    def status(self) -> tuple[str, T]:
        """Shape and word of its verdict."""
        if self.result is None:
            return "off", T("Not started")
        if self.result.accepted:
            return "warn", T("Fail, accepted")
        if not self.limit.required and self.result.phase is ResultPhase.VERIFIED:
            return "ok", T("Reported")
        return RESULTS[self.result.phase, self.result.outcome]


@dataclass(frozen=True)
class StageTable:
    """The tests of one stage, under the version that the lot is judged by, in groups."""

    stage: Stage
    specification: queries.SpecificationFacts
    groups: Sequence[tuple[T, Sequence[TestRow]]]

    @property
    def rows(self) -> list[TestRow]:
        """Every test of the stage."""
        return [row for _, rows in self.groups for row in rows]


@dataclass(frozen=True)
class DecisionView:
    """A decision that was signed, and whether the record still is what was signed."""

    phase: DispositionPhase
    by: str
    at: datetime
    reason: str | None
    signed: Signed | None
    hash: str


@dataclass(frozen=True)
class LotPage:
    """Everything that a release is decided on, on one page."""

    lot: LotFacts
    kind: LotKind
    disposition: queries.DispositionFacts
    review: ReviewPage
    tables: Sequence[StageTable]
    labels: LabelSum
    labels_reconciled: bool
    holds: Sequence[queries.HoldFacts]
    decisions: Sequence[DecisionView]
    stops: Sequence[T]
    stop_at: int
    bags: Sequence[ContainerFacts]
    donations: Sequence[str]
    expires_at: datetime | None
    passage: int | None
    verb: str | None
    gates: Sequence[rules.Gate]
    samples: Sequence[queries.SampleFacts]
    doubts: Sequence[Doubt]
    exceptional: queries.Exceptional | None

    @property
    def shut(self) -> rules.Gate | None:
        """The first condition that is not met."""
        return next((gate for gate in self.gates if not gate.is_open), None)


def lot_page(tx: ReadTx, code: str, actor: Actor) -> LotPage:
    """The release page of a lot. Raises NotFound."""
    lot = manufacturing.lot_facts(tx, code)
    found = queries.findings_of(tx, code)
    facts = queries.release_facts(tx, code, found)
    disposition = queries.disposition_of(tx, code) or queries.DispositionFacts(
        code, DispositionPhase.QUARANTINED, lot.opened_at, None, None, ()
    )
    containers = [
        row
        for row in manufacturing.containers_of(tx, code)
        if row.kind in (ContainerKind.INFUSION_BAG, ContainerKind.CRYOVIAL)
    ]
    unused = [row.expires_at for row in containers if row.expires_at and row.phase is ContainerPhase.FILLED]
    decisions = [_decision(tx, row) for row in queries.decisions_on(tx, code)]
    verb = next_verb(facts)
    holds = [held for origin in queries.held_above(tx, code) for held in queries.holds_on(tx, origin)]
    return LotPage(
        lot=lot,
        kind=facts.kind,
        disposition=disposition,
        review=review_page(tx, found),
        tables=_tables(tx, code, facts.kind),
        labels=labels.label_sum(tx, code),
        labels_reconciled=facts.labels_reconciled,
        holds=[held for held in holds if held.phase is HoldPhase.PLACED],
        decisions=decisions,
        **_way(tx, lot, facts, containers),
        bags=containers,
        donations=manufacturing.donations_of(tx, code),
        expires_at=max(unused, default=None),
        verb=verb,
        gates=() if verb is None else panel_gates(facts, found, verb, actor, tx.now),
        samples=queries.samples_of(tx, code),
        doubts=facts.doubts,
        exceptional=queries.exceptional_of(tx, code),
    )


def next_verb(facts: ReleaseFacts) -> str | None:
    """What is to be signed next: the review while it is not up to date, then the release that comes first."""
    if facts.disposition not in (DispositionPhase.QUARANTINED, DispositionPhase.CONDITIONALLY_RELEASED):
        return None
    if not facts.review_current:
        return "review_batch"
    if facts.disposition is DispositionPhase.CONDITIONALLY_RELEASED:
        return "release"
    return FIRST_RELEASE[facts.kind]


def panel_gates(
    facts: ReleaseFacts, found: queries.Findings, verb: str, actor: Actor, now: datetime
) -> Sequence[rules.Gate]:
    """The conditions of the next signature, for this person."""
    if verb != "review_batch":
        return rules.gates(facts, verb, actor.person, now)
    return rules.review_gates(facts, found.unsettled_count, actor.person)


def panel(page: LotPage, error: CellchainError | None = None) -> Signature | None:
    """The panel in which the next signature is given."""
    if page.verb is None:
        return None
    title, submit = TITLES[page.verb]
    shut = page.shut
    gates = [Gate(gate_status(gate, shut), gate.name, gate.detail) for gate in page.gates]
    meaning = REGISTRY[f"quality/{page.verb}"].signature or ""
    return Signature(
        action=f"/quality/lots/{page.lot.code}/sign/{page.verb}?seen={page.review.findings.digest}",
        title=title,
        submit=submit,
        gates=gates,
        meanings=[Meaning(page.verb, MEANINGS[page.verb], T(meaning))],
        chosen=page.verb,
        duties=_duties(page),
        unlock="" if shut is None or shut.refusal is None else shut.refusal.text,
        binds=BINDS[page.verb],
        error=None if error is None else error.text,
    )


def _duties(page: LotPage) -> T | str:
    """What a conditional release obliges to, with the day that comes first."""
    due = [
        row.result.due_on
        for table in page.tables
        for row in table.rows
        if table.stage is Stage.FINAL and row.result is not None and row.result.due_on is not None
    ]
    if page.verb != "release_conditionally" or not due:
        return ""
    return T(
        "You take on two duties. Certify or fail the lot by {day}. If the culture grows, tell the physician and the "
        "sponsor the same day.",
        day=max(due),
    )


def gate_status(gate: rules.Gate, first_shut: rules.Gate | None) -> str:
    """Open, the one to see to now, or one that follows it."""
    if gate.is_open:
        return "ok"
    return "now" if gate is first_shut else "pend"


def _decision(tx: ReadTx, row: Any) -> DecisionView:
    signed = queries.signed_decision(tx, row)
    return DecisionView(
        row.phase,
        display_name(tx, row.decided_by),
        row.decided_at,
        row.reason,
        signed,
        queries.record_hash(tx, row),
    )


def _tables(tx: ReadTx, lot: str, kind: LotKind) -> list[StageTable]:
    results = queries.results_of(tx, lot)
    made = []
    for stage in Stage:
        if stage is Stage.STABILITY:
            continue  # it has a page of its own
        specification = queries.specification_for(tx, lot, kind, stage)
        of_stage = [result for result in results if result.stage is stage]
        if specification is not None and (of_stage or stage is not Stage.IN_PROCESS):
            made.append(StageTable(stage, specification, _groups(specification, of_stage)))
    return made


def _groups(
    specification: queries.SpecificationFacts, results: Sequence[queries.ResultFacts]
) -> list[tuple[T, list[TestRow]]]:
    groups: dict[str, list[TestRow]] = {}
    titles: dict[str, T] = {}
    by_id = {result.id: result for result in results}
    for limit in specification.limits:
        current = [result for result in results if result.is_current and result.test == limit.test]
        rows = [TestRow(limit, result, by_id.get(result.replaces or 0)) for result in current]
        groups.setdefault(limit.group, []).extend(rows or [TestRow(limit, None, None)])
        titles[limit.group] = limit.group_name
    return [(titles[group], rows) for group, rows in groups.items()]


def _way(tx: ReadTx, lot: LotFacts, facts: ReleaseFacts, containers: Sequence[ContainerFacts]) -> dict[str, Any]:
    """The stops of the vein line, and where this lot is on it."""
    passages = sorted({growth.passage for growth in manufacturing.growth_of(tx, lot.code)})
    stops: list[T] = []
    if facts.kind is not LotKind.CONTROL:
        people = manufacturing.donors_of(tx, lot.code)
        stops += [T("Donor")] if people else []
        stops += [T("Donation")] if people else []
        stops += [T("Cell bank")] if manufacturing.bank_of(tx, lot.code) else [T("Separation")]
        stops += [T("P{passage}", passage=passage) for passage in passages]
    else:
        stops.append(T("Saline"))
    stops.append(T("Freezing") if facts.kind is LotKind.BANK else T("Filling"))
    stops.append(T("Release"))
    at = len(stops) - 1
    done = facts.disposition in (
        DispositionPhase.RELEASED,
        DispositionPhase.RELEASED_FOR_FURTHER_USE,
        DispositionPhase.CONDITIONALLY_RELEASED,
    )
    stops.append(T("Thaw") if facts.kind is LotKind.BANK else T("Infusion"))
    passage = max((row.passage for row in containers if row.passage is not None), default=None)
    return {"stops": stops, "stop_at": at + done, "passage": passage}
