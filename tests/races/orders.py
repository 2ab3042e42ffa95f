"""An order for every verb, over the demonstration: who sends it, and its fields."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import resources
from typing import Any

from sqlmodel import SQLModel, func, select

from cellchain.accounts import commands as accounts
from cellchain.labels import commands as labels
from cellchain.labels.printing import commands as printing
from cellchain.labels.printing.models import PrintJob
from cellchain.labels.printing.rules import Delivery
from cellchain.manufacturing import commands as manufacturing
from tests.bedside.world import INSPECTION, World

Built = tuple[str, dict[str, Any]]
Builder = Callable[[World], Built]
PASSWORD = "seven unrelated paper lanterns"
REASON = "For the race."
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


def badge(world: World, who: str) -> str:
    """A person's badge."""
    return str(next(one["badge"] for one in world.manifest["people"] if one["username"] == who))


def supply(world: World, standing: str) -> str:
    """A material lot of the manifest in this standing."""
    return str(next(one["lot"] for one in world.manifest["materials"] if one["standing"] == standing))


def recipient(world: World, phase: str = "randomised", number: int = -1) -> str:
    """A recipient in this phase."""
    return str([one["code"] for one in world.manifest["recipients"] if one["phase"] == phase][number])


def donor(world: World, number: int = 0) -> str:
    """A donor."""
    return str(world.manifest["donors"][number]["code"])


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


ACCOUNTS: dict[str, Builder] = {
    "countersign": lambda w: ("qa1", {"decision": first(w, "accounts_decision", phase="open")}),
    "enrol_station": lambda w: ("admin1", {"station": "bench-9", "kind": "bench", "token_hash": "0" * 64}),
    "grant_role": lambda w: ("admin1", {"person": person(w, "qa1"), "role": "analyst"}),
    "issue_badge": lambda w: ("admin1", {"person": person(w, "nurse1")}),
    "leave": lambda w: ("admin1", {"person": person(w, "assessor1")}),
    "lock": lambda w: ("admin1", {"person": person(w, "assessor1")}),
    "record_training": lambda w: ("qa1", {"person": person(w, "nurse1"), "topic": "Race", "trained_on": today(w)}),
    "register_person": lambda w: ("admin1", {"username": "racer", "name": "Racer Example", "initials": "R. E."}),
    "reset_password": lambda w: ("admin1", {"person": person(w, "nurse1"), "password": PASSWORD, "pin": "918273"}),
    "review_access": lambda w: ("qa1", {"note": REASON}),
    "revoke_badge": lambda w: ("admin1", {"person": person(w, "nurse1")}),
    "revoke_role": lambda w: ("admin1", {"person": person(w, "nurse1"), "role": "nurse"}),
    "set_password": lambda w: ("nurse1", {"password": PASSWORD, "pin": "918273"}),
    "unlock": lambda w: ("admin1", {"person": person(w, "sponsor1")}),
}

VITALS = {"pulse_per_min": 80, "systolic_mmhg": 120, "diastolic_mmhg": 70, "breaths_per_min": 18}
VITALS |= {"temperature_mc": 36_700, "oxygen_percent": 95}
BEDSIDE: dict[str, Builder] = {
    "acknowledge_stop": lambda w: ("nurse1", {"check": first(w, "bedside_check", verdict="STOP"), "cause": "unknown"}),
    "check": lambda w: ("nurse1", {**symbols(w, 2), "inspection": INSPECTION}),
    "declare_downtime": lambda w: ("nurse1", {"cause": REASON}),
    "dispose_bag": lambda w: (
        "nurse1",
        {"infusion": first(w, "bedside_infusion", phase="completed", disposed_at="None")},
    ),
    "pause": lambda w: ("nurse1", running(w)),
    "record_observation": lambda w: ("nurse1", {"bag": w.ready(0)[0], "point": "during", **VITALS}),
    "report_reaction": lambda w: ("nurse1", running(w, term="Fever", grade=1, action="observed")),
    "resume": lambda w: (
        "nurse1",
        {"infusion": first(w, "bedside_infusion", phase="paused"), **symbols(w, 3)},
    ),
    "start_infusion": lambda w: ("nurse1", {**symbols(w, 1), "planned_minutes": 120}),
    "stop_infusion": lambda w: ("nurse1", running(w, volume_given_ul=400_000, complete=True)),
}

