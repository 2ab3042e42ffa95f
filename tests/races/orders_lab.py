"""Orders of the laboratory: labels, manufacturing, materials and quality."""

from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.labels import commands as labels
from cellchain.labels.licensed import commands as licensed
from cellchain.labels.printing import commands as printing
from cellchain.labels.printing.models import PrintJob
from cellchain.labels.printing.rules import Delivery
from cellchain.ledger import uploads
from cellchain.manufacturing import commands as manufacturing
from cellchain.manufacturing.counts import commands as counts
from tests.bedside.world import World
from tests.races.things import (
    REASON,
    Builder,
    Built,
    badge,
    bench,
    bought,
    container,
    first,
    in_a_box,
    last,
    lot,
    machine,
    made_from,
    open_lot,
    person,
    place,
    ready_bag,
    supply,
    today,
)


def press(world: World) -> str:
    """A printer that nobody reaches, because nobody works the queue."""
    told = {"transport": "raw", "host": "127.0.0.1", "port": 9}
    world.do("admin1", printing.configure_printer, printer="press", **told)
    return "press"


def job(world: World, delivery: Delivery) -> int:
    """The newest print job, at that printer, as if it had come so far."""
    number = last(world, "labels_print_job")
    changes = {"printer": press(world), "delivery": delivery}
    world.installation.runner.outside(lambda tx: tx.set_outside(PrintJob, number, **changes))
    return number


def station(world: World) -> str:
    """A station in the office."""
    told = {"station": "office-1", "kind": "office", "token_hash": "0" * 64}
    world.do("admin1", accounts.enrol_station, **told)
    return "office-1"


def scanned_back(world: World) -> str:
    """A label that was scanned back just now."""
    symbol = first(world, "labels_label", phase="printed", column="symbol")
    return str(world.do("technician1", labels.confirm_label, scanned=symbol)["label"])


def registration(world: World) -> dict[str, Any]:
    """What an administrator states; a demonstration knows the standard's own examples alone."""
    return {"facility": "A9999", "registration": "Example", "registered_on": today(world, -30)}


def registered(world: World) -> None:
    """ISBT 128 is on."""
    world.do("admin1", licensed.state_registration, **registration(world))


def numbered(world: World) -> dict[str, Any]:
    """A number and a donation that has none, with ISBT 128 on."""
    registered(world)
    return {"number": "=A99991712345600", "thing": world.manifest["donations"][0]["code"]}


def bound(world: World) -> str:
    """A donation that has a number."""
    world.do("technician1", licensed.bind_number, **(order := numbered(world)))
    return str(order["thing"])


def told_off(world: World) -> Built:
    """The end of a registration that was stated."""
    registered(world)
    return "admin1", {"reason": REASON}


def neighbour(world: World) -> Built:
    """Another facility of the demonstration."""
    registered(world)
    return "admin1", {"facility": "A9998", "name": "Example Registry"}


def admitted(world: World) -> str:
    """Another facility whose numbers are read."""
    who, order = neighbour(world)
    world.do(who, licensed.admit_facility, **order)
    return str(order["facility"])


LABELS: dict[str, Builder] = {
    "admit_facility": neighbour,
    "remove_facility": lambda w: ("admin1", {"facility": admitted(w), "reason": REASON}),
    "bind_number": lambda w: ("technician1", numbered(w)),
    "end_registration": told_off,
    "release_number": lambda w: ("qa1", {"thing": bound(w), "reason": REASON}),
    "state_registration": lambda w: ("admin1", registration(w)),
    "assign_printer": lambda w: ("admin1", {"station": station(w), "printer": press(w)}),
    "configure_printer": lambda w: ("admin1", {"printer": "new", "transport": "download"}),
    "configure_scanner": lambda w: ("admin1", {"station": station(w), "gap_ms": 200}),
    "print_test": lambda w: ("admin1", {"printer": press(w)}),
    "retire_printer": lambda w: ("admin1", {"printer": press(w)}),
    "retry_job": lambda w: ("technician1", {"job": job(w, Delivery.BLOCKED)}),
    "settle_job": lambda w: (
        "technician1",
        {"job": job(w, Delivery.UNKNOWN), "outcome": "came_out", "reason": REASON},
    ),
    "approve_design": lambda w: ("qa1", {"name": "wristband"}),
    "clear_label": lambda w: ("qa1", {"label": w.ready(2)[1], "reason": REASON}),
    "file_label": lambda w: ("technician1", {"scanned": first(w, "labels_label", phase="printed", column="symbol")}),
    "confirm_label": lambda w: ("technician1", {"scanned": first(w, "labels_label", phase="printed", column="symbol")}),
    "print_label": lambda w: ("technician1", {"target": place(w, "courier"), "design": "location"}),
    "print_labels": lambda w: (
        "technician1",
        {"targets": [place(w, "courier"), place(w, "ward")], "design": "location"},
    ),
    "reconcile": lambda w: ("qa1", {"lot": w.manifest["lots"][0]["code"]}),
    "reprint_label": lambda w: (
        "technician1",
        {"label": w.ready(2)[1], "reason": REASON, "witness_badge": badge(w, "technician2")},
    ),
    "undo_confirmation": lambda w: ("technician1", {"label": scanned_back(w)}),
    "void_label": lambda w: ("technician1", {"label": w.ready(2)[1], "ending": "destroy", "reason": REASON}),
}

