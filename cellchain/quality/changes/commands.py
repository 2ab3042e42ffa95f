"""Changes asked for, approved by two people, made, judged and closed; and what refers to them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from cellchain.accounts.commands import ask_countersignature
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import PAPERS
from cellchain.ledger.registry import CommandResult, Day, NoResult, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import received
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality.actions import queries as actions
from cellchain.quality.actions.commands import Criterion, Evidence, Owner
from cellchain.quality.actions.rules import may_own
from cellchain.quality.changes import queries, rules
from cellchain.quality.changes.models import (
    CRITERION_LENGTH,
    DOCUMENT_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    Change,
    Implementation,
)
from cellchain.quality.changes.rules import CHANGE, ChangeClass, ChangePhase
from cellchain.quality.models import Deviation, Specification

APPROVED = "quality:change:approved"
DOCUMENTS_MAX = 20
LongText = Annotated[Text, Field(min_length=3, max_length=TEXT_LENGTH)]


class ChangeResult(CommandResult):
    """A change, what people call it, and where it stands."""

    change: int
    number: str
    phase: ChangePhase


class RequestChange(Order):
    """What shall change, why, and what that touches."""

    title: Annotated[Text, Field(min_length=3, max_length=TITLE_LENGTH, title="In one line")]
    what: Annotated[LongText, Field(title="What changes", description="As it is now, and as it shall be.")]
    grounds: Annotated[LongText, Field(title="Why")]
    impact: Annotated[
        LongText,
        Field(title="Impact", description="On the cells, the records, the people, lots under way, earlier validation."),
    ]
    kind: Annotated[
        ChangeClass,
        Field(
            title="Class",
            description="Minor: like for like, or words alone. "
            "Major: anything that can affect the cells or what the records prove.",
        ),
    ]
    documents: Annotated[
        tuple[Annotated[Text, Field(min_length=1, max_length=DOCUMENT_LENGTH)], ...],
        Field(max_length=DOCUMENTS_MAX, title="Written procedures", description="Each with its number and version."),
    ] = ()
    master_record: Annotated[
        int | None, Field(ge=1, title="Master record", json_schema_extra=listed(queries.RECORDS))
    ] = None
    specification: Annotated[
        int | None, Field(ge=1, title="Specification", json_schema_extra=listed(queries.SPECIFICATIONS))
    ] = None
    deviation: Annotated[int | None, Field(ge=1, title="Stems from deviation")] = None
    action: Annotated[int | None, Field(ge=1, title="Stems from action")] = None
    owner: Owner
    due_on: Annotated[Day, Field(title="Made by")]
    criterion: Criterion = None
    check_due_on: Annotated[Day | None, Field(title="Effect checked by", description="Needed for a major change.")] = (
        None
    )


@command(event="quality:change:requested")
def request_change(tx: CommandTx, by: Actor, order: RequestChange) -> ChangeResult:
    """Ask for a change. Raises NotFound, Refused `change.*`, `action.owner_cannot`."""
    affects = bool(order.documents or order.master_record or order.specification)
    request = rules.Request(order.kind, order.due_on, order.check_due_on, order.criterion, affects)
    rules.may_request(request, tx.today)
    may_own(owner_may=actions.may_own(tx, order.owner))
    if order.master_record is not None:
        manufacturing.master_record(tx, order.master_record)
    if order.specification is not None:
        tx.get(Specification, order.specification)
    row = tx.add(
        Change(
            **{
                name: getattr(order, name)
                for name in RequestChange.model_fields
                if name not in ("documents", "deviation")
            },
            documents=list(order.documents),
            deviation=_stems_from(tx, order),
            phase=ChangePhase.REQUESTED,
            requested_by=by.person,
            requested_at=tx.now,
        )
    )
    tx.about(str(row.id))
    return _result(row)


def _stems_from(tx: CommandTx, order: RequestChange) -> int | None:
    """The deviation behind a change: as named, or the one of the action that is named."""
    if order.deviation is not None:
        tx.get(Deviation, order.deviation)
    if order.action is None:
        return order.deviation
    of_action = actions.action_facts(tx, order.action).deviation
    rules.may_stem_from(same_deviation=order.deviation in (None, of_action))
    return of_action


class OfChange(Order):
    """Names one change."""

    change: Annotated[int, Field(ge=1, title="Change")]


def _signed_record(tx: CommandTx, order: OfChange) -> Json:
    row = tx.get(Change, order.change)
    return {
        "number": queries.change_number(row.id or 0, row.requested_at),
        "title": row.title,
        "what": row.what,
        "grounds": row.grounds,
        "impact": row.impact,
        "kind": row.kind.value,
        "documents": list(row.documents),
        "master_record": row.master_record,
        "specification": row.specification,
        "due_on": row.due_on.isoformat(),
        "check_due_on": None if row.check_due_on is None else row.check_due_on.isoformat(),
        "criterion": row.criterion,
    }


@command(
    event=APPROVED,
    subject="change",
    signature="I have weighed what this change can do and approve it",
    signs=_signed_record,
)
def approve_change(tx: CommandTx, by: Actor, order: OfChange) -> ChangeResult:
    """Approve a change; it may be made once a second person countersigned. Raises Refused `change.own`, `.phase`."""
    row = tx.lock(Change, order.change)
    phase = CHANGE.move("approve_change", row.phase)
    rules.may_decide(row.requested_by, row.owner, by.person)
    row = tx.change(row, phase=phase, approved_by=by.person, approved_at=tx.now)
    ask_countersignature(tx, event=APPROVED, subject=str(row.id), permission="quality.approve_change")
    return _result(row)


@command(event="quality:change:countersigned", subject="change", internal=True)
def make_change_approved(tx: CommandTx, by: Actor, order: OfChange) -> ChangeResult:
    """The countersigned change may be made. Who asked for it or makes it does not countersign."""
    row = tx.lock(Change, order.change)
    phase = CHANGE.move("make_change_approved", row.phase)
    rules.may_decide(row.requested_by, row.owner, by.person)
    return _result(tx.change(row, phase=phase, countersigned_by=by.person, countersigned_at=tx.now))


class RejectChange(OfChange):
    """A change that shall not be made, and why."""

    rejection: Annotated[Text, Field(min_length=3, max_length=CRITERION_LENGTH, title="Why not")]


@command(event="quality:change:rejected", subject="change", signature="I reject this change")
def reject_change(tx: CommandTx, by: Actor, order: RejectChange) -> ChangeResult:
    """Reject a change that nobody has approved. Raises Refused `change.own`, `change.phase`."""
    row = tx.lock(Change, order.change)
    phase = CHANGE.move("reject_change", row.phase)
    rules.may_decide(row.requested_by, row.owner, by.person)
    return _result(tx.change(row, phase=phase, rejected_by=by.person, rejected_at=tx.now, rejection=order.rejection))


class ImplementChange(OfChange):
    """How a change was made, and the paper that shows it."""

    account: Annotated[LongText, Field(title="What was done")]
    evidence: Evidence


@command(event="quality:change:implemented", subject="change")
def implement_change(tx: CommandTx, by: Actor, order: ImplementChange) -> ChangeResult:
    """Say that one's own change is made. Raises NotFound `file.not_received`, Refused `change.*`, `file.wrong_kind`."""
    row = tx.lock(Change, order.change)
    phase = CHANGE.move("implement_change", row.phase)
    rules.may_implement(row.owner, by.person)
    file = received(tx, order.evidence, PAPERS)
    tx.add(
        Implementation(
            change=order.change,
            account=order.account,
            evidence=file.digest,
            evidence_kind=file.kind,
            evidence_name=file.name,
            made_by=by.person,
            made_at=tx.happened_at,
        )
    )
    tx.note(file=file.digest)
    return _result(tx.change(row, phase=phase))


