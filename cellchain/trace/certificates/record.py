"""What a certificate says, read from the record in one snapshot, as plain JSON values in the reader's language.

Names of staff stand beside their codes; no donor and no recipient is named. A certificate shows what was decided and
measured; whether that is still so is told by its page, which compares `fingerprint` with the one it was made from.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cellchain.accounts import queries as accounts
from cellchain.accounts.qualified.queries import mark_at
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.later import later
from cellchain.kernel.text import T
from cellchain.ledger import queries as ledger
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.describe import title_of
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.investigations.pages import CONCLUSIONS, PHASES, USES
from cellchain.quality.methods import queries as methods
from cellchain.quality.pages.words import DISPOSITIONS, KINDS, RESULTS, STAGES, shown, words
from cellchain.quality.pages.words import load as load_shown
from cellchain.quality.queries import ResultFacts, SpecificationFacts
from cellchain.quality.queries.review import RELEASE_EVENTS
from cellchain.quality.rules.lifecycles import DispositionPhase, LotKind, Outcome, ResultPhase, Stage
from cellchain.quality.rules.limits import Limit, LimitKind
from cellchain.quality.rules.testing import STAGES_OF
from cellchain.trace.certificates.rules import WITHDRAWN, CertificateFacts
from cellchain.trace.documents import emergencies
from cellchain.trace.documents.record import people_in, plain
from cellchain.trace.documents.rules import Form
from cellchain.trace.models import DocumentJob
from cellchain.web.format import SPACE
from cellchain.web.i18n import Voice

if TYPE_CHECKING:
    from cellchain.trace.certificates import seal
else:
    seal = later("cellchain.trace.certificates.seal")

FORMAT = "cellchain certificate, 1"
ENTRIES_MAX = 1_000
PRODUCTS = (ContainerKind.INFUSION_BAG, ContainerKind.CRYOVIAL)
Told = dict[str, Any]


# ---- may it be made, and is it still so ------------------------------------------------------------------------------


def facts(tx: ReadTx, lot: str, own: "seal.Seal | None") -> CertificateFacts:
    """What a certificate about a lot depends on now. Raises NotFound."""
    manufacturing.lot_facts(tx, lot)
    disposition = quality.disposition_of(tx, lot)
    decisions = quality.decisions_on(tx, lot)
    signed = quality.signed_decision(tx, decisions[0]) if decisions else None
    recalled = [row.code for row in _products(tx, lot) if quality.is_recalled(tx, row.code)]
    return CertificateFacts(
        disposition=DispositionPhase.QUARANTINED if disposition is None else disposition.phase,
        phases=tuple(row.phase for row in _current(tx, lot)),
        is_signed=None if signed is None else signed.holds,
        held=(*quality.held_above(tx, lot), *recalled),
        seal_until=None if own is None else own.until,
    )


def fingerprint(tx: ReadTx, lot: str, form: Form) -> str:
    """A digest of everything that makes a certificate out of date, in no language."""
    disposition = quality.disposition_of(tx, lot)
    phase = DispositionPhase.QUARANTINED if disposition is None else disposition.phase
    bound: dict[str, Json] = {
        "lot": lot,
        "form": form.value,
        "results": [_bound(row) for row in _current(tx, lot)],
        "investigations": [
            [one.number, one.phase.value, None if one.conclusion is None else one.conclusion.value]
            for one in investigations.investigations_of(tx, lot)
        ],
    }
    if form is Form.ANALYSIS:
        # That a lot was released changes nothing that was measured; that nothing of it may be used does.
        bound["withdrawn"] = phase.value if phase in WITHDRAWN else None
    else:
        decisions = quality.decisions_on(tx, lot)
        bound["phase"] = phase.value
        bound["decision"] = None if not decisions else quality.record_hash(tx, decisions[0])
        bound["uses"] = [[one.id, one.phase.value] for one in investigations.uses_of_lot(tx, lot)]
        bound["deviations"] = [
            [row.number, row.phase.value, None if row.severity is None else row.severity.value]
            for row in quality.deviations_of(tx, lot)
        ]
    return canonical.digest(bound)


def _bound(row: ResultFacts) -> Json:
    return [row.id, row.specification, row.value, row.outcome.value, row.phase.value, row.verified_by, row.accepted]


def _current(tx: ReadTx, lot: str) -> list[ResultFacts]:
    """What was tested for the release; how a bank keeps is followed beside it, and puts no certificate out of date."""
    return [row for row in quality.results_of(tx, lot) if row.is_current and row.stage is not Stage.STABILITY]


def _products(tx: ReadTx, lot: str) -> list[ContainerFacts]:
    return [row for row in manufacturing.containers_of(tx, lot) if row.kind in PRODUCTS]


# ---- what it says ----------------------------------------------------------------------------------------------------


def told(tx: ReadTx, job: DocumentJob, voice: Voice, *, demonstration: bool, address: str) -> Told:
    """The whole certificate but for the ledger's root and the seal, which whoever makes it adds."""
    said = _analysis if job.form is Form.ANALYSIS else _release
    found: Told = plain(
        {
            "format": FORMAT,
            "form": job.form,
            "number": job.id,
            "address": address.rstrip("/"),
            "language": voice.language,
            "zone": str(tx.house.zone),
            "site": tx.house.site_name,
            "demonstration": demonstration,
            "made_at": tx.now,
            "lot": _lot(tx, job.lot, voice),
            **said(tx, job.lot, voice),
        }
    )
    found["emergency"] = emergencies.told(tx, found, voice)
    found["people"] = {person: accounts.display_name(tx, person) for person in sorted(people_in(found))}
    return found


