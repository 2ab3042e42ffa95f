"""Looking a thing up by its code, or by how the code begins: one list for every kind of thing, each on one index.

Nobody is looked up by name: names are sealed, and what is known here by a code is asked for by its code.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from cellchain.accounts import queries as accounts
from cellchain.custody import queries as custody
from cellchain.custody.rules.shipping import ShipmentPhase
from cellchain.donors import queries as donors
from cellchain.donors.rules.lifecycles import DonationPhase, DonorPhase
from cellchain.identity import codes
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import queries as labels
from cellchain.labels.rules import LabelPhase
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import statements as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase, LotPhase
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentPhase
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import SamplePhase
from cellchain.trial import statements as trial
from cellchain.trial.lifecycles import RecipientPhase
from cellchain.web.paging import Asked, Listed, Look

Way = Callable[[str], str]
SEARCH = T("Code, how it begins, or the number in it")


@dataclass(frozen=True)
class Found:
    """A thing that was found. `told` is what it is called, or of what sort it is; `at` is since when it is there."""

    code: str
    told: Any
    phase: Any
    at: datetime | None


@dataclass(frozen=True)
class Findable:
    """A kind of thing that can be looked up: its name, its list, and what a row of it says."""

    kind: Kind
    name: T
    listing: Listing
    read: Callable[[Any], Found]
    phases: type[StrEnum] | None = None


def _of_columns(row: Any) -> Found:
    code, phase, at = row
    return Found(code, None, phase, at)


def _of_named(row: Any) -> Found:
    code, phase, name = row
    return Found(code, name, phase, None)


def _of_donor(row: Any) -> Found:
    who = donors.Profile(*row)
    return Found(who.code, None, who.phase, None)


def _of_container(row: Any) -> Found:
    code, kind, phase, made_at = row
    return Found(code, kind, phase, made_at)


def _of_lot(row: Any) -> Found:
    lot, _ = row
    return Found(lot.code, lot.kind, lot.phase, lot.opened_at)


def _of_sample(row: Any) -> Found:
    return Found(row.code, row.purpose, row.phase, row.taken_at)


def _of_label(row: Any) -> Found:
    line = labels.LabelLine(*row)
    return Found(line.code, T(line.design.replace("_", " ").capitalize()), line.phase, line.printed_at)


def _of_material_lot(row: Any) -> Found:
    lot, material = row
    return Found(lot.code, material.name, lot.phase, lot.received_at)


FINDABLE: Sequence[Findable] = (
    Findable(Kind.BAG, T("Infusion bag"), manufacturing.CONTAINERS, _of_container, ContainerPhase),
    Findable(Kind.LOT, T("Lot"), manufacturing.LOTS, _of_lot, LotPhase),
    Findable(Kind.RECIPIENT, T("Recipient"), trial.RECIPIENTS, _of_columns, RecipientPhase),
    Findable(Kind.DONOR, T("Donor"), donors.DONORS, _of_donor, DonorPhase),
    Findable(Kind.DONATION, T("Donation"), donors.DONATIONS, _of_columns, DonationPhase),
    Findable(Kind.CONTAINER, T("Tube, vessel or harvest bag"), manufacturing.CONTAINERS, _of_container, ContainerPhase),
    Findable(Kind.CRYOVIAL, T("Cryovial"), manufacturing.CONTAINERS, _of_container, ContainerPhase),
    Findable(Kind.SAMPLE, T("Sample"), quality.SAMPLES, _of_sample, SamplePhase),
    Findable(Kind.LABEL, T("Label"), labels.LABELS, _of_label, LabelPhase),
    Findable(Kind.MATERIAL_LOT, T("Material lot"), materials.LOTS_BY_CODE, _of_material_lot),
    Findable(Kind.EQUIPMENT, T("Equipment"), materials.EQUIPMENT_BY_CODE, _of_named, EquipmentPhase),
    Findable(Kind.LOCATION, T("Location"), materials.LOCATIONS_BY_CODE, _of_named),
    Findable(Kind.SHIPMENT, T("Shipment"), custody.SHIPMENTS, _of_columns, ShipmentPhase),
    Findable(Kind.PERSON, T("Person"), accounts.PEOPLE_BY_CODE, _of_columns),
)


@dataclass(frozen=True)
class Finding:
    """What was asked for and what was found. Without a `view`, nothing was asked for yet."""

    offered: Sequence[Findable]
    chosen: Findable | None
    view: Listed | None
    asked: Asked


def may_find(way: Way) -> list[Findable]:
    """The kinds of which this person may open a page."""
    return [one for one in FINDABLE if way(f"{one.kind.value}{'0' * (codes.LENGTH - 2)}")]


def whole(tx: ReadTx, text: str, actor: Actor) -> str:
    """The page of what a whole code or a scanned symbol stands for; "" where it is none, or none for this person."""
    try:
        code = str(codes.parse(codes.ungrouped(text).upper()).text)
        described = tx.house.describe(tx, code, actor)
    except (codes.NotACode, CellchainError):
        return ""
    return "" if described is None else described.href


def find(look: Look, tx: ReadTx, asked: Asked, kind: str, way: Way, site: int) -> Finding:
    """The things of a kind whose codes begin as asked; of every kind, where a number alone is asked for."""
    offered = may_find(way)
    text = codes.ungrouped(asked.begins).upper()
    chosen = next((one for one in offered if one.kind.value == (text[:2] if text[:2].isalpha() else kind)), None)
    asked = replace(asked, more={} if chosen is None else {"kind": chosen.kind.value})
    if chosen is not None:
        begins = replace(asked, begins=asked.begins or chosen.kind.value)
        view = look(chosen.listing, begins, kinds=(chosen.kind,), phases=chosen.phases, search=SEARCH)
        view = replace(view, asked=asked, rows=[chosen.read(row) for row in view.rows])
        return Finding(offered, chosen, view, asked)
    return Finding(offered, None, _numbered(tx, asked, offered, site) if text else None, asked)


def _numbered(tx: ReadTx, asked: Asked, offered: Sequence[Findable], site: int) -> Listed:
    """Whatever bears a number of this site and year, whatever it is: one row a kind at most."""
    rows: list[Found] = []
    for one in offered:
        span = codes.beginning(asked.begins, (one.kind,), site, tx.today.year)
        if span is not None:
            rows += [one.read(row) for row in one.listing.page(tx, span=span).rows]
    return Listed(rows, asked, older="", newer="", first="", has_codes=True, search=SEARCH)
