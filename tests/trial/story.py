"""The trial told in tests: real people, a study, recipients at each stage, and bags as manufacturing leaves them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from cellchain.accounts import commands as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import CellchainError, Forbidden
from cellchain.ledger.actor import SYSTEM, Actor
from cellchain.trial import commands, definition, queries
from tests.factories import House

DEFINITION_TEXT = (Path(definition.__file__).parent / "studies" / "msc-ild.toml").read_text(encoding="utf-8")
STUDY = definition.parse(DEFINITION_TEXT)
NAME = "Testov <b>Primer</b> Obraztsovich"
BORN = date(1962, 5, 17)
FIRST_ON = date(2026, 3, 2)
BLOCKS = (4, 6, 4, 6)
PASSPHRASE = "four quite unrelated words"


@contextmanager
def refuses(code: str) -> Iterator[None]:
    """Expects the refusal `code`, said in whole sentences."""
    with pytest.raises(CellchainError) as refused:
        yield
    assert refused.value.code == code
    assert str(refused.value.text).endswith(".")


@contextmanager
def forbids() -> Iterator[None]:
    """Expects that the person's roles do not allow it."""
    with pytest.raises(Forbidden):
        yield


@dataclass(frozen=True)
class People:
    """One person for each duty in the trial, all registered, so that orders may name them."""

    statistician: Actor
    coordinator: Actor
    physician: Actor
    nurse: Actor
    second_nurse: Actor
    technician: Actor
    qa: Actor
    second_qa: Actor
    assessor: Actor


def person(house: House, username: str, *roles: str) -> Actor:
    """Somebody registered who holds these roles."""
    house_itself = Actor(SYSTEM, permissions_of(["administrator"]))
    code = house.do(
        accounts.register_person, by=house_itself, username=username, name=username.title(), initials=username[:12]
    )["person"]
    for role in roles:
        house.do(accounts.grant_role, by=house_itself, person=code, role=role)
    return Actor(code, permissions_of(roles), frozenset(roles), "office-1")


def people(house: House) -> People:
    """Everybody of the trial."""
    return People(
        statistician=person(house, "statistician", "statistician"),
        coordinator=person(house, "coordinator", "coordinator"),
        physician=person(house, "physician", "physician"),
        nurse=person(house, "nurse", "nurse"),
        second_nurse=person(house, "second.nurse", "nurse"),
        technician=person(house, "technician", "technician"),
        qa=person(house, "qa.one", "qa"),
        second_qa=person(house, "qa.two", "qa"),
        assessor=person(house, "assessor", "assessor"),
    )


class Story:
    """A house with an open study, and each stage of a recipient as one call."""

    def __init__(self, house: House, *, committed: bool = True, definition_text: str = DEFINITION_TEXT) -> None:
        self.house = house
        self.people = people(house)
        self.bags = 0
        house.do(commands.open_study, by=self.people.statistician, definition=definition_text)
        if committed:
            self.commit()

    def do(self, function: Any, *, by: Actor, **fields: Any) -> dict[str, Any]:
        """Run a command."""
        return self.house.do(function, by=by, **fields)

    def badge(self, whose: Actor) -> str:
        """A live badge of somebody."""
        house_itself = Actor(SYSTEM, permissions_of(["administrator"]))
        return str(self.do(accounts.issue_badge, by=house_itself, person=whose.person)["badge"])

    def commit(self, blocks: tuple[int, ...] = BLOCKS) -> dict[str, Any]:
        """The statistician commits the list."""
        return self.do(
            commands.commit_allocation_list,
            by=self.people.statistician,
            study=STUDY.code,
            block_sizes=blocks,
            passphrase=PASSPHRASE,
        )

    def enrolled(self, **other: Any) -> str:
        """Somebody enrolled: their code."""
        fields = {
            "study": STUDY.code,
            "site": STUDY.sites[0].code,
            "name": NAME,
            "born": BORN,
            "sex": "male",
            "height_cm": "172.5",
            "weight_kg": "81.4",
            "physician": self.people.physician.person,
        }
        return str(self.do(commands.enrol, by=self.people.coordinator, **{**fields, **other})["recipient"])

    def consented(self) -> str:
        """Enrolled, and consent recorded."""
        recipient = self.enrolled()
        self.do(commands.record_consent, by=self.people.coordinator, recipient=recipient, version="2.0 of 12 Jan 2026")
        return recipient

    def measured(self, **other: Any) -> str:
        """With consent and a baseline that is within every limit."""
        recipient = self.consented()
        self.do(commands.record_baseline, by=self.people.physician, recipient=recipient, **{**BASELINE, **other})
        return recipient

    def eligible(self) -> str:
        """Signed eligible."""
        recipient = self.measured()
        self.do(commands.confirm_eligibility, by=self.people.physician, recipient=recipient, answers=answers())
        return recipient

    def randomised(self) -> str:
        """Randomised."""
        recipient = self.eligible()
        self.do(commands.randomise, by=self.people.coordinator, recipient=recipient)
        return recipient

    def planned(self, first_on: date = FIRST_ON) -> str:
        """Randomised, with the eight infusions planned."""
        recipient = self.randomised()
        self.do(commands.plan_infusions, by=self.people.coordinator, recipient=recipient, first_on=first_on)
        return recipient

    def ordered(self, number: int = 1) -> str:
        """Planned, with infusion `number` ordered."""
        recipient = self.planned()
        self.order(recipient, number)
        return recipient

    def order(self, recipient: str, number: int = 1) -> dict[str, Any]:
        """The physician orders an infusion."""
        return self.do(
            commands.order_infusion,
            by=self.people.physician,
            infusion=self.infusion(recipient, number),
            dose_cells_count=STUDY.product.dose_cells_count,
            weight_kg="80.0",
        )

    def assigned(self) -> tuple[str, str]:
        """A recipient, and the bag assigned to their first infusion."""
        recipient = self.ordered()
        bag = self.bag(self.content_for(recipient))
        self.do(commands.assign_bag, by=self.people.technician, bag=bag, recipient=recipient)
        return recipient, bag

    def last_entry(self) -> Any:
        """The newest entry of the ledger."""
        return self.house.entries()[-1]

    def events(self) -> list[str]:
        """The events of the ledger in order."""
        return [entry.event for entry in self.house.entries()]

    def infusion(self, recipient: str, number: int = 1) -> int:
        """The key of a planned infusion."""
        with self.house.read() as tx:
            return next(one.id for one in queries.plan_of(tx, recipient) if one.number == number)

    def content_for(self, recipient: str) -> str:
        """What the arm of a recipient calls for."""
        with self.house.read() as tx:
            return str(queries.content_for(tx, recipient))

    def other_content(self, recipient: str) -> str:
        """What it does not call for."""
        return "saline" if self.content_for(recipient) == "msc" else "msc"

    def bag(self, content: str, **other: Any) -> str:
        """A filled infusion bag in a lot of its own, written past the runner as manufacturing would leave it."""
        self.bags += 1
        return a_bag(self.house, self.bags, content, **other)


