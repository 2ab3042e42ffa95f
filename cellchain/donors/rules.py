"""What may be done with a donor and a donation, and when not."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase


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


class MarkerResult(StrEnum):
    """What the laboratory says about one marker."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"


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
DONATION = Lifecycle(
    "donation",
    first=DonationPhase.HARVESTED,
    moves={
        "receive": ({DonationPhase.HARVESTED}, DonationPhase.RECEIVED),
        "reject": ({DonationPhase.HARVESTED}, DonationPhase.REJECTED),
    },
    final={DonationPhase.RECEIVED, DonationPhase.REJECTED},
)
