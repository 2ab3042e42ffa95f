"""Kinds and phases of what donors leave behind, and the moves between the phases. Pure, like the rules that use it."""

from collections.abc import Mapping
from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T


class Sex(StrEnum):
    """As the karyotype is expected to show it."""

    FEMALE = "female"
    MALE = "male"


class BloodGroup(StrEnum):
    """ABO and RhD."""

    O_NEGATIVE = "O-"
    O_POSITIVE = "O+"
    A_NEGATIVE = "A-"
    A_POSITIVE = "A+"
    B_NEGATIVE = "B-"
    B_POSITIVE = "B+"
    AB_NEGATIVE = "AB-"
    AB_POSITIVE = "AB+"

    @property
    def label(self) -> str:
        """As it is printed, with a true minus sign."""
        return self.value.replace("-", "\u2212")


class ConsentScope(StrEnum):
    """What a donor consents to. Only `donation` permits a harvest."""

    DONATION = "donation"
    FURTHER_RESEARCH = "further_research"


class Marker(StrEnum):
    """The six infections that every donor is tested for (domain.md 2.4)."""

    HIV = "hiv"
    HBV = "hbv"
    HCV = "hcv"
    SYPHILIS = "syphilis"
    HTLV = "htlv"
    CMV = "cmv"

    @property
    def label(self) -> T:
        """As a laboratory writes it."""
        return _MARKER_NAMES[self]


class Assay(StrEnum):
    """What of an infection a test looks for: the donor's answer to it, or the agent itself."""

    SEROLOGY = "serology"
    NUCLEIC_ACID = "nucleic_acid"

    @property
    def label(self) -> T:
        """As a laboratory writes it."""
        return _ASSAY_NAMES[self]


class Stage(StrEnum):
    """One sample is tested once; a reactive one again in duplicate; one that stays reactive by another method."""

    INITIAL = "initial"
    REPEAT = "repeat"
    CONFIRMATORY = "confirmatory"


class MarkerResult(StrEnum):
    """What the laboratory says about one marker in one test. A repeat is positive if either of the two is."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"
    INDETERMINATE = "indeterminate"


class Conclusion(StrEnum):
    """What all tests of one sample come to, for one marker and assay."""

    NEGATIVE = "negative"
    PENDING = "pending"
    REACTIVE = "reactive"
    REPEATEDLY_REACTIVE = "repeatedly_reactive"
    INDETERMINATE = "indeterminate"
    POSITIVE = "positive"


class YesNo(StrEnum):
    """An answer to a question about health."""

    YES = "yes"
    NO = "no"

    @property
    def label(self) -> T:
        """As it is said."""
        return T("Yes") if self is YesNo.YES else T("No")


class Judgement(StrEnum):
    """What a physician makes of answers that may mean a risk."""

    ACCEPTABLE = "acceptable"
    UNACCEPTABLE = "unacceptable"


class HarvestSite(StrEnum):
    """Where marrow is drawn from."""

    POSTERIOR_LEFT = "posterior_iliac_crest_left"
    POSTERIOR_RIGHT = "posterior_iliac_crest_right"
    ANTERIOR_LEFT = "anterior_iliac_crest_left"
    ANTERIOR_RIGHT = "anterior_iliac_crest_right"
    STERNUM = "sternum"


class ComplicationKind(StrEnum):
    """What a harvest may do to a donor."""

    PAIN = "pain"
    HAEMATOMA = "haematoma"
    BLEEDING = "bleeding"
    INFECTION = "infection"
    FAINTING = "fainting"
    ANAESTHESIA = "reaction_to_anaesthesia"
    NERVE_INJURY = "nerve_injury"
    ANAEMIA = "anaemia"
    OTHER = "other"


class ComplicationAction(StrEnum):
    """What was done about it."""

    OBSERVED = "observed"
    TREATED = "treated"
    HARVEST_STOPPED = "harvest_stopped"
    HOSPITALISED = "hospitalised"


class Contact(StrEnum):
    """How the donor was reached for a follow-up visit, if at all."""

    SEEN = "seen"
    CALLED = "called"
    NOT_REACHED = "not_reached"


class Outcome(StrEnum):
    """What a physician determines."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"