def signing(found: Told, own: "seal.Seal | None", now: datetime, timestamp_url: str | None) -> "seal.Signing":
    """How a certificate is signed; says on the certificate itself by what."""
    ensure(own is not None, "a certificate is signed")
    ours: Any = own
    found["seal"] = {"name": ours.common_name, "sha256": ours.fingerprint, "until": canonical.moment(ours.until)}
    return seal.Signing(
        ours.pem, now, found["site"], f"{found['form']} {found['lot']['code']} {found['number']}", timestamp_url
    )


def _lot(tx: ReadTx, code: str, voice: Voice) -> Told:
    lot = manufacturing.lot_facts(tx, code)
    return {
        "code": lot.code,
        "kind": lot.kind,
        "kind_words": voice.say(KINDS[LotKind(lot.kind.value)]),
        "product_code": lot.product_code,
        "study": lot.study,
        "master_record": {"name": voice.say(lot.record_name), "version": lot.record_version},
        "opened_at": lot.opened_at,
        "completed_at": lot.completed_at,
        "containers": [
            {
                "code": row.code,
                "title": voice.say(title_of(row)),
                "cells_made_count": row.cells_made_count,
                "volume_made_ul": row.volume_made_ul,
                "made_at": row.made_at,
                "expires_at": row.expires_at,
            }
            for row in _products(tx, code)
        ],
    }


def _analysis(tx: ReadTx, lot: str, voice: Voice) -> Told:
    """Every current result against its limit, stage by stage, and the samples that were tested."""
    results = _current(tx, lot)
    kind = quality.kind_of(tx, lot)
    stages = [_stage(tx, lot, kind, stage, results, voice) for stage in Stage if stage in STAGES_OF[kind]]
    required = [row for row in results if row.limit.required]
    return {
        "stages": [stage for stage in stages if stage is not None],
        "sum": {
            "tests": len(required),
            "passed": sum(row.outcome is Outcome.PASSED for row in required),
            "failed": sum(row.outcome is Outcome.FAILED for row in required),
            "pending": sum(row.outcome is Outcome.PENDING for row in required),
        },
        "investigations": _investigations(tx, lot, voice),
        "samples": [
            {
                "code": row.code,
                "container": row.container,
                "purpose_words": voice.say(voice.show(row.purpose)),
                "taken_at": row.taken_at,
                "taken_by": row.taken_by,
            }
            for row in quality.samples_of(tx, lot)
            if any(result.sample == row.code for result in results)
        ],
    }


