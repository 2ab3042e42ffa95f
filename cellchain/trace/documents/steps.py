"""One doing of a step as a part of the document: each value with its limits, both times, and what stood before it; each
count with every chamber."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from cellchain.kernel.units import MILLI
from cellchain.manufacturing.bench import shown_as
from cellchain.manufacturing.counts.queries import CountFacts
from cellchain.manufacturing.record_pages import input_titles
from cellchain.manufacturing.record_views import AttachmentView, CommentView, StepView, ValueView
from cellchain.manufacturing.rules.definition import Definition, Limits, Parameter
from cellchain.manufacturing.rules.lifecycles import ValuePhase
from cellchain.manufacturing.sampling.queries import SampleFacts
from cellchain.web.i18n import Voice

Told = dict[str, Any]


def told(view: StepView, definition: Definition, voice: Voice) -> Told:
    """One doing of a step of the master record `definition`."""
    return {
        "sequence": view.sequence,
        "step": view.step.key,
        "title": view.step.title.words(voice.language),
        "phase": view.phase,
        "phase_words": voice.say(voice.show(view.phase)),
        "is_verified_by_another": view.step.verified,
        "performer": view.performer,
        "started_at": view.started_at,
        "completed_at": view.completed_at,
        "verifier": view.verifier,
        "verified_at": view.verified_at,
        "values": [_value(definition, view, one, voice) for one in _in_order(view)],
        "counts": [_count(view, one) for one in view.counts],
        "materials": [vars(one) for one in view.materials],
        "equipment": [vars(one) for one in view.equipment],
        "containers": view.containers,
        "samples": [_sample(view, one, voice) for one in view.samples],
        "comments": [_comment(one) for one in view.comments],
        "attachments": [_attachment(one) for one in view.attachments],
        "taken_back": [
            *(_taken_back(one, voice) for one in view.values if one.phase is ValuePhase.UNDONE),
            *({"what": f"{one.name} {one.code}", "by": one.used_by, "at": one.used_at} for one in view.undone),
        ],
    }


def _sample(view: StepView, sample: SampleFacts, voice: Voice) -> Told:
    """A sample that was taken, or the reason why it was not."""
    point = view.step.point(sample.point)
    return {**vars(sample), "title": sample.point if point is None else point.title.words(voice.language)}


def _in_order(view: StepView) -> list[ValueView]:
    """The values that count now, in the order of the master record: a correction keeps its value's place."""
    asked = {parameter.key: place for place, parameter in enumerate(view.step.parameters)}
    current = [value for value in view.values if value.phase is ValuePhase.CURRENT]
    return sorted(current, key=lambda value: asked.get(value.parameter, len(asked)))


def _value(definition: Definition, view: StepView, value: ValueView, voice: Voice) -> Told:
    title = value.title
    return {
        "id": value.id,
        "parameter": value.parameter,
        "title": _title(value, voice),
        "value": f"{value.value:f}",
        "unit": value.unit,
        "shown": _shown(value, voice),
        "computed": _computed(definition, view, value, voice),
        "alert_limit": None if title is None else _limit(title, title.alert, voice),
        "action_limit": None if title is None else _limit(title, title.action, voice),
        "standing": value.standing,
        "event_at": value.event_at,
        "entered_at": value.entered_at,
        "entered_by": value.entered_by,
        "is_late": value.is_late,
        "reason": value.reason,
        "changes": _changes(view, value, voice),
    }


def _computed(definition: Definition, view: StepView, value: ValueView, voice: Voice) -> Told | None:
    """How a value came about that nobody entered; None for one that somebody did."""
    computed = None if value.title is None else value.title.computed
    if computed is None:
        return None
    return {
        "formula": computed.formula,
        "formula_words": voice.say(voice.show(computed.formula)),
        "of": computed.of,
        "of_words": input_titles(definition, view.step, computed.of, voice.language),
        "expected": _number(computed.expected),
    }


def _count(view: StepView, count: CountFacts) -> Told:
    """One count with each of its chambers or runs; the first one stays where there is a second."""
    plan = view.step.count
    return {
        "sequence": count.sequence,
        "equipment": count.equipment,
        "live_per_ml": count.live_per_ml,
        "total_per_ml": count.total_per_ml,
        "viability_permille": count.viability_permille,
        "cv_permille": count.scatter_permille,
        "cv_limit_percent": None if plan is None else _number(plan.cv_limit),
        "is_scattered": count.is_scattered,
        "file_name": count.file_name,
        "file_sha256": count.file_hash,
        "counted_at": count.counted_at,
        "counted_by": count.counted_by,
        "reason": count.reason,
        "runs": [{**vars(run), "dilution": _times(run.dilution_milli)} for run in count.runs],
    }


def _times(dilution_milli: int | None) -> str | None:
    """How many times a sample was diluted."""
    return None if dilution_milli is None else _number((Decimal(dilution_milli) / MILLI).normalize())


def _changes(view: StepView, value: ValueView, voice: Voice) -> list[Told]:
    """Every change after the first entry, the first change first: what stood there, what came, who, when and why."""
    chain = [*reversed(view.corrected(value)), value]
    return [
        {
            "old": f"{before.value:f}",
            "old_shown": _shown(before, voice),
            "old_event_at": before.event_at,
            "old_entered_at": before.entered_at,
            "old_entered_by": before.entered_by,
            "old_reason": before.reason,
            "new": f"{after.value:f}",
            "new_shown": _shown(after, voice),
            "changed_by": after.entered_by,
            "changed_at": after.entered_at,
            "why": after.reason,
        }
        for before, after in pairwise(chain)
    ]


def _title(value: ValueView, voice: Voice) -> str:
    return value.parameter if value.title is None else value.title.title.words(voice.language)


def _shown(value: ValueView, voice: Voice) -> str:
    """The value as people read it."""
    if value.title is None:
        return f"{value.value:f} {value.unit}".strip()
    return shown_as(value.title, voice, value.value).text(value.value)


def _limit(parameter: Parameter, limits: Limits | None, voice: Voice) -> Told | None:
    if limits is None:
        return None
    return {
        "low": _number(limits.low),
        "high": _number(limits.high),
        "shown": shown_as(parameter, voice).range(limits),
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _comment(note: CommentView) -> Told:
    return {
        "comment": note.comment,
        "event_at": note.event_at,
        "entered_at": note.entered_at,
        "entered_by": note.entered_by,
        "is_late": note.is_late,
    }


def _attachment(file: AttachmentView) -> Told:
    return {
        "name": file.name,
        "kind": file.kind,
        "size_bytes": file.size_bytes,
        "sha256": file.digest,
        "event_at": file.event_at,
        "entered_at": file.entered_at,
        "entered_by": file.entered_by,
    }


def _taken_back(value: ValueView, voice: Voice) -> Told:
    return {"what": f"{_title(value, voice)}: {_shown(value, voice)}", "by": value.entered_by, "at": value.entered_at}