BASELINE = {
    "measured_on": "2026-02-20",
    "fvc_litres": "2.31",
    "fvc_predicted_permille": 574,
    "fev1_litres": "1.90",
    "dlco_mmol": "3.12",
    "dlco_predicted_permille": 360,
    "walk_metres": 318,
    "before_on": "2025-02-18",
    "fvc_before_litres": "2.71",
    "dlco_before_mmol": "3.90",
}


def answers(**other: bool) -> list[dict[str, Any]]:
    """Answers that make somebody eligible, with `other` in their place."""
    given = {one.code: True for one in STUDY.eligibility.inclusions}
    given |= {one.code: False for one in STUDY.eligibility.exclusions}
    return [{"criterion": code, "applies": applies} for code, applies in {**given, **other}.items()]


def a_bag(
    house: House,
    number: int,
    content: str,
    *,
    cells_count: int = 201_000_000,
    phase: str = "filled",
    keeps: timedelta = timedelta(hours=6),
    study: str | None = STUDY.code,
) -> str:
    """A bag, its lot and what those need, inserted as rows."""
    now = house.clock.now()
    tables = SQLModel.metadata.tables
    lot = issue(Kind.LOT, 1, 2026, 700_000 + number)
    bag = issue(Kind.BAG, 1, 2026, 700_000 + number)
    kind = "product" if content == "msc" else "control"
    cells = cells_count if content == "msc" else None
    record = {
        "id": 7_000 + number,
        "name": f"record-{number}",
        "kind": kind,
        "version": 1,
        "phase": "effective",
        "product_code": "D0001",
        "steps": {},
        "source_hash": "0" * 64,
        "drafted_by": SYSTEM,
        "drafted_at": now,
    }
    place = {
        "code": issue(Kind.LOCATION, 1, 2026, 700_000 + number),
        "phase": "open",
        "name": f"Bench {number}",
        "kind": "bench",
    }
    batch = {
        "code": lot,
        "kind": kind,
        "master_record": record["id"],
        "phase": "completed",
        "location": place["code"],
        "product_code": "D0001",
        "study": study,
        "opened_by": SYSTEM,
        "opened_at": now,
    }
    filled = {
        "code": bag,
        "lot": lot,
        "kind": "infusion_bag",
        "content": content,
        "phase": phase,
        "cells_count": cells,
        "cells_made_count": cells,
        "cells_grown_count": 0,
        "volume_ul": 400_000,
        "volume_made_ul": 400_000,
        "viability_permille": 930 if cells else None,
        "made_at": now,
        "made_by": SYSTEM,
        "expires_at": now + keeps,
        "division": number,
        "product_code": "D0001",
    }
    with house.database.engine.begin() as link:
        for table, row in (
            ("manufacturing_master_record", record),
            ("materials_location", place),
            ("manufacturing_lot", batch),
            ("manufacturing_container", filled),
        ):
            link.execute(tables[table].insert().values(**row))
    return bag
