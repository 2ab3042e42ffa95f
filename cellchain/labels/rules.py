"""The life of a label, and when one may be printed, confirmed or replaced. Pure."""

from dataclasses import dataclass

from cellchain.identity.codes import Code
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase


class LabelPhase(Phase):
    PRINTED = "printed"
    CONFIRMED = "confirmed"
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
        "spoil": ([LabelPhase.PRINTED], LabelPhase.SPOILED),
        "destroy": ([LabelPhase.PRINTED, LabelPhase.CONFIRMED], LabelPhase.DESTROYED),
    },
    final=[LabelPhase.SPOILED, LabelPhase.DESTROYED],
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

LIVE = frozenset({LabelPhase.PRINTED, LabelPhase.CONFIRMED})


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


def may_print(design_approved: bool, live: str | None) -> None:
    """Raises Refused where the design has no approved version, or a live label of it is out."""
    if not design_approved:
        raise Refused("label.design_unapproved", "This label design has no approved version. Ask QA to approve it.")
    if live is not None:
        raise Refused(
            "label.already_printed",
            "Label {label} is already printed for this. Use reprint, with a reason and a second person.",
            label=live,
        )


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


def may_reprint(asked_by: str, witness: str | None) -> None:
    """Raises Refused unless a second person stands by."""
    if witness is None:
        raise Refused("label.witness_unknown", "The second person's badge is not live. Scan a valid badge.")
    if witness == asked_by:
        raise Refused(
            "label.witness_same", "The second person has to be somebody else. Let a colleague scan their badge."
        )
