"""Phases of what the trial keeps, and the moves between them. Pure, like the rules that use it."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase


class Sex(StrEnum):
    """As reference equations of lung function need it."""

    FEMALE = "female"
    MALE = "male"


class StudyPhase(Phase):
    """A study takes recipients while it is open."""

    OPEN = "open"
    CLOSED = "closed"


class VersionPhase(Phase):
    """A version of the definition is in force from its signature until the next one is."""

    IMPORTED = "imported"
    EFFECTIVE = "effective"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class SiteDuty(StrEnum):
    """What somebody is named for at a site: to decide, for the office's work, to check and give, to measure."""

    INVESTIGATOR = "investigator"
    COORDINATOR = "coordinator"
    NURSE = "nurse"
    ASSESSOR = "assessor"


# Whose work it is; an investigator may do all of it.
OFFICE = (SiteDuty.INVESTIGATOR, SiteDuty.COORDINATOR)
BEDSIDE = (SiteDuty.INVESTIGATOR, SiteDuty.NURSE)
VISITS = (SiteDuty.INVESTIGATOR, SiteDuty.COORDINATOR, SiteDuty.ASSESSOR)


class ScreeningReason(StrEnum):
    """Why somebody who was looked at did not come into the study."""

    NOT_ELIGIBLE = "not_eligible"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    STUDY_FULL = "study_full"
    OTHER = "other"


class ListPhase(Phase):
    """A list is committed once and spent when its last row is revealed."""

    COMMITTED = "committed"
    SPENT = "spent"


class RowPhase(Phase):
    """A row is revealed once. There is no way back."""

    SEALED = "sealed"
    REVEALED = "revealed"


class RecipientPhase(Phase):
    """Where a recipient stands in the study. Only `randomised` means on treatment."""

    ENROLLED = "enrolled"
    ELIGIBLE = "eligible"
    SCREENED_OUT = "screened_out"
    RANDOMISED = "randomised"
    DISCONTINUED = "discontinued"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    DIED = "died"


class ConsentPhase(Phase):
    """A consent is given until it is withdrawn, or replaced by a newer version of the form."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class WristbandPhase(Phase):
    """A band that was replaced is void for ever."""

    LIVE = "live"
    VOID = "void"


class InfusionPhase(Phase):
    """One infusion of the plan."""

    PLANNED = "planned"
    ORDERED = "ordered"
    ASSIGNED = "assigned"
    INFUSED = "infused"
    CANCELLED = "cancelled"
    MISSED = "missed"


# A planned infusion that is still to come.
WAITING = (InfusionPhase.PLANNED, InfusionPhase.ORDERED, InfusionPhase.ASSIGNED)


class AssignmentPhase(Phase):
    """How a bag's tie to its recipient ended, if it did."""

    LIVE = "live"
    RELEASED = "released"
    USED = "used"
    RETURNED = "returned"


ON_STUDY = (RecipientPhase.ENROLLED, RecipientPhase.ELIGIBLE, RecipientPhase.RANDOMISED, RecipientPhase.DISCONTINUED)
_OPEN_INFUSION = (InfusionPhase.PLANNED, InfusionPhase.ORDERED, InfusionPhase.MISSED)

