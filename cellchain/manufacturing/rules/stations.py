"""When the batch record of a lot is opened and closed at a station. Pure."""

from collections.abc import Sequence

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import phase_text
from cellchain.manufacturing.rules.lifecycles import LotPhase


def station_needed(station: str | None, enrolled: frozenset[str]) -> str:
    """The station where somebody stands. Raises Refused `record.no_station`: a record lies open at a place."""
    if station is None or station not in enrolled:
        raise Refused(
            "record.no_station",
            "This screen is no enrolled station, so no batch record is opened or closed on it. Do it at the bench.",
        )
    return station


def may_open_record(lot: str, phase: LotPhase, open_here: str | None, left_here: Sequence[str]) -> None:
    """A record is opened at a station that is clear: no other record, no label of another lot that lies about.

    The lot's own line was cleared and verified when the lot was opened. `left_here` are the labels of other lots that
    were printed at this station and never scanned back. Raises Refused `lot.record_over`, `record.*`.
    """
    if phase not in (LotPhase.OPEN, LotPhase.COMPLETED):
        raise Refused(
            "lot.record_over",
            "The batch record of lot {lot} is over: the lot is {phase}. Open the record of another lot.",
            lot=lot,
            phase=phase_text(phase),
        )
    if open_here == lot:
        raise Refused("record.open_already", "The batch record of lot {lot} is open here already. Go on.", lot=lot)
    if open_here is not None:
        raise Refused(
            "record.other_open",
            "The batch record of lot {lot} is open at this station. Close it, clear the bench, then open this one.",
            lot=open_here,
        )
    if left_here:
        raise Refused(
            "record.labels_left",
            "This station is not clear: {count} labels of other lots were printed here and not scanned back, the first "
            "is {label}. Scan each back or void it, then open the record.",
            count=len(left_here),
            label=left_here[0],
        )


def may_close_record(lot: str, open_here: str | None) -> None:
    """What is closed is what lies open: an old page must not close another's record. Raises Refused."""
    if open_here != lot:
        raise Refused(
            "record.not_open", "The batch record of lot {lot} is not open at this station. Reload the page.", lot=lot
        )
