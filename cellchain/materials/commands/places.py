"""The verbs of places: opened, classified, closed."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import Kind, LocationCode
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.materials import queries
from cellchain.materials.commands.common import Name, Reason
from cellchain.materials.models import Location
from cellchain.materials.rules import LOCATION, LocationKind, LocationPhase, RoomClass

RoomClassField = Annotated[
    RoomClass, Field(title="Room class", description="Readings are judged by its limits. Left empty: no limits.")
]


class LocationResult(CommandResult):
    """A location, and where it stands now."""

    location: str
    phase: LocationPhase


class RegisterLocation(Order):
    """A place that a hand scanner can name."""

    name: Name
    kind: Annotated[LocationKind, Field(title="Kind")]
    room_class: RoomClassField | None = None


@command(event="materials:location:registered")
def register_location(tx: CommandTx, by: Actor, order: RegisterLocation) -> LocationResult:
    """Register a location. Raises Refused `location.name_taken`."""
    if queries.location_named(tx, order.name) is not None:
        raise Refused("location.name_taken", "There is already {name}. Give this place another name.", name=order.name)
    row = tx.add(
        Location(
            code=issue(tx, Kind.LOCATION),
            phase=LocationPhase.OPEN,
            name=order.name,
            kind=order.kind,
            room_class=order.room_class,
        )
    )
    tx.about(row.code)
    return LocationResult(location=row.code, phase=row.phase)


class ClassifyLocation(Order):
    """How clean the air of a place is meant to be."""

    location: Annotated[LocationCode, Field(title="Location")]
    room_class: RoomClassField | None = None


@command(event="materials:location:classified", subject="location")
def classify_location(tx: CommandTx, by: Actor, order: ClassifyLocation) -> LocationResult:
    """Set the room class by whose limits readings are judged from now on; without one, no limit. Raises NotFound."""
    row = tx.lock(Location, order.location)
    row = tx.change(row, room_class=order.room_class)
    return LocationResult(location=row.code, phase=row.phase)


class CloseLocation(Order):
    """A place that is given up."""

    location: Annotated[LocationCode, Field(title="Location")]
    reason: Reason


@command(event="materials:location:closed", subject="location")
def close_location(tx: CommandTx, by: Actor, order: CloseLocation) -> LocationResult:
    """Close a location for good. Raises Refused `location.phase`."""
    row = tx.lock(Location, order.location)
    row = tx.change(row, phase=LOCATION.move("close", row.phase), closed_reason=order.reason)
    return LocationResult(location=row.code, phase=row.phase)