def _investigations(tx: ReadTx, lot: str, voice: Voice) -> list[Told]:
    """Every failure that was investigated, the invalidated ones too: all results are reported."""
    return [
        {
            "number": one.number,
            "test": voice.say(found.limit.name),
            "shown": _with_unit(voice.show(shown(found.limit, found.value)), found.limit.unit, voice),
            "phase_words": voice.say(
                PHASES[one.phase][1] if one.conclusion is None else CONCLUSIONS[one.conclusion][1]
            ),
            "concluded_by": one.concluded_by,
            "concluded_at": one.concluded_at,
        }
        for one in investigations.investigations_of(tx, lot)
        for found in [quality.result_facts(tx, one.result)]
    ]


def _exceptional(tx: ReadTx, lot: str, voice: Voice) -> list[Told]:
    """The exceptional uses of the lot, act by act; for whom they are stands on the bags and not here."""
    return [
        {
            "number": investigations.investigation_facts(tx, one.investigation).number,
            "phase_words": voice.say(USES[one.phase][1]),
            "physician": one.physician,
            "requested_at": one.requested_at,
            "evaluated_by": one.evaluated_by,
            "evaluated_at": one.evaluated_at,
            "taken_on_by": one.taken_on_by,
            "taken_on_at": one.taken_on_at,
            "told_by": one.told_by,
            "told_at": one.told_at,
            "accepted_by": one.accepted_by,
            "accepted_at": one.accepted_at,
        }
        for one in investigations.uses_of_lot(tx, lot)
    ]


def _stage(tx: ReadTx, lot: str, kind: LotKind, stage: Stage, results: list[ResultFacts], voice: Voice) -> Told | None:
    specification = quality.specification_for(tx, lot, kind, stage)
    rows = [row for row in results if row.stage is stage]
    if specification is None or not rows:
        return None
    order = {limit.test: place for place, limit in enumerate(specification.limits)}
    rows.sort(key=lambda row: (order.get(row.test, len(order)), row.id))
    versions = [quality.specification_facts(tx, number) for number in sorted({row.specification for row in rows})]
    return {
        "stage": stage,
        "title": voice.say(STAGES[stage]),
        "specifications": [_specification(one, voice) for one in versions],
        "results": [_result(tx, row, voice) for row in rows],
    }


def _specification(one: SpecificationFacts, voice: Voice) -> Told:
    return {
        "name": voice.say(one.name),
        "version": one.version,
        "limits_sha256": one.limits_hash,
        "approved_by": one.approved_by,
        "approved_at": one.approved_at,
        "effective_at": one.effective_at,
    }


def _result(tx: ReadTx, row: ResultFacts, voice: Voice) -> Told:
    value = voice.show(shown(row.limit, row.value))
    verdict = (
        RESULTS[row.phase, row.outcome][1] if row.limit.required or row.phase is not ResultPhase.VERIFIED else None
    )
    return {
        "id": row.id,
        "test": row.test,
        "title": voice.say(row.limit.name),
        "method": _method(tx, row, voice),
        "instrument": None if row.instrument is None else materials.equipment_facts(tx, row.instrument).name,
        "load": _load(row, voice),
        "limit": limit_words(row.limit, voice),
        "value": row.value,
        "unit": row.limit.unit,
        "shown": None if row.value is None else _with_unit(value, row.limit.unit, voice),
        "outcome": row.outcome,
        "outcome_words": None if verdict is None else voice.say(verdict),
        "is_accepted": row.accepted,
        "is_corrected": row.replaces is not None,
        "retest": row.retest,
        "due_on": row.due_on,
        "sample": row.sample,
        "measured_at": row.measured_at,
        "entered_by": row.entered_by,
        "entered_at": row.entered_at,
        "verified_by": row.verified_by,
        "verified_at": row.verified_at,
    }


def _method(tx: ReadTx, row: ResultFacts, voice: Voice) -> str:
    method = methods.method(tx, row.method)
    return voice.say(T("{method}, version {version}", method=method.words, version=method.version))


def _load(row: ResultFacts, voice: Voice) -> str | None:
    """What a bag with this value brings to whom it was computed for, where the limit speaks of that."""
    if row.load is None:
        return None
    per_kg, per_hour = (voice.show(load_shown(one)) for one in (row.load.per_kg, row.load.per_kg_hour))
    counted = row.limit.counted
    return f"{_with_unit(per_kg, f'{counted}/kg', voice)}, {_with_unit(per_hour, f'{counted}/kg/h', voice)}"


