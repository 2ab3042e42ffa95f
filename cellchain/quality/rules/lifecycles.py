"""Kinds and phases of what quality keeps, and the moves between the phases. Pure, like the rules that use it."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase


class LotKind(StrEnum):
    """What a specification is for. The words of manufacturing, repeated because rules of two packages stay apart."""

    BANK = "bank"
    PRODUCT = "product"
    CONTROL = "control"


class Stage(StrEnum):
    """When a test has to be passed: on the way, before a bank is used, before conditional release, before the final.

    `stability` comes after all of them: what a bank still is, years after it was frozen.
    """

    IN_PROCESS = "in_process"
    FURTHER_USE = "further_use"
    CONDITIONAL = "conditional"
    FINAL = "final"
    STABILITY = "stability"


class Outcome(StrEnum):
    """What a value means against its limit. `pending`: the test runs, its value is not known yet."""

    PASSED = "pass"
    FAILED = "fail"
    PENDING = "pending"


class Purpose(StrEnum):
    """What a sample was taken for."""

    IN_PROCESS = "in_process"
    RELEASE = "release"
    STABILITY = "stability"
    RETENTION = "retention"


class SampleVessel(StrEnum):
    """What a sample was taken into."""

    TUBE = "tube"
    CRYOVIAL = "cryovial"
    CULTURE_BOTTLE = "culture_bottle"
    SLIDE = "slide"


class Severity(StrEnum):
    """How much a deviation may matter to whoever gets the cells."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class DeviationSource(StrEnum):
    """Who noticed: somebody, or a rule of the house."""

    PERSON = "person"
    RULE = "rule"


class DeviationKind(StrEnum):
    """What kind of thing was not as it should be: each has facts of its own."""

    DEVIATION = "deviation"
    COMPLAINT = "complaint"
    RETURNED_PRODUCT = "returned_product"


class HoldCause(StrEnum):
    """Why something is held."""

    WITHDRAWAL = "withdrawal"
    POST_DONATION = "post_donation"
    MATERIAL = "material"
    LATE_POSITIVE = "late_positive"
    MIX_UP = "mix_up"
    REACTION = "reaction"
    FAILED_TEST = "failed_test"
    DEVIATION = "deviation"
    QA = "qa"


class TagKind(StrEnum):
    """What an issue tag states about the release of the bag that wears it."""

    CONDITIONAL = "conditional"
    FINAL = "final"


class ExceptionKind(StrEnum):
    """What a review by exception brings up."""

    OUT_OF_LIMIT = "out_of_limit"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    MISSING = "missing"
    LATE_ENTRY = "late_entry"
    CORRECTED = "corrected"
    DEVIATION_OPEN = "deviation_open"
    DEVIATION_CLOSED = "deviation_closed"
    INVESTIGATION_OPEN = "investigation_open"
    INVESTIGATION_CONCLUDED = "investigation_concluded"
    LABELS = "labels"
    PENDING = "pending"
    MIX_UP = "mix_up"
    HOLD = "hold"
    HOLD_LIFTED = "hold_lifted"
    MATERIAL = "material"
    EQUIPMENT = "equipment"
    ENVIRONMENT = "environment"
    CUSTODY = "custody"
    TRAINING = "training"
    SECOND_PERSON = "second_person"
    TAKEN_BACK = "taken_back"
    TYPED = "typed"
    REPRINT = "reprint"
    COMMENT = "comment"


class SpecificationPhase(Phase):
    DRAFT = "draft"
    APPROVED = "approved"
    EFFECTIVE = "effective"
    RETIRED = "retired"


class SamplePhase(Phase):
    TAKEN = "taken"
    TESTED = "tested"
    DISCARDED = "discarded"


class ResultPhase(Phase):
    PENDING = "pending"
    ENTERED = "entered"
    VERIFIED = "verified"
    CORRECTED = "corrected"
    INVALIDATED = "invalidated"


REPLACED = (ResultPhase.CORRECTED, ResultPhase.INVALIDATED)  # such a result does not count any more, and stays


class DeviationPhase(Phase):
    OPEN = "open"
    ASSESSED = "assessed"
    CLOSED = "closed"


class DispositionPhase(Phase):
    QUARANTINED = "quarantined"
    RELEASED_FOR_FURTHER_USE = "released_for_further_use"
    CONDITIONALLY_RELEASED = "conditionally_released"
    RELEASED = "released"
    REJECTED = "rejected"
    RECALLED = "recalled"


