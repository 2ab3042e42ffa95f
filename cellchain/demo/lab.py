"""The laboratory's part of the story: supplies, the bank, four product lots and a control lot."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import timedelta
from decimal import Decimal
from importlib import resources
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts import queries as accounts_queries
from cellchain.demo import rooms, supplies
from cellchain.demo.stage import Stage
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.labels import commands as labels
from cellchain.labels import design as designs
from cellchain.labels import queries as labels_queries
from cellchain.manufacturing import batch_record
from cellchain.manufacturing import commands as manufacturing
from cellchain.manufacturing import queries as manufacturing_queries
from cellchain.manufacturing.counts import commands as counts
from cellchain.manufacturing.describe import DESIGNS
from cellchain.manufacturing.rules.cells import LIVE
from cellchain.manufacturing.rules.definition import Step
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.materials import commands as materials
from cellchain.quality import commands as quality

PERFORMER, VERIFIER = "technician1", "technician2"
DOSE = 200_000_000
TRAINING_COUNTS = timedelta(days=730)
VESSEL = {"area_cm2": 636, "medium_ul": 120_000}
# Values that a person confirms beside what the verb itself records.
CONFIRMED = frozenset({"clear"})
# The invented counter of the demonstration writes millions in a millilitre.
COUNTER_COLUMNS: dict[str, Any] = {
    "kind": "concentrations",
    "live": "Live (10^6/mL)",
    "total": "Total (10^6/mL)",
    "factor": 1_000_000,
}
VIGOUR = (100, 118, 96, 109, 88)  # in percent: how a lot grows beside the others
# What a count says instead of a person, and how it is made.
COUNTED = frozenset({"nucleated_count", "recovered_count", "harvested_count"})
CHAMBER_NL, CELLS_A_CHAMBER = 400, 150
EQUIPMENT = (
    ("Incubator INC-1", "incubator"),
    ("Safety cabinet BSC-1", "cabinet"),
    ("Centrifuge CF-1", "centrifuge"),
    ("Cell counter CC-1", "counter"),
    ("Vapour freezer LN-1", "freezer"),
)
LOCATIONS = (
    ("Bench 1", "bench"),
    ("Bench 2", "bench"),
    ("Bench 3", "bench"),
    ("Cold store", "store"),
    ("Courier", "courier"),
    ("Ward 3", "ward"),
    ("Box 7", "store"),
)
ROOM_CLASSES = {"Bench 1": "B", "Bench 2": "B", "Bench 3": "C"}


@dataclass
class Lab:
    """What the laboratory has: codes by kind or name."""

    supplies: dict[str, str] = field(default_factory=dict)
    other_lots: list[str] = field(default_factory=list)
    equipment: dict[str, str] = field(default_factory=dict)
    shippers: dict[str, str] = field(default_factory=dict)
    loggers: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    donors: list[str] = field(default_factory=list)
    ineligible: str = ""
    lots: dict[str, str] = field(default_factory=dict)
    # The last sample of a lot at each of its sampling points.
    samples: dict[tuple[str, str], str] = field(default_factory=dict)
    # The material lot that somebody takes by mistake at the next step of that name.
    slips: dict[str, str] = field(default_factory=dict)


def furnish(stage: Stage, lab: Lab) -> None:
    """Approve labels and master records, register places, equipment and materials."""
    for name in designs.names():
        stage.do("qa1", labels.approve_design, name=name)
    for name, kind in LOCATIONS:
        place = {"name": name, "kind": kind, "room_class": ROOM_CLASSES.get(name)}
        lab.places[name] = stage.do("technician1", materials.register_location, **place)["location"]
    for number, (name, kind) in enumerate(EQUIPMENT):
        code = stage.do("technician1", materials.register_equipment, name=name, kind=kind, serial=f"DEMO-{number:03d}")[
            "equipment"
        ]
        due = (stage.end + timedelta(days=90)).date()
        stage.do(
            "technician1",
            materials.record_calibration,
            equipment=code,
            due_on=due,
            certificate=f"CAL-DEMO-{number:03d}",
        )
        stage.do(
            "technician1", materials.record_qualification, equipment=code, due_on=due, report=f"QUAL-DEMO-{number:03d}"
        )
        stage.do("qa1", materials.return_to_service, equipment=code)
        lab.equipment[kind] = code
    stage.do("qa1", counts.name_columns, equipment=lab.equipment["counter"], **COUNTER_COLUMNS)
    rooms.furnish(stage, lab)
    for number, (name, kind, gtin) in enumerate(supplies.MATERIALS):
        material = supplies.register(stage, name, kind, gtin)
        amount, low = supplies.AMOUNTS[kind]
        stage.do("technician1", materials.set_stock_limits, material=material, low=low, soon_days=45)
        lab.supplies[kind] = supplies.receive(stage, gtin, f"A{number}", days=400, accept=True, amount=amount)
        if kind == "medium":
            lab.other_lots.append(supplies.receive(stage, gtin, "EXP", days=-3, accept=True))
            lab.other_lots.append(supplies.receive(stage, gtin, "QUA", days=300, accept=False))
        stage.wait(minutes=5)
    for kind in ("bank", "product", "control"):
        _approve_master_record(stage, lab, kind)
    label_all(stage, [code for kind, code in lab.equipment.items() if kind != "freezer"], "equipment")
    label_all(stage, [*lab.supplies.values(), lab.other_lots[0]], "material_lot")


def label_late(stage: Stage, lab: Lab) -> None:
    """Two labels that were printed this morning and not scanned back yet: somebody's work of today."""
    for target, design in ((lab.equipment["freezer"], "equipment"), (lab.other_lots[1], "material_lot")):
        stage.do(PERFORMER, labels.print_label, target=target, design=design)
        stage.wait(minutes=1)


