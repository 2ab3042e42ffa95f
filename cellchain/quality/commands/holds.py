"""Holds and issue tags: what stops a bag, and what lets it go to the ward."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cellchain.donors import queries as donors
from cellchain.identity import scan
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels import queries as labels
from cellchain.labels.rules import LIVE, LabelPhase
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, Symbol, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries
from cellchain.quality.commands.common import (
    HeldCode,
    HoldResult,
    Reason,
    place_one,
)
from cellchain.quality.models import Hold, IssueTag
from cellchain.quality.queries.deciding import ATTACHED
from cellchain.quality.rules import deciding as rules
from cellchain.quality.rules.lifecycles import (
    HOLD,
    TAG,
    HoldCause,
    HoldPhase,
    TagKind,
    TagPhase,
)

ISSUE_TAG, BAG_LABEL = "issue_tag", "infusion_bag"


class PlaceHold(Order):
    """What is held, and why."""

    subject: Annotated[HeldCode, Field(title="Hold")]
    cause: Annotated[HoldCause, Field(title="Cause")] = HoldCause.QA
    reason: Reason


@command(event="quality:hold:placed", subject="subject")
def hold(tx: CommandTx, by: Actor, order: PlaceHold) -> HoldResult:
    """Hold a bag, lot, donation or donor: nothing of it is used until the hold is lifted. Raises NotFound,
    Refused `hold.placed_already`.
    """
    _must_exist(tx, order.subject)
    row = place_one(tx, order.subject, order.cause, order.reason)
    rules.may_place_hold(placed=row is None)
    tx.note(cause=order.cause.value)
    return HoldResult(hold=0 if row is None else row.id or 0, subject=order.subject, phase=HoldPhase.PLACED)


def _must_exist(tx: CommandTx, subject: str) -> None:
    """Raises NotFound for a code that stands for nothing here."""
    match subject[:2]:
        case "LT":
            manufacturing.lot_facts(tx, subject)
        case "DO":
            donors.donation_facts(tx, subject)
        case "DN":
            donors.profile(tx, subject)
        case _:
            manufacturing.container_facts(tx, subject)


class HoldByRule(Order):
    """A hold that a rule of the house places."""

    subject: HeldCode
    cause: HoldCause
    reason: Annotated[str, Field(max_length=500)]


@command(event="quality:hold:placed", subject="subject", internal=True)
def hold_by_rule(tx: CommandTx, by: Actor, order: HoldByRule) -> HoldResult:
    """Hold something at once, for a fact that quality heard of; a hold of the same cause stays as it is."""
    row = place_one(tx, order.subject, order.cause, order.reason)
    tx.note(cause=order.cause.value, placed_already=row is None)
    return HoldResult(hold=0 if row is None else row.id or 0, subject=order.subject, phase=HoldPhase.PLACED)


class LiftHold(Order):
    """A hold that is no longer needed, and why."""

    hold: Annotated[int, Field(ge=1, title="Hold")]
    reason: Reason


@command(event="quality:hold:lifted", signature="I lift this hold", in_turn=True)
def lift_hold(tx: CommandTx, by: Actor, order: LiftHold) -> HoldResult:
    """Lift a hold. Others on the same thing stay. Raises Refused `hold.phase`."""
    row = tx.lock(Hold, order.hold)
    tx.about(row.subject)
    row = tx.change(
        row,
        phase=HOLD.move("lift_hold", row.phase),
        lifted_by=by.person,
        lifted_at=tx.now,
        lift_reason=order.reason,
    )
    tx.note(cause=row.cause.value)
    return HoldResult(hold=order.hold, subject=row.subject, phase=row.phase)


# ---- issue tag -------------------------------------------------------------------------------------------------------


class TagResult(BaseModel, frozen=True):
    """A tag, and the bag that wears it."""

    bag: str
    label: str
    kind: TagKind


class AttachIssueTag(Order):
    """Two scans: the printed tag, and the label on the bag that it is tied to."""

    tag: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="Issue tag",
            description="Scan the tag.",
            json_schema_extra=scanned(Kind.LABEL, design=ISSUE_TAG, as_printed=True),
        ),
    ]
    bag: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="Bag",
            description="Scan the label on the bag.",
            json_schema_extra=scanned(Kind.LABEL, design=BAG_LABEL, as_printed=True),
        ),
    ]


@command(event="quality:issue_tag:attached")
def attach_issue_tag(tx: CommandTx, by: Actor, order: AttachIssueTag) -> TagResult:
    """Tie a tag to its bag by scanning both. Raises Refused `issue_tag.*`, NotFound for a symbol that is no label."""
    tag, bag_label = _label_of(tx, order.tag), _label_of(tx, order.bag)
    if bag_label.design != BAG_LABEL or bag_label.phase != LabelPhase.CONFIRMED:
        raise Refused("issue_tag.not_on_bag", "This is not the confirmed label of a bag. Scan the label on the bag.")
    bag = bag_label.target
    tx.about(bag)
    facts = manufacturing.container_facts(tx, bag)
    disposition = None if facts.lot is None else queries.disposition_of(tx, facts.lot)
    kind = rules.tag_kind(None if disposition is None else disposition.phase)
    rules.may_attach(
        is_tag=tag.design == ISSUE_TAG,
        in_use=tag.phase in LIVE,
        tag_target=tag.target,
        tag_says=str(json.loads(tag.data).get("release_kind", "")),
        bag=bag,
        kind=kind,
    )
    before = tx.one(ATTACHED, bag=bag)
    if before is not None and before.label != tag.code:
        old = tx.lock(IssueTag, before.id)
        tx.change(old, phase=TAG.move("replace_issue_tag", old.phase))
    if before is None or before.label != tag.code:
        tx.add(
            IssueTag(
                bag=bag,
                label=tag.code,
                kind=kind,
                phase=TagPhase(TAG.move("attach_issue_tag", TagPhase.PRINTED)),
                printed_at=tag.printed_at,
                scanned_at=tx.happened_at,
                scanned_by=by.person,
            )
        )
    tx.note(bag=bag, label=tag.code, kind=kind.value)
    return TagResult(bag=bag, label=tag.code, kind=kind)


def _label_of(tx: CommandTx, raw: str) -> Any:
    found = labels.label(tx, scan.read(raw).text)
    if found is None:
        raise NotFound("label.unknown", "This symbol is no label of this house. Scan the printed label again.")
    return found
