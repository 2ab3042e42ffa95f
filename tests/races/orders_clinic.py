"""Orders of people, wards and the trial: who sends each verb, and its fields."""

from datetime import timedelta
from typing import Any

from cellchain.bedside.downtime import commands as downtime
from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.wristbands import commands as wristbands
from cellchain.custody import commands as custody
from cellchain.quality import commands as quality
from cellchain.trial import commands as trial
from tests.bedside.world import INSPECTION, World
from tests.donors.story import healthy
from tests.races.factors import PAPER, enrolled, nothing_but, own_passkey, passkey_answer, phone
from tests.races.orders_lab import received
from tests.races.things import (
    DOCUMENT,
    EMERGENCY,
    PASSWORD,
    REASON,
    Builder,
    arrived,
    badge,
    container,
    donation,
    donor,
    emergency,
    first,
    in_a_box,
    label_on,
    made_from,
    news,
    open_lot,
    person,
    place,
    ready_bag,
    recipient,
    rows_of,
    running,
    session,
    shipment,
    supply,
    symbols,
    today,
    unplanned,
)

NOTICES: dict[str, Builder] = {
    "acknowledge": lambda w: ("qa1", {"notice": first(w, "notices_telling", person=person(w, "qa1"), column="notice")}),
    "see_off": lambda w: ("qa1", {"notice": news(w)}),
    "set_address": lambda w: ("qa1", {"person": person(w, "qa1"), "email": "qa1@example.org"}),
    "subscribe": lambda w: ("qa1", {"kind": "arrived_late", "by_mail": True}),
    "retry_mail": lambda w: ("admin1", {"mail": 1}),
    "send_test_mail": lambda w: ("admin1", {}),
}
ACCOUNTS: dict[str, Builder] = {
    "countersign": lambda w: ("qa1", {"decision": first(w, "accounts_decision", phase="open")}),
    "end_qualified_person": lambda w: ("admin1", {"person": person(w, "qa2")}),
    "enrol_station": lambda w: ("admin1", {"station": "bench-9", "kind": "bench", "token_hash": "0" * 64}),
    "grant_role": lambda w: ("admin1", {"person": person(w, "qa1"), "role": "analyst"}),
    "issue_badge": lambda w: ("admin1", {"person": person(w, "nurse1")}),
    "leave": lambda w: ("admin1", {"person": person(w, "assessor1")}),
    "link_to_directory": lambda w: ("admin1", {"person": person(w, "technician1"), "code": arrived(w, "unknown")}),
    "lock": lambda w: ("admin1", {"person": person(w, "assessor1")}),
    "mark_qualified_person": lambda w: (
        "admin1",
        {"person": person(w, "qa1"), "evidence": "Register, entry 2", "valid_from": today(w)},
    ),
    "record_training": lambda w: ("qa1", {"person": person(w, "nurse1"), "topic": "Race", "trained_on": today(w)}),
    "register_person": lambda w: ("admin1", {"username": "racer", "name": "Racer Example", "initials": "R. E."}),
    "reset_password": lambda w: ("admin1", {"person": person(w, "nurse1"), "code": "ABCD-EFGH-2345-WXYZ"}),
    "break_glass": lambda w: ("physician1", EMERGENCY),
    "end_emergency": lambda w: ("qa1", {"emergency": emergency(w)}),
    "review_emergency": lambda w: (
        "qa1",
        {"emergency": emergency(w, over=True), "finding": "justified", "assessment": "Read and found to be right."},
    ),
    "revoke_badge": lambda w: ("admin1", {"person": person(w, "nurse1")}),
    "revoke_role": lambda w: ("admin1", {"person": person(w, "nurse1"), "role": "nurse"}),
    "add_passkey": lambda w: ("nurse1", {"name": "Key", "answer": passkey_answer(w, "nurse1")}),
    "end_passkey": lambda w: ("nurse1", {"passkey": own_passkey(w, "nurse1")}),
    "end_second_factor": lambda w: ("nurse1", nothing_but(enrolled(w, "nurse1"))),
    "enrol_second_factor": lambda w: ("nurse1", phone(w)),
    "renew_recovery_codes": lambda w: ("nurse1", {"recovery": PAPER, **nothing_but(enrolled(w, "nurse1"))}),
    "reset_second_factor": lambda w: ("admin1", {"person": enrolled(w, "nurse1")}),
    "end_session": lambda w: ("nurse1", {"session": session(w, "nurse1")}),
    "end_sessions_of": lambda w: ("admin1", {"person": person(w, "nurse1")}),
    "sign_out_everywhere": lambda w: ("nurse1", {}),
    "set_password": lambda w: ("nurse1", {"password": PASSWORD, "pin": "918273"}),
    "unlink_from_directory": lambda w: ("admin1", {"person": person(w, "inspector1")}),
    "unlock": lambda w: ("admin1", {"person": person(w, "sponsor1")}),
}

