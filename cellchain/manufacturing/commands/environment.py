"""What is read in a clean room: kept with its limits, its window and the batch that it speaks about."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import LocationCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import environment, queries
from cellchain.manufacturing.commands.common import LotField
from cellchain.manufacturing.models import Environment
from cellchain.manufacturing.rules import environment as rules
from cellchain.manufacturing.rules.definition import Standing
from cellchain.manufacturing.rules.lifecycles import EnvironmentKind
from cellchain.materials import queries as materials


class ReadingResult(CommandResult):
    """A reading, where it lies, and the lot that it speaks about."""

    reading: int
    location: str
    lot: str | None
    standing: Standing


class RecordEnvironment(Order):
    """One reading of the room. A comment on one outside its limit goes with the request, as its reason."""

    location: Annotated[LocationCode, Field(title="Location")]
    kind: Annotated[EnvironmentKind, Field(title="What was read")]
    value: Annotated[
        Decimal,
        Field(ge=-1000, le=100_000_000, decimal_places=1, title="Value", description="°C, Pa, per m³, CFU or %."),
    ]
    lot: Annotated[
        LotField | None, Field(title="Lot", description="Left empty, the lot that was worked on there then.")
    ] = None
    open_from: Annotated[Moment | None, Field(title="Plate opened", description="For a settle plate.")] = None
    open_until: Annotated[Moment | None, Field(title="Plate closed", description="For a settle plate.")] = None


@command(event="manufacturing:environment:recorded", subject="location")
def record_environment(tx: CommandTx, by: Actor, order: RecordEnvironment) -> ReadingResult:
    """Record temperature, pressure difference, particles, a settle plate or humidity, judged by the room's class.

    Outside an action limit `manufacturing:environment:breached` is recorded too. Raises NotFound, Refused
    `location.closed`, `environment.comment_needed`, `.window_needed`, `.window_wrong`, `.plate_too_long`,
    `.other_place`.
    """
    place = materials.open_location(tx, order.location)
    limits = environment.room_limits()
    window = rules.window_of(order.kind, order.open_from, order.open_until, tx.happened_at, limits.plate_minutes_max)
    lot = order.lot or environment.lot_then(tx, order.location, window)
    rules.may_belong(None if order.lot is None else queries.lot_facts(tx, order.lot).location, order.location)
    tenths = int(order.value * 10)
    standing = rules.standing_of(limits.of(place.room_class, order.kind), tenths)
    rules.may_record(standing, tx.reason)
    row = tx.add(
        Environment(
            location=order.location,
            lot=lot,
            kind=order.kind,
            value=tenths,
            unit=rules.UNITS[order.kind],
            room_class=place.room_class,
            standing=standing,
            window_from=window.start,
            window_until=window.end,
            comment=tx.reason,
            at=tx.happened_at,
            recorded_by=by.person,
        )
    )
    tx.note(standing=standing.value, lot=lot)
    if standing is Standing.ACTION:
        _breach(tx, row, limits.of(place.room_class, order.kind))
    return ReadingResult(reading=row.id or 0, location=row.location, lot=lot, standing=standing)


def _breach(tx: CommandTx, row: Environment, limits: rules.ReadingLimits) -> None:
    low, high = (None, None) if limits.action is None else (limits.action.low, limits.action.high)
    tx.record(
        "manufacturing:environment:breached",
        row.location,
        lot=row.lot,
        reading=row.id,
        kind=row.kind.value,
        value=f"{Decimal(row.value) / 10:f}",
        unit=row.unit,
        low=None if low is None else f"{low:f}",
        high=None if high is None else f"{high:f}",
    )