GROWN: dict[str, Any] = {
    "harvested_count": 10_000_000,
    "viability_permille": 950,
    "confluence_permille": 850,
    "volume_ul": 20_000,
}
SEEDED: dict[str, Any] = {
    "vessels_count": 2,
    "cells_per_vessel_count": 1_000_000,
    "area_cm2": 636,
    "medium_ul": 120_000,
}


def batch(world: World) -> str:
    """The product lot of today."""
    return str(world.bags("ready", "msc")[0]["lot"])


def reviewed(world: World) -> int:
    """The master record that waits, reviewed just now."""
    number = int(first(world, "manufacturing_master_record", phase="draft"))
    world.do("technician2", manufacturing.review_master_record, master_record=number)
    return number


def just_used(world: World) -> int:
    """The entry of a machine that was scanned just now."""
    used = {"lot": open_lot(world, "control"), "equipment": machine(world, "cabinet")}
    world.do("technician1", manufacturing.use_equipment, **used)
    return world.size()


def in_lot(kind: str = "bank", **fields: Any) -> Builder:
    """A bench act in an open lot."""
    return lambda w: ("technician1", {"lot": open_lot(w, kind), **fields})


def harvest_bag(world: World) -> str:
    """The marrow that waits."""
    return container(world, kind="harvest_bag", phase="in_use")


def on_marrow(**fields: Any) -> Builder:
    """A bench act on the marrow of the open bank lot."""
    return lambda w: ("technician1", {"lot": open_lot(w, "bank"), "container": harvest_bag(w), **fields})


SMALLEST_PDF = b"%PDF-1.4\n%%EOF\n"


def received(world: World, name: str = "race.pdf", content: bytes = SMALLEST_PDF) -> dict[str, str]:
    """A file that came in."""
    digest = uploads.receive(world.installation, person(world, "technician1"), content)
    return {"name": name, "sha256": digest}


SEEN = {"live_count": 50, "dead_count": 2}
COLUMNS = {"kind": "counts", "live": "Live", "dead": "Dead", "always_diluted": 2, "chamber_nl": 100}
EXPORTED = b"Live;Dead\n50;2\n52;3\n"


def counted(world: World, **fields: Any) -> Built:
    """A count of the separation that begins in the bank lot, by a counter whose columns are named."""
    lot, counter = open_lot(world, "bank"), machine(world, "counter")
    world.do("qa1", counts.name_columns, equipment=counter, **COLUMNS)
    world.do("technician1", manufacturing.start_step, lot=lot, step="separation")
    return "technician1", {"lot": lot, "equipment": counter, **fields}


