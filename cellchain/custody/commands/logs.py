"""The logger of a shipment is read out: its file is kept as it came, and held against what each container bears."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from cellchain.custody import queries
from cellchain.custody.commands.findings import check_exposure, notice
from cellchain.custody.commands.shipments import ShipmentField
from cellchain.custody.models import Log, Shipment, Spell
from cellchain.custody.rules import logs, shipping
from cellchain.custody.rules.chain import SpanKind
from cellchain.custody.rules.logs import DateOrder, Judged, Reading
from cellchain.custody.rules.shipping import FindingKind
from cellchain.identity.codes import EquipmentCode
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import TEXTS
from cellchain.ledger.registry import CommandResult, Order, Text, Unfit, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received
from cellchain.platform.db import ReadTx

# A link of the operating system's, which names another zone on every machine.
ZONES = available_timezones() - {"localtime"}


def _zone(value: str) -> str:
    if value not in ZONES:
        raise Unfit(T("No such time zone is known. Enter one such as Europe/Moscow or UTC."))
    return value


class LogRead(CommandResult):
    """What a logger's file said. `warm_minutes` and `silent_minutes` are those of the container that fared worst."""

    shipment: str
    log: int
    readings: int
    duplicates: int
    gaps: int
    lowest_mc: int | None
    highest_mc: int | None
    warm_minutes: int
    silent_minutes: int
    excursion: bool


class ImportLog(Order):
    """The file of the logger that travelled with a shipment."""

    shipment: ShipmentField
    logger: Annotated[EquipmentCode, Field(title="Logger", description="Scan the logger that was inside.")]
    file: Annotated[
        Upload,
        Field(
            title="The logger's file",
            description="CSV as the logger exports it.",
            json_schema_extra=accepting(TEXTS),
        ),
    ]
    zone: Annotated[
        Annotated[Text, Field(max_length=60), AfterValidator(_zone)] | None,
        Field(
            title="Time zone of the logger's clock",
            description="Such as Europe/Moscow. Left empty where the times say it themselves.",
        ),
    ] = None
    dates: Annotated[DateOrder | None, Field(title="Dates", description="Only for dates such as 03/02/2026.")] = None


@command(event="custody:log:imported", subject="shipment")
def import_log(tx: CommandTx, by: Actor, order: ImportLog) -> LogRead:
    """Read a logger's own file, from the seal to the receipt of its shipment, for every container that travelled.

    Raises NotFound `file.not_received`, Refused `log.*`, `file.*`.
    """
    shipment = tx.lock(Shipment, order.shipment)
    known = queries.log_of(tx, shipment.code) is not None
    shipping.may_import(shipment.phase, shipment.logger, order.logger, known=known)
    file = received(tx, order.file, TEXTS)
    text = logs.text_of(tx.house.fetch(file.digest))
    found = logs.log_of(text, None if order.zone is None else ZoneInfo(order.zone), order.dates)
    window = (shipment.shipped_at or tx.now, shipment.received_at or tx.now)
    subjects = [one.subject for one in queries.packed_in(tx, shipment.code) if one.found]
    judged = {subject: _judged(tx, found.readings, subject, window) for subject in subjects}
    gaps = [one.silent for one in judged.values() if one is not None]
    inside = [one for one in found.readings if window[0] <= one.at <= window[1]]
    row = tx.add(
        Log(
            shipment=shipment.code,
            logger=order.logger,
            file_name=file.name,
            file_hash=file.digest,
            zone=order.zone,
            first_at=found.readings[0].at,
            last_at=found.readings[-1].at,
            readings_count=len(found.readings),
            inside_count=len(inside),
            duplicates_count=found.duplicates_count,
            gaps_count=max(map(len, gaps), default=0),
            lowest_mc=min((one.temperature_mc for one in inside), default=None),
            highest_mc=max((one.temperature_mc for one in inside), default=None),
            readings=_document(found.readings),
            read_by=by.person,
            read_at=tx.happened_at,
        )
    )
    excursions = [_judge(tx, row, subject, one) for subject, one in judged.items() if one is not None]
    tx.note(file=row.file_hash, gaps=row.gaps_count, duplicates=row.duplicates_count)
    return LogRead(
        shipment=shipment.code,
        log=row.id or 0,
        readings=row.readings_count,
        duplicates=row.duplicates_count,
        gaps=row.gaps_count,
        lowest_mc=row.lowest_mc,
        highest_mc=row.highest_mc,
        warm_minutes=max((_minutes(one.warm) for one in judged.values() if one is not None), default=0),
        silent_minutes=max((_minutes(one.silent) for one in judged.values() if one is not None), default=0),
        excursion=any(excursions),
    )


def _document(readings: tuple[Reading, ...]) -> list[list[int]]:
    began = readings[0].at
    return [[int((one.at - began).total_seconds()), one.temperature_mc] for one in readings]


def _judged(
    tx: ReadTx, readings: tuple[Reading, ...], subject: str, window: tuple[datetime, datetime]
) -> Judged | None:
    climate = queries.climate_of(tx, subject)
    return None if climate is None else logs.judged(readings, climate, *window)


def _judge(tx: CommandTx, log: Log, subject: str, found: Judged) -> bool:
    """Write down when a container was too warm or unwatched. Whether QA has to know."""
    for kind, stretches in ((SpanKind.WARM, found.warm), (SpanKind.UNLOGGED, found.silent)):
        for began, ended in stretches:
            tx.add(
                Spell(
                    subject=subject,
                    kind=kind,
                    began_at=began,
                    ended_at=ended,
                    log=log.id,
                    entered_by=tx.by.person,
                    entered_at=tx.now,
                )
            )
    if found.worst is not None:
        worst = found.worst
        notice(
            tx,
            subject,
            FindingKind.TEMPERATURE,
            temperature_mc=worst.temperature_mc,
            shipment=log.shipment,
            at=worst.at,
        )
    return check_exposure(tx, subject) or found.worst is not None


def _minutes(stretches: tuple[logs.Stretch, ...]) -> int:
    return -(-int(sum((ended - began).total_seconds() for began, ended in stretches)) // 60)
