"""One more scan of wristband and bag at an infusion under way: what does not fit is a STOP, and a near miss."""

from cellchain.bedside import queries as bedside
from cellchain.bedside.commands import RawBag, RawWristband, storable
from cellchain.bedside.infusions.commands.common import InfusionId
from cellchain.bedside.infusions.models import Infusion
from cellchain.bedside.models import STOPS, Check
from cellchain.bedside.rules import Capture, CheckPhase, Verdict, misfits
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order
from cellchain.ledger.tx import CommandTx


class Rescan(Order):
    """Symbols are taken as the scanner sent them: a damaged one is a recorded STOP too."""

    infusion: InfusionId
    wristband: RawWristband
    bag: RawBag


class RescanResult(CommandResult):
    """Empty where both symbols are those of the infusion; else the STOP: its first reason, and the number of its check.

    A code with its message is shown as a STOP wherever the order was sent from.
    """

    code: str | None = None
    message: str | None = None
    check: int | None = None


def stopped(tx: CommandTx, by: Actor, row: Infusion, order: Rescan) -> RescanResult | None:
    """The STOP of a scan that does not fit, recorded; None where it fits."""
    band, label = bedside.read_wristband(tx, order.wristband), bedside.read_bag(tx, order.bag)
    found = misfits(band, label, row.recipient, row.bag)
    codes = [reason.code for reason in found]
    tx.note(verdict="STOP" if found else "MATCH", reasons=codes)
    if not found:
        return None
    check = tx.add(
        Check(
            bag=label.bag,
            recipient=band.recipient,
            wristband_read=storable(order.wristband),
            bag_read=storable(order.bag),
            verdict=Verdict.STOP,
            stop_number=tx.next_value(STOPS.name()),
            reasons=codes,
            phase=CheckPhase.STOPPED,
            capture=Capture.WEDGE,
            checked_at=tx.now,
            checked_by=by.person,
            device=by.device,
            infusion=row.id,
        )
    )
    tx.record("bedside:check:stopped", row.bag, check=check.id, reasons=codes)
    return RescanResult(code=found[0].code, message=str(found[0].text), check=check.id)