MANUFACTURING: dict[str, Builder] = {
    "approve_master_record": lambda w: ("qa1", {"master_record": reviewed(w)}),
    "attach_file": lambda w: (
        "technician1",
        {"step_record": last(w, "manufacturing_step_record"), "file": received(w)},
    ),
    "change_medium": in_lot(),
    "clear_line": lambda w: ("technician1", {"location": place(w, "bench")}),
    "comment_step": lambda w: (
        "technician1",
        {"step_record": last(w, "manufacturing_step_record"), "comment": REASON},
    ),
    "complete_batch": in_lot(),
    "complete_step": in_lot("control"),
    "correct_value": lambda w: ("technician1", {"value": last(w, "manufacturing_step_value"), "corrected": "61"}),
    "discard": lambda w: ("technician1", {"container": container(w, phase="stored"), "reason": REASON}),
    "discard_batch": in_lot("control", reason=REASON),
    "draft_master_record": lambda w: (
        "qa1",
        {"source": made_from("cellchain.manufacturing", "master_records/bank.toml")},
    ),
    "leave_out_sample": in_lot("control", point="control_tests", reason=REASON),
    "split": on_marrow(tubes_count=2, volume_ul=1_000),
    "freeze": on_marrow(vials_count=2, cells_per_vial_count=1_000_000, volume_ul=1_500, viability_permille=950),
    "harvest": in_lot(**GROWN),
    "import_count": lambda w: counted(w, file=received(w, "counter.csv", EXPORTED)),
    "name_columns": lambda w: ("qa1", {"equipment": machine(w, "counter"), **COLUMNS}),
    "close_record": lambda w: ("technician1", {"lot": open_lot(w, "control")}),
    "open_record": lambda w: ("technician1", {"lot": open_lot(w, "bank")}),
    "open_batch": lambda w: (
        "technician1",
        {"master_record": first(w, "manufacturing_master_record", kind="control"), "location": bench(w, "Bench 4")},
    ),
    "passage": in_lot(**GROWN, **SEEDED),
    "pool": lambda w: (
        "technician1",
        {
            "lot": open_lot(w, "bank"),
            "containers": [container(w, kind="tube"), container(w, kind="vessel")],
            "viability_permille": 900,
        },
    ),
    "prepare_control": lambda w: ("technician1", {"lot": open_lot(w, "control"), "saline": bought(w, "saline")}),
    "receive_donation": lambda w: (
        "technician1",
        {
            "donation": w.manifest["donations"][0]["code"],
            "container": container(w, kind="harvest_bag"),
            "intact": True,
            "legible": True,
        },
    ),
    "record_count": lambda w: counted(w, dilution=2, chamber_nl=100, runs=[SEEN, SEEN]),
    "record_environment": lambda w: (
        "technician1",
        {"location": place(w, "bench"), "kind": "temperature", "value": "20.5"},
    ),
    "record_value": in_lot("control", parameter="clear", value="1"),
    "reject_donation": lambda w: ("technician1", {"donation": w.manifest["donations"][-1]["code"], "reason": REASON}),
    "record_training": lambda w: (
        "qa1",
        {
            "person": person(w, "technician1"),
            "master_record": 1,
            "trainer": person(w, "technician2"),
            "trained_on": today(w),
            "valid_until": today(w, 365),
            "evidence": "RACE-1",
        },
    ),
    "retire_master_record": lambda w: ("qa1", {"master_record": 1}),
    "review_master_record": lambda w: (
        "qa1",
        {"master_record": first(w, "manufacturing_master_record", phase="draft")},
    ),
    "seed": on_marrow(**SEEDED),
    "separate": on_marrow(nucleated_count=1_000_000, viability_permille=950, volume_ul=20_000),
    "start_step": in_lot(step="separation"),
    "suspend": lambda w: (
        "technician1",
        {
            "lot": open_lot(w, "bank"),
            "container": harvest_bag(w),
            "dose_count": 1_000_000,
            "viability_permille": 940,
            "saline": supply(w, "accepted"),
        },
    ),
    "thaw": lambda w: (
        "technician1",
        {
            "lot": open_lot(w, "bank"),
            "vial": container(w, kind="cryovial", phase="stored"),
            "recovered_count": 8_000_000,
            "viability_permille": 910,
            "volume_ul": 10_000,
        },
    ),
    "undo": lambda w: ("technician1", {"entry": just_used(w)}),
    "use_equipment": lambda w: ("technician1", {"lot": open_lot(w, "control"), "equipment": machine(w, "cabinet")}),
    "use_material": lambda w: ("technician1", {"lot": open_lot(w, "control"), "material": bought(w, "saline")}),
    "verify_clearance": lambda w: ("technician2", {"clearance": last(w, "manufacturing_line_clearance")}),
    "waste": lambda w: ("technician1", {"container": harvest_bag(w), "volume_ul": 1_000, "reason": REASON}),
    "verify_step": lambda w: ("technician2", {"step_record": first(w, "manufacturing_step_record", phase="completed")}),
}

