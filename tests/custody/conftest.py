"""The laboratory of the quality tests, with places to bring its bags to."""

from dataclasses import dataclass
from typing import Any

import pytest

from cellchain.custody import commands
from tests.quality.conftest import Refuses, lab, refuses
from tests.quality.lab import Lab

__all__ = ["Places", "Refuses", "lab", "places", "refuses"]


@dataclass(frozen=True)
class Places:
    """Where a bag can be, and the bag of a released lot that begins in the store."""

    store: str
    ward: str
    courier: str
    bag: str


@pytest.fixture
def places(lab: Lab) -> Places:
    found = Places(
        store=lab.location("Cold store", "store"),
        ward=lab.location("Ward 2", "ward"),
        courier=lab.location("Courier", "courier"),
        bag=lab.containers(lab.lot())[0],
    )
    label(lab, found.bag)
    lab.do(commands.store, by=lab.technician, subject=found.bag, location=found.store, position="A1")
    lab.wait(minutes=10)
    return found


def label(lab: Lab, target: str, phase: str = "confirmed", design: str = "infusion_bag", lot: str | None = None) -> str:
    """A label on a thing, as it stands after it was scanned back."""
    from cellchain.identity.codes import Kind
    from cellchain.identity.numbering import issue
    from cellchain.labels.models import Label
    from tests.quality.lab import row

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
        "subject": places.bag,
        "to_location": to or places.ward,
        "temperature_mc": temperature_mc,
        "seal": "S-1",
    }
    lab.do(commands.hand_over, by=lab.technician, **fields)


def take(lab: Lab, places: Places, *, temperature_mc: int = 4_500, seal: str = "S-1") -> dict[str, Any]:
    fields: dict[str, Any] = {"subject": places.bag, "temperature_mc": temperature_mc, "seal": seal}
    return lab.do(commands.accept, by=lab.nurse, **fields)


def at_ward(lab: Lab, places: Places) -> None:
    offer(lab, places)
    take(lab, places)


def badge(lab: Lab, person: str, *, roles: bool = True) -> str:
    """A live badge of somebody, a technician if nothing else is said."""
    from cellchain.accounts.models import Badge, Grant, Person
    from cellchain.identity.codes import Kind
    from cellchain.identity.numbering import issue
    from tests.quality.lab import row

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
