"""A busy moment in the house: something of everything is under way, so that most verbs have something to act on."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from cellchain.accounts import commands as accounts
from cellchain.accounts.directory import commands as directory
from cellchain.bedside.infusions import commands as bedside
from cellchain.custody import commands as custody
from cellchain.demo import clinic, donors, lab
from cellchain.demo.stage import CAST, Stage
from cellchain.followup import commands as followup
from cellchain.labels import commands as labels
from cellchain.labels.scanning import commands as scanning
from cellchain.manufacturing import commands as manufacturing
from cellchain.materials import commands as materials
from cellchain.quality import commands as quality
from cellchain.quality.methods import commands as methods
from cellchain.trial import commands as trial
from tests.bedside.world import World, played
from tests.races.things import arrived, in_a_box, label_on, made_from

# Which of the shippers stays where it is packed, and which has arrived.
WAITS, ARRIVED = 0, 1


def rows(world: World, table: str, **wanted: str) -> list[Any]:
    """The rows of a table that are as wanted, in the order of their keys."""
    found = SQLModel.metadata.tables[table]
    [key] = found.primary_key.columns
    with world.installation.database.engine.connect() as link:
        every = link.execute(found.select().order_by(key)).mappings().all()
    return [row for row in every if all(str(row[name]) == value for name, value in wanted.items())]


def begun(base: Path) -> Path:
    """The folder of such a moment below `base`, played at the first call."""
    folder = base / "morning"
    if not folder.exists():
        world = World(played(base), folder, seed=8)
        begin(world)
        world.close()
    return folder


def begin(world: World) -> None:
    """Everything at once, at the moment where the demonstration ended."""
    members = {member.username: member for member in CAST}
    stage = Stage(world.installation, world.clock, world.random, world.clock.now(), world.actors, members)
    _people(world)
    _donors(world, stage)
    _ward(world)
    _laboratory(world, stage)
    _quality(world)
    _trial_office(world, stage)


def _people(world: World) -> None:
    world.do("admin1", accounts.lock, person=world.actors["sponsor1"].person)
    world.do("admin1", accounts.enrol_station, station="bench-1", kind="bench", token_hash="1" * 64)
    world.do("admin1", accounts.enrol_station, station="bedside-1", kind="bedside", token_hash="2" * 64)
    world.do("admin1", scanning.configure_scanner, station="bench-1", gap_ms=200, prefix="~")
    inspector = world.actors["inspector1"].person
    world.do("admin1", directory.link_to_directory, person=inspector, code=arrived(world, "inspector"))
    world.do("admin1", accounts.grant_role, person=inspector, role="nurse")


def _donors(world: World, stage: Stage) -> None:
    """One donor waits for the physician's signature."""
    waiting = world.manifest["donors"][2]["code"]
    donors.ask(stage, waiting)
    donors.screen(stage, waiting)


def _ward(world: World) -> None:
    world.running(0)
    world.checked(1)
    paused, ended = world.running(3), world.running(4)
    world.do("nurse1", bedside.pause, infusion=paused)
    world.do("nurse1", bedside.stop_infusion, infusion=ended, volume_given_ul=390_000, complete=True)
    world.check("nurse1", "", "")
    store = rows(world, "materials_location", kind="store")[0]["code"]
    offered = {"label": world.ready(5)[1], "to_location": store, "temperature_mc": 5_000, "seal": "S-1"}
    world.do("nurse2", custody.hand_over, **offered)


def _laboratory(world: World, stage: Stage) -> None:
    rooms = lab.Lab(
        places={row["name"]: row["code"] for row in rows(world, "materials_location")},
        records={str(row["kind"]): row["id"] for row in rows(world, "manufacturing_master_record")},
        equipment={str(row["kind"]): row["code"] for row in rows(world, "materials_equipment")},
    )
    fresh = world.manifest["donations"][-1]["code"]
    bank = lab.open_lot(stage, rooms, "bank", "Bench 2", [fresh])
    do = world.do
    do(lab.PERFORMER, manufacturing.start_step, lot=bank, step="receipt")
    do(lab.PERFORMER, manufacturing.use_equipment, lot=bank, equipment=rooms.equipment["cabinet"])
    for parameter, value in (("bag_intact", "1"), ("marrow_volume", "60")):
        do(lab.PERFORMER, manufacturing.record_value, lot=bank, parameter=parameter, value=Decimal(value))
    do(lab.PERFORMER, manufacturing.complete_step, lot=bank)
    control = lab.open_lot(stage, rooms, "control", "Bench 3", study=world.manifest["study"]["code"])
    do(lab.PERFORMER, manufacturing.start_step, lot=control, step="preparation")
    source = next(one["code"] for one in world.manifest["lots"] if one["kind"] == "bank")
    bench = do(lab.PERFORMER, materials.register_location, name="Bench 6", kind="bench")["location"]
    rooms.places["Bench 6"] = bench
    product = lab.open_lot(stage, rooms, "product", "Bench 6", [source], world.manifest["study"]["code"])
    do(lab.PERFORMER, custody.reserve_vial, vial=in_a_box(world, "A2"), lot=product)
    for name in ("Bench 4", "Bench 5"):
        place = do(lab.PERFORMER, materials.register_location, name=name, kind="bench")["location"]
        clearance = do(lab.PERFORMER, manufacturing.clear_line, location=place)["clearance"]
        if name == "Bench 4":
            do(lab.VERIFIER, manufacturing.verify_clearance, clearance=clearance)
    do(
        "qa2",
        manufacturing.draft_master_record,
        source=made_from("cellchain.manufacturing", "master_records/bank.toml"),
    )
    out = rooms.equipment["freezer"]
    do(lab.PERFORMER, materials.take_out_of_service, equipment=out, reason="Its lid stood open.")
    do(lab.PERFORMER, labels.print_label, target=rooms.places["Bench 1"], design="location")
    _on_its_way(world, rooms)


