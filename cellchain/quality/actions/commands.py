"""Actions planned, done with evidence, withdrawn, judged; and more time given."""

from datetime import date
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import PAPERS
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received
from cellchain.quality.actions import queries, rules
from cellchain.quality.actions.models import CRITERION_LENGTH, WHAT_LENGTH, WHY_LENGTH, Action, Extension
from cellchain.quality.actions.rules import ACTION, ActionKind, ActionPhase, Dated
from cellchain.quality.changes import queries as changes
from cellchain.quality.changes.models import Change
from cellchain.quality.commands.common import DeviationField, Reason
from cellchain.quality.deviations import queries as deviations
from cellchain.quality.deviations import rules as deviation_rules
from cellchain.quality.deviations.models import Reopening
from cellchain.quality.models import Deviation
from cellchain.quality.queries import deviation_facts
from cellchain.quality.rules.lifecycles import DEVIATION, DeviationPhase

ActionField = Annotated[int, Field(ge=1, title="Action")]
Owner = Annotated[PersonCode, Field(title="Owner", json_schema_extra=listed(queries.OWNERS))]
Criterion = Annotated[
    Text | None,
    Field(
        min_length=3,
        max_length=CRITERION_LENGTH,
        title="Effective if",
        description="What is counted or measured, and the value that shows that it helped.",
    ),
]
CheckDue = Annotated[
    Day | None,
    Field(title="Effectiveness checked by", description="Needed on a major or critical deviation."),
]
Evidence = Annotated[
    Upload,
    Field(title="Evidence", description="A PDF or a picture of what was done.", json_schema_extra=accepting(PAPERS)),
]
Account = Annotated[Text, Field(min_length=3, max_length=WHAT_LENGTH, title="What was done")]
Judgement = Annotated[Text, Field(min_length=3, max_length=WHAT_LENGTH, title="What was found")]


class ActionResult(CommandResult):
    """An action, what people call it, and where it stands."""

    action: int
    number: str
    deviation: int
    phase: ActionPhase


class PlanAction(Order):
    """Something to be done about a deviation."""

    deviation: DeviationField
    kind: Annotated[
        ActionKind,
        Field(
            title="Kind",
            description="Corrective: it shall not happen again here. Preventive: it shall not happen elsewhere.",
        ),
    ]
    what: Annotated[Text, Field(min_length=3, max_length=WHAT_LENGTH, title="What is done")]
    owner: Owner
    due_on: Annotated[Day, Field(title="Done by")]
    criterion: Criterion = None
    check_due_on: CheckDue = None
    follows: Annotated[
        int | None, Field(ge=1, title="Follows action", description="The one that was not effective.")
    ] = None


@command(event="quality:action:planned")
def plan_action(tx: CommandTx, by: Actor, order: PlanAction) -> ActionResult:
    """Plan an action on an assessed deviation.

    Raises NotFound, Refused `deviation.not_assessed`, `deviation.closed`, `action.owner_cannot`, `.due_in_past`,
    `.check_incomplete`, `.check_needed`, `.check_too_early`, `.follows_other`.
    """
    deviation = tx.lock(Deviation, order.deviation)
    tx.about(deviation.subject)
    deviation_rules.must_be_assessed(deviation.phase)
    plan = rules.Plan(order.due_on, order.check_due_on, order.criterion)
    rules.may_plan(plan, deviation.severity, tx.today, owner_may=queries.may_own(tx, order.owner))
    if order.follows is not None:
        before = queries.action_facts(tx, order.follows)
        rules.may_follow(
            before.phase, same_deviation=before.deviation == order.deviation, followed=before.followed_by is not None
        )
    row = tx.add(
        Action(
            deviation=order.deviation,
            kind=order.kind,
            what=order.what,
            owner=order.owner,
            due_on=order.due_on,
            check_due_on=order.check_due_on,
            criterion=order.criterion,
            follows=order.follows,
            phase=ActionPhase.PLANNED,
            planned_by=by.person,
            planned_at=tx.now,
        )
    )
    tx.note(deviation=order.deviation, action=row.id, owner=str(order.owner))
    return _result(row)


class CompleteAction(Order):
    """What was done, and the paper that shows it."""

    action: ActionField
    account: Account
    evidence: Evidence


@command(event="quality:action:completed")
def complete_action(tx: CommandTx, by: Actor, order: CompleteAction) -> ActionResult:
    """Say that one's own action is done. Raises NotFound `file.not_received`, Refused `action.*`, `file.wrong_kind`."""
    row = _held(tx, order.action)
    phase = ACTION.move("complete_action", row.phase)
    rules.may_complete(row.owner, by.person)
    file = received(tx, order.evidence, PAPERS)
    row = tx.change(
        row,
        phase=phase,
        done_at=tx.happened_at,
        account=order.account,
        evidence=file.digest,
        evidence_kind=file.kind,
        evidence_name=file.name,
    )
    tx.note(deviation=row.deviation, action=row.id, file=file.digest)
    return _result(row)


