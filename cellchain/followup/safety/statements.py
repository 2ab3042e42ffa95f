"""The reading statements of safety, each compiled once."""

from typing import Any

from sqlalchemy import and_, bindparam, func, not_, or_
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.followup.safety.lifecycles import ClockPhase, EventPhase
from cellchain.followup.safety.models import AdverseEvent, EventAssessment, ReportClock, SafetyReport

EVENTS_OF = (
    select(AdverseEvent)
    .where(AdverseEvent.recipient == bindparam("recipient"))
    .order_by(col(AdverseEvent.onset_at).desc(), col(AdverseEvent.id).desc())
)
EVENT_OF_REACTION = select(AdverseEvent).where(AdverseEvent.reaction == bindparam("reaction"))
ALL_EVENTS = select(AdverseEvent).order_by(col(AdverseEvent.id))
# What `pages.waits_for` names, as one question: every event that waits for somebody, and those that do not.
_WAITS = or_(
    col(AdverseEvent.phase) == EventPhase.OPEN,
    and_(col(AdverseEvent.serious).is_(True), col(AdverseEvent.sponsor_relatedness).is_(None)),
    select(ReportClock.id)
    .where(col(ReportClock.event) == col(AdverseEvent.id), col(ReportClock.submitted_at).is_(None))
    .exists(),
)
WAITING = select(AdverseEvent).where(_WAITS).order_by(col(AdverseEvent.onset_at).desc(), col(AdverseEvent.id).desc())
SETTLED = (
    select(AdverseEvent).where(not_(_WAITS)).order_by(col(AdverseEvent.onset_at).desc(), col(AdverseEvent.id).desc())
)
UNASSESSED = (
    select(AdverseEvent)
    .where(AdverseEvent.phase == EventPhase.OPEN, col(AdverseEvent.relatedness).is_(None))
    .order_by(col(AdverseEvent.aware_at), col(AdverseEvent.id))
)
UNJUDGED = (
    select(AdverseEvent)
    .where(col(AdverseEvent.serious).is_(True), col(AdverseEvent.sponsor_relatedness).is_(None))
    .order_by(col(AdverseEvent.serious_since), col(AdverseEvent.id))
)
CLOCKS_OF = select(ReportClock).where(ReportClock.event == bindparam("event")).order_by(col(ReportClock.due_at))
CLOCKS_RUNNING: Any = (
    columns(ReportClock, AdverseEvent)
    .join(AdverseEvent, col(AdverseEvent.id) == col(ReportClock.event))
    .where(col(ReportClock.phase) == ClockPhase.RUNNING)
    .order_by(col(ReportClock.due_at))
)
ASSESSMENTS_OF = (
    select(EventAssessment).where(EventAssessment.event == bindparam("event")).order_by(col(EventAssessment.id))
)
REPORTS_OF = select(SafetyReport).where(SafetyReport.event == bindparam("event")).order_by(col(SafetyReport.version))
REPORT_COUNTS: Any = columns(col(SafetyReport.event), func.count()).group_by(col(SafetyReport.event))
