"""A house in which people are told of things, and a worker that is driven by hand."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from cellchain.accounts import commands as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import House as Handed
from cellchain.notices import commands, queries
from cellchain.notices.letters import Letterhead
from cellchain.notices.models import Mail
from cellchain.notices.post import MailServer
from cellchain.notices.worker import NoticeWorker, Watch
from tests.factories import FIELD_KEY, House

HEAD = Letterhead("cellchain@example.org", "Site 01", "https://cells.example.org/")
SYSTEM = Actor("SYSTEM", permissions_of(["administrator"]))
LOT = "LT012600000158"
EVERY = select(Mail).order_by(col(Mail.id))


class Desk:
    """`qa`, `nurse`, `admin` and `sponsor` work here; each has an address unless it is taken away."""

    def __init__(self, house: House, *, sends_mail: bool = True, zone: str = "Europe/Moscow") -> None:
        self.house = house
        house.database.house = Handed(list_key=FIELD_KEY, zone=ZoneInfo(zone), sends_mail=sends_mail)
        self.actors = {name: self._person(name, role) for name, role in PEOPLE.items()}

    def _person(self, name: str, role: str) -> Actor:
        admin = self.house.actor("administrator")
        told = self.house.do(
            accounts.register_person, by=admin, username=name, name=f"{name.title()} Invented", initials=name.title()
        )
        self.house.do(accounts.grant_role, by=SYSTEM, person=told["person"], role=role)
        actor = Actor(told["person"], permissions_of([role]), frozenset([role]))
        self.house.do(commands.set_address, by=actor, person=actor.person, email=f"{name}@example.org", language="en")
        return actor

    def do(self, who: str, function: Any, **fields: Any) -> dict[str, Any]:
        """Run a command."""
        return self.house.do(function, by=self.actors[who], **fields)

    def notify(self, kind: str = "late_positive", subject: str = LOT, *, by: Actor = SYSTEM, **more: Any) -> int:
        """Something happened; gives the notice's number."""
        told = self.house.do(commands.notify, by=by, by_house=True, kind=kind, subject=subject, **more)
        return int(told["notice"])

    def worker(self, server: MailServer | None, watch: Watch | None = None) -> NoticeWorker:
        """A worker of this house."""
        return NoticeWorker(self.house.database, self.house.runner, server=server, head=HEAD, watch=watch)

    def waiting(self, who: str) -> list[int]:
        """The notices that wait for somebody."""
        with self.house.read() as tx:
            assert len(queries.waiting(tx, self.actors[who].person)) == queries.open_count(tx, self.actors[who].person)
            return [line.number for line in queries.waiting(tx, self.actors[who].person)]

    def mails(self) -> list[Mail]:
        """Every mail."""
        with self.house.read() as tx:
            return tx.every(EVERY)


PEOPLE = {"qa": "qa", "nurse": "nurse", "admin": "administrator", "sponsor": "sponsor"}