def _approve_master_record(stage: Stage, lab: Lab, kind: str) -> None:
    source = (
        resources.files("cellchain.manufacturing").joinpath(f"master_records/{kind}.toml").read_text(encoding="utf-8")
    )
    record = stage.do("technician1", manufacturing.draft_master_record, source=source)["master_record"]
    stage.do("technician2", manufacturing.review_master_record, master_record=record)
    stage.do("qa2", manufacturing.approve_master_record, master_record=record)
    countersign(stage, "qa1")
    lab.records[kind] = record
    for number, person in enumerate((PERFORMER, VERIFIER), 1):
        stage.do(
            "qa1",
            manufacturing.record_training,
            person=stage.code_of(person),
            master_record=record,
            trainer=stage.code_of("qa2"),
            trained_on=stage.today(),
            valid_until=stage.today() + TRAINING_COUNTS,
            evidence=f"Demonstration sheet {kind}-{number}, observed and assessed",
        )


def countersign(stage: Stage, who: str) -> None:
    """A second person signs whatever decision waits."""
    with stage.installation.database.read() as tx:
        waiting = accounts_queries.open_decisions(tx)
    for decision in waiting:
        stage.do(who, accounts.countersign, decision=decision.id)


def label_and_confirm(stage: Stage, who: str, target: str, design: str) -> str:
    """Print a label and scan it back. Gives its symbol."""
    label = stage.do(
        who, labels.print_label, target=target, design=design, language="both" if design == "infusion_bag" else "ru"
    )
    stage.wait(minutes=1)
    confirmed = stage.do(who, labels.confirm_label, scanned=label["symbol"], expected=label["label"])
    if not confirmed["confirmed"]:
        raise RuntimeError(f"label {label['label']} was not confirmed: {confirmed}")
    symbol: str = label["symbol"]
    return symbol


def symbol_on(stage: Stage, thing: str, design: str) -> str:
    """What the label of a thing carries, as a reader reads it."""
    with stage.installation.database.read() as tx:
        label = labels_queries.confirmed_label(tx, thing, design)
    if label is None:
        raise RuntimeError(f"{thing} wears no label {design}")
    return label.symbol


# -- batches ---------------------------------------------------------------------------------------------------------


def open_lot(
    stage: Stage, lab: Lab, kind: str, place: str, sources: Sequence[str] = (), study: str | None = None
) -> str:
    """Clear the line, let a second person verify it, and open a batch."""
    cleared = stage.do(PERFORMER, manufacturing.clear_line, location=lab.places[place])
    stage.do(VERIFIER, manufacturing.verify_clearance, clearance=cleared["clearance"])
    code: str = stage.do(
        PERFORMER,
        manufacturing.open_batch,
        master_record=lab.records[kind],
        location=lab.places[place],
        sources=tuple(sources),
        study=study,
    )["lot"]
    return code


