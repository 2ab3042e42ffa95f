"""A house whose things wear labels: the real designs, and a labeller that says what each one needs."""

import json
from collections.abc import Callable
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts import queries as people
from cellchain.accounts.permissions import permissions_of
from cellchain.identity.codes import Kind, issue
from cellchain.labels import commands, queries
from cellchain.labels import design as designs
from cellchain.labels.models import Label
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import House as Handed
from cellchain.ledger.describe import LabelData
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.platform.db import ReadTx
from tests.factories import FIELD_KEY, House

LOT = issue(Kind.LOT, 1, 2026, 7)
BAG = issue(Kind.BAG, 1, 2026, 7)
OTHER_BAG = issue(Kind.BAG, 1, 2026, 8)
BAND = issue(Kind.WRISTBAND, 1, 2026, 7)
REASON = "Smeared in the cool box."


class Labeller:
    """Bags wear their label's serial, in their lot's account; a wristband its own code.

    What else a bag says is the sample of its design, but for `other` fields.
    """

    def __init__(self) -> None:
        self.other: dict[str, str] = {}

    def label(self, tx: ReadTx, code: str, design: str) -> LabelData:
        """What a label of this thing says."""
        sample = designs.sample(design)
        if code == BAND:
            return LabelData({**sample, "wristband_code": code, "name.en": "Example Person"}, symbol=code)
        return LabelData({**sample, "container": code, **self.other}, group=LOT)


class Desk:
    """Printing, scanning back, and whatever goes wrong between the two."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.technician = house.actor("technician")
        self.qa = house.actor("qa")
        self.nurse = house.actor("nurse")
        labeller = self.labeller = Labeller()
        house.database.house = Handed(labellers={"BG": labeller, "WB": labeller}, list_key=FIELD_KEY)

    def do(self, function: Callable[..., object], *, by: Actor | None = None, **fields: Any) -> dict[str, Any]:
        """Run a verb whose order may have a reason of its own."""
        command = command_of(function)
        if command.signature is not None:
            return self.house.do(function, by=by or self.qa, **fields)
        call = Call(command, command.order(**fields), by or self.technician, self.house.request_id())
        return self.house.runner.run(call).result()

    def approve(self, *names: str) -> None:
        """QA approves designs."""
        for name in names or ("container", "wristband"):
            self.do(commands.approve_design, name=name)

    def print(self, target: str = BAG, design: str = "container", *, by: Actor | None = None) -> dict[str, Any]:
        """One label, by who handles its kind."""
        who = by or (self.nurse if design == "wristband" else self.technician)
        return self.do(commands.print_label, by=who, target=target, design=design)

    def reprint(self, label: str, witness_badge: str, *, by: Actor | None = None) -> dict[str, Any]:
        """Another label in the place of one."""
        return self.do(commands.reprint_label, by=by, label=label, reason=REASON, witness_badge=witness_badge)

    def confirm(self, scanned: str, expected: str | None = None) -> dict[str, Any]:
        """Scan one back."""
        return self.do(commands.confirm_label, scanned=scanned, expected=expected)

    def badge(self, username: str = "witness", role: str | None = "technician") -> str:
        """A live badge of somebody who holds a role."""
        boss = Actor("SYSTEM", permissions_of(["administrator"]))
        initials = username.title()
        made = self.house.do(accounts.register_person, by=boss, username=username, name="Example", initials=initials)
        person = str(made["person"])
        if role is not None:
            self.house.do(accounts.grant_role, by=boss, person=person, role=role)
        self.house.do(accounts.issue_badge, by=boss, person=person)
        with self.house.read() as tx:
            badge = people.badge_of(tx, person)
            assert badge is not None
            return badge.code

    def label(self, code: str) -> Label:
        """A label as it stands."""
        with self.house.read() as tx:
            return tx.get(Label, code)

    def said(self, code: str) -> dict[str, str]:
        """What a label was printed with."""
        data: dict[str, str] = json.loads(self.label(code).data)
        return data

    def live(self, target: str = BAG, design: str = "container") -> str | None:
        """The live label of a thing."""
        with self.house.read() as tx:
            found = queries.live_label(tx, target, design)
        return None if found is None else found.code

    def events(self) -> list[str]:
        """The events of the ledger in order."""
        return [entry.event for entry in self.house.entries()]