class HoldPhase(Phase):
    PLACED = "placed"
    LIFTED = "lifted"


class TagPhase(Phase):
    PRINTED = "printed"
    ATTACHED = "attached"
    REPLACED = "replaced"


SPECIFICATION = Lifecycle(
    "specification",
    first=SpecificationPhase.DRAFT,
    moves={
        "approve_specification": ([SpecificationPhase.DRAFT], SpecificationPhase.APPROVED),
        "make_specification_effective": ([SpecificationPhase.APPROVED], SpecificationPhase.EFFECTIVE),
        "retire_specification": ([SpecificationPhase.EFFECTIVE], SpecificationPhase.RETIRED),
    },
    final=[SpecificationPhase.RETIRED],
)
SAMPLE = Lifecycle(
    "sample",
    first=SamplePhase.TAKEN,
    moves={
        "record_result": ([SamplePhase.TAKEN, SamplePhase.TESTED], SamplePhase.TESTED),
        "discard_sample": ([SamplePhase.TAKEN, SamplePhase.TESTED], SamplePhase.DISCARDED),
    },
    final=[SamplePhase.DISCARDED],
)
RESULT = Lifecycle(
    "result",
    first=ResultPhase.PENDING,
    moves={
        "record_result": ([ResultPhase.PENDING], ResultPhase.ENTERED),
        "verify_result": ([ResultPhase.ENTERED], ResultPhase.VERIFIED),
        "correct_result": ([ResultPhase.ENTERED, ResultPhase.VERIFIED], ResultPhase.CORRECTED),
        # Only the conclusion of an investigation leads here, and the value stays readable.
        "invalidate_result": ([ResultPhase.VERIFIED], ResultPhase.INVALIDATED),
    },
    final=[ResultPhase.CORRECTED, ResultPhase.INVALIDATED],
)
DEVIATION = Lifecycle(
    "deviation",
    first=DeviationPhase.OPEN,
    moves={
        # Assessed again where the investigation shows that it matters more, or less, than was thought.
        "assess_deviation": ([DeviationPhase.OPEN, DeviationPhase.ASSESSED], DeviationPhase.ASSESSED),
        "close_deviation": ([DeviationPhase.ASSESSED], DeviationPhase.CLOSED),
        # An action that did not help opens the question again.
        "reopen_deviation": ([DeviationPhase.CLOSED], DeviationPhase.ASSESSED),
    },
    final=[],
)
# What came out of a lot in one of these may have left the house.
RELEASED = (
    DispositionPhase.RELEASED_FOR_FURTHER_USE,
    DispositionPhase.CONDITIONALLY_RELEASED,
    DispositionPhase.RELEASED,
)
DISPOSITION = Lifecycle(
    "disposition",
    first=DispositionPhase.QUARANTINED,
    moves={
        "release_for_further_use": ([DispositionPhase.QUARANTINED], DispositionPhase.RELEASED_FOR_FURTHER_USE),
        "release_conditionally": ([DispositionPhase.QUARANTINED], DispositionPhase.CONDITIONALLY_RELEASED),
        "release": (
            [DispositionPhase.QUARANTINED, DispositionPhase.CONDITIONALLY_RELEASED],
            DispositionPhase.RELEASED,
        ),
        # A conditional release whose final test fails ends here too: the release itself is never deleted.
        "reject": (
            [DispositionPhase.QUARANTINED, DispositionPhase.CONDITIONALLY_RELEASED],
            DispositionPhase.REJECTED,
        ),
        "recall": (
            [DispositionPhase.QUARANTINED, *RELEASED, DispositionPhase.REJECTED],
            DispositionPhase.RECALLED,
        ),
    },
    final=[DispositionPhase.RECALLED],
)
HOLD = Lifecycle(
    "hold",
    first=HoldPhase.PLACED,
    moves={"lift_hold": ([HoldPhase.PLACED], HoldPhase.LIFTED)},
    final=[HoldPhase.LIFTED],
)
TAG = Lifecycle(
    "issue_tag",
    first=TagPhase.PRINTED,
    moves={
        "attach_issue_tag": ([TagPhase.PRINTED], TagPhase.ATTACHED),
        "replace_issue_tag": ([TagPhase.PRINTED, TagPhase.ATTACHED], TagPhase.REPLACED),
    },
    final=[TagPhase.REPLACED],
)