STUDY = Lifecycle(
    "study",
    first=StudyPhase.OPEN,
    moves={"close_study": ([StudyPhase.OPEN], StudyPhase.CLOSED)},
    final=[StudyPhase.CLOSED],
)
STUDY_VERSION = Lifecycle(
    "study_version",
    first=VersionPhase.IMPORTED,
    moves={
        "make_amendment_effective": ([VersionPhase.IMPORTED], VersionPhase.EFFECTIVE),
        "withdraw_amendment": ([VersionPhase.IMPORTED], VersionPhase.WITHDRAWN),
        "replace": ([VersionPhase.EFFECTIVE], VersionPhase.REPLACED),
    },
    final=[VersionPhase.REPLACED, VersionPhase.WITHDRAWN],
)
ALLOCATION_LIST = Lifecycle(
    "allocation_list",
    first=ListPhase.COMMITTED,
    moves={"spend": ([ListPhase.COMMITTED], ListPhase.SPENT)},
    final=[ListPhase.SPENT],
)
ALLOCATION_ROW = Lifecycle(
    "allocation_row",
    first=RowPhase.SEALED,
    moves={"randomise": ([RowPhase.SEALED], RowPhase.REVEALED)},
    final=[RowPhase.REVEALED],
)
RECIPIENT = Lifecycle(
    "recipient",
    first=RecipientPhase.ENROLLED,
    moves={
        "screen_out": ([RecipientPhase.ENROLLED, RecipientPhase.ELIGIBLE], RecipientPhase.SCREENED_OUT),
        "confirm_eligibility": ([RecipientPhase.ENROLLED], RecipientPhase.ELIGIBLE),
        "randomise": ([RecipientPhase.ELIGIBLE], RecipientPhase.RANDOMISED),
        "discontinue_treatment": ([RecipientPhase.RANDOMISED], RecipientPhase.DISCONTINUED),
        "withdraw_consent": (ON_STUDY, RecipientPhase.WITHDRAWN),
        "lose_to_follow_up": (ON_STUDY, RecipientPhase.LOST),
        # A death may become known after somebody withdrew or was lost: safety asks for it all the same.
        "record_death": ((*ON_STUDY, RecipientPhase.WITHDRAWN, RecipientPhase.LOST), RecipientPhase.DIED),
    },
    final=[RecipientPhase.DIED, RecipientPhase.SCREENED_OUT],
)
CONSENT = Lifecycle(
    "consent",
    first=ConsentPhase.GIVEN,
    moves={
        "withdraw_consent": ([ConsentPhase.GIVEN], ConsentPhase.WITHDRAWN),
        "record_consent": ([ConsentPhase.GIVEN], ConsentPhase.REPLACED),
    },
    final=[ConsentPhase.WITHDRAWN, ConsentPhase.REPLACED],
)
WRISTBAND = Lifecycle(
    "wristband",
    first=WristbandPhase.LIVE,
    moves={"replace_wristband": ([WristbandPhase.LIVE], WristbandPhase.VOID)},
    final=[WristbandPhase.VOID],
)
INFUSION = Lifecycle(
    "infusion",
    first=InfusionPhase.PLANNED,
    moves={
        "order_infusion": ([InfusionPhase.PLANNED], InfusionPhase.ORDERED),
        "cancel_order": ([InfusionPhase.ORDERED], InfusionPhase.PLANNED),
        "reschedule": ([InfusionPhase.PLANNED, InfusionPhase.MISSED], InfusionPhase.PLANNED),
        "miss_infusion": ([InfusionPhase.PLANNED, InfusionPhase.ORDERED], InfusionPhase.MISSED),
        "assign_bag": ([InfusionPhase.ORDERED], InfusionPhase.ASSIGNED),
        # A bag came back: it was never started, or nothing of it had flowed.
        "make_due_again": ([InfusionPhase.ASSIGNED, InfusionPhase.INFUSED], InfusionPhase.ORDERED),
        "infuse": ([InfusionPhase.ASSIGNED], InfusionPhase.INFUSED),
        # An assigned bag is somewhere in the house: it ends by release, return or use, and only then is this cancelled.
        "end_treatment": (_OPEN_INFUSION, InfusionPhase.CANCELLED),
    },
    final=[InfusionPhase.CANCELLED],
)
ASSIGNMENT = Lifecycle(
    "assignment",
    first=AssignmentPhase.LIVE,
    moves={
        "release": ([AssignmentPhase.LIVE], AssignmentPhase.RELEASED),
        "use": ([AssignmentPhase.LIVE], AssignmentPhase.USED),
        "return": ([AssignmentPhase.LIVE, AssignmentPhase.USED], AssignmentPhase.RETURNED),
    },
    final=[AssignmentPhase.RELEASED, AssignmentPhase.RETURNED],
)
