"""Orders of last days, moves and the review of access."""

from datetime import timedelta
from typing import Any

from sqlmodel import SQLModel

from cellchain.accounts.agreement.text import VERSION
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.review import commands as review
from tests.bedside.world import World
from tests.races.things import REASON, Builder, person, today


def limited(world: World, who: str) -> dict[str, Any]:
    """Somebody whose account has a last day, and an order for a later one."""
    days: dict[str, Any] = {"person": person(world, who), "reason": REASON}
    order = expiry.SetLastDay(**days, last_day=today(world) + timedelta(days=20))
    world.installation.runner.run(world.call("admin1", expiry.set_last_day, order)).result()
    return {**days, "last_day": today(world) + timedelta(days=60)}


def reviewed(world: World) -> int:
    """A review that is open."""
    return int(world.do("admin1", review.open_access_review)["review"])


def answered(world: World, **said: str) -> int:
    """A review of which every line is answered: kept, unless `said` otherwise of somebody."""
    number = reviewed(world)
    lines = SQLModel.metadata.tables["accounts_review_line"]
    with world.installation.database.engine.connect() as link:
        people = [row.person for row in link.execute(lines.select().where(lines.c.review == number))]
    told = {person(world, who): answer for who, answer in said.items()}
    for code in people:
        by = "admin1" if code == person(world, "qa1") else "qa1"
        answer = told.get(code, "keep")
        world.do(by, review.review_access, review=number, person=code, answer=answer, remark=REASON)
    return number


def closed(world: World, **said: str) -> int:
    """A review that QA has signed."""
    number = answered(world, **said)
    world.do("qa1", review.close_access_review, review=number)
    return number


ACCESS: dict[str, Builder] = {
    "accept_agreement": lambda w: ("inspector1", {"version": VERSION}),
    "set_last_day": lambda w: (
        "admin1",
        {"person": person(w, "nurse1"), "role": "nurse", "last_day": today(w) + timedelta(days=30), "reason": REASON},
    ),
    "extend_last_day": lambda w: ("admin1", limited(w, "nurse2")),
    "move_person": lambda w: (
        "admin1",
        {"person": person(w, "technician1"), "ends": ["technician"], "begins": ["analyst", "nurse"], "reason": REASON},
    ),
    "open_access_review": lambda w: ("qa1", {}),
    "review_access": lambda w: ("qa1", {"review": reviewed(w), "person": person(w, "nurse1"), "answer": "keep"}),
    "close_access_review": lambda w: ("qa1", {"review": answered(w)}),
    "settle_review_line": lambda w: (
        "admin1",
        {"review": closed(w, nurse1="change"), "person": person(w, "nurse1"), "done": "Done as decided."},
    ),
}