MATERIALS: dict[str, Builder] = {
    "amend_material": lambda w: ("qa1", {"material": 1, "name": "Race fuel, renamed", "storage": "frozen"}),
    "classify_location": lambda w: ("qa1", {"location": place(w, "bench"), "room_class": "C"}),
    "count_stock": lambda w: ("technician1", {"lot": supply(w, "accepted"), "counted": "10", "reason": REASON}),
    "plan_cleaning": lambda w: ("technician1", {"equipment": machine(w), "clean_every_days": 7}),
    "recall_lot": lambda w: ("qa1", {"lot": supply(w, "accepted"), "reason": REASON}),
    "record_cleaning": lambda w: ("technician1", {"equipment": machine(w), "agent": "Sporicide, lot 1"}),
    "record_qualification": lambda w: (
        "technician1",
        {"equipment": machine(w), "due_on": today(w, 90), "report": "Q-1"},
    ),
    "set_stock_limits": lambda w: ("technician1", {"material": 1, "low": "5"}),
    "accept_lot": lambda w: ("qa1", {"lot": supply(w, "quarantined")}),
    "attach_certificate": lambda w: ("technician1", {"lot": supply(w, "quarantined"), "file": received(w)}),
    "close_location": lambda w: ("qa1", {"location": place(w, "courier"), "reason": REASON}),
    "quarantine_lot": lambda w: ("qa1", {"lot": supply(w, "accepted"), "reason": REASON}),
    "receive_lot": lambda w: (
        "technician1",
        {"material": 1, "supplier": "Demo", "supplier_lot": "R-1", "expires_on": today(w, 90), "certificate": "C-1"},
    ),
    "record_calibration": lambda w: (
        "technician1",
        {"equipment": machine(w), "due_on": today(w, 90), "certificate": "C-1"},
    ),
    "register_equipment": lambda w: ("technician1", {"name": "Racer", "kind": "incubator", "serial": "R-1"}),
    "register_location": lambda w: ("technician1", {"name": "Race track", "kind": "bench"}),
    "register_material": lambda w: ("technician1", {"name": "Race fuel", "kind": "medium"}),
    "reject_lot": lambda w: ("qa1", {"lot": supply(w, "quarantined"), "reason": REASON}),
    "return_to_service": lambda w: ("qa1", {"equipment": machine(w, "freezer")}),
    "take_out_of_service": lambda w: ("technician1", {"equipment": machine(w), "reason": REASON}),
}


def released(world: World) -> Built:
    """The lot of today, for its final release."""
    return "qa2", {"lot": batch(world)}


def tested_sample(world: World) -> str:
    """A sample of today's lot that the laboratory has."""
    return str(first(world, "quality_sample", lot=batch(world), phase="tested", column="code"))


def last_tested(world: World) -> str:
    """The sample of today's lot on which only the slow tests run."""
    return str(first(world, "quality_result", lot=batch(world), phase="pending", column="sample"))


def phenotype(world: World) -> dict[str, Any]:
    """Every marker of the phenotype, on a sample that has none."""
    method = first(world, "quality_method", name="phenotype", phase="effective")
    values = {"cd73": "98", "cd90": "98", "cd105": "98"}
    low = dict.fromkeys(("cd45", "cd34", "cd14", "cd19", "hla_dr"), "0.5")
    return {
        "sample": last_tested(world),
        "stage": "conditional",
        "method": method,
        "instrument": machine(world, "cytometer"),
        "markers": [{"test": test, "value": value} for test, value in {**values, **low}.items()],
    }


def results_file(world: World) -> dict[str, Any]:
    """A file with one result."""
    text = f"sample,stage,test,value\n{last_tested(world)},conditional,volume,400\n"
    weighed = text.replace("value\n", "value,instrument\n").replace(
        "400\n", f"400,{machine(world, 'analytical_balance')}\n"
    )
    return {"file": received(world, "results.csv", weighed.encode())}


def on_its_way(world: World) -> str:
    """A sample that was sent and has not arrived."""
    return str(first(world, "quality_transfer", phase="sent", column="sample"))


def our_laboratory(world: World) -> int:
    """The laboratory of the house."""
    return int(first(world, "quality_laboratory", kind="in_house"))


def verified_together(world: World) -> Built:
    """Results that wait for a second person."""
    return "analyst2", {"results": [first(world, "quality_result", phase="entered")]}


def drafted_method(world: World) -> int:
    """The draft of a method."""
    return int(first(world, "quality_method", phase="draft"))


