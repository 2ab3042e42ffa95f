"""Tables of custody. `subject` is a container (BG, CT, CV): where it is, who had it, and how warm it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql

from cellchain.custody.rules import ExcursionOutcome, ExcursionPhase, HandOverPhase, ShipmentPhase
from cellchain.custody.rules.positions import COLUMNS_MAX, ROWS_MAX, ReservationEnding
from cellchain.platform.columns import Record, choice, chosen, flag, key, moment, number, personal, reference, text
from cellchain.platform.columns import code as identifier

REASON_LENGTH = 500
COLDEST_MC, WARMEST_MC = -200_000, 60_000


def _only_while(condition: str) -> dict[str, Any]:
    """The WHERE of a partial index, for both databases."""
    return {"sqlite_where": sql(condition), "postgresql_where": sql(condition)}


def _plausible(column: str) -> CheckConstraint:
    """A temperature that a thermometer can show: from liquid nitrogen to 60 °C."""
    return CheckConstraint(f"{column} BETWEEN {COLDEST_MC} AND {WARMEST_MC}", name=f"{column}_plausible")


class StoredAt(Record, table=True):
    """A container stood at a place from one time to another: one place at a time, and one thing a position."""

    __tablename__ = "custody_stored_at"
    __table_args__ = (
        CheckConstraint("removed_at >= stored_at", name="removed_after_stored"),
        Index("uq_custody_stored_at_subject", "subject", unique=True, **_only_while("removed_at IS NULL")),
        Index(
            "uq_custody_stored_at_position",
            "location",
            "position",
            unique=True,
            **_only_while("removed_at IS NULL AND position IS NOT NULL"),
        ),
    )

    id: int | None = key()
    subject: str = identifier(index=True)
    location: str = reference("materials_location.code")
    position: str | None = text(40, optional=True)
    stored_at: datetime = moment()
    stored_by: str = identifier()
    removed_at: datetime | None = moment(optional=True)
    removed_by: str | None = identifier(optional=True)


class Box(Record, table=True):
    """A place that is divided into cells, in a freezer or an incubator: rows A, B, … and columns 1, 2, …"""

    __tablename__ = "custody_box"
    __table_args__ = (
        CheckConstraint(f"rows_count BETWEEN 1 AND {ROWS_MAX}", name="rows_lettered"),
        CheckConstraint(f"columns_count BETWEEN 1 AND {COLUMNS_MAX}", name="columns_bounded"),
    )

    location: str = reference("materials_location.code", primary_key=True)
    equipment: str | None = reference("materials_equipment.code", optional=True)
    shelf: str | None = text(20, optional=True)
    rack: str | None = text(20, optional=True)
    rows_count: int = number()
    columns_count: int = number()
    laid_out_by: str = identifier()
    laid_out_at: datetime = moment()


class Reservation(Record, table=True):
    """A vial of a bank is kept for one lot until it is thawed for it or let go. One at a time."""

    __tablename__ = "custody_reservation"
    __table_args__ = (
        chosen("ending", ReservationEnding),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_has_ending"),
        Index("uq_custody_reservation_open", "vial", unique=True, **_only_while("ended_at IS NULL")),
    )

    id: int | None = key()
    vial: str = reference("manufacturing_container.code")
    lot: str = reference("manufacturing_lot.code")
    reserved_by: str = identifier()
    reserved_at: datetime = moment()
    ended_by: str | None = identifier(optional=True)
    ended_at: datetime | None = moment(optional=True)
    ending: ReservationEnding | None = choice(ReservationEnding, optional=True)


class HandOver(Record, table=True):
    """Two people: one gives, another takes. Temperatures in thousandths of a degree, at each end."""

    __tablename__ = "custody_hand_over"
    __table_args__ = (
        chosen("phase", HandOverPhase),
        _plausible("temperature_mc"),
        _plausible("accepted_temperature_mc"),
        CheckConstraint("taker <> giver", name="taken_by_another"),
        CheckConstraint("(phase = 'offered') = (accepted_at IS NULL)", name="answered_has_time"),
        Index("uq_custody_hand_over_open", "subject", unique=True, **_only_while("phase = 'offered'")),
    )

    id: int | None = key()
    subject: str = identifier(index=True)
    giver: str = identifier(index=True)
    taker: str | None = identifier(optional=True, index=True)
    from_location: str = reference("materials_location.code")
    to_location: str = reference("materials_location.code")
    offered_at: datetime = moment()
    accepted_at: datetime | None = moment(optional=True)
    temperature_mc: int = number()
    accepted_temperature_mc: int | None = number(optional=True)
    seal: str = text(40)
    accepted_seal: str | None = text(40, optional=True)
    shipment: str | None = reference("custody_shipment.code", optional=True)
    phase: HandOverPhase = choice(HandOverPhase)
    refusal_reason: str | None = personal(REASON_LENGTH, optional=True)


class Shipment(Record, table=True):
    """A container under way between two places of different houses, in a carrier's hands."""

    __tablename__ = "custody_shipment"
    __table_args__ = (
        chosen("phase", ShipmentPhase),
        _plausible("temperature_mc"),
        _plausible("received_temperature_mc"),
        CheckConstraint("(phase = 'received') = (received_at IS NOT NULL)", name="received_has_time"),
        Index("uq_custody_shipment_under_way", "subject", unique=True, **_only_while("phase = 'shipped'")),
    )

    code: str = identifier(primary_key=True)
    subject: str = identifier(index=True)
    from_location: str = reference("materials_location.code")
    to_location: str = reference("materials_location.code")
    carrier: str = text(120)
    seal: str = text(40)
    shipped_at: datetime = moment()
    shipped_by: str = identifier()
    temperature_mc: int = number()
    received_at: datetime | None = moment(optional=True)
    received_by: str | None = identifier(optional=True)
    received_temperature_mc: int | None = number(optional=True)
    received_seal: str | None = text(40, optional=True)
    phase: ShipmentPhase = choice(ShipmentPhase)