class WithdrawAction(Order):
    """An action that is not needed any more, and why."""

    action: ActionField
    withdrawal: Annotated[Text, Field(min_length=3, max_length=WHY_LENGTH, title="Why it is not needed")]


@command(event="quality:action:withdrawn")
def withdraw_action(tx: CommandTx, by: Actor, order: WithdrawAction) -> ActionResult:
    """Take an action back that nobody has done. The owner does not free themselves.

    Raises Refused `action.phase`, `action.withdraws_own`.
    """
    row = _held(tx, order.action)
    phase = ACTION.move("withdraw_action", row.phase)
    rules.may_withdraw(row.owner, by.person)
    row = tx.change(row, phase=phase, withdrawn_by=by.person, withdrawn_at=tx.now, withdrawal=order.withdrawal)
    tx.note(deviation=row.deviation, action=row.id)
    return _result(row)


class JudgeAction(Order):
    """Whether an action helped, held against its own criterion."""

    action: ActionField
    is_effective: Annotated[bool, Field(title="Was it effective?")]
    judgement: Judgement


@command(
    event="quality:action:judged",
    signature="I have held the effect of this action against its criterion",
)
def judge_action(tx: CommandTx, by: Actor, order: JudgeAction) -> ActionResult:
    """Judge an action that was done. One that did not help asks for another, and opens its deviation again.

    Raises Refused `action.phase`, `action.no_check`, `action.judge_owns_it`.
    """
    row = _held(tx, order.action)
    phase = ACTION.move("find_effective" if order.is_effective else "find_not_effective", row.phase)
    rules.may_judge(row.owner, by.person, has_check=row.check_due_on is not None)
    row = tx.change(row, phase=phase, judged_by=by.person, judged_at=tx.now, judgement=order.judgement)
    if not order.is_effective:
        _reopen(tx, row)
    tx.note(deviation=row.deviation, action=row.id, effective=order.is_effective)
    return _result(row)


def _reopen(tx: CommandTx, action: Action) -> None:
    """Open the deviation of an action again where it is closed; how it was closed stays readable beside it."""
    row = tx.lock(Deviation, action.deviation)
    if row.phase is not DeviationPhase.CLOSED or row.closed_by is None or row.closed_at is None:
        return
    tx.add(
        Reopening(
            deviation=action.deviation,
            action=action.id or 0,
            conclusion=row.conclusion or "",
            closed_by=row.closed_by,
            closed_at=row.closed_at,
            reopened_by=tx.by.person,
            reopened_at=tx.now,
        )
    )
    phase = DEVIATION.move("reopen_deviation", row.phase)
    tx.change(row, phase=phase, closed_by=None, closed_at=None, conclusion=None)
    tx.note(reopened=True)


# ---- more time -------------------------------------------------------------------------------------------------------


class ExtendDueDate(Order):
    """More time for something, and why. The day before stays readable."""

    dated: Annotated[Dated, Field(title="For")]
    number: Annotated[int, Field(ge=1, title="Number")]
    until: Annotated[Day, Field(title="New day")]
    reason: Reason


class Extended(CommandResult):
    """A day that was moved."""

    dated: Dated
    number: int
    before: date
    until: date


@command(event="quality:due_date:extended")
def extend_due_date(tx: CommandTx, by: Actor, order: ExtendDueDate) -> Extended:
    """Give more time. Raises NotFound, Refused `extension.nothing_due`, `.not_later`, `.after_check`, `.own`."""
    before = rules.may_extend(_due(tx, order.dated, order.number), order.until, by.person)
    tx.add(
        Extension(
            dated=order.dated,
            thing=order.number,
            before=before,
            until=order.until,
            reason=order.reason,
            given_by=by.person,
            given_at=tx.now,
        )
    )
    tx.note(dated=order.dated.value, number=order.number, before=before.isoformat(), until=order.until.isoformat())
    return Extended(dated=order.dated, number=order.number, before=before, until=order.until)


def _due(tx: CommandTx, dated: Dated, number: int) -> rules.Due:
    """By when something is due; it is held meanwhile."""
    if dated is Dated.DEVIATION:
        row = tx.lock(Deviation, number)
        tx.about(row.subject)
        facts = deviation_facts(tx, number)
        # Assessing cannot wait: only the day of closing moves.
        return rules.Due(deviations.due_on(tx, facts) if facts.phase is DeviationPhase.ASSESSED else None)
    if dated in (Dated.ACTION, Dated.CHECK):
        _held(tx, number)
        return queries.action_facts(tx, number).due_of(dated)
    tx.lock(Change, number)
    tx.about(str(number))
    return changes.change_facts(tx, number).due_of(dated)


def _held(tx: CommandTx, number: int) -> Action:
    """An action, held, and its entry made about what its deviation is about."""
    row = tx.lock(Action, number)
    tx.about(tx.get(Deviation, row.deviation).subject)
    return row


def _result(row: Action) -> ActionResult:
    number = row.id or 0
    return ActionResult(
        action=number,
        number=queries.action_number(number, row.planned_at),
        deviation=row.deviation,
        phase=row.phase,
    )
