"""The rooms and machines of the demonstration: a box in the freezer, shippers with loggers, readings, cleanings, and a
centrifuge and a shipper overdue."""

from datetime import timedelta
from typing import Any

from cellchain.custody import commands as custody
from cellchain.demo.stage import Stage
from cellchain.manufacturing import commands as manufacturing
from cellchain.materials import commands as materials

BOX = "Box 7"
PLATE = timedelta(hours=4)
# What is read in a room of grade B on a quiet day: kind, value.
QUIET = (
    ("temperature", "20.8"),
    ("pressure", "14.5"),
    ("humidity", "46"),
    ("particles", "61200"),
)


def furnish(stage: Stage, lab: Any) -> None:
    """Divide a box into cells, plan cleanings, and register a centrifuge that nobody had calibrated again."""
    box: dict[str, Any] = {"rows_count": 9, "columns_count": 9, "shelf": "2", "rack": "1"}
    stage.do("technician1", custody.lay_out_box, location=lab.places[BOX], equipment=lab.equipment["freezer"], **box)
    for kind, days in (("incubator", 30), ("cabinet", 7)):
        stage.do("technician1", materials.plan_cleaning, equipment=lab.equipment[kind], clean_every_days=days)
    for number in range(1, 4):
        _shipper(stage, lab, number)
    old = stage.do(
        "technician1", materials.register_equipment, name="Centrifuge CF-2", kind="centrifuge", serial="DEMO-900"
    )
    lapses = (stage.end - timedelta(days=12)).date()
    code = old["equipment"]
    stage.do("technician1", materials.record_calibration, equipment=code, due_on=lapses, certificate="CAL-DEMO-900")
    later = (stage.end + timedelta(days=20)).date()
    stage.do("technician1", materials.record_qualification, equipment=code, due_on=later, report="QUAL-DEMO-900")
    stage.do("qa1", materials.return_to_service, equipment=code)


def _shipper(stage: Stage, lab: Any, number: int) -> None:
    """A shipper for 2 to 8 °C with its logger; the third one's qualification has run out meanwhile."""
    name, who = f"Shipper SH-{number}", "technician1"
    due = (stage.end + timedelta(days=180 if number < 3 else -20)).date()
    shipper = stage.do(who, materials.register_equipment, name=name, kind="shipper", serial=f"DEMO-BOX-{number}")
    code = lab.shippers[name] = shipper["equipment"]
    report = f"QUAL-DEMO-BOX-{number}"
    stage.do(who, materials.record_qualification, equipment=code, due_on=due, report=report)
    stage.do("qa1", materials.return_to_service, equipment=code)
    kept: dict[str, Any] = {"low_mc": 2_000, "high_mc": 8_000, "holds_hours": 24, "places_count": 4}
    stage.do("qa1", custody.configure_shipper, shipper=code, report=report, **kept)
    logger = stage.do(
        who, materials.register_equipment, name=f"Logger TL-{number}", kind="logger", serial=f"DEMO-LOG-{number}"
    )
    code = lab.loggers[name] = logger["equipment"]
    due = (stage.end + timedelta(days=150)).date()
    stage.do(who, materials.record_calibration, equipment=code, due_on=due, certificate=f"CAL-DEMO-LOG-{number}")
    stage.do("qa1", materials.return_to_service, equipment=code)


def read_rooms(stage: Stage, lab: Any) -> None:
    """Three rounds of readings in Bench 1 and Bench 2, one outside its alert limit and one out of limit at the end."""
    for turn in range(3):
        for name in ("Bench 1", "Bench 2"):
            for kind, value in QUIET:
                drift = "21.4" if kind == "temperature" and turn == 1 else value
                _read(stage, lab, name, kind, drift)
            _plate(stage, lab, name, "0" if turn else "1")
        stage.wait(hours=4)
    _read(stage, lab, "Bench 1", "pressure", "11.2", because="The door to the airlock stood open for a moment.")
    _plate(stage, lab, "Bench 2", "7", because="Read after 5 days; the plate stood beside the door.")
    stage.do(
        "technician2", materials.record_cleaning, equipment=lab.equipment["cabinet"], agent="Demo sporicide, lot S-1"
    )
    stage.do(
        "technician2",
        materials.record_cleaning,
        equipment=lab.equipment["incubator"],
        agent="Demo detergent, lot D-1",
        occasion="between_batches",
    )


def _read(stage: Stage, lab: Any, name: str, kind: str, value: str, because: str | None = None) -> None:
    reading = {"location": lab.places[name], "kind": kind, "value": value}
    stage.do("technician1", manufacturing.record_environment, because=because, **reading)


def _plate(stage: Stage, lab: Any, name: str, value: str, because: str | None = None) -> None:
    now = stage.clock.now()
    plate = {"location": lab.places[name], "kind": "settle_plate", "value": value}
    window = {"open_from": now - PLATE - timedelta(hours=1), "open_until": now - timedelta(hours=1)}
    stage.do("technician1", manufacturing.record_environment, because=because, **plate, **window)
