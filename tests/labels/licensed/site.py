"""A site for ISBT 128: an administrator, people who bind numbers, and things that they know."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from cellchain import composition
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.text import T
from cellchain.labels.licensed import commands
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.describe import Description
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.platform.db import ReadTx
from tests.factories import House

# The facility of the published examples (domain.md 1.3) stands for a registered one: this is no demonstration.
OURS, THEIRS = "G1234", "W1234"
DIN = "=G12341765432100"
DONATION, OTHER_DONATION = issue(Kind.DONATION, 1, 2026, 1), issue(Kind.DONATION, 1, 2026, 2)
DONOR, RECIPIENT = issue(Kind.DONOR, 1, 2026, 1), issue(Kind.RECIPIENT, 1, 2026, 1)
TUBE, BAG, LOT = issue(Kind.CONTAINER, 1, 2026, 1), issue(Kind.BAG, 1, 2026, 1), issue(Kind.LOT, 1, 2026, 1)
SECRET = issue(Kind.DONATION, 1, 2026, 99)
REGISTERED = date(2026, 1, 15)


class Everything:
    """Knows every thing but one, which nobody here may know of."""

    def describe(self, tx: ReadTx, code: str, actor: Actor) -> Description | None:
        kind = Kind(code[:2]).name.lower()
        return None if code == SECRET else Description(kind, code, T("{code}", code=code), None, f"/things/{code}")


class Site:
    """The house with the code systems of the product, and the verbs of ISBT 128."""

    def __init__(self, house: House) -> None:
        self.house = house
        known = dict.fromkeys((kind.value for kind in Kind), Everything())
        handed = replace(house.database.house, describers=known, schemes=composition.schemes)
        house.database.house = replace(handed, finders=composition.FINDERS)
        self.administrator, self.technician = house.actor("administrator"), house.actor("technician")
        self.coordinator, self.qa = house.actor("coordinator"), house.actor("qa")

    def do(self, function: Callable[..., Any], *, by: Actor | None = None, **fields: Any) -> dict[str, Any]:
        """Run a verb as who it belongs to."""
        command = command_of(function)
        signing = None if command.signature is None else Signing("password", self.house.clock.now())
        order, who = command.order(**fields), by or self.technician
        return self.house.runner.run(Call(command, order, who, self.house.request_id(), signing=signing)).result()

    def on(self, facility: str = OURS, **fields: Any) -> dict[str, Any]:
        """State the registration."""
        order = {"facility": facility, "registration": "LIC-2026-7", "registered_on": REGISTERED, **fields}
        return self.do(commands.state_registration, by=self.administrator, **order)

    def off(self) -> dict[str, Any]:
        """Switch off."""
        return self.do(commands.end_registration, by=self.administrator, reason="The licence was not renewed.")

    def admit(self, facility: str = THEIRS) -> None:
        """Admit another facility."""
        self.do(commands.admit_facility, by=self.administrator, facility=facility, name="Example Registry")

    def bind(self, number: str = DIN, thing: str = DONATION) -> dict[str, Any]:
        """Bind a number."""
        return self.do(commands.bind_number, number=number, thing=thing)

    def found(self, symbol: str) -> str:
        """What a scan stands for, or the code of the refusal."""
        with self.house.read() as tx:
            try:
                return str(tx.house.thing_of(tx, symbol))
            except CellchainError as refusal:
                return refusal.code
