"""The laboratory of the quality tests, with places to bring its bags to."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.custody import commands
from cellchain.materials.models import Equipment
from cellchain.platform.files import DataDir
from tests.quality.conftest import Refuses, lab, refuses
from tests.quality.lab import Lab

__all__ = ["Places", "Refuses", "lab", "places", "refuses"]


@dataclass(frozen=True)
class Places:
    """Where a bag can be, the bag of a released lot that begins in the store, and the label on it."""

    store: str
    ward: str
    courier: str
    bag: str
    label: str


@pytest.fixture
def folder(lab: Lab, tmp_path: Path) -> DataDir:
    """Where the files of loggers are kept."""
    made = DataDir(tmp_path)
    lab.house.database.house = replace(lab.house.database.house, fetch=made.fetch)
    return made


@pytest.fixture
def places(lab: Lab) -> Places:
    bag = lab.containers(lab.lot())[0]
    found = Places(
        store=lab.location("Cold store", "store"),
        ward=lab.location("Ward 2", "ward"),
        courier=lab.location("Courier", "courier"),
        bag=bag,
        label=label(lab, bag),
    )
    lab.do(commands.store, by=lab.technician, subject=found.bag, location=found.store, position="A1")
    lab.wait(minutes=10)
    return found


def label(lab: Lab, target: str, phase: str = "confirmed", design: str = "infusion_bag", lot: str | None = None) -> str:
    """A label on a thing, as it stands after it was scanned back."""
    from cellchain.identity.codes import Kind
    from cellchain.identity.numbering import issue
    from cellchain.labels.models import Label
    from tests.quality.workshop import row

    def work(tx: Any) -> str:
        code = str(issue(tx, Kind.LABEL))
        known = {"code": code, "symbol": code, "target": target, "design": design, "lot": lot, "phase": phase}
        printed = {
            "design_version": 1,
            "language": "ru",
            "data": "{}",
            "printed_at": tx.now,
            "printed_by": lab.qa.person,
        }
        tx.add(row(Label, **known, **printed, confirmed_by=lab.qa.person, confirmed_at=tx.now))
        return code

    return str(lab.seed(work))


def offer(lab: Lab, places: Places, *, temperature_mc: int = 4_000, to: str | None = None) -> None:
    fields: dict[str, Any] = {
        "label": places.label,
        "subject": places.bag,
        "to_location": to or places.ward,
        "temperature_mc": temperature_mc,
        "seal": "S-1",
    }
    lab.do(commands.hand_over, by=lab.technician, **fields)


def take(lab: Lab, places: Places, *, temperature_mc: int = 4_500, seal: str = "S-1") -> dict[str, Any]:
    fields: dict[str, Any] = {"label": places.label, "temperature_mc": temperature_mc, "seal": seal}
    return lab.do(commands.accept, by=lab.nurse, **fields)


def at_ward(lab: Lab, places: Places) -> None:
    offer(lab, places)
    take(lab, places)


def badge(lab: Lab, person: str, *, roles: bool = True) -> str:
    """A live badge of somebody, a technician if nothing else is said."""
    from cellchain.accounts.models import Badge, Grant, Person
    from cellchain.identity.codes import Kind
    from cellchain.identity.numbering import issue
    from tests.quality.workshop import row

    def work(tx: Any) -> str:
        if tx.find(Person, person) is None:
            tx.add(
                row(
                    Person,
                    code=person,
                    username=f"u{person[-6:]}".lower(),
                    name="Example",
                    initials="E. Example",
                    phase="active",
                    registered_at=tx.now,
                )
            )
        if roles:
            tx.add(row(Grant, person=person, role="technician", phase="active", granted_by=person, granted_at=tx.now))
        code = issue(tx, Kind.PERSON)
        tx.add(row(Badge, code=code, person=person, phase="live", issued_at=tx.now))
        return str(code)

    return str(lab.seed(work))


def equipment(lab: Lab, kind: str, name: str = "", days: int = 30) -> str:
    """A shipper or a logger in service, its qualification or calibration good for so many days."""
    from cellchain.identity.codes import Kind
    from cellchain.identity.numbering import issue
    from tests.quality.workshop import row

    def work(tx: Any) -> str:
        code, due = str(issue(tx, Kind.EQUIPMENT)), (tx.now + timedelta(days=days)).date()
        called = name or f"{kind.capitalize()} {code}"
        fields = {"code": code, "kind": kind, "name": called, "serial": code, "phase": "in_service"}
        tx.add(row(Equipment, **fields, calibration_due=due, qualification_due=due))
        return code

    return str(lab.seed(work))


@dataclass(frozen=True)
class Box:
    """A shipper for 2 to 8 °C with two places, and the logger that travels in it."""

    shipper: str
    logger: str


@pytest.fixture
def box(lab: Lab, folder: DataDir) -> Box:
    found = Box(equipment(lab, "shipper", "Shipper 1"), equipment(lab, "logger", "Logger 1"))
    configure(lab, found.shipper)
    return found


def configure(lab: Lab, shipper: str, **other: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"low_mc": 2_000, "high_mc": 8_000, "holds_hours": 6, "places_count": 2, "report": "Q-1"}
    return lab.do(commands.configure_shipper, by=lab.qa, shipper=shipper, **{**fields, **other})


def pack(lab: Lab, places: Places, box: Box) -> dict[str, Any]:
    return lab.do(commands.pack, by=lab.technician, shipper=box.shipper, label=places.label)


def ship(lab: Lab, places: Places, box: Box, **other: Any) -> dict[str, Any]:
    """Send the packed shipper to the ward."""
    fields: dict[str, Any] = {"to_location": places.ward, "courier": "Example Couriers", "courier_code": "C-7"}
    fields |= {"seal": "S-1", "temperature_mc": 4_000, "logger": box.logger}
    return lab.do(commands.ship, by=lab.technician, shipper=box.shipper, **{**fields, **other})


def sent(lab: Lab, places: Places, box: Box) -> str:
    """The bag is under way; the code of its shipment."""
    pack(lab, places, box)
    lab.wait(minutes=2)
    code = str(ship(lab, places, box)["shipment"])
    lab.wait(minutes=40)
    return code


def receive(lab: Lab, places: Places, shipment: str, **other: Any) -> dict[str, Any]:
    """The nurse takes the shipment in: everything as it should be, unless `other` says so."""
    seen: dict[str, Any] = dict.fromkeys(("seal_intact", "packaging_intact", "labels_legible"), True)
    seen |= {"seal": "S-1", "temperature_mc": 4_500, "labels": (places.label,), "outcome": "accepted"}
    return lab.do(commands.receive, by=lab.nurse, shipment=shipment, **{**seen, **other})


def received(lab: Lab, places: Places, box: Box) -> str:
    """The bag arrived on the ward; the code of its shipment."""
    code = sent(lab, places, box)
    receive(lab, places, code)
    return code
