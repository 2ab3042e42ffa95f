"""The reading statements of follow-up, each compiled once."""

from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.followup.lifecycles import LockPhase, MeasurementPhase, QueryPhase, VisitPhase
from cellchain.followup.models import DataExport, DataLock, Measurement, Query, Visit, Walk

VISITS_OF = select(Visit).where(Visit.recipient == bindparam("recipient")).order_by(col(Visit.due_on))
VISIT_OF = select(Visit).where(Visit.recipient == bindparam("recipient"), Visit.code == bindparam("code"))
DAYS_OF: Any = select(col(Visit.visited_on)).where(
    Visit.recipient == bindparam("recipient"), col(Visit.visited_on).is_not(None)
)
VISITS_OPEN = (
    select(Visit)
    .where(Visit.phase == VisitPhase.PLANNED, col(Visit.window_from) <= bindparam("day"))
    .order_by(col(Visit.window_until), col(Visit.recipient))
)
VISITS_PLANNED = select(Visit.recipient).where(Visit.phase == VisitPhase.PLANNED)
MEASUREMENTS_OF: Any = (
    select(Measurement)
    .join(Visit, col(Visit.id) == col(Measurement.visit))
    .where(col(Visit.recipient) == bindparam("recipient"), Measurement.phase == MeasurementPhase.CURRENT)
    .order_by(col(Measurement.id))
)
CURRENT = select(Measurement).where(
    Measurement.visit == bindparam("visit"),
    Measurement.outcome == bindparam("outcome"),
    Measurement.phase == MeasurementPhase.CURRENT,
)
WALKS_OF: Any = (
    select(Walk)
    .join(Measurement, col(Measurement.id) == col(Walk.measurement))
    .join(Visit, col(Visit.id) == col(Measurement.visit))
    .where(col(Visit.recipient) == bindparam("recipient"))
    .order_by(col(Walk.id))
)
ALL_MEASUREMENTS = select(Measurement).order_by(col(Measurement.id))
UNVERIFIED_COUNT: Any = columns(func.count()).where(
    col(Measurement.phase) == MeasurementPhase.CURRENT, col(Measurement.verified_by).is_(None)
)
QUERIES_OF = select(Query).where(Query.subject == bindparam("subject")).order_by(col(Query.id))
QUERIES_OPEN = select(Query).where(Query.phase != QueryPhase.CLOSED).order_by(col(Query.id))
STANDING_LOCK = select(DataLock).where(DataLock.study == bindparam("study"), DataLock.phase == LockPhase.LOCKED)
PROGRESS: Any = (
    columns(col(Visit.recipient), col(Visit.phase)).where(col(Visit.scheduled)).order_by(col(Visit.recipient))
)
EXPORTS_OF = select(DataExport).where(DataExport.study == bindparam("study")).order_by(col(DataExport.id).desc())
