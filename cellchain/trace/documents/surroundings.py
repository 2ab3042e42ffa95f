"""What lies around the steps of a lot, as parts of the document: samples with their results, labels, the room, what was
held and what deviated."""

from decimal import Decimal
from typing import Any

from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.manufacturing import environment
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import LotFacts
from cellchain.manufacturing.rules.definition import Limits
from cellchain.manufacturing.rules.environment import kind_words
from cellchain.manufacturing.rules.lifecycles import EnvironmentKind
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.pages import words
from cellchain.quality.queries import DeviationFacts, HoldFacts, ResultFacts, SampleFacts
from cellchain.quality.rules.limits import Limit, LimitKind
from cellchain.web.i18n import Voice

Told = dict[str, Any]


# ---- samples and results ---------------------------------------------------------------------------------------------


def samples(tx: ReadTx, lot: str, voice: Voice) -> list[Told]:
    """Every sample of a lot with every result, the corrected ones too."""
    results = quality.results_of(tx, lot)
    return [
        _sample(sample, [one for one in results if one.sample == sample.code], voice)
        for sample in quality.samples_of(tx, lot)
    ]


def _sample(sample: SampleFacts, results: list[ResultFacts], voice: Voice) -> Told:
    _, phase = words.SAMPLES[sample.phase]
    return {
        **vars(sample),
        "purpose_words": voice.say(voice.show(sample.purpose)),
        "phase_words": voice.say(phase),
        "results": [_result(one, voice) for one in results],
    }


def _result(result: ResultFacts, voice: Voice) -> Told:
    names = ("id", "test", "value", "outcome", "phase", "due_on", "replaces", "reason", "accepted")
    who = ("started_by", "started_at", "entered_by", "entered_at", "measured_at", "verified_by", "verified_at")
    _, stands = words.RESULTS[result.phase, result.outcome]
    return {
        **{name: getattr(result, name) for name in names},
        "unit": result.limit.unit,
        "title": voice.say(result.limit.name),
        "stage": result.stage,
        "stage_words": voice.say(words.STAGES[result.stage]),
        "specification": result.specification,
        "limit": result.limit.document(),
        "limit_shown": limit_words(result.limit, voice),
        "shown": "" if result.value is None else _measured(result.limit, result.value, voice),
        "stands": voice.say(stands),
        **{name: getattr(result, name) for name in who},
    }


def limit_words(limit: Limit, voice: Voice) -> str:
    """What a test asks for: `≥ 80 %`, `70–90 %`, `no growth`."""
    if limit.kind is LimitKind.REPORT:
        return voice.say(T("reported"))
    if limit.words:
        return ", ".join(voice.show(word) for word in words.words(limit.passing))
    low, high = (None if end is None else voice.format.number(end) for end in (limit.low, limit.high))
    if low is not None and high is not None:
        return _with_unit(f"{low}–{high}", limit, voice)
    if low is not None:
        return _with_unit(f"≥\u00a0{low}", limit, voice)
    return _with_unit(f"≤\u00a0{high}", limit, voice)


def _measured(limit: Limit, value: str, voice: Voice) -> str:
    return _with_unit(voice.show(words.shown(limit, value)), limit, voice)


def _with_unit(text: str, limit: Limit, voice: Voice) -> str:
    return f"{text}\u00a0{voice.format.unit(limit.unit)}" if limit.unit else text


# ---- labels ----------------------------------------------------------------------------------------------------------


def labels_of(tx: ReadTx, lot: str, voice: Voice) -> Told:
    """Every label that was issued in a lot, and the account of them."""
    count, now = labels.last_count(tx, lot), labels.label_sum(tx, lot)
    return {
        "issued": [
            {
                "code": row.code,
                "design": row.design,
                "design_version": row.design_version,
                "target": row.target,
                "phase": row.phase,
                "phase_words": voice.say(voice.show(row.phase)),
                "printed_at": row.printed_at,
                "printed_by": row.printed_by,
                "confirmed_at": row.confirmed_at,
                "confirmed_by": row.confirmed_by,
                "replaces": row.replaces,
                "ended_at": row.ended_at,
                "reason": row.reason,
            }
            for row in labels.labels_in(tx, lot)
        ],
        "account": {**vars(now), "difference": now.difference},
        "reconciled_at": None if count is None else count.reconciled_at,
        "reconciled_by": None if count is None else count.reconciled_by,
        "difference_count": None if count is None else count.difference_count,
    }


# ---- the room --------------------------------------------------------------------------------------------------------


def environment_of(tx: ReadTx, lot: LotFacts, voice: Voice) -> list[Told]:
    """What was read where the lot was worked on, by which limits, and what was said about it."""
    found = []
    for row in manufacturing.environment_of(tx, lot):
        limits = environment.room_limits().of(row.room_class, row.kind)
        found.append(
            {
                "location": row.location,
                "at": row.at,
                "window_from": row.window_from,
                "window_until": row.window_until,
                "kind": row.kind,
                "kind_words": voice.say(kind_words(row.kind)),
                "value": f"{Decimal(row.value) / 10:.1f}",
                "unit": row.unit,
                "shown": environment.value_words(row, voice),
                "room_class": row.room_class,
                "alert_limit": _bound(limits.alert, row.kind, voice),
                "action_limit": _bound(limits.action, row.kind, voice),
                "standing": row.standing,
                "lot": row.lot,
                "comment": row.comment,
                "recorded_by": row.recorded_by,
            }
        )
    return found


def _bound(bound: Limits | None, kind: EnvironmentKind, voice: Voice) -> Told | None:
    if bound is None:
        return None
    low, high = (None if end is None else f"{end:f}" for end in (bound.low, bound.high))
    return {"low": low, "high": high, "shown": environment.bound_words(bound, kind, voice)}


# ---- what was held, and what deviated --------------------------------------------------------------------------------


def holds(tx: ReadTx, lot: str, voice: Voice) -> list[Told]:
    """Every hold on the lot, the first one first, with its end."""
    return [_hold(row, voice) for row in reversed(quality.holds_on(tx, lot))]


def _hold(row: HoldFacts, voice: Voice) -> Told:
    return {
        **vars(row),
        "cause_words": voice.say(voice.show(row.cause)),
        "phase_words": voice.say(voice.show(row.phase)),
    }


def deviation(row: DeviationFacts, voice: Voice) -> Told:
    """One deviation, as far as it is."""
    return {
        "number": row.number,
        "subject": row.subject,
        "title": voice.say(row.title),
        "account": voice.say(row.account),
        "severity": None if row.severity is None else voice.say(voice.show(row.severity)),
        "phase": row.phase,
        "phase_words": voice.say(voice.show(row.phase)),
        "happened_at": row.happened_at,
        "opened_by": row.opened_by,
        "opened_at": row.opened_at,
        "assessed_by": row.assessed_by,
        "assessed_at": row.assessed_at,
        "assessment": row.assessment,
        "closed_by": row.closed_by,
        "closed_at": row.closed_at,
        "conclusion": row.conclusion,
    }
