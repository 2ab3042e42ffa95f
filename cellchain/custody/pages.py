"""What the pages of custody show beside the facts: names of places and people, and what comes next."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cellchain.accounts.queries import display_name
from cellchain.custody import charts, queries
from cellchain.custody.charts import Chart, Point
from cellchain.custody.destructions import queries as destructions
from cellchain.custody.models import Excursion, HandOver, Log, Packed, Shipment, Shipper, TemperatureReading
from cellchain.custody.queries import Whereabouts
from cellchain.custody.rules import ExcursionPhase
from cellchain.custody.rules.chain import Exposure, Gap
from cellchain.custody.rules.climate import Climate, Range, range_of
from cellchain.custody.rules.shipping import FINDING_WORDS, FindingKind, ReceiptOutcome, ShipmentPhase
from cellchain.custody.timeline import Happening, timeline
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.materials import queries as materials
from cellchain.materials.queries import EquipmentLine
from cellchain.materials.rules import EquipmentKind
from cellchain.platform.db import ReadTx

STATES = {
    "stored": ("ok", T("Stored")),
    "offered": ("now", T("Being handed over")),
    "packed": ("now", T("Packed")),
    "under_way": ("now", T("Under way")),
    "destroyed": ("off", T("Destroyed")),
    "unknown": ("off", T("Not stored yet")),
}
KINDS = {
    "stored": ("ok", T("Stored")),
    "offered": ("now", T("Offered")),
    "accepted": ("ok", T("Taken over")),
    "refused": ("warn", T("Refused")),
    "packed": ("ok", T("Packed")),
    "unpacked": ("ok", T("Unpacked")),
    "shipped": ("now", T("Sent")),
    "received": ("ok", T("Received")),
    "missing": ("stop", T("Missing")),
    "log": ("ok", T("Logger read out")),
    "spell": ("warn", T("Time out")),
    "excursion": ("stop", T("Excursion")),
    "assessed": ("ok", T("Assessed")),
    "returned": ("warn", T("Returned")),
    "destroyed": ("off", T("Destroyed")),
}
SHIPMENT_STATES = {
    ShipmentPhase.PACKING: ("now", T("Being packed")),
    ShipmentPhase.EMPTIED: ("off", T("Emptied again")),
    ShipmentPhase.SHIPPED: ("now", T("Under way")),
    ShipmentPhase.GOING_BACK: ("stop", T("Refused, going back")),
    ShipmentPhase.RECEIVED: ("ok", T("Received")),
}
OUTCOME_WORDS = {ReceiptOutcome.ACCEPTED: T("Accepted"), ReceiptOutcome.UNDER_HOLD: T("Accepted under hold")}
LIVE = (ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED)


def finding_words(row: Excursion) -> T:
    """What was found, in words."""
    return FINDING_WORDS[row.kind]


@dataclass(frozen=True)
class ShipmentLine:
    """A shipment in a list: the shipper by its name, and the containers in it."""

    row: Shipment
    shipper: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class CustodyPage:
    """What is on its way now, and where everything else stands."""

    offers: Sequence[HandOver]
    shipments: Sequence[ShipmentLine]
    unread: Sequence[ShipmentLine]
    excursions: Sequence[Excursion]
    stored: Sequence[Whereabouts]
    names: dict[str, str]
    places: dict[str, str]

    @property
    def moving_count(self) -> int:
        """How many containers are between two places."""
        packed = [subject for line in self.shipments for subject in line.subjects]
        return len(self.offers) + len(packed)


def custody_page(tx: ReadTx) -> CustodyPage:
    """Everything that somebody has to see to, and the stores."""
    offers, shipments = queries.open_offers(tx), [_line(tx, row) for row in queries.shipments_open(tx)]
    excursions, stored = queries.open_excursions(tx), queries.stored_now(tx)
    unread = [_line(tx, row) for row in queries.unread_loggers(tx)]
    people = [
        *(row.giver for row in offers),
        *(line.row.shipped_by or line.row.begun_by for line in (*shipments, *unread)),
        *(line.row.received_by for line in unread),
        *(row.noticed_by for row in excursions),
        *(row.person for row in stored),
    ]
    places = [*(row.to_location for row in offers), *(row.from_location for row in offers)]
    places += [
        place for line in (*shipments, *unread) for place in (line.row.from_location, line.row.to_location or "")
    ]
    return CustodyPage(offers, shipments, unread, excursions, stored, _names(tx, people), _places(tx, places))


def _line(tx: ReadTx, row: Shipment) -> ShipmentLine:
    subjects = tuple(one.subject for one in queries.inside(tx, row.code))
    if row.phase is ShipmentPhase.RECEIVED:
        subjects = tuple(one.subject for one in queries.packed_in(tx, row.code) if one.found)
    return ShipmentLine(row, materials.equipment_facts(tx, row.shipper).name, subjects)


@dataclass(frozen=True)
class WayPage:
    """The way of one container, where it is, and what speaks against using it."""

    facts: ContainerFacts
    title: T
    here: Whereabouts
    happenings: Sequence[Happening]
    problems: Sequence[tuple[str, T]]
    readings: Sequence[TemperatureReading]
    climate: Climate | None
    range: Range | None
    gap: Gap | None
    is_gap_reported: bool
    exposure: Exposure
    chart: Chart | None
    logs: Sequence[Log]
    excursions: Sequence[Excursion]
    offer: HandOver | None
    shipment: Shipment | None
    at_ward: bool
    destruction: int | None
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
    happenings, climate = timeline(tx, code), queries.climate_of(tx, code)
    logs = [
        log for way, packed in queries.journeys_of(tx, code) if packed.found and (log := queries.log_of(tx, way.code))
    ]
    readings = queries.readings_of(tx, code)
    gap, exposed, _ = queries.chain_of(tx, code)
    found = tx.house.describe(tx, code, actor) if tx.house is not None else None
    people = [person for happening in happenings for person in (happening.person, happening.other)]
    return WayPage(
        facts=facts,
        title=T("{code}", code=code) if found is None else found.title,
        here=queries.whereabouts(tx, code),
        happenings=happenings,
        problems=queries.custody_problems(tx, code) if code.startswith("BG") else (),
        readings=readings,
        climate=climate,
        range=range_of(facts.kind),
        gap=gap,
        is_gap_reported=queries.waits_for_qa(tx, code, FindingKind.GAP),
        exposure=exposed,
        chart=charts.line(_points(happenings, readings, logs), _stops(happenings), climate),
        logs=logs,
        excursions=[row for row in queries.excursions_of(tx, code) if row.phase is ExcursionPhase.OPEN],
        offer=queries.open_offer(tx, code),
        shipment=queries.carried_in(tx, code) or queries.packing_of(tx, code),
        at_ward=queries.at_ward(tx, code),
        destruction=destructions.number_of(tx, code),
        names=_names(tx, people),
    )


def _points(
    happenings: Sequence[Happening], readings: Sequence[TemperatureReading], logs: Sequence[Log]
) -> list[Point]:
    read = [Point(one.at, one.temperature_mc) for one in happenings if one.temperature_mc is not None]
    read += [Point(one.at, one.temperature_mc, one.logger is not None) for one in readings]
    return read + [
        Point(log.first_at + timedelta(seconds=seconds), temperature_mc, logged=True)
        for log in logs
        for seconds, temperature_mc in log.readings
    ]


def _stops(happenings: Sequence[Happening]) -> list[datetime]:
    return [one.at for one in happenings if one.kind not in ("spell", "assessed", "log")]


@dataclass(frozen=True)
class ShipmentPage:
    """One shipment: what is inside, how it left, how it arrived, what its logger says."""

    row: Shipment
    shipper: str
    logger: str | None
    hours: int | None
    packed: Sequence[Packed]
    log: Log | None
    excursions: Sequence[Excursion]
    names: dict[str, str]
    places: dict[str, str]


def shipment_page(tx: ReadTx, code: str) -> ShipmentPage:
    """One shipment. Raises NotFound."""
    row = tx.get(Shipment, code)
    configured, log = tx.find(Shipper, row.shipper), queries.log_of(tx, code)
    packed = queries.packed_in(tx, code)
    found = [one for each in packed for one in queries.excursions_of(tx, each.subject) if one.shipment == code]
    people = [row.begun_by, row.shipped_by, row.received_by, row.refused_by, log.read_by if log else None]
    people += [person for one in packed for person in (one.packed_by, one.taken_out_by)]
    return ShipmentPage(
        row=row,
        shipper=materials.equipment_facts(tx, row.shipper).name,
        logger=None if row.logger is None else materials.equipment_facts(tx, row.logger).name,
        hours=None if configured is None else configured.holds_hours,
        packed=packed,
        log=log,
        excursions=found,
        names=_names(tx, people),
        places=_places(tx, [row.from_location, row.to_location or "", row.received_location or ""]),
    )


@dataclass(frozen=True)
class ShipperLine:
    """One shipper: how it stands as equipment, what it is qualified for, and what it is used for now."""

    line: EquipmentLine
    configured: Shipper | None
    shipment: Shipment | None


def shipper_lines(tx: ReadTx) -> list[ShipperLine]:
    """Every shipper of the house."""
    configured = {row.equipment: row for row in queries.shippers(tx)}
    return [
        ShipperLine(line, configured.get(line.equipment.code), queries.shipment_of_shipper(tx, line.equipment.code))
        for line in materials.equipment_lines(tx)
        if line.equipment.kind is EquipmentKind.SHIPPER
    ]


def _names(tx: ReadTx, people: Iterable[str | None]) -> dict[str, str]:
    return {person: display_name(tx, person) for person in set(people) if person is not None}


def _places(tx: ReadTx, locations: Iterable[str]) -> dict[str, str]:
    return {location: materials.location_facts(tx, location).name for location in set(locations) if location}
