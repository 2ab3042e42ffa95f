"""The life of a label, and when one may be printed, confirmed or replaced. Pure."""

from collections.abc import Iterable
from datetime import datetime

from cellchain.identity.codes import Code, Kind
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass


class LabelPhase(Phase):
    """Where a label stands.

    printed    it came out, or is on its way; nobody has scanned it back
    confirmed  scanned back from the thing that wears it
    stopped    another label was scanned where this one was meant to be; QA decides
    in_record  kept in the batch record as a specimen, on nothing
    spoiled    unusable before it was applied
    destroyed  taken out of use after that
    """

    PRINTED = "printed"
    CONFIRMED = "confirmed"
    STOPPED = "stopped"
    IN_RECORD = "in_record"
    SPOILED = "spoiled"
    DESTROYED = "destroyed"


class DesignPhase(Phase):
    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


LABEL = Lifecycle(
    "label",
    first=LabelPhase.PRINTED,
    moves={
        "confirm": ([LabelPhase.PRINTED], LabelPhase.CONFIRMED),
        "unconfirm": ([LabelPhase.CONFIRMED], LabelPhase.PRINTED),
        "stop": ([LabelPhase.PRINTED], LabelPhase.STOPPED),
        "clear": ([LabelPhase.STOPPED], LabelPhase.PRINTED),
        "file": ([LabelPhase.PRINTED], LabelPhase.IN_RECORD),
        "spoil": ([LabelPhase.PRINTED, LabelPhase.STOPPED], LabelPhase.SPOILED),
        "destroy": ([LabelPhase.PRINTED, LabelPhase.CONFIRMED, LabelPhase.STOPPED], LabelPhase.DESTROYED),
    },
    final=[LabelPhase.IN_RECORD, LabelPhase.SPOILED, LabelPhase.DESTROYED],
)
DESIGN = Lifecycle(
    "label_design",
    first=DesignPhase.DRAFT,
    moves={
        "approve": ([DesignPhase.DRAFT], DesignPhase.APPROVED),
        "retire": ([DesignPhase.APPROVED], DesignPhase.RETIRED),
    },
    final=[DesignPhase.RETIRED],
)

LIVE = frozenset({LabelPhase.PRINTED, LabelPhase.CONFIRMED, LabelPhase.STOPPED})

# A label that says who somebody is goes out of use with what it says: a new band or badge has a code of its own.
SAYS_WHO = frozenset({Kind.WRISTBAND, Kind.PERSON})

# Labels that hang on a thing and do not stick to it: which one they hang on is said by scanning both.
TIED = frozenset({"issue_tag"})

# Who prints, scans back and replaces the labels of a design. Every other design is the laboratory's.
_HANDLERS = {
    "wristband": frozenset({"nurse", "coordinator", "physician"}),
    "harvest_bag": frozenset({"coordinator", "physician", "technician", "qa"}),
    "badge": frozenset({"qa", "technician", "coordinator"}),
    "command_card": frozenset({"qa", "technician"}),
}
_LABORATORY = frozenset({"technician", "analyst", "qa"})


@dataclass(frozen=True)
class LabelSum:
    """The account of a lot's labels: printed = applied + in the record + spoiled + destroyed."""

    printed: int
    applied: int
    in_record: int
    spoiled: int
    destroyed: int
    unconfirmed: int

    @property
    def difference(self) -> int:
        """Labels that nobody can account for; 0 when the sum closes."""
        return self.printed - self.applied - self.in_record - self.spoiled - self.destroyed


def handles(design: str, roles: Iterable[str]) -> bool:
    """Whether labels of this design are the work of somebody with these roles."""
    return bool(_HANDLERS.get(design, _LABORATORY) & set(roles))


def says_who(symbol: str) -> bool:
    """Whether a label carries the code by which somebody is known, and ends only together with it."""
    return Kind(symbol[:2]) in SAYS_WHO


def may_handle(design: str, roles: Iterable[str]) -> None:
    """Raises Refused where labels of this design are somebody else's work: a ward never confirms a laboratory label."""
    if not handles(design, roles):
        raise Refused(
            "label.not_yours",
            "Labels of this kind are not handled by your roles. Ask a colleague whose work this is.",
        )


def as_looked_at(seen: str | None, now: str) -> None:
    """Raises Refused where a design changed between the look at it and the signature."""
    if seen is not None and seen != now:
        raise Refused(
            "label.design_changed", "This design changed since you looked at it. Open its page again, then decide."
        )


