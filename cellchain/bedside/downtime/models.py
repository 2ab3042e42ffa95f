"""Downtimes, the bags that they left open, and what was entered from paper."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.bedside.downtime.rules import BagFate, DowntimePhase, How
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier


class Downtime(Record, table=True):
    """The system was away and a ward worked on paper; every ward, where `ward` is None."""

    __tablename__ = "bedside_downtime"
    __table_args__ = (
        chosen("phase", DowntimePhase),
        CheckConstraint("(phase = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("ended_at >= began_at", name="ends_after_it_began"),
    )

    id: int | None = key()
    cause: str = personal(300)
    ward: str | None = reference("materials_location.code", optional=True)
    phase: DowntimePhase = choice(DowntimePhase, index=True)
    began_at: datetime = moment()
    declared_at: datetime = moment()
    declared_by: str = identifier()
    ended_at: datetime | None = moment(optional=True)
    end_told_at: datetime | None = moment(optional=True)
    end_told_by: str | None = identifier(optional=True)


class PaperBag(Record, table=True):
    """A bag that a ward had while the system was away: given on paper, not given, or nobody has said yet."""

    __tablename__ = "bedside_paper_bag"
    __table_args__ = (
        chosen("fate", BagFate),
        CheckConstraint("(fate = 'to_enter') = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("settled_by <> witness", name="two_people"),
        Index("uq_bedside_paper_bag_open", "bag", unique=True, **only_while("fate = 'to_enter'")),
        Index("ix_bedside_paper_bag_open_recipient", "recipient", **only_while("fate = 'to_enter'")),
    )

    id: int | None = key()
    downtime: int = number(references="bedside_downtime.id")
    bag: str = reference("manufacturing_container.code")
    recipient: str = reference("trial_recipient.code")
    fate: BagFate = choice(BagFate)
    settled_at: datetime | None = moment(optional=True)
    settled_by: str | None = identifier(optional=True)
    witness: str | None = identifier(optional=True)


class PaperEntry(Record, table=True):
    """What stood on a paper form, as two people entered it, and what speaks against it.

    `infusion` is what it became; None where the paper says what is no infusion of the plan, such as a bag that somebody
    got whom it was not meant for: then a deviation tells it.
    """

    __tablename__ = "bedside_paper_entry"
    __table_args__ = (
        chosen("how", How),
        CheckConstraint("entered_by <> witness", name="two_people"),
        CheckConstraint("started_at >= checked_at", name="started_after_the_check"),
    )

    id: int | None = key()
    paper_bag: int = number(references="bedside_paper_bag.id")
    bag: str = reference("manufacturing_container.code")
    recipient: str = reference("trial_recipient.code")
    started_by: str = identifier()
    other_checker: str = identifier()
    compared: bool = flag()
    intact: bool = flag()
    checked_at: datetime = moment()
    started_at: datetime = moment()
    planned_minutes: int = number()
    how: How = choice(How)
    ended_at: datetime | None = moment(optional=True)
    volume_given_ul: int | None = number(optional=True)
    why: str | None = personal(300, optional=True)
    found: list[str] = document()
    infusion: int | None = number(references="bedside_infusion.id", optional=True)
    entered_at: datetime = moment()
    entered_by: str = identifier()
    witness: str = identifier()
    device: str | None = text(40, optional=True)
