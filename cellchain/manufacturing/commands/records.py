"""Opening and closing the batch record of a lot at a station, so that no label of another lot prints there."""

from cellchain.labels.printing import queries as printing
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.commands.common import OfLot
from cellchain.manufacturing.models import Lot, StationRecord
from cellchain.manufacturing.rules import stations as rules
from cellchain.manufacturing.rules.lifecycles import STATION_RECORD, StationRecordPhase
from cellchain.manufacturing.statements import RECORD_AT, RECORDS_OPEN_OF
from cellchain.manufacturing.stations import open_at

PLACES_MAX = 100


class RecordResult(CommandResult):
    """Of which lot the record is, at which station, and whether it lies open."""

    lot: str
    station: str
    phase: str


@command(event="manufacturing:record:opened", subject="lot")
def open_record(tx: CommandTx, by: Actor, order: OfLot) -> RecordResult:
    """Open the batch record of a lot at the station where one stands.

    Raises NotFound, Refused `record.no_station`, `record.open_already`, `record.other_open`, `record.labels_left`,
    `lot.record_over`.
    """
    station = rules.station_needed(by.device, printing.stations(tx))
    lot = tx.lock(Lot, order.lot)
    left = printing.left_at(tx, station, but=lot.code)
    rules.may_open_record(lot.code, lot.phase, open_at(tx, station), left)
    row = tx.add(
        StationRecord(
            station=station, lot=lot.code, phase=StationRecordPhase.OPEN, opened_by=by.person, opened_at=tx.happened_at
        )
    )
    tx.note(station=station)
    return RecordResult(lot=row.lot, station=row.station, phase=row.phase)


@command(event="manufacturing:record:closed", subject="lot")
def close_record(tx: CommandTx, by: Actor, order: OfLot) -> RecordResult:
    """Close the batch record that lies open at the station where one stands. Raises Refused `record.*`."""
    station = rules.station_needed(by.device, printing.stations(tx))
    found = tx.one(RECORD_AT, station=station)
    rules.may_close_record(order.lot, None if found is None else found.lot)
    row = _close(tx, tx.lock(StationRecord, None if found is None else found.id))
    tx.note(station=station)
    return RecordResult(lot=row.lot, station=row.station, phase=row.phase)


def close_everywhere(tx: CommandTx, lot: str) -> None:
    """A lot that is over has its record open nowhere."""
    for number in tx.many(RECORDS_OPEN_OF, limit=PLACES_MAX, code=lot):
        _close(tx, tx.lock(StationRecord, number))


def _close(tx: CommandTx, row: StationRecord) -> StationRecord:
    phase = STATION_RECORD.move("close_record", row.phase)
    return tx.change(row, phase=phase, closed_by=tx.by.person, closed_at=tx.happened_at)