VITALS = {"pulse_per_min": 80, "systolic_mmhg": 120, "diastolic_mmhg": 70, "breaths_per_min": 18}
VITALS |= {"temperature_mc": 36_700, "oxygen_percent": 95}
# A GS1 service relation number as a reader sends it; prefixes that begin with 952 are kept for examples.
HOSPITAL_BAND = "]C18018952000000000000019"
BEDSIDE: dict[str, Builder] = {
    "acknowledge_stop": lambda w: ("nurse1", {"check": first(w, "bedside_check", verdict="STOP"), "cause": "unknown"}),
    "check": lambda w: ("nurse1", {**symbols(w, 2), "inspection": INSPECTION}),
    "bind_hospital_wristband": lambda w: (
        "nurse1",
        {"wristband": w.ready(2)[3], "hospital": HOSPITAL_BAND, "witness": badge(w, "nurse2")},
    ),
    "declare_downtime": lambda w: ("nurse1", {"cause": REASON}),
    "dispose_bag": lambda w: (
        "nurse1",
        {"infusion": first(w, "bedside_infusion", phase="completed", disposed_at="None")},
    ),
    "end_downtime": lambda w: (
        "nurse1",
        {"downtime": w.do("nurse2", downtime.declare_downtime, cause=REASON)["downtime"]},
    ),
    "enter_paper_infusion": lambda w: ("nurse1", on_paper(w)),
    "pause": lambda w: ("nurse1", running(w)),
    "release_hospital_wristband": lambda w: ("nurse1", bound(w)),
    "record_observation": lambda w: ("nurse1", {"bag": w.ready(0)[0], "point": "during", **VITALS}),
    "report_reaction": lambda w: ("nurse1", running(w, term="Fever", grade=1, action="observed")),
    "return_unused": lambda w: (
        "nurse1",
        {
            "infusion": nothing_flowed(w),
            "location": place(w, "store"),
            "temperature_mc": 5_000,
            "seal_intact": False,
            "reason": REASON,
        },
    ),
    "resume": lambda w: (
        "nurse1",
        {"infusion": first(w, "bedside_infusion", phase="paused"), **symbols(w, 3)},
    ),
    "decide_running": lambda w: ("physician1", {**held_while_running(w), "choice": "go_on", "why": REASON}),
    "set_rate": lambda w: ("nurse1", running(w, rate_ml_h=150)),
    "settle_bag": lambda w: (
        "nurse1",
        {"bag": left_open(w)[1], "witness": badge(w, "nurse2")},
    ),
    "start_infusion": lambda w: ("nurse1", {**symbols(w, 1), "planned_minutes": 120}),
    "state_volume": lambda w: (
        "nurse1",
        {**stopped_by_a_reaction(w), "volume_given_ul": 0},
    ),
    "take_over_infusion": lambda w: ("nurse1", {**symbols(w, 0), **running(w)}),
    "stop_infusion": lambda w: ("nurse1", given_whole(w)),
}


def stopped_by_a_reaction(world: World) -> dict[str, Any]:
    """An infusion that a reaction ended, of whose bag nobody has stated yet what was given."""
    fields = running(world)
    world.do("nurse1", infusions.report_reaction, **fields, term="Fever", grade=1, action="stopped")
    return fields


def held_while_running(world: World) -> dict[str, Any]:
    """A running infusion whose bag QA holds, and what the physician was shown of it."""
    fields = running(world)
    bag = first(world, "bedside_infusion", id=str(fields["infusion"]), column="bag")
    hold = world.do("qa1", quality.hold, subject=bag, reason=REASON)["hold"]
    return {**fields, "seen": f"bag.on_hold hold:{hold}"}


def bound(world: World) -> dict[str, Any]:
    """A recipient for whom a hospital's wristband was bound, at whom two people stand."""
    told = {"wristband": world.ready(2)[3], "witness": badge(world, "nurse2")}
    world.do("nurse1", wristbands.bind_hospital_wristband, hospital=HOSPITAL_BAND, **told)
    return told


def left_open(world: World) -> tuple[str, str, str, str]:
    """A bag that a downtime left open: its code, its label, its recipient, the wristband."""
    number = world.do("nurse2", downtime.declare_downtime, cause=REASON)["downtime"]
    world.wait(minutes=30)
    world.do("nurse2", downtime.end_downtime, downtime=number)
    return world.ready(2)


