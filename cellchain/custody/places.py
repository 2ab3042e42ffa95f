"""Where many things are now, read in one question for each way of being somewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.custody.models import Destruction, HandOver, Packed, Shipment, StoredAt
from cellchain.custody.rules import HandOverPhase
from cellchain.custody.rules.shipping import UNDER_WAY, ShipmentPhase
from cellchain.kernel.values import dataclass
from cellchain.materials import queries as materials
from cellchain.materials.rules import LocationKind
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list, one_of

THINGS_MAX = 100_000
DESTROYED: Any = select(Destruction.subject, Destruction.at).where(among(col(Destruction.subject)))
_CARRIED: tuple[Any, ...] = (
    Packed.subject,
    Shipment.code,
    Shipment.phase,
    Shipment.shipped_at,
    Shipment.begun_at,
)
CARRIED: Any = (
    columns(*_CARRIED)
    .join(Shipment, col(Shipment.code) == col(Packed.shipment))
    .where(
        among(col(Packed.subject)),
        col(Packed.taken_out_at).is_(None),
        one_of(Shipment.phase, (ShipmentPhase.PACKING, *UNDER_WAY)),
    )
)
STANDS: Any = select(StoredAt.subject, StoredAt.location, StoredAt.position, StoredAt.stored_at).where(
    among(col(StoredAt.subject)), col(StoredAt.removed_at).is_(None)
)
OFFERED: Any = select(HandOver.subject, HandOver.to_location, HandOver.offered_at).where(
    among(col(HandOver.subject)), col(HandOver.phase) == HandOverPhase.OFFERED
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing is: `destroyed`, `packed`, `under_way`, `offered`, `ward` or `stored`, and since when.

    `location` is where it stands, or goes to; `shipment` what carries it.
    """

    state: str
    since: datetime | None
    location: str | None = None
    location_name: str = ""
    position: str | None = None
    shipment: str | None = None


def places(tx: ReadTx, codes: Sequence[str]) -> dict[str, Place]:
    """The places of those of many things of which custody knows one."""
    asked: dict[str, Any] = {"limit": THINGS_MAX, "codes": code_list(codes)}
    names: dict[str, materials.LocationFacts] = {}

    def at(location: str) -> materials.LocationFacts:
        if location not in names:
            names[location] = materials.location_facts(tx, location)
        return names[location]

    found: dict[str, Place] = {}
    for subject, location, position, since in tx.many(STANDS, **asked):
        state = "ward" if at(location).kind is LocationKind.WARD else "stored"
        found[subject] = Place(state, since, location, at(location).name, position)
    for subject, location, since in tx.many(OFFERED, **asked):
        found[subject] = Place("offered", since, location, at(location).name)
    for subject, shipment, phase, shipped_at, begun_at in tx.many(CARRIED, **asked):
        state = "packed" if phase is ShipmentPhase.PACKING else "under_way"
        found[subject] = Place(state, shipped_at or begun_at, shipment=shipment)
    for subject, destroyed_at in tx.many(DESTROYED, **asked):
        found[subject] = Place("destroyed", destroyed_at)
    return found