WEIGHING: dict[str, Any] = {
    "name": "weighing",
    "title": "Weighing",
    "procedure": "SOP-1",
    "tests": ["volume"],
    "instrument": "analytical_balance",
}

QUALITY: dict[str, Builder] = {
    "accept_exception": lambda w: ("qa1", {"lot": batch(w), "exception": "value:1", "note": REASON}),
    "approve_method": lambda w: ("qa1", {"method": drafted_method(w)}),
    "approve_specification": lambda w: ("qa1", {"specification": first(w, "quality_specification", phase="draft")}),
    "assess_deviation": lambda w: (
        "qa1",
        {"deviation": first(w, "quality_deviation", phase="open"), "severity": "minor", "assessment": REASON},
    ),
    "attach_issue_tag": lambda w: ("qa1", {"tag": w.ready(2)[1], "bag": w.ready(2)[1]}),
    "close_deviation": lambda w: (
        "qa2",
        {"deviation": first(w, "quality_deviation", phase="assessed", severity="minor"), "conclusion": REASON},
    ),
    "close_laboratory": lambda w: ("qa1", {"laboratory": our_laboratory(w)}),
    "correct_result": lambda w: ("analyst1", {"result": first(w, "quality_result", phase="verified"), "value": "95"}),
    "discard_sample": lambda w: ("analyst1", {"sample": first(w, "quality_sample", column="code"), "reason": REASON}),
    "draft_method": lambda w: ("analyst1", WEIGHING),
    "draft_specification": lambda w: ("analyst1", {"kind": "product", "stage": "final"}),
    "hold": lambda w: ("qa1", {"subject": ready_bag(w), "reason": REASON}),
    "import_results": lambda w: ("analyst1", results_file(w)),
    "lift_hold": lambda w: ("qa2", {"hold": first(w, "quality_hold", phase="placed"), "reason": REASON}),
    "place_on_stability": lambda w: ("qa1", {"lot": lot(w, "released_for_further_use")}),
    "pull_vial": lambda w: (
        "technician1",
        {"lot": lot(w, "released_for_further_use"), "month": 16, "vial": in_a_box(w)},
    ),
    "report_missed_point": lambda w: (
        "qa1",
        {"lot": lot(w, "released_for_further_use"), "month": 24, "reason": REASON},
    ),
    "open_deviation": lambda w: ("technician1", {"subject": ready_bag(w), "title": "A race", "description": REASON}),
    "recall": lambda w: ("qa1", {"root": batch(w), "reason": REASON}),
    "record_panel": lambda w: ("analyst1", phenotype(w)),
    "record_result": lambda w: (
        "analyst1",
        {
            "sample": tested_sample(w),
            "stage": "final",
            "test": "sterility_14d",
            "value": "no growth",
            "instrument": machine(w, "culture_system"),
        },
    ),
    "receive_sample": lambda w: ("analyst1", {"sample": on_its_way(w), "arrival": "sound"}),
    "refuse_sample": lambda w: ("analyst1", {"sample": on_its_way(w), "arrival": "leaking", "reason": REASON}),
    "register_laboratory": lambda w: ("qa1", {"name": "Another laboratory", "kind": "in_house"}),
    "retire_method": lambda w: ("qa1", {"method": first(w, "quality_method", phase="effective")}),
    "send_sample": lambda w: (
        "technician1",
        {"sample": tested_sample(w), "laboratory": our_laboratory(w), "sent_as": "refrigerated"},
    ),
    "store_sample": lambda w: ("technician1", {"sample": tested_sample(w), "place": place(w, "store")}),
    "reject": lambda w: ("qa2", {"lot": batch(w), "reason": REASON}),
    "release": released,
    "release_conditionally": released,
    "release_for_further_use": lambda w: ("qa2", {"lot": lot(w, "released_for_further_use")}),
    "report_late_positive": lambda w: (
        "analyst1",
        {"result": first(w, "quality_result", phase="pending"), "organism": "Example organism"},
    ),
    "review_batch": lambda w: ("qa1", {"lot": batch(w)}),
    "take_sample": lambda w: ("technician1", {"container": harvest_bag(w), "volume_ul": 1_000}),
    "verify_results": verified_together,
    "verify_result": lambda w: ("analyst2", {"result": first(w, "quality_result", phase="entered")}),
}