def nothing_flowed(world: World) -> int:
    """An infusion that ended before anything of its bag had flowed."""
    infusion: int = running(world)["infusion"]
    told = {"volume_given_ul": 0, "complete": False, "why": REASON}
    world.do("nurse2", infusions.stop_infusion, infusion=infusion, **told)
    return infusion


def on_paper(world: World) -> dict[str, Any]:
    """The form of a bag that was given on paper and runs."""
    began = world.clock.now()
    bag, _, recipient, _ = left_open(world)
    return {
        "bag": bag,
        "recipient": recipient,
        "started_by": person(world, "nurse1"),
        "other_checker": person(world, "nurse2"),
        "compared": True,
        "inspection": INSPECTION,
        "checked_at": began + timedelta(minutes=5),
        "started_at": began + timedelta(minutes=10),
        "planned_minutes": 120,
        "how": "running",
        "witness": badge(world, "nurse2"),
    }


def given_whole(world: World) -> dict[str, Any]:
    """A running infusion, of whose bag everything was given."""
    fields = running(world, complete=True)
    return {**fields, "volume_given_ul": world.volume_of(fields["infusion"])}


def destruction(world: World) -> dict[str, Any]:
    """How the recalled bag is destroyed."""
    told = {"method": "autoclave", "place": place(world, "store"), "volume_ul": 400_000, "reason": REASON}
    return {"subject": world.bags("recalled")[0]["code"], **told}


def destroyed(world: World) -> int:
    """The record of something that the second technician saw destroyed."""
    told = {**destruction(world), "witness_badge": badge(world, "technician2")}
    return int(world.do("technician1", custody.destroy, **told)["destruction"])


def symbol(world: World, number: int = 2) -> str:
    """The symbol on the label of a bag at the ward."""
    return world.ready(number)[1]


def unread(world: World) -> Any:
    """A shipment whose logger was not read out."""
    read = {row["shipment"] for row in rows_of(world, "custody_log")}
    arrived = [row for row in rows_of(world, "custody_shipment") if row["phase"] == "received"]
    return next(row for row in arrived if row["code"] not in read)


def inside(world: World, phase: str) -> str:
    """A container in the last shipment of this phase."""
    packed = [row for row in rows_of(world, "custody_packed") if row["shipment"] == shipment(world, phase)]
    return str(packed[-1]["subject"])


WARM = {"temperature_mc": 5_000, "seal": "S-1"}
CUSTODY: dict[str, Builder] = {
    "accept": lambda w: ("technician1", {"label": symbol(w, 5), **WARM}),
    "assess_excursion": lambda w: ("qa1", {"excursion": 1, "outcome": "usable", "assessment": REASON}),
    "destroy": lambda w: (
        "technician1",
        {**destruction(w), "witness_badge": badge(w, "technician2")},
    ),
    "witness_destruction": lambda w: ("technician2", {"destruction": destroyed(w)}),
    "configure_shipper": lambda w: (
        "qa1",
        {
            "shipper": shipment(w, "packing", "shipper"),
            "low_mc": 2_000,
            "high_mc": 8_000,
            "holds_hours": 12,
            "places_count": 2,
            "report": "RACE-2",
        },
    ),
    "hand_over": lambda w: ("nurse1", {"label": symbol(w), "to_location": place(w, "store"), **WARM}),
    "import_log": lambda w: (
        "technician1",
        {
            "shipment": unread(w)["code"],
            "logger": unread(w)["logger"],
            "file": received(w, "race.csv", b"Time,Temp\n2026-11-30T08:00Z,-180.0"),
        },
    ),
    "lay_out_box": lambda w: (
        "technician1",
        {"location": place(w, "courier"), "rows_count": 2, "columns_count": 3},
    ),
    "release_reservation": lambda w: ("technician1", {"vial": in_a_box(w, "A2")}),
    "reserve_vial": lambda w: ("technician1", {"vial": in_a_box(w), "lot": open_lot(w, "product")}),
    "move": lambda w: ("technician1", {"subject": container(w, phase="stored"), "location": place(w, "bench")}),
    "pack": lambda w: (
        "technician1",
        {"shipper": shipment(w, "packing", "shipper"), "subject": in_a_box(w, "A3")},
    ),
    "receive": lambda w: (
        "technician2",
        {
            "shipment": shipment(w, "shipped"),
            "labels": [label_on(w, inside(w, "shipped"))],
            "seal": "S-1",
            "seal_intact": True,
            "packaging_intact": True,
            "labels_legible": True,
            "temperature_mc": -180_000,
            "outcome": "accepted",
        },
    ),
    "record_time_out": lambda w: (
        "nurse1",
        {
            "subject": ready_bag(w),
            "taken_out_at": w.clock.now() - timedelta(minutes=9),
            "put_back_at": w.clock.now() - timedelta(minutes=4),
            "reason": REASON,
        },
    ),
    "refuse_shipment": lambda w: ("technician2", {"shipment": shipment(w, "shipped"), "reason": REASON}),
    "report_gap": lambda w: ("technician1", {"subject": inside(w, "received"), "account": REASON}),
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
        {
            "shipper": shipment(w, "packing", "shipper"),
            "to_location": place(w, "courier"),
            "courier": "Courier",
            "courier_code": "C-2",
            "logger": unread(w)["logger"],
            "temperature_mc": -180_000,
            "seal": "S-1",
        },
    ),
    "unpack": lambda w: ("technician1", {"subject": inside(w, "packing"), "position": "I9"}),
    "store": lambda w: ("technician1", {"subject": w.bags("unassigned")[1]["code"], "location": place(w, "store")}),
}

