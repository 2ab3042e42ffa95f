"""Custody in the demonstration: hand-overs by two people, and bags that travel sealed in a shipper with a logger."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cellchain.custody import commands as custody
from cellchain.demo.stage import Stage
from cellchain.labels import queries as labels
from cellchain.labels.elements import ATTACHED_DESIGN
from cellchain.labels.rules import LabelPhase
from cellchain.ledger import uploads

COLD_MC = 4_200
ROOM_MC = 20_500
COURIER, COURIER_CODE = "Demonstration Couriers", "DC-07"
LOGGER_MINUTES = 5
# The logger's clock runs in Moscow, its numbers have a comma: as such files come.
ZONE_HOURS, ZONE = 3, "Europe/Moscow"
DRIFT_MC = (0, 150, 300, 220, 90, -60)


def carry(
    stage: Stage,
    lab: Any,
    subject: str,
    giver: str,
    taker: str,
    origin: str,
    target: str,
    *,
    temperature_mc: int = ROOM_MC,
) -> None:
    """One hand-over from `giver` to `taker`, each of whom scans the label."""
    seal = offer(stage, lab, subject, giver, origin, target, temperature_mc=temperature_mc)
    label = label_on(stage, subject)
    stage.do(taker, custody.accept, label=label, subject=subject, temperature_mc=temperature_mc + 200, seal=seal)


def offer(
    stage: Stage, lab: Any, subject: str, giver: str, origin: str, target: str, *, temperature_mc: int = ROOM_MC
) -> str:
    """The first half of a hand-over, and the way there. Gives the seal."""
    seal = _seal(stage)
    stage.do(
        giver,
        custody.hand_over,
        label=label_on(stage, subject),
        subject=subject,
        from_location=lab.places[origin],
        to_location=lab.places[target],
        temperature_mc=temperature_mc,
        seal=seal,
    )
    stage.wait(minutes=6)
    return seal


def send(stage: Stage, lab: Any, bags: Sequence[str], sender: str, receiver: str, shipper: str) -> str:
    """Bags go from the cold store to the ward: packed, sealed, logged, looked at on arrival. Gives the shipment."""
    for bag in bags:
        stage.do(sender, custody.store, subject=bag, location=lab.places["Cold store"])
        stage.wait(seconds=30)
        stage.do(sender, custody.pack, shipper=lab.shippers[shipper], label=label_on(stage, bag))
    stage.wait(minutes=1)
    seal = _seal(stage)
    sent = stage.do(
        sender,
        custody.ship,
        shipper=lab.shippers[shipper],
        to_location=lab.places["Ward 3"],
        courier=COURIER,
        courier_code=COURIER_CODE,
        seal=seal,
        temperature_mc=COLD_MC,
        logger=lab.loggers[shipper],
    )
    log = _Logger(stage)
    stage.wait(minutes=14)
    stage.do(
        receiver,
        custody.receive,
        shipment=sent["shipment"],
        labels=tuple(label_on(stage, bag) for bag in bags),
        seal=seal,
        seal_intact=True,
        packaging_intact=True,
        labels_legible=True,
        temperature_mc=COLD_MC + 300,
        outcome="accepted",
    )
    stage.wait(minutes=2)
    stage.do(
        receiver, custody.import_log, shipment=sent["shipment"], logger=lab.loggers[shipper], **log.read_out(receiver)
    )
    shipment: str = sent["shipment"]
    return shipment


class _Logger:
    """A logger that was started a little before its shipper was closed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.began = stage.clock.now() - timedelta(minutes=12)

    def read_out(self, receiver: str) -> dict[str, Any]:
        """The file that it writes now, and where its clock was set."""
        lines, at, turn = ["Logger;Demonstration", "", "No.;Date;Time;Temperature (°C)"], self.began, 0
        while at <= self.stage.clock.now():
            local = at + timedelta(hours=ZONE_HOURS)
            whole, part = divmod(COLD_MC + DRIFT_MC[turn % len(DRIFT_MC)], 1_000)
            lines.append(f"{turn + 1};{local:%d.%m.%Y;%H:%M:%S};{whole},{part:03d}")
            at, turn = at + timedelta(minutes=LOGGER_MINUTES), turn + 1
        content = "\r\n".join(lines).encode("utf-8-sig")
        digest = uploads.receive(self.stage.installation, self.stage.code_of(receiver), content)
        return {"file": {"name": f"demonstration-{self.began:%Y%m%d-%H%M}.csv", "sha256": digest}, "zone": ZONE}


def label_on(stage: Stage, subject: str) -> str:
    """The symbol of the label that a container wears."""
    with stage.installation.database.read() as tx:
        worn = labels.labels_of(tx, subject)
    found = [one for one in worn if one.phase == LabelPhase.CONFIRMED and one.design != ATTACHED_DESIGN]
    symbol: str = found[-1].symbol
    return symbol


def _seal(stage: Stage) -> str:
    return f"SEAL-{stage.random.randrange(10_000):04d}"
