"""What the rooms, the machines and the stores need somebody for: told on Today like everything else."""

from collections.abc import Iterator

from cellchain.custody import boxes
from cellchain.custody import queries as custody
from cellchain.custody.rules.shipping import ShipmentPhase
from cellchain.kernel.text import T
from cellchain.manufacturing import clocks
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import inventory
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentFacts, stock
from cellchain.trace.situation import DAY, Need, Situation, since, until
from cellchain.web.format import grouped

ROWS_MAX = 40


def batch_clocks(at: Situation) -> Iterator[Need]:
    """Cells that are to be fed, separated or harvested within a day, or should have been."""
    for lot in manufacturing.open_lots(at.tx)[:ROWS_MAX]:
        for clock in clocks.clocks_of_lot(at.tx, lot.code):
            if clock.ask is None or clock.until - at.tx.now > DAY:
                continue
            status, words = until(at.tx, clock.until)
            yield Need(status, clock.until, words, clock.ask, f"/bench/{lot.code}", T("Go to bench"))


def equipment(at: Situation) -> Iterator[Need]:
    """Calibrations and qualifications that end soon or have ended."""
    for facts in materials.equipment_due(at.tx)[:ROWS_MAX]:
        if facts.due_on is None:
            continue
        status, words = until(at.tx, facts.due_on)
        yield Need(
            status,
            facts.due_on,
            words,
            _due_sentence(facts),
            f"/materials/equipment/{facts.code}",
            T("Open equipment"),
            T("It may not be used any more.") if status == "stop" else T("After that day it may not be used."),
        )


def _due_sentence(facts: EquipmentFacts) -> T:
    if facts.due_on == facts.calibration_due:
        return T("Have {name} calibrated.", name=facts.name)
    return T("Have {name} qualified.", name=facts.name)


def witnesses(at: Situation) -> Iterator[Need]:
    """Folders elsewhere that checkpoints of the ledger wait for."""
    for one in at.tx.house.witnesses():
        if one.is_away:
            status, words = since(at.tx, one.away_since)
            yield Need(
                status,
                one.away_since,
                words,
                T("Bring the witness {folder} back.", folder=str(one.folder)),
                "/ledger#witnesses",
                T("Open ledger"),
                T("Checkpoints of the ledger wait for it. Nobody else has to."),
            )


def cleaning(at: Situation) -> Iterator[Need]:
    """Equipment that is to be cleaned today, or should have been."""
    for facts in materials.cleaning_due(at.tx)[:ROWS_MAX]:
        if facts.clean_by is not None:
            status, words = until(at.tx, facts.clean_by)
            yield Need(
                "warn" if status == "stop" else status,
                facts.clean_by,
                words,
                T("Clean {name}.", name=facts.name),
                f"/do/materials/record_cleaning?equipment={facts.code}",
                T("Record cleaning"),
            )


def low_stock(at: Situation) -> Iterator[Need]:
    """Materials of which no more is left than the amount at which they are ordered."""
    for one in inventory.low_stocks(at.tx)[:ROWS_MAX]:
        yield Need(
            "stop" if not one.left_milli else "warn",
            None,
            T("none left") if not one.left_milli else T("low"),
            T("Order {name}.", name=one.name),
            "/materials",
            T("Open materials"),
            T(
                "{left} {unit} are left, it is ordered at {low} {unit}.",
                left=stock.in_unit(one.left_milli),
                low=stock.in_unit(one.low_milli or 0),
                unit=one.unit.label,
            ),
        )


def expiring(at: Situation) -> Iterator[Need]:
    """Accepted lots that end soon, and those that ended and still stand among the accepted ones."""
    for lot in materials.expiring_lots(at.tx)[:ROWS_MAX]:
        status, words = until(at.tx, lot.expires_on)
        is_over = status == "stop"
        sentence = T("Take expired {name} out of the store.", name=lot.name)
        yield Need(
            "warn" if is_over else status,
            lot.expires_on,
            words,
            sentence if is_over else T("Use {name} first, it ends soon.", name=lot.name),
            f"/materials/lots/{lot.code}",
            T("Open lot"),
            T("Lot {lot}.", lot=grouped(lot.code)),
        )


def picks(at: Situation) -> Iterator[Need]:
    """Vials that are kept for a lot and wait in their cells."""
    for lot, count in boxes.reserved_by_lot(at.tx).items():
        yield Need(
            "pend",
            None,
            T("waits"),
            T("Fetch vials for batch {lot}: {count}.", lot=grouped(lot), count=count),
            "/custody/pick",
            T("Open list"),
            stage="bank",
        )


def arrivals(at: Situation) -> Iterator[Need]:
    """Shippers that are under way, for whoever did not send them."""
    for row in custody.shipments_open(at.tx)[:ROWS_MAX]:
        if row.phase is ShipmentPhase.PACKING or at.actor.person == (row.refused_by or row.shipped_by):
            continue
        status, words = since(at.tx, row.shipped_at or row.begun_at, "now")
        yield Need(
            status,
            row.shipped_at,
            words,
            T("Receive shipment {shipment}.", shipment=grouped(row.code)),
            f"/do/custody/receive?shipment={row.code}",
            T("Receive"),
            T("Sent with {courier}.", courier=row.courier),
            stage="bags",
        )


def loggers(at: Situation) -> Iterator[Need]:
    """Shipments whose logger nobody has read out: until then the bedside stops what came in them."""
    for row in custody.unread_loggers(at.tx)[:ROWS_MAX]:
        yield Need(
            "warn",
            row.received_at,
            T("waits for you"),
            T("Read out the logger of shipment {shipment}.", shipment=grouped(row.code)),
            f"/do/custody/import_log?shipment={row.code}&logger={row.logger}",
            T("Read out"),
            stage="bags",
        )
