"""Starting a test, and entering its value."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DeviationSource, Outcome, ResultPhase, SamplePhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


@pytest.fixture
def sample(lab: Lab) -> str:
    lab.specify("product")
    return lab.sample(lab.lot())


def record(lab: Lab, sample: str, test: str, value: str | None, stage: str = "conditional", **more: Any) -> dict:
    read = {"sample": sample, "stage": stage, "test": test, "value": value, "instrument": lab.read_with(test)}
    return lab.do(commands.record_result, by=lab.analyst, **{**read, **more})


def test_the_limit_says_what_a_value_means(lab: Lab, sample: str) -> None:
    made = record(lab, sample, "viability", "91.4")
    assert (made["outcome"], made["phase"]) == ("pass", "entered")
    with lab.house.read() as tx:
        facts = queries.result_facts(tx, made["result"])
        assert (facts.value, facts.limit.unit, facts.entered_by) == ("91.4", "%", lab.analyst.person)
        assert queries.sample_facts(tx, sample).phase is SamplePhase.TESTED


def test_a_slow_test_begins_with_the_day_of_its_result(lab: Lab, sample: str) -> None:
    begun = record(lab, sample, "sterility_14d", None, "final")
    assert begun["outcome"] == "pending"
    assert begun["due_on"] == (lab.today() + timedelta(days=14)).isoformat()
    lab.wait(days=14)
    done = record(lab, sample, "sterility_14d", "no growth", "final")
    assert (done["result"], done["phase"], done["outcome"]) == (begun["result"], "entered", "pass")


def test_a_failure_opens_a_deviation_by_itself(lab: Lab, sample: str) -> None:
    made = record(lab, sample, "viability", "79.9")
    assert made["outcome"] == Outcome.FAILED
    with lab.house.read() as tx:
        (deviation,) = queries.deviations_of(tx, made["lot"])
    assert (deviation.source, deviation.rule) == (DeviationSource.RULE, "quality:result:failed")
    assert deviation.facts["value"] == "79.9"
    entry = lab.last_entry()
    assert entry.event == "quality:deviation:opened"
    assert '"on_behalf":"quality:result:failed -> quality/open_deviation_by_rule"' in entry.body


@pytest.mark.parametrize(
    ("test", "value", "stage", "code"),
    [
        ("viability", "many", "conditional", "result.not_a_number"),
        ("gram_stain", "nothing", "conditional", "result.unknown_word"),
        ("viability", None, "conditional", "result.value_needed"),
        ("colour", "blue", "conditional", "specification.no_such_test"),
        ("viability", "90", "in_process", "specification.none_effective"),
    ],
)
def test_what_is_refused(
    lab: Lab, sample: str, refuses: Refuses, test: str, value: str | None, stage: str, code: str
) -> None:
    with refuses(code):
        record(lab, sample, test, value, stage)


def test_a_value_is_entered_once(lab: Lab, sample: str, refuses: Refuses) -> None:
    record(lab, sample, "viability", "90")
    with refuses("result.exists"):
        record(lab, sample, "viability", "91")
    record(lab, sample, "sterility_14d", None, "final")
    with refuses("result.pending_already"):
        record(lab, sample, "sterility_14d", None, "final")


def test_nothing_is_read_before_the_sample_was_taken(lab: Lab, sample: str, refuses: Refuses) -> None:
    lab.wait(hours=1)
    with refuses("result.before_sample"):
        record(lab, sample, "viability", "90", why="Late", happened_at=lab.house.clock.now() - timedelta(hours=2))


def test_a_lot_goes_on_with_the_version_it_began_with(lab: Lab, sample: str) -> None:
    first = record(lab, sample, "viability", "90")
    lab.specification("product", Stage.CONDITIONAL)
    second = record(lab, sample, "volume", "400")
    with lab.house.read() as tx:
        assert (
            queries.result_facts(tx, second["result"]).specification
            == queries.result_facts(tx, first["result"]).specification
        )


def test_a_technician_may_not(lab: Lab, sample: str) -> None:
    with pytest.raises(Forbidden):
        lab.do(
            commands.record_result, by=lab.technician, sample=sample, stage="conditional", test="viability", value="90"
        )


def test_what_is_open_is_listed(lab: Lab, sample: str) -> None:
    record(lab, sample, "viability", "90")
    record(lab, sample, "sterility_14d", None, "final")
    with lab.house.read() as tx:
        phases = {result.test: result.phase for result in queries.open_results(tx)}
    assert phases == {"viability": ResultPhase.ENTERED, "sterility_14d": ResultPhase.PENDING}


def test_a_failure_after_the_release_holds_the_lot_at_once(lab: Lab) -> None:
    """Its bags may be at a bedside: what QA makes of the result comes after that."""
    lot = lab.released()
    bag = lab.containers(lot)[0]
    lab.attach_tag(bag)
    assert lab.codes(bag) == set()
    with lab.house.read() as tx:
        pending = next(row for row in queries.results_of(tx, lot) if row.test == "sterility_14d")
    lab.wait(days=15)
    lab.result(pending.sample, "sterility_14d", "growth", Stage.FINAL, verify=False)
    assert "lot.on_hold" in lab.codes(bag)


def test_a_failure_in_quarantine_holds_nothing_more(lab: Lab, sample: str) -> None:
    lab.result(sample, "viability", "40", verify=False)
    with lab.house.read() as tx:
        assert queries.holds_placed(tx) == []