def step(
    stage: Stage, lab: Lab, lot: str, key: str, act: Callable[..., Any] | None = None, /, **fields: Any
) -> dict[str, Any]:
    """One step whole: started, scanned, done, values entered, completed, verified by another.

    `act` is the verb that does the step, and `fields` its order; without it, `fields` are values to enter.
    """
    with stage.installation.database.read() as tx:
        wanted = manufacturing_queries.definition_of(tx, lot).step(key)
    if wanted is None:
        raise RuntimeError(f"{lot} has no step {key}")
    stage.do(PERFORMER, manufacturing.start_step, lot=lot, step=key)
    if key in lab.slips:
        with suppress(Refused):
            stage.do(PERFORMER, manufacturing.use_material, lot=lot, material=lab.slips.pop(key))
    for kind in wanted.materials:
        stage.do(PERFORMER, manufacturing.use_material, lot=lot, material=lab.supplies[kind])
    for sort in wanted.equipment:
        stage.do(PERFORMER, manufacturing.use_equipment, lot=lot, equipment=lab.equipment[sort])
    if wanted.count is not None and act is not manufacturing.suspend:
        _count(stage, lab, lot, fields)
    values = {name: fields.pop(name) for name in list(fields) if act is None or name in CONFIRMED}
    result = stage.do(PERFORMER, act, lot=lot, **fields) if act is not None else {}
    _label_and_sample(stage, lab, lot, wanted)
    for name, value in values.items():
        stage.do(PERFORMER, manufacturing.record_value, lot=lot, parameter=name, value=Decimal(value))
    stage.wait(minutes=12)
    record = stage.do(PERFORMER, manufacturing.complete_step, lot=lot)["step_record"]
    stage.do(VERIFIER, manufacturing.verify_step, step_record=record)
    return result


def _label_and_sample(stage: Stage, lab: Lab, lot: str, wanted: Step) -> None:
    """The labels that the step names on what it made, scanned back, and the samples that it names.

    They come out of the last that it made, or out of the newest tube where it makes nothing.
    """
    with stage.installation.database.read() as tx:
        running = batch_record.progress(tx, lot).running
        codes = () if running is None else running.containers
        made = [manufacturing_queries.container_facts(tx, code) for code in codes]
        drawn_from = [one.code for one in made] or manufacturing_queries.in_use(tx, lot, ContainerKind.TUBE, 100)
    for design in wanted.labels:
        label_all(stage, [one.code for one in made if one.phase in LIVE and design in DESIGNS[one.kind]], design)
    for point in wanted.samples:
        drawn: dict[str, Any] = {"container": drawn_from[-1], "volume_ul": point.volume_ul, "point": point.key}
        sample = lab.samples[lot, point.key] = stage.do(PERFORMER, quality.take_sample, **drawn)["sample"]
        label_all(stage, [sample], "sample")


