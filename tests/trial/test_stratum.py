"""One stratum: two levels with rows of their own under one root, and nobody chooses the level."""

import json

import pytest

from cellchain.trial import allocation, commands, invariants
from cellchain.trial.definition import Measure, Stratum, Words
from cellchain.trial.rules import BaselineFigures, check_limits
from cellchain.trial.setup import rules
from tests.factories import House
from tests.trial.story import DEFINITION_TEXT, PASSPHRASE, STUDY, Story, answers, refuses
from tests.trial.test_amendments import STRATUM


@pytest.fixture
def stratified(house: House) -> Story:
    """A study with a stratum: FVC below 60 % of predicted, or not."""
    return Story(house, definition_text=DEFINITION_TEXT + STRATUM)


def randomised(story: Story, fvc_permille: int) -> int:
    """Somebody of that FVC, randomised: the number of their row."""
    recipient = story.measured(fvc_predicted_permille=fvc_permille)
    story.do(commands.confirm_eligibility, by=story.people.physician, recipient=recipient, answers=answers())
    return int(story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)["row"])


def test_each_level_takes_its_own_rows_in_order(stratified: Story) -> None:
    assert [randomised(stratified, fvc) for fvc in (574, 600, 599, 850)] == [1, 21, 2, 22]
    facts = json.loads(stratified.last_entry().body)["facts"]
    assert facts["length"] == 40
    with stratified.house.read() as tx:
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
        levels = tx._link.execute("SELECT level, count(*) FROM trial_allocation_row GROUP BY level").fetchall()
    assert sorted(levels) == [("below", 20), ("from", 20)]


def test_each_level_is_balanced_by_itself() -> None:
    rows = allocation.strata((4, 6, 4, 6), [("MSC", 1), ("CONTROL", 1)], Stratum.LEVELS, __import__("os").urandom)
    assert [row.number for row in rows] == list(range(1, 41))
    for level in Stratum.LEVELS:
        arms = [row.arm for row in rows if row.level == level]
        assert arms.count("MSC") == arms.count("CONTROL") == 10


def test_the_level_is_in_the_commitment() -> None:
    leaves = {allocation.leaf_of("S", 1, "MSC", bytes(16), level) for level in ("", "below", "from")}
    assert len(leaves) == 3


def test_an_imported_list_names_its_levels(house: House) -> None:
    story = Story(house, committed=False, definition_text=DEFINITION_TEXT + STRATUM)
    rows = [f"{n},{'MSC' if n % 2 else 'CONTROL'},{'below' if n <= 20 else 'from'}" for n in range(1, 41)]

    def brought_in(*lines: str) -> None:
        story.do(
            commands.import_allocation_list,
            by=story.people.statistician,
            study=STUDY.code,
            rows="\n".join(lines),
            passphrase=PASSPHRASE,
        )

    with refuses("allocation.csv_head"):
        brought_in("number,arm", *rows)
    with refuses("allocation.csv_line"):
        brought_in("number,arm,stratum", *[row.replace("from", "above") for row in rows])
    with refuses("allocation.too_short"):
        brought_in("number,arm,stratum", *[row.replace("from", "below") for row in rows])
    brought_in("number,arm,stratum", *rows)
    assert [randomised(story, fvc) for fvc in (800, 574)] == [21, 1]


def test_an_age_is_compared_in_years_and_the_rest_in_percent() -> None:
    figures = BaselineFigures(60, 2310, 600, 1900, 3120, 360, 2710, 3900)
    title = Words(en="Stratum", ru="Страта")
    at = {
        (measure, below): rules.level_of(Stratum(title=title, measure=measure, below=below), figures)
        for measure, below in ((Measure.AGE_YEARS, 60), (Measure.AGE_YEARS, 61), (Measure.FVC_PERCENT, 60))
    }
    assert list(at.values()) == ["from", "below", "from"]
    assert rules.level_of(None, figures) == ""


@pytest.mark.parametrize(("reported", "reckoned", "differs"), [(600, 650, False), (600, 651, True), (600, 549, True)])
def test_a_reported_share_is_held_against_the_reckoned_one_and_decides_alone(
    reported: int, reckoned: int, differs: bool
) -> None:
    figures = BaselineFigures(60, 2310, reported, 1900, 3120, 360, 2710, 3900, reckoned)
    checks = {check.limit.measure: check for check in check_limits(STUDY, figures)}
    fvc = checks[Measure.FVC_PERCENT]
    assert (fvc.value, fvc.reckoned, fvc.differs, fvc.holds) == (reported, reckoned, differs, True)
    assert [check.reckoned for measure, check in checks.items() if measure is not Measure.FVC_PERCENT] == [
        None for _ in range(len(checks) - 1)
    ]
    low = check_limits(STUDY, BaselineFigures(60, 2310, 399, 1900, 3120, 360, 2710, 3900, 900))
    assert [check.holds for check in low if check.limit.measure is Measure.FVC_PERCENT] == [False]
