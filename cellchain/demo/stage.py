"""The stage: people who act through the real runner, under a clock that the story moves."""

import uuid
from collections.abc import Callable
from dataclasses import field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts import queries as accounts_queries
from cellchain.accounts.agreement import commands as agreement
from cellchain.accounts.agreement.text import VERSION
from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.qualified import commands as qualified
from cellchain.accounts.rules import Role
from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import SYSTEM_ACTOR, Actor
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call
from cellchain.main import Installation


@dataclass(frozen=True)
class Member:
    """A plainly invented member of staff, with what they sign in with."""

    username: str
    name: str
    initials: str
    roles: tuple[Role, ...]
    password: str
    pin: str


CAST = (
    Member("technician1", "Tamara Demo-Technician", "T. Demo", (Role.TECHNICIAN,), "amber marrow lantern", "274910"),
    Member("technician2", "Timur Demo-Technician", "T. Sample", (Role.TECHNICIAN,), "birch saline window", "385021"),
    Member("analyst1", "Anna Demo-Analyst", "A. Demo", (Role.ANALYST,), "copper culture garden", "496132"),
    Member("analyst2", "Anton Demo-Analyst", "A. Sample", (Role.ANALYST,), "delta gradient meadow", "507243"),
    Member("qa1", "Qirill Demo-Quality", "Q. Demo", (Role.QA,), "ember release harbour", "618354"),
    Member("qa2", "Kira Demo-Quality", "K. Sample", (Role.QA,), "fjord review orchard", "729465"),
    Member("nurse1", "Nina Demo-Nurse", "N. Demo", (Role.NURSE,), "granite ward morning", "830576"),
    Member("nurse2", "Nikita Demo-Nurse", "N. Sample", (Role.NURSE,), "hazel bedside evening", "941687"),
    Member("physician1", "Pavel Demo-Physician", "P. Demo", (Role.PHYSICIAN,), "indigo clinic river", "152798"),
    Member("physician2", "Polina Demo-Physician", "P. Sample", (Role.PHYSICIAN,), "jasmine consent forest", "263809"),
    Member("coordinator1", "Clara Demo-Coordinator", "C. Demo", (Role.COORDINATOR,), "kelp visit compass", "374910"),
    Member("assessor1", "Arina Demo-Assessor", "A. Blind", (Role.ASSESSOR,), "linen spirometer hill", "485021"),
    Member(
        "statistician1", "Stefan Demo-Statistician", "S. Demo", (Role.STATISTICIAN,), "maple random island", "596132"
    ),
    Member("sponsor1", "Sofia Demo-Sponsor", "S. Sample", (Role.SPONSOR,), "nickel dossier bridge", "607243"),
    Member("monitor1", "Mira Demo-Monitor", "M. Demo", (Role.MONITOR,), "walnut source lighthouse", "273809"),
    Member("inspector1", "Igor Demo-Inspector", "I. Demo", (Role.INSPECTOR,), "opal trace mountain", "718354"),
    Member("admin1", "Alla Demo-Administrator", "A. Admin", (Role.ADMINISTRATOR,), "pebble server valley", "829465"),
    Member("admin2", "Artur Demo-Administrator", "A. Second", (Role.ADMINISTRATOR,), "quartz backup prairie", "930576"),
    Member("committee1", "Zlata Demo-Committee", "Z. Demo", (Role.COMMITTEE,), "topaz safety horizon", "162798"),
)


