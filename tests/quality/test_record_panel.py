"""A panel: several markers out of one measurement, entered whole, verified in one act, each against its own limit."""

from typing import Any

import pytest

from cellchain.quality import commands, queries
from cellchain.quality.methods import queries as methods
from cellchain.quality.rules.lifecycles import Outcome, ResultPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab

HIGH = ("cd73", "cd90", "cd105")
LOW = ("cd45", "cd34", "cd14", "cd19", "hla_dr")
GOOD = {**dict.fromkeys(HIGH, "97.5"), **dict.fromkeys(LOW, "<0.5")}


@pytest.fixture
def sample(lab: Lab) -> str:
    lab.specify("product")
    return lab.sample(lab.lot())


def panel(lab: Lab, sample: str, values: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    with lab.house.read() as tx:
        (phenotype,) = [one for one in methods.effective(tx) if one.is_panel]
    markers = [{"test": test, "value": value} for test, value in (GOOD if values is None else values).items()]
    fields = {"sample": sample, "stage": "conditional", "method": phenotype.id, "markers": markers}
    fields["instrument"] = lab.instruments["cytometer"]
    return lab.do(commands.record_panel, by=lab.analyst, **{**fields, **more})


def test_each_marker_against_its_own_limit(lab: Lab, sample: str) -> None:
    made = panel(lab, sample, {**GOOD, "cd73": "95", "cd90": "94.9", "cd34": "2", "hla_dr": "2.1"})
    outcomes = {one["test"]: one["outcome"] for one in made["results"]}
    assert {test for test, outcome in outcomes.items() if outcome == Outcome.FAILED} == {"cd90", "hla_dr"}
    with lab.house.read() as tx:
        results = [queries.result_facts(tx, one["result"]) for one in made["results"]]
        deviations = queries.deviations_of(tx, results[0].lot)
    assert {result.panel for result in results} == {made["panel"]}
    assert {deviation.facts["test"] for deviation in deviations} == {"cd90", "hla_dr"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({test: value for test, value in GOOD.items() if test != "cd19"}, "panel.incomplete"),
        ({**GOOD, "viability": "90"}, "panel.unknown_marker"),
        ({**GOOD, "cd73": "most"}, "result.not_a_number"),
        ({**GOOD, "cd73": "<96"}, "result.wrong_bound"),
    ],
)
def test_whole_or_nothing(lab: Lab, sample: str, refuses: Refuses, values: dict[str, str], code: str) -> None:
    with refuses(code):
        panel(lab, sample, values)
    with lab.house.read() as tx:
        assert queries.results_of_sample(tx, sample) == []


def test_what_is_no_panel(lab: Lab, sample: str, refuses: Refuses) -> None:
    twice = [{"test": "cd73", "value": "98"}] * 2
    with refuses("panel.marker_twice"):
        panel(lab, sample, markers=twice)
    with lab.house.read() as tx:
        (weighing,) = [one for one in methods.effective(tx) if one.name == "weighing"]
    with refuses("panel.not_a_panel"):
        panel(lab, sample, {"volume": "400"}, method=weighing.id, instrument=lab.instruments["analytical_balance"])
    panel(lab, sample)
    with refuses("result.exists"):
        panel(lab, sample)


def test_one_act_verifies_what_one_sheet_shows(lab: Lab, sample: str, refuses: Refuses) -> None:
    made = panel(lab, sample)
    numbers = [one["result"] for one in made["results"]]
    with refuses("result.verifier_entered"):
        lab.do(commands.verify_results, by=lab.analyst, results=numbers)
    with refuses("result.named_twice"):
        lab.do(commands.verify_results, by=lab.second_analyst, results=[numbers[0], numbers[0]])
    lab.do(commands.verify_results, by=lab.second_analyst, results=numbers)
    assert lab.last_event() == "quality:results:verified"
    with lab.house.read() as tx:
        tests = queries.tests_of(
            tx, made["results"][0]["lot"], queries.kind_of(tx, made["results"][0]["lot"]), Stage.CONDITIONAL
        )
        settled = {test.limit.test for test in tests if test.is_settled}
    assert settled == set(GOOD)
    with refuses("result.phase"):
        lab.do(commands.verify_results, by=lab.second_analyst, results=numbers[:1])


def test_nothing_is_verified_where_one_is_not_to_be(lab: Lab, sample: str, refuses: Refuses) -> None:
    numbers = [one["result"] for one in panel(lab, sample)["results"]]
    own = lab.do(
        commands.record_result,
        by=lab.second_analyst,
        sample=sample,
        stage="conditional",
        test="volume",
        value="400",
        instrument=lab.instruments["analytical_balance"],
    )["result"]
    with refuses("result.verifier_entered"):
        lab.do(commands.verify_results, by=lab.second_analyst, results=[*numbers, own])
    with lab.house.read() as tx:
        assert {queries.result_facts(tx, number).phase for number in numbers} == {ResultPhase.ENTERED}


def test_a_corrected_marker_stays_in_its_panel(lab: Lab, sample: str) -> None:
    made = panel(lab, sample)
    first = made["results"][0]["result"]
    corrected = lab.do(commands.correct_result, by=lab.analyst, result=first, value="96.1", why="Read from the sheet")
    with lab.house.read() as tx:
        before, after = queries.result_facts(tx, first), queries.result_facts(tx, corrected["result"])
    assert (after.panel, after.method, after.instrument) == (before.panel, before.method, before.instrument)
