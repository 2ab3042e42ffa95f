"""Reading laboratories, and where a sample has been."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.materials.rules import Storage
from cellchain.platform.db import ReadTx
from cellchain.quality.laboratories.models import LaboratoryRow, Transfer
from cellchain.quality.rules.laboratories import Arrival, Laboratory, LaboratoryPhase, TransferPhase, Whereabouts

CATALOGUE = "laboratories"  # the list that forms choose from
LABORATORIES_MAX = 200
TRANSFERS_MAX = 500

ALL = select(LaboratoryRow).order_by(col(LaboratoryRow.phase).desc(), col(LaboratoryRow.name))
NAMED = select(LaboratoryRow).where(col(LaboratoryRow.name) == bindparam("name"))
OF_SAMPLE: Any = select(Transfer).where(col(Transfer.sample) == bindparam("sample")).order_by(col(Transfer.id).desc())
ON_THEIR_WAY = select(Transfer).where(col(Transfer.phase) == TransferPhase.SENT).order_by(col(Transfer.sent_at))


@dataclass(frozen=True)
class TransferFacts:
    """One hand-over of a sample to a laboratory. Its temperature is in thousandths of a degree."""

    id: int
    sample: str
    laboratory: Laboratory
    sent_as: Storage
    carrier: str | None
    seal: str | None
    sent_by: str
    sent_at: datetime
    phase: TransferPhase
    arrival: Arrival | None
    temperature_mc: int | None
    receiver: str | None
    arrived_by: str | None
    arrived_at: datetime | None
    note: str | None


def laboratories(tx: ReadTx) -> list[Laboratory]:
    """Every laboratory, the open ones first."""
    return [_laboratory(row) for row in tx.many(ALL, limit=LABORATORIES_MAX)]


def laboratory(tx: ReadTx, number: int) -> Laboratory:
    """One laboratory. Raises NotFound."""
    return _laboratory(tx.get(LaboratoryRow, number))


def choices(tx: ReadTx) -> list[tuple[str, str]]:
    """The laboratories that a sample may go to, for a form to choose from."""
    return [(str(one.id), one.name) for one in laboratories(tx) if one.phase is LaboratoryPhase.OPEN]


def transfers_of(tx: ReadTx, sample: str) -> list[TransferFacts]:
    """Every hand-over of a sample, the newest first."""
    return _transfers(tx, tx.many(OF_SAMPLE, limit=TRANSFERS_MAX, sample=sample))


def on_their_way(tx: ReadTx) -> list[TransferFacts]:
    """Samples that were sent and have not arrived, the oldest first."""
    return _transfers(tx, tx.many(ON_THEIR_WAY, limit=TRANSFERS_MAX))


def whereabouts(tx: ReadTx, sample: str) -> Whereabouts | None:
    """The last hand-over of a sample; None where it never left the hands that took it."""
    row = tx.one(OF_SAMPLE, sample=sample)
    return None if row is None else Whereabouts(row.phase, laboratory(tx, row.laboratory), row.sent_by)


def outside_at(tx: ReadTx, sample: str) -> int | None:
    """The contract laboratory that has a sample; None while it is ours to test."""
    where = whereabouts(tx, sample)
    if where is None or where.phase is not TransferPhase.RECEIVED or not where.laboratory.is_outside:
        return None
    return where.laboratory.id


def _transfers(tx: ReadTx, rows: list[Transfer]) -> list[TransferFacts]:
    known = {number: laboratory(tx, number) for number in {row.laboratory for row in rows}}
    return [_transfer(row, known) for row in rows]


def _transfer(row: Transfer, known: Mapping[int, Laboratory]) -> TransferFacts:
    names = TransferFacts.__dataclass_fields__.keys() - {"laboratory"}
    return TransferFacts(laboratory=known[row.laboratory], **{name: getattr(row, name) for name in names})


def _laboratory(row: LaboratoryRow) -> Laboratory:
    return Laboratory(row.id or 0, row.name, row.kind, row.agreement, row.agreement_until, row.phase)
