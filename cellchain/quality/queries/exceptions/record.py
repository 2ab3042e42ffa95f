"""What the batch record itself says: who verified, what lies outside a limit, what was changed, late or commented."""

from collections.abc import Iterable, Iterator
from typing import Any

from cellchain.kernel.text import T
from cellchain.manufacturing.record_views import StepView, ValueView
from cellchain.manufacturing.rules.definition import ParameterKind, Standing
from cellchain.manufacturing.rules.lifecycles import StepPhase, ValuePhase
from cellchain.platform.db import ReadTx
from cellchain.quality.queries.exceptions.facts import Batch, Checked, ExceptionFacts, Tie
from cellchain.quality.rules.lifecycles import ExceptionKind


def verified(tx: ReadTx, batch: Batch) -> Checked:
    """Steps that ask for a second person, and whether one verified them."""
    asked = [view for view in batch.page.steps if view.step.verified]
    found = tuple(
        ExceptionFacts(
            key=f"step:{view.id}",
            kind=ExceptionKind.UNVERIFIED,
            title=T("A step was not verified by a second person"),
            step=view.step.title,
            person=view.performer,
            happened_at=view.completed_at or view.started_at,
            href=at_step(batch, view),
        )
        for view in asked
        if view.phase is not StepPhase.VERIFIED
    )
    return Checked(len(asked) - len(found), found)


def within_limits(tx: ReadTx, batch: Batch) -> Checked:
    """Values that count now, against alert and action limits."""
    values = list(_current(batch))
    found = tuple(
        ExceptionFacts(
            key=f"value:{value.id}",
            kind=ExceptionKind.OUT_OF_LIMIT,
            title=T("A value is outside its action limit")
            if value.standing is Standing.ACTION
            else T("A value is outside its alert limit"),
            tie=Tie(
                "manufacturing:limit:breached",
                {"step_record": view.id, "parameter": value.parameter, "value": f"{value.value:f}"},
            ),
            **_said(batch, view, value),
        )
        for view, value in values
        if value.standing is not Standing.WITHIN
    )
    return Checked(len(values) - len(found), found)


def unchanged(tx: ReadTx, batch: Batch) -> Checked:
    """Values and counts that still are what was entered first."""
    values = list(_current(batch))
    found = [item for view, value in values for item in _changed(batch, view, value)]
    counts = [(view, count) for view in batch.page.steps for count in view.counts]
    found += [
        ExceptionFacts(
            key=f"recount:{count.id}",
            kind=ExceptionKind.CORRECTED,
            title=T("Cells were counted a second time"),
            step=view.step.title,
            note=count.reason,
            person=count.counted_by,
            happened_at=count.counted_at,
            href=at_step(batch, view),
        )
        for view, count in counts
        if count.sequence > 1
    ]
    return Checked(len(values) + len(counts) - len(found), tuple(found))


def _changed(batch: Batch, view: StepView, value: ValueView) -> Iterator[ExceptionFacts]:
    replaced = view.corrected(value)
    if replaced:
        said = {**_said(batch, view, value), "before": _entered(replaced[-1])}
        title = T("A value was changed after entry")
        yield ExceptionFacts(key=f"corrected:{value.id}", kind=ExceptionKind.CORRECTED, title=title, **said)


def on_time(tx: ReadTx, batch: Batch) -> Checked:
    """Values that were entered when they were seen. One that was changed is shown as that."""
    values = list(_current(batch))
    found = tuple(
        ExceptionFacts(
            key=f"late:{value.id}",
            kind=ExceptionKind.LATE_ENTRY,
            title=T("A value was entered late"),
            **_said(batch, view, value),
        )
        for view, value in values
        if value.is_late and not view.corrected(value)
    )
    return Checked(len(values) - len(found), found)


def kept(tx: ReadTx, batch: Batch) -> Checked:
    """Scans and values that were not taken back at the bench."""
    found = [item for view in batch.page.steps for item in _taken_back(batch, view)]
    uses = sum(len(view.materials) + len(view.equipment) for view in batch.page.steps)
    return Checked(uses + sum(1 for _ in _current(batch)), tuple(found))


def _taken_back(batch: Batch, view: StepView) -> Iterator[ExceptionFacts]:
    common: dict[str, Any] = {
        "kind": ExceptionKind.TAKEN_BACK,
        "step": view.step.title,
        "href": at_step(batch, view),
    }
    for place, item in enumerate(view.undone, 1):
        yield ExceptionFacts(
            key=f"undone:{view.id}:{place}",
            title=T("A scan was taken back at once"),
            detail=T("{name}", name=item.name),
            things=(item.code,),
            person=item.used_by,
            happened_at=item.used_at,
            **common,
        )
    for value in view.values:
        if value.phase is ValuePhase.UNDONE:
            said = {**_said(batch, view, value), **common}
            yield ExceptionFacts(key=f"undone:{value.id}", title=T("A value was taken back at once"), **said)


def uncommented(tx: ReadTx, batch: Batch) -> Checked:
    """Steps to which nobody had anything to say."""
    found = tuple(
        ExceptionFacts(
            key=f"comment:{comment.id}",
            kind=ExceptionKind.COMMENT,
            title=T("A comment stands in the record"),
            step=view.step.title,
            note=comment.comment,
            detail=T("It was written later than it happened.") if comment.is_late else None,
            person=comment.entered_by,
            happened_at=comment.event_at,
            entered_at=comment.entered_at,
            href=at_step(batch, view),
        )
        for view in batch.page.steps
        for comment in view.comments
    )
    return Checked(sum(not view.comments for view in batch.page.steps), found)


def _current(batch: Batch) -> Iterable[tuple[StepView, ValueView]]:
    return ((view, value) for view in batch.page.steps for value in view.values if value.phase is ValuePhase.CURRENT)


def _said(batch: Batch, view: StepView, value: ValueView) -> dict[str, Any]:
    return {
        "step": view.step.title,
        "parameter": None if value.title is None else value.title.title,
        "after": _entered(value),
        "unit": value.unit,
        "note": value.reason,
        "person": value.entered_by,
        "happened_at": value.event_at,
        "entered_at": value.entered_at,
        "href": at_step(batch, view),
    }


def _entered(value: ValueView) -> str:
    """A number as it is, the answer to a question as a word."""
    if value.title is not None and value.title.kind is ParameterKind.CONFIRM:
        return "yes" if value.value else "no"
    return f"{value.value:f}"


def at_step(batch: Batch, view: StepView) -> str:
    """Where a doing of a step stands in the batch record."""
    return f"/manufacturing/lots/{batch.lot}?first={view.sequence}#step-{view.id}"
