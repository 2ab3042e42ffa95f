"""Materials on their way into use, one step a method."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.materials import commands
from tests.factories import House


class MaterialStory:
    """Receives lots, calibrates equipment, opens locations."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.technician: Actor = house.actor("technician")
        qa = house.actor("qa")
        # Who may end a lot or a location is the house's to say; these tests are about what happens then.
        self.qa = replace(qa, permissions=qa.permissions | {"materials.reject_lot", "materials.close_location"})

    def today(self, days: int = 0) -> date:
        """The day of the clock, or `days` later."""
        return (self.house.clock.now() + timedelta(days=days)).date()

    def do(self, function: Callable[..., Any], *, by: Actor | None = None, **fields: Any) -> dict[str, Any]:
        """Run a verb whose order has a reason of its own, which is not the request's."""
        house, command = self.house, command_of(function)
        signing = None if command.signature is None else Signing("password", house.clock.now())
        who = by or (self.technician if command.signature is None else self.qa)
        call = Call(command, command.order(**fields), who, house.request_id(), signing=signing)
        return house.runner.run(call).result()

    def material(self, name: str = "Heparin 5000 IU/mL", kind: str = "anticoagulant", **fields: Any) -> int:
        """Something that is bought."""
        return int(self.do(commands.register_material, name=name, kind=kind, **fields)["material"])

    def lot(self, material: int | None = None, *, days: int = 100, **fields: Any) -> str:
        """A lot in quarantine that expires in `days`."""
        order = {"supplier": "Example Supply", "supplier_lot": "X-1", "certificate": "C-1", **fields}
        number = self.material() if material is None else material
        return str(self.do(commands.receive_lot, material=number, expires_on=self.today(days), **order)["lot"])

    def accepted(self, material: int | None = None, *, days: int = 100) -> str:
        """A lot that may be used."""
        lot = self.lot(material, days=days)
        self.do(commands.accept_lot, lot=lot)
        return lot

    def equipment(self, name: str = "INC-1", kind: str = "incubator", **fields: Any) -> str:
        """A machine out of service."""
        order = {"name": name, "kind": kind, "serial": f"S-{name}", **fields}
        return str(self.do(commands.register_equipment, **order)["equipment"])

    def in_service(self, name: str = "INC-1", *, days: int = 365) -> str:
        """A calibrated machine in service."""
        code = self.equipment(name)
        self.do(commands.record_calibration, equipment=code, due_on=self.today(days), certificate="K-1")
        self.do(commands.record_qualification, equipment=code, due_on=self.today(days + 365), report="Q-1")
        self.do(commands.return_to_service, by=self.qa, equipment=code)
        return code
