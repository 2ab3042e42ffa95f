"""The quality control laboratory of the story: instruments, methods, laboratories, and samples on their ways."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cellchain.demo.lab import PERFORMER, Lab, label_all
from cellchain.demo.stage import Stage
from cellchain.ledger import uploads
from cellchain.materials import commands as materials
from cellchain.materials import queries as materials_queries
from cellchain.quality import commands as quality
from cellchain.quality import defaults
from cellchain.quality import queries as quality_queries
from cellchain.quality.imports import commands as imports
from cellchain.quality.laboratories import commands as laboratories
from cellchain.quality.laboratories import queries as laboratory_queries
from cellchain.quality.methods import commands as methods
from cellchain.quality.methods import queries as method_queries
from cellchain.quality.rules.lifecycles import Stage as TestStage

INSTRUMENTS = (
    ("Flow cytometer FC-1", "cytometer"),
    ("Plate reader PR-1", "plate_reader"),
    ("Thermocycler TC-1", "thermocycler"),
    ("Culture system CS-1", "culture_system"),
    ("Microscope MI-1", "microscope"),
    ("Balance BA-1", "analytical_balance"),
)
# What the contract laboratory reads of the bank, and how its report names it.
SENT_OUT = (("mycoplasma", "negative"), ("karyotype", "normal"))
OUTSIDE, OURS = "Example Contract Laboratory", "Quality control laboratory"
REPORT = "ECL-DEMO-0007"
RETAINED = timedelta(days=730)


def equip(stage: Stage, rooms: Lab) -> None:
    """Instruments in service, two laboratories, and every method of the house effective by another's signature."""
    due = (stage.end + timedelta(days=90)).date()
    for number, (name, kind) in enumerate(INSTRUMENTS):
        serial = f"DEMO-QC-{number:03d}"
        code = stage.do("technician1", materials.register_equipment, name=name, kind=kind, serial=serial)["equipment"]
        papers: dict[str, Any] = {"equipment": code, "due_on": due}
        stage.do("technician1", materials.record_calibration, **papers, certificate=f"CAL-{serial}")
        stage.do("technician1", materials.record_qualification, **papers, report=f"QUAL-{serial}")
        stage.do("qa1", materials.return_to_service, equipment=code)
        rooms.equipment[kind] = code
    label_all(stage, [rooms.equipment[kind] for _, kind in INSTRUMENTS], "equipment")
    stage.do("qa1", laboratories.register_laboratory, name=OURS, kind="in_house")
    until = (stage.end + timedelta(days=200)).date()
    contract: dict[str, Any] = {
        "name": OUTSIDE,
        "kind": "contract",
        "agreement": "QA-DEMO-12",
        "agreement_until": until,
    }
    stage.do("qa1", laboratories.register_laboratory, **contract)
    for order in defaults.methods():
        drafted = stage.do("analyst1", methods.draft_method, **order)["method"]
        stage.do("qa1", methods.approve_method, method=drafted)
        stage.wait(minutes=2)


def read_with(stage: Stage, test: str) -> str | None:
    """The instrument that a test is read with."""
    with stage.installation.database.read() as tx:
        kind = next(one.instrument for one in method_queries.effective(tx) if test in one.tests)
        lines = materials_queries.equipment_lines(tx)
    return None if kind is None else next(line.equipment.code for line in lines if line.equipment.kind == kind)


def panel_of(stage: Stage, tests: Sequence[str]) -> tuple[int, list[str]]:
    """The panel among these tests, and its markers; no number where there is none."""
    with stage.installation.database.read() as tx:
        panels = [one for one in method_queries.effective(tx) if one.is_panel]
    for method in panels:
        markers = [test for test in tests if test in method.tests]
        if len(markers) > 1:
            return method.id, markers
    return 0, []


def laboratory(stage: Stage, name: str) -> int:
    """The number of a laboratory."""
    with stage.installation.database.read() as tx:
        return next(one.id for one in laboratory_queries.laboratories(tx) if one.name == name)


def send_out(stage: Stage, container: str) -> str:
    """A sample for the contract laboratory: taken, labelled, sent on ice, and received there. Gives the sample."""
    sample = drawn(stage, container, volume_ul=400)
    to: dict[str, Any] = {
        "laboratory": laboratory(stage, OUTSIDE),
        "sent_as": "refrigerated",
        "carrier": "Courier",
        "seal": "S-DEMO-9",
    }
    stage.do("analyst1", laboratories.send_sample, sample=sample, **to)
    stage.wait(hours=3)
    arrived: dict[str, Any] = {"arrival": "sound", "temperature_mc": 4_800, "receiver": "O. Example"}
    stage.do("analyst1", laboratories.receive_sample, sample=sample, **arrived)
    return sample


def read_report(stage: Stage, sample: str, of_stage: str) -> None:
    """The contract laboratory's results come as a file; the other analyst verifies them beside it."""
    lines = [f"{sample};{of_stage};{test};{value};{REPORT}" for test, value in SENT_OUT]
    text = "\r\n".join(["sample;stage;test;value;report", *lines, ""])
    digest = uploads.receive(stage.installation, stage.code_of("analyst1"), text.encode())
    file = {"name": "ECL-DEMO-0007.csv", "sha256": digest}
    made = stage.do("analyst1", imports.import_results, file=file)
    stage.wait(minutes=20)
    results = tuple(one["result"] for one in made["results"])
    stage.do("analyst2", quality.verify_results, results=results)


def retain(stage: Stage, rooms: Lab, container: str) -> None:
    """A retained sample, put away in the cold."""
    kept: dict[str, Any] = {"purpose": "retention", "vessel": "cryovial", "keep_until": stage.today() + RETAINED}
    sample = drawn(stage, container, volume_ul=500, **kept)
    stage.do(PERFORMER, laboratories.store_sample, sample=sample, place=rooms.places["Cold store"], position="R1-04")


def send_to_ours(stage: Stage, container: str) -> None:
    """A sample that is on its way to our own laboratory and has not arrived."""
    sample = drawn(stage, container, volume_ul=500, purpose="in_process")
    to: dict[str, Any] = {"laboratory": laboratory(stage, OURS), "sent_as": "refrigerated"}
    stage.do(PERFORMER, laboratories.send_sample, sample=sample, **to)


def drawn(stage: Stage, container: str, *, volume_ul: int, **more: object) -> str:
    """A sample of a container, its label scanned back."""
    fields: dict[str, Any] = {"container": container, "volume_ul": volume_ul, **more}
    sample: str = stage.do(PERFORMER, quality.take_sample, **fields)["sample"]
    label_all(stage, [sample], "sample")
    return sample


def is_settled(stage: Stage, lot: str, of_stage: str, test: str) -> bool:
    """Whether a test has its verified result already."""
    with stage.installation.database.read() as tx:
        kind = quality_queries.kind_of(tx, lot)
        tests = quality_queries.tests_of(tx, lot, kind, TestStage(of_stage))
    return any(one.is_verified for one in tests if one.limit.test == test)
