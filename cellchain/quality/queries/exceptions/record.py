"""What the batch record itself says: who verified, what lies outside a limit, what was changed, late or commented."""

from typing import Any

from cellchain.kernel.text import T
from cellchain.manufacturing import reviewing
from cellchain.manufacturing.record_views import ValueView
from cellchain.manufacturing.reviewing import Doing, Notable
from cellchain.manufacturing.rules.definition import ParameterKind, Standing
from cellchain.manufacturing.rules.lifecycles import StepPhase, ValuePhase
from cellchain.manufacturing.rules.steps import is_late
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality.queries.exceptions.facts import Batch, Checked, ExceptionFacts, Tie
from cellchain.quality.rules.lifecycles import ExceptionKind


def verified(tx: ReadTx, batch: Batch) -> Checked:
    """Steps that ask for a second person, and whether one verified them."""
    asked = [doing for doing in batch.doings.values() if doing.step.verified]
    found = tuple(
        ExceptionFacts(
            key=f"step:{doing.id}",
            kind=ExceptionKind.UNVERIFIED,
            title=T("A step was not verified by a second person"),
            step=doing.step.title,
            person=doing.performer,
            happened_at=doing.completed_at or doing.started_at,
            href=at_step(batch, doing),
        )
        for doing in asked
        if doing.phase is not StepPhase.VERIFIED
    )
    return Checked(len(asked) - len(found), found)


def within_limits(tx: ReadTx, batch: Batch) -> Checked:
    """Values that count now, against alert and action limits."""
    found = tuple(
        ExceptionFacts(
            key=f"value:{one.value.id}",
            kind=ExceptionKind.OUT_OF_LIMIT,
            title=T("A value is outside its action limit")
            if one.value.standing is Standing.ACTION
            else T("A value is outside its alert limit"),
            tie=Tie(
                "manufacturing:limit:breached",
                {
                    "step_record": one.doing.id,
                    "parameter": one.value.parameter,
                    "value": f"{one.value.value:f}",
                },
            ),
            **_said(batch, one),
        )
        for one in _current(batch)
        if one.value.standing is not Standing.WITHIN
    )
    return Checked(batch.values_count - len(found), found)


def unchanged(tx: ReadTx, batch: Batch) -> Checked:
    """Values and counts that still are what was entered first."""
    by_id = {one.value.id: one.value for one in batch.values}
    found = [
        ExceptionFacts(
            key=f"corrected:{one.value.id}",
            kind=ExceptionKind.CORRECTED,
            title=T("A value was changed after entry"),
            **{**_said(batch, one), "before": _entered(_first(one.value, by_id))},
        )
        for one in _current(batch)
        if one.value.replaces is not None
    ]
    again = reviewing.recounts_of(tx, batch.lot)
    found += [
        ExceptionFacts(
            key=f"recount:{count.id}",
            kind=ExceptionKind.CORRECTED,
            title=T("Cells were counted a second time"),
            step=batch.doings[count.step_record].step.title,
            note=count.reason,
            person=count.counted_by,
            happened_at=count.counted_at,
            href=at_step(batch, batch.doings[count.step_record]),
        )
        for count in again
    ]
    return Checked(batch.values_count + reviewing.counts_count(tx, batch.lot) - len(found), tuple(found))


def _first(value: ValueView, by_id: dict[int, ValueView]) -> ValueView:
    """What was entered at the very first, before any change."""
    while value.replaces is not None and value.replaces in by_id:
        value = by_id[value.replaces]
    return value


def on_time(tx: ReadTx, batch: Batch) -> Checked:
    """Values that were entered when they were seen. One that was changed is shown as that."""
    found = tuple(
        ExceptionFacts(
            key=f"late:{one.value.id}",
            kind=ExceptionKind.LATE_ENTRY,
            title=T("A value was entered late"),
            **_said(batch, one),
        )
        for one in _current(batch)
        if one.value.is_late and one.value.replaces is None
    )
    return Checked(batch.values_count - len(found), found)


def kept(tx: ReadTx, batch: Batch) -> Checked:
    """Scans and values that were not taken back at the bench."""
    machines = reviewing.machines_taken_back(tx, batch.lot)
    scans = [
        *((f"undone:material:{use.id}", use.lot, use.used_by, use.used_at) for use in _unbooked(tx, batch)),
        *((f"undone:machine:{use.id}", use.equipment, use.used_by, use.used_at) for use in machines),
    ]
    found = [
        ExceptionFacts(
            key=key,
            kind=ExceptionKind.TAKEN_BACK,
            title=T("A scan was taken back at once"),
            things=(code,),
            person=person,
            happened_at=at,
            href=f"/manufacturing/lots/{batch.lot}",
        )
        for key, code, person, at in scans
    ]
    found += [
        ExceptionFacts(
            key=f"undone:value:{one.value.id}",
            kind=ExceptionKind.TAKEN_BACK,
            title=T("A value was taken back at once"),
            **_said(batch, one),
        )
        for one in batch.values
        if one.value.phase is ValuePhase.UNDONE
    ]
    booked = materials.went_into(tx, [batch.lot, *batch.containers])
    machined = reviewing.machines_of(tx, batch.lot)
    uses = sum(one.count for one in booked) + sum(one.count for one in machined)
    return Checked(uses + batch.values_count, tuple(found))


def _unbooked(tx: ReadTx, batch: Batch) -> list[materials.UseFacts]:
    return [use for code in (batch.lot, *batch.containers) for use in materials.undone_for(tx, code)]


def uncommented(tx: ReadTx, batch: Batch) -> Checked:
    """Steps to which nobody had anything to say."""
    comments = reviewing.comments_of(tx, batch.lot)
    found = tuple(
        ExceptionFacts(
            key=f"comment:{comment.id}",
            kind=ExceptionKind.COMMENT,
            title=T("A comment stands in the record"),
            step=batch.doings[comment.step_record].step.title,
            note=comment.comment,
            detail=T("It was written later than it happened.")
            if is_late(comment.event_at, comment.entered_at)
            else None,
            person=comment.entered_by,
            happened_at=comment.event_at,
            entered_at=comment.entered_at,
            href=at_step(batch, batch.doings[comment.step_record]),
        )
        for comment in comments
    )
    return Checked(len(batch.doings) - len({comment.step_record for comment in comments}), found)


def _current(batch: Batch) -> list[Notable]:
    return [one for one in batch.values if one.value.phase is ValuePhase.CURRENT]


def _said(batch: Batch, one: Notable) -> dict[str, Any]:
    return {
        "step": one.doing.step.title,
        "parameter": None if one.value.title is None else one.value.title.title,
        "after": _entered(one.value),
        "unit": one.value.unit,
        "note": one.value.reason,
        "person": one.value.entered_by,
        "happened_at": one.value.event_at,
        "entered_at": one.value.entered_at,
        "href": at_step(batch, one.doing),
    }


def _entered(value: ValueView) -> str:
    """A number as it is, the answer to a question as a word."""
    if value.title is not None and value.title.kind is ParameterKind.CONFIRM:
        return "yes" if value.value else "no"
    return f"{value.value:f}"


def at_step(batch: Batch, doing: Doing) -> str:
    """Where a doing of a step stands in the batch record."""
    return f"/manufacturing/lots/{batch.lot}?first={doing.sequence}#step-{doing.id}"
