"""What a review by exception brings up: in which order, what is said of a refused attempt, and when a note is needed.

Pure. Which exceptions a lot has is found by `quality.queries.exceptions`.
"""

from collections.abc import Mapping

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.lifecycles import ExceptionKind

# Every kind with what its group is called, the gravest first: the order in which a reviewer reads.
GROUPS: Mapping[ExceptionKind, T] = {
    ExceptionKind.FAILED: T("Failed tests"),
    ExceptionKind.OUT_OF_LIMIT: T("Outside a limit"),
    ExceptionKind.MIX_UP: T("Mix-ups and balances"),
    ExceptionKind.HOLD: T("Holds in force"),
    ExceptionKind.INVESTIGATION_OPEN: T("Open investigations"),
    ExceptionKind.DEVIATION_OPEN: T("Open deviations"),
    ExceptionKind.UNVERIFIED: T("Missing verification"),
    ExceptionKind.MISSING: T("Missing tests"),
    ExceptionKind.LABELS: T("Label reconciliation"),
    ExceptionKind.MATERIAL: T("Materials"),
    ExceptionKind.EQUIPMENT: T("Equipment"),
    ExceptionKind.ENVIRONMENT: T("Environment"),
    ExceptionKind.CUSTODY: T("Custody and temperature"),
    ExceptionKind.TRAINING: T("Training"),
    ExceptionKind.SECOND_PERSON: T("Independence"),
    ExceptionKind.CORRECTED: T("Changed values"),
    ExceptionKind.TAKEN_BACK: T("Taken back"),
    ExceptionKind.LATE_ENTRY: T("Late entries"),
    ExceptionKind.TYPED: T("Typed, not scanned"),
    ExceptionKind.REPRINT: T("Reprinted and void labels"),
    ExceptionKind.COMMENT: T("Comments"),
    ExceptionKind.INVESTIGATION_CONCLUDED: T("Concluded investigations"),
    ExceptionKind.DEVIATION_CLOSED: T("Closed deviations"),
    ExceptionKind.HOLD_LIFTED: T("Lifted holds"),
    ExceptionKind.PENDING: T("Running tests"),
}
RANK: Mapping[ExceptionKind, int] = {kind: place for place, kind in enumerate(GROUPS)}

# The record itself says nothing about why these do no harm: whoever accepts one has to.
NOTE_NEEDED = frozenset(
    {
        ExceptionKind.OUT_OF_LIMIT,
        ExceptionKind.MIX_UP,
        ExceptionKind.MATERIAL,
        ExceptionKind.EQUIPMENT,
        ExceptionKind.ENVIRONMENT,
        ExceptionKind.TRAINING,
        ExceptionKind.SECOND_PERSON,
    }
)


@dataclass(frozen=True)
class Attempt:
    """What a refused attempt means to a reviewer. The others (a step out of turn, a double press) mean nothing."""

    kind: ExceptionKind
    title: T


ATTEMPTS: Mapping[str, Attempt] = {
    "material.expired": Attempt(ExceptionKind.MATERIAL, T("An expired material lot was scanned, and refused")),
    "material.quarantined": Attempt(ExceptionKind.MATERIAL, T("A material lot in quarantine was scanned, and refused")),
    "material.rejected": Attempt(ExceptionKind.MATERIAL, T("A rejected material lot was scanned, and refused")),
    "material.recalled": Attempt(ExceptionKind.MATERIAL, T("A recalled material lot was scanned, and refused")),
    "material.wrong_kind": Attempt(ExceptionKind.MATERIAL, T("A wrong material was scanned, and refused")),
    "equipment.out_of_service": Attempt(
        ExceptionKind.EQUIPMENT, T("Equipment out of service was scanned, and refused")
    ),
    "equipment.not_calibrated": Attempt(
        ExceptionKind.EQUIPMENT, T("Equipment without calibration was scanned, and refused")
    ),
    "equipment.calibration_overdue": Attempt(
        ExceptionKind.EQUIPMENT, T("Equipment with overdue calibration was scanned, and refused")
    ),
    "equipment.not_qualified": Attempt(
        ExceptionKind.EQUIPMENT, T("Equipment without qualification was scanned, and refused")
    ),
    "equipment.qualification_overdue": Attempt(
        ExceptionKind.EQUIPMENT, T("Equipment with overdue qualification was scanned, and refused")
    ),
    "training.missing": Attempt(ExceptionKind.TRAINING, T("Somebody without training tried to work, and was refused")),
    "training.expired": Attempt(
        ExceptionKind.TRAINING, T("Somebody with expired training tried to work, and was refused")
    ),
    "step.verifier_performed": Attempt(
        ExceptionKind.SECOND_PERSON, T("Somebody tried to verify their own step, and was refused")
    ),
    "clearance.same_person": Attempt(
        ExceptionKind.SECOND_PERSON, T("Somebody tried to verify their own line clearance, and was refused")
    ),
    "container.other_lot": Attempt(ExceptionKind.MIX_UP, T("A container of another lot was scanned, and refused")),
    "donation.wrong_bag": Attempt(ExceptionKind.MIX_UP, T("A bag of another donation was scanned, and refused")),
    "label.other_batch": Attempt(ExceptionKind.MIX_UP, T("A label of another batch was asked for, and refused")),
}


def may_accept_exception(
    kind: ExceptionKind, *, blocking: bool, accepted: bool, involved: bool, note: str | None
) -> None:
    """What is wrong is put right. What was explained is accepted, once, by somebody who was not concerned.

    Raises Refused `lot.releaser_made_it`, `exception.put_right`, `.decided`, `.note_needed`.
    """
    if involved:
        raise Refused("lot.releaser_made_it", "You made or tested this lot. Somebody else has to decide about it.")
    if blocking:
        raise Refused("exception.put_right", "This exception has to be put right. It cannot be accepted as it is.")
    if accepted or kind is ExceptionKind.PENDING:
        raise Refused("exception.decided", "This exception is decided already. Nothing was changed.")
    if kind in NOTE_NEEDED and not (note or "").strip():
        raise Refused(
            "exception.note_needed", "This exception is accepted with a note. Write why it does no harm to the lot."
        )
