"""People and how they come in, one step a method."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cellchain.accounts import commands, passwords, queries
from cellchain.accounts.gate import AccountsGate, Opened
from cellchain.accounts.permissions import permissions_of
from cellchain.ledger.actor import Actor
from tests.factories import House

PASSWORD = "amber river seldom"
PIN = "274910"
STATION_TOKEN = "a station's own token"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)


class Office:
    """A house with its gate. `admin` does most; `qa` countersigns."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.admin: Actor = house.actor("administrator")
        self.second_admin: Actor = house.actor("administrator", number=2)
        self.qa: Actor = house.actor("qa")
        self.gate = AccountsGate(
            house.database, house.runner, passwords.current_passwords(), idle=IDLE, longest=LONGEST
        )

    def do(self, function: Callable[..., object], *, by: Actor | None = None, **fields: Any) -> dict[str, Any]:
        """Run a command, as the administrator unless somebody else is named."""
        return self.house.do(function, by=by or self.admin, **fields)

    def person(self, username: str = "worker", *roles: str, secret: bool = True) -> str:
        """Somebody registered; with `secret`, they have a password and a PIN."""
        name = username.title()
        code = str(self.do(commands.register_person, username=username, name=name, initials=name)["person"])
        system = Actor("SYSTEM", permissions_of(["administrator"]))
        for role in roles:
            self.do(commands.grant_role, by=system, person=code, role=role)
        if secret:
            self.give_password(code)
        return code

    def give_password(self, person: str, password: str = PASSWORD, pin: str | None = PIN) -> None:
        """A password, as the house gives one in a demonstration."""
        order: dict[str, Any] = {"person": person, "password": password, "pin": pin}
        self.house.do(commands.give_password, by=Actor("SYSTEM"), by_house=True, **order)

    def as_person(self, code: str, *roles: str) -> Actor:
        """The actor that a session of theirs would be; everybody signed in may set their password."""
        return Actor(code, permissions_of(roles or ("sponsor",)), frozenset(roles))

    def badge(self, person: str) -> str:
        """A badge for somebody."""
        return str(self.do(commands.issue_badge, person=person)["badge"])

    def station(self, name: str = "bench-1") -> str:
        """An enrolled station: the token in its cookie."""
        digest = hashlib.sha256(STATION_TOKEN.encode()).hexdigest()
        self.do(commands.enrol_station, station=name, kind="bench", token_hash=digest)
        return STATION_TOKEN

    def sign_in(self, username: str = "worker", password: str = PASSWORD, *, by_cookie: bool = True) -> Opened:
        """Name and password."""
        return self.gate.sign_in(username, password, device=None, by_cookie=by_cookie)

    def roles(self, person: str) -> tuple[str, ...]:
        """The active roles of somebody."""
        with self.house.read() as tx:
            return queries.roles_of(tx, person)

    def decision(self) -> int:
        """The decision that waits longest for its second signature."""
        return self.decisions()[0]

    def decisions(self) -> list[int]:
        """The decisions that wait for a second signature, the oldest first."""
        with self.house.read() as tx:
            return [one.id or 0 for one in queries.open_decisions(tx)]

    def wait(self, **step: float) -> None:
        """Let time pass."""
        self.house.clock.advance(timedelta(**step))

    def events(self) -> list[str]:
        """The events of the ledger in order."""
        return [entry.event for entry in self.house.entries()]