def may_print(design_approved: bool, live: str | None, ended: str | None = None) -> None:
    """Raises Refused where the design has no approved version, a live label of it is out, or `ended` was one.

    `ended` is the thing's last label of the design, where a person put it out of use: another one in its place is a
    reprint, whatever became of the first.
    """
    if not design_approved:
        raise Refused("label.design_unapproved", "This label design has no approved version. Ask QA to approve it.")
    if live is not None:
        raise Refused(
            "label.already_printed",
            "Label {label} is already printed for this. Use reprint, with a reason and a second person.",
            label=live,
        )
    if ended is not None:
        raise Refused(
            "label.reprint_needed",
            "Label {label} of this was put out of use by hand. Reprint it from its page, with a reason and a second "
            "person.",
            label=ended,
        )


def may_print_here(lot: str | None, open_here: str | None) -> None:
    """Raises Refused `label.other_batch`: where a batch record lies open, labels of its lot alone come out.

    What belongs to no lot (a machine, a place, a badge) is nobody's batch and prints anywhere.
    """
    if lot is not None and open_here is not None and lot != open_here:
        raise Refused(
            "label.other_batch",
            "The batch record of lot {open} is open at this station, and this label is of lot {lot}. Close that record "
            "and clear the bench first, or print at another station.",
            open=open_here,
            lot=lot,
        )


def of_one_lot(lots: Iterable[str | None]) -> str | None:
    """The lot whose labels print together. Raises Refused `label.mixed_lots`: two lots never leave in one act."""
    found = sorted({lot or "" for lot in lots})
    if len(found) > 1:
        raise Refused(
            "label.mixed_lots", "These things are not of one lot. Print the labels of each lot by themselves."
        )
    return (found[0] or None) if found else None


def no_preview(symbol: Code) -> None:
    """A preview's symbol stands for nothing, whatever its kind. Raises Refused `label.preview`."""
    if symbol.is_preview:
        raise Refused(
            "label.preview", "This symbol stands on a preview and names nothing. Scan the label on the thing itself."
        )


def may_stand_in(label: str, phase: LabelPhase, replaced_by: str | None) -> None:
    """Whether a scan of this label counts as a scan of the thing. Raises Refused `label.*`."""
    if replaced_by is not None:
        raise Refused(
            "label.replaced",
            "Label {label} was replaced by {new}. Scan the new one, and put this one aside.",
            label=label,
            new=replaced_by,
        )
    if phase == LabelPhase.STOPPED:
        raise Refused(
            "label.stopped",
            "Another label was scanned where label {label} was meant to be. Use neither thing. Call QA.",
            label=label,
        )
    if phase not in LIVE:
        raise Refused(
            "label.void",
            "Label {label} is out of use and stands for nothing. Scan the label that is in use, or print one.",
            label=label,
        )
    if phase != LabelPhase.CONFIRMED:
        raise Refused(
            "label.unconfirmed",
            "Label {label} was printed but never scanned back. Confirm it on the thing that wears it, then scan again.",
            label=label,
        )


def not_stopped(label: str, phase: LabelPhase, *, clears: bool = False) -> None:
    """Raises Refused where a mix-up has to be cleared first; who `clears` them decides what becomes of the label."""
    if phase == LabelPhase.STOPPED and not clears:
        raise Refused(
            "label.stopped",
            "Another label was scanned where label {label} was meant to be. Use neither thing. Call QA.",
            label=label,
        )


def may_be_scanned_alone(design: str) -> None:
    """Raises Refused for a tag: it counts as applied only once it was scanned together with its bag."""
    if design in TIED:
        raise Refused(
            "label.tied_to_a_bag",
            "This tag hangs on a bag, and counts once both are scanned together. Tie the tag to its bag.",
        )


def may_be_back(scanned_at: datetime, printed_at: datetime) -> None:
    """Raises Refused where a label would have been scanned back before it was printed."""
    if scanned_at < printed_at:
        raise Refused(
            "label.before_its_print",
            "This label would have been scanned back before it was printed. Check the time, and enter it again.",
        )


def may_end(symbol: str) -> None:
    """Raises Refused where a label says who somebody is: it ends with the wristband or badge, never alone."""
    if says_who(symbol):
        raise Refused(
            "label.says_who",
            "This label says who somebody is. Replace the wristband or issue a new badge; the old one is void then.",
        )


def may_reprint(asked_by: str, witness: str | None, witness_handles: bool) -> None:
    """Raises Refused unless a second person stands by whose work these labels are too."""
    if witness is None or not witness_handles:
        raise Refused(
            "label.witness_unknown",
            "The second person's badge is not live, or this is not their work. Let another colleague scan theirs.",
        )
    if witness == asked_by:
        raise Refused(
            "label.witness_same", "The second person has to be somebody else. Let a colleague scan their badge."
        )
