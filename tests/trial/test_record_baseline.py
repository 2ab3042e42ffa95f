"""Recording the baseline."""

from cellchain.trial import commands, queries
from tests.trial.story import BASELINE, Story, forbids, refuses


def test_the_fall_within_a_year_is_computed(story: Story) -> None:
    recipient = story.consented()
    result = story.do(commands.record_baseline, by=story.people.physician, recipient=recipient, **BASELINE)
    # (2.71 - 2.31) / 2.71 and (3.90 - 3.12) / 3.90, in tenths of a percent.
    assert (result["fvc_decline_permille"], result["dlco_decline_permille"]) == (148, 200)
    assert story.last_entry().event == "trial:baseline:recorded"
    with story.house.read() as tx:
        baseline = queries.baseline_of(tx, recipient)
    assert baseline is not None
    assert (baseline.fvc_ml, baseline.dlco_umol_min_kpa, baseline.walk_m) == (2_310, 3_120, 318)


def test_the_newest_counts_until_eligibility_is_decided(story: Story) -> None:
    recipient = story.measured()
    again = {**BASELINE, "fvc_litres": "2.33"}
    story.do(commands.record_baseline, by=story.people.physician, recipient=recipient, **again)
    with story.house.read() as tx:
        baseline = queries.baseline_of(tx, recipient)
    assert baseline is not None
    assert baseline.fvc_ml == 2_330
    decided = story.eligible()
    with refuses("baseline.too_late"):
        story.do(commands.record_baseline, by=story.people.physician, recipient=decided, **BASELINE)


def test_what_cannot_be_is_refused(story: Story) -> None:
    with refuses("consent.missing"):
        story.do(commands.record_baseline, by=story.people.physician, recipient=story.enrolled(), **BASELINE)
    recipient = story.consented()
    for other, code in (
        ({"measured_on": "2026-03-03"}, "baseline.in_future"),
        ({"before_on": "2026-02-20"}, "baseline.order"),
        ({"fev1_litres": "2.40"}, "order.invalid"),
    ):
        with refuses(code):
            story.do(commands.record_baseline, by=story.people.physician, recipient=recipient, **{**BASELINE, **other})


def test_a_nurse_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.record_baseline, by=story.people.nurse, recipient=story.consented(), **BASELINE)
