"""Finding what an order is about in the demonstration: a lot in a phase, a person, a bag that is ready."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import resources
from typing import Any

from sqlmodel import SQLModel, func, select

from cellchain.accounts.directory.commands import note_arrival
from cellchain.accounts.directory.provider import Known
from cellchain.accounts.emergency import commands as emergencies
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.notices import commands as notices
from tests.bedside.world import World

Built = tuple[str, dict[str, Any]]
Builder = Callable[[World], Built]
PASSWORD = "seven unrelated paper lanterns"
REASON = "For the race."
EMERGENCY = {"role": "nurse", "cause": "nobody_on_duty", "account": "The second nurse fell ill on the way."}
DOCUMENT = "DEMO 999999"


def lot(world: World, phase: str) -> str:
    """A lot of the manifest in this phase."""
    return str(next(one["code"] for one in world.manifest["lots"] if one["phase"] == phase))


def first(world: World, table: str, **wanted: Any) -> Any:
    """A column's value (`column`) of the first row of a table that is as wanted; 1 where there is none."""
    column = wanted.pop("column", "id")
    columns = SQLModel.metadata.tables[table].c
    statement = SQLModel.metadata.tables[table].select().order_by(columns[column])
    with world.installation.database.engine.connect() as link:
        for row in link.execute(statement).mappings():
            if all(str(row[name]) == value for name, value in wanted.items()):
                return row[column]
    return 1


def person(world: World, who: str) -> str:
    """A person's code."""
    return world.actors[who].person


def arrived(world: World, subject: str) -> str:
    """The code of somebody whom the directory knows and this house does not."""
    known, now = Known("https://directory.example", subject, subject, None), world.clock.now()
    return str(world.installation.runner.outside(lambda tx: note_arrival(tx, known, now)))


def emergency(world: World, *, over: bool = False) -> int:
    """A role that a physician took in an emergency, and gave back where it is `over`."""
    number = int(world.do("physician1", emergencies.break_glass, **EMERGENCY)["emergency"])
    if over:
        world.do("physician1", emergencies.end_emergency, emergency=number)
    return number


def badge(world: World, who: str) -> str:
    """A person's badge."""
    return str(next(one["badge"] for one in world.manifest["people"] if one["username"] == who))


def supply(world: World, standing: str) -> str:
    """A material lot of the manifest in this standing."""
    return str(next(one["lot"] for one in world.manifest["materials"] if one["standing"] == standing))


def recipient(world: World, phase: str = "randomised", number: int = -1) -> str:
    """A recipient in this phase."""
    return str([one["code"] for one in world.manifest["recipients"] if one["phase"] == phase][number])


def unplanned(world: World) -> str:
    """A randomised recipient whose infusions are not planned."""
    planned = SQLModel.metadata.tables["trial_planned_infusion"].c.recipient
    with world.installation.database.engine.connect() as link:
        known = set(link.execute(select(planned)).scalars())
    return next(
        str(one["code"])
        for one in reversed(world.manifest["recipients"])
        if one["phase"] == "randomised" and one["code"] not in known
    )


def donation(world: World) -> str:
    """The newest donation of the donor who gave last."""
    giver = donor(world, 1)
    return str(next(one["code"] for one in world.manifest["donations"] if one["donor"] == giver))


def donor(world: World, number: int = 0) -> str:
    """A donor."""
    return str(world.manifest["donors"][number]["code"])


def news(world: World) -> int:
    """A notice for QA that wants no acknowledging."""
    order = notices.Notify(kind="arrived_late", subject=shipment(world, "received"))
    call = Call(command_of(notices.notify), order, SYSTEM_ACTOR, world.request_id(), by_house=True)
    return int(world.installation.runner.run(call).result()["notice"])


def place(world: World, kind: str) -> str:
    """A place of this kind."""
    return str(first(world, "materials_location", kind=kind, column="code"))


def machine(world: World, kind: str = "incubator") -> str:
    """A piece of equipment."""
    return str(first(world, "materials_equipment", kind=kind, column="code"))


def bought(world: World, kind: str) -> str:
    """An accepted lot of a material of this kind."""
    material = str(first(world, "materials_material", kind=kind))
    return str(first(world, "materials_lot", material=material, phase="accepted", column="code"))


def bench(world: World, name: str) -> str:
    """A place by its name."""
    return str(first(world, "materials_location", name=name, column="code"))


def last(world: World, table: str) -> int:
    """The newest number of a table."""
    key = SQLModel.metadata.tables[table].c.id
    with world.installation.database.engine.connect() as link:
        return int(link.execute(select(func.max(key))).scalar_one())


def container(world: World, **wanted: str) -> str:
    """A container as wanted."""
    return str(first(world, "manufacturing_container", column="code", **wanted))


def made_from(package: str, path: str) -> str:
    """A text that the product brings along."""
    return resources.files(package).joinpath(path).read_text(encoding="utf-8")


def today(world: World, days: int = 0) -> date:
    """The day of the clock, or `days` later."""
    return (world.clock.now() + timedelta(days=days)).date()


def running(world: World, **fields: Any) -> dict[str, Any]:
    """Fields about the infusion that runs."""
    return {"infusion": first(world, "bedside_infusion", phase="running"), **fields}


def symbols(world: World, number: int) -> dict[str, Any]:
    """A ready pair."""
    _, symbol, _, band = world.ready(number)
    return {"wristband": band, "bag": symbol}


def ready_bag(world: World, number: int = 2) -> str:
    """A bag at the ward."""
    return world.ready(number)[0]


def label_on(world: World, code: str) -> str:
    """The label that a container wears."""
    return str(first(world, "labels_label", target=code, phase="confirmed", column="code"))


def shipment(world: World, phase: str, column: str = "code") -> str:
    """A shipment in this phase, or its shipper or logger."""
    found = [row for row in rows_of(world, "custody_shipment") if row["phase"] == phase]
    return str(found[-1][column])


def rows_of(world: World, table: str) -> list[Any]:
    """All rows of a table, in the order of their keys."""
    found = SQLModel.metadata.tables[table]
    [key] = found.primary_key.columns
    with world.installation.database.engine.connect() as link:
        return list(link.execute(found.select().order_by(key)).mappings())


def in_a_box(world: World, cell: str = "A1") -> str:
    """The vial of the bank that lies in this cell."""
    return str(first(world, "custody_stored_at", column="subject", position=cell))


def open_lot(world: World, kind: str) -> str:
    """A lot of this kind that is worked on."""
    return str(first(world, "manufacturing_lot", column="code", kind=kind, phase="open"))


def session(world: World, who: str) -> str:
    """A session of somebody, just opened: the hash that its list shows."""
    told = next(one for one in world.manifest["people"] if one["username"] == who)
    opened = world.installation.gate.sign_in(who, told["password"], device=None, by_cookie=False)
    return str(opened.session.token_hash)
