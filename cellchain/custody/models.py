"""Tables of custody. `subject` is a container (BG, CT, CV): where it is, who had it, and how warm it was."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.custody.rules import DestructionMethod, ExcursionOutcome, ExcursionPhase, HandOverPhase
from cellchain.custody.rules.chain import SpanKind
from cellchain.custody.rules.positions import COLUMNS_MAX, ROWS_MAX, ReservationEnding
from cellchain.custody.rules.shipping import PLACES_MAX, FindingKind, ReceiptOutcome, ShipmentPhase
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

REASON_LENGTH = 500
COLDEST_MC, WARMEST_MC = -200_000, 60_000
DEVICE_LENGTH = 60


def _plausible(column: str) -> CheckConstraint:
    """A temperature that a thermometer can show: from liquid nitrogen to 60 °C."""
    return CheckConstraint(f"{column} BETWEEN {COLDEST_MC} AND {WARMEST_MC}", name=f"{column}_plausible")


class StoredAt(Record, table=True):
    """A container stood at a place from one time to another: one place at a time, and one thing a position.

    `is_taken_over`: somebody there took it over, out of another's hands or out of a shipper. `is_controlled`: what
    stood there then stood at a controlled temperature.
    """

    __tablename__ = "custody_stored_at"
    __table_args__ = (
        CheckConstraint("removed_at >= stored_at", name="removed_after_stored"),
        Index("uq_custody_stored_at_subject", "subject", unique=True, **only_while("removed_at IS NULL")),
        Index(
            "uq_custody_stored_at_position",
            "location",
            "position",
            unique=True,
            **only_while("removed_at IS NULL AND position IS NOT NULL"),
        ),
    )

    id: int | None = key()
    subject: str = identifier(index=True)
    location: str = reference("materials_location.code")
    position: str | None = text(40, optional=True)
    is_controlled: bool = flag()
    is_taken_over: bool = flag()
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
        Index("uq_custody_reservation_open", "vial", unique=True, **only_while("ended_at IS NULL")),
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
    """Two people: one gives, another takes. Temperatures in thousandths of a degree, at each end.

    `given_label` and `taken_label` are the labels that each of them scanned, the devices where each of them stood.
    """

    __tablename__ = "custody_hand_over"
    __table_args__ = (
        chosen("phase", HandOverPhase),
        _plausible("temperature_mc"),
        _plausible("accepted_temperature_mc"),
        CheckConstraint("taker <> giver", name="taken_by_another"),
        CheckConstraint("(phase = 'offered') = (accepted_at IS NULL)", name="answered_has_time"),
        Index("uq_custody_hand_over_open", "subject", unique=True, **only_while("phase = 'offered'")),
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
    given_label: str | None = identifier(optional=True)
    taken_label: str | None = identifier(optional=True)
    given_device: str | None = text(DEVICE_LENGTH, optional=True)
    taken_device: str | None = text(DEVICE_LENGTH, optional=True)
    phase: HandOverPhase = choice(HandOverPhase)
    refusal_reason: str | None = personal(REASON_LENGTH, optional=True)


class Shipper(Record, table=True):
    """What a shipper, which is a piece of equipment, was qualified for: its range, its hours, its places."""

    __tablename__ = "custody_shipper"
    __table_args__ = (
        _plausible("low_mc"),
        _plausible("high_mc"),
        CheckConstraint("low_mc < high_mc", name="range_in_order"),
        CheckConstraint("holds_hours BETWEEN 1 AND 720", name="hours_bounded"),
        CheckConstraint(f"places_count BETWEEN 1 AND {PLACES_MAX}", name="places_bounded"),
    )

    equipment: str = reference("materials_equipment.code", primary_key=True)
    low_mc: int = number()
    high_mc: int = number()
    holds_hours: int = number()
    places_count: int = number()
    report: str = text(80)
    configured_by: str = identifier()
    configured_at: datetime = moment()


class Shipment(Record, table=True):
    """A shipper with what is packed in it, from the first container put in until it is received or emptied again."""

    __tablename__ = "custody_shipment"
    __table_args__ = (
        chosen("phase", ShipmentPhase),
        chosen("outcome", ReceiptOutcome),
        _plausible("temperature_mc"),
        _plausible("received_temperature_mc"),
        CheckConstraint("(phase = 'received') = (received_at IS NOT NULL)", name="received_has_time"),
        CheckConstraint("(phase IN ('packing', 'emptied')) = (shipped_at IS NULL)", name="shipped_has_time"),
        CheckConstraint("shipped_at IS NULL OR (seal IS NOT NULL AND to_location IS NOT NULL)", name="shipped_sealed"),
        CheckConstraint("refused_by IS NULL OR refused_by <> shipped_by", name="refused_by_another"),
        Index(
            "uq_custody_shipment_shipper",
            "shipper",
            unique=True,
            **only_while("phase IN ('packing', 'shipped', 'going_back')"),
        ),
        Index("ix_custody_shipment_phase", "phase", "code"),
    )

    code: str = identifier(primary_key=True)
    phase: ShipmentPhase = choice(ShipmentPhase)
    shipper: str = reference("materials_equipment.code")
    logger: str | None = reference("materials_equipment.code", optional=True)
    from_location: str = reference("materials_location.code")
    to_location: str | None = reference("materials_location.code", optional=True)
    begun_at: datetime = moment()
    begun_by: str = identifier()
    courier: str | None = text(120, optional=True)
    courier_code: str | None = text(20, optional=True)
    seal: str | None = text(40, optional=True)
    shipped_at: datetime | None = moment(optional=True)
    shipped_by: str | None = identifier(optional=True)
    temperature_mc: int | None = number(optional=True)
    refused_at: datetime | None = moment(optional=True)
    refused_by: str | None = identifier(optional=True)
    refusal_reason: str | None = personal(REASON_LENGTH, optional=True)
    received_location: str | None = reference("materials_location.code", optional=True)
    received_at: datetime | None = moment(optional=True)
    received_by: str | None = identifier(optional=True)
    received_temperature_mc: int | None = number(optional=True)
    received_seal: str | None = text(40, optional=True)
    is_seal_intact: bool | None = flag(optional=True)
    is_packaging_intact: bool | None = flag(optional=True)
    are_labels_legible: bool | None = flag(optional=True)
    outcome: ReceiptOutcome | None = choice(ReceiptOutcome, optional=True)
    receipt_note: str | None = personal(REASON_LENGTH, optional=True)


class Packed(Record, table=True):
    """A container lies in a shipper. `found`: whether it was there when the shipment arrived."""

    __tablename__ = "custody_packed"
    __table_args__ = (
        CheckConstraint("(taken_out_at IS NULL) = (taken_out_by IS NULL)", name="taken_out_by_somebody"),
        Index("uq_custody_packed_subject", "subject", unique=True, **only_while("taken_out_at IS NULL")),
    )

    id: int | None = key()
    shipment: str = reference("custody_shipment.code")
    subject: str = reference("manufacturing_container.code")
    label: str | None = identifier(optional=True)
    packed_at: datetime = moment()
    packed_by: str = identifier()
    taken_out_at: datetime | None = moment(optional=True)
    taken_out_by: str | None = identifier(optional=True)
    found: bool | None = flag(optional=True)


class Log(Record, table=True):
    """What the logger of a shipment wrote, read from its own file, which is kept as it came under its SHA-256.

    `readings` are pairs: seconds after `first_at`, thousandths of a degree.
    """

    __tablename__ = "custody_log"
    __table_args__ = (UniqueConstraint("shipment"),)

    id: int | None = key()
    shipment: str = reference("custody_shipment.code")
    logger: str = reference("materials_equipment.code")
    file_name: str = text(120)
    file_hash: str = text(64)
    zone: str | None = text(60, optional=True)
    first_at: datetime = moment()
    last_at: datetime = moment()
    readings_count: int = number()
    inside_count: int = number()
    duplicates_count: int = number()
    gaps_count: int = number()
    lowest_mc: int | None = number(optional=True)
    highest_mc: int | None = number(optional=True)
    readings: list[list[int]] = document()
    read_by: str = identifier()
    read_at: datetime = moment()


class Spell(Record, table=True):
    """A stretch of time in which a container was too warm, out of controlled temperature, or unwatched."""

    __tablename__ = "custody_spell"
    __table_args__ = (chosen("kind", SpanKind), CheckConstraint("began_at < ended_at", name="ends_after_it_began"))

    id: int | None = key()
    subject: str = identifier(index=True)
    kind: SpanKind = choice(SpanKind)
    began_at: datetime = moment()
    ended_at: datetime = moment()
    log: int | None = number(references="custody_log.id", optional=True)
    reason: str | None = personal(REASON_LENGTH, optional=True)
    entered_by: str = identifier()
    entered_at: datetime = moment()


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
    """Something was found wrong with a container on its way; until QA has decided, nobody uses it.

    `minutes` is how long it was out of controlled temperature in all when that was noticed.
    """

    __tablename__ = "custody_excursion"
    __table_args__ = (
        chosen("phase", ExcursionPhase),
        chosen("outcome", ExcursionOutcome),
        CheckConstraint("(phase = 'assessed') = (outcome IS NOT NULL)", name="assessed_has_outcome"),
        chosen("kind", FindingKind),
        CheckConstraint("kind <> 'temperature' OR temperature_mc IS NOT NULL", name="temperature_is_said"),
        CheckConstraint("kind <> 'budget' OR minutes IS NOT NULL", name="budget_is_said"),
    )

    id: int | None = key()
    subject: str = identifier(index=True)
    kind: FindingKind = choice(FindingKind)
    temperature_mc: int | None = number(optional=True)
    minutes: int | None = number(optional=True)
    shipment: str | None = reference("custody_shipment.code", optional=True)
    account: str | None = personal(REASON_LENGTH, optional=True)
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
    """A container was destroyed by one person, and another saw it. Until the witness signs, the record is not whole.

    `volume_ul` is what of it was destroyed.
    """

    __tablename__ = "custody_destruction"
    __table_args__ = (
        chosen("method", DestructionMethod),
        UniqueConstraint("subject"),
        CheckConstraint("witness <> performer", name="seen_by_another"),
        CheckConstraint("volume_ul >= 0", name="volume_not_negative"),
        CheckConstraint("at <= witnessed_at", name="witnessed_afterwards"),
    )

    id: int | None = key()
    subject: str = reference("manufacturing_container.code")
    performer: str = identifier(index=True)
    witness: str = identifier(index=True)
    method: DestructionMethod = choice(DestructionMethod)
    place: str = reference("materials_location.code")
    volume_ul: int = number()
    at: datetime = moment()
    witnessed_at: datetime | None = moment(optional=True)
    reason: str = personal(REASON_LENGTH)