def limit_words(limit: Limit, voice: Voice) -> str:
    """A limit in signs: `≥ 90 %`, `180–220 × 10⁶`, `no growth`; a dash where a test is only reported."""
    if limit.passing:
        return ", ".join(voice.say(word) for word in words(limit.passing))
    if limit.kind is LimitKind.DOSE:
        loads = ((limit.per_kg, f"{limit.counted}/kg"), (limit.per_kg_hour, f"{limit.counted}/kg/h"))
        said = (_with_unit(f"≤{SPACE}{voice.show(most)}", unit, voice) for most, unit in loads if most is not None)
        return ", ".join(said)
    low, high = (None if end is None else voice.show(end) for end in (limit.low, limit.high))
    if low is not None and high is not None:
        return _with_unit(f"{low}–{high}", limit.unit, voice)
    if low is not None:
        return _with_unit(f"≥{SPACE}{low}", limit.unit, voice)
    return "—" if high is None else _with_unit(f"≤{SPACE}{high}", limit.unit, voice)


def _with_unit(value: str, unit: str, voice: Voice) -> str:
    return f"{value}{SPACE}{voice.format.unit(unit)}" if unit else value


def _release(tx: ReadTx, lot: str, voice: Voice) -> Told:
    """The decision that stands, what it rests on and leaves open, and every signature under the lot."""
    decision, *earlier = quality.decisions_on(tx, lot)
    review = quality.review_of(tx, lot)
    open_now = quality.disposition_of(tx, lot)
    return {
        "decision": _decision(tx, decision, voice),
        "earlier": [_decision(tx, row, voice) for row in earlier],
        "obligations": [
            {"test": row.test, "title": voice.say(row.name), "due_on": row.due_on}
            for row in (() if open_now is None else open_now.obligations)
        ],
        "review": None if review is None else {"reviewer": review.reviewer, "reviewed_at": review.reviewed_at},
        "investigations": _investigations(tx, lot, voice),
        "exceptional": _exceptional(tx, lot, voice),
        "exceptions": [
            {"title": voice.say(row.title), "accepted_by": row.accepted.by, "accepted_at": row.accepted.at}
            for row in quality.exceptions_of(tx, lot)
            if row.accepted is not None
        ],
        "deviations": [
            {
                "number": row.number,
                "title": voice.say(row.title),
                "severity": None if row.severity is None else voice.say(voice.show(row.severity)),
                "phase_words": voice.say(voice.show(row.phase)),
                "closed_by": row.closed_by,
                "closed_at": row.closed_at,
            }
            for row in quality.deviations_of(tx, lot)
        ],
        "signatures": _signatures(tx, lot, voice),
    }


def _decision(tx: ReadTx, row: Any, voice: Voice) -> Told:
    return {
        "phase": row.phase,
        "phase_words": voice.say(DISPOSITIONS[row.phase][1]),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "qualified": _qualified(tx, row),
        "record_sha256": quality.record_hash(tx, row),
        "entry": _entry_of(tx, row),
    }


def _qualified(tx: ReadTx, row: Any) -> str | None:
    """What the mark of whoever certified a lot rested on at that moment."""
    mark = mark_at(tx, row.decided_by, row.decided_at) if row.phase is DispositionPhase.RELEASED else None
    return None if mark is None else mark.evidence


def _entry_of(tx: ReadTx, row: Any) -> int | None:
    """The ledger's entry of a decision."""
    event = RELEASE_EVENTS.get(row.phase)
    about = ledger.entries_about(tx, row.lot, ENTRIES_MAX)
    return next((entry.seq for entry in about if entry.event == event and entry.at == row.decided_at), None)


def _signatures(tx: ReadTx, lot: str, voice: Voice) -> list[Told]:
    """What quality signed about the lot, in the order of signing."""
    return [
        {
            "signer": row.signer,
            "meaning": voice.gettext(row.meaning),
            "signed_at": row.signed_at,
            "record_sha256": row.record_hash,
        }
        for row in _sorted(ledger.signatures_on(tx, lot, "quality:"))
    ]


def _sorted(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.signed_at, row.id or 0))