class JudgeChange(OfChange):
    """Whether a change brought what it was for, held against its own criterion."""

    is_effective: Annotated[bool, Field(title="Was it effective?")]
    judgement: Annotated[LongText, Field(title="What was found")]


@command(
    event="quality:change:judged",
    subject="change",
    signature="I have held the effect of this change against its criterion",
)
def judge_change(tx: CommandTx, by: Actor, order: JudgeChange) -> ChangeResult:
    """Judge a change that was made; one that did not help is made again.

    Raises Refused `change.phase`, `change.no_check`, `change.judge_owns_it`.
    """
    row = tx.lock(Change, order.change)
    phase = CHANGE.move("find_effective" if order.is_effective else "find_not_effective", row.phase)
    rules.may_judge(row.owner, by.person, has_check=row.check_due_on is not None)
    made = tx.lock(Implementation, queries.change_facts(tx, order.change).made[-1].id)
    tx.change(made, is_effective=order.is_effective, judgement=order.judgement, judged_by=by.person, judged_at=tx.now)
    tx.note(effective=order.is_effective)
    return _result(tx.change(row, phase=phase))


class CloseChange(OfChange):
    """That a change is made, helps, and is written down everywhere."""

    conclusion: Annotated[LongText, Field(title="Conclusion")]


@command(
    event="quality:change:closed",
    subject="change",
    signature="I have judged this change and what came of it, and close it",
)
def close_change(tx: CommandTx, by: Actor, order: CloseChange) -> ChangeResult:
    """Close a change. Raises Refused `change.phase`, `change.not_judged`, `change.closer_involved`."""
    row = tx.lock(Change, order.change)
    phase = CHANGE.move("close_change", row.phase)
    rules.may_close(row.phase, row.requested_by, row.owner, by.person, has_check=row.check_due_on is not None)
    return _result(tx.change(row, phase=phase, closed_by=by.person, closed_at=tx.now, conclusion=order.conclusion))


# ---- what refers to a change -----------------------------------------------------------------------------------------


class RequireChange(Order):
    """Something that was drafted under a change, by the number that people call it."""

    change: Annotated[str, Field(max_length=20)]


def named_by(facts: Mapping[str, Any]) -> RequireChange | None:
    """The change that a draft names, as its entry tells; None where it names none."""
    return None if facts.get("change") is None else RequireChange(change=facts["change"])


@command(event="quality:change:referred_to", internal=True)
def require_change(tx: CommandTx, by: Actor, order: RequireChange) -> NoResult:
    """A version is drafted under a change that is approved and not closed. Raises Refused `change.*`."""
    found = queries.called(tx, order.change)
    rules.may_refer(None if found is None else found.phase, order.change)
    tx.about("" if found is None else str(found.id))
    return NoResult()


def _result(row: Change) -> ChangeResult:
    number = row.id or 0
    return ChangeResult(change=number, number=queries.change_number(number, row.requested_at), phase=row.phase)
