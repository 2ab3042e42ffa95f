"""The issue tag: two scans tie it to its bag. A tag scanned with another bag stops, and QA is told."""

import json
from typing import Annotated, Any

from pydantic import Field

from cellchain.identity import scan
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.labels.rules import LIVE, LabelPhase
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Symbol, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries
from cellchain.quality.models import IssueTag
from cellchain.quality.queries.deciding import ATTACHED
from cellchain.quality.rules import deciding as rules
from cellchain.quality.rules.lifecycles import TAG, TagKind, TagPhase

ISSUE_TAG, BAG_LABEL = "issue_tag", "infusion_bag"


class TagResult(CommandResult):
    """A tag and the bag that wears it; `code` and `message` say why it does not."""

    bag: str
    label: str
    kind: TagKind | None
    attached: bool
    code: str | None = None
    message: str | None = None


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


@command(event="quality:issue_tag:scanned")
def attach_issue_tag(tx: CommandTx, by: Actor, order: AttachIssueTag) -> TagResult:
    """Tie a tag to its bag by scanning both. Raises Refused `issue_tag.*`, NotFound for a symbol that is no label.

    A tag that was printed for another bag is no refusal: it stops, and its deviation opens with this entry.
    """
    tag, worn = _label_of(tx, order.tag), _label_of(tx, order.bag)
    if worn.design != BAG_LABEL or worn.phase != LabelPhase.CONFIRMED:
        raise Refused("issue_tag.not_on_bag", "This is not the confirmed label of a bag. Scan the label on the bag.")
    tx.about(worn.target)
    rules.may_tie(is_tag=tag.design == ISSUE_TAG, in_use=tag.phase in LIVE)
    if tag.target != worn.target:
        return _mixed_up(tx, tag, worn)
    kind = _release_of(tx, worn.target)
    rules.may_attach(tag_says=str(json.loads(tag.data).get("release_kind", "")), kind=kind)
    _attach(tx, worn.target, tag, kind)
    tx.record("quality:issue_tag:attached", worn.target, label=tag.code, kind=kind.value)
    tx.note(bag=worn.target, label=tag.code, kind=kind.value)
    return TagResult(bag=worn.target, label=tag.code, kind=kind, attached=True)


def _mixed_up(tx: CommandTx, tag: Any, worn: Any) -> TagResult:
    """Two tags may have changed places. What was seen is kept; labels stops them, and a deviation opens of itself."""
    tx.note(mismatch="issue_tag.other_bag", bag=worn.target, label=tag.code, printed_for=tag.target)
    tx.record("quality:issue_tag:mixed_up", worn.target, worn=worn.code, tag=tag.code)
    return TagResult(
        bag=worn.target,
        label=tag.code,
        kind=None,
        attached=False,
        code="issue_tag.other_bag",
        message=str(T("This tag was printed for another bag. Stop: put both bags aside and call QA.")),
    )


def _release_of(tx: CommandTx, bag: str) -> TagKind:
    facts = manufacturing.container_facts(tx, bag)
    disposition = None if facts.lot is None else queries.disposition_of(tx, facts.lot)
    return rules.tag_kind(None if disposition is None else disposition.phase)


def _attach(tx: CommandTx, bag: str, tag: Any, kind: TagKind) -> None:
    before = tx.one(ATTACHED, bag=bag)
    if before is not None and before.label == tag.code:
        return
    if before is not None:
        old = tx.lock(IssueTag, before.id)
        tx.change(old, phase=TAG.move("replace_issue_tag", old.phase))
    tx.add(
        IssueTag(
            bag=bag,
            label=tag.code,
            kind=kind,
            phase=TagPhase(TAG.move("attach_issue_tag", TagPhase.PRINTED)),
            printed_at=tag.printed_at,
            scanned_at=tx.happened_at,
            scanned_by=tx.by.person,
        )
    )


def _label_of(tx: CommandTx, raw: str) -> Any:
    found = labels.label(tx, scan.read(raw).text)
    if found is None:
        raise NotFound("label.unknown", "This symbol is no label of this house. Scan the printed label again.")
    return found
