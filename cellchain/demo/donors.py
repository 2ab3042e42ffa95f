"""The donors' part of the story: who they are, what they say and what is found, their harvests, and how they fare."""

from datetime import timedelta
from typing import Any

from cellchain.demo.custody import COLD_MC, carry
from cellchain.demo.lab import PERFORMER, Lab, label_and_confirm
from cellchain.demo.stage import Stage
from cellchain.donors import aftercare, definitions
from cellchain.donors import commands as donors
from cellchain.manufacturing import commands as manufacturing

ASKED_BY, JUDGE, DETERMINER = "coordinator1", "physician2", "physician1"
NEGATIVE = dict.fromkeys(("hiv", "hbv", "hcv", "syphilis", "htlv", "cmv"), "negative")
AGENTS = ("hiv", "hbv", "hcv")
SITES = ("posterior_iliac_crest_left", "posterior_iliac_crest_right")
TRAVEL = {"travel": "Demonstration: ten days abroad, nine months ago."}


def welcome(stage: Stage, lab: Lab) -> None:
    """Six donors are registered. Four are found eligible, not all straightaway; one is put off, and one ruled out."""
    for number in range(6):
        code = stage.do(
            "coordinator1",
            donors.register_donor,
            name=f"Donor Demonstration {number + 1}",
            identity_document=f"DEMO {number + 1:06d}",
            sex="female" if number % 2 else "male",
            birth_year=1988 + number,
            blood_group=("O+", "A+", "B+", "AB+", "O-", "A-")[number],
        )["donor"]
        stage.do("coordinator1", donors.record_consent, donor=code, version="demo-1")
        lab.donors.append(code)
        stage.wait(minutes=10)
    first, second, cleared, travelled, deferred, lab.ineligible = lab.donors
    for code in (first, second):
        clear(stage, code)
    _cleared_by_a_repeat(stage, cleared)
    ask(stage, travelled, TRAVEL)
    _judge(stage, travelled)
    screen(stage, travelled)
    determine(stage, travelled)
    _put_off(stage, deferred)
    _ruled_out(stage, lab.ineligible)


def ask(stage: Stage, donor: str, risky: dict[str, str] | None = None) -> None:
    """The health questions; `risky` are the answers that may mean a risk, with what the donor said."""
    said = risky or {}
    asked = definitions.questions_in_force()
    answers = [
        {
            "question": one.code,
            "answer": "yes" if (one.risk == "yes") is (one.code in said) else "no",
            "note": said.get(one.code),
        }
        for one in asked.questions
    ]
    stage.do(ASKED_BY, donors.record_questionnaire, donor=donor, version=asked.version, answers=answers)


def screen(stage: Stage, donor: str, **reactive: str) -> None:
    """The whole panel, sampled three days ago; `reactive` markers differ in the serology."""
    report(stage, donor, **{**NEGATIVE, **reactive})
    report(stage, donor, assay="nucleic_acid", **dict.fromkeys(AGENTS, "negative"))


def report(stage: Stage, donor: str, /, **found: Any) -> None:
    """One laboratory report on the sample of three days ago."""
    today = stage.clock.now().replace(hour=8, minute=0, second=0, microsecond=0)
    stage.do(
        "coordinator1",
        donors.record_screening,
        donor=donor,
        sampled_at=today - timedelta(days=3),
        resulted_at=today - timedelta(days=1),
        method="CLIA" if found.get("assay") != "nucleic_acid" else "PCR",
        report="LAB-DEMO",
        **found,
    )


def determine(stage: Stage, donor: str, note: str | None = None) -> None:
    """The physician signs that this donor may give once."""
    stage.wait(hours=1)
    stage.do(DETERMINER, donors.determine_eligibility, donor=donor, outcome="eligible", note=note)


def clear(stage: Stage, donor: str) -> None:
    """Everything that each donation takes anew: questions, panel, and the physician's signature."""
    ask(stage, donor)
    screen(stage, donor)
    determine(stage, donor)