def _on_its_way(world: World, rooms: lab.Lab) -> None:
    """One vial under way in a shipper, one that arrived with its logger not read out, one in a shipper that stays."""
    do, vials = world.do, rows(world, "manufacturing_container", kind="cryovial", phase="stored")
    vapour: dict[str, Any] = {"low_mc": -196_000, "high_mc": -140_000, "holds_hours": 24, "places_count": 4}
    for number, vial in enumerate(vials[-3:]):
        shipper, logger = (_machine(world, kind, number) for kind in ("shipper", "logger"))
        do("qa1", custody.configure_shipper, shipper=shipper, report="RACE", **vapour)
        do(lab.PERFORMER, custody.pack, shipper=shipper, subject=vial["code"])
        if number == WAITS:
            continue
        sent: dict[str, Any] = {
            "to_location": rooms.places["Bench 6"],
            "courier": "Courier",
            "courier_code": "C-1",
            "seal": "S-1",
        }
        sent |= {"temperature_mc": -180_000, "logger": logger}
        shipment = do(lab.PERFORMER, custody.ship, shipper=shipper, **sent)["shipment"]
        if number == ARRIVED:
            seen: dict[str, Any] = dict.fromkeys(("seal_intact", "packaging_intact", "labels_legible"), True)
            seen |= {"labels": (label_on(world, vial["code"]),), "seal": "S-1", "outcome": "accepted"}
            do(lab.VERIFIER, custody.receive, shipment=shipment, temperature_mc=-180_000, **seen)


def _machine(world: World, kind: str, number: int) -> str:
    """A shipper or a logger in service."""
    made = world.do(
        lab.PERFORMER, materials.register_equipment, name=f"Race {kind} {number}", kind=kind, serial=f"R-{number}"
    )
    code, due = str(made["equipment"]), (world.clock.now() + timedelta(days=30)).date()
    if kind == "shipper":
        world.do(lab.PERFORMER, materials.record_qualification, equipment=code, due_on=due, report="RACE")
    else:
        world.do(lab.PERFORMER, materials.record_calibration, equipment=code, due_on=due, certificate="RACE")
    world.do("qa1", materials.return_to_service, equipment=code)
    return code


def _quality(world: World) -> None:
    world.do("analyst1", quality.draft_specification, kind="product", stage="final")
    pending = next(row for row in rows(world, "quality_result", phase="pending") if row["test"] == "sterility_14d")
    world.do("analyst1", methods.draft_method, name="weighing", title="Weighing", procedure="SOP-2", tests=["volume"])
    again = {"sample": pending["sample"], "stage": str(pending["stage"]), "test": pending["test"]}
    world.do("analyst1", quality.record_result, **again, value="no growth")
    doubt = {"subject": world.ready(2)[0], "title": "A question", "description": "Somebody asked."}
    deviation = world.do("technician1", quality.open_deviation, **doubt)["deviation"]
    world.do("qa1", quality.assess_deviation, deviation=deviation, severity="minor", assessment="No effect.")


def _trial_office(world: World, stage: Stage) -> None:
    study = world.manifest["study"]["code"]
    clinic.enrol(stage, study, 21)
    clinic.enrol(stage, study, 22)
    event = rows(world, "followup_adverse_event", phase="open")[0]["id"]
    assessed = {"event": event, "relatedness": "unlikely", "expectedness": "unexpected"}
    world.do("physician1", followup.assess_causality, **assessed)
    treated = [row for row in world.manifest["recipients"] if row["phase"] == "randomised"]
    planned = {row["recipient"] for row in rows(world, "trial_planned_infusion")}
    person = next(row["code"] for row in treated if row["code"] not in planned)
    world.do(
        "coordinator1", trial.plan_infusions, recipient=person, first_on=(world.clock.now() + timedelta(days=1)).date()
    )
    turn = next(row["id"] for row in rows(world, "trial_planned_infusion", recipient=person))
    world.do("physician1", trial.order_infusion, infusion=turn, dose_cells_count=clinic.DOSE, weight_kg=Decimal(70))
    world.do("coordinator1", followup.raise_query, recipient=person, question="Is this value right?")