WARM = {"temperature_mc": 5_000, "seal": "S-1"}
CUSTODY: dict[str, Builder] = {
    "accept": lambda w: ("technician1", {"subject": ready_bag(w, 5), **WARM}),
    "assess_excursion": lambda w: ("qa1", {"excursion": 1, "outcome": "usable", "assessment": REASON}),
    "destroy": lambda w: (
        "technician1",
        {"subject": w.bags("recalled")[0]["code"], "reason": REASON, "witness_badge": badge(w, "technician2")},
    ),
    "hand_over": lambda w: ("nurse1", {"subject": ready_bag(w), "to_location": place(w, "store"), **WARM}),
    "move": lambda w: ("technician1", {"subject": container(w, phase="stored"), "location": place(w, "bench")}),
    "receive": lambda w: (
        "technician2",
        {"shipment": first(w, "custody_shipment", column="code"), "temperature_mc": -180_000, "seal": "S-1"},
    ),
    "record_temperatures": lambda w: (
        "technician1",
        {"subject": ready_bag(w), "readings": [{"at": w.clock.now(), "temperature_mc": 5_000}]},
    ),
    "refuse_hand_over": lambda w: ("technician1", {"subject": ready_bag(w, 5), "reason": REASON}),
    "return_bag": lambda w: (
        "nurse1",
        {
            "bag": ready_bag(w),
            "location": place(w, "store"),
            "temperature_mc": 5_000,
            "seal_intact": True,
            "reason": REASON,
        },
    ),
    "ship": lambda w: (
        "technician1",
        {"subject": container(w, phase="stored"), "to_location": place(w, "courier"), "carrier": "Courier", **WARM},
    ),
    "store": lambda w: ("technician1", {"subject": w.bags("unassigned")[1]["code"], "location": place(w, "store")}),
}

MARKERS = dict.fromkeys(("hiv", "hbv", "hcv", "syphilis", "htlv", "cmv"), "negative")
NEW_DONOR = {"name": "Racer Example", "identity_document": DOCUMENT, "sex": "male", "birth_year": 1990}
DONORS: dict[str, Builder] = {
    "defer_donor": lambda w: ("qa1", {"donor": donor(w), "until": today(w, 30), "reason": REASON}),
    "determine_eligibility": lambda w: ("physician1", {"donor": donor(w, 1), "outcome": "eligible"}),
    "record_consent": lambda w: ("coordinator1", {"donor": donor(w), "version": "demo-2"}),
    "record_harvest": lambda w: (
        "physician1",
        {
            "donor": donor(w, 1),
            "sites_count": 2,
            "site_text": "Both sides",
            "volume_ul": 60_000,
            "anticoagulant_lot": supply(w, "accepted"),
            "anticoagulant_units": 3_000,
            "operator": person(w, "physician1"),
            "started_at": w.clock.now() - timedelta(minutes=40),
            "ended_at": w.clock.now() - timedelta(minutes=5),
        },
    ),
    "record_screening": lambda w: (
        "coordinator1",
        {
            "donor": donor(w, 2),
            "sampled_at": w.clock.now() - timedelta(days=2),
            "resulted_at": w.clock.now() - timedelta(days=1),
            "method": "CLIA",
            "report": "RACE-1",
            **MARKERS,
        },
    ),
    "register_donor": lambda w: ("coordinator1", {**NEW_DONOR, "blood_group": "O+"}),
    "report_post_donation_information": lambda w: (
        "physician1",
        {"donor": donor(w), "information": REASON, "learnt_from": "The donor"},
    ),
    "withdraw_consent": lambda w: ("coordinator1", {"donor": donor(w)}),
}

EVENT = {"term": "Cough", "grade": 1}
FOLLOWUP: dict[str, Builder] = {
    "answer_query": lambda w: ("coordinator1", {"query": 1, "answer": REASON}),
    "assess_causality": lambda w: (
        "physician1",
        {"event": first(w, "followup_adverse_event"), "relatedness": "unlikely", "expectedness": "expected"},
    ),
    "close_event": lambda w: (
        "physician1",
        {"event": first(w, "followup_adverse_event", phase="assessed"), "outcome": "recovered"},
    ),
    "lock_data": lambda w: ("statistician1", {"study": w.manifest["study"]["code"]}),
    "mark_missing": lambda w: ("coordinator1", {"visit": first(w, "followup_visit", phase="planned"), "why": "unable"}),
    "plan_visits": lambda w: ("coordinator1", {"recipient": recipient(w)}),
    "raise_query": lambda w: ("coordinator1", {"recipient": recipient(w), "question": REASON}),
    "record_measurement": lambda w: (
        "assessor1",
        {
            "visit": first(w, "followup_visit", phase="done"),
            "outcome": "fvc",
            "value": "2.33",
            "unit": "L",
            "why": REASON,
        },
    ),
    "record_visit": lambda w: (
        "assessor1",
        {"visit": first(w, "followup_visit", phase="planned"), "visited_on": today(w)},
    ),
    "report_adverse_event": lambda w: (
        "physician1",
        {"recipient": recipient(w), "onset_at": w.clock.now() - timedelta(hours=1), **EVENT},
    ),
    "submit_report": lambda w: ("physician1", {"clock": first(w, "followup_report_clock")}),
    "unlock_data": lambda w: ("statistician1", {"study": w.manifest["study"]["code"], "why": REASON}),
}


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