MARKERS = dict.fromkeys(("hiv", "hbv", "hcv", "syphilis", "htlv", "cmv"), "negative")
NEW_DONOR = {"name": "Racer Example", "identity_document": DOCUMENT, "sex": "male", "birth_year": 1990}
FAINTED = {"kind": "fainting", "grade": 1, "action": "observed"}
DONORS: dict[str, Builder] = {
    "assess_questionnaire": lambda w: ("physician1", {"donor": donor(w, 3), "judgement": "acceptable", "note": REASON}),
    "defer_donor": lambda w: ("qa1", {"donor": donor(w), "until": today(w, 30), "reason": REASON}),
    "determine_eligibility": lambda w: ("physician1", {"donor": donor(w, 2), "outcome": "eligible"}),
    "record_consent": lambda w: ("coordinator1", {"donor": donor(w), "version": "demo-2"}),
    "record_harvest": lambda w: (
        "physician1",
        {
            "donor": donor(w, 1),
            "sites": [{"site": "posterior_iliac_crest_left", "pulls_count": 20, "volume_ul": 60_000}],
            "anticoagulant_lot": supply(w, "accepted"),
            "anticoagulant_units": 3_000,
            "operator": person(w, "physician1"),
            "started_at": w.clock.now() - timedelta(minutes=40),
            "ended_at": w.clock.now() - timedelta(minutes=5),
        },
    ),
    "record_questionnaire": lambda w: ("coordinator1", {"donor": donor(w, 4), "version": 1, "answers": healthy()}),
    "record_screening": lambda w: (
        "coordinator1",
        {
            "donor": donor(w, 4),
            "sampled_at": w.clock.now() - timedelta(days=2),
            "resulted_at": w.clock.now() - timedelta(days=1),
            "method": "CLIA",
            "report": "RACE-1",
            **MARKERS,
        },
    ),
    "record_visit": lambda w: (
        "coordinator1",
        {"donation": donation(w), "visit": "day_1", "contact": "called", "complications": [FAINTED]},
    ),
    "register_donor": lambda w: ("coordinator1", {**NEW_DONOR, "blood_group": "O+"}),
    "report_complication": lambda w: (
        "physician1",
        {"donation": donation(w), "noticed_at": w.clock.now() - timedelta(minutes=5), "complication": FAINTED},
    ),
    "report_post_donation_information": lambda w: (
        "physician1",
        {"donor": donor(w), "information": REASON, "learnt_from": "The donor"},
    ),
    "resolve_complication": lambda w: (
        "physician1",
        {"complication": int(first(w, "donors_complication", phase="open")), "resolved_at": w.clock.now()},
    ),
    "withdraw_consent": lambda w: ("coordinator1", {"donor": donor(w)}),
}