class DonorPhase(Phase):
    """Where a donor stands. `eligible` alone does not permit a harvest: `may_record_harvest` asks for more."""

    REGISTERED = "registered"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    DEFERRED = "deferred"


class ConsentPhase(Phase):
    """A consent is given until it is withdrawn, or replaced by a newer version of the form."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class ScreeningPhase(Phase):
    """A result stands until the final result of the same sample, or a correction, replaces it."""

    STANDING = "standing"
    REPLACED = "replaced"


class QuestionnairePhase(Phase):
    """Answers stand until they are asked for again; where one may mean a risk, a physician judges them."""

    ANSWERED = "answered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"


class ComplicationPhase(Phase):
    """A complication lasts until it is over."""

    OPEN = "open"
    RESOLVED = "resolved"


class DonationPhase(Phase):
    """A harvest on its way: the laboratory receives it or rejects it."""

    HARVESTED = "harvested"
    RECEIVED = "received"
    REJECTED = "rejected"


DONOR = Lifecycle(
    "donor",
    first=DonorPhase.REGISTERED,
    moves={
        "find_eligible": (DonorPhase, DonorPhase.ELIGIBLE),
        "find_ineligible": (DonorPhase, DonorPhase.INELIGIBLE),
        "defer": ({DonorPhase.REGISTERED, DonorPhase.ELIGIBLE, DonorPhase.DEFERRED}, DonorPhase.DEFERRED),
    },
)
CONSENT = Lifecycle(
    "consent",
    first=ConsentPhase.GIVEN,
    moves={
        "withdraw": ({ConsentPhase.GIVEN}, ConsentPhase.WITHDRAWN),
        "replace": ({ConsentPhase.GIVEN}, ConsentPhase.REPLACED),
    },
    final={ConsentPhase.WITHDRAWN, ConsentPhase.REPLACED},
)
SCREENING = Lifecycle(
    "screening",
    first=ScreeningPhase.STANDING,
    moves={"replace": ({ScreeningPhase.STANDING}, ScreeningPhase.REPLACED)},
    final={ScreeningPhase.REPLACED},
)
_STANDING = {QuestionnairePhase.ANSWERED, QuestionnairePhase.ACCEPTED, QuestionnairePhase.DECLINED}
QUESTIONNAIRE = Lifecycle(
    "questionnaire",
    first=QuestionnairePhase.ANSWERED,
    moves={
        "accept": ({QuestionnairePhase.ANSWERED}, QuestionnairePhase.ACCEPTED),
        "decline": ({QuestionnairePhase.ANSWERED}, QuestionnairePhase.DECLINED),
        "replace": (_STANDING, QuestionnairePhase.REPLACED),
    },
    final={QuestionnairePhase.REPLACED},
)
COMPLICATION = Lifecycle(
    "complication",
    first=ComplicationPhase.OPEN,
    moves={"resolve": ({ComplicationPhase.OPEN}, ComplicationPhase.RESOLVED)},
    final={ComplicationPhase.RESOLVED},
)
DONATION = Lifecycle(
    "donation",
    first=DonationPhase.HARVESTED,
    moves={
        "receive": ({DonationPhase.HARVESTED}, DonationPhase.RECEIVED),
        "reject": ({DonationPhase.HARVESTED}, DonationPhase.REJECTED),
    },
    final={DonationPhase.RECEIVED, DonationPhase.REJECTED},
)

_MARKER_NAMES: Mapping[Marker, T] = {
    Marker.HIV: T("HIV-1/2"),
    Marker.HBV: T("Hepatitis B"),
    Marker.HCV: T("Hepatitis C"),
    Marker.SYPHILIS: T("Syphilis"),
    Marker.HTLV: T("HTLV-I/II"),
    Marker.CMV: T("CMV"),
}
_ASSAY_NAMES: Mapping[Assay, T] = {Assay.SEROLOGY: T("Serology"), Assay.NUCLEIC_ACID: T("Nucleic acid")}
