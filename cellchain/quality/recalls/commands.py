"""A recall and an exercise of one: started, listed, signed, counted, closed. Each act is a time on the stopwatch."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality.commands.common import Reason
from cellchain.quality.recalls import queries, rules
from cellchain.quality.recalls.common import (
    CriteriaOrder,
    ItemCode,
    RecallField,
    criteria_of,
    mark_recalled,
    raise_alerts,
    want_physicians,
)
from cellchain.quality.recalls.models import CONCLUSION_LENGTH, Recall, RecallFind, RecallItem, as_columns
from cellchain.quality.recalls.queries import Scope
from cellchain.quality.recalls.rules import RECALL, Audience, RecallKind, RecallPhase

FINDS_AT_ONCE = 200


class StartedRecall(CommandResult):
    """A recall or an exercise that has its number, and the stopwatch running."""

    recall: int
    phase: RecallPhase


class ListedRecall(CommandResult):
    """How many containers and lots are on the list, and its fingerprint."""

    recall: int
    found: int
    lots: int
    seen: str


class RecallResult(CommandResult):
    """A recall: the lots and bags that it calls back."""

    recall: int
    root: str
    lots: list[str]
    bags: list[str]


class CountedRecall(CommandResult):
    """What of a recall is answered for."""

    recall: int
    found: int
    accounted: int
    effectiveness_permille: int


# ---- started, listed -------------------------------------------------------------------------------------------------


class StartRecall(CriteriaOrder):
    """Whether it is earnest, where the fault lies, and why somebody looks."""

    kind: Annotated[RecallKind, Field(title="In earnest or to practise", description="An exercise stops nothing.")] = (
        RecallKind.RECALL
    )
    reason: Reason


@command(event="quality:recall:started")
def start_recall(tx: CommandTx, by: Actor, order: StartRecall) -> StartedRecall:
    """Start the stopwatch of a recall or an exercise. Raises Refused `recall.no_criterion`, Invalid for the window."""
    criteria = criteria_of(order)
    rules.may_search(criteria)
    tx.about(criteria.subject)
    row = tx.add(
        Recall(
            kind=order.kind,
            phase=RecallPhase(RECALL.first),
            **as_columns(criteria),
            reason=order.reason,
            started_by=by.person,
            started_at=tx.now,
        )
    )
    tx.note(recall=row.id, kind=order.kind.value)
    return StartedRecall(recall=row.id or 0, phase=row.phase)


class OfRecall(Order):
    """Names a recall."""

    recall: RecallField


@command(event="quality:recall:listed")
def list_recall(tx: CommandTx, by: Actor, order: OfRecall) -> ListedRecall:
    """Keep that the list is complete: the moment counts that it was complete first. An exercise keeps the list itself.

    Raises Refused `recall.phase`, `recall.nothing`, `recall.too_wide`.
    """
    row = tx.lock(Recall, order.recall)
    phase = RecallPhase(RECALL.move("list_recall", row.phase))
    is_exercise = row.kind is RecallKind.EXERCISE
    if is_exercise and row.listed_at is not None:
        raise Refused("recall.listed_already", "The list of this exercise is kept already. Go on with it.")
    scope = queries.find(tx, _criteria(row))
    rules.may_recall(found=len(scope.items), recalled=False)
    tx.about(scope.root)
    row = tx.change(row, phase=phase, listed_at=row.listed_at or tx.now, **_counts(scope))
    if is_exercise:
        _keep(tx, row, scope, is_stopped=False)
    tx.note(recall=row.id, kind=row.kind.value, found=len(scope.containers), lots=len(scope.lots))
    return ListedRecall(recall=row.id or 0, found=len(scope.containers), lots=len(scope.lots), seen=scope.fingerprint)


# ---- signed ----------------------------------------------------------------------------------------------------------


class RecallOrder(CriteriaOrder):
    """A recall that was started, or where the fault lies; and why everything that came out of it is called back."""

    recall: Annotated[int | None, Field(ge=1, title="Recall that was started")] = None
    reason: Reason | None = None
    seen: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            title="Scope as shown",
            description="The fingerprint of the list that was on the screen.",
        ),
    ] = None

    @model_validator(mode="after")
    def _why(self) -> Self:
        if self.recall is None and self.reason is None:
            raise ValueError("a recall that was not started before needs a reason")
        return self


@command(event="quality:recall:placed", signature="I recall everything that came out of this", cannot_wait=True)
def recall(tx: CommandTx, by: Actor, order: RecallOrder) -> RecallResult:
    """Stop every lot and container that was reached, in one act, and tell the physicians and the sponsor.

    Raises Refused `recall.nothing`, `recall.done_already`, `recall.scope_changed`, `recall.is_exercise`,
    `recall.phase`, `recall.too_wide`.
    """
    row = None if order.recall is None else tx.lock(Recall, order.recall)
    if row is not None:
        rules.may_sign(row.kind)
        RECALL.move("recall", row.phase)
    scope = queries.find(tx, criteria_of(order) if row is None else _criteria(row))
    tx.about(scope.root)
    rules.may_show(seen=order.seen, found=scope.fingerprint)
    known = queries.recalled_among(tx, scope.items)
    rules.may_recall(found=len(scope.items), recalled=len(known) == len(scope.items))
    row = _sign(tx, by, order, row, scope)
    for lot in queries.dispositions_among(tx, scope.lots):
        mark_recalled(tx, lot)
    _keep(tx, row, scope, is_stopped=True)
    tx.note(recall=row.id, lots=list[Json](scope.lots), containers=len(scope.containers))
    return RecallResult(recall=row.id or 0, root=scope.root, lots=list(scope.lots), bags=list(scope.bags))


def _sign(tx: CommandTx, by: Actor, order: RecallOrder, row: Recall | None, scope: Scope) -> Recall:
    signed: dict[str, Any] = {
        "phase": RecallPhase.SIGNED,
        "placed_by": by.person,
        "placed_at": tx.now,
        "stopped_count": len(scope.containers),
        **_counts(scope),
    }
    if row is not None:
        return tx.change(row, **signed)
    return tx.add(
        Recall(
            kind=RecallKind.RECALL,
            **as_columns(criteria_of(order)),
            reason=order.reason or "",
            started_by=by.person,
            started_at=tx.now,
            listed_at=tx.now,
            **signed,
        )
    )


def _counts(scope: Scope) -> dict[str, Any]:
    """What a row keeps of its list: containers and lots apart, for nobody goes to look for a lot."""
    return {
        "scope_hash": scope.fingerprint,
        "found_count": len(scope.containers),
        "lots_count": len(scope.lots),
    }


def _keep(tx: CommandTx, row: Recall, scope: Scope, *, is_stopped: bool) -> None:
    """The list, and whoever has to know of it."""
    recall, exercise = row.id or 0, row.kind is RecallKind.EXERCISE
    tx.add_all([RecallItem(recall=recall, subject=code, is_stopped=is_stopped) for code in scope.items])
    raise_alerts(tx, [(Audience.SPONSOR, None)], recall=recall, exercise=exercise)
    want_physicians(tx, scope.bags, recall=recall, exercise=exercise)


# ---- counted, closed -------------------------------------------------------------------------------------------------


class AccountFor(Order):
    """Things of a recall that somebody found and put aside."""

    recall: RecallField
    subjects: Annotated[
        list[ItemCode],
        Field(min_length=1, max_length=FINDS_AT_ONCE, title="Found", description="Scan each label."),
    ]
    place: Annotated[Text, Field(min_length=2, max_length=120, title="Put aside in")]


@command(event="quality:recall:accounted")
def account_for(tx: CommandTx, by: Actor, order: AccountFor) -> CountedRecall:
    """Write down that things of a recall were found and set apart; what was counted before stays as it is.

    Raises Refused `recall.not_open`, `recall.not_an_item`, `recall.found_already`.
    """
    row = tx.lock(Recall, order.recall)
    asked = list(dict.fromkeys(order.subjects))
    for subject in asked:
        known = queries.is_item(tx, order.recall, subject)
        rules.may_account(row.kind, row.phase, known=known, subject=subject)
    before = queries.finds_of(tx, order.recall)
    fresh = [subject for subject in asked if subject not in before]
    if not fresh:
        raise Refused("recall.found_already", "This was found and set apart before. Nothing was changed.")
    tx.about(fresh[0])
    finds = [
        RecallFind(recall=order.recall, subject=one, place=order.place, found_by=by.person, found_at=tx.happened_at)
        for one in fresh
    ]
    tx.add_all(finds)
    tx.note(recall=order.recall, found=len(fresh))
    return _counted(order.recall, queries.tally(tx, order.recall))


class CloseRecall(Order):
    """What came of a recall or an exercise."""

    recall: RecallField
    conclusion: Annotated[
        Text,
        Field(
            min_length=10,
            max_length=CONCLUSION_LENGTH,
            title="Conclusion",
            description="What was found, what was not and why, and what changes because of it.",
        ),
    ]


@command(event="quality:recall:closed", signature="I have counted what was found and close this")
def close_recall(tx: CommandTx, by: Actor, order: CloseRecall) -> CountedRecall:
    """Stop the stopwatch. Raises Refused `recall.phase`, `recall.not_signed`, `recall.unread`."""
    row = tx.lock(Recall, order.recall)
    phase = RecallPhase(RECALL.move("close_recall", row.phase))
    unread = [one for one in queries.alerts_of(tx, recall=order.recall) if one.acknowledged_at is None]
    rules.may_close(row.kind, row.phase, unread=len(unread))
    tally = queries.tally(tx, order.recall)
    tx.about(_criteria(row).subject)
    tx.change(
        row,
        phase=phase,
        closed_by=by.person,
        closed_at=tx.now,
        accounted_count=tally.accounted,
        conclusion=order.conclusion,
    )
    tx.note(recall=row.id, kind=row.kind.value, found=tally.found, accounted=tally.accounted)
    return _counted(order.recall, tally)


def _counted(recall: int, tally: rules.Tally) -> CountedRecall:
    return CountedRecall(
        recall=recall,
        found=tally.found,
        accounted=tally.accounted,
        effectiveness_permille=tally.effectiveness_permille,
    )


def _criteria(row: Recall) -> rules.Criteria:
    return rules.Criteria(row.root, row.also, row.deviation, row.since, row.until, row.origin)
