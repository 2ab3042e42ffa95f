"""QA's part of the story: specifications, samples, results, review, release, issue tags."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from cellchain.demo import testing
from cellchain.demo.lab import PERFORMER, countersign, label_all
from cellchain.demo.stage import Stage
from cellchain.labels import commands as labels
from cellchain.manufacturing import queries as manufacturing_queries
from cellchain.quality import commands as quality
from cellchain.quality import queries as quality_queries
from cellchain.quality.rules.lifecycles import Stage as TestStage
from cellchain.quality.rules.limits import Limit

SPECIFIED = (
    ("bank", "in_process"),
    ("bank", "further_use"),
    ("product", "in_process"),
    ("product", "conditional"),
    ("product", "final"),
    ("control", "conditional"),
    ("control", "final"),
)
VALUES = {
    "viability": "93.8",
    "viability_after_thaw": "91.2",
    "viable_cells": "201",
    "volume": "400",
    "endotoxin": "0.05",
}


def specify(stage: Stage) -> None:
    """Every specification that the house brings along becomes effective by two signatures."""
    for kind, of_stage in SPECIFIED:
        drafted = stage.do("analyst1", quality.draft_specification, kind=kind, stage=of_stage)
        stage.do("qa1", quality.approve_specification, specification=drafted["specification"])
        countersign(stage, "qa2")


def sample_and_test(stage: Stage, lot: str, container: str, stages: Sequence[str], *, failing: str = "") -> list[int]:
    """Take one sample and bring every test of `stages` to a verified result. Gives the results."""
    sample = take_sample(stage, container)
    made = []
    for of_stage in stages:
        made += every_test(stage, lot, sample, of_stage, failing=failing)
    return made


def every_test(stage: Stage, lot: str, sample: str, of_stage: str, *, failing: str = "") -> list[int]:
    """Every test of a stage that is not settled yet: the panel whole, the others one by one. Gives the results."""
    limits = [one for one in limits_of(stage, lot, of_stage) if not testing.is_settled(stage, lot, of_stage, one.test)]
    values = {one.test: _failing(one) if one.test == failing else _passing(one) for one in limits}
    method, markers = testing.panel_of(stage, list(values))
    made = []
    if markers:
        made += _enter_panel(stage, sample, of_stage, method, {test: values[test] for test in markers})
    for test in values:
        if test not in markers:
            made.append(enter(stage, sample, of_stage, test, values[test]))
    return made


def _enter_panel(stage: Stage, sample: str, of_stage: str, method: int, values: Mapping[str, str]) -> list[int]:
    entered = stage.do(
        "analyst1",
        quality.record_panel,
        sample=sample,
        stage=of_stage,
        method=method,
        instrument=testing.read_with(stage, next(iter(values))),
        markers=[{"test": test, "value": value} for test, value in values.items()],
    )
    results = [one["result"] for one in entered["results"]]
    stage.do("analyst2", quality.verify_results, results=tuple(results))
    return results


def start_tests(stage: Stage, lot: str, sample: str, of_stage: str) -> None:
    """Begin slow tests whose results come later."""
    for limit in limits_of(stage, lot, of_stage):
        begun = {"sample": sample, "stage": of_stage, "test": limit.test}
        stage.do("analyst1", quality.record_result, **begun, instrument=testing.read_with(stage, limit.test))


def finish_tests(stage: Stage, lot: str, sample: str, of_stage: str) -> None:
    """Enter and verify what was begun."""
    every_test(stage, lot, sample, of_stage)


def take_sample(stage: Stage, container: str) -> str:
    """A sample of a container, its label scanned back."""
    sample: str = stage.do(PERFORMER, quality.take_sample, container=container, volume_ul=1_000)["sample"]
    label_all(stage, [sample], "sample")
    stage.wait(minutes=7)
    return sample


def enter(stage: Stage, sample: str, of_stage: str, test: str, value: str) -> int:
    """A result by one analyst, verified by the other."""
    read = {"sample": sample, "stage": of_stage, "test": test, "value": value}
    result: int = stage.do("analyst1", quality.record_result, **read, instrument=testing.read_with(stage, test))[
        "result"
    ]
    stage.do("analyst2", quality.verify_result, result=result)
    return result


def limits_of(stage: Stage, lot: str, of_stage: str) -> list[Limit]:
    """What the lot's specification asks for at a stage."""
    with stage.installation.database.read() as tx:
        kind = quality_queries.kind_of(tx, lot)
        return [one.limit for one in quality_queries.tests_of(tx, lot, kind, TestStage(of_stage))]


def _passing(limit: Limit) -> str:
    if limit.passing:
        return limit.passing[0]
    if limit.test in VALUES:
        return VALUES[limit.test]
    if limit.low is not None and limit.high is not None:
        return str((limit.low + limit.high) / 2)
    if limit.low is not None:
        return str(min(limit.low + Decimal(3), Decimal(99)))
    return str((limit.high or Decimal(4)) / 4)


def _failing(limit: Limit) -> str:
    return limit.failing[0] if limit.failing else "0"


def review_and_release(stage: Stage, lot: str, how: Any) -> None:
    """Reconcile the labels, settle and sign the review, and let another person sign the release."""
    settle_deviations(stage, lot)
    stage.do("qa1", labels.reconcile, lot=lot)
    with stage.installation.database.read() as tx:
        waiting = [item.key for item in quality_queries.exceptions_of(tx, lot) if item.is_open]
    for key in waiting:
        stage.do(
            "qa1", quality.accept_exception, lot=lot, exception=key, note="Demonstration: looked at and explained."
        )
    stage.do("qa1", quality.review_batch, lot=lot)
    stage.wait(minutes=3)
    stage.do("qa2", how, lot=lot)


def settle_deviations(stage: Stage, lot: str) -> None:
    """Assess and close what a rule opened on a lot; two people of QA."""
    with stage.installation.database.read() as tx:
        waiting = [one.id for one in quality_queries.deviations_of(tx, lot) if one.phase != "closed"]
    for deviation in waiting:
        stage.do(
            "qa1",
            quality.assess_deviation,
            deviation=deviation,
            severity="minor",
            assessment="Demonstration: no effect on the lot.",
        )
        stage.do(
            "qa2",
            quality.close_deviation,
            deviation=deviation,
            conclusion="Demonstration: closed without further action.",
        )


def tag(stage: Stage, bag: str, bag_symbol: str) -> None:
    """Print the issue tag, tie it to the bag by two scans, and count the labels of its lot again."""
    printed = stage.do("qa2", labels.print_label, target=bag, design="issue_tag", language="both")
    stage.wait(minutes=1)
    stage.do("qa2", quality.attach_issue_tag, tag=printed["symbol"], bag=bag_symbol)
    with stage.installation.database.read() as tx:
        lot = manufacturing_queries.container_facts(tx, bag).lot
    stage.do("qa1", labels.reconcile, lot=lot)
