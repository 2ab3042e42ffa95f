"""A study that has its work done by named people: who is on no line of its delegation log does not check, start, order,
plan, visit or measure. What makes somebody safer is refused to nobody."""

from importlib import resources
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.infusions import queries
from cellchain.followup import commands as followup
from cellchain.followup.lifecycles import VisitPhase
from cellchain.followup.models import Visit
from cellchain.followup.safety import commands as safety
from cellchain.main import create_app
from cellchain.quality import commands as quality
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from cellchain.trial.setup import queries as setup
from tests.bedside.browser import Front
from tests.bedside.world import INSPECTION, World
from tests.trial.story import refuses
from tests.trial.test_amendments import PART

VISITS_PLANNED = select(Visit).where(Visit.phase == VisitPhase.PLANNED).order_by(col(Visit.due_on))
SITE = 'code = "FMBA-MOSCOW"\n'


@pytest.fixture
def named(world: World) -> World:
    """The demonstration, whose study asks for named people from an amendment on."""
    text = resources.files("cellchain.trial").joinpath("studies/msc-ild.toml").read_text(encoding="utf-8")
    text = text.replace(SITE, f"{SITE}named_staff = true\n") + PART.format(
        number=2, recipients="move", reconsent="false"
    )
    study = study_of(world)
    version = world.do("coordinator1", trial.import_amendment, study=study, definition=text)["version"]
    world.do("statistician1", trial.make_amendment_effective, study=study, version=version)
    return world


def study_of(world: World) -> str:
    with world.installation.database.read() as tx:
        return trial_queries.study_of(tx, world.ready()[2]).code


def leaves(world: World, who: str) -> None:
    """Somebody's line of the delegation log ends."""
    with world.installation.database.read() as tx:
        lines = setup.site_roles(tx, study_of(world))
    person = world.actors[who].person
    for line in lines:
        if line.person == person and line.ended_at is None:
            world.do("physician1", trial.end_site_role, line=line.id)


def test_two_named_nurses_check_and_start(named: World) -> None:
    _, symbol, _, band = named.ready()
    assert named.check("nurse1", band, symbol)["verdict"] == "MATCH"
    before = named.size()
    with refuses("site.not_named"):
        named.check("nurse2", band, symbol)
    [entry] = named.since(before)
    assert entry.event == "bedside:bag:checked:refused", "it is on record, and the first check stands"
    role: dict[str, Any] = {"study": study_of(named), "site": "FMBA-MOSCOW", "role": "nurse"}
    named.do("physician1", trial.name_for_site, **role, person=named.actors["nurse2"].person)
    assert named.check("nurse2", band, symbol)["may_start"] is True
    leaves(named, "nurse2")
    with refuses("site.not_named"):
        named.start("nurse2", band, symbol)
    infusion = named.start("nurse1", band, symbol)["infusion"]
    # Whoever is there pauses, reports and ends.
    named.do("nurse2", infusions.pause, infusion=infusion)
    named.do("nurse2", infusions.report_reaction, infusion=infusion, term="Chills", grade=1, action="observed")


def test_the_screen_says_who_may(named: World) -> None:
    _, symbol, _, band = named.ready()
    with TestClient(create_app(named.installation), base_url="https://testserver") as client:
        front = Front(client, named)
        order = {"wristband": band, "bag": symbol, "inspection": dict(INSPECTION)}
        answer = front.order("nurse2", "bedside/check", order)
    assert (answer.status_code, answer.json()["code"]) == (409, "site.not_named")
    assert answer.json()["message"].startswith("You are not named for this at site FMBA-MOSCOW.")


def test_an_investigator_lets_it_go_on_and_anybody_stops_it(named: World) -> None:
    leaves(named, "nurse2")
    role: dict[str, Any] = {"study": study_of(named), "site": "FMBA-MOSCOW", "role": "nurse"}
    named.do("physician1", trial.name_for_site, **role, person=named.actors["nurse2"].person)
    infusion = named.running()
    named.do("qa1", quality.hold, subject=named.ready()[0], reason="The supplier warned of this lot.")
    with named.installation.database.read() as tx:
        seen = " ".join(queries.infusion_view(tx, infusion).marks)
    leaves(named, "physician1")
    decision = {"infusion": infusion, "why": "Seen at the bed.", "seen": seen}
    with refuses("site.not_named"):
        named.do("physician1", infusions.decide_running, **decision, choice="go_on")
    named.do("physician1", infusions.decide_running, **decision, choice="stop")


def test_plan_order_visit_and_measurement_ask_as_well(named: World) -> None:
    with named.installation.database.read() as tx:
        waiting = [
            one
            for recipient in named.manifest["recipients"]
            if recipient["phase"] == "randomised"
            for one in trial_queries.plan_of(tx, recipient["code"])
            if one.phase == "planned" and one.due_on > tx.today
        ]
        visit = next(iter(tx.every(VISITS_PLANNED)))
    wanted = waiting[-1]
    of: dict[str, Any] = {"recipient": wanted.recipient, "infusion": wanted.id}
    for who in ("physician1", "coordinator1", "assessor1"):
        leaves(named, who)
    with refuses("site.not_named"):
        named.do("physician1", trial.order_infusion, **of, dose_cells_count=200_000_000, weight_kg=70)
    with refuses("site.not_named"):
        named.do("coordinator1", trial.reschedule, **of, due_on=wanted.window_until)
    with refuses("site.not_named"):
        named.do("coordinator1", trial.miss_infusion, **of)
    with refuses("site.not_named"):
        named.do("assessor1", followup.record_visit, visit=visit.id, visited_on=visit.due_on)
    with refuses("site.not_named"):
        named.do("coordinator1", followup.plan_visits, recipient=visit.recipient)
    with refuses("site.not_named"):
        fields = {"visit": visit.id, "distance_m": 400, "oxygen_l_min": 0, "spo2_rest": 95, "spo2_lowest": 90}
        named.do("assessor1", followup.record_walk, **fields, borg_rest=0, borg_end=1)
    # What happened to somebody is reported by whoever knows of it.
    report = {"recipient": wanted.recipient, "term": "Cough", "grade": 1, "onset_at": named.clock.now()}
    named.do("nurse1", safety.report_adverse_event, **report)