@dataclass
class Stage:
    """The installation, the clock and the cast. `do` lets somebody run a command and gives its result."""

    installation: Installation
    clock: SimulatedClock
    random: Random
    end: datetime
    people: dict[str, Actor] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    badges: dict[str, str] = field(default_factory=dict)

    def at(self, moment: datetime) -> None:
        """Move the clock to `moment`, never back."""
        self.clock.advance_to(min(moment, self.end))

    def before_end(self, **ago: float) -> None:
        """Move the clock to so long before the end of the story."""
        self.at(self.end - timedelta(**ago))

    def today(self) -> date:
        """The calendar day at the site, which late in the evening is not the day in UTC."""
        return self.site_day(self.clock.now())

    def site_day(self, moment: datetime) -> date:
        """The site's calendar day at `moment`."""
        return moment.astimezone(self.installation.settings.zone).date()

    def wait(self, **step: float) -> None:
        """Let some time pass, within the story."""
        self.at(self.clock.now() + timedelta(**step))

    def do(
        self, who: str, function: Callable[..., Any], /, *, because: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """`who` runs `function`; a decision is signed with the real password. Raises what the command refuses."""
        command = command_of(function)
        actor = self.people[who]
        order: Order = command.order(**fields)
        proof = {"username": who, "password": self.members[who].password}
        signing = self.installation.gate.reauthenticate(actor, proof) if command.signature is not None else None
        call = Call(command, order, actor, self.request_id(), because, None, signing)
        return self.installation.runner.run(call).result()

    def house(self, function: Callable[..., Any], /, **fields: Any) -> dict[str, Any]:
        """The system itself runs a command: for the first people, before anybody can sign in."""
        command = command_of(function)
        call = Call(command, command.order(**fields), SYSTEM_ACTOR, self.request_id(), by_house=True)
        return self.installation.runner.run(call).result()

    def request_id(self) -> str:
        """A request id from the seed."""
        return str(uuid.UUID(bytes=self.random.randbytes(16), version=4))

    def code_of(self, who: str) -> str:
        """A person's code."""
        return self.people[who].person


def take_the_stage(stage: Stage) -> None:
    """Register the cast. The first administrator is the system's doing; everything else is theirs."""
    for member in CAST:
        code = stage.house(
            accounts.register_person, username=member.username, name=member.name, initials=member.initials
        )["person"]
        actor = Actor(code, permissions_of(member.roles), frozenset(member.roles), "demonstration")
        stage.people[member.username] = actor
        stage.members[member.username] = member
        for role in member.roles:
            stage.house(accounts.grant_role, person=code, role=role)
        stage.house(accounts.give_password, person=code, password=member.password, pin=member.pin)
        stage.wait(minutes=2)
    for member in CAST:
        code = stage.code_of(member.username)
        stage.badges[member.username] = stage.do("admin1", accounts.issue_badge, person=code)["badge"]
    for member in CAST:
        if Role.INSPECTOR not in member.roles:  # who signs nothing, and is asked to read it on Today
            _accept_agreement(stage, member)
    _name_qualified_person(stage)
    with stage.installation.database.read() as tx:
        for member in CAST:
            held = accounts_queries.roles_of(tx, stage.code_of(member.username))
            if set(held) != set(member.roles):
                raise RuntimeError(f"{member.username} holds {held}")


def _accept_agreement(stage: Stage, member: Member) -> None:
    """Under a number of its own, so that the story's chances stay as they were."""
    command, order = command_of(agreement.accept_agreement), agreement.AcceptAgreement(version=VERSION)
    actor, proof = stage.people[member.username], {"username": member.username, "password": member.password}
    signing = stage.installation.gate.reauthenticate(actor, proof)
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"cellchain:agreement:{member.username}"))
    stage.installation.runner.run(Call(command, order, actor, number, signing=signing))


def _name_qualified_person(stage: Stage) -> None:
    """Who certifies lots in the story: named by an administrator, countersigned by somebody else of QA."""
    rests: dict[str, Any] = {"evidence": "Demonstration register, entry 0001", "valid_from": stage.today()}
    stage.do("admin1", qualified.mark_qualified_person, person=stage.code_of("qa2"), **rests)
    with stage.installation.database.read() as tx:
        (waiting,) = accounts_queries.open_decisions(tx)
    stage.do("qa1", accounts.countersign, decision=waiting.id)
