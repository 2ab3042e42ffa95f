"""Which batch record lies open at a station. Labels ask this, and the bench shows it."""

from datetime import datetime

from cellchain.accounts.queries import display_name
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.models import StationRecord
from cellchain.manufacturing.statements import DONE_SINCE, RECORD_AT
from cellchain.platform.db import ReadTx


@dataclass(frozen=True)
class OpenRecord:
    """The record that lies open at a station: of which lot, since when, opened by whom."""

    station: str
    lot: str
    opened_by: str
    opened_at: datetime


def record_at(tx: ReadTx, station: str | None) -> OpenRecord | None:
    """The open record of a station, for people to read; None where there is none, or no station."""
    row: StationRecord | None = None if station is None else tx.one(RECORD_AT, station=station)
    return None if row is None else OpenRecord(row.station, row.lot, display_name(tx, row.opened_by), row.opened_at)


def open_at(tx: ReadTx, station: str) -> str | None:
    """The lot whose batch record is open at a station, or None."""
    row = tx.one(RECORD_AT, station=station)
    return None if row is None else row.lot


def step_done_since(tx: ReadTx, lot: str, at: datetime) -> bool:
    """Whether a step of a lot was completed after `at`."""
    return tx.one(DONE_SINCE, code=lot, at=at) is not None
