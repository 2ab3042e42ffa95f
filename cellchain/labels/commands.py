"""The verbs of labels: approve a design, print, scan back, replace, count."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from cellchain.accounts import queries as people
from cellchain.identity import scan
from cellchain.identity.codes import Identifier, Kind, LabelCode, LotCode
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.text import T
from cellchain.labels import design as designs
from cellchain.labels import elements, issuing, queries, rules
from cellchain.labels.issuing import Language
from cellchain.labels.models import Design, Label, Reconciliation
from cellchain.labels.rules import DESIGN, LABEL, LIVE, DesignPhase, LabelPhase
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Symbol, Text, command, scanned
from cellchain.ledger.tx import CommandTx

TOGETHER_MAX = 1_000
CLEARS = "labels.clear_label"
Reason = Annotated[Text, Field(min_length=3, max_length=300, title="Reason")]
# What a printed label's symbols carry: a serial of its own, or the code of what it stands on.
CARRIED = (
    Kind.LABEL,
    Kind.WRISTBAND,
    Kind.PERSON,
    Kind.LOCATION,
    Kind.EQUIPMENT,
    Kind.MATERIAL_LOT,
    Kind.COMMAND,
)
Raw = Annotated[
    Symbol,
    Field(
        min_length=1,
        max_length=256,
        title="Scanned symbol",
        json_schema_extra=scanned(*CARRIED, as_printed=True),
    ),
]


class ThingCode(Identifier):
    """Anything but a label: what a label may be printed for, as far as a labeller knows it."""

    kinds = tuple(kind for kind in Kind if kind is not Kind.LABEL)


Target = Annotated[ThingCode, Field(title="For", description="Scan or enter the identifier of the thing.")]
DesignName = Annotated[str, Field(pattern="^[a-z_]{2,40}$", title="Label design")]


class LabelResult(CommandResult):
    label: str
    symbol: str
    target: str
    phase: str


class LabelsResult(CommandResult):
    lot: str | None
    count: int
    labels: tuple[LabelResult, ...]


class Confirmation(CommandResult):
    label: str | None
    confirmed: bool
    code: str | None = None
    message: str | None = None


class SumResult(CommandResult):
    lot: str
    printed: int
    difference: int


class ApproveDesign(Order):
    name: DesignName
    # The page of the design names it, so that what is signed is what was looked at.
    content_hash: Annotated[str | None, Field(pattern="^[0-9a-f]{64}$", title="Hash of what was looked at")] = None


@command(
    event="labels:design:approved",
    subject="name",
    signature="I have compared this label design with its requirements and approve it",
)
def approve_design(tx: CommandTx, by: Actor, order: ApproveDesign) -> NoResult:
    """Approve the design as its folder holds it now; the version before is retired and stays viewable."""
    design = designs.load(order.name)
    rules.as_looked_at(order.content_hash, design.digest)
    elements.may_approve(design)
    versions = tx.many(queries.VERSIONS, limit=50, name=order.name)
    if versions and versions[0].phase == DesignPhase.APPROVED and versions[0].content_hash == design.digest:
        raise Refused("label.design_approved", "This version is already approved. Nothing was changed.")
    for row in versions:
        if row.phase == DesignPhase.APPROVED:
            held = tx.lock(Design, row.id)
            tx.change(held, phase=DESIGN.move("retire", held.phase))
    version = versions[0].version + 1 if versions else 1
    made = tx.add(
        Design(
            name=order.name,
            version=version,
            content_hash=design.digest,
            source=designs.source_of(order.name),
            phase=DesignPhase.DRAFT,
            drafted_by=by.person,
        )
    )
    tx.change(made, phase=DESIGN.move("approve", made.phase), approved_at=tx.now)
    return NoResult()


LabelsLanguage = Annotated[
    Language | None,
    Field(title="Language", description="Left open: as the printer here is set, else Russian."),
]


class PrintLabel(Order):
    target: Target
    design: DesignName
    language: LabelsLanguage = None


@command(event="labels:label:printed", subject="target")
def print_label(tx: CommandTx, by: Actor, order: PrintLabel) -> LabelResult:
    """Issue one label with its own serial. It counts as applied only after it was scanned back."""
    [made] = issuing.issue_new(tx, [order.target], order.design, order.language)
    return _result(made)


class PrintLabels(Order):
    targets: Annotated[
        tuple[ThingCode, ...],
        Field(
            min_length=1,
            max_length=TOGETHER_MAX,
            title="For",
            description="Things of one lot that wear the same kind of label.",
        ),
    ]
    design: DesignName
    language: LabelsLanguage = None


@command(event="labels:labels:printed")
def print_labels(tx: CommandTx, by: Actor, order: PrintLabels) -> LabelsResult:
    """Issue the labels of many things of one lot in one act, each with its own serial and job: all of them or none."""
    made = issuing.issue_new(tx, list(dict.fromkeys(order.targets)), order.design, order.language)
    lot = made[0].lot
    tx.about(lot or made[0].target)
    tx.note(design=order.design, count=len(made), first=made[0].code, last=made[-1].code)
    return LabelsResult(lot=lot, count=len(made), labels=tuple(_result(label) for label in made))


class ConfirmLabel(Order):
    scanned: Raw
    # The link to this form names it. A scan belongs into the field above: a second one would be held against it.
    expected: Annotated[LabelCode | None, Field(title="Expected label", json_schema_extra=scanned())] = None


@command(event="labels:label:confirmed")
def confirm_label(tx: CommandTx, by: Actor, order: ConfirmLabel) -> Confirmation:
    """Scan a label back from the thing it was put on. The wrong label stops the one that was expected there."""
    read = scan.read(order.scanned)
    found = queries.scanned_label(tx, read.text)
    if found is None:
        tx.note(mismatch="label.unknown")
        return Confirmation(
            label=None,
            confirmed=False,
            code="label.unknown",
            message=str(T("This symbol is no live label. Scan the printed label again.")),
        )
    rules.may_handle(found.design, by.roles)
    tx.about(found.target)
    if order.expected is not None and found.code != order.expected:
        return _mismatch(tx, order.expected, found)
    rules.may_be_scanned_alone(found.design)
    return _confirmed(tx, found.code)


class ConfirmTag(Order):
    label: LabelCode


@command(event="labels:tag:confirmed", permission="labels.confirm_label", internal=True)
def confirm_tag(tx: CommandTx, by: Actor, order: ConfirmTag) -> Confirmation:
    """A tag was scanned together with the thing that it hangs on: that is its scan-back."""
    tx.about(tx.get(Label, order.label).target)
    return _confirmed(tx, order.label)


def _confirmed(tx: CommandTx, code: str) -> Confirmation:
    label = tx.lock(Label, code)
    if label.phase != LabelPhase.CONFIRMED:
        rules.not_stopped(label.code, label.phase)
        rules.may_be_back(tx.happened_at, label.printed_at)
        tx.note(design=label.design)
        phase = LABEL.move("confirm", label.phase)
        tx.change(label, phase=phase, confirmed_at=tx.happened_at, confirmed_by=tx.by.person)
    return Confirmation(label=label.code, confirmed=True)


def _mismatch(tx: CommandTx, expected: str, found: Label) -> Confirmation:
    tx.note(mismatch="label.mismatch", expected=expected, scanned=found.code)
    _stop_both(tx, expected, found.code)
    return Confirmation(
        label=found.code,
        confirmed=False,
        code="label.mismatch",
        message=str(T("This is another label than the one printed for this thing. Stop and call QA.")),
    )


def _stop_both(tx: CommandTx, expected: str, scanned: str) -> None:
    """Two labels may have changed places: neither that is still unproven counts until QA has looked."""
    meant, found = tx.lock(Label, expected), tx.lock(Label, scanned)
    for label in (meant, found):
        if label.phase == LabelPhase.PRINTED:
            tx.change(label, phase=LABEL.move("stop", label.phase))
    about = [meant] if meant.lot == found.lot else [meant, found]
    for label in about:
        tx.record("labels:label:mismatched", label.target, expected=meant.code, scanned=found.code, lot=label.lot)


class StopTags(Order):
    """The label on a bag, and the tag of another bag that was scanned with it."""

    worn: LabelCode
    tag: LabelCode


@command(event="labels:tag:stopped", permission="labels.confirm_label", internal=True)
def stop_tags(tx: CommandTx, by: Actor, order: StopTags) -> NoResult:
    """A tag was scanned with another bag than its own: that tag, and the one meant for this bag, wait for QA."""
    worn, tag = tx.get(Label, order.worn), tx.get(Label, order.tag)
    tx.about(worn.target)
    own = queries.live_label(tx, worn.target, tag.design)
    _stop_both(tx, worn.code if own is None else own.code, tag.code)
    return NoResult()


class ClearLabel(Order):
    label: Annotated[LabelCode, Field(title="Label")]
    reason: Reason


@command(event="labels:label:cleared")
def clear_label(tx: CommandTx, by: Actor, order: ClearLabel) -> LabelResult:
    """QA has looked at both things: the label may be scanned back once more."""
    label = tx.lock(Label, order.label)
    tx.about(label.target)
    return _result(tx.change(label, phase=LABEL.move("clear", label.phase), reason=order.reason))


class FileLabel(Order):
    scanned: Raw


@command(event="labels:label:filed")
def file_label(tx: CommandTx, by: Actor, order: FileLabel) -> LabelResult:
    """Scan a label into the batch record, where it is kept as a specimen. It stands for nothing from now on."""
    found = queries.scanned_label(tx, scan.read(order.scanned).text)
    if found is None:
        raise NotFound("label.unknown", "This symbol is no label of this house. Scan the printed label again.")
    rules.may_end(found.symbol)
    rules.may_handle(found.design, by.roles)
    label = tx.lock(Label, found.code)
    tx.about(label.target)
    phase = LABEL.move("file", label.phase)
    return _result(tx.change(label, phase=phase, ended_at=tx.happened_at, ended_by=by.person))


class ReprintLabel(Order):
    label: Annotated[LabelCode, Field(title="Label to replace")]
    reason: Reason
    witness_badge: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="Second person's badge",
            json_schema_extra=scanned(Kind.PERSON, as_printed=True),
        ),
    ]


@command(event="labels:label:reprinted")
def reprint_label(tx: CommandTx, by: Actor, order: ReprintLabel) -> LabelResult:
    """Replace a label that cannot be used, or was put out of use by hand: it is void, and the new one is marked."""
    old = tx.lock(Label, order.label)
    tx.about(old.target)
    _may_end(old, by)
    witness = people.witness_of(tx, order.witness_badge, "labels.confirm_label")
    rules.may_reprint(by.person, witness, rules.handles(old.design, people.roles_of(tx, witness or "")))
    if queries.ended_by_hand(tx, old.target, old.design) == old.code:
        tx.change(old, witness=witness, reason=f"{old.reason}\n{order.reason}")
    else:
        _end(tx, old, "destroy", order.reason, by.person, witness)
    return _result(issuing.issue_again(tx, old))


class Ending(StrEnum):
    SPOIL = "spoil"
    DESTROY = "destroy"


class VoidLabel(Order):
    label: Annotated[LabelCode, Field(title="Label")]
    ending: Annotated[Ending, Field(title="What happened to it")]
    reason: Reason


@command(event="labels:label:voided")
def void_label(tx: CommandTx, by: Actor, order: VoidLabel) -> LabelResult:
    """Put a label out of use: spoiled before it was applied, or destroyed. It is a STOP from now on."""
    label = tx.lock(Label, order.label)
    tx.about(label.target)
    _may_end(label, by)
    return _result(_end(tx, label, order.ending, order.reason, by.person))


class VoidLabelsOf(Order):
    target: Target
    why: Reason
    design: DesignName | None = None


@command(event="labels:labels:voided", subject="target", internal=True)
def void_labels_of(tx: CommandTx, by: Actor, order: VoidLabelsOf) -> NoResult:
    """Put every live label of a thing out of use, or those of one design, because what they say is no longer true."""
    for row in queries.labels_of(tx, order.target):
        if row.phase in LIVE and order.design in (None, row.design):
            _end(tx, tx.lock(Label, row.code), "destroy", order.why, None)
    return NoResult()


class Reconcile(Order):
    lot: Annotated[LotCode, Field(title="Lot")]
    in_record_count: Annotated[int, Field(ge=0, le=10_000, title="Labels counted in the batch record")] = 0


@command(event="labels:lot:reconciled", subject="lot")
def reconcile(tx: CommandTx, by: Actor, order: Reconcile) -> SumResult:
    """Count a lot's labels: printed = applied + in the record + spoiled + destroyed.

    What lies in the record was scanned into it; the number that a person counts there has to be the same.
    """
    now = queries.label_sum(tx, order.lot)
    difference = now.difference + abs(now.in_record - order.in_record_count)
    tx.add(
        Reconciliation(
            lot=order.lot,
            printed_count=now.printed,
            applied_count=now.applied,
            in_record_count=order.in_record_count,
            spoiled_count=now.spoiled,
            destroyed_count=now.destroyed,
            difference_count=difference,
            reconciled_at=tx.now,
            reconciled_by=by.person,
        )
    )
    if difference != 0:
        tx.record("labels:lot:unbalanced", order.lot, difference=difference)
    return SumResult(lot=order.lot, printed=now.printed, difference=difference)


def _may_end(label: Label, by: Actor) -> None:
    """Raises Refused `label.*`: whose work it is, what it says, and that a mix-up is QA's to clear and not replaced."""
    rules.may_end(label.symbol)
    rules.may_handle(label.design, by.roles)
    rules.not_stopped(label.code, label.phase, clears=by.may(CLEARS))


def _end(
    tx: CommandTx, label: Label, verb: str, reason: str, ended_by: str | None, witness: str | None = None
) -> Label:
    phase = LABEL.move(verb, label.phase)
    return tx.change(label, phase=phase, ended_at=tx.now, ended_by=ended_by, reason=reason, witness=witness)


def _result(label: Label) -> LabelResult:
    return LabelResult(label=label.code, symbol=label.symbol, target=label.target, phase=label.phase)
