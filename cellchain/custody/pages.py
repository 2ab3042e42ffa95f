"""What the pages of custody show beside the facts: names of places and people, and what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cellchain.accounts.queries import display_name
from cellchain.custody import queries
from cellchain.custody.models import Excursion, HandOver, Shipment, TemperatureReading
from cellchain.custody.queries import Happening, Whereabouts
from cellchain.custody.rules import RANGES_MC, ExcursionPhase
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx

STATES = {
    "stored": ("ok", T("Stored")),
    "offered": ("now", T("Being handed over")),
    "under_way": ("now", T("Under way")),
    "destroyed": ("off", T("Destroyed")),
    "unknown": ("off", T("Not stored yet")),
}
KINDS = {
    "stored": ("ok", T("Stored")),
    "offered": ("now", T("Offered")),
    "accepted": ("ok", T("Taken over")),
    "refused": ("warn", T("Refused")),
    "shipped": ("now", T("Sent")),
    "received": ("ok", T("Received")),
    "excursion": ("stop", T("Excursion")),
    "assessed": ("ok", T("Assessed")),
    "returned": ("warn", T("Returned")),
    "destroyed": ("off", T("Destroyed")),
}
LIVE = (ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED)


@dataclass(frozen=True)
class CustodyPage:
    """What is on its way now, and where everything else stands."""

    offers: Sequence[HandOver]
    shipments: Sequence[Shipment]
    excursions: Sequence[Excursion]
    stored: Sequence[Whereabouts]
    names: dict[str, str]
    places: dict[str, str]


def custody_page(tx: ReadTx) -> CustodyPage:
    """Everything that somebody has to see to, and the stores."""
    offers, shipments = queries.open_offers(tx), queries.shipments_under_way(tx)
    excursions, stored = queries.open_excursions(tx), queries.stored_now(tx)
    people = [
        *(row.giver for row in offers),
        *(row.shipped_by for row in shipments),
        *(row.noticed_by for row in excursions),
        *(row.person for row in stored),
    ]
    places = [*(row.to_location for row in offers), *(row.from_location for row in offers)]
    places += [row.to_location for row in shipments]
    return CustodyPage(offers, shipments, excursions, stored, _names(tx, people), _places(tx, places))


@dataclass(frozen=True)
class WayPage:
    """The way of one container, where it is, and what speaks against using it."""

    facts: ContainerFacts
    title: T
    here: Whereabouts
    happenings: Sequence[Happening]
    problems: Sequence[tuple[str, T]]
    readings: Sequence[TemperatureReading]
    range_mc: tuple[int, int] | None
    excursions: Sequence[Excursion]
    offer: HandOver | None
    shipment: str | None
    at_ward: bool
    names: dict[str, str]

    @property
    def is_bag(self) -> bool:
        """Whether it is meant for a bedside, so that the ward's custody matters."""
        return self.facts.code.startswith("BG")

    @property
    def is_live(self) -> bool:
        """Whether there is still something in it."""
        return self.facts.phase in LIVE


def way_page(tx: ReadTx, code: str, actor: Actor) -> WayPage:
    """One container. Raises NotFound."""
    facts = manufacturing.container_facts(tx, code)
    happenings = queries.timeline(tx, code)
    found = tx.house.describe(tx, code, actor) if tx.house is not None else None
    open_shipments = [row.code for row in queries.shipments_under_way(tx) if row.subject == code]
    people = [person for happening in happenings for person in (happening.person, happening.other)]
    return WayPage(
        facts=facts,
        title=T("{code}", code=code) if found is None else found.title,
        here=queries.whereabouts(tx, code),
        happenings=happenings,
        problems=queries.custody_problems(tx, code) if code.startswith("BG") else (),
        readings=queries.readings_of(tx, code),
        range_mc=RANGES_MC.get(facts.kind),
        excursions=[row for row in queries.excursions_of(tx, code) if row.phase is ExcursionPhase.OPEN],
        offer=queries.open_offer(tx, code),
        shipment=open_shipments[0] if open_shipments else None,
        at_ward=queries.at_ward(tx, code),
        names=_names(tx, people),
    )


def _names(tx: ReadTx, people: Iterable[str | None]) -> dict[str, str]:
    return {person: display_name(tx, person) for person in set(people) if person is not None}


def _places(tx: ReadTx, locations: Iterable[str]) -> dict[str, str]:
    return {location: materials.location_facts(tx, location).name for location in set(locations)}
