"""The reading statements of the trial, each compiled once."""

from typing import Any

from sqlalchemy import bindparam, func, or_
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of
from cellchain.trial.lifecycles import WAITING, AssignmentPhase, ConsentPhase, InfusionPhase, RowPhase, WristbandPhase
from cellchain.trial.models import (
    AllocationList,
    AllocationRow,
    Assignment,
    Baseline,
    Consent,
    Departure,
    EligibilityDecision,
    PlannedInfusion,
    Recipient,
    Screening,
    SiteRole,
    Study,
    StudyVersion,
    Unblinding,
    Wristband,
)

# Chosen column by column, so that asking for facts decrypts neither name nor arm.
_FACTS: tuple[Any, ...] = (
    Recipient.code,
    Recipient.study,
    Recipient.site,
    Recipient.phase,
    Recipient.sex,
    Recipient.weight_g,
    Recipient.height_mm,
    Recipient.physician,
    Recipient.enrolled_at,
    Recipient.chain_of_identity,
    Recipient.randomised_at,
)
FACTS_OF: Any = columns(*_FACTS).where(col(Recipient.code) == bindparam("recipient"))
PHASE_OF = select(Recipient.phase).where(Recipient.code == bindparam("recipient"))
RECIPIENTS = Listing(
    columns(col(Recipient.code), col(Recipient.phase), col(Recipient.enrolled_at)),
    col(Recipient.code),
    narrowed={"phase": col(Recipient.phase) == bindparam("phase")},
)
ALL_FACTS: Any = columns(*_FACTS).where(col(Recipient.study) == bindparam("study")).order_by(col(Recipient.code))
BY_CHAIN = select(Recipient.code).where(Recipient.chain_of_identity == bindparam("chain"))
ARM_OF = select(Recipient.arm).where(Recipient.code == bindparam("recipient"))
NAME_OF: Any = columns(col(Recipient.name), col(Recipient.born)).where(col(Recipient.code) == bindparam("recipient"))
BORN_OF = select(Recipient.born).where(Recipient.code == bindparam("recipient"))
ARMS: Any = columns(col(Recipient.code), col(Recipient.arm)).where(col(Recipient.study) == bindparam("study"))
PHASES: Any = (
    columns(col(Recipient.phase), func.count())
    .where(col(Recipient.study) == bindparam("study"))
    .group_by(col(Recipient.phase))
)
RANDOMISED_COUNT = (
    select(func.count())
    .select_from(Recipient)
    .where(Recipient.study == bindparam("study"), col(Recipient.randomised_at).is_not(None))
)
# Everybody is in the study under a version of it: an amendment moves those whom it concerns.
_OWN_VERSION: Any = (
    StudyVersion.study == Recipient.study,
    col(StudyVersion.number) == col(Recipient.study_version),
)
STUDY_HASH: Any = columns(col(Recipient.study), col(StudyVersion.definition_hash)).where(
    col(Recipient.code) == bindparam("recipient"), *_OWN_VERSION
)
VERSIONS = (
    select(StudyVersion).where(StudyVersion.study == bindparam("study")).order_by(col(StudyVersion.number).desc())
)
VERSION_BY_HASH = select(StudyVersion).where(
    StudyVersion.study == bindparam("study"), StudyVersion.definition_hash == bindparam("digest")
)
LAST_RECONSENT: Any = columns(func.max(StudyVersion.number)).where(
    col(StudyVersion.study) == bindparam("study"),
    col(StudyVersion.reconsent).is_(True),
    col(StudyVersion.effective_at).is_not(None),
)
# Who is in the study, under which version, and under which one their standing consent was signed.
STANDINGS: Any = (
    columns(col(Recipient.code), col(Recipient.phase), col(Recipient.study_version), col(Consent.study_version))
    .join(
        Consent,
        (col(Consent.recipient) == col(Recipient.code)) & (col(Consent.phase) == ConsentPhase.GIVEN),
        isouter=True,
    )
    .where(col(Recipient.study) == bindparam("study"))
    .order_by(col(Recipient.code))
)
SCREENINGS = select(Screening).where(Screening.study == bindparam("study")).order_by(col(Screening.id))
SCREENING_OF = select(Screening).where(Screening.recipient == bindparam("recipient"))
SITE_ROLES = (
    select(SiteRole)
    .where(SiteRole.study == bindparam("study"))
    .order_by(col(SiteRole.ended_at).is_not(None), SiteRole.site, SiteRole.role, col(SiteRole.id))
)
SITE_ROLE_OF = select(SiteRole).where(
    SiteRole.study == bindparam("study"),
    SiteRole.site == bindparam("site"),
    SiteRole.person == bindparam("person"),
    col(SiteRole.ended_at).is_(None),
)
HASH_OF_STUDY = select(Study.definition_hash).where(Study.code == bindparam("study"))
STUDIES = select(Study).order_by(Study.code)
LIST_OF = select(AllocationList).where(AllocationList.study == bindparam("study"))
LEAVES = (
    select(AllocationRow.leaf)
    .where(AllocationRow.allocation_list == bindparam("list"))
    .order_by(col(AllocationRow.number))
)
NEXT_SEALED = (
    select(AllocationRow.id)
    .where(
        AllocationRow.allocation_list == bindparam("list"),
        AllocationRow.phase == RowPhase.SEALED,
        AllocationRow.level == bindparam("level"),
    )
    .order_by(col(AllocationRow.number))
)
LIST_ROWS = (
    select(AllocationRow).where(AllocationRow.allocation_list == bindparam("list")).order_by(col(AllocationRow.number))
)
SEALED_COUNT = (
    select(func.count())
    .select_from(AllocationRow)
    .where(AllocationRow.allocation_list == bindparam("list"), AllocationRow.phase == RowPhase.SEALED)
)
ROW_OF: Any = columns(col(AllocationRow.number), col(AllocationRow.leaf)).where(
    col(AllocationRow.recipient) == bindparam("recipient")
)
PLAN = (
    select(PlannedInfusion)
    .where(PlannedInfusion.recipient == bindparam("recipient"))
    .order_by(col(PlannedInfusion.number))
)
# The infusion whose turn it is, with how many its plan has: a bedside waits, and reads one row of the plan.
_ALL_PLANNED = aliased(PlannedInfusion)
NEXT_OPEN: Any = (
    columns(
        PlannedInfusion,
        columns(func.count()).where(col(_ALL_PLANNED.recipient) == bindparam("recipient")).scalar_subquery(),
    )
    .where(col(PlannedInfusion.recipient) == bindparam("recipient"), one_of(PlannedInfusion.phase, WAITING))
    .order_by(col(PlannedInfusion.number))
)
# The weight that an infusion was ordered for, and the one at enrolment.
WEIGHTS_AT: Any = columns(col(PlannedInfusion.weight_g), col(Recipient.weight_g)).where(
    col(PlannedInfusion.id) == bindparam("infusion"), col(Recipient.code) == bindparam("recipient")
)
PLANS: Any = (
    columns(col(PlannedInfusion.recipient), col(PlannedInfusion.phase), func.count())
    .where(col(PlannedInfusion.recipient) == col(Recipient.code), col(Recipient.study) == bindparam("study"))
    .group_by(col(PlannedInfusion.recipient), col(PlannedInfusion.phase))
)
NEXT_DUE: Any = (
    columns(col(PlannedInfusion.recipient), func.min(PlannedInfusion.due_on), func.min(PlannedInfusion.window_until))
    .where(
        col(PlannedInfusion.recipient) == col(Recipient.code),
        col(Recipient.study) == bindparam("study"),
        or_(
            col(PlannedInfusion.phase) == InfusionPhase.PLANNED,
            col(PlannedInfusion.phase) == InfusionPhase.ORDERED,
            col(PlannedInfusion.phase) == InfusionPhase.ASSIGNED,
        ),
    )
    .group_by(col(PlannedInfusion.recipient))
)
GIVEN_CONSENT = select(Consent).where(Consent.recipient == bindparam("recipient"), Consent.phase == ConsentPhase.GIVEN)
# What a bedside asks of a recipient, in one question. It opens the arm: the system's own checks need it.
AT_BEDSIDE: Any = columns(*_FACTS, col(Recipient.arm), col(StudyVersion.definition_hash), GIVEN_CONSENT.exists()).where(
    col(Recipient.code) == bindparam("recipient"), *_OWN_VERSION
)
CONSENTS = select(Consent).where(Consent.recipient == bindparam("recipient")).order_by(col(Consent.id))
ALL_BASELINES = select(Baseline).order_by(col(Baseline.id))
LAST_BASELINE = select(Baseline).where(Baseline.recipient == bindparam("recipient")).order_by(col(Baseline.id).desc())
DECISION = select(EligibilityDecision).where(EligibilityDecision.recipient == bindparam("recipient"))
LIVE_BAND = select(Wristband).where(
    Wristband.recipient == bindparam("recipient"), Wristband.phase == WristbandPhase.LIVE
)
BANDS = select(Wristband).where(Wristband.recipient == bindparam("recipient")).order_by(col(Wristband.code))
# A tie with the number of its infusion, and the study that says how many there are.
_TIED: Any = select(Assignment, PlannedInfusion.number, Recipient.study, StudyVersion.definition_hash).where(
    PlannedInfusion.id == Assignment.planned_infusion,
    Recipient.code == Assignment.recipient,
    *_OWN_VERSION,
)
LIVE_ASSIGNMENT = _TIED.where(col(Assignment.bag) == bindparam("bag"), col(Assignment.phase) == AssignmentPhase.LIVE)
LIVE_ASSIGNMENT_ID = select(Assignment.id).where(
    Assignment.bag == bindparam("bag"), Assignment.phase == AssignmentPhase.LIVE
)
ASSIGNMENTS_OF_BAG = _TIED.where(col(Assignment.bag) == bindparam("bag")).order_by(col(Assignment.id).desc())
ASSIGNMENTS_OF = _TIED.where(col(Assignment.recipient) == bindparam("recipient")).order_by(col(Assignment.id))
ASSIGNMENT_OF_INFUSION = select(Assignment).where(
    Assignment.planned_infusion == bindparam("infusion"), Assignment.phase == AssignmentPhase.LIVE
)
DEPARTURES = select(Departure).where(Departure.recipient == bindparam("recipient")).order_by(col(Departure.id))
UNBLINDINGS = select(Unblinding).where(Unblinding.recipient == bindparam("recipient")).order_by(col(Unblinding.id))
