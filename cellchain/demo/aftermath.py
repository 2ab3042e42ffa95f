"""What became of the first recipients: visits, one death, one withdrawal, missed visits, events with their clocks."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from cellchain.demo.clinic import Person
from cellchain.demo.manifest import Story
from cellchain.followup import commands as followup
from cellchain.followup import queries as followup_queries
from cellchain.trial import commands as trial

FVC = {"baseline": 2310, "month_3": 2330, "month_6": 2390, "month_9": 2360, "month_12": 2410}
CONTROL_LOSS = {"baseline": 0, "month_3": 70, "month_6": 160, "month_9": 250, "month_12": 330}


def follow_up(story: Story) -> None:
    """Play the early recipients' visits in the order of time; who died or withdrew is not measured any more."""
    stage = story.stage
    early = story.people[:8]
    treated = [person for person in early if person.arm == "MSC"]
    controls = [person for person in early if person.arm != "MSC"]
    for person in early:
        stage.do("coordinator1", followup.plan_visits, recipient=person.code)
    gone: dict[str, str] = {}
    due = sorted(
        ((visit.due_on, person.code, visit.id, visit.code) for person in early for visit in _visits(story, person)),
        key=lambda one: one[0],
    )
    for due_on, code, visit, name in due:
        moment = datetime.combine(due_on, time(9), UTC)
        if moment > stage.end - timedelta(days=29):
            continue
        stage.at(moment)
        person = next(one for one in early if one.code == code)
        if code in gone:
            stage.do("coordinator1", followup.mark_missing, visit=visit, why=gone[code])
        elif name == "month_6" and controls and person is controls[0]:
            stage.do("coordinator1", trial.record_death, recipient=code, account="Demonstration: respiratory failure.")
            gone[code] = "died"
            stage.do("coordinator1", followup.mark_missing, visit=visit, why="died")
        elif name == "month_6" and len(controls) > 1 and person is controls[1]:
            stage.do("coordinator1", trial.withdraw_consent, recipient=code, account="Demonstration: moved away.")
            gone[code] = "withdrew"
            stage.do("coordinator1", followup.mark_missing, visit=visit, why="withdrew")
        elif name == "month_9" and treated and person is treated[0]:
            stage.do("coordinator1", followup.mark_missing, visit=visit, why="unable")
        else:
            _measure(story, person, visit, name)
    if treated:
        mild_event(story, treated[0])


def _visits(story: Story, person: Person) -> list[Any]:
    with story.stage.installation.database.read() as tx:
        return [visit for visit in followup_queries.visits_of(tx, person.code) if str(visit.phase) == "planned"]


def _measure(story: Story, person: Person, visit: int, name: str) -> None:
    """The assessor measures: lung function in both arms alike, the arm unknown to them."""
    stage = story.stage
    stage.do("assessor1", followup.record_visit, visit=visit, visited_on=stage.today())
    fvc = (
        FVC.get(name, 2310) + person.number * 10
        if person.arm == "MSC"
        else 2310 - CONTROL_LOSS.get(name, 0) + person.number * 8
    )
    for outcome, value, unit in (
        ("fvc", Decimal(fvc) / 1000, "L"),
        ("dlco", Decimal(fvc) * Decimal("1.48") / 1000, "mmol/min/kPa"),
        ("six_minute_walk", Decimal(fvc // 7), "m"),
    ):
        stage.do(
            "assessor1",
            followup.record_measurement,
            visit=visit,
            outcome=outcome,
            value=value.quantize(Decimal("0.01")) if unit != "m" else value,
            unit=unit,
        )


def mild_event(story: Story, person: Person) -> None:
    """A mild event, judged unlikely to be related, and closed."""
    stage = story.stage
    onset = stage.clock.now() - timedelta(days=2)
    mild = stage.do(
        "physician1", followup.report_adverse_event, recipient=person.code, term="Cough", grade=1, onset_at=onset
    )
    stage.do(
        "physician1", followup.assess_causality, event=mild["event"], relatedness="unlikely", expectedness="expected"
    )
    stage.do("physician1", followup.close_event, event=mild["event"], outcome="recovered")


def serious_event(story: Story) -> None:
    """A serious event reported yesterday: its reporting clocks run now."""
    stage = story.stage
    person = [one for one in story.people[:8] if one.arm == "MSC"][-1]
    onset = stage.clock.now() - timedelta(hours=9)
    serious = stage.do(
        "physician1",
        followup.report_adverse_event,
        recipient=person.code,
        term="Pneumonia",
        grade=3,
        seriousness="hospitalisation",
        onset_at=onset,
    )
    stage.do(
        "physician1",
        followup.assess_causality,
        event=serious["event"],
        relatedness="possible",
        expectedness="unexpected",
    )
