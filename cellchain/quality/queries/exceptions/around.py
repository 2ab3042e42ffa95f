"""What stands around the batch record: its labels, deviations and holds."""

from typing import Any

from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.labels.rules import LabelPhase
from cellchain.platform.db import ReadTx
from cellchain.quality.queries import deciding
from cellchain.quality.queries.deciding import DeviationFacts
from cellchain.quality.queries.exceptions.facts import Batch, Checked, ExceptionFacts, Tie
from cellchain.quality.rules.lifecycles import DeviationPhase, ExceptionKind, HoldPhase


def labels_reconciled(tx: ReadTx, batch: Batch) -> Checked:
    """Labels that are accounted for."""
    counted = labels.label_sum(tx, batch.lot)
    in_order = counted.printed - counted.difference
    if labels.is_reconciled(tx, batch.lot):
        return Checked(in_order)
    difference = counted.difference
    found = ExceptionFacts(
        key="labels",
        kind=ExceptionKind.LABELS,
        title=T("Labels are not reconciled"),
        detail=T("Not accounted for: {count}", count=difference)
        if difference
        else T("Count them once everything is scanned back, void or destroyed."),
        href=f"/do/labels/reconcile?lot={batch.lot}&next=/quality/lots/{batch.lot}",
        tie=Tie("labels:lot:unbalanced", {"difference": difference}) if difference else None,
    )
    return Checked(in_order, (found,))


def labels_printed_once(tx: ReadTx, batch: Batch) -> Checked:
    """Labels that were printed once and not put out of use by hand."""
    issued = labels.labels_in(tx, batch.lot)
    replaced = {label.replaces for label in issued}
    found = tuple(_reprinted(label) for label in issued if label.replaces is not None or _void(label, replaced))
    return Checked(len(issued) - len(found), found)


def _void(label: Any, replaced: set[str | None]) -> bool:
    """Put out of use by a person, with nothing in its place."""
    ended = label.phase in (LabelPhase.SPOILED, LabelPhase.DESTROYED) and label.ended_by is not None
    return ended and label.code not in replaced


def _reprinted(label: Any) -> ExceptionFacts:
    again = label.replaces is not None
    return ExceptionFacts(
        key=f"label:{label.code}",
        kind=ExceptionKind.REPRINT,
        title=T("A label was printed again") if again else T("A label was put out of use"),
        note=label.reason,
        things=(label.target,),
        person=label.printed_by if again else label.ended_by,
        happened_at=label.printed_at if again else label.ended_at,
        href=f"/labels/{label.code}",
    )


def deviations_closed(batch: Batch, told: set[int]) -> Checked:
    """Deviations of the lot that no other exception tells already (`told`)."""
    return Checked(0, tuple(_deviation(one) for one in batch.deviations if one.id not in told))


def _deviation(deviation: DeviationFacts) -> ExceptionFacts:
    closed = deviation.phase is DeviationPhase.CLOSED
    return ExceptionFacts(
        key=f"deviation:{deviation.id}",
        kind=ExceptionKind.DEVIATION_CLOSED if closed else ExceptionKind.DEVIATION_OPEN,
        title=T("Deviation {number}: {title}", number=deviation.number, title=deviation.title),
        note=deviation.conclusion if closed else None,
        detail=deviation.account,
        person=deviation.closed_by or deviation.opened_by,
        happened_at=deviation.happened_at,
        entered_at=deviation.closed_at or deviation.opened_at,
        href=f"/quality/deviations/{deviation.id}",
    )


def nothing_held(tx: ReadTx, batch: Batch) -> Checked:
    """The lot and everything it came from: free of holds, and of holds that were lifted while it was made."""
    origins = deciding.origins_of(tx, batch.lot)
    begin = batch.facts.opened_at
    holds = [
        held
        for origin in origins
        for held in deciding.holds_on(tx, origin)
        if held.phase is HoldPhase.PLACED or (held.lifted_at is not None and held.lifted_at >= begin)
    ]
    found = tuple(
        ExceptionFacts(
            key=f"hold:{held.id}" if held.phase is HoldPhase.PLACED else f"lifted:{held.id}",
            kind=ExceptionKind.HOLD if held.phase is HoldPhase.PLACED else ExceptionKind.HOLD_LIFTED,
            title=T("A hold is in force") if held.phase is HoldPhase.PLACED else T("A hold was lifted"),
            note=held.reason if held.phase is HoldPhase.PLACED else held.lift_reason,
            things=(held.subject,),
            person=held.placed_by if held.phase is HoldPhase.PLACED else held.lifted_by,
            happened_at=held.placed_at,
            entered_at=held.lifted_at or held.placed_at,
            href="/quality/holds",
        )
        for held in holds
    )
    return Checked(len(origins) - len({held.subject for held in holds}), found)
