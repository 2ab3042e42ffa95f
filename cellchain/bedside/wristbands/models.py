"""Wristbands of hospitals that stand for a recipient."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.bedside.wristbands.rules import SYMBOL_MAX, BandPhase
from cellchain.platform.columns import Record, choice, chosen, key, moment, only_while, personal, reference, text
from cellchain.platform.columns import code as identifier


class HospitalBand(Record, table=True):
    """A hospital's wristband, bound by two people. Its number is the hospital's: it lies sealed, and is found by
    its keyed digest `mark`. One live band a recipient, and one recipient a band."""

    __tablename__ = "bedside_hospital_band"
    __table_args__ = (
        chosen("phase", BandPhase),
        CheckConstraint("bound_by <> witness", name="two_people"),
        CheckConstraint("(phase = 'void') = (voided_at IS NOT NULL)", name="void_has_time"),
        Index("uq_bedside_hospital_band_mark", "mark", unique=True, **only_while("phase = 'live'")),
        Index("uq_bedside_hospital_band_recipient", "recipient", unique=True, **only_while("phase = 'live'")),
        Index("ix_bedside_hospital_band_any_mark", "mark"),
    )

    id: int | None = key()
    mark: str = text(64)
    symbol: str = personal(SYMBOL_MAX, encrypted=True)
    recipient: str = reference("trial_recipient.code")
    bound_at: datetime = moment()
    bound_by: str = identifier()
    witness: str = identifier()
    phase: BandPhase = choice(BandPhase)
    voided_at: datetime | None = moment(optional=True)
    voided_by: str | None = identifier(optional=True)
    void_witness: str | None = identifier(optional=True)