def _count(stage: Stage, lab: Lab, lot: str, fields: dict[str, Any]) -> None:
    """Two chambers of four large squares, from which the act takes the numbers that `fields` had for it."""
    name = next(name for name in fields if name in COUNTED)
    viability = fields.pop("viability_permille")
    seen = fields.pop(name) * CHAMBER_NL // (fields["volume_ul"] * 1_000)
    dilution = max(1, seen // CELLS_A_CHAMBER)
    runs = [
        {"live_count": live, "dead_count": round(live * (1_000 - viability) / viability)}
        for live in (seen * 98 // (dilution * 100), seen * 102 // (dilution * 100))
    ]
    counter: dict[str, Any] = {
        "equipment": lab.equipment["counter"],
        "dilution": Decimal(dilution),
        "chamber_nl": CHAMBER_NL,
    }
    stage.do(PERFORMER, counts.record_count, lot=lot, runs=runs, **counter)


def _nothing_else(stage: Stage) -> None:
    """Nobody outside the laboratory does anything meanwhile."""


def make_bank(
    stage: Stage, lab: Lab, donation: str, bag: str, meanwhile: Callable[[Stage], None] = _nothing_else
) -> list[str]:
    """From marrow to twelve vials over five weeks, and `meanwhile` what happens outside. Gives the vials."""
    lot = lab.lots["bank"] = open_lot(stage, lab, "bank", "Bench 1", [donation])
    step(stage, lab, lot, "receipt", bag_intact="1", marrow_volume="60")
    marrow = {"nucleated_count": 168_000_000, "viability_permille": 962, "volume_ul": 20_000}
    tube = step(stage, lab, lot, "separation", manufacturing.separate, container=bag, **marrow)["container"]
    _seed(stage, lab, lot, tube, vessels_count=2, cells_per_vessel_count=80_000_000)
    feed(stage, lab, lot, 3, meanwhile)
    stage.wait(days=3)
    _passage(stage, lab, lot, harvested_count=24_000_000, vessels_count=10, cells_per_vessel_count=1_900_000)
    feed(stage, lab, lot, 2)
    stage.wait(days=2)
    pooled = _harvest(stage, lab, lot, harvested_count=150_000_000, volume_ul=30_000)
    frozen = {"vials_count": 12, "cells_per_vial_count": 10_000_000, "volume_ul": 1_500, "viability_permille": 950}
    vials: list[str] = step(stage, lab, lot, "freeze", manufacturing.freeze, container=pooled, **frozen)["containers"]
    return vials


def expand(stage: Stage, lab: Lab, lot: str, vial: str) -> str:
    """From a thawed vial to a tube with enough cells for eight bags, over twelve days. No two lots grow alike."""
    grow(stage, lab, lot, vial)
    stage.wait(days=3)
    return harvest_doses(stage, lab, lot)


def grow(stage: Stage, lab: Lab, lot: str, vial: str) -> None:
    """From a thawed vial to thirty vessels, over nine days."""
    thawed = {"recovered_count": 8_800_000, "viability_permille": 912, "volume_ul": 10_000}
    tube = step(stage, lab, lot, "thaw", manufacturing.thaw, vial=vial, **thawed)["container"]
    _seed(stage, lab, lot, tube, vessels_count=4, cells_per_vessel_count=1_900_000)
    feed(stage, lab, lot, 1)
    stage.wait(days=2, hours=12)
    _passage(
        stage, lab, lot, harvested_count=_vigorous(lab, 96_000_000), vessels_count=30, cells_per_vessel_count=2_100_000
    )
    feed(stage, lab, lot, 1)


def harvest_doses(stage: Stage, lab: Lab, lot: str) -> str:
    """All vessels into one tube with enough cells for eight bags. It is suspended within hours."""
    tube = _harvest(stage, lab, lot, harvested_count=_vigorous(lab, 1_750_000_000), volume_ul=90_000)
    step(stage, lab, lot, "release_samples")
    return tube


def _vigorous(lab: Lab, count: int) -> int:
    """How many cells a lot brings: no two grow alike."""
    return count * VIGOUR[len(lab.lots) % len(VIGOUR)] // 100


def fill_bag(stage: Stage, lab: Lab, lot: str, tube: str, dose: int = DOSE) -> str:
    """One dose in 400 mL saline."""
    filled = {"dose_count": dose, "viability_permille": 942, "saline": lab.supplies["saline"]}
    bag: str = step(stage, lab, lot, "suspension", manufacturing.suspend, container=tube, **filled)["bag"]
    label_all(stage, [bag], "partial_bag")
    return bag


def fill_control(stage: Stage, lab: Lab, lot: str) -> str:
    """A bag of saline on the same path, without cells."""
    saline = lab.supplies["saline"]
    bag: str = step(stage, lab, lot, "preparation", manufacturing.prepare_control, saline=saline, clear="1")["bag"]
    label_all(stage, [bag], "partial_bag")
    return bag


def _seed(stage: Stage, lab: Lab, lot: str, tube: str, **counts: int) -> None:
    step(stage, lab, lot, "seeding", manufacturing.seed, container=tube, **VESSEL, **counts)


def _passage(stage: Stage, lab: Lab, lot: str, **counts: int) -> None:
    seen = {"viability_permille": 952, "confluence_permille": 830, "volume_ul": 30_000}
    step(stage, lab, lot, "passage", manufacturing.passage, **seen, **VESSEL, **counts)


def _harvest(stage: Stage, lab: Lab, lot: str, **counts: int) -> str:
    seen = {"viability_permille": 949, "confluence_permille": 855}
    tube: str = step(stage, lab, lot, "harvest", manufacturing.harvest, **seen, **counts)["container"]
    return tube


def label_all(stage: Stage, things: Sequence[str], design: str) -> None:
    """Labels of many things printed in one act, and each scanned back."""
    made = stage.do(PERFORMER, labels.print_labels, targets=tuple(things), design=design, language="ru")
    for label in made["labels"]:
        stage.wait(seconds=20)
        stage.do(PERFORMER, labels.confirm_label, scanned=label["symbol"], expected=label["label"])


def feed(stage: Stage, lab: Lab, lot: str, times: int, meanwhile: Callable[[Stage], None] = _nothing_else) -> None:
    """New medium every third day."""
    for _ in range(times):
        stage.wait(days=1)
        meanwhile(stage)
        stage.wait(days=2)
        step(stage, lab, lot, "medium", manufacturing.change_medium)


def finish(stage: Stage, lot: str) -> None:
    """Discard what is left over in tubes and vessels, and complete the batch."""
    with stage.installation.database.read() as tx:
        left = [one.code for one in manufacturing_queries.containers_of(tx, lot) if one.phase == "in_use"]
    for code in left:
        stage.do(PERFORMER, manufacturing.discard, container=code, reason="Left over after the process.")
    stage.do(PERFORMER, manufacturing.complete_batch, lot=lot)
