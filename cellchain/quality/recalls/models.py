"""Tables of recalls, of what they reached, of late positives, and of who was told."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.quality.recalls.rules import AlertPhase, Audience, RecallKind, RecallPhase

REASON_LENGTH = 500
CONCLUSION_LENGTH = 2_000


class Recall(Record, table=True):
    """A recall or an exercise of one, from the moment somebody began to look. See `rules.Criteria` for what it goes by.

    `scope_hash` is the fingerprint of the list as it stood when it was complete. `found_count` and `stopped_count` are
    containers, which somebody can find, and so is `accounted_count`; the lots on the list are `lots_count` beside them.
    """

    __tablename__ = "quality_recall"
    __table_args__ = (
        chosen("kind", RecallKind),
        chosen("phase", RecallPhase),
        CheckConstraint("phase = 'started' OR listed_at IS NOT NULL", name="listed_has_time"),
        CheckConstraint("(phase = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("phase <> 'signed' OR placed_at IS NOT NULL", name="signed_has_time"),
        CheckConstraint("kind = 'recall' OR placed_at IS NULL", name="exercise_stops_nothing"),
        CheckConstraint("(accounted_count IS NULL) = (closed_at IS NULL)", name="closed_was_counted"),
    )

    id: int | None = key()
    kind: RecallKind = choice(RecallKind)
    phase: RecallPhase = choice(RecallPhase, index=True)
    root: str | None = identifier(optional=True, index=True)
    also: str | None = identifier(optional=True)
    deviation: int | None = number(optional=True, references="quality_deviation.id")
    since: datetime | None = moment(optional=True)
    until: datetime | None = moment(optional=True)
    origin: bool = flag()
    reason: str = personal(REASON_LENGTH)
    started_by: str = identifier()
    started_at: datetime = moment()
    listed_at: datetime | None = moment(optional=True)
    scope_hash: str | None = text(64, optional=True)
    found_count: int | None = number(optional=True)
    lots_count: int | None = number(optional=True)
    placed_by: str | None = identifier(optional=True)
    placed_at: datetime | None = moment(optional=True)
    stopped_count: int | None = number(optional=True)
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)
    accounted_count: int | None = number(optional=True)
    conclusion: str | None = personal(CONCLUSION_LENGTH, optional=True)


class RecallItem(Record, table=True):
    """A lot or container on the list of a recall. `is_stopped`: a signature stopped it. `set_apart` by a scan."""

    __tablename__ = "quality_recall_item"
    __table_args__ = (
        UniqueConstraint("recall", "subject"),
        Index("ix_quality_recall_item_stopped", "subject", "is_stopped"),
    )

    id: int | None = key()
    recall: int = number(references="quality_recall.id")
    subject: str = identifier()
    is_stopped: bool = flag()


class RecallFind(Record, table=True):
    """Somebody found a thing of a recall and put it aside; `place` is where, in their words."""

    __tablename__ = "quality_recall_find"
    __table_args__ = (UniqueConstraint("recall", "subject"),)

    id: int | None = key()
    recall: int = number(references="quality_recall.id")
    subject: str = identifier()
    place: str = text(120)
    found_by: str = identifier()
    found_at: datetime = moment()


class LatePositive(Record, table=True):
    """A test that turned out positive after the cells were given or sent out.

    `bags` are those of the same origin, `exposed` those of the lot itself and of what came out of it, `held` what a
    hold was placed on.
    """

    __tablename__ = "quality_late_positive"
    __table_args__ = (UniqueConstraint("result"),)

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    result: int = number(references="quality_result.id")
    deviation: int = number(references="quality_deviation.id")
    organism: str = text(120)
    susceptibility: str | None = text(400, optional=True)
    bags: list[str] = document()
    exposed: list[str] = document()
    held: list[str] = document()
    reported_by: str = identifier()
    reported_at: datetime = moment()


class Alert(Record, table=True):
    """Somebody has to know of a recall or a late positive, and to say that they do. `person` is a treating physician.

    `exercise` marks one that is only practised.
    """

    __tablename__ = "quality_alert"
    __table_args__ = (
        chosen("audience", Audience),
        chosen("phase", AlertPhase),
        CheckConstraint("(recall IS NULL) <> (late_positive IS NULL)", name="about_one_thing"),
        CheckConstraint("(phase = 'acknowledged') = (acknowledged_by IS NOT NULL)", name="acknowledged_by_somebody"),
        CheckConstraint("acknowledged_by <> raised_by", name="acknowledged_by_another"),
        UniqueConstraint("recall", "audience", "person"),
        UniqueConstraint("late_positive", "audience", "person"),
    )

    id: int | None = key()
    recall: int | None = number(optional=True, references="quality_recall.id")
    late_positive: int | None = number(optional=True, references="quality_late_positive.id")
    audience: Audience = choice(Audience)
    person: str | None = identifier(optional=True)
    exercise: bool = flag()
    phase: AlertPhase = choice(AlertPhase, index=True)
    raised_by: str = identifier()
    raised_at: datetime = moment()
    due_at: datetime = moment()
    acknowledged_by: str | None = identifier(optional=True)
    acknowledged_at: datetime | None = moment(optional=True)


def as_columns(criteria: Any) -> dict[str, Any]:
    """The criteria of a recall as its row holds them."""
    return {name: getattr(criteria, name) for name in ("root", "also", "deviation", "since", "until", "origin")}