def harvest(stage: Stage, lab: Lab, donor: str) -> tuple[str, str]:
    """A harvest, labelled, carried cold to the laboratory and received. Gives donation and harvest bag."""
    donation, bag = collect(stage, lab, donor)
    carry(stage, lab, bag, "coordinator1", PERFORMER, "Ward 3", "Bench 1", temperature_mc=COLD_MC)
    stage.do(PERFORMER, manufacturing.receive_donation, donation=donation, container=bag, intact=True, legible=True)
    return donation, bag


def collect(stage: Stage, lab: Lab, donor: str) -> tuple[str, str]:
    """A harvest whose bag wears its label and waits on the ward. Gives donation and harvest bag."""
    stage.wait(hours=3)
    started = stage.clock.now() - timedelta(minutes=40)
    harvested = stage.do(
        "physician1",
        donors.record_harvest,
        donor=donor,
        sites=[{"site": site, "pulls_count": 8, "volume_ul": 30_000} for site in SITES],
        anticoagulant_lot=lab.supplies["anticoagulant"],
        anticoagulant_units=3_000,
        operator=stage.code_of("physician1"),
        started_at=started,
        ended_at=stage.clock.now() - timedelta(minutes=5),
        complications=[{"kind": "pain", "grade": 1, "action": "treated", "note": "Demonstration: paracetamol."}],
    )
    donation, bag = harvested["donation"], harvested["container"]
    label_and_confirm(stage, "coordinator1", bag, "harvest_bag")
    stage.wait(minutes=30)
    return donation, bag


def look_after(stage: Stage) -> None:
    """Every visit that is due is made, and at the second the pain of the harvest is over."""
    with stage.installation.database.read() as tx:
        due = [(one.donation, one.line.planned.plan.code) for one in aftercare.due_visits(tx)]
    for donation, visit in due:
        stage.do(
            "coordinator1",
            donors.record_visit,
            donation=donation,
            visit=visit,
            contact="seen" if visit == "month_1" else "called",
            findings="Demonstration: well, back at work." if visit != "day_1" else "Demonstration: sore, no fever.",
        )
        if visit == "week_1":
            _pain_is_over(stage, donation)


def _pain_is_over(stage: Stage, donation: str) -> None:
    with stage.installation.database.read() as tx:
        lasting = [one.id for one in aftercare.complications_of(tx, donation) if one.phase == "open"]
    for number in lasting:
        now = stage.clock.now()
        stage.do("coordinator1", donors.resolve_complication, complication=number, resolved_at=now)


def _judge(stage: Stage, donor: str) -> None:
    note = "Demonstration: no infection is found there, and the wait is over."
    stage.do(JUDGE, donors.assess_questionnaire, donor=donor, judgement="acceptable", note=note)


def _cleared_by_a_repeat(stage: Stage, donor: str) -> None:
    """The first test is reactive; the same sample, tested again in duplicate, is not."""
    ask(stage, donor)
    screen(stage, donor, hcv="positive")
    report(stage, donor, stage="repeat", hcv="negative")
    determine(stage, donor, note="Demonstration: hepatitis C not repeatedly reactive, nucleic acid negative.")


def _put_off(stage: Stage, donor: str) -> None:
    """A cold on the day of the questions: the physician defers the donor, who has not come back since."""
    ask(stage, donor, {"recent_infection": "Demonstration: a cold since yesterday."})
    stage.do(
        JUDGE,
        donors.assess_questionnaire,
        donor=donor,
        judgement="unacceptable",
        note="Demonstration: to be asked again when healthy.",
    )
    until = stage.today() + timedelta(days=28)
    stage.do(JUDGE, donors.defer_donor, donor=donor, until=until, reason="Demonstration: a cold.")


def _ruled_out(stage: Stage, donor: str) -> None:
    """Reactive, reactive again, and confirmed."""
    ask(stage, donor)
    screen(stage, donor, hbv="positive")
    report(stage, donor, stage="repeat", hbv="positive")
    report(stage, donor, stage="confirmatory", hbv="positive")
    stage.do(
        DETERMINER,
        donors.determine_eligibility,
        donor=donor,
        outcome="ineligible",
        note="Demonstration: hepatitis B confirmed.",
    )
