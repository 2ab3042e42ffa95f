"""What became of the first recipients: visits to month 12, deaths, withdrawals, missed visits, events and clocks."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from cellchain.demo import supplies
from cellchain.demo.clinic import Person
from cellchain.demo.manifest import Story
from cellchain.followup import commands as followup
from cellchain.followup import queries as followup_queries
from cellchain.trial import commands as trial

FVC = {"baseline": 2310, "month_3": 2330, "month_6": 2390, "month_9": 2360, "month_12": 2410}
CONTROL_LOSS = {"baseline": 0, "month_3": 70, "month_6": 160, "month_9": 250, "month_12": 330}
EARLY = 8
HUNDREDTHS = Decimal("0.01")


def follow_up(story: Story, **ago: float) -> None:
    """Play the early recipients' visits that are due until so long before the end of the story, in the order of time.

    Of each arm one dies and one withdraws, and is measured no more; the others are followed to month 12.
    """
    stage = story.stage
    people = {person.code: person for person in story.people[:EARLY]}
    acts = _departures(story)
    until = stage.site_day(stage.end - timedelta(**ago))
    due = sorted(
        ((visit.due_on, code, visit.id, visit.code) for code in people for visit in _visits(story, people[code])),
        key=lambda one: one[0],
    )
    for due_on, code, visit, name in due:
        if due_on > until:
            break
        stage.at(datetime.combine(due_on, time(9), UTC))
        act = acts.get((code, name))
        if act is not None:
            act()
        if code in story.gone:
            stage.do("coordinator1", followup.mark_missing, visit=visit, why=story.gone[code])
        elif (code, name) in story.missed:
            stage.do("coordinator1", followup.mark_missing, visit=visit, why=story.missed[code, name])
        else:
            _measure(story, people[code], visit, name)


def _departures(story: Story) -> dict[tuple[str, str], Callable[[], None]]:
    """Who leaves, and at which visit; and who only misses one."""
    treated, controls = of_arms(story)
    story.missed = {(treated[0].code, "month_9"): "unable", (controls[0].code, "month_3"): "site_error"}
    return {
        (controls[-1].code, "month_6"): lambda: _dies(story, controls[-1]),
        (controls[-2].code, "month_6"): lambda: _withdraws(story, controls[-2]),
        (treated[-1].code, "month_9"): lambda: _dies(story, treated[-1]),
        (treated[-2].code, "month_9"): lambda: _withdraws(story, treated[-2]),
    }


def of_arms(story: Story) -> tuple[list[Person], list[Person]]:
    """The early recipients given cells, and those given saline."""
    early = story.people[:EARLY]
    return [one for one in early if one.arm == "MSC"], [one for one in early if one.arm != "MSC"]


def _dies(story: Story, person: Person) -> None:
    account = "Demonstration: respiratory failure."
    story.stage.do("coordinator1", trial.record_death, recipient=person.code, account=account)
    story.gone[person.code] = "died"


def _withdraws(story: Story, person: Person) -> None:
    account = "Demonstration: moved away."
    story.stage.do("coordinator1", trial.withdraw_consent, recipient=person.code, account=account)
    story.gone[person.code] = "withdrew"


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
    litres = (Decimal(fvc) / 1000).quantize(HUNDREDTHS)
    spirometry = stage.do(
        "assessor1",
        followup.record_spirometry,
        visit=visit,
        fvc=litres,
        fev1=litres * 4 / 5 // HUNDREDTHS * HUNDREDTHS,
        grade="A" if person.number % 3 else "B",
    )
    story.measured += [one["measurement"] for one in spirometry["measurements"]]
    stage.do(
        "assessor1",
        followup.record_diffusion,
        visit=visit,
        dlco=(litres * Decimal("1.48")).quantize(HUNDREDTHS),
        grade="A",
        haemoglobin_g_l=128 + person.number,
    )
    stage.do(
        "assessor1",
        followup.record_walk,
        visit=visit,
        distance_m=fvc // 7,
        oxygen_l_min=2 if person.number % 4 == 0 else 0,
        spo2_rest=94,
        spo2_lowest=84 + person.number % 5,
        borg_rest="0.5",
        borg_end=3 + person.number % 3,
    )


def between_visits(story: Story) -> None:
    """Somebody came between two visits; the monitor compared some values with their source, and asked about one."""
    stage, person = story.stage, of_arms(story)[0][0]
    visit = stage.do(
        "coordinator1", followup.record_unscheduled_visit, recipient=person.code, visited_on=stage.today()
    )["visit"]
    stage.do("assessor1", followup.record_spirometry, visit=visit, fvc="2.29", fev1="1.84", grade="C")
    for one in story.measured[:4]:
        stage.do("monitor1", followup.verify_source, measurement=one)
    question = "Demonstration: the report of the spirometry says 2.34 L. Which is right?"
    asked = stage.do("monitor1", followup.raise_query, recipient=person.code, question=question)
    answer = "Demonstration: 2.34 L was the second best. The largest is entered."
    stage.do("assessor1", followup.answer_query, query=asked["query"], answer=answer)


def mild_event(story: Story) -> None:
    """A mild event, judged unlikely to be related, and closed."""
    stage, person = story.stage, of_arms(story)[0][0]
    onset = stage.clock.now() - timedelta(days=2)
    mild = stage.do(
        "physician1", followup.report_adverse_event, recipient=person.code, term="Cough", grade=1, onset_at=onset
    )
    stage.do(
        "physician1", followup.assess_causality, event=mild["event"], relatedness="unlikely", expectedness="expected"
    )
    stage.do("physician1", followup.close_event, event=mild["event"], outcome="recovered")


def reported_event(story: Story) -> None:
    """A serious event that the safety information lists: judged by both, reported twice, and closed."""
    stage, person = story.stage, of_arms(story)[1][0]
    serious = stage.do(
        "physician1",
        followup.report_adverse_event,
        recipient=person.code,
        term="Fever",
        grade=2,
        seriousness="hospitalisation",
        action="none",
        onset_at=stage.clock.now() - timedelta(hours=6),
        note="Demonstration: kept overnight, no organism found.",
    )
    number, told = serious["event"], {"told": "Sponsor", "proof": "Demonstration 2026-17"}
    stage.do("physician1", followup.submit_report, clock=serious["clocks"][0], **told)
    judged = {"event": number, "relatedness": "probable", "expectedness": "expected"}
    stage.do("physician1", followup.assess_causality, **judged)
    stage.do("sponsor1", followup.assess_as_sponsor, **{**judged, "relatedness": "possible"})
    receipt = supplies.paper(stage, "physician1", "receipt-2026-18", "Received: report on event, number 2026-18")
    more: dict[str, Any] = {"kind": "final", "told": "Ethics committee", "proof": "Demonstration 2026-18"}
    more["proof_file"] = receipt
    stage.do("physician1", followup.submit_follow_up, event=number, **more, news="Demonstration: no fever since.")
    stage.do("physician1", followup.close_event, event=number, outcome="recovered")


def serious_event(story: Story) -> None:
    """A serious event reported yesterday: its reporting clocks run now."""
    stage = story.stage
    person = of_arms(story)[0][0]
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