class TemperatureReading(Record, table=True):
    """How warm a container was at one time, in thousandths of a degree."""

    __tablename__ = "custody_temperature_reading"
    __table_args__ = (_plausible("temperature_mc"), UniqueConstraint("subject", "at"))

    id: int | None = key()
    subject: str = identifier(index=True)
    at: datetime = moment()
    temperature_mc: int = number()
    logger: str | None = text(60, optional=True)
    entered_by: str = identifier()
    entered_at: datetime = moment()


class Excursion(Record, table=True):
    """A container was outside its range, or its seal was not the one it left with; QA decides what follows."""

    __tablename__ = "custody_excursion"
    __table_args__ = (
        chosen("phase", ExcursionPhase),
        chosen("outcome", ExcursionOutcome),
        CheckConstraint("(phase = 'assessed') = (outcome IS NOT NULL)", name="assessed_has_outcome"),
        CheckConstraint("temperature_mc IS NOT NULL OR seal_broken", name="has_a_finding"),
    )

    id: int | None = key()
    subject: str = identifier(index=True)
    temperature_mc: int | None = number(optional=True)
    seal_broken: bool = flag()
    at: datetime = moment()
    noticed_by: str = identifier()
    phase: ExcursionPhase = choice(ExcursionPhase)
    outcome: ExcursionOutcome | None = choice(ExcursionOutcome, optional=True)
    assessed_by: str | None = identifier(optional=True)
    assessed_at: datetime | None = moment(optional=True)
    assessment: str | None = personal(REASON_LENGTH, optional=True)


class Return(Record, table=True):
    """A bag came back unused. It is never given to anybody after that."""

    __tablename__ = "custody_return"
    __table_args__ = (_plausible("temperature_mc"), UniqueConstraint("bag"))

    id: int | None = key()
    bag: str = reference("manufacturing_container.code")
    location: str = reference("materials_location.code")
    returned_at: datetime = moment()
    returned_by: str = identifier()
    temperature_mc: int = number()
    seal_intact: bool = flag()
    reason: str = personal(REASON_LENGTH)


class Destruction(Record, table=True):
    """A container was destroyed by one person, and another saw it."""

    __tablename__ = "custody_destruction"
    __table_args__ = (UniqueConstraint("subject"), CheckConstraint("witness <> performer", name="seen_by_another"))

    id: int | None = key()
    subject: str = reference("manufacturing_container.code")
    performer: str = identifier(index=True)
    witness: str = identifier(index=True)
    at: datetime = moment()
    reason: str = personal(REASON_LENGTH)