WALKED = {"oxygen_l_min": 0, "spo2_rest": 94, "spo2_lowest": 86, "borg_rest": 0, "borg_end": 3}
FOLLOWUP: dict[str, Builder] = {
    "answer_query": lambda w: (
        "coordinator1",
        {"query": first(w, "followup_query", phase="open"), "answer": REASON},
    ),
    "close_query": lambda w: ("statistician1", {"query": first(w, "followup_query", phase="open")}),
    "export_data": lambda w: ("statistician1", {"study": w.manifest["study"]["code"]}),
    "lock_data": lambda w: ("statistician1", {"study": w.manifest["study"]["code"]}),
    "mark_missing": lambda w: (
        "coordinator1",
        {"visit": first(w, "followup_visit", phase="planned"), "why": "not_due"},
    ),
    "plan_visits": lambda w: ("coordinator1", {"recipient": recipient(w)}),
    "raise_query": lambda w: ("coordinator1", {"recipient": recipient(w), "question": REASON}),
    "record_diffusion": lambda w: (
        "assessor1",
        {"visit": first(w, "followup_visit", phase="done"), "dlco": "3.42", "grade": "A", "why": REASON},
    ),
    "record_spirometry": lambda w: (
        "assessor1",
        {"visit": first(w, "followup_visit", phase="done"), "fvc": "2.33", "fev1": "1.9", "grade": "A", "why": REASON},
    ),
    "record_unscheduled_visit": lambda w: ("coordinator1", {"recipient": recipient(w), "visited_on": today(w)}),
    "record_walk": lambda w: (
        "assessor1",
        {"visit": first(w, "followup_visit", phase="done"), "distance_m": 340, **WALKED, "why": REASON},
    ),
    "verify_source": lambda w: (
        "monitor1",
        {"measurement": first(w, "followup_measurement", phase="current", verified_by="None")},
    ),
    "record_measurement": lambda w: (
        "assessor1",
        {
            "visit": first(w, "followup_visit", phase="done"),
            "outcome": "fvc",
            "value": "2.33",
            "unit": "L",
            "grade": "A",
            "why": REASON,
        },
    ),
    "record_visit": lambda w: (
        "assessor1",
        {"visit": first(w, "followup_visit", phase="planned"), "visited_on": today(w)},
    ),
    "unlock_data": lambda w: ("statistician1", {"study": w.manifest["study"]["code"], "why": REASON}),
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


AMENDMENT = """
[amendment]
number = 2
recipients = "move"
reconsent = false
[amendment.summary]
en = "Slower infusion"
ru = "Более медленная инфузия"
"""


def amendment(world: World) -> dict[str, Any]:
    """The study's file with a faster rate."""
    text = made_from("cellchain.trial", "studies/msc-ild.toml").replace(
        "rate_highest_ml_h = 200", "rate_highest_ml_h = 210"
    )
    return {"study": world.manifest["study"]["code"], "definition": text + AMENDMENT}


def imported(world: World) -> dict[str, Any]:
    """A version that waits for its signature."""
    made = world.do("coordinator1", trial.import_amendment, **amendment(world))
    return {"study": made["study"], "version": made["version"]}


def duty(world: World) -> dict[str, Any]:
    """The physician as an investigator, named anew after an end of it."""
    world.do("coordinator1", trial.end_site_role, line=named(world))
    study = world.manifest["study"]["code"]
    return {"study": study, "site": "FMBA-MOSCOW", "person": person(world, "physician1"), "role": "investigator"}


def named(world: World) -> int:
    """The line of the delegation log that names them."""
    return int(first(world, "trial_site_role", person=person(world, "physician1"), column="id"))


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
        {"study": w.manifest["study"]["code"], "block_sizes": [4, 4], "passphrase": PASSWORD},
    ),
    "confirm_eligibility": lambda w: ("physician1", {"recipient": recipient(w), "answers": []}),
    "discontinue_treatment": told("physician1"),
    "end_site_role": lambda w: ("coordinator1", {"line": named(w)}),
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
    "import_allocation_list": lambda w: (
        "statistician1",
        {"study": w.manifest["study"]["code"], "rows": "number,arm\n1,MSC", "passphrase": PASSWORD},
    ),
    "import_amendment": lambda w: ("coordinator1", amendment(w)),
    "make_amendment_effective": lambda w: ("statistician1", imported(w)),
    "name_for_site": lambda w: ("physician1", duty(w)),
    "record_screening": lambda w: (
        "coordinator1",
        {
            "study": w.manifest["study"]["code"],
            "site": "FMBA-MOSCOW",
            "screened_on": today(w),
            "sex": "female",
            "age_years": 61,
            "cause": "declined",
        },
    ),
    "screen_out": lambda w: (
        "coordinator1",
        {"recipient": first(w, "trial_recipient", phase="eligible", column="code"), "cause": "declined"},
    ),
    "withdraw_amendment": lambda w: ("coordinator1", imported(w)),
    "lose_to_follow_up": told("coordinator1"),
    "miss_infusion": lambda w: ("coordinator1", {"infusion": planned(w, "planned")}),
    "open_study": lambda w: ("statistician1", {"definition": made_from("cellchain.trial", "studies/msc-ild.toml")}),
    "order_infusion": lambda w: (
        "physician1",
        {"infusion": planned(w, "planned"), "dose_cells_count": 200_000_000, "weight_kg": "70"},
    ),
    "plan_infusions": lambda w: ("coordinator1", {"recipient": unplanned(w), "first_on": today(w, 1)}),
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
