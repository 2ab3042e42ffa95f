"""Tables of laboratories and of the hand-overs of samples to them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.materials.rules import Storage
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.quality.rules.laboratories import Arrival, LaboratoryKind, LaboratoryPhase, TransferPhase

NAME_LENGTH = 80
AGREEMENT_LENGTH = 40
CARRIER_LENGTH = 60
SEAL_LENGTH = 40
RECEIVER_LENGTH = 80


class LaboratoryRow(Record, table=True):
    """A laboratory. A contract laboratory has an agreement that holds through its last day."""

    __tablename__ = "quality_laboratory"
    __table_args__ = (
        chosen("kind", LaboratoryKind),
        chosen("phase", LaboratoryPhase),
        CheckConstraint("(kind = 'contract') = (agreement IS NOT NULL)", name="contract_has_agreement"),
        CheckConstraint("(agreement IS NULL) = (agreement_until IS NULL)", name="agreement_has_end"),
        UniqueConstraint("name"),
    )

    id: int | None = key()
    name: str = text(NAME_LENGTH)
    kind: LaboratoryKind = choice(LaboratoryKind)
    agreement: str | None = text(AGREEMENT_LENGTH, optional=True)
    agreement_until: date | None = day(optional=True)
    phase: LaboratoryPhase = choice(LaboratoryPhase)
    registered_by: str = identifier()
    registered_at: datetime = moment()
    closed_at: datetime | None = moment(optional=True)


class Transfer(Record, table=True):
    """One hand-over of a sample to a laboratory: sent by somebody, received or refused by somebody else.

    `receiver` is whoever took it at a contract laboratory; in our own, `arrived_by` did.
    """

    __tablename__ = "quality_transfer"
    __table_args__ = (
        chosen("phase", TransferPhase),
        chosen("sent_as", Storage),
        chosen("arrival", Arrival),
        CheckConstraint("(phase = 'sent') = (arrived_at IS NULL)", name="arrival_has_time"),
        CheckConstraint("(phase = 'received') = (COALESCE(arrival, '') = 'sound')", name="received_sound"),
        CheckConstraint("receiver IS NOT NULL OR arrived_by <> sent_by", name="taken_by_another"),
        Index("uq_quality_transfer_sent", "sample", unique=True, **only_while("phase = 'sent'")),
    )

    id: int | None = key()
    sample: str = reference("quality_sample.code")
    laboratory: int = number(references="quality_laboratory.id")
    sent_as: Storage = choice(Storage)
    carrier: str | None = text(CARRIER_LENGTH, optional=True)
    seal: str | None = text(SEAL_LENGTH, optional=True)
    sent_by: str = identifier()
    sent_at: datetime = moment()
    phase: TransferPhase = choice(TransferPhase)
    arrival: Arrival | None = choice(Arrival, optional=True)
    temperature_mc: int | None = number(optional=True)
    receiver: str | None = personal(RECEIVER_LENGTH, optional=True)
    arrived_by: str | None = identifier(optional=True)
    arrived_at: datetime | None = moment(optional=True)
    note: str | None = personal(500, optional=True)