LABELS: dict[str, Builder] = {
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


def open_lot(world: World, kind: str) -> str:
    """The lot of this kind that is worked on."""
    return str(first(world, "manufacturing_lot", kind=kind, phase="open", column="code"))


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


MANUFACTURING: dict[str, Builder] = {
    "approve_master_record": lambda w: ("qa1", {"master_record": reviewed(w)}),
    "change_medium": in_lot(),
    "clear_line": lambda w: ("technician1", {"location": place(w, "bench")}),
    "complete_batch": in_lot(),
    "complete_step": in_lot("control"),
    "correct_value": lambda w: ("technician1", {"value": last(w, "manufacturing_step_value"), "corrected": "61"}),
    "discard": lambda w: ("technician1", {"container": container(w, phase="stored"), "reason": REASON}),
    "discard_batch": in_lot("control", reason=REASON),
    "draft_master_record": lambda w: (
        "qa1",
        {"source": made_from("cellchain.manufacturing", "master_records/bank.toml")},
    ),
    "freeze": on_marrow(vials_count=2, cells_per_vial_count=1_000_000, volume_ul=1_500, viability_permille=950),
    "harvest": in_lot(**GROWN),
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
    "verify_step": lambda w: ("technician2", {"step_record": first(w, "manufacturing_step_record", phase="completed")}),
}

MATERIALS: dict[str, Builder] = {
    "accept_lot": lambda w: ("qa1", {"lot": supply(w, "quarantined")}),
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

ASKED = {"request": "The physician asked for it.", "risk_evaluation": "The risk is less than the need."}


def released(world: World) -> Built:
    """The lot of today, for its final release."""
    return "qa2", {"lot": batch(world)}


QUALITY: dict[str, Builder] = {
    "accept_exception": lambda w: ("qa1", {"lot": batch(w), "exception": "value:1", "note": REASON}),
    "accept_out_of_specification": lambda w: (
        "qa1",
        {
            "result": first(w, "quality_result", outcome="fail"),
            "deviation": first(w, "quality_deviation"),
            "physician": person(w, "physician1"),
            "requested_at": w.clock.now() - timedelta(hours=2),
            "sponsor_told_at": w.clock.now() - timedelta(hours=1),
            **ASKED,
        },
    ),
    "approve_specification": lambda w: ("qa1", {"specification": first(w, "quality_specification", phase="draft")}),
    "assess_deviation": lambda w: (
        "qa1",
        {"deviation": last(w, "quality_deviation"), "severity": "minor", "assessment": REASON},
    ),
    "attach_issue_tag": lambda w: ("qa1", {"tag": w.ready(2)[1], "bag": w.ready(2)[1]}),
    "close_deviation": lambda w: (
        "qa2",
        {"deviation": first(w, "quality_deviation", phase="assessed"), "conclusion": REASON},
    ),
    "correct_result": lambda w: ("analyst1", {"result": first(w, "quality_result", phase="verified"), "value": "95"}),
    "discard_sample": lambda w: ("analyst1", {"sample": first(w, "quality_sample", column="code"), "reason": REASON}),
    "draft_specification": lambda w: ("analyst1", {"kind": "product", "stage": "final"}),
    "hold": lambda w: ("qa1", {"subject": ready_bag(w), "reason": REASON}),
    "lift_hold": lambda w: ("qa2", {"hold": first(w, "quality_hold", phase="placed"), "reason": REASON}),
    "open_deviation": lambda w: ("technician1", {"subject": ready_bag(w), "title": "A race", "description": REASON}),
    "recall": lambda w: ("qa1", {"root": batch(w), "reason": REASON}),
    "record_result": lambda w: (
        "analyst1",
        {
            "sample": first(w, "quality_sample", lot=batch(w), column="code"),
            "stage": "final",
            "test": "sterility_14d",
            "value": "no growth",
        },
    ),
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
    "verify_result": lambda w: ("analyst2", {"result": first(w, "quality_result", phase="entered")}),
}

BASELINE = {"fvc_litres": "2.31", "fvc_predicted_permille": 574, "fev1_litres": "1.97", "dlco_mmol": "3.42"}
BASELINE |= {
    "dlco_predicted_permille": 431,
    "walk_metres": 348,
    "fvc_before_litres": "2.71",
    "dlco_before_mmol": "4.15",
}


def planned(world: World, phase: str) -> int:
    """An infusion of the plan in this phase."""
    return int(first(world, "trial_planned_infusion", phase=phase))


def told(verb_by: str) -> Builder:
    """Something said of a recipient."""
    return lambda w: (verb_by, {"recipient": recipient(w), "account": REASON})


TRIAL: dict[str, Builder] = {
    "assign_bag": lambda w: (
        "technician1",
        {
            "bag": w.bags("unassigned")[1]["code"],
            "recipient": first(w, "trial_planned_infusion", phase="ordered", column="recipient"),
        },
    ),
    "cancel_order": lambda w: ("physician1", {"infusion": planned(w, "ordered")}),
    "close_study": lambda w: ("statistician1", {"study": w.manifest["study"]["code"]}),
    "commit_allocation_list": lambda w: (
        "statistician1",
        {"study": w.manifest["study"]["code"], "block_sizes": [4, 4]},
    ),
    "confirm_eligibility": lambda w: ("physician1", {"recipient": recipient(w), "answers": []}),
    "discontinue_treatment": told("physician1"),
    "enrol": lambda w: (
        "coordinator1",
        {
            "study": w.manifest["study"]["code"],
            "site": "FMBA-MOSCOW",
            "name": "Racer Example",
            "born": "1960-01-01",
            "sex": "male",
            "height_cm": "170",
            "weight_kg": "70",
            "physician": person(w, "physician1"),
        },
    ),
    "lose_to_follow_up": told("coordinator1"),
    "miss_infusion": lambda w: ("coordinator1", {"infusion": planned(w, "planned")}),
    "open_study": lambda w: ("statistician1", {"definition": made_from("cellchain.trial", "studies/msc-ild.toml")}),
    "order_infusion": lambda w: (
        "physician1",
        {"infusion": planned(w, "planned"), "dose_cells_count": 200_000_000, "weight_kg": "70"},
    ),
    "plan_infusions": lambda w: ("coordinator1", {"recipient": recipient(w), "first_on": today(w, 1)}),
    "randomise": lambda w: (
        "coordinator1",
        {"recipient": first(w, "trial_recipient", phase="eligible", column="code")},
    ),
    "record_baseline": lambda w: (
        "coordinator1",
        {"recipient": recipient(w), "measured_on": today(w), "before_on": today(w, -355), **BASELINE},
    ),
    "record_consent": lambda w: ("coordinator1", {"recipient": recipient(w), "version": "demo-2"}),
    "record_death": told("coordinator1"),
    "release_assignment": lambda w: ("qa1", {"bag": ready_bag(w)}),
    "replace_wristband": lambda w: ("nurse1", {"recipient": recipient(w), "witness": badge(w, "nurse2")}),
    "report_unblinding": lambda w: (
        "coordinator1",
        {"recipient": recipient(w), "person": person(w, "assessor1"), "account": REASON},
    ),
    "reschedule": lambda w: ("coordinator1", {"infusion": planned(w, "planned"), "due_on": today(w, 3)}),
    "withdraw_consent": told("coordinator1"),
}

CAPABILITIES: dict[str, dict[str, Builder]] = {
    "accounts": ACCOUNTS,
    "bedside": BEDSIDE,
    "custody": CUSTODY,
    "donors": DONORS,
    "followup": FOLLOWUP,
    "labels": LABELS,
    "manufacturing": MANUFACTURING,
    "materials": MATERIALS,
    "quality": QUALITY,
    "trial": TRIAL,
}
BUILDERS: dict[str, Builder] = {
    f"{capability}/{verb}": build for capability, verbs in CAPABILITIES.items() for verb, build in verbs.items()
}
# Orders that meet the demonstration at a moment when their command has to refuse them.
_REFUSED = {
    "custody": "assess_excursion",
    "donors": "record_harvest",
    "followup": "lock_data unlock_data",
    "labels": "approve_design clear_label",
    "manufacturing": "change_medium complete_batch complete_step correct_value freeze harvest passage "
    "pool receive_donation reject_donation seed separate suspend thaw",
    "quality": "accept_exception accept_out_of_specification attach_issue_tag correct_result release "
    "release_conditionally release_for_further_use report_late_positive review_batch take_sample",
    "trial": "assign_bag close_study commit_allocation_list confirm_eligibility "
    "open_study randomise record_baseline release_assignment reschedule",
}
REFUSED = frozenset(f"{capability}/{verb}" for capability, verbs in _REFUSED.items() for verb in verbs.split())
